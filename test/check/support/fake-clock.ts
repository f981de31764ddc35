import type { Alarm, Clock, Micros } from "../../../src/base/time.ts";

interface ScheduledAlarm {
  readonly at: Micros;
  readonly wake: () => void;
}

/** A clock that moves when told, and lets promises settle between two alarms. */
export class FakeClock implements Clock {
  #now: Micros = 0;
  #alarms: ScheduledAlarm[] = [];
  /** Alarms fired so far: tells turns apart. */
  wakes = 0;

  now(): Micros {
    return this.#now;
  }

  alarm(at: Micros, wake: () => void): Alarm {
    const alarm = { at, wake };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((one) => one !== alarm);
      },
    };
  }

  /** Moves on by `length`, firing what is due on the way, in order. */
  async advance(length: Micros): Promise<void> {
    const end = this.#now + length;
    await settled();
    for (;;) {
      const next = this.#earliest(end);
      if (next === undefined) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      this.wakes++;
      next.wake();
      await settled();
    }
    this.#now = end;
  }

  /** The thread is kept busy for `length`: nothing fires meanwhile. */
  stall(length: Micros): void {
    this.#now += length;
  }

  #earliest(end: Micros): ScheduledAlarm | undefined {
    let first: ScheduledAlarm | undefined;
    for (const one of this.#alarms) if (one.at <= end && (first === undefined || one.at < first.at)) first = one;
    return first;
  }
}

/** Every promise that can settle without the outside world has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
