import { assertNever } from "../base/assert-never.ts";
import type { Connector, ProcessRunner } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { Checker } from "./checker.ts";
import { HttpChecker } from "./checkers/http.ts";
import { MiscChecker } from "./checkers/misc.ts";
import { TcpChecker } from "./checkers/tcp.ts";
import type { Deadline } from "./deadlines.ts";
import type { CheckerState, CheckSchedule } from "./judge.ts";
import type { RunnableChecker } from "./runnable.ts";

/** Past the script's own time-out: long enough for TERM and KILL, after which the result must have come. */
const MISC_GRACE_US: Micros = 10 * SECOND;

/** One configured checker at work. */
export interface CheckerRun {
  readonly key: string;
  readonly config: RunnableChecker;
  /** Equal exactly when the definitions are. */
  readonly definition: string;
  readonly schedule: CheckSchedule;
  readonly checker: Checker;
  state: CheckerState;
  /** The last word of `misc_dynamic`; undefined: none, the configured weight holds. */
  exitWeight: number | undefined;
  /** When it is asked next, or when the question under way must have been answered. */
  deadline: Deadline<CheckerRun> | undefined;
  /** A question is under way; aborting it answers it. */
  asking: AbortController | undefined;
  startedAt: Micros;
  /** The last outcome in one phrase, for status. */
  last: { readonly at: Micros; readonly text: string } | undefined;
  /** Logged once for a series of checks that could not be made. */
  unasked: string | undefined;
}

export interface CheckerPorts {
  readonly connector: Connector;
  readonly runner: ProcessRunner;
}

export function newRun(ports: CheckerPorts, key: string, config: RunnableChecker, state: (schedule: CheckSchedule) => CheckerState): CheckerRun {
  const schedule = scheduleOf(config);
  return {
    key,
    config,
    definition: JSON.stringify(config),
    schedule,
    checker: checkerOf(ports, config),
    state: state(schedule),
    exitWeight: undefined,
    deadline: undefined,
    asking: undefined,
    startedAt: 0,
    last: undefined,
    unasked: undefined,
  };
}

/** How long one question may take, all of it. */
export function timeLimitUs(config: RunnableChecker): Micros {
  return config.type === "MISC_CHECK" ? config.timeoutUs + MISC_GRACE_US : config.target.connectTimeoutUs;
}

function scheduleOf(config: RunnableChecker): CheckSchedule {
  return {
    kind: config.type,
    retry: config.retry,
    delayBeforeRetryUs: config.delayBeforeRetryUs,
    delayLoopUs: config.delayLoopUs,
    steps: config.type === "HTTP_GET" ? config.urls.length : 1,
    fastRecovery: config.type === "HTTP_GET" && config.fastRecovery,
  };
}

function checkerOf({ connector, runner }: CheckerPorts, config: RunnableChecker): Checker {
  switch (config.type) {
    case "TCP_CHECK":
      return new TcpChecker(connector, config.target);
    case "HTTP_GET":
      return new HttpChecker(connector, config);
    case "MISC_CHECK":
      return new MiscChecker(runner, config);
    default:
      return assertNever(config);
  }
}
