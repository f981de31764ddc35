// What keepalived does to its processes, done to threads: names, CPUs, real-time priorities.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { director } from "./lib/configs.ts";
import { runtimeDir, startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";

process.env["REGENT_TEST_HOOKS"] = "1";

/** As of proc_pid_stat(5): fields 19, 40 (of real time; 0 without one), and 41, sched_setscheduler's number. */
function schedulingOf(tid: number): { nice: number; priority: number; policy: number } {
  const fields = readFileSync(`/proc/${tid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  return { nice: Number(fields[16]), priority: Number(fields[37]), policy: Number(fields[38]) };
}

const NORMAL = 0;
const ROUND_ROBIN = 2;

interface Thread {
  readonly tid: number;
  readonly name: string;
  readonly cpus: string;
}

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
}

function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8");
    return { tid: Number(tid), name: field(status, "Name"), cpus: field(status, "Cpus_allowed_list") };
  });
}

const ALL_CPUS = field(readFileSync("/proc/self/status", "utf8"), "Cpus_allowed_list");
const FIRST_CPU = ALL_CPUS.split(/[-,]/)[0] ?? "";

test("names and CPUs belong to the thread they are meant for; what is started later, and scripts, may run anywhere", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const where = join(node.dir, "where");
    const script = await node.write("where.sh", `#!/bin/sh\ngrep Cpus_allowed_list /proc/self/status >>${where}\n`, 0o755);
    const globals = `global_defs {
    process_names
    process_name a_director
    bfd_process_name its_bfd
    vrrp_cpu_affinity ${FIRST_CPU}
    bfd_cpu_affinity ${FIRST_CPU}
    checker_cpu_affinity 1023`;
    const service = "bfd_instance B1 {\n neighbor_ip 192.0.2.200\n}\nvirtual_server 198.51.100.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n real_server 198.51.100.2 80 {\n }\n}\n";
    const text = director({ more: [`notify "${script}"`] }).replace("global_defs {", globals) + service;
    const regent = await startDirector(node, "regentd", text, { args: ["-b", join(node.dir, "bfd.pid"), "-c", join(node.dir, "c.pid")] });
    await regent.waitFor("MASTER");
    const [guardian, daemon] = regent.processes();
    assert.ok(guardian && daemon);
    await eventually("a_director", () => Promise.resolve(readFileSync(`/proc/${guardian}/comm`, "utf8").trim()), 2_000);
    const main = () => threadsOf(daemon).find(({ tid }) => tid === daemon);
    assert.deepEqual(main(), { tid: daemon, name: "keepalived_vrrp", cpus: FIRST_CPU });
    const named = (name: string) => Promise.resolve(threadsOf(daemon).flatMap((one) => (one.name === name && one.tid !== daemon ? [one.cpus] : [])).join());
    await eventually(FIRST_CPU, () => named("its_bfd"), 5_000);
    await eventually(ALL_CPUS, () => named("keepalived_ipvs"), 5_000);
    await regent.waitForLog(/checker_cpu_affinity 1023: sched_setaffinity: EINVAL: it has no effect/);

    await writeFile(join(runtimeDir(node), "hook-services-throw"), "");
    await regent.waitForLog(/services thread died/);
    const bound = () => Promise.resolve(threadsOf(daemon).filter(({ cpus }) => cpus !== ALL_CPUS).map(({ name }) => name).sort().join());
    await eventually("its_bfd,keepalived_vrrp", bound, 5_000);
    await regent.reload(text.replace("priority 100", "priority 255"));
    await regent.waitForLog(/Reload complete/);
    assert.equal(await bound(), "its_bfd,keepalived_vrrp");
    assert.equal(await regent.stop(), 0);
    const seen = readFileSync(where, "utf8").trim().split("\n").map((line) => line.split(/\s+/)[1]);
    assert.deepEqual([...new Set(seen)], [ALL_CPUS]);
  }));

test("a reload changes them for VRRP and for the guardian; what is no longer asked for is as it was", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const plain = director();
    const regent = await startDirector(node, "regentd", plain);
    await regent.waitFor("MASTER");
    await regent.waitForLog(/Startup complete/);
    const [guardian, daemon] = regent.processes();
    assert.ok(guardian && daemon);
    const guardianName = (): string => readFileSync(`/proc/${guardian}/comm`, "utf8").trim();
    const seen = () => {
      const main = threadsOf(daemon).find(({ tid }) => tid === daemon);
      return [guardianName(), main?.name, main?.cpus, schedulingOf(daemon)];
    };
    const before = seen();
    const asked = (lines: string): string => plain.replace("global_defs {", `global_defs {\n    ${lines}`);
    assert.deepEqual(before.slice(2), [ALL_CPUS, { nice: 0, priority: 0, policy: NORMAL }]);
    await regent.reload(asked(`process_name a_parent\n    vrrp_process_name a_child\n    vrrp_cpu_affinity ${FIRST_CPU}\n    vrrp_priority -3\n    vrrp_rt_priority 1`));
    await eventually(["a_parent", "a_child", FIRST_CPU, { nice: -3, priority: 1, policy: ROUND_ROBIN }], () => Promise.resolve(seen()), 10_000);
    await regent.reload(asked("vrrp_process_name another"));
    await eventually([before[0], "another", ALL_CPUS, { nice: 0, priority: 0, policy: NORMAL }], () => Promise.resolve(seen()), 10_000);
    await regent.reload(plain);
    await eventually(before, () => Promise.resolve(seen()), 10_000);
    assert.deepEqual(regent.states(), ["BACKUP", "MASTER"]);
    assert.equal(await regent.stop(), 0);
  }));

test("max_auto_priority: each stall makes VRRP's thread more urgent, up to the highest; a reload gives it back what is configured", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const text = director().replace("global_defs {", "global_defs {\n    max_auto_priority 2");
    const regent = await startDirector(node, "regentd", text);
    await regent.waitFor("MASTER");
    const [, daemon] = regent.processes();
    assert.ok(daemon);
    const raises = () => regent.logs().flatMap((line) => /Set realtime priority (\d+)/.exec(line)?.[1] ?? []);
    const stall = async () => {
      regent.freeze();
      await sleep(3_000);
      regent.thaw();
      await sleep(1_500);
    };
    // One that hits a turn which sets all timers anew finds none late.
    for (let tries = 0; tries < 6 && raises().length < 2; tries++) await stall();
    await stall();
    assert.deepEqual([raises(), schedulingOf(daemon)], [["1", "2"], { nice: 0, priority: 2, policy: ROUND_ROBIN }]);
    await regent.reload(text);
    await eventually({ nice: 0, priority: 0, policy: NORMAL }, () => schedulingOf(daemon), 10_000);
    assert.equal(await regent.stop(), 0);
  }));
