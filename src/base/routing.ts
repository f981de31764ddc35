import type { IpAddress, IpFamily } from "./ip.ts";

// Routes and policy rules in the words of rtnetlink. undefined: the attribute does not stand in the message.

/** A network. Host bits are as written; a default route is `0.0.0.0/0` or `::/0`. */
export interface Prefix {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** RTN_* of linux/rtnetlink.h. */
export type RouteType = "unicast" | "local" | "broadcast" | "multicast" | "throw" | "unreachable" | "prohibit" | "blackhole" | "nat";

/** NLM_F_CREATE alone (`prepend`), with NLM_F_APPEND, or with NLM_F_EXCL (`add`). */
export type RouteMode = "prepend" | "append" | "add";

/** Each is one RTAX_* attribute. Times are milliseconds; `features` is a set of RTAX_FEATURE_* bits. */
export const ROUTE_METRICS = [
  "mtu", "advmss", "rtt", "rttvar", "rto_min", "reordering", "cwnd", "ssthresh", "window", "hoplimit", "initcwnd", "initrwnd", "features", "quickack", "fastopen_no_cookie",
] as const;

export type RouteMetricName = (typeof ROUTE_METRICS)[number];

export type RouteMetrics = Readonly<Partial<Record<RouteMetricName, RouteMetric>>>;

export interface RouteMetric {
  readonly value: number;
  /** Its bit in RTAX_LOCK. */
  readonly lock: boolean;
}

/** RTAX_FEATURE_ECN. */
export const FEATURE_ECN = 1;

/** RTA_FLOW and FRA_FLOW: `from` is the upper half. 0 when there is none. */
export interface Realms {
  readonly from: number;
  readonly to: number;
}

/** RTA_ENCAP_TYPE and RTA_ENCAP. 64-bit numbers are text: a number would not hold them. */
export type Encap =
  | { readonly type: "ip"; readonly id: string | undefined; readonly dst: IpAddress | undefined; readonly src: IpAddress | undefined; readonly tos: number | undefined; readonly ttl: number | undefined; readonly flags: number | undefined }
  | { readonly type: "ip6"; readonly id: string | undefined; readonly dst: IpAddress | undefined; readonly src: IpAddress | undefined; readonly tc: number | undefined; readonly hoplimit: number | undefined; readonly flags: number | undefined }
  /** From the outermost label to the innermost, 20 bits each. */
  | { readonly type: "mpls"; readonly labels: readonly number[] }
  /** Four hexadecimal groups, "1:2:3:4". */
  | { readonly type: "ila"; readonly locator: string };

/** What a route is beside its ways out. */
export interface RouteBody {
  readonly family: IpFamily;
  readonly type: RouteType;
  readonly to: Prefix;
  /** RTA_SRC, IPv6 only. */
  readonly from: Prefix | undefined;
  /** RTA_PREFSRC. */
  readonly src: IpAddress | undefined;
  /** RTA_TABLE; 254 is main. */
  readonly table: number;
  /** RTA_PRIORITY; 0 leaves it to the kernel. */
  readonly metric: number;
  readonly scope: number;
  /** Who installed it; 18 is keepalived. */
  readonly protocol: number;
  readonly tos: number;
  /** RTA_EXPIRES, IPv6 only. A kernel tells what is left of it, and that is not read. */
  readonly expiresS: number | undefined;
  readonly metrics: RouteMetrics;
  /** RTAX_CC_ALGO. */
  readonly congctl: { readonly name: string; readonly lock: boolean } | undefined;
  /** RTA_FLOW. */
  readonly realms: Realms | undefined;
  /** RTA_PREF, IPv6 only. */
  readonly pref: "low" | "medium" | "high" | undefined;
  /** RTA_TTL_PROPAGATE. */
  readonly ttlPropagate: boolean | undefined;
}

/** A way out, its interface apart. */
export interface Gateway {
  /** RTA_GATEWAY, or RTA_VIA when it is of another family than the route. */
  readonly via: IpAddress | undefined;
  /** RTNH_F_ONLINK. */
  readonly onlink: boolean;
  readonly encap: Encap | undefined;
}

export interface NexthopBody extends Gateway {
  /** 1-256; rtnh_hops is one less. */
  readonly weight: number;
  readonly realms: Realms | undefined;
}

/** A route as RTM_NEWROUTE takes it. */
export interface KernelRoute extends RouteBody, Gateway {
  /** RTA_OIF; undefined with `nexthops`, and where there is none. */
  readonly interfaceIndex: number | undefined;
  /** RTA_MULTIPATH when there are any. */
  readonly nexthops: readonly KernelNexthop[];
}

export interface KernelNexthop extends NexthopBody {
  /** 0: none. */
  readonly interfaceIndex: number;
}

/** FR_ACT_*; `l3mdev` is FRA_L3MDEV with FR_ACT_TO_TBL. */
export type RuleAction =
  | { readonly type: "table"; readonly table: number }
  | { readonly type: "goto"; readonly preference: number }
  | { readonly type: "nop" | "blackhole" | "unreachable" | "prohibit" | "l3mdev" };

/** Both ends included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** A policy rule as RTM_NEWRULE takes it. */
export interface KernelRule {
  readonly family: IpFamily;
  /** FIB_RULE_INVERT. */
  readonly not: boolean;
  readonly from: Prefix | undefined;
  readonly to: Prefix | undefined;
  /** FRA_PRIORITY. */
  readonly preference: number;
  readonly action: RuleAction;
  readonly tos: number;
  readonly fwmark: { readonly value: number; readonly mask: number } | undefined;
  /** FRA_FLOW. */
  readonly realms: Realms | undefined;
  readonly suppressPrefixlength: number | undefined;
  readonly suppressIfgroup: number | undefined;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  /** FRA_TUN_ID in decimal: 64 bits, more than a number holds. */
  readonly tunnelId: string | undefined;
  readonly uidrange: NumberRange | undefined;
  /** FRA_PROTOCOL; 0 says nobody. */
  readonly protocol: number;
  /** FRA_IP_PROTO. */
  readonly ipproto: number | undefined;
  readonly sport: NumberRange | undefined;
  readonly dport: NumberRange | undefined;
}
