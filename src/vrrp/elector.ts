import { assertNever } from "../base/assert-never.ts";
import { hostPrefixLength } from "../base/ip.ts";
import { SCOPE_GLOBAL } from "../base/network.ts";
import type { VrrpNotifyState } from "../base/notification.ts";
import type { Micros } from "../base/time.ts";
import type { SyncGroup } from "../conf/model.ts";
import type { AddressWork } from "./address-work.ts";
import { PRIORITY_STOP } from "./advert.ts";
import { retryAdvert, sendAdvert } from "./advert-sender.ts";
import type { AdvertSockets } from "./advert-sockets.ts";
import type { Announcer } from "./announcer.ts";
import { explainElection } from "./election.ts";
import { step } from "./fsm.ts";
import type { VrrpEffect, VrrpEvent } from "./fsm-state.ts";
import { announcedElsewhere } from "./garp-elsewhere.ts";
import { NO_GARP, garpDeadline, garpDue, garpOnLowerPriority, garpOnMaster, nextExtra } from "./garp.ts";
import type { FirewallWork } from "./firewall-work.ts";
import { groupedBy } from "./grouped.ts";
import type { OwnedAddress, VrrpHost } from "./host.ts";
import { routerOf, wantedAddresses } from "./instance.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey } from "./network.ts";
import type { RoutingWork } from "./routing-work.ts";
import { groupState, mayBecomeMaster, mustFollow } from "./sync-group.ts";
import type { GroupState } from "./sync-group.ts";

export interface Group {
  config: SyncGroup;
  members: readonly Instance[];
  /** As last told. */
  told: GroupState;
}

export interface ElectorParts {
  readonly host: VrrpHost;
  readonly work: AddressWork;
  readonly announcer: Announcer;
  readonly sockets: AdvertSockets;
  readonly kernel: KernelView;
  readonly routing: RoutingWork;
  readonly firewall: FirewallWork;
}

/**
 * Runs events through `step` and carries out the effects, in order; moves of a sync group follow on the same queue, in
 * the same turn. It owns no deadline and no instance.
 */
export class Elector {
  readonly #parts: ElectorParts;
  readonly #groups = new Map<string, Group>();
  readonly #queue: { readonly instance: Instance; readonly event: VrrpEvent; readonly at: Micros }[] = [];
  #running = false;

  constructor(parts: ElectorParts) {
    this.#parts = parts;
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#groups;
  }

  /** Replaces the sync groups; one that keeps its name keeps what it last told. */
  regroup(groups: readonly SyncGroup[], instances: readonly Instance[]): void {
    const before = new Map(this.#groups);
    this.#groups.clear();
    for (const instance of instances) instance.group = undefined;
    for (const config of groups) {
      const members = instances.filter((instance) => config.members.includes(instance.config.name));
      for (const member of members) member.group = config.name;
      this.#groups.set(config.name, { config, members, told: before.get(config.name)?.told ?? "INIT" });
    }
  }

  membersOf(instance: Instance): readonly Instance[] {
    const group = instance.group === undefined ? undefined : this.#groups.get(instance.group);
    return group?.members ?? [instance];
  }

  /**
   * One event and everything that follows from it.
   *
   * @param at when it happened: an advert counts from its arrival, not from when it was read
   */
  dispatch(instance: Instance, event: VrrpEvent, at = this.#parts.host.clock.now()): void {
    this.#queue.push({ instance, event, at });
    if (this.#running) return;
    this.#running = true;
    const touched = new Set<string>();
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#one(next.instance, next.event, next.at);
        if (next.instance.group !== undefined) touched.add(next.instance.group);
      }
    } finally {
      this.#queue.length = 0;
      this.#running = false;
    }
    for (const name of touched) this.#tellGroup(name);
  }

  /** What an event leads to elsewhere: handled in the same dispatch, after what waits already. */
  #follow(instance: Instance, event: VrrpEvent): void {
    this.#queue.push({ instance, event, at: this.#parts.host.clock.now() });
  }

  #one(instance: Instance, event: VrrpEvent, at: Micros): void {
    const before = instance.state;
    const { state, effects } = step(routerOf(instance), before, event, at);
    instance.state = state;
    if (state.name !== before.name) instance.logged.clear();
    for (const effect of effects) {
      if (effect.type === "transition") instance.lastReason = explainElection(instance, effect, before, event, at);
      this.#run(instance, effect, before.name, event);
    }
    // After everything that is urgent.
    for (const effect of effects) if (effect.type === "transition") this.#parts.host.log.info(`${effect.to} of ${instance.config.name}: ${instance.lastReason}`);
    if (state.name === "BACKUP" && before.name !== "BACKUP") instance.backupSince = at;
    if (event.type === "advert" && before.name === "MASTER" && state.name === "MASTER") this.#sightRival(instance, event, at);
  }

  /** Another MASTER was heard, and we stay it. */
  #sightRival(instance: Instance, { source, priority }: VrrpEvent & { type: "advert" }, at: Micros): void {
    const { host } = this.#parts;
    const { name } = instance.config;
    instance.stats.rivalRcvd++;
    if (!instance.neighbours.sight(source, at)) return;
    const text = `(${name}) ${source} is MASTER, too (priority ${priority}, ours ${instance.priority.priority}): the network is or was cut, or VRID ${instance.config.vrid} is used twice`;
    host.log.warning(text);
    host.notify({ type: "alert", alert: "rivalMaster", name, text });
  }

  #run(instance: Instance, effect: VrrpEffect, before: Instance["state"]["name"], cause: VrrpEvent): void {
    const { log } = this.#parts.host;
    switch (effect.type) {
      case "sendAdvert":
        return sendAdvert(instance, effect.priority, this.#parts);
      case "log":
        return log[effect.level](effect.text);
      case "transition":
        return this.#transition(instance, effect, before, cause);
      case "wantMaster":
        if (mayBecomeMaster(this.membersOf(instance).map((member) => member.state))) {
          this.#follow(instance, { type: "syncMaster" });
        }
        return;
      case "installNetwork":
        return this.installNetwork(instance);
      case "removeNetwork":
        return this.#removeNetwork(instance);
      case "announce":
        return this.#announce(instance, effect.because);
      case "heardLowerPriority":
        return this.#parts.host.notify({
          type: "masterRxLowerPri",
          name: instance.config.name,
          priority: instance.priority.priority,
        });
      default:
        return assertNever(effect);
    }
  }

  #transition(
    instance: Instance,
    effect: VrrpEffect & { type: "transition" },
    before: Instance["state"]["name"],
    cause: VrrpEvent,
  ): void {
    const { host } = this.#parts;
    const { name } = instance.config;
    host.log.info(`(${name}) Entering ${effect.to} STATE${effect.first && effect.to !== "MASTER" ? " (init)" : ""}`);
    if (effect.to === "MASTER") instance.stats.becomeMaster++;
    if (before === "MASTER") instance.stats.releaseMaster++;
    instance.lastTransitionMs = host.wallClockMs();
    host.notify({
      type: "vrrp",
      scope: "instance",
      name,
      state: effect.to,
      previous: before,
      priority: instance.priority.priority,
      reason: instance.lastReason,
    });
    if (before === "FAULT") this.#announceSource(instance);
    if (effect.first && effect.to === "BACKUP") return; // at start every member comes by itself
    this.#moveGroup(instance, effect.to, cause);
  }

  /** The peers of a unicast instance may have lost its own address while it was away. */
  #announceSource({ key, config, source }: Instance): void {
    const { kernel, announcer } = this.#parts;
    const index = config.unicast === undefined || source === undefined ? undefined : kernel.holder(source);
    if (index === undefined || source === undefined) return;
    const address = { interfaceIndex: index, address: source, prefixLength: hostPrefixLength(config.family), scope: SCOPE_GLOBAL };
    announcer.sendNow(key, config.name, [{ owner: key, address, key: addressKey(address), track: false }]);
  }

  #moveGroup(leader: Instance, to: "BACKUP" | "MASTER" | "FAULT", cause: VrrpEvent): void {
    const others = this.membersOf(leader).filter((member) => member !== leader && mustFollow(to, member.state));
    if (leader.group === undefined || others.length === 0 || this.#isMoving(others)) return;
    if (cause.type === "resign") {
      // Every member says goodbye and waits its own Skew_Time; keepalived does not announce this one.
      for (const instance of others) this.#follow(instance, { type: "resign", reason: `sync group ${leader.group}` });
      return;
    }
    this.#parts.host.log.info(`VRRP_Group(${leader.group}) Syncing instances to ${to} state`);
    for (const instance of others) {
      if (to === "FAULT") this.#follow(instance, { type: "fault", reason: `sync group ${leader.group}` });
      else this.#follow(instance, { type: to === "MASTER" ? "syncMaster" : "syncBackup" });
    }
  }

  /** The move that these members are about to make is already on the queue. */
  #isMoving(members: readonly Instance[]): boolean {
    return members.every((member) => this.#queue.some((queued) => queued.instance === member));
  }

  #tellGroup(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    const state = groupState(group.members.map((member) => member.state));
    if (state === group.told || state === "INIT") return;
    const previous = group.told;
    group.told = state;
    const reason = group.members[0]?.lastReason ?? "";
    this.#parts.host.notify({ type: "vrrp", scope: "group", name, state, previous, priority: 0, reason });
  }

  /** Tells that an instance or group has ended: STOP at shutdown, DELETED by reload. */
  notifyEnd(scope: "instance" | "group", name: string, state: VrrpNotifyState, previous: GroupState, priority: number): void {
    const reason = state === "STOP" ? "shutdown" : "removed by reload";
    this.#parts.host.notify({ type: "vrrp", scope, name, state, previous, priority, reason });
  }

  /** What could not be sent and is due again. */
  retryAdverts(instances: readonly Instance[]): void {
    for (const instance of instances) if (instance.unsent !== undefined) retryAdvert(instance, this.#parts);
  }

  /** For a crash: priority 0 and nothing else; the state machine may be what is broken. */
  resignNow(instance: Instance): void {
    sendAdvert(instance, PRIORITY_STOP, this.#parts);
  }

  /** What a takeover will say is encoded while there is time: a BACKUP's whole work is to be quick once. */
  prepare(instance: Instance): void {
    const { wanted, extra } = wantedAddresses(instance, this.#parts.kernel);
    this.#parts.work.prepare(wanted);
    this.#parts.announcer.prepare([...wanted, ...extra]);
  }

  /** Becoming MASTER, and a MASTER whose virtual addresses, routes or rules a reload has changed. */
  installNetwork(instance: Instance): void {
    const { log } = this.#parts.host;
    const { config } = instance;
    const { wanted, missing } = wantedAddresses(instance, this.#parts.kernel);
    for (const line of missing) log.info(line);
    this.#parts.firewall.want(instance, wanted);
    if (config.virtualAddresses.length > 0) log.detail(`(${config.name}) setting VIPs.`);
    if (config.excludedAddresses.length > 0) log.detail(`(${config.name}) setting E-VIPs.`);
    this.#parts.work.want(instance.key, wanted);
    this.#parts.routing.install(instance);
  }

  #removeNetwork(instance: Instance): void {
    const { log } = this.#parts.host;
    const { config } = instance;
    this.#parts.routing.remove(instance);
    if (config.virtualAddresses.length > 0) log.detail(`(${config.name}) removing VIPs.`);
    if (config.excludedAddresses.length > 0) log.detail(`(${config.name}) removing E-VIPs.`);
    this.#parts.firewall.want(instance, []);
    this.#parts.work.want(instance.key, []);
    this.#parts.announcer.cancel(instance.key);
    instance.garp = NO_GARP;
    instance.announcing = [];
  }

  #announce(instance: Instance, because: "master" | "lowerPriority"): void {
    const now = this.#parts.host.clock.now();
    if (because === "master") {
      // The first set itself is sent with the addresses, slice by slice.
      instance.garp = garpOnMaster(instance.config.garp, instance.config.garpExtraIf, now);
      return this.announceExtra(instance);
    }
    for (const member of this.membersOf(instance)) {
      if (member.state.name !== "MASTER") continue;
      const { timers, repeat } = garpOnLowerPriority(member.config.garp, member.garp, now);
      member.garp = timers;
      this.announceAll(member, repeat);
    }
  }

  /** The first gratuitous ARP leaves directly behind its address, the rest of the set when all addresses are there. */
  announceAdded(added: readonly OwnedAddress[], instances: readonly Instance[]): void {
    const { work, announcer } = this.#parts;
    const byOwner = groupedBy(added, ({ owner }) => owner);
    for (const instance of instances) {
      const own = byOwner.get(instance.key);
      if (own === undefined) continue;
      instance.announcing.push(...own);
      announcer.sendNow(instance.key, instance.config.name, own);
    }
    for (const instance of instances) {
      if (instance.announcing.length === 0 || work.isAdding(instance.key)) continue;
      const { name, garp } = instance.config;
      announcer.enqueue(instance.key, name, instance.announcing, garp.masterRepeat - 1);
      instance.announcing = [];
    }
  }

  /** The first set of `garp_extra`, for which nothing has to be added. */
  announceExtra(instance: Instance): void {
    const { announcer, kernel } = this.#parts;
    const { name, garp } = instance.config;
    const { extra } = wantedAddresses(instance, kernel);
    announcer.sendNow(instance.key, name, extra);
    announcer.enqueue(instance.key, name, extra, garp.masterRepeat - 1);
  }

  /** The schedules that are due. */
  announceDue(instances: readonly Instance[], now: Micros): void {
    for (const instance of instances) {
      const at = garpDeadline(instance.garp);
      if (at === undefined || now < at) continue;
      const { timers, repeat } = garpDue(instance.config.garp, instance.garp, now);
      instance.garp = timers;
      this.announceAll(instance, repeat);
      if (timers.extraAt !== undefined && now >= timers.extraAt) this.#announceElsewhere(instance, now);
    }
  }

  #announceElsewhere(instance: Instance, now: Micros): void {
    const { work, announcer, kernel } = this.#parts;
    const { name, garpExtraIf } = instance.config;
    announcer.enqueue(instance.key, name, announcedElsewhere(instance, work.wantedBy(instance.key), kernel), 1);
    instance.garp = { ...instance.garp, extraAt: nextExtra(garpExtraIf, now) };
  }

  /** Who of the others has not been heard for too long. */
  tellSilent(instances: readonly Instance[], now: Micros): void {
    for (const { neighbours, config } of instances) for (const line of neighbours.run(now)) this.#parts.host.log.info(`(${config.name}) ${line}`);
  }

  /** Every address of a MASTER, `repeat` times. */
  announceAll(instance: Instance, repeat: number): void {
    const { work, announcer, kernel } = this.#parts;
    announcer.enqueue(instance.key, instance.config.name, [...work.wantedBy(instance.key), ...wantedAddresses(instance, kernel).extra], repeat);
  }
}
