import { readFileSync, readdirSync } from "node:fs";
import type { ProcessTable } from "../base/tracking.ts";

/** /proc of this machine. What ends while it is looked at is not there. */
export const processTable: ProcessTable = {
  pids() {
    return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number);
  },

  describe(pid, withCommandLine) {
    const stat = read(`/proc/${pid}/stat`);
    // "PID (name) STATE …"; a name may hold blanks and brackets.
    const [, name, state] = /^[0-9]+ \((.*)\) (\S)/s.exec(stat ?? "") ?? [];
    if (name === undefined || state === undefined || "ZXx".includes(state)) return undefined;
    if (!withCommandLine) return { name, commandLine: undefined };
    const line = read(`/proc/${pid}/cmdline`);
    return line === undefined ? undefined : { name, commandLine: line === "" ? [] : line.replace(/\0$/, "").split("\0") };
  },
};

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // ESRCH: it ended between the opening and the reading; EACCES and EPERM: /proc is mounted with hidepid.
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
