import type { Micros } from "../base/time.ts";

/** One thing that is to happen at an instant; still to happen as long as it is not `cancelled`. */
export interface Deadline<T> {
  readonly at: Micros;
  readonly item: T;
  /** Those of one instant happen in the order in which they were added. */
  readonly sequence: number;
  cancelled: boolean;
}

/** Deadlines in order, as a binary heap: adding and taking cost the logarithm of their number. */
export class Deadlines<T> {
  readonly #heap: Deadline<T>[] = [];
  #sequence = 0;

  add(at: Micros, item: T): Deadline<T> {
    const deadline: Deadline<T> = { at, item, sequence: this.#sequence++, cancelled: false };
    this.#heap.push(deadline);
    this.#rise(this.#heap.length - 1);
    return deadline;
  }

  /** When the earliest is due; undefined when there is none. */
  earliest(): Micros | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Takes the earliest if it is due at `now`. */
  takeDue(now: Micros): T | undefined {
    this.#dropCancelled();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    first.cancelled = true;
    this.#removeFirst();
    return first.item;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.cancelled === true) this.#removeFirst();
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(start: number): void {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #sink(start: number): void {
    for (let i = start; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.at < y.at || (x.at === y.at && x.sequence < y.sequence);
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
