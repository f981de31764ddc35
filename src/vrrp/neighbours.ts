import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { PRIORITY_STOP } from "./advert.ts";
import { earliest } from "./earliest.ts";
import type { AdvertEvent } from "./fsm-state.ts";
import { inSeconds } from "./seconds.ts";

/** More routers than a VRID ever has; whoever makes up addresses fills no memory and no log. */
const MOST_NEIGHBOURS = 16;
/** A priority that goes up and down with every advert is told this often. */
const TELL_GAP: Micros = SECOND;

const NOTHING: readonly string[] = [];

/** Another router of our VRID, by what it said last. Instants are the clock's. */
export interface Neighbour {
  readonly address: IpAddress;
  /** The last one that was not 0; 0 when it has said no other. */
  priority: number;
  heardAt: Micros;
  adverts: number;
  /** Its last word was priority 0: it has given up being MASTER. */
  resigned: boolean;
  /** Not heard for longer than anybody waits for a MASTER, or resigned. */
  silent: boolean;
  /** How many of its adverts we heard while we were MASTER and stayed it. */
  sightings: number;
  /** The first of those that are not over; undefined: it is no rival now. */
  rivalSince: Micros | undefined;
  toldPriority: number;
  toldAt: Micros;
  silentAt: Micros;
}

/** Who else speaks for a virtual router: only MASTERs do, so who takes over makes the one before silent. */
export class Neighbours {
  readonly #all = new Map<IpAddress, Neighbour>();
  #dueAt: Micros | undefined;
  /** Adverts of those for whom there was no room. */
  uncounted = 0;

  get all(): readonly Neighbour[] {
    return [...this.#all.values()];
  }

  of(address: IpAddress): Neighbour | undefined {
    return this.#all.get(address);
  }

  /** The one heard last. */
  get last(): Neighbour | undefined {
    return this.all.reduce<Neighbour | undefined>((last, one) => (last === undefined || one.heardAt >= last.heardAt ? one : last), undefined);
  }

  /** When to look who is silent: not before anybody is, and not anew with every advert. */
  get dueAt(): Micros | undefined {
    return this.#dueAt;
  }

  /**
   * An accepted advert.
   *
   * @param at when it arrived
   * @param patienceUs after that time without another one it is silent
   * @returns what there is to tell
   */
  hear({ source, priority }: AdvertEvent, at: Micros, patienceUs: Micros): string | undefined {
    const known = this.#all.get(source);
    const one = known ?? this.#newcomer(source, priority, at);
    if (one === undefined) {
      this.uncounted++;
      return undefined;
    }
    const { resigned: hadResigned, silent: wasSilent, heardAt: heardBefore } = one;
    one.heardAt = at;
    one.adverts++;
    one.resigned = priority === PRIORITY_STOP;
    one.silent = one.resigned;
    one.silentAt = at + patienceUs;
    this.#dueAt = earliest([this.#dueAt, one.silentAt]);
    if (one.resigned) {
      one.rivalSince = undefined;
      return hadResigned ? undefined : `router ${source} resigned (priority 0)`;
    }
    one.priority = priority;
    if (known === undefined) return this.#told(one, at, `router ${source} heard, priority ${priority}`);
    if (wasSilent) return this.#told(one, at, `router ${source} heard again after ${inSeconds(at - heardBefore)}, priority ${priority}`);
    if (priority === one.toldPriority || at - one.toldAt < TELL_GAP) return undefined;
    return this.#told(one, at, `router ${source} changed its priority from ${one.toldPriority} to ${priority}`);
  }

  /** One of whom we heard while MASTER, which we stayed. @returns whether it is a rival that it was not before */
  sight(source: IpAddress, at: Micros): boolean {
    const one = this.#all.get(source);
    if (one === undefined) return false;
    one.sightings++;
    if (one.resigned || one.rivalSince !== undefined) return false;
    one.rivalSince = at;
    return true;
  }

  /** Whoever has not been heard for too long. @returns what there is to tell */
  run(now: Micros): readonly string[] {
    if (this.#dueAt === undefined || now < this.#dueAt) return NOTHING;
    const lines: string[] = [];
    for (const one of this.#all.values()) {
      if (now < one.silentAt) continue;
      if (!one.silent) lines.push(`router ${one.address} not heard for ${inSeconds(now - one.heardAt)} (priority ${one.priority})`);
      one.silent = true;
      one.rivalSince = undefined;
    }
    this.#dueAt = earliest(this.all.map(({ silentAt }) => (now < silentAt ? silentAt : undefined)));
    return lines;
  }

  clearCounts(): void {
    for (const one of this.#all.values()) one.adverts = one.sightings = 0;
    this.uncounted = 0;
  }

  #newcomer(address: IpAddress, priority: number, at: Micros): Neighbour | undefined {
    if (this.#all.size >= MOST_NEIGHBOURS) {
      const gone = this.all.filter(({ silentAt }) => silentAt <= at).reduce<Neighbour | undefined>((oldest, one) => (oldest === undefined || one.heardAt < oldest.heardAt ? one : oldest), undefined);
      if (gone === undefined) return undefined;
      this.#all.delete(gone.address);
    }
    const one: Neighbour = { address, priority, heardAt: at, adverts: 0, resigned: false, silent: false, sightings: 0, rivalSince: undefined, toldPriority: priority, toldAt: at, silentAt: at };
    this.#all.set(address, one);
    return one;
  }

  #told(one: Neighbour, at: Micros, line: string): string {
    one.toldPriority = one.priority;
    one.toldAt = at;
    return line;
  }
}
