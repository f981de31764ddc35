import type { Alarm, Clock, Micros } from "../../../src/base/time.ts";

interface Pending {
  readonly at: Micros;
  readonly order: number;
  readonly wake: () => void;
}

/** Moves when told. Alarms run in the order of their time, then of their setting. */
export class FakeClock implements Clock {
  #now: Micros = 1_000_000;
  #order = 0;
  /** What running one alarm takes. */
  turnCostUs: Micros = 0;
  readonly #pending = new Set<Pending>();

  now(): Micros {
    return this.#now;
  }

  alarm(at: Micros, wake: () => void): Alarm {
    const pending: Pending = { at, order: this.#order++, wake };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Something takes time, and no alarm runs meanwhile. */
  pass(us: Micros): void {
    this.#now += us;
  }

  /** Runs everything that falls due within `us`, each at its time. */
  advance(us: Micros): void {
    const end = this.#now + us;
    let turns = 0;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      if (next.at > this.#now) turns = 0;
      if (++turns > 20_000) throw new Error("time stands still: an alarm sets itself again and again");
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      this.#now += this.turnCostUs;
    }
    this.#now = Math.max(this.#now, end);
  }

  #next(end: Micros): Pending | undefined {
    let first: Pending | undefined;
    for (const one of this.#pending) {
      if (one.at > end) continue;
      if (first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order)) first = one;
    }
    return first;
  }
}

/** The clock as one process sees it: while the process is not scheduled, its alarms wait. */
export class ProcessClock implements Clock {
  readonly #clock: FakeClock;
  #frozen = false;
  #dead = false;
  readonly #late: { at: Micros; wake: () => void; cancelled: boolean }[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now(): Micros {
    return this.#clock.now();
  }

  alarm(at: Micros, wake: () => void): Alarm {
    const held = { at, wake, cancelled: false };
    const alarm = this.#clock.alarm(at, () => {
      if (this.#dead || held.cancelled) return;
      if (this.#frozen) this.#late.push(held);
      else wake();
    });
    return {
      cancel: () => {
        held.cancelled = true;
        alarm.cancel();
      },
    };
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** Scheduled again: what fell due meanwhile runs first, timers before anything that became readable later. */
  thaw(): void {
    this.#frozen = false;
    const late = this.#late.splice(0).sort((a, b) => a.at - b.at);
    for (const one of late) this.alarm(this.#clock.now(), () => (one.cancelled ? undefined : one.wake()));
  }

  kill(): void {
    this.#dead = true;
  }
}
