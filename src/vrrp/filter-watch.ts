import type { Datagram, FrameWatch } from "../base/ports.ts";
import { MILLISECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { AdvertSockets, OpenSocket } from "./advert-sockets.ts";
import { deviceOf } from "./advert-sockets.ts";
import type { Elector } from "./elector.ts";
import { masterDownInterval, ownPriority } from "./fsm-state.ts";
import type { AdvertEvent, BackupState } from "./fsm-state.ts";
import type { VrrpHost } from "./host.ts";
import { routerOf } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { addressed, addressedIpv6, judgeAdvert } from "./receive.ts";
import type { ReceiveMemory } from "./verdict.ts";

/** Frames that may wait to be judged, for all instances of a socket: more than adverts come in a master-down time. */
const MOST_WAITING = 4_096;
/** The same packet's time of arrival differs by no more than this between two sockets. */
const SAME: Micros = MILLISECOND;

/** What an instance is told by frames that its socket did not get. */
export interface FilteredSight {
  /** The last one; it would have been accepted. */
  readonly event: AdvertEvent;
  readonly at: Micros;
  readonly memory: ReceiveMemory;
  /** It was told, and with `hold_if_filtered` it counts like an advert that was heard. */
  readonly told: boolean;
}

/** When an instance looks. */
export interface Look {
  /** What `at` was computed for. */
  readonly state: BackupState | undefined;
  readonly at: Micros;
  readonly lookedAt: Micros;
}

interface OpenWatch {
  readonly open: OpenSocket;
  /** Undefined: it could not be opened. */
  readonly watch: FrameWatch | undefined;
  readonly waiting: { readonly datagram: Datagram; readonly at: Micros }[];
}

interface FilterWatchParts {
  readonly host: VrrpHost;
  readonly sockets: AdvertSockets;
  readonly elector: Elector;
}

/**
 * A BACKUP that has missed an advert looks at the frames of its interface until it hears again or takes over: adverts
 * that are there and do not reach its socket were dropped by this host itself. While adverts are heard nothing is open.
 */
export class FilterWatch {
  readonly #parts: FilterWatchParts;
  readonly #watches = new Map<string, OpenWatch>();
  readonly #failing = new Set<string>();
  #nextAt: Micros | undefined;

  constructor(parts: FilterWatchParts) {
    this.#parts = parts;
  }

  /** When `run` has something to do, if nothing happens until then. */
  dueAt(instances: readonly Instance[], now: Micros): Micros | undefined {
    let next: Micros | undefined;
    for (const instance of instances) {
      const at = this.#dueAt(instance, now);
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    this.#nextAt = next;
    return next;
  }

  #dueAt(instance: Instance, now: Micros): Micros | undefined {
    const { state, socketKey, filtered, look } = instance;
    if (state.name !== "BACKUP" || this.#parts.sockets.get(socketKey) === undefined || socketKey === undefined) return undefined;
    if (!this.#watches.has(socketKey)) return lookAt(instance, state, now);
    // One that is held back has to hear a priority 0, too.
    return filtered?.told === true ? look.lookedAt + intervalOf(instance, state) : undefined;
  }

  /** Takes what has arrived: before the sockets are read, so that whatever is in both is known to be. */
  read(now: Micros): void {
    for (const [key, one] of this.#watches) {
      try {
        for (let datagram = one.watch?.receive(); datagram !== undefined; datagram = one.waiting.length < MOST_WAITING ? one.watch?.receive() : undefined) {
          one.waiting.push({ datagram, at: Math.min(now, now - (datagram.ageUs ?? 0)) });
        }
      } catch (error) {
        this.#fail(key, one.open, error);
      }
    }
  }

  /** Judges what was read, when the sockets have been read empty since; opens and closes. */
  run(instances: readonly Instance[], now: Micros): void {
    if (this.#watches.size === 0 && (this.#nextAt === undefined || now < this.#nextAt)) return;
    for (const one of this.#watches.values()) {
      for (const { datagram, at } of one.waiting.splice(0)) this.#judge(instances, one.open, datagram, at);
    }
    const needed = new Set<string>();
    for (const instance of instances) {
      const { state, socketKey } = instance;
      if (state.name !== "BACKUP" || socketKey === undefined) {
        instance.filtered = undefined;
        continue;
      }
      this.#noteHeard(instance);
      if (now >= state.masterDownAt) this.#tell(instance, now);
      if (instance.state.name !== "BACKUP" || (now < lookAt(instance, instance.state, now) && instance.filtered?.told !== true)) continue;
      instance.look = { ...instance.look, lookedAt: now };
      needed.add(socketKey);
    }
    for (const [key, { open }] of this.#watches) if (!needed.has(key) || open !== this.#parts.sockets.get(key)) this.#close(key);
    for (const key of needed) if (!this.#watches.has(key)) this.#open(key);
  }

  close(): void {
    for (const key of [...this.#watches.keys()]) this.#close(key);
  }

  #judge(instances: readonly Instance[], open: OpenSocket, datagram: Datagram, at: Micros): void {
    const { packet, source: from, ipv6 } = datagram;
    const target = ipv6 === undefined ? addressed(packet) : addressedIpv6(packet, from, ipv6.destination, ipv6.hopLimit);
    if (target === undefined) return;
    for (const instance of instances) {
      const { config, state, source } = instance;
      if (instance.socketKey !== open.key || config.vrid !== target.vrid || state.name !== "BACKUP" || target.source === source) continue;
      // What a peer sends to another one through this host is not ours.
      if (config.unicast !== undefined && (target.destination !== source || !config.unicast.peers.some(({ address }) => address === target.source))) continue;
      const verdict = judgeAdvert(config, packet, target, { memory: instance.memory, ownSource: source, skipAddressList: true, wallUs: this.#parts.host.wallClockMs() * MILLISECOND });
      if (!verdict.ok) continue;
      const { priority, advertIntervalUs: intervalUs } = verdict.advert;
      const told = instance.filtered?.told === true;
      instance.filtered = { event: { type: "advert", priority, source: target.source, intervalUs }, at, memory: verdict.memory, told };
      if (told && config.holdIfFiltered) this.#believe(instance, instance.filtered);
    }
  }

  #believe(instance: Instance, { event, at, memory }: FilteredSight): void {
    instance.memory = memory;
    this.#parts.elector.dispatch(instance, event, at);
  }

  /** Its down timer has run out. */
  #tell(instance: Instance, now: Micros): void {
    const { filtered, config } = instance;
    if (filtered === undefined || filtered.told) return;
    instance.filtered = { ...filtered, told: true };
    if (config.holdIfFiltered) this.#believe(instance, filtered);
    const waits = instance.state.name === "BACKUP" && instance.state.masterDownAt > now;
    const { host, sockets } = this.#parts;
    const open = sockets.get(instance.socketKey);
    const { source, priority } = filtered.event;
    const where = open === undefined ? config.interface : deviceOf(open.need);
    const then = waits ? "not taking over while they come" : "taking over all the same";
    const text = `(${config.name}) adverts of ${source} (priority ${priority}) reach ${where} but not our socket: a firewall rule or rp_filter of this host drops IP protocol ${open?.need.protocol ?? ""}; ${then}`;
    host.log.warning(text);
    host.notify({ type: "alert", alert: "advertsFiltered", name: config.name, text });
  }

  #noteHeard(instance: Instance): void {
    const { filtered, neighbours, config } = instance;
    const heardAt = filtered === undefined ? undefined : neighbours.of(filtered.event.source)?.heardAt;
    if (filtered === undefined || heardAt === undefined || heardAt < filtered.at - SAME) return;
    if (filtered.told) this.#parts.host.log.info(`(${config.name}) adverts reach our socket again`);
    instance.filtered = undefined;
  }

  #open(key: string): void {
    const open = this.#parts.sockets.get(key);
    if (open === undefined) return;
    const { family, protocol, interfaceIndex = 0 } = open.need;
    try {
      this.#watches.set(key, { open, watch: this.#parts.host.openFrameWatch({ family, protocol, interfaceIndex }), waiting: [] });
      this.#failing.delete(key);
    } catch (error) {
      this.#fail(key, open, error);
    }
  }

  /** Not tried again before the next one is needed. */
  #fail(key: string, open: OpenSocket, error: unknown): void {
    this.#watches.get(key)?.watch?.close();
    this.#watches.set(key, { open, watch: undefined, waiting: [] });
    if (this.#failing.has(key)) return;
    this.#failing.add(key);
    this.#parts.host.log.info(`cannot look at the frames of ${deviceOf(open.need)}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #close(key: string): void {
    this.#watches.get(key)?.watch?.close();
    this.#watches.delete(key);
  }
}

/**
 * Half an interval after the first advert that did not come, or half of the whole wait where that is shorter. Computed
 * once for each advert: this is asked with every turn.
 */
function lookAt(instance: Instance, state: BackupState, now: Micros): Micros {
  if (instance.look.state === state) return instance.look.at;
  const router = routerOf(instance);
  const wait = masterDownInterval(router, ownPriority(router, state), state.masterIntervalUs);
  // After a priority 0 the wait is shorter, and after a stall it has begun before anybody could look.
  const at = Math.max(now, state.masterDownAt - wait + Math.min(1.5 * intervalOf(instance, state), wait / 2));
  instance.look = { ...instance.look, state, at };
  return at;
}

function intervalOf({ config }: Instance, state: BackupState): Micros {
  return state.masterIntervalUs ?? config.advertIntervalUs;
}
