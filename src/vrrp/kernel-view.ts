import { familyOf, isLinkLocal } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { InterfaceAddress, KernelEvent, Link } from "../base/network.ts";
import { addressKey } from "./network.ts";

/** What the kernel has told about links and addresses: dumps, kept up to date by events. */
export class KernelView {
  readonly #links = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();
  readonly #addresses = new Map<string, InterfaceAddress>();
  /** Whether the ups and downs of an interface are told by somebody else. */
  isQuiet: (link: Link) => boolean = () => false;

  /** Links that we have brought up, and the reports of how that came are still to be read. */
  readonly #foretold = new Set<number>();
  /** Links that we have deleted, and the reports of how they went are still to be read. */
  readonly #buried = new Set<number>();
  #layout = 0;

  /** Another number after any change of which interfaces there are, and what they are called. */
  get layout(): number {
    return this.#layout;
  }

  /** Replaces everything by a dump. @returns what changed, as log lines */
  replace(links: readonly Link[], addresses: readonly InterfaceAddress[]): string[] {
    this.#foretold.clear();
    this.#buried.clear();
    const gone = [...this.#links.values()].filter((old) => !links.some((link) => link.index === old.index));
    const lines = gone.flatMap((link) => this.apply({ type: "linkDeleted", index: link.index, name: link.name }));
    lines.push(...links.flatMap((link) => this.apply({ type: "link", link })));
    this.#addresses.clear();
    for (const address of addresses) this.#addresses.set(addressKey(address), address);
    return lines;
  }

  /** @returns keepalived's log lines about it; empty when nothing that is logged has changed */
  apply(event: KernelEvent): string[] {
    switch (event.type) {
      case "link":
        return this.#applyLink(event.link);
      case "linkDeleted": {
        const known = this.#buried.delete(event.index) || this.#links.has(event.index);
        this.#drop(event.index);
        return known ? [`Interface ${event.name} deleted`] : [];
      }
      case "addressAdded":
        this.#addresses.set(addressKey(event.address), event.address);
        return [];
      case "addressDeleted":
        this.#addresses.delete(addressKey(event.address));
        return [];
      // Not of links and addresses.
      case "routeDeleted":
      case "ruleDeleted":
        return [];
      // The caller dumps again.
      case "lost":
        return [];
    }
  }

  /** A link of ours as it is now, before the kernel's reports of it are read; what they say of its way there is old. */
  foretell(link: Link): void {
    this.#foretold.delete(link.index);
    const wasUp = this.#links.get(link.index)?.up === true;
    this.#applyLink(link);
    // One that was up already is not reported: a later report that it is down is true.
    if (link.up && !wasUp) this.#foretold.add(link.index);
  }

  /** A link of ours is gone, before the kernel's reports of it are read. */
  bury(index: number): void {
    if (!this.#links.has(index)) return;
    this.#drop(index);
    this.#buried.add(index);
  }

  #drop(index: number): void {
    this.#forgetName(this.#links.get(index));
    this.#links.delete(index);
    this.#foretold.delete(index);
    this.#layout++;
    for (const [key, address] of this.#addresses) if (address.interfaceIndex === index) this.#addresses.delete(key);
  }

  /** Another one may have it by now. */
  #forgetName(link: Link | undefined): void {
    if (link !== undefined && this.#byName.get(link.name) === link) this.#byName.delete(link.name);
  }

  #applyLink(link: Link): string[] {
    if (this.#buried.has(link.index)) return [];
    if (this.#foretold.has(link.index)) {
      if (!link.up) return [];
      this.#foretold.delete(link.index);
    }
    const before = this.#links.get(link.index);
    this.#forgetName(before);
    this.#links.set(link.index, link);
    this.#byName.set(link.name, link);
    if (before?.name !== link.name) this.#layout++;
    if (before === undefined) return [`Interface ${link.name} added`];
    const lines: string[] = [];
    if (before.name !== link.name) lines.push(`Interface name has changed from ${before.name} to ${link.name}`);
    if (before.up !== link.up && !this.isQuiet(link)) lines.push(`Netlink reports ${link.name} ${link.up ? "up" : "down"}`);
    return lines;
  }

  links(): Link[] {
    return [...this.#links.values()];
  }

  link(index: number): Link | undefined {
    return this.#links.get(index);
  }

  linkNamed(name: string): Link | undefined {
    return this.#byName.get(name);
  }

  /**
   * Where adverts come from: the first address of an interface that is not virtual, for IPv6 the first link-local one. The
   * kernel neither binds to nor sends from an address whose uniqueness is still being checked.
   *
   * @param isVirtual addresses that we or another director put there are no source
   * @param used what adverts come from now: it stays while it would do, or the others would see another master
   */
  primary(family: IpFamily, index: number, isVirtual: (address: InterfaceAddress) => boolean, used: IpAddress | undefined): IpAddress | undefined {
    const usable = this.#candidates(family, index, isVirtual).filter((one) => one.tentative !== true);
    return (usable.find(({ address }) => address === used) ?? usable[0])?.address;
  }

  /** Why the addresses that `primary` would take cannot be used yet, e.g. "fe80::1 is tentative". */
  unusable(family: IpFamily, index: number, isVirtual: (address: InterfaceAddress) => boolean): string[] {
    return this.#candidates(family, index, isVirtual).map(({ address, dadFailed }) => `${address} ${dadFailed === true ? "is a duplicate" : "is tentative"}`);
  }

  #candidates(family: IpFamily, index: number, isVirtual: (address: InterfaceAddress) => boolean): InterfaceAddress[] {
    return [...this.#addresses.values()].filter(
      (one) => one.interfaceIndex === index && familyOf(one.address) === family && (family === 4 || isLinkLocal(one.address)) && !isVirtual(one),
    );
  }

  /** @param index undefined: on any interface */
  holds(address: IpAddress, index: number | undefined): boolean {
    return this.holder(address, index) !== undefined;
  }

  /** The interface that holds this address. */
  holder(address: IpAddress, index?: number): number | undefined {
    for (const one of this.#addresses.values()) {
      if (one.address === address && (index === undefined || one.interfaceIndex === index)) return one.interfaceIndex;
    }
    return undefined;
  }

  /** An address as the kernel has it, by `addressKey`. */
  get(key: string): InterfaceAddress | undefined {
    return this.#addresses.get(key);
  }
}
