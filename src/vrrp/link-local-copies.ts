import { KEEPALIVED_PROTOCOL, SCOPE_LINK } from "../base/network.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { AddressWork } from "./address-work.ts";
import type { OwnedAddress } from "./host.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey } from "./network.ts";
import type { VirtualLinks } from "./virtual-links.ts";

/** Owner of the link-local addresses of macvlans; no instance's key looks like it. */
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
 * interface below, as keepalived gives it. Nobody's uniqueness is in doubt, for both are this host.
 */
export function copyLinkLocals({ links, kernel, work, isVirtual }: CopyParts): void {
  const before = work.wantedBy(LINK_LOCAL_OWNER);
  const wanted = links.needs.flatMap((need): OwnedAddress[] => {
    const link = need.copiesLinkLocal ? links.linkOf(need) : undefined;
    const base = kernel.linkNamed(need.base);
    if (link === undefined || base === undefined) return [];
    const copied = before.find(({ address }) => address.interfaceIndex === link.index);
    const source = kernel.primary(6, base.index, isVirtual, copied?.address.address);
    if (source === undefined) return [];
    if (source === copied?.address.address) return [copied];
    const address: InterfaceAddress = { interfaceIndex: link.index, address: source, prefixLength: 64, scope: SCOPE_LINK, protocol: KEEPALIVED_PROTOCOL, noDuplicateDetection: true, preferredLifetimeS: 0 };
    return [{ owner: LINK_LOCAL_OWNER, address, key: addressKey(address), track: true }];
  });
  if (wanted.length !== before.length || wanted.some((one, i) => one !== before[i])) work.want(LINK_LOCAL_OWNER, wanted);
}
