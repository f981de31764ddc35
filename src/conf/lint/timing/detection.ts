import { assertNever } from "../../../base/assert-never.ts";
import type { Micros } from "../../../base/time.ts";
import type { CheckerCommon, CheckerConfig } from "../../model/checkers.ts";
import { atMost } from "../words.ts";

// How long a check takes to notice that its server is gone, and that it is back, at worst: when the server goes right
// after it has answered, and returns right after it was asked in vain. Exact for the rules of src/check/judge.ts, which a
// property test holds against these formulas. What is answered is taken to be answered at once; what is not takes the
// whole time-out.

export interface DetectionTimes {
  /** Failures in a row that take it down; the very first check after a start needs one only. */
  readonly failures: number;
  /** Nothing comes back at all. */
  readonly downUs: Micros;
  /** It fails at once: the port refuses, the script exits. */
  readonly refusedUs: Micros;
  /** Of several urls only one fails; undefined with one. */
  readonly oneUrlDownUs: Micros | undefined;
  readonly upUs: Micros;
}

interface Schedule {
  /** interval: counted from the result, as for sockets; start: from the start of a run, as for scripts; pass: several urls in turn. */
  readonly kind: "interval" | "start" | "pass";
  readonly retry: number;
  readonly delayBeforeRetryUs: Micros;
  readonly delayLoopUs: Micros;
  readonly timeoutUs: Micros;
  readonly urls: number;
  readonly fastRecovery: boolean;
}

export function detectionTimes(schedule: Schedule): DetectionTimes {
  const { kind, retry, delayBeforeRetryUs: again, delayLoopUs: loop, timeoutUs: timeout, urls } = schedule;
  const failures = retry + 1;
  const refusedUs = loop + retry * again;
  switch (kind) {
    case "interval":
      // Down, it is asked `retry` times at the short distance, then once at the long one.
      return { failures, downUs: refusedUs + failures * timeout, refusedUs, oneUrlDownUs: undefined, upUs: timeout + (retry > 0 ? Math.max(again, loop) : loop) };
    case "start":
      return { failures, downUs: loop + retry * Math.max(again, timeout) + timeout, refusedUs, oneUrlDownUs: undefined, upUs: Math.max(loop, timeout) };
    case "pass": {
      // Back, the url that failed must answer, then all of them in turn.
      const pass = schedule.fastRecovery ? 0 : urls * loop;
      return {
        failures,
        downUs: refusedUs + failures * timeout,
        refusedUs,
        oneUrlDownUs: urls > 1 ? urls * loop + retry * again + failures * timeout : undefined,
        upUs: timeout + Math.max(again, loop) + pass,
      };
    }
  }
}

/**
 * Undefined for what is told instead of asked (FILE_CHECK, BFD_CHECK: at once), and for the several hosts of an old
 * SMTP_CHECK, about which nothing is promised.
 */
export function scheduleOf(checker: CheckerConfig): Schedule | undefined {
  switch (checker.type) {
    case "TCP_CHECK":
    case "UDP_CHECK":
    case "PING_CHECK":
    case "DNS_CHECK":
      return { ...common(checker), kind: "interval", timeoutUs: checker.target.connectTimeoutUs };
    case "SMTP_CHECK": {
      const [host, ...more] = checker.hosts;
      return host === undefined || more.length > 0 ? undefined : { ...common(checker), kind: "interval", timeoutUs: host.connectTimeoutUs };
    }
    case "MISC_CHECK":
      return { ...common(checker), kind: "start", timeoutUs: checker.timeoutUs };
    case "HTTP_GET":
    case "SSL_GET":
      return { ...common(checker), kind: "pass", timeoutUs: checker.target.connectTimeoutUs, urls: checker.urls.length, fastRecovery: checker.fastRecovery };
    case "FILE_CHECK":
    case "BFD_CHECK":
      return undefined;
    default:
      return assertNever(checker);
  }
}

function common({ retry, delayBeforeRetryUs, delayLoopUs }: CheckerCommon) {
  return { retry, delayBeforeRetryUs, delayLoopUs, urls: 1, fastRecovery: false };
}

/** "down after 3 failures: at most 23.0 s (8.0 s when it refuses); up again after at most 11.0 s". */
export function detectionWords({ failures, downUs, refusedUs, oneUrlDownUs, upUs }: DetectionTimes, type: string): string {
  const refuses = type === "MISC_CHECK" ? "when the script exits at once" : "when it refuses";
  const down = `down after ${failures} ${failures === 1 ? "failure" : "failures"}: at most ${atMost(downUs)} (${atMost(refusedUs)} ${refuses})`;
  const one = oneUrlDownUs === undefined ? "" : `, ${atMost(oneUrlDownUs)} when only one url fails`;
  return `${down}${one}; up again after at most ${atMost(upUs)}`;
}
