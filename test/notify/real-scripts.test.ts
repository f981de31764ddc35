import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "vitest";
import type { VrrpNotifyState } from "../../src/base/notification.ts";
import { SECOND } from "../../src/base/time.ts";
import type { NotifyConfig } from "../../src/conf/model.ts";
import { Notifier } from "../../src/notify/notifier.ts";
import { RealClock } from "../../src/sys/clock.ts";
import { makeFifo } from "../../src/sys/fifo.ts";
import { NodeProcessRunner } from "../../src/sys/process-runner.ts";
import { keyed, NOTHING, vrrpTarget } from "./support/configs.ts";
import { FakeLog } from "./support/fakes.ts";
import { eventually } from "./support/wall-clock.ts";

// The whole of src/notify on real processes, FIFOs and time.

let directory = "";
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "regent-notify-"))));
afterEach(() => rmSync(directory, { recursive: true }));

function program(name: string, text: string): { text: string; argv: string[] } {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\ncd ${directory}\n${text}\n`, { mode: 0o755 });
  return { text: path, argv: [path] };
}

function setup(config: Partial<NotifyConfig>) {
  const log = new FakeLog();
  const acknowledged: number[] = [];
  const notifier = new Notifier({
    clock: new RealClock(),
    log,
    runner: new NodeProcessRunner(),
    makeFifo,
    acknowledged: (number) => void acknowledged.push(number),
  });
  notifier.configure({ ...NOTHING, ...config });
  let number = 0;
  const tell = (name: string, state: VrrpNotifyState): void =>
    notifier.deliver({ number: ++number, atMs: 0, notification: { type: "vrrp", scope: "instance", name, state, previous: "BACKUP", priority: 100, reason: "test" } });
  return { log, notifier, tell, acknowledged };
}

function read(name: string): string {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, "latin1") : "";
}

/** A zombie whose new parent has not asked for it yet is dead. */
function alive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, "latin1"));
}

test("a hanging script that ignores TERM dies with its children before the stop script runs; the bound is kept", async () => {
  const hang = program("hang", "trap '' TERM\nsleep 1000 &\necho $! >child\nwhile :; do sleep 1; done");
  const stop = program("stop", 'echo "$*" >>told');
  const { log, notifier, tell, acknowledged } = setup({ instances: keyed({ A: vrrpTarget({ master: hang, stop, any: { ...stop, argv: [...stop.argv, "generic"] } }) }) });
  tell("A", "MASTER");
  await eventually("the script hangs", () => read("child").endsWith("\n") && read("told") !== "");
  const child = Number(read("child"));
  assert.ok(alive(child));
  tell("A", "STOP");
  const start = performance.now();
  await notifier.stop(5 * SECOND);
  const took = performance.now() - start;
  await eventually("the child of the hanging script is gone", () => !alive(child), 1_000);
  assert.ok(took > 900 && took < 4_000, `stopped after ${took} ms`);
  assert.deepEqual(read("told").split("\n").filter((line) => line !== "").toSorted(), ["generic INSTANCE A MASTER 100", "generic INSTANCE A STOP 100"]);
  assert.deepEqual(acknowledged, [1, 2]);
  assert.match(log.lines.join("\n"), /^Notify script '.*hang' was still running after [12] s - killed with its process group$/);
});

test("a consumer reads every line, and what is left after the FIFO is closed", async () => {
  const consumer = program("consumer", 'exec cat "$1" >read');
  const { notifier, tell } = setup({
    instances: keyed({ A: vrrpTarget(), "B c": vrrpTarget() }),
    fifo: { path: join(directory, "fifo"), owner: undefined, script: consumer },
  });
  await eventually("the consumer runs", () => existsSync(join(directory, "read")));
  tell("A", "MASTER");
  tell("B c", "FAULT");
  await eventually("both lines", () => read("read").split("\n").length === 3);
  tell("A", "STOP");
  await notifier.stop(5 * SECOND);
  assert.equal(read("read"), 'INSTANCE "A" MASTER 100\nINSTANCE "B c" FAULT 100\nINSTANCE "A" STOP 100\n');
  assert.equal(existsSync(join(directory, "fifo")), false);
});

test("a script that does not exist is named and does not hold up the next", async () => {
  const next = program("next", "echo $1 $2 $3 $4 >>told");
  const missing = { text: "/nonexistent/x", argv: ["/nonexistent/x"] };
  const { log, notifier, tell } = setup({ instances: keyed({ A: vrrpTarget({ master: missing, any: next }) }) });
  tell("A", "MASTER");
  tell("A", "BACKUP");
  await notifier.idle();
  assert.equal(read("told"), "INSTANCE A MASTER 100\nINSTANCE A BACKUP 100\n");
  assert.match(log.lines.join("\n"), /nonexistent/);
});
