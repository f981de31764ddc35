import { familyOf, ipAddress } from "../../../src/base/ip.ts";
import { KernelError } from "../../../src/base/errors.ts";
import type { InterfaceAddress, KernelEvent, Link, NewLink } from "../../../src/base/network.ts";
import type { HostNetwork, LinkBeatMethod, LinkMonitor, RouteAddition, Setting } from "../../../src/base/ports.ts";
import type { KernelRoute, KernelRule } from "../../../src/base/routing.ts";
import { FakeRouting } from "./fake-routing.ts";

const key = (a: InterfaceAddress) => `${a.interfaceIndex} ${a.address}/${a.prefixLength}`;

/** What a new interface brings along. */
const FAKE_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  ipv4: ["arp_ignore", "arp_filter", "accept_local", "rp_filter", "promote_secondaries"],
  ipv6: ["disable_ipv6", "addr_gen_mode"],
};

/** Links and addresses of one host, with the events that a real kernel would send. */
export class FakeKernel implements HostNetwork {
  readonly #links = new Map<number, Link>();
  readonly #addresses = new Map<string, InterfaceAddress>();
  readonly #monitors = new Set<{ queue: KernelEvent[]; wake: () => void; waking: boolean }>();
  /** Each change of ours, e.g. "+192.0.2.10", "-192.0.2.10". */
  readonly changes: string[] = [];
  /** Sizes of the bulk requests. */
  readonly batches: number[] = [];
  /** Addresses whose deletion fails. */
  readonly stuck = new Set<string>();
  /** The whole request fails, once. */
  failNext: Error | undefined;
  /** With the first address of a subnet the others of it go, as with promote_secondaries = 0. */
  dropsSecondaries = false;
  schedule: (wake: () => void) => void = (wake) => wake();
  readonly routing = new FakeRouting((event) => this.emit(event), (index) => this.#links.get(index));

  links(): Link[] {
    return [...this.#links.values()];
  }

  link(name: string): Link | undefined {
    return this.links().find((one) => one.name === name);
  }

  addresses(): InterfaceAddress[] {
    return [...this.#addresses.values()];
  }

  /** Never given twice. */
  #nextIndex = 100;
  /** What `addLink` refuses with. */
  linkFailure: Error | undefined;
  addLink({ name, stacked, hardwareAddress, group }: NewLink): void {
    if (this.linkFailure !== undefined) throw this.linkFailure;
    const below = this.#links.get(stacked.base);
    if (below === undefined) throw new KernelError(`RTM_NEWLINK ${name}`, "ENODEV");
    if (this.links().some((link) => link.name === name)) throw new KernelError(`RTM_NEWLINK ${name}`, "EEXIST");
    const index = this.#nextIndex++;
    const link: Link = { ...below, index, name, up: false, hardwareAddress: hardwareAddress ?? below.hardwareAddress, stacked, ...(group !== undefined && { group }) };
    this.changes.push(`+link ${name}`);
    for (const family of ["ipv4", "ipv6"]) {
      for (const setting of FAKE_SETTINGS[family] ?? []) this.routing.setSetting(`net/${family}/conf/${name}/${setting}`, this.readSetting(`net/${family}/conf/default/${setting}`) ?? 0);
    }
    this.#links.set(index, link);
    this.emit({ type: "link", link });
  }

  raiseLink(index: number): void {
    const link = this.#links.get(index);
    if (link === undefined) throw new KernelError(`RTM_NEWLINK up ${index}`, "ENODEV");
    this.changes.push(`up ${link.name}`);
    if (link.up) return; // the kernel reports what changes
    this.#links.set(index, { ...link, up: true });
    this.emit({ type: "link", link: { ...link, up: true } });
  }

  setLinkGroup(index: number, group: number): void {
    const link = this.#links.get(index);
    if (link === undefined) throw new KernelError(`RTM_NEWLINK group ${index}`, "ENODEV");
    this.#links.set(index, { ...link, group });
    this.changes.push(`group ${link.name} ${group}`);
    this.emit({ type: "link", link: { ...link, group } });
  }

  deleteLinks(names: readonly string[]): (Error | undefined)[] {
    return names.map((name) => {
      if (this.stuck.has(name)) return new KernelError(`RTM_DELLINK ${name}`, "EPERM");
      const link = this.links().find((one) => one.name === name);
      if (link === undefined) return undefined;
      this.changes.push(`-link ${name}`);
      this.deleteLink(link.index);
      return undefined;
    });
  }

  /** How many addresses were ever prepared for. */
  prepared = 0;

  prepare(addresses: readonly InterfaceAddress[]): void {
    this.prepared += addresses.length;
  }

  addAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[] {
    this.batches.push(addresses.length);
    return addresses.map((address) => {
      if (!this.#links.has(address.interfaceIndex)) return new KernelError(`RTM_NEWADDR ${address.address}`, "ENODEV");
      if (this.#addresses.has(key(address))) return undefined;
      this.changes.push(`+${address.address}`);
      const unchecked = familyOf(address.address) === 6 && address.noDuplicateDetection !== true;
      this.put(unchecked ? { ...address, tentative: true } : address);
      return undefined;
    });
  }

  deleteAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[] {
    if (this.failNext !== undefined) {
      const error = this.failNext;
      this.failNext = undefined;
      throw error;
    }
    return addresses.map((address) => {
      if (this.stuck.has(address.address)) return new KernelError(`RTM_DELADDR ${address.address}`, "EPERM");
      if (!this.#addresses.has(key(address))) return undefined;
      this.changes.push(`-${address.address}`);
      this.take(address);
      return undefined;
    });
  }

  routes(): KernelRoute[] {
    return this.routing.routes();
  }

  rules(): KernelRule[] {
    return this.routing.rules();
  }

  addRoutes(routes: readonly RouteAddition[]): (Error | undefined)[] {
    return this.routing.addRoutes(routes);
  }

  deleteRoutes(routes: readonly KernelRoute[]): (Error | undefined)[] {
    return this.routing.deleteRoutes(routes);
  }

  addRules(rules: readonly KernelRule[]): (Error | undefined)[] {
    return this.routing.addRules(rules);
  }

  deleteRules(rules: readonly KernelRule[]): (Error | undefined)[] {
    return this.routing.deleteRules(rules);
  }

  /** What each interface's driver says, by method; without an entry it cannot be asked. */
  readonly drivers = new Map<string, Partial<Record<LinkBeatMethod, boolean>>>();
  beatsAsked = 0;

  linkBeat(name: string, method: LinkBeatMethod): boolean | undefined {
    this.beatsAsked++;
    return this.drivers.get(name)?.[method];
  }

  readSetting(name: string): number | undefined {
    return this.routing.readSetting(name);
  }

  writeSetting(setting: Setting): void {
    this.routing.writeSetting(setting);
  }

  /** As somebody else (or the administrator) adds it. */
  put(address: InterfaceAddress): void {
    this.#addresses.set(key(address), address);
    this.emit({ type: "addressAdded", address });
  }

  /** As somebody else removes it. */
  take(address: InterfaceAddress): void {
    const subnet = (a: InterfaceAddress) => `${a.interfaceIndex} ${a.address.split(".").slice(0, 3).join(".")}/${a.prefixLength}`;
    const held = [...this.#addresses.values()];
    const isPrimary = held.find((one) => subnet(one) === subnet(address))?.address === address.address;
    this.#addresses.delete(key(address));
    this.emit({ type: "addressDeleted", address });
    if (!this.dropsSecondaries || !isPrimary || familyOf(address.address) !== 4) return;
    for (const other of held) {
      if (subnet(other) !== subnet(address) || other.address === address.address) continue;
      this.#addresses.delete(key(other));
      this.emit({ type: "addressDeleted", address: other });
    }
  }

  setLink(index: number, name: string, up = true): void {
    const link: Link = { index, name, up, loopback: false, arp: true, mtu: 1500, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, index) };
    this.#links.set(index, link);
    if (!up) this.routing.dropRoutesOf(index);
    this.emit({ type: "link", link });
    for (const above of this.links()) {
      if (above.stacked?.base !== index || above.up === up) continue; // its carrier
      this.#links.set(above.index, { ...above, up });
      this.emit({ type: "link", link: { ...above, up } });
    }
  }

  /** As somebody else makes it. */
  putLink(link: Link): void {
    this.#links.set(link.index, link);
    this.emit({ type: "link", link });
  }

  deleteLink(index: number): void {
    const link = this.#links.get(index);
    if (link === undefined) throw new Error(`no link ${index}`);
    for (const above of this.links()) if (above.stacked?.base === index) this.deleteLink(above.index);
    for (const address of this.addresses().filter((a) => a.interfaceIndex === index)) this.take(address);
    this.#links.delete(index);
    this.routing.dropRoutesOf(index);
    this.emit({ type: "linkDeleted", index, name: link.name });
  }

  emit(event: KernelEvent): void {
    for (const monitor of this.#monitors) {
      monitor.queue.push(event);
      if (monitor.waking) continue; // once per turn of the loop, like a descriptor that became readable
      monitor.waking = true;
      this.schedule(() => {
        monitor.waking = false;
        monitor.wake();
      });
    }
  }

  /** Changes from now on are not reported, except that something was lost. */
  loseEvents(change: () => void): void {
    const before = [...this.#monitors].map((monitor) => monitor.queue.length);
    change();
    [...this.#monitors].forEach((monitor, i) => monitor.queue.splice(before[i] ?? 0, Infinity, { type: "lost" }));
  }

  monitor(wake: () => void): LinkMonitor {
    const monitor = { queue: [] as KernelEvent[], wake, waking: false };
    this.#monitors.add(monitor);
    return { receive: () => monitor.queue.shift(), close: () => void this.#monitors.delete(monitor) };
  }

  holds(address: string): boolean {
    const wanted = ipAddress(address);
    return this.addresses().some((one) => one.address === wanted);
  }
}
