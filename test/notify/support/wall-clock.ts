import type { Clock } from "../../../src/base/time.ts";

/** Real time, for tests against real sockets and processes. */
export const wallClock: Clock = {
  now: () => Math.round(performance.now() * 1_000),
  alarm(at, wake) {
    const timer = setTimeout(wake, Math.max(0, Math.ceil((at - wallClock.now()) / 1_000)));
    return { cancel: () => clearTimeout(timer) };
  },
};

export async function eventually(what: string, probe: () => boolean, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!probe()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
