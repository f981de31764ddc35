// What follows SIGKILL of one of a director's processes, regentd's and keepalived's.
//
//   kill.ts [--short] [--rounds N]
import { KINDS } from "../netns-tests/lib/pairs.ts";
import { type KillResult, killRounds } from "../netns-tests/lib/kills.ts";
import { conditions, flagOption, numberOption, progress, table } from "./lib/report.ts";
import { spread } from "./lib/statistics.ts";

const rounds = numberOption("rounds", flagOption("short") ? 2 : 20);
const PROCESS = {
  regentd: { supervisor: "guardian", daemon: "daemon" },
  keepalived: { supervisor: "parent", daemon: "VRRP child" },
} as const;

function summary(results: readonly KillResult[], key: "goneMs" | "supervisedMs" | "runsMs", never: string): string {
  const values = results.flatMap((result) => result[key] ?? []);
  if (values.length === 0) return never;
  return values.length === results.length ? spread(values, 0) : `${spread(values, 0)}; ${never} in ${results.length - values.length}`;
}

const rows: string[][] = [];
for (const kind of KINDS) {
  for (const victim of ["daemon", "supervisor"] as const) {
    for (const daemonize of [false, true]) {
      for (const priority of [255, 100]) {
        const results = await killRounds(kind, { victim, daemonize, priority }, rounds);
        const alone = results.filter(({ held, supervised }) => held && !supervised).length;
        const start = `${daemonize ? "daemonized" : "foreground"}, ${priority}`;
        const figures = [summary(results, "goneMs", "stays"), `${alone} of ${results.length}`, summary(results, "supervisedMs", "never"), summary(results, "runsMs", "never")];
        rows.push([`${kind}'s ${PROCESS[kind][victim]}`, start, ...figures]);
        progress(rows.at(-1)?.join(" | ") ?? "");
      }
    }
  }
}
console.log(`## One process killed

SIGKILL of one process of a MASTER that is alone on its LAN, without systemd, ${rounds} times each with at least 3.5 s of calm before; milliseconds after the kill, median (min .. max).
"Unsupervised at 200 ms" counts the kills after which the address was still held although a process or the watch over it was missing. "Runs again" is the next advert, less the silence that the protocol demands of a director that starts.
${await conditions()}.

${table(["killed", "started, priority", "address gone", "unsupervised at 200 ms", "supervised again", "runs again"], rows)}
`);
