import { SECOND } from "../../../base/time.ts";
import type { Micros } from "../../../base/time.ts";
import type { VrrpInstance } from "../../model.ts";
import { OWNER, priorities, usualPriority } from "../tracked.ts";
import type { Weight } from "../tracked.ts";
import { atMost } from "../words.ts";

// How long an instance waits for a silent master. RFC 3768 and 5798 section 6.1, with keepalived's `down_timer_adverts`.

export interface TakeoverTimes {
  /** With everything that is tracked as it should be. */
  readonly priority: number;
  /** Undefined for an owner, which does not wait. */
  readonly downUs: Micros | undefined;
  /** After the priority 0 of an orderly stop. */
  readonly afterStopUs: Micros | undefined;
  /** With every tracked thing with a weight in its worst state; undefined when weights change nothing. */
  readonly lowest: { readonly priority: number; readonly downUs: Micros } | undefined;
}

export function takeoverTimes(instance: VrrpInstance, weights: readonly Weight[]): TakeoverTimes {
  const priority = usualPriority(instance, weights);
  if (priority === OWNER) return { priority, downUs: undefined, afterStopUs: undefined, lowest: undefined };
  const least = Math.min(...priorities(instance, weights));
  return {
    priority,
    downUs: masterDownUs(instance, priority),
    afterStopUs: skewUs(instance, priority),
    lowest: least < priority ? { priority: least, downUs: masterDownUs(instance, least) } : undefined,
  };
}

/** Version 2: a part of one second; version 3: of the interval (the master's, which is taken to be the own). */
export function skewUs({ version, advertIntervalUs }: Pick<VrrpInstance, "version" | "advertIntervalUs">, priority: number): Micros {
  return Math.round(((256 - priority) * (version === 2 ? SECOND : advertIntervalUs)) / 256);
}

function masterDownUs(instance: VrrpInstance, priority: number): Micros {
  return instance.downTimerAdverts * instance.advertIntervalUs + skewUs(instance, priority);
}

/** "takes over 3.61 s after the last advert, 0.61 s after an orderly stop". */
export function takeoverWords({ priority, downUs, afterStopUs, lowest }: TakeoverTimes, { preempt, preemptDelayUs }: Pick<VrrpInstance, "preempt" | "preemptDelayUs">): string {
  if (downUs === undefined || afterStopUs === undefined) return "takes over at once when it starts (priority 255)";
  const worst = lowest === undefined ? "" : ` (${atMost(lowest.downUs)} with the priority lowered to ${lowest.priority})`;
  const back = preempt ? (preemptDelayUs > 0 ? `; waits ${atMost(preemptDelayUs)} more for a living master of lower priority` : "") : "; leaves a living master alone (nopreempt)";
  return `takes over ${atMost(downUs)} after the last advert${worst}, ${atMost(afterStopUs)} after an orderly stop, with priority ${priority}${back}`;
}
