import type { Micros } from "../base/time.ts";

/** The sooner of two; undefined when neither is set. */
export function sooner(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}

/** The earliest of what is set; undefined when nothing is. */
export function earliest(times: readonly (Micros | undefined)[]): Micros | undefined {
  let first: Micros | undefined;
  for (const at of times) first = sooner(first, at);
  return first;
}
