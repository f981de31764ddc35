import { run, signal } from "./run.ts";

const LAST_WORD_MS = 2_000;

/** All processes in a named network namespace; zombies are in none. */
export async function processesInNamespace(name: string): Promise<number[]> {
  const pids = await run(["ip", "netns", "pids", name]);
  return pids.split("\n").filter((line) => line !== "").map(Number);
}

/** Kills what still runs in the namespace (all of it was started by its test) and waits until it is gone. */
export async function endProcessesIn(name: string): Promise<void> {
  const deadline = performance.now() + LAST_WORD_MS;
  for (;;) {
    const pids = await processesInNamespace(name);
    if (pids.length === 0 || performance.now() > deadline) return;
    for (const pid of pids) signal(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
