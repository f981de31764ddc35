import type { IpAddress, IpFamily } from "./ip.ts";

// What keeps packets from and to virtual addresses that nobody is to reach (`no_accept`), and what the kernel says by itself off
// interfaces whose MAC address is everybody's (`use_vmac`).

/** A virtual address that neither hears nor speaks; neighbour discovery goes on, or nobody would find the router. */
export interface BlockedAddress {
  readonly address: IpAddress;
  /** Where it is; of a link-local address only this interface is meant. */
  readonly interface: { readonly index: number; readonly name: string };
}

/**
 * A macvlan with a virtual MAC address: a switch that learns it from what a BACKUP's kernel says leads the MASTER's packets astray.
 * So reports of multicast groups leave by the interface below, router solicitations not at all.
 */
export interface SilencedLink {
  readonly index: number;
  /** Index of the interface below. */
  readonly base: number;
  /** What is kept back: 4 IGMP, 6 MLD version 2 and router solicitations. */
  readonly families: readonly IpFamily[];
}

/** Where and how in nftables, `nftables*` in the configuration. */
export interface FirewallPlace {
  /** A table of this name for each family, ours alone. */
  readonly table: string;
  /** Of the hooks; iptables filters at 0. */
  readonly priority: number;
  readonly counters: boolean;
  /** How the interface of a link-local address is named in the table: one that is made again keeps its name. */
  readonly linkLocalBy: "index" | "name";
}

export interface FirewallTable extends FirewallPlace {
  readonly blocked: readonly BlockedAddress[];
  /** Each link once. */
  readonly silenced: readonly SilencedLink[];
}

/** The packet filter of the host. Synchronous. */
export interface Firewall {
  /**
   * From `before`, which we had put there, to `after`, in one transaction: all of it, or nothing. Undefined is no table. A
   * family is made anew, whatever stood under that name, when addresses or links are the first or were the last that it has.
   *
   * @throws KernelError ENOENT when what is there is not `before`; EPROTONOSUPPORT, EOPNOTSUPP without nftables in the kernel;
   *   any code with the operation NFT_MSG_NEWRULE, which is only part of what is made anew, from a kernel that lacks what rules need
   */
  change(before: FirewallTable | undefined, after: FirewallTable | undefined): void;
  /** The tables of that name, but for those of the families kept. Being gone already is success. @throws KernelError EPERM … */
  remove(name: string, keep: readonly (4 | 6)[]): void;
  /** Another number after every change of anybody's rules on this host. @throws KernelError */
  generation(): number;
  /** What is in the table, in words that differ when anybody has changed its rules, or addresses where they are few. @throws KernelError */
  contents(table: FirewallTable): readonly string[];
}
