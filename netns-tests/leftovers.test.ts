import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { RUNTIME_DIRECTORY } from "../src/daemon/paths.ts";
import { director } from "./lib/configs.ts";
import { runtimeDir, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import sweepLeftovers, { labProcesses } from "./lib/leftovers.ts";
import { alive, commandLine } from "./lib/processes.ts";
import { run, signal } from "./lib/run.ts";

const BOOT = fileURLToPath(new URL("./lab/boot.sh", import.meta.url));

/** A pid that nobody has any more. */
async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}

test("namespaces and folders of a dead run go, with what runs in them; those of a living one stay", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const neighbour = node.spawn(["sleep", "100"], "ignore");
    const dead = await deadPid();
    const spaces = [`rgt${dead}x0-n0`, `rgt${dead}x0-sw`, `regent-sys-l-${dead}`];
    for (const space of spaces) await run(["ip", "netns", "add", space]);
    const folder = await mkdtemp(`${tmpdir()}/rgt${dead}x0-n0-`);
    const left = spawn("ip", ["netns", "exec", spaces[0] ?? "", "sleep", "100"], { stdio: "ignore" });
    await eventually(["sleep", "100"], () => commandLine(left.pid ?? 0), 3_000);

    await sweepLeftovers();

    assert.deepEqual([...spaces.map((space) => `/run/netns/${space}`), folder].filter((path) => existsSync(path)), []);
    await eventually(false, () => alive(left.pid ?? 0), 1_000);
    assert.deepEqual([existsSync(`/run/netns/${node.name}`), existsSync(node.dir), alive(neighbour.pid ?? 0)], [true, true, true]);
  }));

test("what a killed director of Regent leaves lies in its node's folder", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const killed = await startDirector(node, "regentd", director());
    const own = node.dir.slice(1).replaceAll("/", "-");
    const recorded = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(own)) : []);
    // The configuration is kept when the start is complete, after the first state.
    await eventually(2, () => recorded(runtimeDir(node)).length, 30_000);
    killed.crash();
    await killed.ended();
    assert.deepEqual([recorded(runtimeDir(node)).length, recorded(RUNTIME_DIRECTORY)], [2, []]);
  }));

for (const orphaned of [false, true]) {
  test(`a lab whose test is dead ends${orphaned ? ", also without its boot.sh" : ""}`, async () => {
    const scratch = await mkdtemp(`/var/tmp/regent-lab-test.${await deadPid()}.`);
    const boot = spawn(BOOT, ["-t", "100", "-s", scratch, "sh", "-c", "echo up; sleep 90"], { stdio: ["ignore", "pipe", "inherit"] });
    const programs = (): string[] => labProcesses(scratch).map((pid) => basename(commandLine(pid)[0] ?? ""));
    await once(boot.stdout, "data");
    for (const program of ["bash", "linux.uml", "sleep", "tail"]) assert.ok(programs().includes(program), `no ${program} among ${programs().join(", ")}`);
    if (orphaned) signal(boot.pid ?? 0, "SIGKILL");

    await sweepLeftovers();

    assert.deepEqual([programs(), existsSync(scratch)], [[], false]);
  });
}
