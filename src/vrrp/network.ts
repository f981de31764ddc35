import { familyOf } from "../base/ip.ts";
import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { VirtualAddress } from "../conf/model.ts";
import type { OwnedAddress } from "./host.ts";

/** What the kernel is told for one virtual address on the interface with this index. */
export function interfaceAddress(vip: VirtualAddress, interfaceIndex: number): InterfaceAddress {
  const family = familyOf(vip.address);
  // keepalived gives IPv4 addresses no lifetime, whatever `preferred_lft` says.
  const preferredLifetimeS = family === 6 ? vip.preferredLifetimeS : undefined;
  return {
    interfaceIndex,
    address: vip.address,
    prefixLength: vip.prefixLength,
    scope: vip.scope,
    protocol: KEEPALIVED_PROTOCOL,
    ...(vip.peer !== undefined && { peer: vip.peer }),
    ...(vip.broadcast !== undefined && { broadcast: vip.broadcast }),
    ...(vip.label !== undefined && { label: vip.label }),
    ...(vip.noPrefixRoute && { noPrefixRoute: true }),
    ...(vip.home && { home: true }),
    ...(vip.managedTemporary && { managedTemporary: true }),
    ...(vip.autojoin && { autojoin: true }),
    ...(family === 6 && !vip.duplicateDetection && { noDuplicateDetection: true }),
    ...(preferredLifetimeS !== undefined && { preferredLifetimeS }),
  };
}

/** What identifies an address to the kernel: it holds each once per interface and prefix length. */
export function addressKey(address: InterfaceAddress): string {
  return `${address.interfaceIndex} ${address.address}/${address.prefixLength}`;
}

/** Equal in everything that we tell the kernel; otherwise it has to be removed and added again. */
export function sameAddress(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return (
    addressKey(a) === addressKey(b) &&
    a.scope === b.scope &&
    a.peer === b.peer &&
    a.broadcast === b.broadcast &&
    a.label === b.label &&
    (a.noPrefixRoute ?? false) === (b.noPrefixRoute ?? false) &&
    (a.home ?? false) === (b.home ?? false) &&
    (a.managedTemporary ?? false) === (b.managedTemporary ?? false) &&
    (a.autojoin ?? false) === (b.autojoin ?? false) &&
    a.preferredLifetimeS === b.preferredLifetimeS
  );
}

/** What of `installed` must go and what of `wanted` is missing or different. Both keyed by `addressKey`. */
export function diffAddresses(
  installed: ReadonlyMap<string, InterfaceAddress>,
  wanted: ReadonlyMap<string, OwnedAddress>,
): { readonly remove: InterfaceAddress[]; readonly add: OwnedAddress[] } {
  const remove: InterfaceAddress[] = [];
  const add: OwnedAddress[] = [];
  for (const [key, address] of installed) {
    const want = wanted.get(key);
    if (want === undefined || !sameAddress(want.address, address)) remove.push(address);
  }
  for (const [key, owned] of wanted) {
    const have = installed.get(key);
    if (have === undefined || !sameAddress(have, owned.address)) add.push(owned);
  }
  return { remove, add };
}

export interface AddressPlan {
  readonly removals: InterfaceAddress[];
  readonly additions: OwnedAddress[];
  /** Everything that is on the host because of us now or will be: what the record must name before the first addition. */
  readonly keep: InterfaceAddress[];
}

/**
 * Wanted minus installed.
 *
 * @param adopted left by a previous run: removed unless wanted, added again (which changes nothing) if wanted
 * @param wanted one list per owner; of two that want the same address the later counts
 */
export function planAddresses(
  installed: ReadonlyMap<string, InterfaceAddress>,
  adopted: ReadonlyMap<string, InterfaceAddress>,
  wanted: Iterable<readonly OwnedAddress[]>,
): AddressPlan {
  const byKey = new Map<string, OwnedAddress>();
  for (const list of wanted) for (const owned of list) byKey.set(owned.key, owned);
  const { remove, add } = diffAddresses(installed, byKey);
  const removals: InterfaceAddress[] = [];
  const keep: InterfaceAddress[] = [...installed.values()];
  for (const [key, address] of adopted) {
    if (!byKey.has(key)) removals.push(address);
    keep.push(address);
  }
  for (const { key, address } of add) if (!installed.has(key) && !adopted.has(key)) keep.push(address);
  return { removals: [...removals, ...remove], additions: add, keep };
}
