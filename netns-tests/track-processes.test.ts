import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import { KernelError } from "../src/base/errors.ts";
import type { ProcessEvent } from "../src/base/tracking.ts";
import { TrackProcesses } from "../src/notify/track-processes.ts";
import { RealClock } from "../src/sys/clock.ts";
import { watchProcesses } from "../src/sys/process-connector.ts";
import { processTable } from "../src/sys/process-table.ts";
import { GLOBAL, instance } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";

// The kernel tells of processes in a host's first namespaces only. keepalived counts nothing anywhere else, so there is
// no comparison with it in namespaces: what it counts was observed outside, test/notify/process-match.test.ts.

/** Inodes that Linux gives to the first pid and user namespace. */
const FIRST_PID_NAMESPACE = "pid:[4026531836]";
const FIRST_USER_NAMESPACE = "user:[4026531837]";

/** A setting of the whole kernel: it is shown in the first network namespace alone. */
const FIRST_NETWORK_NAMESPACE_ONLY = "/proc/sys/net/core/netdev_max_backlog";

async function inFirstNamespaces(): Promise<boolean> {
  const [pid, user] = await Promise.all(["pid", "user"].map((kind) => readlink(`/proc/self/ns/${kind}`)));
  return pid === FIRST_PID_NAMESPACE && user === FIRST_USER_NAMESPACE && existsSync(FIRST_NETWORK_NAMESPACE_ONLY);
}

/** A program of its own name that sleeps. */
async function withSleeper(story: (program: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "regent-sleeper-"));
  const program = join(directory, `rgt${process.pid}`);
  await copyFile("/bin/sleep", program);
  try {
    await story(program);
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe("the process connector", () => {
  test("where the kernel tells, every start and end is told at once; elsewhere asking fails or is not answered", () =>
    withSleeper(async (program) => {
      const events: ProcessEvent[] = [];
      let ready = false;
      const first = await inFirstNamespaces();
      let connector: { close(): void } | undefined;
      try {
        connector = watchProcesses({ ready: () => void (ready = true), events: (some) => void events.push(...(some ?? [])) });
        await sleep(1_000);
      } catch (error) {
        assert.ok(error instanceof KernelError && !first, String(error));
      }
      try {
        assert.equal(ready, first);
        if (!first) return;
        const child = spawn(program, ["30"]);
        await eventually(true, () => Promise.resolve(events.some(({ type, pid }) => type === "changed" && pid === child.pid)), 2_000);
        assert.deepEqual(processTable.describe(child.pid ?? 0, true), { name: program.replace(/.*\//, ""), commandLine: [program, "30"] });
        child.kill("SIGKILL");
        await eventually(true, () => Promise.resolve(events.some(({ type, pid }) => type === "exit" && pid === child.pid)), 2_000);
        assert.equal(processTable.describe(child.pid ?? 0, true), undefined);
      } finally {
        connector?.close();
      }
    }));

  test("the counting of real processes, forks and a thousand strangers included", () =>
    withSleeper(async (program) => {
      const name = program.replace(/.*\//, "");
      const told: string[] = [];
      const silent = { write: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined, detail: () => undefined };
      const processes = new TrackProcesses({ clock: new RealClock(), log: silent, table: processTable, watch: watchProcesses, result: (...[, up]) => void told.push(up ? "up" : "down") });
      const last = () => Promise.resolve(told.at(-1));
      processes.configure([{ name: "p", process: name, parameters: [], paramMatch: "none", quorum: 2, quorumMax: undefined, terminateDelayUs: 0, forkDelayUs: 0, fullCommand: false }]);
      try {
        const children = [spawn(program, ["30"]), spawn(program, ["30"])];
        await eventually("up", last, 3_000);
        const strangers = spawn("/bin/sh", ["-c", "i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done"]);
        await new Promise((resolve) => strangers.on("exit", resolve));
        children[0]?.kill("SIGKILL");
        await eventually("down", last, 3_000);
        children[1]?.kill("SIGKILL");
        assert.deepEqual(told, ["down", "up", "down"]);
      } finally {
        processes.stop();
      }
    }));
});

test("a director in a namespace: /proc is read instead, FAULT and back follow the process", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    await withSleeper(async (program) => {
      const tracked = `vrrp_track_process p {\n    process ${program} 30\n    weight 0\n    terminate_delay 1\n}\n`;
      const director = await startDirector(node, "regentd", GLOBAL + tracked + instance({ more: ["track_process {", "    p", "}"] }));
      await director.waitFor("FAULT");
      const child = node.spawn([program, "30"], "ignore");
      await director.waitFor("MASTER", 8_000);
      child.kill("SIGKILL");
      const took = await director.waitFor("FAULT", 5_000);
      assert.ok(took > 900 && took < 2_500, `FAULT after ${took} ms; terminate_delay is 1 s, /proc is read every 0.5 s`);
      const states = director.states();
      assert.deepEqual(states.filter((state, i) => state !== states[i - 1]), ["FAULT", "BACKUP", "MASTER", "FAULT"]);
      const lines = director.logs().flatMap((line) => /WARNING - the kernel does not support proc events|Quorum \w+ for tracked process p|tracked process p quorum not achieved/.exec(line)?.[0] ?? []);
      assert.deepEqual(lines, [
        "WARNING - the kernel does not support proc events",
        "tracked process p quorum not achieved",
        "Quorum gained for tracked process p",
        "Quorum lost for tracked process p",
      ]);
    });
  }));
