import type { Alarm } from "../base/time.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { ScriptExit, LinkMonitor } from "../base/ports.ts";
import { routerKeys } from "../base/router-key.ts";
import type { TrackResult } from "../base/tracking.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";
import { AdvertReader } from "./advert-reader.ts";
import { AdvertSockets } from "./advert-sockets.ts";
import { Announcer } from "./announcer.ts";
import { settle } from "./conditions.ts";
import { DuplicateRepair } from "./duplicates.ts";
import { Elector } from "./elector.ts";
import { FilterWatch } from "./filter-watch.ts";
import { deadlineOf } from "./fsm-state.ts";
import { garpDeadline } from "./garp.ts";
import type { OwnedAddress, VrrpHost } from "./host.ts";
import { newInstance } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { KernelView } from "./kernel-view.ts";
import { earliest, sooner } from "./earliest.ts";
import { Lateness } from "./lateness.ts";
import { LinkStates } from "./link-states.ts";
import { Losses } from "./losses.ts";
import { placedOn } from "./placement.ts";
import { applyChange } from "./reconfigure.ts";
import { planReload } from "./reload.ts";
import { SliceSize } from "./slice-size.ts";
import { followedInterfaces } from "./static-network.ts";
import { newStats } from "./stats.ts";
import { groupStatus, instanceStatus, socketStatus } from "./status.ts";
import type { VrrpStatus } from "./status.ts";
import { TrackedObjects } from "./track-objects.ts";
import { hasOwner, trackersOf } from "./track.ts";
import { VirtualNetwork } from "./virtual-network.ts";

/** Per turn; what is left makes another turn come first. */
const MAX_EVENTS_PER_TURN = 1024;
/**
 * More packets than a receive queue can hold: whoever has read this many without finding the queues empty has read
 * everything that was waiting when a deadline ran out, and may believe it even under a flood.
 */
const QUEUE_CAPACITY = 20_000;
/** How long slices may follow one another before signals and messages get their turn. */
const SLICES_PER_TURN: Micros = 50 * MILLISECOND;
const REDUMP_RETRY: Micros = SECOND;

/** All virtual routers of a host: one alarm, one entry, no promise. */
export class VrrpEngine {
  readonly #host: VrrpHost;
  readonly #kernel = new KernelView();
  readonly #net: VirtualNetwork;
  readonly #duplicates: DuplicateRepair;
  readonly #announcer: Announcer;
  readonly #sockets: AdvertSockets;
  readonly #elector: Elector;
  readonly #losses: Losses;
  readonly #reader: AdvertReader;
  readonly #filter: FilterWatch;
  readonly #wake = () => this.#turn();
  readonly #ring = () => {
    this.#alarm = undefined;
    this.#turn();
  };
  #monitor: LinkMonitor | undefined;
  #config: VrrpConfig | undefined;
  #instances: Instance[] = [];
  readonly #tracked = new TrackedObjects();
  readonly #linkStates: LinkStates;
  #startAt: Micros | undefined;
  #stopped = false;
  #running = false;
  /** Something that decides about faults or priorities has changed. */
  #unsettled = false;
  /** Events were lost, or a dump failed: dump again at this time. */
  #redumpAt: Micros | undefined;
  #alarm: Alarm | undefined;
  #alarmAt: Micros | undefined;
  /** The deadline that the last turn left open; how late the next turn is, is measured by it. */
  #dueAt: Micros | undefined;
  readonly #lateness: Lateness;
  readonly #sliceSize = new SliceSize();

  constructor(host: VrrpHost) {
    this.#host = host;
    this.#lateness = new Lateness(host);
    this.#linkStates = new LinkStates(host.network);
    this.#kernel.isQuiet = (link) => this.#linkStates.tells(link);
    this.#net = new VirtualNetwork(host, this.#kernel, () => void (this.#unsettled = true));
    const { work, routing, firewall } = this.#net;
    this.#duplicates = new DuplicateRepair(work, this.#kernel, host.log);
    this.#announcer = new Announcer(host, (index) => this.#kernel.link(index));
    this.#sockets = new AdvertSockets(host, this.#wake);
    this.#elector = new Elector({ host, work, routing, firewall, announcer: this.#announcer, sockets: this.#sockets, kernel: this.#kernel });
    this.#losses = new Losses({ log: host.log, net: this.#net, elector: this.#elector });
    const receiving = { host, sockets: this.#sockets, elector: this.#elector };
    this.#reader = new AdvertReader(receiving);
    this.#filter = new FilterWatch(receiving);
  }

  /** How late a deadline was at worst. */
  get lateness(): { readonly maxUs: Micros } {
    return this.#lateness;
  }

  /**
   * Begins with what a previous run left on the interfaces: taken over by whoever becomes MASTER at once, else removed.
   *
   * @throws KernelError when links or addresses cannot be listed
   */
  start(config: VrrpConfig): void {
    const host = this.#host;
    this.#monitor = host.openLinkMonitor(this.#wake); // before the dumps, so that nothing falls between
    this.#kernel.replace(host.network.links(), host.network.addresses());
    this.#config = config;
    const keys = routerKeys(new Map(), config.instances);
    this.#instances = config.instances.map((one, i) => newInstance(keys[i] ?? "", one, host.wallClockMs()));
    this.#net.adopt(config, this.#instances);
    if (config.startupDelayUs > 0) {
      this.#startAt = host.clock.now() + config.startupDelayUs;
      host.log.info(`Delaying startup for ${config.startupDelayUs / SECOND} seconds`);
    }
    this.#configured(config);
    this.#settle();
    // Nothing is served yet, so what nobody wants goes at once.
    while (this.#net.pending) this.#workSlice();
    this.#turn();
  }

  /**
   * Takes over a new configuration without a late advert: unchanged instances are not touched, addresses differ by what
   * differs, removed instances release with priority 0.
   */
  reload(config: VrrpConfig): void {
    if (this.#stopped) return;
    this.#lateness.begin("a reload", this.#host.clock.now());
    const plan = planReload(new Map(this.#instances.map((instance) => [instance.key, instance.config])), config);
    const byKey = new Map(this.#instances.map((instance) => [instance.key, instance]));
    for (const key of plan.removed) this.#remove(byKey.get(key));
    this.#config = config;
    this.#instances = config.instances.map((one, i) => {
      const key = plan.keys[i] ?? "";
      return byKey.get(key) ?? newInstance(key, one, this.#host.wallClockMs());
    });
    this.#net.place(config, this.#instances);
    for (const change of plan.changed) {
      const instance = byKey.get(change.key);
      if (instance !== undefined) applyChange(instance, change.config, this.#elector, this.#host);
    }
    this.#configured(config);
    this.#settle();
    this.#lateness.end(this.#host.clock.now());
    this.#turn();
  }

  #remove(instance: Instance | undefined): void {
    if (instance === undefined) return;
    const before = instance.state.name;
    // Alone: its group goes on without it.
    instance.group = undefined;
    this.#elector.dispatch(instance, { type: "shutdown" });
    this.#elector.notifyEnd("instance", instance.config.name, "DELETED", before, instance.priority.priority);
  }

  /** What start and reload have in common: everything derived from the configuration. */
  #configured(config: VrrpConfig): void {
    for (const line of this.#tracked.configure(config)) this.#host.log.info(line);
    this.#elector.regroup(config.syncGroups, this.#instances);
    for (const instance of this.#instances) {
      const group = instance.group === undefined ? undefined : this.#elector.groups.get(instance.group)?.config;
      const owner = hasOwner(this.#elector.membersOf(instance).map((member) => member.config));
      instance.trackers = trackersOf(instance.config, group, owner, [...followedInterfaces(config, instance.config.name), ...placedOn(instance.config, instance.placement)]);
    }
    for (const line of this.#linkStates.configure(config, this.#instances.map(({ trackers }) => trackers))) this.#host.log.info(line);
    this.#net.configure(config);
    this.#lateness.configure(config.instances);
    this.#reader.logUnknownVrids = config.logUnknownVrids;
    this.#announcer.configure(config);
    this.#host.track(config);
  }

  /** One run of a track script has ended. */
  scriptResult(name: string, exit: ScriptExit): void {
    const lines = this.#stopped ? undefined : this.#tracked.scriptResult(name, exit);
    for (const line of lines ?? []) this.#host.log.info(line);
    if (lines !== undefined) this.#reconsider();
  }

  /** What a tracked file or process says now. */
  trackResult(result: TrackResult): void {
    if (!this.#stopped && this.#tracked.take(result)) this.#reconsider();
  }

  /** A BFD session has come up or gone down, or is as before. */
  bfdResult(name: string, up: boolean): void {
    if (this.#stopped || !this.#tracked.bfdResult(name, up)) return;
    for (const { config, trackers } of this.#instances) {
      if (trackers.bfds.some((tracked) => tracked.name === name)) this.#host.log.info(`VRRP_Instance(${config.name}) Tracked BFD instance ${name} is ${up ? "UP" : "DOWN"}`);
    }
    this.#reconsider();
  }

  #reconsider(): void {
    this.#unsettled = true;
    this.#turn();
  }

  /** Priority 0 for every MASTER, then every address, then STOP is told. Synchronous; idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const before = this.#instances.map((instance) => instance.state.name);
    for (const instance of this.#instances) this.#elector.dispatch(instance, { type: "shutdown" });
    this.#net.releaseAll();
    this.#instances.forEach((instance, i) => {
      this.#elector.notifyEnd("instance", instance.config.name, "STOP", before[i] ?? "INIT", instance.priority.priority);
    });
    for (const { config, told } of this.#elector.groups.values()) this.#elector.notifyEnd("group", config.name, "STOP", told, 0);
    this.#close();
  }

  /** The way out after a bug: the neighbours are told and the host is cleaned, item by item, whatever fails. Never throws. */
  release(): void {
    this.#stopped = true;
    const masters = this.#instances.filter((instance) => instance.state.name === "MASTER");
    for (const instance of masters) this.#attempt(() => this.#elector.resignNow(instance));
    this.#attempt(() => this.#net.releaseAll());
    this.#attempt(() => this.#close());
  }

  /** For `release` alone: the next item must be tried although this one threw. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#host.log.error(`while releasing: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #close(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#monitor?.close();
    this.#monitor = undefined;
    this.#sockets.close();
    this.#filter.close();
  }

  status(): VrrpStatus {
    const now = this.#host.clock.now();
    return {
      instances: this.#instances.map((one) => instanceStatus(one, { work: this.#net.work, kernel: this.#kernel }, deadlineOf(one.state), now)),
      groups: [...this.#elector.groups.values()].map(groupStatus),
      sockets: [...this.#sockets.all()].map((open) => socketStatus(open, this.#instances)),
      maxLatenessUs: this.#lateness.maxUs,
      worstLateness: this.#lateness.worst,
    };
  }

  /** Sets every counter back to zero (`keepalived`'s statistics with clearing). */
  clearStats(): void {
    for (const { stats, neighbours } of this.#instances) {
      Object.assign(stats, newStats());
      neighbours.clearCounts();
    }
  }

  /**
   * One wake-up, whatever caused it. What has already arrived is handled before what has run out: after a stall both
   * are due, and believing the timer first would depose a living master. Work in slices comes last.
   */
  #turn(): void {
    if (this.#stopped || this.#running || this.#config === undefined) return;
    this.#running = true;
    try {
      this.#lateness.measure(this.#dueAt, this.#host.clock.now(), this.#host.log);
      this.#lateness.begin("adverts and events", this.#host.clock.now());
      const eventsDrained = this.#drainEvents();
      this.#filter.read(this.#host.clock.now());
      const advertsDrained = this.#reader.drain();
      const quiet = eventsDrained && advertsDrained;
      if (quiet) this.#reader.readSinceQuiet = 0;
      if (advertsDrained) this.#reader.noteEmpty();
      this.#settleIfNeeded();
      if (eventsDrained) this.#losses.handle(this.#net.lostRouting(this.#host.clock.now()), this.#instances, this.#host.clock.now());
      this.#losses.run(this.#host.clock.now());
      this.#duplicates.run(this.#host.clock.now());
      this.#elector.tellSilent(this.#instances, this.#host.clock.now());
      if (quiet) this.#filter.run(this.#instances, this.#host.clock.now());
      this.#runDeadlines(quiet || this.#reader.readSinceQuiet > QUEUE_CAPACITY);
      this.#elector.retryAdverts(this.#instances);
      this.#runSlices(quiet);
      this.#arm(quiet);
    } finally {
      this.#running = false;
    }
  }

  /** @returns whether the kernel's event socket was read empty */
  #drainEvents(): boolean {
    let suspicious = false;
    for (let i = 0; i < MAX_EVENTS_PER_TURN; i++) {
      const event = this.#monitor?.receive();
      if (event === undefined) {
        if (suspicious) this.#handleLost(this.#host.network.addresses());
        return true;
      }
      for (const line of this.#kernel.apply(event)) this.#host.log.info(line);
      if (event.type === "routeDeleted" || event.type === "ruleDeleted") {
        this.#net.note(event);
        continue;
      }
      const ours = "address" in event && this.#net.work.isOurs(event.address);
      if (event.type === "addressAdded" && ours) this.#duplicates.note(event.address, this.#host.clock.now());
      if (!ours) this.#net.note(event);
      if (event.type === "lost") this.#redumpAt = this.#host.clock.now();
      // What we do ourselves changes no condition.
      else if (!ours) this.#unsettled = true;
      // Our own removals are not ours any more; an event for one that was since added again is checked by the dump.
      else if (event.type === "addressDeleted") suspicious = true;
    }
    if (suspicious) this.#redumpAt = this.#host.clock.now();
    return false;
  }

  #settleIfNeeded(): void {
    const now = this.#host.clock.now();
    if (this.#startAt !== undefined && now >= this.#startAt) {
      this.#startAt = undefined;
      this.#host.log.info("Delayed start completed");
      this.#unsettled = true;
    }
    if (this.#redumpAt !== undefined && now >= this.#redumpAt) this.#redump(now);
    for (const line of this.#linkStates.poll(now)) {
      this.#host.log.info(line);
      this.#unsettled = true;
    }
    const lookAt = earliest([this.#sockets.retryAt, this.#linkStates.lookAt, this.#net.links.retryAt]);
    if (this.#unsettled || (lookAt !== undefined && now >= lookAt)) this.#settle();
  }

  #redump(now: Micros): void {
    try {
      const addresses = this.#host.network.addresses();
      for (const line of this.#kernel.replace(this.#host.network.links(), addresses)) this.#host.log.info(line);
      this.#redumpAt = undefined;
      this.#net.note({ type: "lost" });
      this.#settle();
      this.#handleLost(addresses);
    } catch (error) {
      this.#host.log.error(`cannot list links and addresses: ${error instanceof Error ? error.message : String(error)}`);
      this.#redumpAt = now + REDUMP_RETRY;
    }
  }

  /** Addresses that someone else took away. */
  #handleLost(kernelHolds: readonly InterfaceAddress[]): void {
    const lost = this.#net.lostAddresses(kernelHolds);
    if (lost.length === 0) return;
    this.#settle(); // an interface that went down takes its addresses along: that is a FAULT, not a theft
    this.#losses.handle(lost, this.#instances, this.#host.clock.now());
  }

  #settle(): void {
    this.#unsettled = false;
    this.#net.settle();
    settle(this.#instances, {
      host: this.#host,
      kernel: this.#kernel,
      sockets: this.#sockets,
      work: this.#net.work,
      links: this.#net.links,
      elector: this.#elector,
      tracked: this.#tracked,
      linkStates: this.#linkStates,
      started: this.#startAt === undefined,
    });
    this.#reader.index(this.#instances);
    // After the look: who was without it has noticed, and comes back by an election, as in keepalived.
    this.#net.links.seek(this.#host.clock.now());
    for (const instance of this.#instances) if (instance.state.name === "BACKUP") this.#elector.prepare(instance);
  }

  /**
   * Everything due, earliest first. While something may wait to be read only a MASTER's own adverts leave: nothing read makes them
   * wrong, and late is what a flood wants them. What ran out since the reading began is the next turn's: we may have stood still.
   */
  #runDeadlines(believe: boolean): void {
    for (;;) {
      const now = this.#host.clock.now();
      const due: { readonly instance: Instance; readonly at: Micros }[] = [];
      for (const instance of this.#instances) {
        const at = deadlineOf(instance.state);
        if (at !== undefined && at <= now && ((believe && at <= this.#reader.drainedAt) || instance.state.name === "MASTER")) due.push({ instance, at });
      }
      if (due.length === 0) return;
      due.sort((a, b) => a.at - b.at);
      // One that was handled may have moved others: those of its sync group.
      for (const { instance, at } of due) if (deadlineOf(instance.state) === at) this.#elector.dispatch(instance, { type: "deadline" });
    }
  }

  /**
   * Slices until nothing waits or a while has passed, adverts and what is due between any two of them: going through the
   * event loop instead costs as much as the slices, and the kernel's reports of our own additions can wait until the end.
   */
  #runSlices(quiet: boolean): void {
    const until = this.#host.clock.now() + SLICES_PER_TURN;
    if (this.#net.pending) this.#lateness.begin("addresses, routes and rules");
    for (;;) {
      this.#runSlice();
      if (!this.#net.pending || this.#host.clock.now() >= until) return;
      const advertsDrained = this.#reader.drain();
      this.#runDeadlines(quiet && advertsDrained);
    }
  }

  #runSlice(): void {
    const now = this.#host.clock.now();
    this.#elector.announceDue(this.#instances, now);
    if (this.#net.pending) this.#workSlice();
    else this.#announcer.slice(now);
  }

  #workSlice(): void {
    const before = this.#host.clock.now();
    this.#announceAdded(this.#net.slice(this.#sliceSize.value).added);
    this.#sliceSize.took(this.#host.clock.now() - before);
  }

  #announceAdded(added: readonly OwnedAddress[]): void {
    for (const { key } of added) this.#duplicates.noteAdded(key, this.#host.clock.now());
    this.#elector.announceAdded(added, this.#instances);
  }

  #arm(quiet: boolean): void {
    const now = this.#host.clock.now();
    let dueAt = earliest([this.#startAt, this.#redumpAt, this.#sockets.retryAt, this.#linkStates.dueAt, this.#duplicates.dueAt, this.#losses.dueAt, this.#net.dueAt, this.#filter.dueAt(this.#instances, now)]);
    for (const { state, garp, neighbours, unsent } of this.#instances) dueAt = sooner(sooner(sooner(dueAt, deadlineOf(state)), unsent?.at), sooner(garpDeadline(garp), neighbours.dueAt));
    this.#dueAt = dueAt;
    this.#lateness.end(now);
    const soon = !quiet || this.#unsettled || this.#net.pending || this.#net.asking ? now : this.#announcer.nextAt();
    const at = earliest([this.#dueAt, soon]);
    if (at !== undefined && at === this.#alarmAt && this.#alarm !== undefined && at > now) return;
    this.#alarm?.cancel();
    this.#alarmAt = at;
    this.#alarm = at === undefined ? undefined : this.#host.clock.alarm(at, this.#ring);
  }
}
