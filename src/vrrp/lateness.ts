import type { Log } from "../base/log.ts";
import type { ThreadSchedule } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpInstance } from "../conf/model.ts";
import type { VrrpHost } from "./host.ts";
import { inSeconds } from "./seconds.ts";

/** Later than this is told whatever the instances' patience. */
const TOO_LATE: Micros = SECOND;
/** How old what the scheduler said before may be: it could otherwise not be told from what it says after a stall. */
const SAMPLE_GAP: Micros = SECOND;

/** The worst wake-up so far, and what it was put down to. */
export interface WorstLateness {
  readonly lateUs: Micros;
  readonly cause: string;
}

/** How late wake-ups come, and why. */
export class Lateness {
  readonly #host: Pick<VrrpHost, "schedule" | "wokenLate">;
  #tellAboveUs: Micros = TOO_LATE;
  /** Our own work that is running, or was the last. */
  #work = "";
  #begunAt: Micros = -Infinity;
  #endedAt: Micros = -Infinity;
  #maxUs: Micros = 0;
  #worst: WorstLateness | undefined;
  #silentUntil: Micros = -Infinity;
  #sample: ThreadSchedule | undefined;
  #sampleAt: Micros = -Infinity;

  constructor(host: Pick<VrrpHost, "schedule" | "wokenLate">) {
    this.#host = host;
  }

  /** Later than what costs a BACKUP of one of these its patience is told with its cause. */
  configure(instances: readonly Pick<VrrpInstance, "advertIntervalUs" | "downTimerAdverts">[]): void {
    const patience = instances.map(({ advertIntervalUs, downTimerAdverts }) => Math.max(1, downTimerAdverts - 1) * advertIntervalUs);
    this.#tellAboveUs = Math.min(TOO_LATE, ...patience);
  }

  /** The worst of all. */
  get maxUs(): Micros {
    return this.#maxUs;
  }

  /** The worst of those that were told; undefined: there was none. */
  get worst(): WorstLateness | undefined {
    return this.#worst;
  }

  /** Own work begins. @param now undefined: what has begun already goes on under this name */
  begin(work: string, now: Micros = this.#begunAt): void {
    this.#work = work;
    this.#begunAt = now;
  }

  /** It is done, and nothing waits: the moment to ask the scheduler, whose answer no advert has to wait for. */
  end(now: Micros): void {
    this.#endedAt = now;
    if (now < this.#sampleAt) return;
    this.#sampleAt = now + SAMPLE_GAP;
    this.#sample = this.#host.schedule();
  }

  /**
   * One wake-up, before its work begins. The cause is told once a stall: a deadline that stays open (a flood forbids to believe it) does
   * not repeat it with every turn.
   *
   * @param dueAt the earliest deadline that the turn before left open
   */
  measure(dueAt: Micros | undefined, now: Micros, log: Log): void {
    if (dueAt === undefined) return;
    const lateUs = now - dueAt;
    this.#maxUs = Math.max(this.#maxUs, lateUs);
    this.#host.wokenLate(lateUs, now);
    if (lateUs <= this.#tellAboveUs || now < this.#silentUntil) return;
    this.#silentUntil = now + TOO_LATE;
    this.#sampleAt = now;
    const cause = this.#cause(lateUs, this.#endedAt - Math.max(dueAt, this.#begunAt));
    if (lateUs > (this.#worst?.lateUs ?? 0)) this.#worst = { lateUs, cause };
    log.info(`timers were ${inSeconds(lateUs)} late: ${cause}`);
  }

  /** What most of it went to, by the scheduler's account since the last sample. */
  #cause(lateUs: Micros, ownUs: Micros): string {
    const half = lateUs / 2;
    if (ownUs >= half) return `our own work took ${inSeconds(ownUs)} (${this.#work})`;
    const now = this.#host.schedule();
    const before = this.#sample;
    if (now === undefined || before === undefined) return "unknown, this kernel does not say what the process did";
    const waitedUs = Math.min(lateUs, now.waitedUs - before.waitedUs);
    if (waitedUs >= half) return `this process waited ${inSeconds(waitedUs)} for a processor, which others had`;
    const ranUs = Math.min(lateUs, now.ranUs - before.ranUs);
    if (ranUs >= half) return `this process itself was busy for ${inSeconds(ranUs)}, with its memory or with messages, or the machine was not given a processor`;
    const faults = now.majorFaults - before.majorFaults;
    const memory = faults > 0 ? `; ${faults} times it waited for memory from disk` : "";
    return `this process neither ran nor waited for a processor: it, or the machine, was stopped${memory}`;
  }
}
