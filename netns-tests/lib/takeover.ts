import assert from "node:assert/strict";
import type { Capture } from "./capture.ts";
import { masterDownMs, VRID } from "./configs.ts";
import { type AdvertFrame, advertBy } from "./frames.ts";
import type { Node } from "./lan.ts";

/** How late a busy machine's watching process may stamp a frame. */
export const CAPTURE_MS = 60;
const LATE_MS = 300;

/**
 * Demands that `successor`, of this priority, became MASTER when Master_Down_Interval had passed since the last advert of
 * `silent`, both times as `capture` saw them: when a test notices what happens is no matter.
 *
 * @returns the successor's first advert
 */
export async function tookOverInTime(capture: Capture, silent: Node, successor: Node, priority: number): Promise<AdvertFrame> {
  const last = capture.all(advertBy(VRID, silent.address)).at(-1);
  assert.ok(last, `${silent.name} has sent no advert`);
  const first = await capture.waitFor(advertBy(VRID, successor.address), 1_000, last.at);
  const silence = (first.at - last.at) / 1_000;
  const want = masterDownMs(priority);
  assert.ok(silence >= want - CAPTURE_MS && silence <= want + LATE_MS, `took over after ${silence} ms, Master_Down_Interval is ${want} ms`);
  return first;
}
