import type { Alarm, Clock, Micros } from "../base/time.ts";

/** The longest delay that Node's timers take; longer sleeps are cut into several. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Below this the rest is slept by Atomics.wait instead of a timer, whose unit is a millisecond. */
const LAST_PART_US: Micros = 1_000;

export interface RealClockOptions {
  /**
   * The timer is set to fire in the millisecond before the deadline, and the thread is blocked (asleep, not spinning)
   * for the rest of it, below 2 ms. For the thread that has adverts to send; see doc/decisions/0002-clock.md.
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
    const delayMs = this.#precise ? Math.floor(inUs / 1_000) : Math.ceil(inUs / 1_000);
    if (delayMs < 1) {
      const immediate = setImmediate(elapsed);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(elapsed, Math.min(delayMs, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  }

  #sleepUntil(at: Micros): void {
    for (let leftUs = at - this.now(); leftUs > 0; leftUs = at - this.now()) Atomics.wait(this.#sleeper, 0, 0, leftUs / 1_000);
  }
}
