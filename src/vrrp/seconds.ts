import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";

/** "3.61 s". */
export function inSeconds(us: Micros): string {
  return `${(us / SECOND).toFixed(2)} s`;
}

/** "3.609375", as keepalived writes the times of its timers. */
export function exactSeconds(us: Micros): string {
  return `${Math.floor(us / SECOND)}.${String(us % SECOND).padStart(6, "0")}`;
}
