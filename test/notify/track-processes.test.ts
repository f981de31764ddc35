import assert from "node:assert/strict";
import { test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { ProcessEvent, ProcessListener } from "../../src/base/tracking.ts";
import type { TrackProcess } from "../../src/conf/model.ts";
import { TrackProcesses } from "../../src/notify/track-processes.ts";
import { trackProcess } from "./support/configs.ts";
import { FakeClock, FakeLog } from "./support/fakes.ts";

/** Processes by pid; a command line is only read when asked for. */
class World {
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly running = new Map<number, string>();
  listener: ProcessListener | undefined;
  refusal: KernelError | undefined;
  lookups = 0;
  told: string[] = [];
  readonly processes = new TrackProcesses({
    clock: this.clock,
    log: this.log,
    table: {
      pids: () => [...this.running.keys()],
      describe: (pid, withCommandLine) => {
        this.lookups++;
        const line = this.running.get(pid)?.split(" ");
        return line === undefined ? undefined : { name: line[0] ?? "", commandLine: withCommandLine ? line : undefined };
      },
    },
    watch: (listener) => {
      if (this.refusal !== undefined) throw this.refusal;
      this.listener = listener;
      return { close: () => void (this.listener = undefined) };
    },
    result: (name, up) => void this.told.push(`${name} ${up ? "up" : "down"}`),
  });

  start(...processes: TrackProcess[]): this {
    this.processes.configure(processes);
    this.listener?.ready();
    return this;
  }

  exec(pid: number, line: string): void {
    this.running.set(pid, line);
    this.listener?.events([{ type: "changed", pid }]);
  }

  fork(pid: number, parent: number): void {
    this.running.set(pid, this.running.get(parent) ?? "");
    this.listener?.events([{ type: "fork", pid, parent }]);
  }

  exit(...pids: number[]): void {
    for (const pid of pids) this.running.delete(pid);
    this.listener?.events(pids.map((pid): ProcessEvent => ({ type: "exit", pid })));
  }

  take(): string[] {
    return this.told.splice(0);
  }
}

test("what runs at the start counts; then starts and ends, with keepalived's lines", () => {
  const world = new World();
  world.running.set(10, "web");
  world.start(trackProcess("web"), trackProcess("db"));
  assert.deepEqual(world.take(), ["web up", "db down"]);
  world.exec(11, "db");
  world.exit(10);
  world.exit(10, 99);
  assert.deepEqual(world.take(), ["db up", "web down"]);
  world.exec(11, "other");
  assert.deepEqual(world.take(), ["db down"]);
  assert.deepEqual(world.log.lines, [
    "[D] proc_events has confirmed it is configured",
    "Quorum gained for tracked process db",
    "Quorum lost for tracked process web",
    "Quorum lost for tracked process db",
  ]);
});

test("quorum and quorum_max", () => {
  const world = new World().start(trackProcess("a", { quorum: 2, quorumMax: 3 }), trackProcess("none", { process: "a", quorumMax: 0 }));
  assert.deepEqual(world.take(), ["a down", "none up"]);
  world.exec(1, "a");
  assert.deepEqual(world.take(), ["none down"]);
  world.exec(2, "a");
  assert.deepEqual(world.take(), ["a up"]);
  world.exec(3, "a");
  world.exec(4, "a");
  assert.deepEqual(world.take(), ["a down"]);
  world.exit(4);
  assert.deepEqual(world.take(), ["a up"]);
  world.exit(1, 2, 3);
  assert.deepEqual(world.take(), ["a down", "none up"]);
});

test("terminate_delay after an end, fork_delay after a fork, neither after an exec; what comes back in time was never gone", async () => {
  const world = new World().start(trackProcess("a", { quorumMax: 2, terminateDelayUs: 2 * SECOND, forkDelayUs: SECOND }));
  world.exec(1, "a");
  assert.deepEqual(world.take(), ["a down", "a up"]);
  world.exit(1);
  await world.clock.advance(2 * SECOND - 1);
  world.exec(2, "a");
  await world.clock.advance(5 * SECOND);
  assert.deepEqual(world.take(), []);
  world.exit(2);
  await world.clock.advance(2 * SECOND - 1);
  assert.deepEqual(world.take(), []);
  await world.clock.advance(1);
  assert.deepEqual(world.take(), ["a down"]);

  world.exec(1, "a");
  assert.deepEqual(world.take(), ["a up"]);
  world.fork(2, 1);
  world.fork(3, 1); // three: one too many, until it has become something else
  await world.clock.advance(SECOND - 1);
  world.exec(3, "other");
  await world.clock.advance(5 * SECOND);
  assert.deepEqual(world.take(), []);
  world.fork(3, 2);
  await world.clock.advance(SECOND);
  assert.deepEqual(world.take(), ["a down"]);
  world.exit(3);
  await world.clock.advance(2 * SECOND - 1);
  assert.deepEqual(world.take(), [], "back into the quorum by an end: terminate_delay as well");
  await world.clock.advance(1);
  assert.deepEqual(world.take(), ["a up"]);
});

test("a fork costs no look at /proc, and a stranger's nothing at all", () => {
  const world = new World();
  world.running.set(1, "a");
  world.start(trackProcess("a"));
  const before = world.lookups;
  world.fork(2, 1);
  world.fork(4, 3);
  assert.equal(world.lookups, before);
  world.exit(1);
  assert.deepEqual(world.take(), ["a up"], "the fork still runs");
  world.exit(2);
  assert.deepEqual(world.take(), ["a down"]);
});

test("lost events: everything is counted again, and what has changed is said", () => {
  const world = new World();
  world.running.set(1, "a");
  world.start(trackProcess("a"), trackProcess("b"));
  world.take();
  world.running.clear();
  world.running.set(2, "b").set(3, "b");
  world.listener?.events(undefined);
  assert.deepEqual(world.take(), ["a down", "b up"]);
  assert.deepEqual(world.log.lines.slice(1), [
    "Process a, number of current processes changed from 1 to 0, quorum down",
    "Quorum lost for tracked process a",
    "Process b, number of current processes changed from 0 to 2, quorum up",
    "Quorum gained for tracked process b",
  ]);
});

test("what a scan has found is not undone by the older news of its fork", () => {
  const world = new World();
  world.running.set(1, "a");
  world.start(trackProcess("a"));
  world.listener?.events([
    { type: "fork", pid: 1, parent: 99 },
    { type: "changed", pid: 1 },
  ]);
  assert.deepEqual(world.take(), ["a up"]);
});

test("between the scan and the kernel's word that it tells, nothing is missed", () => {
  const world = new World();
  world.processes.configure([trackProcess("a")]);
  world.exec(1, "a");
  assert.deepEqual(world.take(), ["a down"]);
  world.listener?.ready();
  assert.deepEqual(world.take(), ["a up"]);
});

test("where the kernel does not tell, /proc is read every half second, and that is said once", async () => {
  for (const refused of [true, false]) {
    const world = new World();
    if (refused) world.refusal = new KernelError("process connector", "ECONNREFUSED");
    world.processes.configure([trackProcess("a", { terminateDelayUs: SECOND })]);
    world.running.set(1, "a");
    await world.clock.advance(500 * MILLISECOND);
    assert.deepEqual(world.take(), ["a down", "a up"]);
    world.running.clear();
    await world.clock.advance(1_499 * MILLISECOND);
    assert.deepEqual(world.take(), []);
    await world.clock.advance(MILLISECOND);
    assert.deepEqual(world.take(), ["a down"]);
    await world.clock.advance(5 * SECOND);
    const why = refused ? "support proc events (process connector: ECONNREFUSED)" : "confirm proc events, as in a container";
    const warning = `WARNING - the kernel does not ${why} - track_process will read /proc every 0.5 s`;
    const gained = "Quorum gained for tracked process a";
    assert.deepEqual(world.log.lines, [...(refused ? [warning, gained] : [gained, warning]), "Quorum lost for tracked process a"]);
    world.processes.stop();
    await world.clock.advance(5 * SECOND);
    assert.deepEqual(world.take(), []);
  }
});

test("stopped before the kernel has confirmed, and started again where it refuses: one reason for reading /proc, not two", async () => {
  const world = new World();
  world.processes.configure([trackProcess("a", {})]);
  world.processes.configure([]);
  world.refusal = new KernelError("process connector", "ECONNREFUSED");
  world.processes.configure([trackProcess("a", {})]);
  await world.clock.advance(5 * SECOND);
  assert.deepEqual(world.log.lines, ["WARNING - the kernel does not support proc events (process connector: ECONNREFUSED) - track_process will read /proc every 0.5 s"]);
  world.processes.stop();
});

test("reload: counted and told anew at once, a running delay is forgotten; without trackers the kernel is not asked", async () => {
  const world = new World().start(trackProcess("a", { terminateDelayUs: 10 * SECOND }));
  world.exec(1, "a");
  world.exit(1);
  world.take();
  world.processes.configure([trackProcess("a", { terminateDelayUs: 20 * SECOND }), trackProcess("b a", { process: "b", parameters: ["a"], paramMatch: "exact" })]);
  assert.deepEqual(world.take(), ["a down", "b a down"]);
  world.exec(2, "b a");
  assert.deepEqual(world.take(), ["b a up"]);
  world.processes.configure([]);
  assert.equal(world.listener, undefined);
  await world.clock.advance(30 * SECOND);
  assert.deepEqual(world.take(), []);
});
