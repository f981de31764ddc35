import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { DirectoryListener } from "../../src/base/tracking.ts";
import { readReloadTime, reloadTimeText } from "../../src/daemon/reload-time.ts";
import { ReloadTimer } from "../../src/daemon/reload-timer.ts";
import { FakeClock, FakeLog } from "../notify/support/fakes.ts";

const local = (...[year, month, ...rest]: [number, number, number, number, number, number]): number => new Date(year, month - 1, ...rest).getTime();

describe("the first line of a reload_time_file", () => {
  const NOW = Date.UTC(2026, 10, 21, 22, 30, 0);
  const rows: [line: string, want: string | [iso: string, daily: boolean]][] = [
    ["22:30:01Z", ["2026-11-21T22:30:01Z", true]],
    ["22:30:00Z", ["2026-11-22T22:30:00Z", true]],
    ["00:00:00Z", ["2026-11-22T00:00:00Z", true]],
    ["2026-12-31 23:59:59Z", ["2026-12-31T23:59:59Z", false]],
    ["26-12-31 23:59:59Z", ["2026-12-31T23:59:59Z", false]],
    ["2028-02-29 00:00:00Z", ["2028-02-29T00:00:00Z", false]],
    ["2026-11-21 22:30:00Z", "past"],
    ["2020-01-01 00:00:00Z", "past"],
    ["2027-02-29 00:00:00Z", "invalid"],
    ["2027-13-01 00:00:00Z", "invalid"],
    ["2027-00-01 00:00:00Z", "invalid"],
    ["24:00:00Z", "invalid"],
    ["12:60:00Z", "invalid"],
    ["12:00:60Z", "invalid"],
    ["12:00", "invalid"],
    [" 12:00:00", "invalid"],
    ["12:00:00 ", "invalid"],
    ["2026-12-31  23:59:59", "invalid"],
    ["126-12-31 23:59:59", "invalid"],
    ["tomorrow", "invalid"],
  ];
  for (const [line, want] of rows) {
    test(JSON.stringify(line), () => {
      const time = readReloadTime(line, NOW);
      assert.deepEqual(typeof time === "string" ? time : [time.atMs, time.daily], typeof want === "string" ? want : [Date.parse(want[0]), want[1]]);
    });
  }

  test("without Z it is local time, also over the end of a month", () => {
    const now = local(2026, 11, 30, 12, 0, 0);
    assert.deepEqual(readReloadTime("12:00:01", now), { atMs: local(2026, 11, 30, 12, 0, 1), daily: true });
    assert.deepEqual(readReloadTime("11:00:00", now), { atMs: local(2026, 12, 1, 11, 0, 0), daily: true });
    assert.deepEqual(readReloadTime("2026-12-24 18:00:00", now), { atMs: local(2026, 12, 24, 18, 0, 0), daily: false });
    assert.equal(reloadTimeText(local(2026, 1, 2, 3, 4, 5)), "2026-01-02 03:04:05");
  });
});

const FILE = "/run/t/when";

class World {
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  startMs = local(2026, 11, 21, 12, 0, 0);
  text: string | undefined;
  directory = true;
  failure = "ENOENT";
  listener: DirectoryListener | undefined;
  reloads: number[] = [];
  readonly timer = new ReloadTimer({
    clock: this.clock,
    log: this.log,
    wallClockMs: () => this.nowMs,
    watch: (path, listener) => {
      if (!this.directory) throw new KernelError(`watch ${path}`, this.failure);
      assert.equal(path, "/run/t");
      this.listener = listener;
      return { close: () => void (this.listener = undefined) };
    },
    read: () => this.text,
    remove: () => this.write(undefined),
    due: () => void this.reloads.push((this.nowMs - this.startMs) / 1_000),
  });

  get nowMs(): number {
    return this.startMs + this.clock.now() / MILLISECOND;
  }

  write(text: string | undefined): void {
    this.text = text;
    this.listener?.changed("when");
  }

  said(): string[] {
    return this.log.lines.splice(0);
  }
}

describe("reload_time_file", () => {
  test("a file that is there, written, changed and removed, in keepalived's words", async () => {
    const world = new World();
    world.timer.configure(FILE, false);
    assert.deepEqual(world.said(), []);
    world.write("12:00:30\n");
    assert.deepEqual(world.said(), ["Scheduling reload for 2026-11-21 12:00:30"]);
    world.listener?.changed("another");
    world.write("12:00:20\nmore\n");
    assert.deepEqual(world.said(), ["Reload time updated from 2026-11-21 12:00:30 to 2026-11-21 12:00:20"]);
    world.timer.configure(FILE, false); // a reload meanwhile
    world.write("tomorrow\n");
    assert.deepEqual(world.said(), ["Invalid reload time 'tomorrow' specified - ignoring", "Cancelling reload scheduled for 2026-11-21 12:00:20"]);
    world.write("2020-01-01 00:00:00\n");
    assert.deepEqual(world.said(), ["Reload date/time is in the past - ignoring"]);
    world.write("12:01:00\n");
    world.write(undefined);
    assert.deepEqual(world.said(), ["Scheduling reload for 2026-11-21 12:01:00", "Cancelling reload scheduled for 2026-11-21 12:01:00"]);
    await world.clock.advance(120 * SECOND);
    assert.deepEqual([world.reloads, world.said()], [[], []]);
  });

  test("once, and the file goes", async () => {
    const world = new World();
    world.text = "12:00:30";
    world.timer.configure(FILE, false);
    await world.clock.advance(29.9 * SECOND);
    assert.deepEqual([world.reloads, world.text], [[], "12:00:30"]);
    await world.clock.advance(SECOND);
    assert.deepEqual([world.reloads, world.text, world.said()], [[30], undefined, ["Scheduling reload for 2026-11-21 12:00:30"]]);
    await world.clock.advance(3 * 86_400 * SECOND);
    assert.deepEqual(world.reloads, [30]);
  });

  test("every day with reload_repeat; a date with it is once", async () => {
    const world = new World();
    world.text = "12:00:30";
    world.timer.configure(FILE, true);
    await world.clock.advance(86_400 * SECOND);
    assert.deepEqual([world.reloads, world.text], [[30], "12:00:30"]);
    assert.deepEqual(world.said(), ["Scheduling reload for 2026-11-21 12:00:30", "Scheduling reload for 2026-11-22 12:00:30"]);
    await world.clock.advance(86_400 * SECOND);
    assert.deepEqual(world.reloads, [30, 86_430]);
    world.write("2026-11-23 12:00:10");
    await world.clock.advance(60 * SECOND);
    assert.deepEqual([world.reloads.length, world.text], [3, undefined]);
  });

  test("the wall clock decides, also when it is set meanwhile", async () => {
    const world = new World();
    world.text = "13:00:00";
    world.timer.configure(FILE, false);
    await world.clock.advance(5 * SECOND);
    world.startMs += 3_600_000;
    await world.clock.advance(10 * SECOND);
    assert.equal(world.reloads.length, 1);
  });

  test("a directory that is not there is named once and looked for; without the keyword nothing is watched or due", async () => {
    const world = new World();
    world.directory = false;
    world.timer.configure(FILE, false);
    await world.clock.advance(3 * SECOND);
    assert.deepEqual(world.said(), [`Unable to monitor reload_time_file ${FILE}: watch /run/t: ENOENT; looking again every second`]);
    [world.directory, world.text] = [true, "12:00:30"];
    await world.clock.advance(SECOND);
    assert.deepEqual(world.said(), ["Scheduling reload for 2026-11-21 12:00:30"]);
    world.listener?.gone();
    world.timer.configure(undefined, false);
    assert.deepEqual([world.said(), world.listener], [["Cancelling reload scheduled for 2026-11-21 12:00:30"], undefined]);
    await world.clock.advance(60 * SECOND);
    assert.deepEqual(world.reloads, []);
  });

  test("stopped, it is never due", async () => {
    const world = new World();
    world.text = "12:00:30";
    world.timer.configure(FILE, true);
    world.timer.stop();
    await world.clock.advance(60 * SECOND);
    assert.deepEqual(world.reloads, []);
  });

  test("a directory that inotify has no room for is looked at every second; what its file says wrong is said once", async () => {
    const world = new World();
    world.directory = false;
    world.failure = "EMFILE";
    world.text = "tomorrow";
    world.timer.configure(FILE, false);
    await world.clock.advance(5 * SECOND);
    const unwatched = "Unable to monitor reload_time_file /run/t/when: watch /run/t: EMFILE; looking again every second";
    assert.deepEqual(world.said(), [unwatched, "Invalid reload time 'tomorrow' specified - ignoring"]);
    world.text = "2020-01-01 00:00:00";
    await world.clock.advance(5 * SECOND);
    assert.deepEqual(world.said(), ["Reload date/time is in the past - ignoring"]);
    world.text = "12:00:30";
    await world.clock.advance(5 * SECOND);
    assert.deepEqual(world.said(), ["Scheduling reload for 2026-11-21 12:00:30"]);
    world.text = "tomorrow";
    await world.clock.advance(2 * SECOND);
    assert.deepEqual(world.said(), ["Invalid reload time 'tomorrow' specified - ignoring", "Cancelling reload scheduled for 2026-11-21 12:00:30"]);
    world.timer.configure(FILE, false); // a reload says it again
    assert.deepEqual(world.said(), [unwatched, "Invalid reload time 'tomorrow' specified - ignoring"]);
    await world.clock.advance(60 * SECOND);
    assert.deepEqual([world.said(), world.reloads], [[], []]);
  });
});
