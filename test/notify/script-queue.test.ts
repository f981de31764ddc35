import assert from "node:assert/strict";
import { test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import { ScriptQueue } from "../../src/notify/script-queue.ts";
import { FakeClock, FakeLog, FakeRunner } from "./support/fakes.ts";
import type { Behaviour } from "./support/fakes.ts";

function queueWith(behaviour: (name: string) => Behaviour) {
  const clock = new FakeClock();
  const log = new FakeLog();
  const runner = new FakeRunner(clock, ({ argv }) => behaviour(argv[0] ?? ""));
  const queue = new ScriptQueue({ clock, log, runner });
  const done: string[] = [];
  const add = (names: string, stopping = false): void =>
    queue.add({ commands: names.split(" ").map((name) => ({ argv: [name] })), stopping, done: () => void done.push(names) });
  return { clock, log, runner, queue, done, add };
}

test("scripts of one event start together, those of the next when all have ended; none is skipped", async () => {
  const { clock, runner, add, done } = queueWith((name) => ({ runsUs: name.endsWith("slow") ? 2 * SECOND : SECOND }));
  add("master any-slow");
  add("backup");
  add("master2");
  await clock.advance(60 * SECOND);
  assert.deepEqual(runner.story, [
    "0 start master",
    "0 start any-slow",
    "1 end master",
    "2 end any-slow",
    "2 start backup",
    "3 end backup",
    "3 start master2",
    "4 end master2",
  ]);
  assert.deepEqual(done, ["master any-slow", "backup", "master2"]);
});

test("a hanging script nobody waits behind is killed after 60 s, by KILL when it ignores TERM", async () => {
  const { clock, runner, log, add, done } = queueWith(() => ({ runsUs: Infinity, ignoresTerm: true }));
  add("hang");
  await clock.advance(59 * SECOND);
  assert.deepEqual(runner.story, ["0 start hang"]);
  await clock.advance(10 * SECOND);
  assert.deepEqual(runner.story, ["0 start hang", "61 kill hang"]);
  assert.deepEqual(done, ["hang"]);
  assert.deepEqual(log.lines, ["Notify script 'hang' was still running after 61 s - killed with its process group"]);
});

test("a hanging script has 10 s more once a later event waits, and each of those that piled up its own 10 s", async () => {
  const { clock, runner, add } = queueWith((name) => ({ runsUs: name.startsWith("hang") ? Infinity : SECOND }));
  add("hang");
  await clock.advance(5 * SECOND);
  add("hang2");
  await clock.advance(5 * SECOND);
  add("last");
  await clock.advance(60 * SECOND);
  assert.deepEqual(runner.story, [
    "0 start hang",
    "15 term hang",
    "15 start hang2",
    "25 term hang2",
    "25 start last",
    "26 end last",
  ]);
});

test("a stop script has one second, and so has what runs when it comes", async () => {
  const { clock, runner, add } = queueWith(() => ({ runsUs: Infinity }));
  add("hang");
  await clock.advance(5 * SECOND);
  add("stop", true);
  await clock.advance(60 * SECOND);
  assert.deepEqual(runner.story, ["0 start hang", "6 term hang", "6 start stop", "7 term stop"]);
});

test("a script that cannot be started is named and holds nothing up", async () => {
  const { clock, log, add, done } = queueWith((name) => ({ runsUs: 0, ...(name === "/no" && { exit: { type: "failed", reason: "ENOENT" } }) }));
  add("/no");
  add("next");
  await clock.advance(SECOND);
  assert.deepEqual(log.lines, ["Error exec-ing command '/no': ENOENT"]);
  assert.deepEqual(done, ["/no", "next"]);
});

test("abandon ends what runs and gives up what waits", async () => {
  const { clock, runner, queue, add, done } = queueWith(() => ({ runsUs: Infinity, ignoresTerm: true }));
  add("a");
  add("b");
  assert.equal(queue.abandon(), 1);
  await clock.advance(2 * SECOND);
  assert.deepEqual(runner.story, ["0 start a", "1 kill a"]);
  assert.deepEqual([...done].sort(), ["a", "b"]);
  assert.equal(queue.idle, true);
});

test("an event added by another's `done` waits its turn", async () => {
  const clock = new FakeClock();
  const runner = new FakeRunner(clock, () => ({ runsUs: SECOND }));
  const queue = new ScriptQueue({ clock, log: new FakeLog(), runner });
  const nothing = (): void => undefined;
  queue.add({ commands: [{ argv: ["a"] }], stopping: false, done: () => queue.add({ commands: [{ argv: ["c"] }], stopping: false, done: nothing }) });
  queue.add({ commands: [{ argv: ["b"] }], stopping: false, done: nothing });
  await clock.advance(10 * SECOND);
  assert.deepEqual(runner.story, ["0 start a", "1 end a", "1 start b", "2 end b", "2 start c", "3 end c"]);
});
