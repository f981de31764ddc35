import { familyOf, isLinkLocal } from "../base/ip.ts";
import { KEEPALIVED_PROTOCOL, SCOPE_GLOBAL, SCOPE_LINK } from "../base/network.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { Prefix } from "../conf/model.ts";
import type { AddressWork } from "./address-work.ts";
import type { OwnedAddress } from "./host.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey } from "./network.ts";
import type { VirtualLinks } from "./virtual-links.ts";

/** Owner of the addresses that macvlans and ipvlans speak from; no instance's key looks like it. */
export const LINK_LOCAL_OWNER = "link-local";

interface CopyParts {
  readonly links: VirtualLinks;
  readonly kernel: KernelView;
  readonly work: AddressWork;
  /** Addresses that we or another director put there are not copied. */
  readonly isVirtual: (address: InterfaceAddress) => boolean;
}

/**
 * Over IPv6 the kernel sends from an address of the interface that is sent on: a macvlan is given the link-local address of the
 * interface below, as keepalived gives it. Nobody's uniqueness is in doubt, for both are this host. An ipvlan is given its own.
 */
export function addressLinks({ links, kernel, work, isVirtual }: CopyParts): void {
  const before = work.wantedBy(LINK_LOCAL_OWNER);
  const wanted = links.needs.flatMap((need): OwnedAddress[] => {
    const link = need.copiesLinkLocal || need.address !== undefined ? links.linkOf(need) : undefined;
    const base = kernel.linkNamed(need.base);
    if (link === undefined || base === undefined) return [];
    const copied = before.find(({ address }) => address.interfaceIndex === link.index);
    if (need.address !== undefined) {
      const own = ownAddress(need.address, link.index);
      return [copied?.key === own.key ? copied : own];
    }
    const source = kernel.primary(6, base.index, isVirtual, copied?.address.address);
    if (source === undefined) return [];
    if (source === copied?.address.address) return [copied];
    const address: InterfaceAddress = { interfaceIndex: link.index, address: source, prefixLength: 64, scope: SCOPE_LINK, protocol: KEEPALIVED_PROTOCOL, noDuplicateDetection: true, preferredLifetimeS: 0 };
    return [{ owner: LINK_LOCAL_OWNER, address, key: addressKey(address), track: true }];
  });
  if (wanted.length !== before.length || wanted.some((one, i) => one !== before[i])) work.want(LINK_LOCAL_OWNER, wanted);
}

/** As keepalived adds it: over IPv6 without duplicate detection, and as a source of adverts only when it is a single address. */
function ownAddress({ address, prefixLength }: Prefix, interfaceIndex: number): OwnedAddress {
  const ipv6 = familyOf(address) === 6;
  const own: InterfaceAddress = {
    interfaceIndex,
    address,
    prefixLength,
    scope: ipv6 && isLinkLocal(address) ? SCOPE_LINK : SCOPE_GLOBAL,
    protocol: KEEPALIVED_PROTOCOL,
    ...(ipv6 && { noDuplicateDetection: true }),
    ...(ipv6 && prefixLength === 128 && { preferredLifetimeS: 0 }),
  };
  return { owner: LINK_LOCAL_OWNER, address: own, key: addressKey(own), track: true };
}
