import type { SilencedLink } from "../base/firewall.ts";
import type { IpFamily } from "../base/ip.ts";
import type { InterfaceAddress, KernelEvent } from "../base/network.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";
import { AddressWork } from "./address-work.ts";
import type { SliceResult } from "./address-work.ts";
import { FirewallWork } from "./firewall-work.ts";
import type { VrrpHost } from "./host.ts";
import { earliest } from "./earliest.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { leftovers } from "./leftovers.ts";
import { LINK_LOCAL_OWNER } from "./link-local-copies.ts";
import { RecordBook } from "./record-book.ts";
import { RoutingWork } from "./routing-work.ts";
import type { Loss } from "./routing-work.ts";
import { SettingsWork } from "./settings-work.ts";
import { STATIC_OWNER, StaticNetwork } from "./static-network.ts";
import { VirtualLinks } from "./virtual-links.ts";
import { wantedSettings } from "./wanted-settings.ts";

/** After a dump that failed. */
const ASK_AGAIN: Micros = SECOND;

/** Everything that we hold on the host: links, addresses, routes, rules, settings, packet filter; of the instances, and what is static. */
export class VirtualNetwork {
  readonly work: AddressWork;
  readonly routing: RoutingWork;
  readonly links: VirtualLinks;
  readonly firewall: FirewallWork;
  readonly #host: VrrpHost;
  readonly #kernel: KernelView;
  readonly #record: RecordBook;
  readonly #statics: StaticNetwork;
  readonly #settings: SettingsWork;
  readonly #changed: () => void;
  #linksChanged = false;
  /** `disable_local_igmp`, as it was at start. */
  #disableLocalIgmp: boolean | undefined;
  /** The kernel could not be asked about routes and rules. */
  #askAt: Micros | undefined;

  /** @param changed called when a static address or a link came, or a link could not come: what decides about faults */
  constructor(host: VrrpHost, kernel: KernelView, changed: () => void) {
    this.#host = host;
    this.#kernel = kernel;
    this.#changed = changed;
    this.#record = new RecordBook(host.record, host.log);
    this.work = new AddressWork(host.network, this.#record.addresses, host.log);
    this.routing = new RoutingWork(host.network, this.#record, host.log, kernel);
    this.links = new VirtualLinks(host.network, this.#record.part("links"), host.log, kernel, () => this.#silence());
    this.firewall = new FirewallWork({ firewall: host.firewall, record: this.#record.part("tables"), log: host.log, clock: host.clock, kernel });
    this.#statics = new StaticNetwork({ work: this.work, routing: this.routing, kernel });
    this.#settings = new SettingsWork(host.network, this.#record.part("settings"), host.log, kernel);
  }

  /** At start: what a previous run left. @throws KernelError when it cannot be listed */
  adopt(config: VrrpConfig, instances: readonly Instance[]): void {
    const left = this.#record.read();
    this.links.adopt(left.links);
    this.#settings.adopt(left.settings);
    this.firewall.adopt(left.tables);
    this.place(config, instances, true);
    this.routing.adopt(left, config);
    this.work.adopt(leftovers(left.addresses, this.#host.network.addresses(), instances, this.#kernel));
  }

  /**
   * The packet filter, the interfaces that instances have of their own, and what these ask of the others; they come before what is
   * to be on them.
   *
   * @param instances those of `config`, in the same order; in a reload still with what they were
   */
  place(config: VrrpConfig, instances: readonly Instance[], starting = false): void {
    const { disableLocalIgmp } = config.firewall;
    this.#disableLocalIgmp ??= disableLocalIgmp;
    if (disableLocalIgmp !== this.#disableLocalIgmp) this.#host.log.warning("Cannot change disable_local_igmp at a reload - please restart regentd");
    this.firewall.configure(config);
    const owners = instances.map((instance, i) => ({ key: instance.key, config: config.instances[i] ?? instance.config, atOnce: starting || instance.state.name !== "INIT" }));
    this.links.configure(owners, config, this.#host.clock.now());
    owners.forEach((owner, i) => {
      const instance = instances[i];
      if (instance !== undefined) instance.placement = this.links.placement(owner);
    });
    const { needs, names: own } = this.links;
    this.#settings.configure(wantedSettings(config, { needs, own, kernel: this.#kernel, disableLocalIgmp: this.#disableLocalIgmp, original: (name) => this.#settings.original(name) }));
  }

  /** What belongs to no instance: at start and after a reload. */
  configure(config: VrrpConfig): void {
    for (const line of this.#statics.configure(config)) this.#host.log.info(line);
  }

  /** Of the kernel's events, those that concern routes and rules, and what they lead through. */
  note(event: KernelEvent): void {
    if (event.type === "routeDeleted" || event.type === "ruleDeleted") this.routing.noteDeletion(event);
    else this.#linksChanged = true;
    if (event.type === "lost") this.routing.suspect();
  }

  /** Before links come up: what the kernel is not to say there it begins to say at once. */
  #silence(): void {
    this.firewall.silence(this.#silenced());
    this.firewall.grow();
  }

  #silenced(): SilencedLink[] {
    return this.links.needs.flatMap((need) => {
      const { index, stacked } = this.links.linkOf(need) ?? {};
      if (index === undefined || stacked === undefined || need.kind !== "macvlan") return [];
      const families: IpFamily[] = [...(need.family === 4 && this.#disableLocalIgmp !== true ? [4 as const] : []), ...(need.ipv6 ? [6 as const] : [])];
      return families.length === 0 ? [] : [{ index, base: stacked.base, families }];
    });
  }

  /** Follows the interfaces. */
  settle(): void {
    if (!this.#linksChanged) return;
    this.#linksChanged = false;
    this.#settings.apply();
    this.#statics.linksChanged();
    this.routing.linksChanged();
  }

  /** @param held all addresses of the host */
  lostAddresses(held: readonly InterfaceAddress[]): Loss[] {
    return this.work.findLost(held).map(({ owner, address, track }) => {
      const device = this.#kernel.link(address.interfaceIndex)?.name ?? String(address.interfaceIndex);
      this.#host.log.detail(`Netlink reflector reports IP ${address.address} removed from ${device}`);
      return { owner, what: `address ${address.address}`, track };
    });
  }

  lostRouting(now: Micros): Loss[] {
    if (this.#askAt !== undefined && now < this.#askAt) return [];
    try {
      const lost = this.routing.findLost();
      this.#askAt = undefined;
      return lost;
    } catch (error) {
      this.#host.log.error(`cannot list routes and rules: ${error instanceof Error ? error.message : String(error)}`);
      this.#askAt = now + ASK_AGAIN;
      return [];
    }
  }

  get dueAt(): Micros | undefined {
    return earliest([this.#askAt, this.firewall.dueAt, this.links.retryAt]);
  }

  /** Whether `lostRouting` has something to ask in the next turn: work, and no deadline that could be late. */
  get asking(): boolean {
    return this.#askAt === undefined && this.routing.asking;
  }

  putBack(owner: string): void {
    this.work.putBack(owner);
    this.routing.putBack(owner);
  }

  get pending(): boolean {
    return this.work.pending || this.routing.pending || this.firewall.pending || this.links.pending;
  }

  /** keepalived's order: rules and routes go, addresses go and come, routes and rules come, links go and come; filtered from before to after. */
  slice(size: number): SliceResult {
    if (this.firewall.grow()) return NOTHING_ADDED;
    if (this.routing.removeSlice()) return NOTHING_ADDED;
    if (!this.work.pending) {
      if (!this.routing.addSlice() && this.links.slice(this.#host.clock.now())) this.#changed();
      // A link that goes says so to its groups.
      if (this.links.pending) return NOTHING_ADDED;
      this.firewall.silence(this.#silenced());
      this.firewall.shrink(() => this.work.leftBehind());
      return NOTHING_ADDED;
    }
    const result = this.work.slice(size);
    // Our own additions are not reported to us.
    const fixed = result.added.filter(({ owner }) => owner === STATIC_OWNER || owner === LINK_LOCAL_OWNER);
    for (const { address } of fixed) this.#kernel.apply({ type: "addressAdded", address });
    if (fixed.length > 0) this.#changed();
    if (this.work.takeRestored()) this.routing.repair();
    return result;
  }

  /** Removes everything and puts back every setting. Never throws. */
  releaseAll(): void {
    this.routing.releaseAll();
    this.work.releaseAll();
    this.links.releaseAll();
    this.firewall.releaseAll();
    this.#settings.releaseAll();
  }
}

const NOTHING_ADDED: SliceResult = { added: [] };
