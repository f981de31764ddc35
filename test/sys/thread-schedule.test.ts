import assert from "node:assert/strict";
import { test } from "vitest";
import { threadSchedule } from "../../src/sys/thread-schedule.ts";

/** Milliseconds of this thread's own time, spent without leaving the processor of its own accord. */
const SPUN_MS = 50;

test("the account of this thread grows by what it ran", () => {
  const before = threadSchedule();
  assert.ok(before !== undefined);
  const used = process.cpuUsage();
  while (process.cpuUsage(used).user < SPUN_MS * 1_000);
  const after = threadSchedule();
  assert.ok(after !== undefined && after.waitedUs >= before.waitedUs && after.majorFaults >= before.majorFaults);
  assert.ok(after.ranUs - before.ranUs >= (SPUN_MS / 2) * 1_000, `${after.ranUs - before.ranUs} us`);
});
