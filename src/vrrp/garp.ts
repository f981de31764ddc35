import type { Micros } from "../base/time.ts";
import type { GarpSchedule } from "../conf/model.ts";

/** When an instance announces its addresses again. Instants; undefined: not scheduled. */
export interface GarpTimers {
  /** The second set after becoming MASTER. */
  readonly secondAt: Micros | undefined;
  readonly refreshAt: Micros | undefined;
  /** The second set after a lower priority was heard. */
  readonly lowerPrioAt: Micros | undefined;
}

export const NO_GARP: GarpTimers = { secondAt: undefined, refreshAt: undefined, lowerPrioAt: undefined };

/** After becoming MASTER; the first set is sent with the addresses themselves. */
export function garpOnMaster(schedule: GarpSchedule, now: Micros): GarpTimers {
  const { masterDelayUs, masterRefreshUs } = schedule;
  return {
    secondAt: masterDelayUs > 0 ? now + masterDelayUs : undefined,
    refreshAt: masterRefreshUs > 0 ? now + masterDelayUs + masterRefreshUs : undefined,
    lowerPrioAt: undefined,
  };
}

export interface GarpStep {
  readonly timers: GarpTimers;
  /** How many times every address is announced now. */
  readonly repeat: number;
}

/** A lower priority was heard: `garp_lower_prio_repeat` now, and again after `garp_lower_prio_delay`. */
export function garpOnLowerPriority(schedule: GarpSchedule, timers: GarpTimers, now: Micros): GarpStep {
  if (schedule.lowerPrioRepeat === 0) return { timers, repeat: 0 };
  const lowerPrioAt = schedule.lowerPrioDelayUs > 0 ? now + schedule.lowerPrioDelayUs : undefined;
  return { timers: { ...timers, lowerPrioAt }, repeat: schedule.lowerPrioRepeat };
}

/** What is due at `now`; several sets at once become the largest of them. */
export function garpDue(schedule: GarpSchedule, timers: GarpTimers, now: Micros): GarpStep {
  const due = (at: Micros | undefined) => at !== undefined && now >= at;
  let repeat = 0;
  let { secondAt, refreshAt, lowerPrioAt } = timers;
  if (due(secondAt)) {
    repeat = schedule.masterRepeat;
    secondAt = undefined;
  }
  if (due(lowerPrioAt)) {
    repeat = Math.max(repeat, schedule.lowerPrioRepeat);
    lowerPrioAt = undefined;
  }
  if (due(refreshAt)) {
    repeat = Math.max(repeat, schedule.masterRefreshRepeat);
    refreshAt = schedule.masterRefreshUs > 0 ? now + schedule.masterRefreshUs : undefined;
  }
  return { timers: { secondAt, refreshAt, lowerPrioAt }, repeat };
}

export function garpDeadline(timers: GarpTimers): Micros | undefined {
  const times = [timers.secondAt, timers.refreshAt, timers.lowerPrioAt].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
