import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Capture } from "./capture.ts";
import { GLOBAL, instance, VIP, VRID } from "./configs.ts";
import { runtimeDir, startDirector } from "./director.ts";
import { eventually, monotonicUs, sleep } from "./eventually.ts";
import { advertBy } from "./frames.ts";
import { type Node, withLan } from "./lan.ts";
import { alive, processesIn } from "./processes.ts";
import { processTree } from "./run.ts";

// Nothing outside a process can end one of its threads, so the daemon has hooks for it (src/daemon/test-hooks.ts).
process.env["REGENT_TEST_HOOKS"] = "1";

export const WORKERS = ["services", "check"] as const;

// Ten unanswered pings, one a second, make a wedged worker; the rest is a slow machine.
const NOTICED_MS = { throw: 3_000, wedge: 16_000 };
const BACK_MS = 4_000;

/** Succeeds at once the first time; later runs tell their pid and their child's and stay. */
const HELD = `#!/bin/sh
[ -e "$1.first" ] || { : >"$1.first"; exit 0; }
sleep 50 &
echo $$ $! >>"$1.pids"
wait
`;

function config(dir: string): string {
  // Whom else the machine serves is not the question.
  const global = GLOBAL.replace("global_defs {", "global_defs {\n    vrrp_rt_priority 50");
  return `${global}vrrp_script held {
    script "${dir}/held.sh ${dir}/services"
    interval 1
    timeout 60
    weight 2
}
${instance({ more: ["track_script {", "    held", "}", `notify_stop "/bin/touch ${dir}/stopped"`] })}virtual_server ${VIP} 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.21 80 {
        MISC_CHECK {
            misc_path "${dir}/held.sh ${dir}/check"
            misc_timeout 60
        }
    }
}
`;
}

/** The runs of a script that stayed: its own pid and its child's. */
function runs(node: Node, worker: string): number[][] {
  const file = join(node.dir, `${worker}.pids`);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").slice(0, -1).map((line) => line.split(" ").map(Number));
}

/** All gaps between adverts since then, in milliseconds. */
function gaps(capture: Capture, sinceUs: number): number[] {
  const adverts = capture.all(advertBy(VRID), sinceUs);
  return adverts.slice(1).map(({ at }, i) => (at - (adverts[i]?.at ?? at)) / 1_000);
}

/**
 * A worker thread dies of an exception, or spins for ever, which keeps a core busy for ten seconds: VRRP goes on as if nothing had
 * happened, the children that it had started are gone, and a new worker does its work.
 */
export function workerEnds(worker: (typeof WORKERS)[number], manner: keyof typeof NOTICED_MS): Promise<void> {
  return withLan(1, async ([node], observer) => {
    assert.ok(node);
    await node.write("held.sh", HELD, 0o755);
    const capture = await Capture.start(observer);
    const director = await startDirector(node, "regentd", config(node.dir));
    await director.waitFor("MASTER", 15_000);
    await eventually(1, () => runs(node, worker).length, 10_000);
    const [before = []] = runs(node, worker);
    assert.deepEqual(before.map(alive), [true, true]);
    const states = director.states();
    const since = monotonicUs();

    await writeFile(join(runtimeDir(node), `hook-${worker}-${manner}`), "");

    await eventually([false, false], () => before.map(alive), NOTICED_MS[manner]);
    await eventually(2, () => runs(node, worker).length, BACK_MS);
    assert.deepEqual(runs(node, worker)[1]?.map(alive), [true, true], "the new worker's child lives");

    await sleep(3_500); // three more adverts, so two gaps
    const seen = gaps(capture, since);
    assert.ok(seen.length >= 2 && Math.max(...seen) < 1_500 && Math.min(...seen) > 900, `gaps between adverts: ${seen.join(", ")}`);
    assert.deepEqual(director.states(), states);
    assert.equal(await node.holds(VIP), true);
    assert.deepEqual(processTree(director.pid).filter((pid) => !alive(pid)), [], "zombies");

    assert.equal(await director.stop(), 0);
    assert.ok(existsSync(join(node.dir, "stopped")), "notify_stop was not run");
    assert.deepEqual(await processesIn(node), []);
  });
}
