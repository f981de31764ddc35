import type { KernelRule, NexthopBody, Gateway, RouteBody, RouteMode } from "../../base/routing.ts";

// Routes and policy rules as they are written, on their way to rtnetlink: names of tables, protocols and scopes are
// numbers already, and what was not written has its default.

export { FEATURE_ECN, ROUTE_METRICS } from "../../base/routing.ts";
export type { Encap, NumberRange, Prefix, Realms, RouteMetric, RouteMetricName, RouteMetrics, RouteMode, RouteType, RuleAction } from "../../base/routing.ts";

/**
 * Defaults: table 254 (main), protocol 18 (keepalived), scope 0 (global; never derived from the destination, unlike in
 * iproute2).
 */
export interface Route extends RouteBody, Gateway {
  /** With `nexthops` no more than the interface by which the route is tracked. */
  readonly interface: string | undefined;
  /** The VRF whose table is used in place of `table`. */
  readonly vrf: string | undefined;
  readonly nexthops: readonly Nexthop[];
  readonly mode: RouteMode;
  /** false with `no_track`, and for a route without an interface: its loss is no reason to step down. */
  readonly track: boolean;
}

export interface Nexthop extends NexthopBody {
  readonly interface: string | undefined;
}

/** Default protocol: 18 (keepalived) for a rule that is tracked, else none. */
export interface Rule extends KernelRule {
  /** false with `no_track`. */
  readonly track: boolean;
}

/** What a static object has beside: the `track_group` whose instances follow its fate. */
export interface StaticTracking {
  readonly trackGroup: string | undefined;
}

export type StaticRoute = Route & StaticTracking;
export type StaticRule = Rule & StaticTracking;
