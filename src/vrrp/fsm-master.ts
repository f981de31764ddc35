import { compareAddresses } from "../base/ip.ts";
import type { Micros } from "../base/time.ts";
import { PRIORITY_OWNER, PRIORITY_STOP } from "./advert.ts";
import { detail, info, learnedInterval, leaveMaster, ownPriority } from "./fsm-state.ts";
import type { AdvertEvent, MasterState, Step, VirtualRouter, VrrpEffect } from "./fsm-state.ts";

/** Another was MASTER: our neighbours may send to it what is ours. */
const SPREAD: VrrpEffect = { type: "announce", because: "lowerPriority" };

/**
 * RFC 3768 section 6.4.3: an accepted advert while MASTER.
 *
 * keepalived restarts the advert timer after any packet; here only an advert that we send restarts it, or a stream of
 * packets could keep us silent. See compatibility.md.
 */
export function masterOnAdvert(router: VirtualRouter, state: MasterState, advert: AdvertEvent, now: Micros): Step {
  const { name } = router;
  const { priority, source } = advert;
  const own = ownPriority(router, state);
  const answer: VrrpEffect = { type: "sendAdvert", priority: own };
  const answered: MasterState = { ...state, advertAt: now + router.advertIntervalUs };

  if (priority === PRIORITY_STOP) {
    return { state: answered, effects: [answer, detail(`(${name}) Master received priority 0 message`), SPREAD] };
  }
  const order = compareAddresses(source, router.source);
  if (priority === own && order === 0) {
    const text = `(${name}) WARNING - equal priority advert received from remote host with our IP address.`;
    return { state, effects: [{ type: "log", level: "warning", text }] };
  }
  if (priority === PRIORITY_OWNER && own === PRIORITY_OWNER) return twoOwners(router, state, advert, order > 0, now);

  if (priority > own || (priority === own && order > 0)) {
    const text =
      priority > own
        ? `(${name}) Master received advert from ${source} with higher priority ${priority}, ours ${own}`
        : `(${name}) Master received advert from ${source} with same priority ${priority} but higher IP address than ours`;
    const last = router.higherPrioSendAdvert ? [answer] : [];
    const why = priority > own ? `higher priority ${priority} from ${source}, ours ${own}` : `same priority ${priority} from the higher address ${source}`;
    const next = leaveMaster(router, state, now, why, advert);
    return { state: next.state, effects: [...last, info(text), ...next.effects] };
  }

  const text = `(${name}) Received advert from ${source} with lower priority ${priority}, ours ${own}`;
  const told: VrrpEffect[] = [SPREAD, { type: "heardLowerPriority" }];
  if (router.lowerPrioNoAdvert) return { state, effects: [info(text), ...told] };
  return { state: answered, effects: [answer, info(`${text}, forcing new election`), ...told] };
}

/** The lower address yields; the higher one insists twice and sees whether that helped. */
function twoOwners(router: VirtualRouter, state: MasterState, advert: AdvertEvent, rivalIsHigher: boolean, now: Micros): Step {
  const { name } = router;
  const { source: rival } = advert;
  const conflict: VrrpEffect = {
    type: "log",
    level: "warning",
    text: `(${name}) CONFIGURATION ERROR: local instance and ${rival} are both configured as address owner, please resolve`,
  };
  if (rivalIsHigher) {
    const next = leaveMaster(router, state, now, `address owner ${rival} has the higher address`, advert);
    return { state: next.state, effects: [conflict, ...next.effects] };
  }
  if (state.contest !== undefined) return { state: { ...state, contest: { ...state.contest, heardAgain: true } }, effects: [SPREAD] };
  const insist: VrrpEffect = { type: "sendAdvert", priority: PRIORITY_OWNER };
  const rivalIntervalUs = learnedInterval(router, advert);
  const until = now + Math.round(1.2 * Math.max(router.advertIntervalUs, rivalIntervalUs ?? 0));
  return {
    state: {
      ...state,
      advertAt: now + router.advertIntervalUs,
      contest: { rival, rivalIntervalUs, phase: "waiting", until, heardAgain: false },
    },
    effects: [insist, insist, conflict, SPREAD],
  };
}
