import { familyOf } from "../../base/ip.ts";
import { ROUTE_METRICS } from "../model/routing.ts";
import type { Encap, Nexthop, NumberRange, Prefix, Realms, Route, Rule, StaticTracking } from "../model/routing.ts";
import { quoted } from "./writer.ts";

type Words = readonly (string | number | undefined)[];

/** A keyword with its value, or nothing. */
function option(keyword: string, value: string | number | undefined): Words {
  return value === undefined ? [] : [keyword, value];
}

function when(condition: boolean, keyword: string): Words {
  return condition ? [keyword] : [];
}

function name(text: string | undefined): string | undefined {
  return text === undefined ? undefined : quoted(text);
}

function prefix(value: Prefix | undefined): string | undefined {
  return value === undefined ? undefined : `${value.address}/${value.prefixLength}`;
}

function realms(value: Realms | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value.from === 0 ? String(value.to) : `${value.from}/${value.to}`;
}

function range(value: NumberRange | undefined): string | undefined {
  return value === undefined ? undefined : `${value.from}-${value.to}`;
}

/** The line of a route. `encap` comes behind every option that it shares a word with, next hops come last. */
export function routeText(route: Route & Partial<StaticTracking>): string {
  return [
    ...when(route.type !== "unicast", route.type),
    prefix(route.to),
    ...option("from", prefix(route.from)),
    ...option("src", route.src),
    ...option("via", route.via),
    ...option("dev", name(route.interface)),
    ...option("vrf", name(route.vrf)),
    ...option("table", route.table),
    ...option("metric", route.metric === 0 ? undefined : route.metric),
    ...option("scope", route.scope),
    ...option("protocol", route.protocol),
    ...option("tos", route.tos === 0 ? undefined : route.tos),
    ...when(route.onlink, "onlink"),
    ...option("expires", route.expiresS),
    ...metrics(route),
    ...(route.congctl === undefined ? [] : ["congctl", ...when(route.congctl.lock, "lock"), quoted(route.congctl.name)]),
    ...option("realms", realms(route.realms)),
    ...option("pref", route.pref),
    ...option("ttl-propagate", route.ttlPropagate === undefined ? undefined : route.ttlPropagate ? "enabled" : "disabled"),
    ...encap(route.encap),
    route.mode,
    ...when(!route.track, "no_track"),
    ...option("track_group", name(route.trackGroup)),
    ...route.nexthops.flatMap(nexthop),
  ].join(" ");
}

function metrics(route: Route): Words {
  return ROUTE_METRICS.flatMap((keyword) => {
    const metric = route.metrics[keyword];
    if (metric === undefined) return [];
    return keyword === "features" ? ["features", "ecn"] : [keyword, ...when(metric.lock, "lock"), metric.value];
  });
}

function nexthop(hop: Nexthop): Words {
  return [
    "nexthop",
    ...option("via", hop.via),
    ...option("dev", name(hop.interface)),
    ...option("weight", hop.weight),
    ...when(hop.onlink, "onlink"),
    ...option("realms", realms(hop.realms)),
    ...encap(hop.encap),
  ];
}

function encap(value: Encap | undefined): Words {
  switch (value?.type) {
    case undefined:
      return [];
    case "ip":
      return ["encap", "ip", ...option("id", value.id), ...option("dst", value.dst), ...option("src", value.src), ...option("tos", value.tos), ...option("ttl", value.ttl), ...option("flags", value.flags)];
    case "ip6":
      return ["encap", "ip6", ...option("id", value.id), ...option("dst", value.dst), ...option("src", value.src), ...option("tc", value.tc), ...option("hoplimit", value.hoplimit), ...option("flags", value.flags)];
    case "mpls":
      return ["encap", "mpls", value.labels.join("/")];
    case "ila":
      return ["encap", "ila", value.locator];
  }
}

/** The line of a rule. */
export function ruleText(rule: Rule & Partial<StaticTracking>): string {
  const addressed = [rule.from, rule.to].some((selector) => selector !== undefined && familyOf(selector.address) === 6);
  return [
    ...when(rule.family === 6 && !addressed, "inet6"),
    ...when(rule.not, "not"),
    ...option("from", prefix(rule.from)),
    ...option("to", prefix(rule.to)),
    ...option("tos", rule.tos === 0 ? undefined : rule.tos),
    ...option("fwmark", rule.fwmark === undefined ? undefined : `${hex(rule.fwmark.value)}/${hex(rule.fwmark.mask)}`),
    ...option("iif", name(rule.iif)),
    ...option("oif", name(rule.oif)),
    ...option("realms", realms(rule.realms)),
    ...option("suppress_prefixlength", rule.suppressPrefixlength),
    ...option("suppress_ifgroup", rule.suppressIfgroup),
    ...option("tunnel-id", rule.tunnelId),
    ...option("uidrange", range(rule.uidrange)),
    ...option("ipproto", rule.ipproto),
    ...option("sport", range(rule.sport)),
    ...option("dport", range(rule.dport)),
    ...option("protocol", rule.protocol),
    ...option("preference", rule.preference),
    ...action(rule),
    ...when(!rule.track, "no_track"),
    ...option("track_group", name(rule.trackGroup)),
  ].join(" ");
}

function action({ action }: Rule): Words {
  if (action.type === "table") return ["table", action.table];
  return action.type === "goto" ? ["goto", action.preference] : [action.type];
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
