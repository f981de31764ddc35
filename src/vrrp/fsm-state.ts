import { assertNever } from "../base/assert-never.ts";
import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { PRIORITY_OWNER } from "./advert.ts";

// The words of the state machine, and what both of its halves (fsm.ts, fsm-master.ts) build their steps from.

/** Each state carries exactly the deadlines that run in it, so a timer can neither leak nor be forgotten. */
export type VrrpState = { readonly name: "INIT" } | BackupState | MasterState | { readonly name: "FAULT" };

export interface BackupState {
  readonly name: "BACKUP";
  readonly masterDownAt: Micros;
  /** Its down timer has expired, but the sync group's other members still hear a master. */
  readonly wantsMaster: boolean;
  readonly master: IpAddress | undefined;
  readonly masterPriority: number;
  /** Version 3: the interval that the master advertises; undefined: none was heard, or ours counts always (version 2). */
  readonly masterIntervalUs: Micros | undefined;
  /** When the running `preempt_delay` is over; undefined when none runs. */
  readonly preemptAt: Micros | undefined;
  /** An owner that runs with 254 because another owner would not yield. */
  readonly ownerReduced: boolean;
}

export interface MasterState {
  readonly name: "MASTER";
  readonly advertAt: Micros;
  /** Another owner was heard. */
  readonly contest: OwnerContest | undefined;
}

export interface OwnerContest {
  readonly rival: IpAddress;
  /** As `BackupState.masterIntervalUs`. */
  readonly rivalIntervalUs: Micros | undefined;
  /** `waiting`: it has been told twice and may yield. `reduced`: it did not, we run with 254. */
  readonly phase: "waiting" | "reduced";
  readonly until: Micros;
  /** It advertised again since the wait began. */
  readonly heardAgain: boolean;
}

/** What `step` has to know about the instance; changes with reload and tracking. */
export interface VirtualRouter {
  readonly name: string;
  readonly version: 2 | 3;
  /** Effective priority; 255 is the owner. */
  readonly priority: number;
  readonly advertIntervalUs: Micros;
  readonly downTimerAdverts: number;
  readonly preempt: boolean;
  readonly preemptDelayUs: Micros;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  /** The highest priority of the others, `timer_expired_backup`; undefined: a MASTER that was late stays it. */
  readonly timerExpiredBackup: number | undefined;
  /** The address our adverts come from; breaks ties. */
  readonly source: IpAddress;
  /** Member of a sync group: an expired timer is a wish, not yet a takeover. */
  readonly grouped: boolean;
}

export type VrrpEvent =
  | { readonly type: "startup" }
  | { readonly type: "fault"; readonly reason: string }
  | { readonly type: "recovered" }
  | { readonly type: "deadline" }
  | AdvertEvent
  /** The effective priority was `before`; the router has the new one. */
  | { readonly type: "priorityChanged"; readonly before: number }
  /** A virtual address was taken away behind our back, from us or from another member of the sync group. */
  | { readonly type: "resign"; readonly reason: string }
  | { readonly type: "syncMaster" }
  | { readonly type: "syncBackup" }
  | { readonly type: "shutdown" };

/** An advert that was accepted. */
export interface AdvertEvent {
  readonly type: "advert";
  readonly priority: number;
  readonly source: IpAddress;
  /** As it says itself. */
  readonly intervalUs: Micros;
}

export type VrrpEffect =
  | { readonly type: "sendAdvert"; readonly priority: number }
  | { readonly type: "log"; readonly level: "info" | "warning" | "detail"; readonly text: string }
  /** The new state is told to the log, the notifications and the sync group. */
  | { readonly type: "transition"; readonly to: "BACKUP" | "MASTER" | "FAULT"; readonly first: boolean; readonly reason: string }
  /** The down timer of a sync group's member has expired: ask the group. */
  | { readonly type: "wantMaster" }
  | { readonly type: "installNetwork" }
  | { readonly type: "removeNetwork" }
  /** Gratuitous ARP and ND: the schedule of a new MASTER, or the answer to a lower priority. */
  | { readonly type: "announce"; readonly because: "master" | "lowerPriority" }
  | { readonly type: "heardLowerPriority" };

export interface Step {
  readonly state: VrrpState;
  readonly effects: readonly VrrpEffect[];
}

/**
 * Skew_Time. Version 2, RFC 3768 section 6.1: a part of one second, whatever the interval; version 3, RFC 9568 section 6.1: of
 * the master's interval.
 *
 * @param learnedUs the master's interval; undefined: ours
 */
export function skewTime(router: VirtualRouter, priority: number = router.priority, learnedUs?: Micros): Micros {
  return Math.round(((256 - priority) * (router.version === 2 ? SECOND : masterInterval(router, learnedUs))) / 256);
}

/** Master_Down_Interval, in the same places, with keepalived's `down_timer_adverts` for the 3. */
export function masterDownInterval(router: VirtualRouter, priority: number = router.priority, learnedUs?: Micros): Micros {
  return router.downTimerAdverts * masterInterval(router, learnedUs) + skewTime(router, priority, learnedUs);
}

/** What is learned was learned by version 3; after a reload to version 2 it does not count. */
function masterInterval(router: VirtualRouter, learnedUs: Micros | undefined): Micros {
  return router.version === 2 || learnedUs === undefined ? router.advertIntervalUs : learnedUs;
}

/** The interval that a master's advert teaches. One of zero would make every BACKUP a MASTER at once: ours counts then. */
export function learnedInterval(router: VirtualRouter, { intervalUs }: AdvertEvent): Micros | undefined {
  return router.version === 3 && intervalUs > 0 ? intervalUs : undefined;
}

/** The earliest deadline that runs in `state`. */
export function deadlineOf(state: VrrpState): Micros | undefined {
  switch (state.name) {
    case "INIT":
    case "FAULT":
      return undefined;
    case "BACKUP":
      return state.masterDownAt;
    case "MASTER":
      return state.contest === undefined ? state.advertAt : Math.min(state.advertAt, state.contest.until);
    default:
      return assertNever(state);
  }
}

/** MASTER to BACKUP. Who yields to a higher priority sends no priority 0. */
export function leaveMaster(
  router: VirtualRouter,
  state: MasterState,
  now: Micros,
  reason: string,
  higher?: AdvertEvent,
): Step {
  const ownerReduced = state.contest?.phase === "reduced";
  const next = freshBackup(router, now);
  const masterIntervalUs = higher === undefined ? undefined : learnedInterval(router, higher);
  return {
    state: {
      ...next,
      ownerReduced,
      masterDownAt: now + masterDownInterval(router, ownPriority(router, state), masterIntervalUs),
      masterIntervalUs,
      master: higher?.source,
      masterPriority: higher?.priority ?? 0,
    },
    effects: [transition("BACKUP", reason), { type: "removeNetwork" }],
  };
}

/** What we advertise and compare: the effective priority, or 254 for an owner that had to step down. */
export function ownPriority(router: VirtualRouter, state: BackupState | MasterState): number {
  const reduced = state.name === "BACKUP" ? state.ownerReduced : state.contest?.phase === "reduced";
  return reduced && router.priority === PRIORITY_OWNER ? PRIORITY_OWNER - 1 : router.priority;
}

export function freshBackup(router: VirtualRouter, now: Micros): BackupState {
  return {
    name: "BACKUP",
    masterDownAt: now + masterDownInterval(router),
    wantsMaster: false,
    master: undefined,
    masterPriority: 0,
    masterIntervalUs: undefined,
    preemptAt: undefined,
    ownerReduced: false,
  };
}

export function transition(to: "BACKUP" | "MASTER" | "FAULT", reason: string, first = false): VrrpEffect {
  return { type: "transition", to, first, reason };
}

export function info(text: string): VrrpEffect {
  return { type: "log", level: "info", text };
}

export function detail(text: string): VrrpEffect {
  return { type: "log", level: "detail", text };
}

export function stay(state: VrrpState): Step {
  return { state, effects: [] };
}
