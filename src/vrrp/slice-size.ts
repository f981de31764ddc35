import { MILLISECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";

const LARGEST = 128;
const SMALLEST = 16;
/** What a slice should take: as long as an advert of another instance may have to wait. */
const AIM: Micros = 3 * MILLISECOND;

/**
 * How many addresses the next slice changes. The kernel goes through all addresses of an interface for each that is added,
 * so the four thousandth takes it twenty times as long as the first.
 */
export class SliceSize {
  #size = LARGEST;

  get value(): number {
    return this.#size;
  }

  /** The last slice had this size and took so long. */
  took(us: Micros): void {
    const fitting = us <= 0 ? LARGEST : Math.floor((this.#size * AIM) / us);
    // A slice that was interrupted says little: no more than half or twice at a time.
    const bounded = Math.min(this.#size * 2, Math.max(this.#size / 2, fitting));
    this.#size = Math.min(LARGEST, Math.max(SMALLEST, Math.floor(bounded)));
  }
}
