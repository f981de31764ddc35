import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Word } from "../grammar.ts";
import type { Encap, Nexthop, Prefix, Realms, RouteMetric, RouteMetricName, RouteMode, RouteType } from "../model/routing.ts";
import type { Reading } from "../reading.ts";
import type { Line } from "./line.ts";

/** A route while its line is read. */
export interface RouteLine {
  readonly line: Line;
  family: IpFamily | undefined;
  type: RouteType;
  to: Prefix | "default" | undefined;
  /** As it was written. */
  destination?: Word;
  from?: Prefix;
  src?: IpAddress;
  via?: IpAddress;
  /** `or`: the second gateway of the old form. */
  orVia?: IpAddress;
  device?: Word;
  vrf?: Word;
  table: number;
  metric: number;
  scope: number;
  protocol: number;
  tos: number;
  onlink: boolean;
  encap?: Encap;
  expiresS?: number;
  readonly metrics: Partial<Record<RouteMetricName, RouteMetric>>;
  congctl?: { name: string; lock: boolean };
  realms?: Realms;
  pref?: "low" | "medium" | "high";
  ttlPropagate?: boolean;
  readonly nexthops: Nexthop[];
  readonly devices: Word[];
  mode: RouteMode;
  track: boolean;
  trackGroup?: Word;
}

/** What says no more than that the line is wrong: @returns false, which drops the route. */
export function drop(reading: Reading, message: string, at: Word | undefined): false {
  reading.problem("general-error", message, at);
  return false;
}
