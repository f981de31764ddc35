import { readFileSync } from "node:fs";
import type { ThreadSchedule } from "../base/ports.ts";

const NANOSECONDS_PER_MICROSECOND = 1_000;

/** What the scheduler has given the calling thread so far. Some 20 microseconds. @returns undefined when this kernel keeps no account, or no descriptor is left to read it with */
export function threadSchedule(): ThreadSchedule | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/thread-self/schedstat", "latin1"); // "RAN WAITED SLICES", nanoseconds
  } catch {
    return undefined; // asked so that a log line can name a cause: nothing may end for want of it
  }
  const [ran = 0, waited = 0] = text.split(" ").map(Number);
  return {
    ranUs: Math.round(ran / NANOSECONDS_PER_MICROSECOND),
    waitedUs: Math.round(waited / NANOSECONDS_PER_MICROSECOND),
    majorFaults: process.resourceUsage().majorPageFault,
  };
}
