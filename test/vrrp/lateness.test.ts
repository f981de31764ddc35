import assert from "node:assert/strict";
import { test } from "vitest";
import type { ThreadSchedule } from "../../src/base/ports.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { Lateness } from "../../src/vrrp/lateness.ts";
import { config, instance } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { advertPacket } from "./support/packets.ts";

const STILL: ThreadSchedule = { ranUs: 0, waitedUs: 0, majorFaults: 0 };

function measured(schedule: () => ThreadSchedule | undefined = () => STILL): { lateness: Lateness; lines: string[]; measure: (dueAt: number | undefined, now: number) => void } {
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text);
  const log = { write: () => undefined, info: write, warning: write, error: write, detail: write };
  const lateness = new Lateness({ schedule, wokenLate: () => undefined });
  return { lateness, lines, measure: (dueAt, now) => lateness.measure(dueAt, now, log) };
}

test("a deadline that stays open is told once a second, not with every turn; the worst is remembered", () => {
  const { lateness, lines, measure } = measured();
  measure(undefined, 100 * SECOND);
  measure(10 * SECOND, 11 * SECOND);
  for (let i = 1; i <= 150; i++) measure(10 * SECOND, 11 * SECOND + i * 10 * MILLISECOND);
  measure(13 * SECOND, 12 * SECOND);
  assert.deepEqual(lines.map((line) => line.split(":")[0]), ["timers were 1.01 s late", "timers were 2.01 s late"]);
  assert.equal(lateness.maxUs, 2_500 * MILLISECOND);
  assert.equal(lateness.worst?.lateUs, 2_010 * MILLISECOND);
});

test("the cause is what most of it went to, since the account was last looked at", () => {
  const long = { ranUs: 90 * SECOND, waitedUs: 80 * SECOND, majorFaults: 70 };
  const told = (during: Partial<ThreadSchedule>, endedAt = 9 * SECOND): string | undefined => {
    let account = long;
    const { lateness, lines, measure } = measured(() => account);
    lateness.end(9 * SECOND);
    lateness.begin("a reload", 9 * SECOND);
    if (endedAt > 9 * SECOND) lateness.end(endedAt);
    account = { ranUs: long.ranUs + (during.ranUs ?? 0), waitedUs: long.waitedUs + (during.waitedUs ?? 0), majorFaults: long.majorFaults + (during.majorFaults ?? 0) };
    measure(10 * SECOND, 12_500 * MILLISECOND);
    return lines[0];
  };
  assert.equal(told({ waitedUs: 2 * SECOND }), "timers were 2.50 s late: this process waited 2.00 s for a processor, which others had");
  assert.equal(told({ waitedUs: 30 * SECOND }), "timers were 2.50 s late: this process waited 2.50 s for a processor, which others had");
  assert.match(told({ ranUs: 2 * SECOND }) ?? "", /^timers were 2\.50 s late: this process itself was busy for 2\.00 s/);
  assert.equal(told({ ranUs: SECOND, waitedUs: SECOND }), "timers were 2.50 s late: this process neither ran nor waited for a processor: it, or the machine, was stopped");
  assert.match(told({ majorFaults: 40 }) ?? "", /was stopped; 40 times it waited for memory from disk$/);
  assert.equal(told({ ranUs: 2 * SECOND }, 12 * SECOND), "timers were 2.50 s late: our own work took 2.00 s (a reload)");
});

test("a kernel that keeps no account is said to keep none", () => {
  const { lines, measure } = measured(() => undefined);
  measure(10 * SECOND, 12 * SECOND);
  assert.equal(lines[0], "timers were 2.00 s late: unknown, this kernel does not say what the process did");
});

test("the account is looked at once a second when a turn is over, and not with every turn; no advert waits for it", () => {
  let looks = 0;
  const { lateness, measure } = measured(() => (looks++, STILL));
  for (let i = 0; i < 1_000; i++) {
    const before = looks;
    measure(i * 10 * MILLISECOND, i * 10 * MILLISECOND);
    assert.equal(looks, before);
    lateness.end(i * 10 * MILLISECOND);
  }
  assert.equal(looks, 10);
});

test("short intervals: what costs their backups the patience is told, by our own line alone", () => {
  const { segment, master } = settledMaster(config([instance({ version: 3, advertIntervalUs: 100 * MILLISECOND }), instance({ name: "VI_2", vrid: 52, virtualAddresses: [] })]));
  for (const stallUs of [150, 250]) {
    master.clock.freeze();
    segment.clock.advance(stallUs * MILLISECOND + 100 * MILLISECOND);
    master.clock.thaw();
    segment.clock.advance(2 * SECOND);
  }
  assert.deepEqual(master.takeLines().filter((line) => /late:|thread timer/.test(line)).map((line) => line.replace(/0\.\d\d s late.*/, "N s late")), ["timers were N s late"]);
});

test("a stall is in the status with its cause, and is told once although many packets came meanwhile", () => {
  const { segment, master } = settledMaster(config([instance()]));
  master.clock.freeze();
  segment.clock.advance(10 * SECOND);
  for (let i = 0; i < 2_000; i++) master.socket.deliver(advertPacket({ priority: 50, source: "192.0.2.9" }));
  master.clock.thaw();
  segment.clock.advance(SECOND / 2);
  assert.equal(master.takeLines().filter((line) => line.startsWith("timers were")).length, 1);
  const { worstLateness } = master.engine.status();
  assert.ok(worstLateness !== undefined && worstLateness.lateUs > 8 * SECOND);
  assert.match(worstLateness.cause, /was stopped$/);
});
