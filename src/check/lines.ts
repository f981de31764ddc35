import { assertNever } from "../base/assert-never.ts";
import type { CheckResult } from "./checker.ts";
import type { CheckerState, Verdict } from "./judge.ts";
import type { RunnableChecker } from "./runnable.ts";

/** One result and everything that keepalived's lines about it name. */
export interface Judged {
  readonly config: RunnableChecker;
  readonly realServer: string;
  readonly virtualServer: string;
  readonly before: CheckerState;
  readonly result: Exclude<CheckResult, { outcome: "unasked" }>;
  readonly verdict: Verdict;
}

/** keepalived's log lines for a result, none for most. */
export function resultLines(judged: Judged): string[] {
  const { config } = judged;
  switch (config.type) {
    case "TCP_CHECK":
      return tcpLines(judged);
    case "HTTP_GET":
      return httpLines(judged, config);
    case "MISC_CHECK":
      return miscLines(judged, config.script.argv[0] ?? config.script.text);
    default:
      return assertNever(config);
  }
}

/** What a mail says between the arrows. */
export function mailPhrase({ config, result }: Judged): string {
  const passed = result.outcome === "passed";
  switch (config.type) {
    case "TCP_CHECK":
      return passed ? "TCP CHECK succeed on service" : "TCP CHECK failed on service";
    case "HTTP_GET":
      return passed ? "CHECK succeed on service" : "CHECK failed on service : HTTP request failed";
    case "MISC_CHECK":
      if (passed) return "MISC CHECK succeeded on service";
      return `MISC CHECK ${result.timedOut ? "timed out" : "failed"} on service`;
    default:
      return assertNever(config);
  }
}

function tcpLines({ config, realServer, before, result, verdict }: Judged): string[] {
  if (result.outcome === "passed") return verdict.confirmed ? [`TCP connection to ${realServer} success.`] : [];
  const lines: string[] = [];
  if (config.logAllFailures && verdict.attemptLogged) {
    lines.push(`TCP connection to ${realServer} ${result.timedOut ? "timeout" : "failed"}.`);
  }
  // The first failure after start was not retried, and keepalived does not pretend that it was.
  const retries = before.hasRun && config.retry > 0 ? ` after ${config.retry} retries` : "";
  if (verdict.changed) lines.push(`TCP_CHECK on service ${realServer} failed${retries}.`);
  return lines;
}

function httpLines(judged: Judged, config: RunnableChecker & { readonly type: "HTTP_GET" }): string[] {
  const { realServer, virtualServer, before, result, verdict } = judged;
  const url = config.urls[before.step];
  const path = url?.path ?? "";
  const lines: string[] = [];
  if (result.remark !== undefined) lines.push(`http_check for RS ${realServer} VS ${virtualServer} url ${path}: ${result.remark}`);
  if (result.outcome === "passed") {
    if (!before.up) {
      lines.push(`HTTP status code success to ${realServer} url(${path})`);
      if (url?.digest !== undefined) lines.push(`MD5 digest success to ${realServer} url(${path})`);
    }
    if (verdict.confirmed) lines.push(`Remote Web server ${realServer} succeed on service.`);
    return lines;
  }
  if (config.logAllFailures && verdict.attemptLogged) lines.push(`${result.reason} server ${realServer}.`);
  const retries = config.retry > 0 ? ` after ${config.retry} retries` : "";
  if (verdict.changed) lines.push(`HTTP_CHECK on service ${realServer} failed${retries}.`);
  return lines;
}

function miscLines({ config, realServer, virtualServer, before, result, verdict }: Judged, program: string): string[] {
  const about = `Misc check for [${realServer} VS ${virtualServer}] by [${program}]`;
  if (result.outcome === "passed") return verdict.confirmed ? [`${about} succeeded.`] : [];
  if (!verdict.changed && !(config.logAllFailures && verdict.attemptLogged)) return [];
  const attempt = attemptText(config.retry, before.failures, verdict.changed);
  return [result.timedOut ? `${about} timed out${attempt}.` : `${about} failed${attempt} (${result.reason}).`];
}

function attemptText(retry: number, used: number, last: boolean): string {
  if (retry === 0) return " with retry disabled";
  const retries = `${retry} ${retry === 1 ? "retry" : "retries"}`;
  if (last) return ` after ${retries}`;
  return used === 0 ? `, will do ${retries}` : ` on retry ${used}/${retry}`;
}
