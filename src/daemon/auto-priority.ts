import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { GlobalConfig } from "../conf/model.ts";
import { exactSeconds } from "../vrrp/seconds.ts";

export type AutoPrioritySettings = Pick<GlobalConfig["scheduling"], "maxAutoPriority" | "minAutoPriorityDelayUs">;

/** Between two raises: a stall is one, however many of its timers are found late. */
const RAISE_GAP: Micros = SECOND;

/** `max_auto_priority`: a thread whose timers come late is made realtime, and its priority raised by one each time again. */
export class AutoPriority {
  readonly #raise: (highest: number) => number | undefined;
  #highest = 0;
  #minDelayUs: Micros = SECOND;
  #silentUntil: Micros = -Infinity;

  /** @param raise see `raiseRealtime` */
  constructor(raise: (highest: number) => number | undefined) {
    this.#raise = raise;
  }

  configure({ maxAutoPriority, minAutoPriorityDelayUs }: AutoPrioritySettings): void {
    this.#highest = maxAutoPriority;
    this.#minDelayUs = minAutoPriorityDelayUs;
  }

  /** A timer was found late by so much. */
  wokenLate(lateUs: Micros, now: Micros, log: Log): void {
    if (lateUs <= this.#minDelayUs || now < this.#silentUntil) return;
    this.#silentUntil = now + RAISE_GAP;
    log.info(`A thread timer expired ${exactSeconds(lateUs)} seconds ago`);
    if (this.#highest < 1) return;
    try {
      const priority = this.#raise(this.#highest);
      if (priority !== undefined) log.info(`Set realtime priority ${priority}`);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      log.error(`${error.message}: max_auto_priority needs CAP_SYS_NICE`);
      this.#highest = 0;
    }
  }
}
