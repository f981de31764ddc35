import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { GarpExtraIf, GarpSchedule } from "../conf/model.ts";
import { sooner } from "./earliest.ts";

/** When an instance announces its addresses again. Instants; undefined: not scheduled. */
export interface GarpTimers {
  /** The second set after becoming MASTER. */
  readonly secondAt: Micros | undefined;
  readonly refreshAt: Micros | undefined;
  /** The second set after a lower priority was heard. */
  readonly lowerPrioAt: Micros | undefined;
  /** `garp_extra_if`. */
  readonly extraAt: Micros | undefined;
  /** When a lower priority was last answered at once, the last few times. */
  readonly answered: readonly Micros[];
}

/**
 * Another MASTER that does not yield (two pairs with one VRID, a switch that passes one way only) is answered so often in
 * this time: neighbours have to learn where we are, and each set of each answer goes to everybody.
 */
const ANSWER_WINDOW: Micros = 10 * SECOND;
const MOST_ANSWERS = 3;

export const NO_GARP: GarpTimers = { secondAt: undefined, refreshAt: undefined, lowerPrioAt: undefined, extraAt: undefined, answered: [] };

/** After becoming MASTER; the first set is sent with the addresses themselves. */
export function garpOnMaster(schedule: GarpSchedule, extraIf: GarpExtraIf, now: Micros): GarpTimers {
  const { masterDelayUs, masterRefreshUs } = schedule;
  return {
    secondAt: masterDelayUs > 0 ? now + masterDelayUs : undefined,
    refreshAt: masterRefreshUs > 0 ? now + masterDelayUs + masterRefreshUs : undefined,
    lowerPrioAt: undefined,
    extraAt: nextExtra(extraIf, now),
    answered: [],
  };
}

/** When the interfaces of `garp_extra_if` have their turn; undefined: it is off. */
export function nextExtra({ intervalUs }: GarpExtraIf, now: Micros): Micros | undefined {
  return intervalUs > 0 ? now + intervalUs : undefined;
}

export interface GarpStep {
  readonly timers: GarpTimers;
  /** How many times every address is announced now. */
  readonly repeat: number;
}

/**
 * Another MASTER was heard: `garp_lower_prio_repeat` now, and again when it has been silent for `garp_lower_prio_delay`.
 * keepalived answers every advert, without end; see `ANSWER_WINDOW`.
 */
export function garpOnLowerPriority(schedule: GarpSchedule, timers: GarpTimers, now: Micros): GarpStep {
  if (schedule.lowerPrioRepeat === 0) return { timers, repeat: 0 };
  const [first] = timers.answered.length < MOST_ANSWERS ? [] : timers.answered;
  const free = first === undefined ? now : first + ANSWER_WINDOW;
  const lowerPrioAt = schedule.lowerPrioDelayUs > 0 ? now + schedule.lowerPrioDelayUs : free > now ? free : undefined;
  if (free > now) return { timers: { ...timers, lowerPrioAt }, repeat: 0 };
  const answered = [...timers.answered, now].slice(-MOST_ANSWERS);
  return { timers: { ...timers, lowerPrioAt, answered }, repeat: schedule.lowerPrioRepeat };
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
  return { timers: { ...timers, secondAt, refreshAt, lowerPrioAt }, repeat };
}

export function garpDeadline({ secondAt, refreshAt, lowerPrioAt, extraAt }: GarpTimers): Micros | undefined {
  return sooner(sooner(secondAt, refreshAt), sooner(lowerPrioAt, extraAt));
}
