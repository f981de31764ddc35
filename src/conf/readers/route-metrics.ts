import type { Word } from "../grammar.ts";
import type { RouteMetricName } from "../model/routing.ts";
import { readDecimal, readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { drop } from "./route-line.ts";
import type { RouteLine } from "./route-line.ts";

// The metrics of a route: numbers, some with `lock`, some times.

interface Metric {
  readonly lockable: boolean;
  readonly bad: (value: string) => string;
  readonly read: (reading: Reading, word: Word) => number | undefined;
}

function number(min: number, max: number, bad: (value: string) => string, lockable = false): Metric {
  return { lockable, bad, read: (reading, word) => readInteger(reading, word, min, max) };
}

/** @param seconds the longest, in seconds: the kernel keeps the time in parts of a millisecond */
function time(seconds: number, bad: (value: string) => string): Metric {
  return { lockable: true, bad, read: (reading, word) => readMilliseconds(reading, word, seconds) };
}

const specified = (name: string) => (value: string): string => `Invalid ${name} value ${value} specified for route`;

const METRICS: Readonly<Partial<Record<RouteMetricName, Metric>>> = {
  mtu: number(0, UINT_MAX, (value) => `Invalid MTU ${value} specified for route`, true),
  advmss: number(0, UINT_MAX, (value) => `Invalid advmss ${value} specified for route`, true),
  rtt: time(960, (value) => `Invalid rtt ${value} for route`),
  rttvar: time(480, (value) => `Invalid rttvar ${value} for route`),
  rto_min: time(120, specified("rto_min")),
  reordering: number(0, UINT_MAX, specified("reordering"), true),
  cwnd: number(0, UINT_MAX, specified("cwnd"), true),
  ssthresh: number(0, UINT_MAX, specified("ssthresh"), true),
  window: number(0, UINT_MAX, specified("window")),
  hoplimit: number(1, 255, (value) => `Invalid hoplimit ${value} specified for route`),
  initcwnd: number(0, UINT_MAX, specified("initcwnd")),
  initrwnd: number(0, UINT_MAX, specified("initrwnd")),
  quickack: number(0, 1, specified("quickack")),
  fastopen_no_cookie: number(0, 1, specified("fastopen_no_cookie")),
};

/** @returns undefined when `keyword` is no metric; false after a message when the whole route has to go */
export function readMetric(route: RouteLine, keyword: Word): boolean | undefined {
  const name = keyword.text as RouteMetricName;
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  if (metric === undefined) return undefined;
  const { line } = route;
  let word = line.required();
  const lock = metric.lockable && word?.text === "lock";
  if (lock) word = line.required();
  if (word === undefined) return false;
  if (name === "hoplimit" && word.text === "default") {
    delete route.metrics.hoplimit;
    return true;
  }
  const value = metric.read(line.reading, word);
  if (value === undefined) return drop(line.reading, metric.bad(word.text), word);
  route.metrics[name] = { value, lock };
  return true;
}

/** `TIME[s|ms]`: seconds with three places, else whole milliseconds. */
function readMilliseconds(reading: Reading, word: Word, longest: number): number | undefined {
  const [, amount = "", unit] = /^(.*?)(ms|s|secs?|msecs?)?$/.exec(word.text) ?? [];
  const places = unit?.startsWith("s") === true ? 3 : 0;
  return readDecimal(reading, { ...word, text: amount }, places, 0, longest * 1000);
}
