/** Integer microseconds. As an instant: since an arbitrary origin, monotonic. As a length: a duration. */
export type Micros = number;

export const MILLISECOND: Micros = 1_000;
export const CENTISECOND: Micros = 10_000;
export const SECOND: Micros = 1_000_000;

export interface Clock {
  /** Current monotonic time; never goes back, unaffected by NTP or `date`. */
  now(): Micros;
  /**
   * Calls `wake` once, at or after `at`. `at` in the past means the next turn of the loop.
   * A wake-up still checks `now >= deadline`; it is never early with the real clock.
   */
  alarm(at: Micros, wake: () => void): Alarm;
}

export interface Alarm {
  /** Idempotent; after it `wake` is not called. */
  cancel(): void;
}
