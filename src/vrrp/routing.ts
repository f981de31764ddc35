import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { KernelNexthop, KernelRoute, KernelRule, Prefix, RouteMode } from "../base/routing.ts";
import type { Route, Rule } from "../conf/model.ts";
import type { KernelView } from "./kernel-view.ts";

// Routes and rules of the configuration as the kernel is told, and how they are recognised in what it tells.

/** One route or rule on its way to the kernel. */
export interface Owned<T> {
  /** `Instance.key` of the instance that wants it, or `STATIC_OWNER`. */
  readonly owner: string;
  readonly item: T;
  /** What makes it another one than those beside it, see `routeKey` and `ruleKey`. */
  readonly key: string;
  /** Its loss matters (not `no_track`). */
  readonly track: boolean;
  /** For the log. */
  readonly text: string;
}

/** @property mode how it is put among others to the same destination */
export interface RoutePlacement {
  readonly route: KernelRoute;
  readonly mode: RouteMode;
}

export type OwnedRoute = Owned<RoutePlacement>;
export type OwnedRule = Owned<KernelRule>;

/** What the kernel takes for an IPv6 route without a metric. */
const DEFAULT_IPV6_METRIC = 1024;
/** Types that lead nowhere; the kernel shows them on the loopback interface, or on none. */
const NO_WAY: ReadonlySet<string> = new Set(["blackhole", "unreachable", "prohibit", "throw"]);

/** @returns the name of the interface that is missing when the route cannot be told to the kernel now */
export function ownedRoute(owner: string, route: Route, kernel: KernelView): OwnedRoute | string {
  const names = [route.nexthops.length === 0 ? route.interface : undefined, route.vrf, ...route.nexthops.map((hop) => hop.interface)];
  const missing = names.find((name) => name !== undefined && kernel.linkNamed(name) === undefined);
  if (missing !== undefined) return missing;
  const indexOf = (name: string | undefined) => (name === undefined ? undefined : kernel.linkNamed(name)?.index);
  const { interface: device, vrf, nexthops, mode, track, table, ...body } = route;
  const kernelRoute: KernelRoute = {
    ...withoutTracking(body),
    table: vrf === undefined ? table : (kernel.linkNamed(vrf)?.vrfTable ?? table),
    interfaceIndex: nexthops.length === 0 ? indexOf(device) : undefined,
    nexthops: nexthops.map(({ interface: name, ...hop }): KernelNexthop => ({ ...hop, interfaceIndex: indexOf(name) ?? 0 })),
  };
  // One that ends by itself is not missed.
  return { owner, item: { route: kernelRoute, mode }, key: routeKey(kernelRoute), track: track && route.expiresS === undefined, text: routeText(route) };
}

export function ownedRule(owner: string, { track, ...rule }: Rule): OwnedRule {
  const kernelRule: KernelRule = withoutTracking(rule);
  return { owner, item: kernelRule, key: ruleKey(kernelRule), track, text: ruleText(kernelRule) };
}

/** A static one has a `track_group` beside, which is not the kernel's business. */
function withoutTracking<T extends object>(parts: T): T {
  const copy: T & { trackGroup?: unknown } = { ...parts };
  delete copy.trackGroup;
  return copy;
}

/** The kernel holds each of these once: destination, source, table, tos, metric, type, originator, and the ways out. */
export function routeKey(route: KernelRoute): string {
  return `${destinationKey(route)} ${waysOf(route).map(({ via, interfaceIndex }) => `${via ?? ""}%${interfaceIndex}`).sort().join(" ")}`;
}

/** Destination, source, table, tos, metric, type and originator; of an IPv6 route with several ways out the kernel tells the end of each way by itself. */
export function destinationKey({ family, type, to, from, table, metric, protocol, tos }: KernelRoute): string {
  const effective = family === 6 && metric === 0 ? DEFAULT_IPV6_METRIC : metric;
  return `${type} ${network(to)} ${from === undefined ? "" : network(from)} table ${table} metric ${effective} tos ${tos} protocol ${protocol}`;
}

/** Whether the kernel finds an interface for it that nobody has named. */
export function isOpen(route: KernelRoute): boolean {
  return waysOf(route).some(({ interfaceIndex }) => interfaceIndex === 0);
}

interface Way {
  readonly via: string | undefined;
  /** 0: not said. */
  readonly interfaceIndex: number;
}

function waysOf({ type, via, interfaceIndex, nexthops }: KernelRoute): readonly Way[] {
  if (NO_WAY.has(type)) return [];
  return nexthops.length > 0 ? nexthops : [{ via, interfaceIndex: interfaceIndex ?? 0 }];
}

/** Whether `told` and what the kernel shows of the same destination are one route: it names the interface where only a gateway was given. */
export function sameWays(told: KernelRoute, shown: KernelRoute): boolean {
  const [ours, theirs] = [waysOf(told), [...waysOf(shown)]];
  return ours.length === theirs.length && ours.every((way) => {
    const at = theirs.findIndex((other) => way.via === other.via && (way.interfaceIndex === 0 || way.interfaceIndex === other.interfaceIndex));
    return at >= 0 && theirs.splice(at, 1).length === 1;
  });
}

/** The network without its host bits, as the kernel keeps it. */
function network({ address, prefixLength }: Prefix): string {
  const bytes = addressBytes(address).map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, prefixLength - 8 * i))));
  return `${formatIpAddress(bytes)}/${prefixLength}`;
}

/** Equal for a rule and what the kernel shows of it: what is zero is not shown, and IPv6 knows no realms. */
export function ruleKey(rule: KernelRule): string {
  const { from, to, tunnelId, sport, dport, family, realms } = rule;
  const range = (value: KernelRule["sport"]) => (value === undefined || (value.from === 0 && value.to === 0) ? undefined : value);
  const mark = rule.fwmark === undefined || (rule.fwmark.value === 0 && rule.fwmark.mask === 0) ? undefined : rule.fwmark;
  return JSON.stringify([
    family, rule.not, from && network(from), to && network(to), rule.preference, Object.values(rule.action), rule.tos, mark && [mark.value, mark.mask],
    family === 6 || realms === undefined ? null : [realms.from, realms.to], rule.suppressPrefixlength, rule.suppressIfgroup, rule.iif, rule.oif,
    tunnelId === "0" ? null : tunnelId, rule.uidrange, rule.protocol, rule.ipproto === 0 ? null : rule.ipproto, range(sport), range(dport),
  ]);
}

/** As keepalived's log has it, shortened to what identifies. */
function routeText({ type, to, via, interface: device, table, metric, nexthops }: Route): string {
  const hops = nexthops.map((hop) => ` nexthop${hop.via === undefined ? "" : ` via ${hop.via}`}${hop.interface === undefined ? "" : ` dev ${hop.interface}`}`).join("");
  const way = `${via === undefined ? "" : ` via ${via}`}${device === undefined ? "" : ` dev ${device}`}${hops}`;
  return `${type === "unicast" ? "" : `${type} `}${to.address}/${to.prefixLength}${way}${table === 254 ? "" : ` table ${table}`}${metric === 0 ? "" : ` metric ${metric}`}`;
}

function ruleText({ not, from, to, preference, iif, oif, action }: KernelRule): string {
  const prefix = (word: string, value: Prefix | undefined) => (value === undefined ? "" : ` ${word} ${value.address}/${value.prefixLength}`);
  const target = action.type === "table" ? `lookup ${action.table}` : action.type === "goto" ? `goto ${action.preference}` : action.type;
  const selectors = `${prefix("from", from) || " from all"}${prefix("to", to)}${iif === undefined ? "" : ` iif ${iif}`}${oif === undefined ? "" : ` oif ${oif}`}`;
  return `${not ? "not" : ""}${selectors} priority ${preference} ${target}`.trim();
}
