import assert from "node:assert/strict";
import { test } from "vitest";
import { director, GLOBAL, VIP } from "./lib/configs.ts";
import type { Director } from "./lib/director.ts";
import { startDirector } from "./lib/director.ts";
import { always, eventually, sleep } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import { run } from "./lib/run.ts";

const VIP6 = "2001:db8::100";
/** Standard input, output and error are open: no other one can be. */
const ALL_TAKEN = 3;
/** Several of the polls, and of the looks at the scheduler's account. */
const A_WHILE_MS = 2_500;
/** Twice as long as a BACKUP waits. */
const SILENCE_MS = 7_500;

/** Of the second process, which is all of the daemon's threads. @param most descriptors @returns its pid */
async function limit(one: Director, most: number): Promise<number> {
  const pid = one.processes()[1] ?? 0;
  await run(["prlimit", "--pid", String(pid), `--nofile=${most}:`]);
  return pid;
}

function configuration(priority: number): string {
  const more = ["virtual_ipaddress_excluded {", "    192.0.2.100/24", "}"];
  return director({ priority, vips: ["fe80::100/64", `${VIP6}/64`], more }).replace(GLOBAL, `${GLOBAL}linkbeat_use_polling\n`);
}

test("while every descriptor is taken VRRP takes over, keeps its adverts and its configuration; then it reloads as ever", () =>
  withLan(2, async ([high, low]) => {
    assert.ok(high && low);
    const first = await startDirector(high, "regentd", configuration(200));
    await first.waitFor("MASTER");
    const one = await startDirector(low, "regentd", configuration(100));
    await one.waitFor("BACKUP");
    await one.waitForLog(/Startup complete/);
    const pid = await limit(one, ALL_TAKEN);
    await sleep(A_WHILE_MS);
    await first.stop();
    await one.waitFor("MASTER", 10_000);
    await eventually(true, () => low.holds(VIP6), 2_000);

    await one.reload(configuration(150));
    await one.waitForLog(/the running configuration stays as it is/);
    const other = await startDirector(high, "regentd", configuration(50));
    await other.waitFor("BACKUP");
    await always("BACKUP", () => other.state(), SILENCE_MS);

    assert.equal(await limit(one, 1_024), pid);
    one.kill("SIGHUP");
    await one.waitForLog(/Reload complete/);
    assert.deepEqual([one.states(), one.logs().filter((line) => line.includes("Respawning"))], [["BACKUP", "MASTER"], []]);
    await always("BACKUP", () => other.state(), A_WHILE_MS);
    assert.equal(await one.stop(), 0);
  }));

test("a guardian that is killed meanwhile has a successor when there is room for it", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const one = await startDirector(node, "regentd", director());
    await one.waitFor("MASTER");
    await one.waitForLog(/Startup complete/);
    const pid = await limit(one, ALL_TAKEN);
    one.kill("SIGKILL");
    await one.waitForLog(/no new one can be started \(.*EMFILE.*\): trying again every second/);
    await always(true, () => node.holds(VIP), A_WHILE_MS);
    await run(["prlimit", "--pid", String(pid), "--nofile=1024:"]);
    await one.waitForLog(/The guardian process died: a new one \(pid [0-9]+\) watches/);
    assert.deepEqual([one.logs().filter((line) => line.includes("no new one")).length, one.states()], [1, ["BACKUP", "MASTER"]]);
    assert.ok(await node.holds(VIP));
  }));
