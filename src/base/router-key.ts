import type { IpAddress, IpFamily } from "./ip.ts";

/** What of an instance tells it from others. */
export interface RouterIdentity {
  readonly family: IpFamily;
  readonly vrid: number;
  readonly interface: string;
  readonly multicastGroup: IpAddress;
  /** Undefined: multicast. */
  readonly unicast?: { readonly peers: readonly { readonly address: IpAddress }[] } | undefined;
  readonly sourceAddress: IpAddress | undefined;
  /** Undefined: it has the interface's own MAC address. */
  readonly vmac?: object | undefined;
  /** Undefined: it speaks from the interface itself. */
  readonly ipvlan?: object | undefined;
}

/**
 * Family, VRID, interface, group (or unicast), source and whether there is a VMAC or an ipvlan: keepalived's identity of an instance across a reload; its name
 * does not matter. Here, because two parts need the very same: src/vrrp, which reloads, and `regent config diff`, which
 * says what a reload would do.
 */
export function routerKey({ family, vrid, interface: link, multicastGroup, unicast, sourceAddress, vmac, ipvlan }: RouterIdentity): string {
  const identity = `${family} ${vrid} ${link} ${unicast === undefined ? multicastGroup : "unicast"} ${sourceAddress ?? "any"}`;
  return [identity, ...(vmac === undefined ? [] : ["vmac"]), ...(ipvlan === undefined ? [] : ["ipvlan"])].join(" ");
}

/**
 * A key for each of `next`: that of the running instance which it continues, or a new one. Several may have the same
 * identity, unicast instances with one source and different peers: of those one continues the one with which it shares a
 * peer, and whatever is left continues in order.
 *
 * @param running by key
 * @returns in the order of `next`; all different
 */
export function routerKeys(running: ReadonlyMap<string, RouterIdentity>, next: readonly RouterIdentity[]): string[] {
  const taken = new Set<string>();
  const keys = new Map<RouterIdentity, string>();
  const take = (one: RouterIdentity, key: string | undefined): void => {
    if (key === undefined) return;
    taken.add(key);
    keys.set(one, key);
  };
  for (const accept of [sharesPeer, () => true]) {
    for (const one of next) {
      if (keys.has(one)) continue;
      const identity = routerKey(one);
      take(one, [...running].find(([key, other]) => !taken.has(key) && routerKey(other) === identity && accept(one, other))?.[0]);
    }
  }
  return next.map((one) => {
    if (!keys.has(one)) take(one, freeKey(routerKey(one), (key) => taken.has(key) || running.has(key)));
    return keys.get(one) ?? routerKey(one);
  });
}

function sharesPeer(one: RouterIdentity, other: RouterIdentity): boolean {
  const peers = other.unicast?.peers ?? [];
  return one.unicast === undefined || one.unicast.peers.some(({ address }) => peers.some((peer) => peer.address === address));
}

function freeKey(identity: string, isUsed: (key: string) => boolean): string {
  let key = identity;
  for (let i = 2; isUsed(key); i++) key = `${identity} #${i}`;
  return key;
}
