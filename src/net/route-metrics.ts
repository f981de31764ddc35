// RTA_METRICS: attributes RTAX_* of linux/rtnetlink.h, all u32 but the name of the congestion control.

import { ROUTE_METRICS } from "../base/routing.ts";
import type { RouteMetric, RouteMetricName, RouteMetrics } from "../base/routing.ts";
import { attributeMap, nestedAttribute, readString, readU32, stringAttribute, u32Attribute } from "./attributes.ts";
import { RTAX_CC_ALGO, RTAX_LOCK, RTA_METRICS } from "./linux-route.ts";

const RTAX: Readonly<Record<RouteMetricName, number>> = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  fastopen_no_cookie: 17,
};

/** The kernel counts in parts of a millisecond: eighths and quarters (tcp(7) of the smoothed values). */
const PARTS_OF_A_MILLISECOND: Readonly<Partial<Record<RouteMetricName, number>>> = { rtt: 8, rttvar: 4 };

export interface MetricsAndControl {
  readonly metrics: RouteMetrics;
  readonly congctl: { readonly name: string; readonly lock: boolean } | undefined;
}

/** Empty when there is nothing to say. */
export function metricsAttributes({ metrics, congctl }: MetricsAndControl): Uint8Array[] {
  let locks = 0;
  const inner: Uint8Array[] = [];
  for (const name of ROUTE_METRICS) {
    const metric = metrics[name];
    if (metric === undefined) continue;
    inner.push(u32Attribute(RTAX[name], metric.value * (PARTS_OF_A_MILLISECOND[name] ?? 1)));
    if (metric.lock) locks |= 1 << RTAX[name];
  }
  if (congctl !== undefined) {
    inner.push(stringAttribute(RTAX_CC_ALGO, congctl.name));
    if (congctl.lock) locks |= 1 << RTAX_CC_ALGO;
  }
  if (locks !== 0) inner.unshift(u32Attribute(RTAX_LOCK, locks));
  return inner.length === 0 ? [] : [nestedAttribute(RTA_METRICS, inner)];
}

/** @param value of RTA_METRICS. @returns undefined when it is malformed */
export function decodeMetrics(value: Uint8Array | undefined): MetricsAndControl | undefined {
  if (value === undefined) return { metrics: {}, congctl: undefined };
  const inner = attributeMap(value);
  if (inner === undefined) return undefined;
  const locks = readU32(inner.get(RTAX_LOCK)) ?? 0;
  const metrics: Partial<Record<RouteMetricName, RouteMetric>> = {};
  for (const name of ROUTE_METRICS) {
    const parts = readU32(inner.get(RTAX[name]));
    if (parts === undefined) continue;
    metrics[name] = { value: Math.floor(parts / (PARTS_OF_A_MILLISECOND[name] ?? 1)), lock: (locks & (1 << RTAX[name])) !== 0 };
  }
  const control = inner.get(RTAX_CC_ALGO);
  return { metrics, congctl: control && { name: readString(control), lock: (locks & (1 << RTAX_CC_ALGO)) !== 0 } };
}
