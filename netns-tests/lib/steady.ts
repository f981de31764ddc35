import { progress } from "../../bench/lib/report.ts";

const TICK_MS = 10;
/** A machine that does not let a waiting process run for so long is none to measure tenths of a second on. */
const STOOD_STILL_MS = 100;
const ATTEMPTS = 4;

/** How long this process waited at worst for its turn: the machine's doing, while it does nothing but wait itself. */
class StallWatch {
  longestMs = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.#last - TICK_MS);
    this.#last = now;
  }, TICK_MS);

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * Tells a story whose bounds are tenths of a second. What fails while the machine itself stood still is told again, up to
 * four times in all; what fails on a machine that ran is a failure at once.
 */
export async function onSteadyMachine(story: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const watch = new StallWatch();
    try {
      return await story();
    } catch (error) {
      if (attempt === ATTEMPTS || watch.longestMs < STOOD_STILL_MS) throw error;
      progress(`told again: the machine stood still for ${watch.longestMs.toFixed(0)} ms meanwhile; ${String(error)}`);
    } finally {
      watch.stop();
    }
  }
}
