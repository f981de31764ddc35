import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.ts";

// A process that wants nothing but to wake every five milliseconds, and tells when it was not woken: what a machine that
// serves others, or stands still, keeps from a director too. Times are CLOCK_MONOTONIC in microseconds.
const WITNESS = `
import os, sys, time
parent, due, told = os.getppid(), 0, 0
while os.getppid() == parent:
    time.sleep(0.005)
    now = time.monotonic_ns() // 1000
    if due and now - due > 5000 or now - told > 100000:
        told = now
        sys.stdout.write("%d %d\\n" % (min(due or now, now), now))
        sys.stdout.flush()
    due = time.monotonic_ns() // 1000 + 5000
`;

const READY_MS = 10_000;

/** How late it was woken: [when it should have been, when it was], oldest first. */
const late: (readonly [due: number, woken: number])[] = [];

const child = spawn("python3", ["-u", "-c", WITNESS], { stdio: ["ignore", "pipe", "ignore"] });
child.unref(); // it ends with this process
createInterface({ input: child.stdout }).on("line", (line) => {
  const [due = 0, woken = 0] = line.split(" ").map(Number);
  late.push([due, woken]);
});
if (child.stdout instanceof Socket) child.stdout.unref();

/**
 * For how long, of the time between two moments, the machine left a process that was due to run waiting.
 *
 * @returns microseconds: nothing to speak of on a machine that has time, and never more than `toUs - fromUs`
 * @throws Error when the witness tells nothing
 */
export async function keptWaitingUs(fromUs: number, toUs: number): Promise<number> {
  await eventually(true, () => (late.at(-1)?.[1] ?? 0) >= toUs, READY_MS);
  return late.reduce((sum, [due, woken]) => sum + Math.max(0, Math.min(woken, toUs) - Math.max(due, fromUs)), 0);
}
