import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "../lib/run.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface LabRun {
  /** The program's exit status; 124 when the time was over, 125 when the lab's kernel did not come up. */
  readonly status: number | null;
  /** What it printed, both streams. */
  readonly output: string;
  /** The folder that the program wrote to as $LAB_SCRATCH; the caller deletes it. */
  readonly scratch: string;
}

/** Boots the lab (a kernel with IPVS) and runs a compiled program of netns-tests/lab in it to its end. */
export async function runInLab(program: string, args: readonly string[], seconds: number): Promise<LabRun> {
  await run([`${ROOT}netns-tests/lab/build.sh`]);
  // leftovers.ts reads the pid
  const scratch = await mkdtemp(`/var/tmp/regent-lab-test.${process.pid}.`);
  const argv = ["-t", String(seconds), "-s", scratch, process.execPath, `${ROOT}build/lab/lab/${program}`, ...args];
  const child = spawn(`${ROOT}netns-tests/lab/boot.sh`, argv, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { status, output, scratch };
}
