import assert from "node:assert/strict";
import { test } from "vitest";
import type { Notification, VrrpNotifyState } from "../../src/base/notification.ts";
import type { MakeFifo } from "../../src/base/ports.ts";
import { SECOND } from "../../src/base/time.ts";
import type { NotifyConfig } from "../../src/conf/model.ts";
import { Notifier } from "../../src/notify/notifier.ts";
import { keyed, NOTHING, quorumTarget, script, vrrpTarget } from "./support/configs.ts";
import { FakeClock, FakeLog, FakeRunner, settle } from "./support/fakes.ts";
import type { Behaviour } from "./support/fakes.ts";

const CONFIG: NotifyConfig = {
  ...NOTHING,
  instances: keyed({ A: vrrpTarget({ master: script("/master"), stop: script("/stop"), any: script("/any") }), B: vrrpTarget({ any: script("/b") }) }),
  fifo: { path: "/run/fifo", owner: undefined, script: script("/consumer -v") },
};

function vrrp(name: string, state: VrrpNotifyState): Notification {
  return { type: "vrrp", scope: "instance", name, state, previous: "BACKUP", priority: 100, reason: "test" };
}

function setup(behaviour: (name: string) => Behaviour = () => ({ runsUs: SECOND }), options: { fifoFull?: boolean; fifoThere?: boolean } = {}) {
  const clock = new FakeClock();
  const log = new FakeLog();
  const runner = new FakeRunner(clock, ({ argv }) => (argv[0]?.startsWith("/consumer") ? { runsUs: Infinity } : behaviour(argv[0] ?? "")));
  const acknowledged: number[] = [];
  const fifo: string[] = [];
  const makeFifo: MakeFifo = (path) => {
    fifo.push(`open ${path}`);
    return {
      ok: true,
      fifo: {
        created: options.fifoThere !== true,
        write(bytes) {
          if (options.fifoFull) return "Resource temporarily unavailable";
          fifo.push(Buffer.from(bytes).toString("latin1"));
          return undefined;
        },
        close: () => void fifo.push(`close ${path}`),
        remove: () => void fifo.push(`remove ${path}`),
      },
    };
  };
  const notifier = new Notifier({ clock, log, runner, makeFifo, acknowledged: (number) => void acknowledged.push(number) });
  let number = 0;
  const tell = (notification: Notification): void => notifier.deliver({ number: ++number, atMs: 0, notification });
  /** What happened to scripts other than the FIFO's consumer. */
  const scripts = (): string[] => runner.story.filter((line) => !line.includes("/consumer"));
  return { clock, log, runner, notifier, tell, scripts, acknowledged, fifo };
}

test("a number is acknowledged when its scripts have ended; instances do not wait for each other, FIFO lines for nobody", async () => {
  const { clock, notifier, tell, scripts, acknowledged, fifo } = setup((name) => ({ runsUs: name === "/b" ? SECOND : 3 * SECOND }));
  notifier.configure(CONFIG);
  tell(vrrp("A", "MASTER"));
  tell(vrrp("A", "BACKUP"));
  tell(vrrp("B", "MASTER"));
  assert.deepEqual(fifo, ["open /run/fifo", 'INSTANCE "A" MASTER 100\n', 'INSTANCE "A" BACKUP 100\n', 'INSTANCE "B" MASTER 100\n']);
  await clock.advance(2 * SECOND);
  assert.deepEqual(acknowledged, [3]);
  await clock.advance(2 * SECOND);
  assert.deepEqual(acknowledged, [3, 1]);
  await clock.advance(2 * SECOND);
  assert.deepEqual(acknowledged, [3, 1, 2]);
  assert.deepEqual(scripts(), [
    "0 start /master",
    "0 start /any INSTANCE A MASTER 100",
    "0 start /b INSTANCE B MASTER 100",
    "1 end /b INSTANCE B MASTER 100",
    "3 end /master",
    "3 end /any INSTANCE A MASTER 100",
    "3 start /any INSTANCE A BACKUP 100",
    "6 end /any INSTANCE A BACKUP 100",
  ]);
});

test("what is sent twice is told once, and acknowledged again when it was already", async () => {
  const { clock, notifier, scripts, acknowledged } = setup();
  notifier.configure(CONFIG);
  const numbered = { number: 7, atMs: 0, notification: vrrp("B", "MASTER") };
  notifier.deliver(numbered);
  notifier.deliver(numbered);
  assert.deepEqual(acknowledged, []);
  await clock.advance(2 * SECOND);
  notifier.deliver(numbered);
  assert.deepEqual(acknowledged, [7, 7]);
  assert.equal(scripts().filter((line) => line.includes("start")).length, 1);
});

test("what comes before the first configuration is kept", async () => {
  const { clock, notifier, tell, scripts } = setup();
  tell(vrrp("B", "MASTER"));
  notifier.configure(CONFIG);
  await clock.advance(2 * SECOND);
  assert.deepEqual(scripts()[0], "0 start /b INSTANCE B MASTER 100");
});

test("a removed instance is told of its removal after the reload that removed it, but not after the next", async () => {
  const { clock, notifier, tell, scripts } = setup();
  notifier.configure(CONFIG);
  notifier.configure({ ...CONFIG, instances: new Map() });
  tell(vrrp("B", "DELETED"));
  await clock.advance(2 * SECOND);
  notifier.configure({ ...CONFIG, instances: new Map() });
  tell(vrrp("B", "DELETED"));
  await clock.advance(2 * SECOND);
  assert.deepEqual(scripts(), ["0 start /b INSTANCE B FAULT 100", "1 end /b INSTANCE B FAULT 100"]);
});

test("a real server that a reload removes keeps its scripts for that one time", async () => {
  const { clock, notifier, tell, scripts } = setup();
  const withServers = (...names: string[]): NotifyConfig => ({
    ...CONFIG,
    virtualServers: keyed({ V: quorumTarget({ realServers: new Map(names.map((name) => [name, { up: undefined, down: script(`/down ${name}`), smtpAlert: false }])) }) }),
  });
  notifier.configure(withServers("R1", "R2"));
  notifier.configure(withServers("R2"));
  tell({ type: "realServer", virtualServer: "V", realServer: "R1", up: false, reason: "Removing", stopping: false });
  await clock.advance(0);
  assert.deepEqual(scripts(), ["0 start /down R1"]);
});

test("a disabled script is never run, and said so once", async () => {
  const { clock, notifier, tell, scripts, log, acknowledged } = setup();
  notifier.configure({ ...CONFIG, instances: keyed({ A: vrrpTarget({ any: { ...script("/bad x"), disabled: "insecure" } }) }) });
  tell(vrrp("A", "MASTER"));
  tell(vrrp("A", "BACKUP"));
  await clock.advance(SECOND);
  assert.deepEqual(scripts(), []);
  assert.deepEqual(acknowledged, [1, 2]);
  assert.deepEqual(log.lines, ["Notify script '/bad x' is disabled (insecure) and will not be run"]);
});

test("the FIFO's consumer gets the path last, is restarted by a reload, and the FIFO stays open when its path does", async () => {
  const { clock, notifier, runner, fifo } = setup();
  notifier.configure(CONFIG);
  await clock.advance(SECOND);
  notifier.configure(CONFIG);
  await clock.advance(SECOND);
  notifier.configure({ ...CONFIG, fifo: { path: "/run/other", owner: undefined, script: undefined } });
  await clock.advance(SECOND);
  assert.deepEqual(runner.story, [
    "0 start /consumer -v /run/fifo",
    "1 term /consumer -v /run/fifo",
    "1 start /consumer -v /run/fifo",
    "2 term /consumer -v /run/fifo",
  ]);
  assert.deepEqual(fifo, ["open /run/fifo", "close /run/fifo", "remove /run/fifo", "open /run/other"]);
});

test("a specific FIFO with the global one's path is ignored, its script too", async () => {
  const { notifier, tell, runner, fifo } = setup();
  notifier.configure({ ...CONFIG, vrrpFifo: { path: "/run/fifo", owner: undefined, script: script("/consumer second") } });
  tell(vrrp("B", "MASTER"));
  await settle();
  assert.deepEqual(fifo, ["open /run/fifo", 'INSTANCE "B" MASTER 100\n']);
  assert.deepEqual(runner.story.filter((line) => line.includes("/consumer")), ["0 start /consumer -v /run/fifo"]);
});

test("LVS lines do not go to the VRRP FIFO, nor VRRP lines to the LVS one", () => {
  const { notifier, tell, fifo } = setup();
  const at = (path: string) => ({ path, owner: undefined, script: undefined });
  notifier.configure({ ...CONFIG, virtualServers: keyed({ V: quorumTarget() }), fifo: undefined, vrrpFifo: at("/v"), lvsFifo: at("/l") });
  tell({ type: "quorum", virtualServer: "V", up: true, reason: "x", stopping: false });
  tell(vrrp("B", "MASTER"));
  assert.deepEqual(fifo, ["open /v", "open /l", "VS V UP\n\0", 'INSTANCE "B" MASTER 100\n']);
});

test("a line that the FIFO does not take is lost, counted and logged", () => {
  const { notifier, tell, log } = setup(undefined, { fifoFull: true });
  notifier.configure(CONFIG);
  tell(vrrp("B", "MASTER"));
  assert.equal(notifier.lost.fifoLines, 1);
  assert.deepEqual(log.lines, ["notify fifo write error: Resource temporarily unavailable"]);
});

test("stop waits for stop scripts and keeps its bound when something hangs", async () => {
  const { clock, notifier, tell, scripts, acknowledged, fifo, runner } = setup((name) => ({ runsUs: name === "/stop" ? Infinity : SECOND / 2, ignoresTerm: true }));
  notifier.configure(CONFIG);
  tell(vrrp("A", "STOP"));
  let stopped = -1;
  void notifier.stop(5 * SECOND).then(() => (stopped = clock.now()));
  tell(vrrp("B", "MASTER"));
  await clock.advance(10 * SECOND);
  assert.deepEqual(scripts(), ["0 start /stop", "0 start /any INSTANCE A STOP 100", "0.5 end /any INSTANCE A STOP 100", "2 kill /stop"]);
  assert.deepEqual(acknowledged, [1]);
  assert.equal(stopped, 2 * SECOND);
  assert.deepEqual(fifo.slice(-2), ["close /run/fifo", "remove /run/fifo"]);
  assert.deepEqual(runner.story.filter((line) => line.includes("/consumer")), ["0 start /consumer -v /run/fifo", "1 term /consumer -v /run/fifo"]);
});

test("stop gives up early enough that its time is kept", async () => {
  const { clock, notifier, tell, log } = setup(() => ({ runsUs: Infinity, ignoresTerm: true }));
  notifier.configure({ ...CONFIG, fifo: undefined });
  tell(vrrp("A", "MASTER"));
  tell(vrrp("A", "BACKUP"));
  let stopped = -1;
  void notifier.stop(3 * SECOND).then(() => (stopped = clock.now()));
  await clock.advance(10 * SECOND);
  assert.equal(stopped, 3 * SECOND);
  assert.equal(log.lines[0], "Notify scripts of 1 event given up: the daemon stops");
});

test("a FIFO that was there before is not removed", async () => {
  const { clock, notifier, fifo } = setup(undefined, { fifoThere: true });
  notifier.configure(CONFIG);
  void notifier.stop(5 * SECOND);
  await clock.advance(5 * SECOND);
  assert.deepEqual(fifo, ["open /run/fifo", "close /run/fifo"]);
});
