import assert from "node:assert/strict";
import type { Capture } from "./capture.ts";
import { masterDownMs, VRID } from "./configs.ts";
import { type AdvertFrame, advertBy } from "./frames.ts";
import type { Node } from "./lan.ts";
import { keptWaitingUs } from "./witness.ts";

/** How much sooner than it was due a frame may seem to come: the one before it was late. */
const EARLY_MS = 60;

/**
 * Demands that what was due at `dueUs` came at `atUs`, and at most so late: what the machine kept everybody waiting for meanwhile
 * does not count.
 */
export async function cameInTime(what: string, dueUs: number, atUs: number, latestMs: number): Promise<void> {
  const lateMs = (atUs - dueUs) / 1_000;
  const waitedMs = lateMs <= latestMs ? 0 : (await keptWaitingUs(dueUs, atUs)) / 1_000;
  assert.ok(lateMs >= -EARLY_MS && lateMs - waitedMs <= latestMs, `${what} ${lateMs} ms late, for ${waitedMs} of which no process was served`);
}

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
  await cameInTime("took over", last.at + masterDownMs(priority) * 1_000, first.at, LATE_MS);
  return first;
}
