import { ipAddress } from "../../../src/base/ip.ts";
import type { KernelRoute } from "../../../src/base/routing.ts";
import type { Route, Rule } from "../../../src/conf/model.ts";
import { destinationKey, sameWays } from "../../../src/vrrp/routing.ts";

/** A route and a rule as the configuration has them when it says nothing more. */
export function route(to: string, more: Partial<Route> = {}): Route {
  const [address = "", length = ""] = to.split("/");
  return {
    family: address.includes(":") ? 6 : 4, type: "unicast", to: { address: ipAddress(address), prefixLength: Number(length) }, from: undefined, src: undefined,
    via: undefined, interface: "eth0", vrf: undefined, table: 254, metric: 0, scope: 0, protocol: 18, tos: 0, onlink: false, encap: undefined, expiresS: undefined,
    metrics: {}, congctl: undefined, realms: undefined, pref: undefined, ttlPropagate: undefined, nexthops: [], mode: "prepend", track: true, ...more,
  };
}

export function rule(preference: number, more: Partial<Rule> = {}): Rule {
  return {
    family: 4, not: false, from: undefined, to: undefined, preference, action: { type: "table", table: 100 }, tos: 0, fwmark: undefined, realms: undefined,
    suppressPrefixlength: undefined, suppressIfgroup: undefined, iif: undefined, oif: undefined, tunnelId: undefined, uidrange: undefined, protocol: 18,
    ipproto: undefined, sport: undefined, dport: undefined, track: true, ...more,
  };
}

/** Whether `shown` by the kernel is the route that it was told. */
export function isRoute(told: KernelRoute, shown: KernelRoute): boolean {
  return destinationKey(told) === destinationKey(shown) && sameWays(told, shown);
}
