// What an idle director costs: resident memory of all its processes, threads included, and processor time.
//
//   memory.ts [--short]
import { director } from "../netns-tests/lib/configs.ts";
import type { DirectorKind } from "../netns-tests/lib/director.ts";
import { sleep } from "../netns-tests/lib/eventually.ts";
import { withLan } from "../netns-tests/lib/lan.ts";
import { loadedConfig, NO_LOAD, prepareLoad } from "../netns-tests/lib/loads.ts";
import { KINDS } from "../netns-tests/lib/pairs.ts";
import { commandLine, cpuMs, memoryKb, threads } from "../netns-tests/lib/processes.ts";
import { conditions, flagOption, progress, table } from "./lib/report.ts";
import { startQuietly } from "./lib/start.ts";

const SETTLE_MS = flagOption("short") ? 5_000 : 20_000;
const WATCH_MS = flagOption("short") ? 5_000 : 60_000;
const TARGET_MIB = 128;
const AIM_MIB = 100;

type Configured = "1 instance" | "1 instance, 100 real servers";

function measure(kind: DirectorKind, configured: Configured): Promise<readonly string[][]> {
  return withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("a node was asked for");
    await prepareLoad(node);
    const load = configured === "1 instance" ? NO_LOAD : { ...NO_LOAD, idleServers: 100 };
    const text = configured === "1 instance" ? director() : loadedConfig(node, { priority: 100, marker: "192.0.2.101", load, checks: true, weight: 1 });
    const { director: started } = await startQuietly(node, kind, text, { args: kind === "keepalived" ? ["-P"] : [] });
    await started.waitFor("MASTER", 30_000);
    await sleep(SETTLE_MS);
    const pids = started.processes();
    const before = new Map(pids.map((pid) => [pid, cpuMs(pid)]));
    await sleep(WATCH_MS);
    const each = pids.map((pid) => ({
      name: (commandLine(pid)[0] ?? "").replace(/^.*\//, ""),
      threads: threads(pid),
      ...memoryKb(pid),
      cpu: (100 * (cpuMs(pid) - (before.get(pid) ?? 0))) / WATCH_MS,
    }));
    const sum = (key: "threads" | "rss" | "pss" | "cpu"): number => each.reduce((total, one) => total + one[key], 0);
    const cells = (one: { threads: number; rss: number; pss: number; cpu: number }): string[] => [
      String(one.threads),
      (one.rss / 1_024).toFixed(1),
      (one.pss / 1_024).toFixed(1),
      `${one.cpu.toFixed(2)} %`,
    ];
    const total = { threads: sum("threads"), rss: sum("rss"), pss: sum("pss"), cpu: sum("cpu") };
    return [
      ...each.map((one) => [configured, `${kind}: ${one.name}`, ...cells(one), ""]),
      [configured, `${kind}: all`, ...cells(total), kind === "regentd" ? verdict(total.rss / 1_024) : ""],
    ];
  });
}

function verdict(mib: number): string {
  return mib < AIM_MIB ? `below the aim of ${AIM_MIB}` : mib < TARGET_MIB ? `below the target of ${TARGET_MIB}` : `ABOVE the target of ${TARGET_MIB}`;
}

const rows: string[][] = [];
for (const configured of ["1 instance", "1 instance, 100 real servers"] as const) {
  for (const kind of KINDS) {
    rows.push(...(await measure(kind, configured)));
    progress(rows.at(-1)?.join(" | ") ?? "");
  }
}
console.log(`## Memory and processor time when idle

Resident and proportional memory in MiB (smaps_rollup: all threads of a process), ${SETTLE_MS / 1_000} s after becoming MASTER; processor time of the ${WATCH_MS / 1_000} s that follow, in which it advertises once a second. keepalived runs with -P: its checker ends on a kernel without IPVS.
${await conditions()}.

${table(["configured", "process", "threads", "resident", "proportional", "CPU", ""], rows)}
`);
