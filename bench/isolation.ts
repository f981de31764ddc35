// How late the adverts of a busy director are. The gaps between them are measured on the wire, by the kernel's clock of a
// third host; a backup listens, and a row says so if it ever took over.
//
//   isolation.ts [--short] [--seconds N]
import { director, GLOBAL, instance, VRID } from "../netns-tests/lib/configs.ts";
import type { DirectorKind } from "../netns-tests/lib/director.ts";
import { eventually, sleep } from "../netns-tests/lib/eventually.ts";
import { advertOf } from "../netns-tests/lib/frames.ts";
import { type Node, withLan } from "../netns-tests/lib/lan.ts";
import { connectionsTried, type Load, loadedConfig, NO_LOAD, prepareLoad, scriptRuns } from "../netns-tests/lib/loads.ts";
import { KINDS } from "../netns-tests/lib/pairs.ts";
import { cpuMsOf } from "../netns-tests/lib/processes.ts";
import { KernelCapture } from "./lib/kernel-capture.ts";
import { conditions, flagOption, numberOption, progress, table } from "./lib/report.ts";
import { startQuietly } from "./lib/start.ts";
import { gapsByVrid, median, percentile } from "./lib/statistics.ts";

const SECONDS = numberOption("seconds", flagOption("short") ? 10 : 30);
const MARKERS = ["192.0.2.101", "192.0.2.102"] as const;
const PRIORITY = 150;
const START_MS = 60_000;
const RELOAD_MS = 30_000;
const RELOAD_PAUSE_MS = 2_000;
const MANY_INSTANCES = 20;

interface Case {
  readonly name: string;
  readonly load: Load;
  readonly reloads: boolean;
  /** Instances of one second each, in one director. */
  readonly instances: number;
  readonly kinds: readonly DirectorKind[];
}

const BUSY = { busyServers: 1_000, scripts: 20, idleServers: 5_000 };
const ALL: Case = { name: "all of these at once", load: BUSY, reloads: true, instances: 1, kinds: ["regentd"] };
const CASES: readonly Case[] = [
  { ...ALL, name: "idle", load: NO_LOAD, reloads: false, kinds: KINDS },
  { ...ALL, name: `idle, ${MANY_INSTANCES} instances`, load: NO_LOAD, reloads: false, instances: MANY_INSTANCES, kinds: KINDS },
  { ...ALL, name: "check thread saturated", load: { ...NO_LOAD, busyServers: BUSY.busyServers }, reloads: false },
  { ...ALL, name: "20 scripts a second", load: { ...NO_LOAD, scripts: BUSY.scripts }, reloads: false, kinds: KINDS },
  { ...ALL, name: "reloads of 5,000 real servers", load: { ...NO_LOAD, idleServers: BUSY.idleServers }, kinds: KINDS },
  ALL,
];

interface Result {
  /** Milliseconds over one second, of each gap between two adverts of one instance; 0 when it was not longer. */
  readonly late: readonly number[];
  readonly takeovers: number;
  readonly doing: string;
  /** Milliseconds of all processes together, per second. */
  readonly cpu: number;
}

function config(node: Node, test: Case, kind: DirectorKind, marker: string, weight: number): string {
  if (test.instances === 1) return loadedConfig(node, { priority: PRIORITY, marker, weight, load: test.load, checks: kind === "regentd" });
  const one = (i: number): string => instance({ name: `VI_${i + 1}`, vrid: VRID + i, priority: PRIORITY, vips: [`192.0.2.${100 + i}/24`] });
  return GLOBAL + [...Array(test.instances).keys()].map(one).join("");
}

function measure(kind: DirectorKind, test: Case): Promise<Result> {
  return withLan(2, async ([high, low], observer) => {
    if (high === undefined || low === undefined) throw new Error("two nodes were asked for");
    await prepareLoad(high);
    // keepalived's checker ends on a kernel without IPVS and takes the rest with it: -P runs VRRP alone.
    const args = kind === "keepalived" ? ["-P"] : [];
    const { director: master } = await startQuietly(high, kind, config(high, test, kind, MARKERS[0], 1), { args });
    await master.waitFor("MASTER", START_MS);
    const { director: backup } = await startQuietly(low, "keepalived", director({ priority: 90 }));
    await backup.waitFor("BACKUP");
    await sleep(3_000);
    const capture = await KernelCapture.start(observer, { filter: "proto 112", snapshotLength: 256 });
    const [connections, runs, start, cpu] = [await connectionsTried(high), scriptRuns(high), performance.now(), cpuMsOf(master.processes())];

    const reloads: number[] = [];
    while (performance.now() - start < SECONDS * 1_000) {
      if (!test.reloads) await sleep(1_000);
      else {
        const marker = MARKERS[(reloads.length + 1) % 2] ?? "";
        await master.reload(config(high, test, kind, marker, reloads.length + 2));
        reloads.push(await eventually(true, () => high.holds(marker), RELOAD_MS));
        await sleep(RELOAD_PAUSE_MS);
      }
    }

    const [seconds, cpuMs] = [(performance.now() - start) / 1_000, cpuMsOf(master.processes()) - cpu];
    await capture.stop();
    const doing = [
      ...(test.load.busyServers > 0 ? [`${(((await connectionsTried(high)) - connections) / seconds).toFixed(0)} checks/s`] : []),
      ...(test.load.scripts > 0 ? [`${((scriptRuns(high) - runs) / seconds).toFixed(1)} scripts/s`] : []),
      ...(test.reloads ? [`${reloads.length} reloads, ${median(reloads).toFixed(0)} ms each`] : []),
    ];
    return {
      late: lateness(capture, high.address),
      takeovers: backup.states().filter((state) => state === "MASTER").length,
      doing: doing.join(", "),
      cpu: cpuMs / seconds,
    };
  });
}

/** Milliseconds over one second, of each gap between two adverts of one instance. */
function lateness(capture: KernelCapture, source: string): number[] {
  return gapsByVrid(capture.all(advertOf).filter((advert) => advert.source === source)).map((gap) => Math.max(0, gap - 1_000));
}

const rows: string[][] = [];
for (const test of CASES) {
  for (const kind of KINDS.filter((candidate) => test.kinds.includes(candidate))) {
    const { late, takeovers, doing, cpu } = await measure(kind, test);
    const figures = [median(late), percentile(late, 0.99), Math.max(...late)].map((ms) => ms.toFixed(2));
    rows.push([test.name, kind, doing, String(late.length), ...figures, `${(cpu / 10).toFixed(1)} %`, String(takeovers)]);
    progress(rows.at(-1)?.join(" | ") ?? "");
  }
}
console.log(`## Isolation

How late the adverts of an instance of one second are while its director is busy: milliseconds by which a gap between two adverts exceeds one second, over ${SECONDS} s or more.
"Saturated": 1,000 real servers whose closed port is tried ten times a second each. keepalived checks nothing on a kernel without IPVS, so it runs with -P and takes all 20 scripts as track scripts.
${await conditions()}.

${table(["the director does", "", "seen", "adverts", "p50", "p99", "max", "CPU", "takeovers"], rows)}
`);
