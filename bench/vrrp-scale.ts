// What many instances and short intervals cost, and how regularly adverts leave: a pair of the same kind, MASTER and
// BACKUP, and a third host that stamps frames with the kernel's clock. Then the pair with both cores taken away by others.
//
//   vrrp-scale.ts [--short] [--seconds N] [--hogged N]
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { spawn } from "node:child_process";
import { GLOBAL } from "../netns-tests/lib/configs.ts";
import type { DirectorKind } from "../netns-tests/lib/director.ts";
import { eventually, sleep } from "../netns-tests/lib/eventually.ts";
import { withLan } from "../netns-tests/lib/lan.ts";
import { KINDS } from "../netns-tests/lib/pairs.ts";
import { cpuMsOf, memoryKb } from "../netns-tests/lib/processes.ts";
import { vrrpFrameOf } from "../netns-tests/lib/vrrp-frames.ts";
import { KernelCapture } from "./lib/kernel-capture.ts";
import { conditions, flagOption, numberOption, progress, table } from "./lib/report.ts";
import { type Started, startQuietly } from "./lib/start.ts";
import { gapsByVrid, percentile } from "./lib/statistics.ts";

const SECONDS = numberOption("seconds", flagOption("short") ? 10 : 60);
const HOGGED_SECONDS = numberOption("hogged", flagOption("short") ? 20 : 600);
const SETTLE_MS = 5_000;
const START_MS = 60_000;
/** For the start of the capture, on a machine without a core left. */
const SPARE_SECONDS = 60;
const HIGH = 200;
const LOW = 100;
const MANY_PER_SECOND = 2_000;
/** Of keepalived's processor time at 2,000 adverts a second. */
const CPU_AIM = 2.5;

interface Case {
  readonly name: string;
  readonly instances: number;
  /** Seconds, as the configuration has them. */
  readonly interval: string;
  /** As in `vrrp_rt_priority`, with other processes on every core; undefined without both. */
  readonly hoggedAt?: number;
}

const CASES: readonly Case[] = [
  { name: "255 instances at 1 s", instances: 255, interval: "1" },
  { name: "200 instances at 0.1 s", instances: 200, interval: "0.1" },
  { name: "20 instances at 0.01 s", instances: 20, interval: "0.01" },
  { name: "20 instances at 0.03 s, every core hogged, vrrp_rt_priority", instances: 20, interval: "0.03", hoggedAt: 50 },
];

interface Cost {
  /** Per cent of one core. */
  readonly cpu: number;
  readonly mib: number;
}

interface Result {
  readonly adverts: number;
  /** Milliseconds by which each gap between two adverts of an instance differs from its interval. */
  readonly jitter: readonly number[];
  readonly master: Cost;
  readonly backup: Cost;
  readonly takeovers: number;
}

function config({ instances, interval, hoggedAt }: Case, priority: number): string {
  const global = hoggedAt === undefined ? GLOBAL : GLOBAL.replace("}", `    vrrp_rt_priority ${hoggedAt}\n}`);
  const one = (vrid: number): string => `vrrp_instance V${vrid} {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int ${interval}
    virtual_ipaddress {
        198.18.0.${vrid}/32
    }
}
`;
  return global + [...Array(instances).keys()].map((i) => one(i + 1)).join("");
}

/** It ends by itself although nobody is left to end it. */
function hog(seconds: number): ChildProcess {
  return spawn("timeout", [String(seconds), "sh", "-c", "while :; do :; done"], { stdio: "ignore" });
}

function measure(kind: DirectorKind, test: Case): Promise<Result> {
  const seconds = test.hoggedAt === undefined ? SECONDS : HOGGED_SECONDS;
  return withLan(2, async ([high, low], observer) => {
    if (high === undefined || low === undefined) throw new Error("two nodes were asked for");
    const args = kind === "keepalived" ? ["-P"] : [];
    const master = await startQuietly(high, kind, config(test, HIGH), { args });
    const all = (state: string) => (one: Started): Promise<number> =>
      eventually(true, () => [...Array(test.instances).keys()].every((i) => one.director.state(`V${i + 1}`) === state), START_MS);
    await all("MASTER")(master);
    const backup = await startQuietly(low, kind, config(test, LOW), { args });
    await all("BACKUP")(backup);
    const hogs = test.hoggedAt === undefined ? [] : cpus().map(() => hog(SETTLE_MS / 1_000 + seconds + SPARE_SECONDS));
    try {
      await sleep(SETTLE_MS);
      const capture = await KernelCapture.start(observer, { filter: "proto 112", snapshotLength: 256 });
      const statesBefore = transitions(backup, test.instances);
      const [from, start] = [[master, backup].map(usageOf), performance.now()];
      await sleep(seconds * 1_000);
      const [to, elapsed] = [[master, backup].map(usageOf), performance.now() - start];
      await capture.stop();
      const cost = (which: number): Cost => ({ cpu: (100 * ((to[which]?.cpuMs ?? 0) - (from[which]?.cpuMs ?? 0))) / elapsed, mib: to[which]?.mib ?? 0 });
      const frames = capture.all(vrrpFrameOf).filter(({ source }) => source === high.address);
      const jitter = gapsByVrid(frames).map((gap) => Math.abs(gap - Number(test.interval) * 1_000));
      const takeovers = transitions(backup, test.instances) - statesBefore;
      return { adverts: frames.length, jitter, master: cost(0), backup: cost(1), takeovers };
    } finally {
      for (const one of hogs) {
        one.kill("SIGTERM");
        await once(one, "exit");
      }
    }
  });
}

function transitions({ director }: Started, instances: number): number {
  return [...Array(instances).keys()].reduce((sum, i) => sum + director.states(`V${i + 1}`).filter((state) => state === "MASTER").length, 0);
}

/** Of all its processes: what they have used so far, and what they hold now. */
function usageOf({ director }: Started): { readonly cpuMs: number; readonly mib: number } {
  const pids = director.processes();
  return { cpuMs: cpuMsOf(pids), mib: pids.reduce((sum, pid) => sum + memoryKb(pid).rss, 0) / 1_024 };
}

const rows: string[][] = [];
const verdicts: string[] = [];
for (const test of CASES) {
  const results = new Map<DirectorKind, Result>();
  for (const kind of KINDS) {
    const one = await measure(kind, test);
    results.set(kind, one);
    const jitter = [percentile(one.jitter, 0.5), percentile(one.jitter, 0.99), Math.max(...one.jitter)].map((ms) => ms.toFixed(2));
    const cost = ({ cpu, mib }: Cost): string[] => [`${cpu.toFixed(1)} %`, mib.toFixed(0)];
    rows.push([test.name, kind, String(one.adverts), ...jitter, ...cost(one.master), ...cost(one.backup), String(one.takeovers)]);
    progress(rows.at(-1)?.join(" | ") ?? "");
  }
  const [ours, theirs] = [results.get("regentd"), results.get("keepalived")];
  if (ours === undefined || theirs === undefined) continue;
  const p99 = (one: Result): string => percentile(one.jitter, 0.99).toFixed(2);
  verdicts.push(`${test.name}: jitter p99 ${p99(ours)} ms, keepalived's ${p99(theirs)}`);
  if (test.instances / Number(test.interval) < MANY_PER_SECOND || test.hoggedAt !== undefined) continue;
  const ratio = ours.master.cpu / theirs.master.cpu;
  verdicts.push(`${test.name}: the MASTER takes ${ratio.toFixed(1)} times keepalived's processor time, ${ratio < CPU_AIM ? "below" : "ABOVE"} the aim of ${CPU_AIM}`);
}
console.log(`## Many instances, short intervals

A pair of the same kind, version 3, one address for each instance; what a third host saw of the MASTER for ${SECONDS} s (${HOGGED_SECONDS} s with every core hogged by a shell's endless loop, one for each core). Jitter: milliseconds by which a gap between two adverts of an instance differs from its interval. CPU in per cent of one core, memory resident in MiB, all processes and threads. Takeovers: what the BACKUP began in that time.
${await conditions()}.

${table(["", "", "adverts", "p50", "p99", "max", "MASTER: CPU", "MiB", "BACKUP: CPU", "MiB", "takeovers"], rows)}

${verdicts.map((line) => `- ${line}`).join("\n")}
`);
