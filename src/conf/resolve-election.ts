import { CENTISECOND, SECOND } from "../base/time.ts";
import type { GarpDraft, GlobalDraft, InstanceDraft } from "./drafts.ts";
import type { GarpSchedule, VrrpInstance } from "./model.ts";
import type { Reading } from "./reading.ts";

// Priorities, preemption and timers of an instance.

export const OWNER_PRIORITY = 255;
const DEFAULT_PRIORITY = 100;
const DEFAULT_DOWN_TIMER_ADVERTS = 3;

export type Preemption = Pick<VrrpInstance, "priority" | "initialState" | "preempt" | "preemptDelayUs" | "timerExpiredBackup">;

export function resolvePreemption(reading: Reading, draft: InstanceDraft, strict: boolean, ah: boolean): Preemption {
  const { name, at } = draft;
  const priority = draft.priority ?? (draft.state === "MASTER" && !draft.priorityInvalid ? OWNER_PRIORITY : DEFAULT_PRIORITY);
  const owner = priority === OWNER_PRIORITY;
  let initialState = draft.state ?? (owner ? "MASTER" : "BACKUP");
  if (strict && owner !== (initialState === "MASTER")) {
    reading.problem("general-error", `(${name}) State MASTER must match being address owner`, reading.written(at, "state") ?? at, { code: "contradiction", remedy: `with strict mode, write state MASTER with priority ${OWNER_PRIORITY} and only with it`, related: [{ at: reading.written(at, "priority"), note: "the priority is here" }] });
    initialState = owner ? "MASTER" : "BACKUP";
  }
  if (ah && !owner && initialState === "MASTER") {
    reading.problem("general-error", `(${name}) Initial state master is incompatible with AH authentication - clearing`, reading.written(at, "state") ?? at, { code: "contradiction", remedy: "write 'state BACKUP'; the priority decides who becomes master", related: [{ at: reading.written(at, "authentication"), note: "the authentication is here" }] });
    initialState = "BACKUP";
  }
  let nopreempt = draft.nopreempt;
  let preemptDelayUs = draft.preemptDelayUs ?? 0;
  if (nopreempt && priority === OWNER_PRIORITY) {
    reading.problem("general-error", `(${name}) nopreempt is incompatible with priority ${OWNER_PRIORITY}. resetting nopreempt`, reading.written(at, "nopreempt") ?? at, { code: "contradiction", remedy: `remove nopreempt, or write a priority below ${OWNER_PRIORITY}`, related: [{ at: reading.written(at, "priority"), note: "the priority is here" }] });
    nopreempt = false;
  }
  if (nopreempt && initialState === "MASTER") {
    reading.problem("general-error", `(${name}) Warning - nopreempt will not work with initial state MASTER - clearing`, reading.written(at, "nopreempt") ?? at, { code: "contradiction", remedy: "write 'state BACKUP' on both directors; the priority decides who becomes master first", related: [{ at: reading.written(at, "state"), note: "the initial state is here" }] });
    nopreempt = false;
  }
  if (preemptDelayUs > 0 && strict) {
    reading.problem("general-error", `(${name}) preempt_delay is incompatible with strict mode - resetting`, reading.written(at, "preempt_delay") ?? at, { code: "contradiction", remedy: "remove preempt_delay" });
    preemptDelayUs = 0;
  }
  if (preemptDelayUs > 0 && initialState === "MASTER") {
    reading.problem("general-error", `(${name}) Warning - preempt delay will not work with initial state MASTER - clearing`, reading.written(at, "preempt_delay") ?? at, { code: "contradiction", remedy: "write 'state BACKUP', or remove preempt_delay", related: [{ at: reading.written(at, "state"), note: "the initial state is here" }] });
    preemptDelayUs = 0;
  }
  if (preemptDelayUs > 0 && nopreempt) {
    reading.problem("general-error", `(${name}) preempt_delay is incompatible with nopreempt mode - resetting`, reading.written(at, "preempt_delay") ?? at, { code: "contradiction", remedy: "remove one of the two", related: [{ at: reading.written(at, "nopreempt"), note: "nopreempt is here" }] });
    preemptDelayUs = 0;
  }
  if (draft.timerExpiredBackup !== undefined && !nopreempt) {
    reading.problem("general-error", `(${name}) timer_expired_backup is only valid with nopreempt - ignoring`, reading.written(at, "timer_expired_backup") ?? at, { code: "contradiction", remedy: "remove it, or write nopreempt" });
  }
  return { priority, initialState, preempt: !nopreempt, preemptDelayUs, timerExpiredBackup: nopreempt ? draft.timerExpiredBackup : undefined };
}

/** Version 2 carries whole seconds on the wire, version 3 hundredths in 12 bits. */
export function resolveAdvertInterval(reading: Reading, { name, at, advertIntervalUs = SECOND }: InstanceDraft, version: 2 | 3): number {
  const inSeconds = (us: number, digits: number): string => (us / SECOND).toFixed(digits);
  if (version === 2) {
    if (advertIntervalUs % SECOND === 0) return advertIntervalUs;
    reading.problem("general-error", `(${name}) VRRPv2 advertisement interval ${inSeconds(advertIntervalUs, 6)}s must be an integer. rounding`, reading.written(at, "advert_int") ?? at, { code: "invalid-number", remedy: "write whole seconds, or 'version 3' on both directors, which carries hundredths" });
    return Math.max(1, Math.round(advertIntervalUs / SECOND)) * SECOND;
  }
  if (advertIntervalUs > LONGEST_V3_INTERVAL_US) {
    const message = `VRRPv3 advertisement interval ${inSeconds(advertIntervalUs, 2)}s is out of range. Must be less than 40.96s. Setting to ${inSeconds(LONGEST_V3_INTERVAL_US, 2)}s`;
    reading.problem("general-error", `(${name}) ${message}`, at);
    return LONGEST_V3_INTERVAL_US;
  }
  if (advertIntervalUs % CENTISECOND === 0) return advertIntervalUs;
  reading.problem("general-error", `(${name}) VRRPv3 advertisement interval ${inSeconds(advertIntervalUs, 6)}s must be in units of 10ms - rounding`, at);
  return Math.round(advertIntervalUs / CENTISECOND) * CENTISECOND;
}

const LONGEST_V3_INTERVAL_US = 4095 * CENTISECOND;

export function resolveDownTimer(reading: Reading, { name, at, downTimerAdverts }: InstanceDraft, global: GlobalDraft, strict: boolean): number {
  const adverts = downTimerAdverts ?? global.downTimerAdverts ?? DEFAULT_DOWN_TIMER_ADVERTS;
  if (!strict || adverts === DEFAULT_DOWN_TIMER_ADVERTS) return adverts;
  reading.problem("general-error", `(${name}) down_timer_adverts is incompatible with strict mode - resetting`, at);
  return DEFAULT_DOWN_TIMER_ADVERTS;
}

export function resolveGarp(reading: Reading, { name, at, garp: own }: InstanceDraft, global: GarpDraft, strict: boolean): GarpSchedule {
  const masterDelayUs = own.masterDelayUs ?? global.masterDelayUs ?? 5 * SECOND;
  const masterRepeat = own.masterRepeat ?? global.masterRepeat ?? 5;
  const [lowerPrioDelayUs, lowerPrioRepeat] = [own.lowerPrioDelayUs ?? global.lowerPrioDelayUs, own.lowerPrioRepeat ?? global.lowerPrioRepeat];
  if (strict && (lowerPrioRepeat ?? 0) > 0) reading.problem("general-error", `(${name}) Strict mode requires no repeat garps. resetting`, at);
  if (strict && (lowerPrioDelayUs ?? 0) > 0) reading.problem("general-error", `(${name}) Strict mode requires no repeat garp delay. resetting`, at);
  return {
    masterDelayUs,
    masterRepeat,
    masterRefreshUs: own.masterRefreshUs ?? global.masterRefreshUs ?? 0,
    masterRefreshRepeat: own.masterRefreshRepeat ?? global.masterRefreshRepeat ?? 1,
    lowerPrioDelayUs: strict ? 0 : (lowerPrioDelayUs ?? masterDelayUs),
    lowerPrioRepeat: strict ? 0 : (lowerPrioRepeat ?? masterRepeat),
  };
}

type AdvertPolicy = Pick<VrrpInstance, "lowerPrioNoAdvert" | "higherPrioSendAdvert" | "ownerIgnoreAdverts" | "skipCheckAdvAddr" | "accept">;

/** What is done about adverts and packets of others. */
export function resolveAdvertPolicy(reading: Reading, draft: InstanceDraft, global: GlobalDraft, { strict, owner, version }: { strict: boolean; owner: boolean; version: 2 | 3 }): AdvertPolicy {
  const { name, at } = draft;
  const complain = (message: string): void => reading.problem("general-error", `(${name}) ${message}`, at);
  if (strict && draft.lowerPrioNoAdvert === false) complain("Strict mode requires no lower priority advert. resetting");
  if (strict && draft.higherPrioSendAdvert === true) complain("strict mode requires higher_prio_send_advert to be clear. resetting");
  const forbidden = strict && !owner && version === 2;
  if (forbidden && draft.accept === true) complain("warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting");
  // keepalived turns an explicit "off" on an owner into "on".
  const ignores = (draft.ownerIgnoreAdverts ?? global.ownerIgnoreAdverts) || (owner && (strict || draft.ownerIgnoreAdverts === false));
  return {
    lowerPrioNoAdvert: strict || (draft.lowerPrioNoAdvert ?? global.lowerPrioNoAdvert),
    higherPrioSendAdvert: !strict && (draft.higherPrioSendAdvert ?? global.higherPrioSendAdvert),
    ownerIgnoreAdverts: ignores,
    skipCheckAdvAddr: draft.skipCheckAdvAddr ?? global.skipCheckAdvAddr,
    accept: !forbidden && (draft.accept ?? (!strict || owner)),
  };
}
