import type { Alarm, Clock, Micros } from "../base/time.ts";
import { DEFAULT_TIMER_SLACK, setTimerSlack } from "./libc.ts";

/** The longest delay that Node's timers take; longer sleeps are cut into several. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Below this the rest is slept by Atomics.wait instead of a timer, whose unit is a millisecond. */
const LAST_PART_US: Micros = 2_100;
/**
 * How much earlier a precise timer is set. libuv's time has whole milliseconds, so that its timers come up to one late; the
 * kernel ends poll's sleep up to a thousandth of it late (select_estimate_accuracy in fs/select.c): 3.6 ms of a
 * Master_Down_Interval.
 */
const TIMER_EARLY_US: Micros = 1_100;
const TIMER_EARLY_SHARE = 1 / 500;
/** As exact as the kernel can, instead of 50 microseconds late. */
const NO_SLACK_NS = 1;

export interface RealClockOptions {
  /**
   * The timer is set to fire shortly before the deadline, and the thread is blocked (asleep, not spinning) for the rest
   * of it, at most 2.1 ms. For the thread that has adverts to send; see doc/decisions/0002-clock.md.
   */
  readonly precise: boolean;
}

/** CLOCK_MONOTONIC: the same origin in every thread of the process. */
export class RealClock implements Clock {
  readonly #precise: boolean;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));

  constructor(options: RealClockOptions = { precise: false }) {
    this.#precise = options.precise;
  }

  now(): Micros {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000_000 + Math.floor(nanoseconds / 1_000);
  }

  alarm(at: Micros, wake: () => void): Alarm {
    let cancel = (): void => undefined;
    const elapsed = (): void => {
      const leftUs = at - this.now();
      if (leftUs <= 0) return wake();
      if (this.#precise && leftUs < LAST_PART_US) {
        this.#sleepUntil(at);
        return wake();
      }
      cancel = this.#later(leftUs, elapsed);
    };
    cancel = this.#later(at - this.now(), elapsed);
    return { cancel: () => cancel() };
  }

  /** Calls `elapsed` about `inUs` from now: at latest then when precise, else at earliest, but never trusted to be. */
  #later(inUs: Micros, elapsed: () => void): () => void {
    const delayMs = this.#precise ? Math.floor((inUs - TIMER_EARLY_US - inUs * TIMER_EARLY_SHARE) / 1_000) : Math.ceil(inUs / 1_000);
    if (delayMs < 1) {
      const immediate = setImmediate(elapsed);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(elapsed, Math.min(delayMs, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  }

  #sleepUntil(at: Micros): void {
    setTimerSlack(NO_SLACK_NS);
    for (let leftUs = at - this.now(); leftUs > 0; leftUs = at - this.now()) Atomics.wait(this.#sleeper, 0, 0, leftUs / 1_000);
    setTimerSlack(DEFAULT_TIMER_SLACK);
  }
}
