import { MILLISECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";

/**
 * How long the instances wait before they take part: `vrrp_startup_delay` from now, or what is left of
 * `vrrp_delay_after_boot`, whichever is longer. In whole milliseconds, as the log shows it.
 */
export function startupDelay(startupDelayUs: Micros, delayAfterBootUs: Micros, uptimeUs: Micros): Micros {
  const left = Math.ceil(Math.max(0, delayAfterBootUs - uptimeUs) / MILLISECOND) * MILLISECOND;
  return Math.max(startupDelayUs, left);
}
