import { assertNever } from "../base/assert-never.ts";
import { MILLISECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { PRIORITY_OWNER, PRIORITY_STOP } from "./advert.ts";
import { masterOnAdvert } from "./fsm-master.ts";
import { detail, freshBackup, info, learnedInterval, leaveMaster, masterDownInterval, ownPriority, skewTime, stay, transition } from "./fsm-state.ts";
import type { AdvertEvent, BackupState, MasterState, Step, VirtualRouter, VrrpEffect, VrrpEvent, VrrpState } from "./fsm-state.ts";
import { exactSeconds } from "./seconds.ts";

// One virtual router as a pure function, RFC 3768 section 6.4 with what keepalived adds: FAULT, preempt delay, two
// owners, priority-0 on the way out, and the wish to be MASTER that a sync group has to grant.
//
//            startup / recovered              deadline (granted)
//   INIT, FAULT ----------------> BACKUP ------------------------> MASTER
//     ^      ^                      |  ^      higher priority         |
//     |      +---- fault -----------+  +---- resign, syncBackup ------+
//     +----------- shutdown -------------------------------------------

/**
 * One transition. Pure: no clock, no socket, no log.
 *
 * @param now when the event happened, for computing the next deadline
 * @returns the next state and what the engine has to do, in order
 */
export function step(router: VirtualRouter, state: VrrpState, event: VrrpEvent, now: Micros): Step {
  switch (state.name) {
    case "INIT":
      return initial(router, state, event, now);
    case "BACKUP":
      return backup(router, state, event, now);
    case "MASTER":
      return master(router, state, event, now);
    case "FAULT":
      return fault(router, state, event, now);
    default:
      return assertNever(state);
  }
}

function initial(router: VirtualRouter, state: VrrpState, event: VrrpEvent, now: Micros): Step {
  switch (event.type) {
    case "startup":
      if (router.priority !== PRIORITY_OWNER) {
        return { state: freshBackup(router, now), effects: [transition("BACKUP", "started", true)] };
      }
      if (!router.grouped) return becomeMaster(router, undefined, now, "address owner");
      // An owner in a sync group asks the group at once, without a BACKUP that anybody is told about.
      return { state: { ...freshBackup(router, now), wantsMaster: true }, effects: [{ type: "wantMaster" }] };
    case "fault":
      return { state: { name: "FAULT" }, effects: [transition("FAULT", event.reason, true)] };
    // Nobody hears, holds or announces anything in INIT.
    case "recovered":
    case "deadline":
    case "advert":
    case "priorityChanged":
    case "resign":
    case "syncMaster":
    case "syncBackup":
    case "shutdown":
      return stay(state);
    default:
      return assertNever(event);
  }
}

function backup(router: VirtualRouter, state: BackupState, event: VrrpEvent, now: Micros): Step {
  switch (event.type) {
    case "deadline": {
      if (now < state.masterDownAt) return stay(state);
      const expired = detail(`(${router.name}) Receive advertisement timeout`);
      if (router.grouped) {
        const masterDownAt = now + masterDownInterval(router, ownPriority(router, state), state.masterIntervalUs);
        return { state: { ...state, masterDownAt, wantsMaster: true }, effects: [expired, { type: "wantMaster" }] };
      }
      const next = becomeMaster(router, state, now, "master down timer expired");
      return { state: next.state, effects: [expired, ...next.effects] };
    }
    case "syncMaster":
      return becomeMaster(router, state, now, "sync group");
    case "advert":
      return backupOnAdvert(router, state, event, now);
    case "priorityChanged": {
      const { masterIntervalUs } = state;
      const shift = masterDownInterval(router, router.priority, masterIntervalUs) - masterDownInterval(router, event.before, masterIntervalUs);
      return stay({ ...state, masterDownAt: state.masterDownAt + shift });
    }
    case "fault":
      return { state: { name: "FAULT" }, effects: [transition("FAULT", event.reason)] };
    case "shutdown":
      return stay({ name: "INIT" });
    // Already where these lead.
    case "startup":
    case "recovered":
    case "resign":
    case "syncBackup":
      return stay(state);
    default:
      return assertNever(event);
  }
}

// RFC 3768 section 6.4.2 with `preempt_delay`.
function backupOnAdvert(router: VirtualRouter, state: BackupState, advert: AdvertEvent, now: Micros): Step {
  const { priority, source } = advert;
  if (priority === PRIORITY_STOP) {
    const masterDownAt = now + skewTime(router, ownPriority(router, state), state.masterIntervalUs);
    return { state: { ...state, masterDownAt }, effects: [detail(`(${router.name}) Backup received priority 0 advertisement`)] };
  }
  const own = ownPriority(router, state);
  const effects: VrrpEffect[] = [];
  let { preemptAt, ownerReduced } = state;
  if (priority >= own) {
    if (preemptAt !== undefined) effects.push(detail(`(${router.name}) stop preempt delay`));
    preemptAt = undefined;
  } else if (router.preempt && router.preemptDelayUs > 0 && preemptAt === undefined) {
    preemptAt = now + router.preemptDelayUs;
    effects.push(detail(`(${router.name}) start preempt delay (${exactSeconds(router.preemptDelayUs)})`));
  }
  const waits = preemptAt !== undefined && now < preemptAt;
  if (!router.preempt || priority >= own || waits) {
    if (state.master !== source) {
      const change = state.master === undefined ? `set to ${source}` : `changed from ${state.master} to ${source}`;
      effects.push(detail(`(${router.name}) master ${change}`));
    }
    const masterIntervalUs = learnedInterval(router, advert);
    const before = state.masterIntervalUs ?? router.advertIntervalUs;
    if (masterIntervalUs !== undefined && masterIntervalUs !== before) {
      effects.push(info(`(${router.name}) advertisement interval updated from ${before / MILLISECOND}ms to ${masterIntervalUs / MILLISECOND}ms by master`));
    }
    const masterDownAt = now + masterDownInterval(router, own, masterIntervalUs);
    return {
      state: { ...state, masterDownAt, wantsMaster: false, master: source, masterPriority: priority, masterIntervalUs, preemptAt },
      effects,
    };
  }
  if (ownerReduced) {
    ownerReduced = false;
    effects.push(info(`(${router.name}) Restoring our priority to ${router.priority} since received advert with lower priority`));
  }
  effects.push(info(`(${router.name}) received lower priority (${priority}) advert from ${source} - discarding`));
  // We may preempt: let Master_Down_Timer run out.
  return { state: { ...state, preemptAt, ownerReduced }, effects };
}

function master(router: VirtualRouter, state: MasterState, event: VrrpEvent, now: Micros): Step {
  switch (event.type) {
    case "deadline":
      return isReplaced(router, state, now) ? yieldLate(router, state, now) : masterDeadline(router, state, now);
    case "advert": {
      if (!isReplaced(router, state, now)) return masterOnAdvert(router, state, event, now);
      const late = yieldLate(router, state, now);
      const next = step(router, late.state, event, now);
      return { state: next.state, effects: [...late.effects, ...next.effects] };
    }
    case "resign":
      return resign(router, state, event.reason, now);
    case "syncBackup":
      return leaveMaster(router, state, now, "sync group");
    case "fault":
      return {
        state: { name: "FAULT" },
        effects: [transition("FAULT", event.reason), ...saysGoodbye(router), { type: "removeNetwork" }],
      };
    case "shutdown":
      return { state: { name: "INIT" }, effects: [...saysGoodbye(router), { type: "removeNetwork" }] };
    // The next advert carries the new priority.
    case "priorityChanged":
    case "startup":
    case "recovered":
    case "syncMaster":
      return stay(state);
    default:
      return assertNever(event);
  }
}

/** `timer_expired_backup`: whoever has the highest of the others' priorities has given up waiting for our advert. */
function isReplaced(router: VirtualRouter, { advertAt }: MasterState, now: Micros): boolean {
  const { timerExpiredBackup, advertIntervalUs } = router;
  return timerExpiredBackup !== undefined && now - advertAt >= masterDownInterval(router, timerExpiredBackup) - advertIntervalUs;
}

// Who was replaced has nobody to say goodbye to: a priority 0 would only hurry a third.
function yieldLate(router: VirtualRouter, state: MasterState, now: Micros): Step {
  const lateUs = now - state.advertAt;
  const ago = exactSeconds(lateUs);
  const next = leaveMaster(router, state, now, `its own advert was ${ago} s late`);
  return { state: next.state, effects: [info(`VRRP thread timer expired ${ago} seconds ago`), ...next.effects] };
}

// keepalived waits no longer than those who hear the priority 0: the highest priority, most likely ours, wins again.
function resign(router: VirtualRouter, state: MasterState, reason: string, now: Micros): Step {
  const own = ownPriority(router, state);
  const ownerReduced = own !== router.priority;
  return {
    state: { ...freshBackup(router, now), masterDownAt: now + skewTime(router, own), ownerReduced },
    effects: [transition("BACKUP", reason), ...saysGoodbye(router), { type: "removeNetwork" }],
  };
}

function masterDeadline(router: VirtualRouter, state: MasterState, now: Micros): Step {
  const effects: VrrpEffect[] = [];
  let { contest, advertAt } = state;
  if (contest !== undefined && now >= contest.until) {
    if (contest.phase === "reduced") {
      effects.push(info(`(${router.name}) Restoring our priority to ${router.priority} since other address owner has disappeared`));
      contest = undefined;
    } else if (contest.heardAgain) {
      const text = `(${router.name}) ${contest.rival} is still advertising as address owner, please resolve - reducing our priority`;
      effects.push({ type: "log", level: "warning", text });
      contest = { ...contest, phase: "reduced", until: now + masterDownInterval(router, router.priority, contest.rivalIntervalUs) };
    } else {
      effects.push(info(`(${router.name}): rogue address owner appears to have stopped advertising`));
      contest = undefined;
    }
  }
  if (now >= advertAt) {
    effects.unshift({ type: "sendAdvert", priority: ownPriority(router, { ...state, contest }) });
    advertAt = now + router.advertIntervalUs;
  }
  return { state: { ...state, contest, advertAt }, effects };
}

function fault(router: VirtualRouter, state: VrrpState, event: VrrpEvent, now: Micros): Step {
  switch (event.type) {
    case "recovered": {
      const next = freshBackup(router, now);
      // An owner does not wait for three adverts that nobody may send, but for one.
      const owner = router.priority === PRIORITY_OWNER;
      const masterDownAt = owner ? now + router.advertIntervalUs + skewTime(router) : next.masterDownAt;
      return { state: { ...next, masterDownAt }, effects: [transition("BACKUP", "fault cleared")] };
    }
    case "shutdown":
      return stay({ name: "INIT" });
    // A faulty instance hears nothing and is already down.
    case "startup":
    case "fault":
    case "deadline":
    case "advert":
    case "priorityChanged":
    case "resign":
    case "syncMaster":
    case "syncBackup":
      return stay(state);
    default:
      return assertNever(event);
  }
}

// The advert leaves first, at the deadline; everything else follows it.
function becomeMaster(router: VirtualRouter, from: BackupState | undefined, now: Micros, reason: string): Step {
  const effects: VrrpEffect[] = [];
  if (from?.ownerReduced === true) {
    effects.push(info(`(${router.name}) Restoring our priority to ${router.priority} since other address owner has disappeared`));
  }
  effects.push(
    { type: "sendAdvert", priority: router.priority },
    transition("MASTER", reason),
    { type: "installNetwork" },
    { type: "announce", because: "master" },
  );
  return { state: { name: "MASTER", advertAt: now + router.advertIntervalUs, contest: undefined }, effects };
}

function saysGoodbye(router: VirtualRouter): VrrpEffect[] {
  return [{ type: "sendAdvert", priority: PRIORITY_STOP }, detail(`(${router.name}) sent 0 priority`)];
}
