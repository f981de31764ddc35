import type { Log } from "../base/log.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";

/** keepalived's `min_auto_priority_delay` unless configured: later than this is told. */
const TOO_LATE: Micros = SECOND;

/** How late wake-ups come. */
export class Lateness {
  #maxUs: Micros = 0;
  #silentUntil: Micros = -Infinity;

  /** The worst of all. */
  get maxUs(): Micros {
    return this.#maxUs;
  }

  /**
   * One wake-up. keepalived's line comes once a stall: a deadline that stays open (a flood forbids to believe it) does
   * not repeat it with every turn.
   *
   * @param dueAt the earliest deadline that the turn before left open
   */
  measure(dueAt: Micros | undefined, now: Micros, log: Log): void {
    if (dueAt === undefined) return;
    const lateUs = now - dueAt;
    this.#maxUs = Math.max(this.#maxUs, lateUs);
    if (lateUs <= TOO_LATE || now < this.#silentUntil) return;
    this.#silentUntil = now + TOO_LATE;
    const fraction = String(lateUs % SECOND).padStart(6, "0");
    log.info(`A thread timer expired ${Math.floor(lateUs / SECOND)}.${fraction} seconds ago`);
  }
}
