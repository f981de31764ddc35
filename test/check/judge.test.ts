import { describe, expect, test } from "vitest";
import type { CheckSchedule } from "../../src/check/judge.ts";
import { carriedState, initialState, judge } from "../../src/check/judge.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Micros } from "../../src/base/time.ts";

/** What keepalived 2.2.7 was seen to do with delay_loop 2, delay_before_retry 0.7 and retry 2, unless a row says otherwise. */
const OBSERVED = { retry: 2, delayBeforeRetryUs: 700 * MILLISECOND, delayLoopUs: 2 * SECOND, steps: 1, fastRecovery: false };

/**
 * Plays answers ("+" passed, "-" failed) and writes down each question: its instant in seconds, `/n` which url, and
 * after the answer `DOWN` or `UP` when the verdict changed, `ok` when it was confirmed for the first time.
 */
function play(schedule: CheckSchedule, answers: string, alpha = false): string[] {
  let state = initialState(schedule, alpha);
  let now: Micros = 0;
  return [...answers].map((answer) => {
    const url = schedule.steps > 1 ? `/${state.step}` : "";
    const verdict = judge(schedule, state, answer === "+");
    const said = verdict.changed ? (verdict.state.up ? " UP" : " DOWN") : verdict.confirmed ? " ok" : "";
    const line = `${now / SECOND}${url}${answer}${said}`;
    state = verdict.state;
    now += verdict.nextInUs;
    return line;
  });
}

const rows: { name: string; schedule: CheckSchedule; answers: string; alpha?: boolean; want: string[] }[] = [
  {
    name: "TCP: two extra attempts, then down; while down it goes on in rounds of three",
    schedule: { ...OBSERVED, kind: "TCP_CHECK" },
    answers: "++-------+",
    want: ["0+ ok", "2+", "4-", "4.7-", "5.4- DOWN", "7.4-", "8.1-", "8.8-", "10.8-", "11.5+ UP"],
  },
  {
    name: "TCP: the very first failure takes a server down",
    schedule: { ...OBSERVED, kind: "TCP_CHECK" },
    answers: "--+",
    want: ["0- DOWN", "2-", "2.7+ UP"],
  },
  {
    name: "TCP: a success in between starts the count again",
    schedule: { ...OBSERVED, kind: "TCP_CHECK" },
    answers: "+--+---",
    want: ["0+ ok", "2-", "2.7-", "3.4+", "5.4-", "6.1-", "6.8- DOWN"],
  },
  {
    name: "retry 0: the first failure is the last",
    schedule: { ...OBSERVED, kind: "TCP_CHECK", retry: 0 },
    answers: "+-+",
    want: ["0+ ok", "2- DOWN", "4+ UP"],
  },
  {
    name: "MISC: while down one run per delay_loop",
    schedule: { ...OBSERVED, kind: "MISC_CHECK" },
    answers: "++-----+",
    want: ["0+ ok", "2+", "4-", "4.7-", "5.4- DOWN", "7.4-", "9.4-", "11.4+ UP"],
  },
  {
    name: "MISC, TCP: an alpha server's first failure is told",
    schedule: { ...OBSERVED, kind: "MISC_CHECK" },
    answers: "--+",
    alpha: true,
    want: ["0- DOWN", "2-", "4+ UP"],
  },
  {
    name: "HTTP, one url: after a failure it must answer twice",
    schedule: { ...OBSERVED, kind: "HTTP_GET" },
    answers: "++-----++",
    want: ["0+ ok", "2+", "4-", "4.7-", "5.4- DOWN", "7.4-", "9.4-", "11.4+", "13.4+ UP"],
  },
  {
    name: "HTTP: delay_before_retry longer than delay_loop holds while failed, not during the pass",
    schedule: { ...OBSERVED, kind: "HTTP_GET", delayLoopUs: SECOND, delayBeforeRetryUs: 3 * SECOND },
    answers: "++------++",
    want: ["0+ ok", "1+", "2-", "5-", "8- DOWN", "11-", "14-", "17-", "20+", "21+ UP"],
  },
  {
    name: "HTTP, three urls: one per delay_loop, only the failed one retried, then all of them",
    schedule: { ...OBSERVED, kind: "HTTP_GET", steps: 3 },
    answers: "++++---+-++++++",
    want: [
      ...["0/0+", "2/1+", "4/2+ ok", "6/0+", "8/1-", "8.7/1-", "9.4/1- DOWN", "11.4/1+"],
      // A failure within the pass: the same url again, and the pass goes on.
      ...["13.4/0-", "15.4/0+", "17.4/1+", "19.4/2+ UP", "21.4/0+", "23.4/1+", "25.4/2+"],
    ],
  },
  {
    name: "HTTP, three urls: the counter is exhausted until the first pass is complete",
    schedule: { ...OBSERVED, kind: "HTTP_GET", steps: 3 },
    answers: "+-++++",
    want: ["0/0+", "2/1- DOWN", "4/1+", "6/0+", "8/1+", "10/2+ UP"],
  },
  {
    name: "HTTP, fast_recovery: first pass and recovery without pause",
    schedule: { ...OBSERVED, kind: "HTTP_GET", steps: 3, fastRecovery: true },
    answers: "++++---+++++",
    want: ["0/0+", "0/1+", "0/2+ ok", "2/0+", "4/1-", "4.7/1-", "5.4/1- DOWN", "7.4/1+", "7.4/0+", "7.4/1+", "7.4/2+ UP", "9.4/0+"],
  },
  {
    name: "HTTP, alpha: the first failure is not told; once the url that failed, then all",
    schedule: { ...OBSERVED, kind: "HTTP_GET" },
    answers: "-++",
    alpha: true,
    want: ["0-", "2+", "4+ UP"],
  },
  {
    name: "HTTP, alpha, never failed: one pass",
    schedule: { ...OBSERVED, kind: "HTTP_GET", steps: 2 },
    answers: "+++",
    alpha: true,
    want: ["0/0+", "2/1+ UP", "4/0+"],
  },
];

describe("retries and delays as keepalived's", () => {
  for (const { name, schedule, answers, alpha, want } of rows) {
    test(name, () => expect(play(schedule, answers, alpha)).toEqual(want));
  }

  test("MISC counts from the start of a run, the others from the result", () => {
    const from = (kind: CheckSchedule["kind"]): string => judge({ ...OBSERVED, kind }, initialState({ ...OBSERVED, kind }, false), true).from;
    expect([from("MISC_CHECK"), from("TCP_CHECK"), from("HTTP_GET")]).toEqual(["start", "result", "result"]);
  });

  test("failed attempts are logged until the server is down, not after", () => {
    const schedule: CheckSchedule = { ...OBSERVED, kind: "TCP_CHECK", retry: 1 };
    let state = judge(schedule, initialState(schedule, false), true).state;
    const logged = [1, 2, 3, 4].map(() => {
      const verdict = judge(schedule, state, false);
      state = verdict.state;
      return verdict.attemptLogged;
    });
    expect(logged).toEqual([true, true, false, false]);
  });

  test("a changed definition keeps the verdict, and its first failure counts at once", () => {
    const schedule: CheckSchedule = { ...OBSERVED, kind: "MISC_CHECK" };
    const up = judge(schedule, initialState(schedule, false), true).state;
    const carried = carriedState(schedule, up);
    expect(carried.up).toBe(true);
    expect(judge(schedule, carried, false)).toMatchObject({ changed: true, state: { up: false } });
  });
});
