import { type CaptureOptions, KernelCapture } from "../../bench/lib/kernel-capture.ts";
import { monotonicUs, sleep } from "./eventually.ts";
import type { Frame } from "./frames.ts";
import type { Node } from "./lan.ts";

/** Watches one interface of a node. Its frames bear the kernel's stamps, told in CLOCK_MONOTONIC. */
export class Capture {
  readonly #kernel: KernelCapture;
  /** What CLOCK_REALTIME is ahead of CLOCK_MONOTONIC. */
  readonly #aheadUs: number;
  readonly #frames: Frame[] = [];

  private constructor(kernel: KernelCapture, aheadUs: number) {
    this.#kernel = kernel;
    this.#aheadUs = aheadUs;
  }

  /** @returns when the capture runs: every frame from then on is seen */
  static async start(node: Node, options: CaptureOptions = {}): Promise<Capture> {
    return new Capture(await KernelCapture.start(node, options), realtimeAheadUs());
  }

  /** All frames so far, oldest first. */
  frames(): readonly Frame[] {
    for (const { at, bytes } of this.#kernel.frames().slice(this.#frames.length)) this.#frames.push({ at: Math.round(at - this.#aheadUs), bytes });
    return this.#frames;
  }

  /** What `parse` makes of the frames from `sinceUs` on, without those of which it makes nothing. */
  all<T>(parse: (frame: Frame) => T | undefined, sinceUs = 0): T[] {
    return this.frames().filter((frame) => frame.at >= sinceUs).flatMap((frame) => parse(frame) ?? []);
  }

  /**
   * The first frame at or after `sinceUs` of which `parse` makes something, those already captured included.
   *
   * @throws Error when none came within `withinMs`
   */
  async waitFor<T>(parse: (frame: Frame) => T | undefined, withinMs: number, sinceUs = 0): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (let next = 0; ; ) {
      const frames = this.frames();
      for (; next < frames.length; next++) {
        const frame = frames[next];
        const parsed = frame !== undefined && frame.at >= sinceUs ? parse(frame) : undefined;
        if (parsed !== undefined) return parsed;
      }
      if (performance.now() > deadline) throw new Error(`no such frame within ${withinMs} ms among ${frames.length}`);
      await sleep(5);
    }
  }

  /** Ends the capture: frames() keeps what was seen. */
  stop(): Promise<void> {
    return this.#kernel.stop();
  }
}

/** Looked at when a millisecond of Date.now() begins, which has no smaller unit. */
function realtimeAheadUs(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now * 1_000 - monotonicUs();
}
