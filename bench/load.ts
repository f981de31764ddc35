// What testing a large configuration costs: `-t` of keepalived and of regentd, in turn.
//
//   load.ts [--short] [--rounds N]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep } from "../netns-tests/lib/eventually.ts";
import { processTree } from "../netns-tests/lib/run.ts";
import { LINES_PER_SERVICE, largeConfig } from "../test/conf/large-config.ts";
import { conditions, flagOption, numberOption, progress, table } from "./lib/report.ts";
import { median, spread } from "./lib/statistics.ts";

const ROUNDS = numberOption("rounds", flagOption("short") ? 3 : 11);
const SERVICES = 2_000;
const AIM_S = 1;
const AIM_MB = 250;
const REGENTD = fileURLToPath(new URL("../bin/regentd", import.meta.url));
const PROGRAMS = [
  { name: "keepalived -t", argv: ["keepalived", "-t", "-f"] },
  { name: "regentd -t", argv: [REGENTD, "-t", "-f"] },
] as const;

/** The largest resident set of any process of one run, in MB; watched, so not while the clock runs. */
async function largestMb(argv: readonly string[], path: string): Promise<number> {
  const [program = "", ...args] = argv;
  const child = spawn(program, [...args, path], { stdio: "ignore" });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  let largestKb = 0;
  while (child.exitCode === null && child.signalCode === null) {
    largestKb = Math.max(largestKb, ...processTree(pid).map(highWaterKb));
    await sleep(2);
  }
  return (largestKb * 1_024) / 1e6;
}

function highWaterKb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended since it was listed
  }
}

/** @returns seconds */
function timed(argv: readonly string[], path: string): number {
  const [program = "", ...args] = argv;
  const start = performance.now();
  const { status, stderr } = spawnSync(program, [...args, path], { encoding: "utf8" });
  if (status !== 0 || stderr !== "") throw new Error(`${program} ended with ${status}: ${stderr.slice(0, 500)}`);
  return (performance.now() - start) / 1_000;
}

const folder = mkdtempSync(join(tmpdir(), "regent-load-"));
try {
  const files = [
    { name: `${SERVICES * LINES_PER_SERVICE} lines`, path: join(folder, "large.conf"), text: largeConfig(SERVICES) },
    { name: "one service", path: join(folder, "small.conf"), text: largeConfig(1) },
  ];
  for (const { path, text } of files) writeFileSync(path, text);
  const rows: string[][] = [];
  for (const { name: file, path } of files) {
    const times = PROGRAMS.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      PROGRAMS.forEach(({ argv }, i) => times[i]?.push(timed(argv, path)));
      progress(`${file}: ${times.map((each) => each.at(-1)?.toFixed(2)).join(" s, ")} s`);
    }
    const largest: number[] = [];
    for (const { argv } of PROGRAMS) largest.push(await largestMb(argv, path));
    PROGRAMS.forEach(({ name }, i) => {
      const took = times[i] ?? [];
      const mb = largest[i] ?? 0;
      const below = median(took) < AIM_S && mb < AIM_MB;
      rows.push([file, name, spread(took, 2), mb.toFixed(0), i === 0 ? "" : `${below ? "below" : "ABOVE"} ${AIM_S} s and ${AIM_MB} MB`]);
    });
  }
  console.log(`## Testing a configuration

\`-t\` from start to exit, ${ROUNDS} times in turn: seconds as median (least .. most), and the largest resident set in MB. The large one: ${SERVICES} virtual servers with five real servers and a TCP_CHECK each.
${await conditions()}.

${table(["configuration", "", "seconds", "MB", ""], rows)}
`);
} finally {
  rmSync(folder, { recursive: true });
}
