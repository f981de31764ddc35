import assert from "node:assert/strict";
import { test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { AutoPriority } from "../../src/daemon/auto-priority.ts";
import { FakeLog } from "../notify/support/fakes.ts";

function started(maxAutoPriority: number, minAutoPriorityDelayUs = SECOND): { auto: AutoPriority; log: FakeLog; raised: () => number } {
  let priority = 0;
  const log = new FakeLog();
  const auto = new AutoPriority((highest) => (priority < highest ? ++priority : undefined));
  auto.configure({ maxAutoPriority, minAutoPriorityDelayUs });
  return { auto, log, raised: () => priority };
}

test("a deadline that stays open is told once a second, not with every turn", () => {
  const { auto, log, raised } = started(0);
  auto.wokenLate(SECOND, 11 * SECOND, log);
  for (let i = 1; i <= 150; i++) auto.wokenLate(SECOND + i * 10 * MILLISECOND, 11 * SECOND + i * 10 * MILLISECOND, log);
  assert.deepEqual(log.lines, ["A thread timer expired 1.010000 seconds ago", "A thread timer expired 2.010000 seconds ago"]);
  assert.equal(raised(), 0);
});

test("each stall raises by one, up to the highest, and is told all the same", () => {
  const { auto, log, raised } = started(2, 300 * MILLISECOND);
  for (let i = 1; i <= 3; i++) {
    auto.wokenLate(300 * MILLISECOND, i * 10 * SECOND - 1, log);
    auto.wokenLate(301 * MILLISECOND, i * 10 * SECOND, log);
    auto.wokenLate(900 * MILLISECOND, i * 10 * SECOND + 1, log);
  }
  const told = "A thread timer expired 0.301000 seconds ago";
  assert.deepEqual(log.lines, [told, "Set realtime priority 1", told, "Set realtime priority 2", told]);
  assert.equal(raised(), 2);
});

test("-1 and 0 raise nothing", () => {
  for (const never of [-1, 0]) {
    const { auto, log, raised } = started(never);
    auto.wokenLate(2 * SECOND, 10 * SECOND, log);
    assert.equal(raised(), 0);
  }
});

test("who may not raise says so, once", () => {
  const log = new FakeLog();
  const auto = new AutoPriority(() => {
    throw new KernelError("sched_setscheduler SCHED_RR 1", "EPERM");
  });
  auto.configure({ maxAutoPriority: 99, minAutoPriorityDelayUs: SECOND });
  for (const now of [10, 20]) auto.wokenLate(2 * SECOND, now * SECOND, log);
  const told = "A thread timer expired 2.000000 seconds ago";
  assert.deepEqual(log.lines, [told, "sched_setscheduler SCHED_RR 1: EPERM: max_auto_priority needs CAP_SYS_NICE", told]);
});
