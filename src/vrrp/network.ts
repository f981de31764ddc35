import { familyOf } from "../base/ip.ts";
import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { VirtualAddress } from "../conf/model.ts";

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
  wanted: ReadonlyMap<string, InterfaceAddress>,
): { readonly remove: InterfaceAddress[]; readonly add: InterfaceAddress[] } {
  const remove: InterfaceAddress[] = [];
  const add: InterfaceAddress[] = [];
  for (const [key, address] of installed) {
    const want = wanted.get(key);
    if (want === undefined || !sameAddress(want, address)) remove.push(address);
  }
  for (const [key, address] of wanted) {
    const have = installed.get(key);
    if (have === undefined || !sameAddress(have, address)) add.push(address);
  }
  return { remove, add };
}
