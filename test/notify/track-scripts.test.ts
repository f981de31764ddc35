import assert from "node:assert/strict";
import { test } from "vitest";
import type { ScriptExit } from "../../src/base/ports.ts";
import { SECOND } from "../../src/base/time.ts";
import type { TrackScript } from "../../src/conf/model.ts";
import { TrackScripts } from "../../src/notify/track-scripts.ts";
import { script } from "./support/configs.ts";
import { FakeClock, FakeLog, FakeRunner } from "./support/fakes.ts";
import type { Behaviour } from "./support/fakes.ts";

function chk(change: Partial<TrackScript> = {}): TrackScript {
  return { name: "chk", script: script("/chk"), intervalUs: 2 * SECOND, timeoutUs: 2 * SECOND, rise: 1, fall: 1, ...change };
}

function setup(behaviour: () => Behaviour) {
  const clock = new FakeClock();
  const log = new FakeLog();
  const runner = new FakeRunner(clock, behaviour);
  const results: string[] = [];
  const told = (exit: ScriptExit): string => (exit.type === "exited" ? `exited ${exit.code}` : exit.type);
  const scripts = new TrackScripts({ clock, log, runner, result: (name, exit) => void results.push(`${clock.now() / SECOND} ${name} ${told(exit)}`) });
  return { clock, log, runner, results, scripts };
}

test("the first run is at once, the period counts from start to start", async () => {
  const { clock, runner, results, scripts } = setup(() => ({ runsUs: SECOND / 2 }));
  scripts.configure([chk()]);
  await clock.advance(5 * SECOND);
  assert.deepEqual(runner.story.filter((line) => line.includes("start")), ["0 start /chk", "2 start /chk", "4 start /chk"]);
  assert.deepEqual(results, ["0.5 chk exited 0", "2.5 chk exited 0", "4.5 chk exited 0"]);
});

test("a change of the exit code is logged once, as keepalived does", async () => {
  const codes = [0, 1, 1, 7, 0];
  const { clock, log, scripts } = setup(() => ({ runsUs: 0, exit: { type: "exited", code: codes.shift() ?? 0 } }));
  scripts.configure([chk()]);
  await clock.advance(10 * SECOND);
  assert.deepEqual(log.lines, ["Script `chk` now returning 1", "Script `chk` now returning 7", "Script `chk` now returning 0"]);
});

test("a run that takes too long is ended, and runs that fall due meanwhile are skipped with keepalived's lines", async () => {
  const { clock, log, runner, results, scripts } = setup(() => ({ runsUs: Infinity, ignoresTerm: true }));
  scripts.configure([chk({ intervalUs: SECOND, timeoutUs: 2 * SECOND + SECOND / 2 })]);
  await clock.advance(5 * SECOND);
  assert.deepEqual(runner.story, ["0 start /chk", "4.5 kill /chk", "5 start /chk"]);
  assert.deepEqual(results, ["4.5 chk timedOut"]);
  assert.deepEqual(log.lines, [
    "Track script chk is already running, expect idle - skipping run",
    "Track script chk is already running, expect idle - skipping run",
    "Track script chk is being timed out, expect idle - skipping run",
    "Track script chk is being timed out, expect idle - skipping run",
  ]);
});

test("reload: the same command goes on undisturbed, a changed one is ended and begins again, a removed one is ended", async () => {
  const { clock, runner, results, scripts } = setup(() => ({ runsUs: SECOND }));
  scripts.configure([chk({ name: "same", script: script("/same") }), chk({ name: "changed", script: script("/old") }), chk({ name: "gone", script: script("/gone") })]);
  await clock.advance(SECOND / 2);
  scripts.configure([chk({ name: "same", script: script("/same"), intervalUs: 4 * SECOND }), chk({ name: "changed", script: script("/new") })]);
  await clock.advance(4 * SECOND);
  assert.deepEqual(runner.story, [
    "0 start /same",
    "0 start /old",
    "0 start /gone",
    "0.5 term /old",
    "0.5 term /gone",
    "0.5 start /new",
    "1 end /same",
    "1.5 end /new",
    "2.5 start /new",
    "3.5 end /new",
    "4 start /same",
    "4.5 start /new",
  ]);
  assert.deepEqual(results, ["1 same exited 0", "1.5 changed exited 0", "3.5 changed exited 0"]);
});

test("stop ends what runs, waits for it, and reports nothing any more", async () => {
  const { clock, results, scripts } = setup(() => ({ runsUs: Infinity, ignoresTerm: true }));
  scripts.configure([chk({ timeoutUs: 100 * SECOND })]);
  await clock.advance(SECOND);
  let stoppedAt = -1;
  void scripts.stop().then(() => (stoppedAt = clock.now()));
  await clock.advance(10 * SECOND);
  assert.equal(stoppedAt, 3 * SECOND);
  assert.deepEqual(results, []);
});

test("a disabled script is never run", async () => {
  const { clock, runner, log, scripts } = setup(() => ({ runsUs: 0 }));
  const disabled = chk({ script: { ...script("/chk"), disabled: "not executable" } });
  scripts.configure([disabled]);
  scripts.configure([disabled]);
  await clock.advance(5 * SECOND);
  assert.deepEqual(runner.story, []);
  assert.deepEqual(log.lines, ["Track script chk is disabled (not executable) and will not be run"]);
});
