import type { Micros } from "../base/time.ts";

// What one result means. The only place that knows about retries: checkers report, they do not decide.
//
// keepalived's rules, as observed on 2.2.7 (R = retry, B = delay_before_retry, L = delay_loop):
//
//                              TCP_CHECK              HTTP_GET                          MISC_CHECK
//   failed, up, fewer than R   again in B             same url again in B               again in B
//   failed, up, R used up      down, again in L       down, same url in max(B, L)       down, again in L
//   failed, down               R times in B, then L   same url in max(B, L)             again in L
//   passed, up                 again in L             next url in L                     again in L
//   passed, down               up, again in L         once the failed url, then all     up, again in L
//                                                     urls in order, one per L, then up
//   first result               the retries count as used up: the first failure takes a server down
//   time is counted from       the result             the result                        the start of the run

export interface CheckSchedule {
  readonly kind: "TCP_CHECK" | "HTTP_GET" | "MISC_CHECK";
  /** Extra attempts after a failure. */
  readonly retry: number;
  readonly delayBeforeRetryUs: Micros;
  readonly delayLoopUs: Micros;
  /** How many urls; 1 for the others. */
  readonly steps: number;
  /** HTTP_GET: while a pass is to be completed, ask one url right after the other. */
  readonly fastRecovery: boolean;
}

export interface CheckerState {
  readonly up: boolean;
  /** HTTP_GET: true after the first pass over all urls, or the first failure. */
  readonly hasRun: boolean;
  /** Extra attempts already used. */
  readonly failures: number;
  /** Which url is next. */
  readonly step: number;
  /** HTTP_GET: down, and the url that took it down has not answered yet. */
  readonly atFailedUrl: boolean;
}

export interface Verdict {
  readonly state: CheckerState;
  /** Went up or down, or is found down by its very first check: the outside is told. */
  readonly changed: boolean;
  /** Up for the first time or again: keepalived says so once. */
  readonly confirmed: boolean;
  /** This was an attempt whose failure `log_all_failures` logs: those of a server that is down already are not. */
  readonly attemptLogged: boolean;
  readonly nextInUs: Micros;
  readonly from: "result" | "start";
}

/** Starts up unless `alpha`; the counter starts exhausted. */
export function initialState(schedule: CheckSchedule, alpha: boolean): CheckerState {
  return { up: !alpha, hasRun: false, failures: schedule.retry, step: 0, atFailedUrl: false };
}

/** A changed definition keeps the verdict until its own first result, which counts without retries. */
export function carriedState(schedule: CheckSchedule, last: CheckerState): CheckerState {
  return { up: last.up, hasRun: last.hasRun, failures: schedule.retry, step: 0, atFailedUrl: false };
}

export function judge(schedule: CheckSchedule, state: CheckerState, passed: boolean): Verdict {
  const from = schedule.kind === "MISC_CHECK" ? "start" : "result";
  const outcome = passed ? afterPass(schedule, state) : afterFailure(schedule, state);
  return { ...outcome, from };
}

type Outcome = Omit<Verdict, "from">;

function afterFailure(schedule: CheckSchedule, state: CheckerState): Outcome {
  const { kind, retry, delayBeforeRetryUs, delayLoopUs } = schedule;
  const attemptLogged = state.up || !state.hasRun;
  if (state.failures < retry && (state.up || kind === "TCP_CHECK")) {
    const retrying = { ...state, hasRun: state.hasRun || kind !== "HTTP_GET", failures: state.failures + 1 };
    return { state: retrying, changed: false, confirmed: false, attemptLogged, nextInUs: delayBeforeRetryUs };
  }
  const http = kind === "HTTP_GET";
  return {
    state: {
      up: false,
      hasRun: true,
      failures: 0,
      step: state.step,
      atFailedUrl: http && (state.atFailedUrl || attemptLogged),
    },
    changed: state.up || (!state.hasRun && !http), // keepalived is silent about the first failure of an alpha HTTP_GET
    confirmed: false,
    attemptLogged,
    nextInUs: http ? Math.max(delayBeforeRetryUs, delayLoopUs) : delayLoopUs,
  };
}

function afterPass(schedule: CheckSchedule, state: CheckerState): Outcome {
  const { steps, delayLoopUs, fastRecovery } = schedule;
  const nothing = { changed: false, confirmed: false, attemptLogged: false };
  const withinPassUs = fastRecovery ? 0 : delayLoopUs;
  if (state.atFailedUrl) {
    return { ...nothing, state: { ...state, step: 0, failures: 0, atFailedUrl: false }, nextInUs: withinPassUs };
  }
  const passComplete = state.step + 1 >= steps;
  const step = passComplete ? 0 : state.step + 1;
  if (state.up && state.hasRun) return { ...nothing, state: { ...state, step, failures: 0 }, nextInUs: delayLoopUs };
  // The first pass, or the one that brings a server back. The counter stays exhausted until it is complete.
  if (!passComplete) return { ...nothing, state: { ...state, step }, nextInUs: withinPassUs };
  return {
    state: { up: true, hasRun: true, failures: 0, step, atFailedUrl: false },
    changed: !state.up,
    confirmed: true,
    attemptLogged: false,
    nextInUs: delayLoopUs,
  };
}
