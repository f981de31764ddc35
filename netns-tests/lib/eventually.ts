/**
 * Asks `probe` until it answers `want` and returns how long that took, in milliseconds.
 *
 * @throws Error naming the last answer when `withinMs` have passed
 */
export async function eventually<T>(want: T, probe: () => T | Promise<T>, withinMs: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    const got = await probe();
    const took = performance.now() - start;
    if (JSON.stringify(got) === JSON.stringify(want)) return took;
    if (took > withinMs) throw new Error(`after ${withinMs} ms: ${JSON.stringify(got)}, wanted ${JSON.stringify(want)}`);
    await sleep(20);
  }
}

/**
 * Asks `probe` for as long as `forMs` and demands `want` each time: for what must not happen.
 *
 * @throws Error naming the first other answer and when it came
 */
export async function always<T>(want: T, probe: () => T | Promise<T>, forMs: number): Promise<void> {
  const start = performance.now();
  for (;;) {
    const got = await probe();
    const took = performance.now() - start;
    if (JSON.stringify(got) !== JSON.stringify(want)) {
      throw new Error(`after ${Math.round(took)} ms: ${JSON.stringify(got)}, wanted ${JSON.stringify(want)} throughout`);
    }
    if (took > forMs) return;
    await sleep(20);
  }
}

/** For spacing events of a story; what a test waits for is polled with `eventually`. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** CLOCK_MONOTONIC in microseconds, the clock of `Frame.at`; the same in every process of the machine. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
