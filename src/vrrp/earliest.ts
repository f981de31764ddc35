import type { Micros } from "../base/time.ts";

/** The earliest of what is set; undefined when nothing is. */
export function earliest(times: readonly (Micros | undefined)[]): Micros | undefined {
  let first: Micros | undefined;
  for (const at of times) if (at !== undefined && (first === undefined || at < first)) first = at;
  return first;
}
