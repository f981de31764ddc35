import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { sleep } from "./eventually.ts";
import { endProcessesIn } from "./namespaces.ts";
import { alive, allProcesses, commandLine, environment } from "./processes.ts";
import { run, signal } from "./run.ts";

// What a test run leaves when it is killed: namespaces with daemons in them, scratch folders, a lab that goes on. Each
// carries its maker's pid in its name, so that the next run (vitest's globalSetup) can tell it from a run beside it.

/** "rgt1234x0-n1", "regent-sys-l-1234". */
const NAMESPACE = /^(?:rgt(\d+)x\d+-|regent-[a-z-]+-(\d+)$)/;
/** "rgt1234x0-n1-Xy12Zz": of a node. */
const FOLDER = /^rgt(\d+)x\d+-/;
/** "regent-lab-test.1234.Xy12Zz". */
const LAB = /^regent-lab-test\.(\d+)\./;
const NAMESPACES = "/run/netns";
const LABS = "/var/tmp";
/** For boot.sh to end its kernel. */
const LAST_WORD_MS = 5_000;

/** Takes away what was made by processes that are dead. */
export default async function sweepLeftovers(): Promise<void> {
  for (const name of leftIn(NAMESPACES, NAMESPACE)) await endNamespace(name);
  for (const name of leftIn(LABS, LAB)) await endLab(join(LABS, name));
  for (const name of leftIn(tmpdir(), FOLDER)) await rm(join(tmpdir(), name), { recursive: true, force: true });
}

/** The entries whose maker, the first group of `pattern` that matched, is no more. */
function leftIn(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => {
    const maker = pattern.exec(name)?.slice(1).find((pid) => pid !== undefined);
    return maker !== undefined && !alive(Number(maker));
  });
}

async function endNamespace(name: string): Promise<void> {
  try {
    await endProcessesIn(name);
    await run(["ip", "netns", "del", name]);
  } catch (error) {
    // Another run beside this one may sweep as well.
    if (existsSync(join(NAMESPACES, name))) throw error;
  }
}

async function endLab(scratch: string): Promise<void> {
  const kernels = labProcesses(scratch).filter((pid) => basename(commandLine(pid)[0] ?? "") === "linux.uml");
  for (const pid of labProcesses(scratch)) if (!kernels.includes(pid)) signal(pid, "SIGTERM");
  for (const deadline = performance.now() + LAST_WORD_MS; labProcesses(scratch).length > 0 && performance.now() < deadline; ) {
    await sleep(50);
    // Without its boot.sh a kernel and its processes, one group, know no end.
    if (labProcesses(scratch).every((pid) => kernels.includes(pid))) for (const pid of kernels) signal(-pid, "SIGKILL");
  }
  const left = labProcesses(scratch);
  if (left.length === 0) await rm(scratch, { recursive: true, force: true });
  else console.warn(`processes ${left.join(", ")} of the dead lab ${scratch} cannot be ended`);
}

/** boot.sh, by its arguments, and what it started. */
export function labProcesses(scratch: string): number[] {
  return allProcesses().filter((pid) => commandLine(pid).includes(scratch) || environment(pid).includes(`REGENT_LAB=${scratch}`));
}
