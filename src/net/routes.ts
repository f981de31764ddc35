// RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE: struct rtmsg of linux/rtnetlink.h, then attributes; host byte order.
//
//  0        1         2         3     4       5          6       7      8       12
// +--------+---------+---------+-----+-------+----------+-------+------+-------+---- - -
// | family | dst len | src len | tos | table | protocol | scope | type | flags |  attributes
// +--------+---------+---------+-----+-------+----------+-------+------+-------+---- - -

import { addressBytes, familyOf, formatIpAddress, ipAddress } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { KernelNexthop, KernelRoute, Prefix, Realms, RouteMode, RouteType } from "../base/routing.ts";
import { HOST_LE, align4, attribute, attributeMap, concatBytes, readU32, readU8, u32Attribute, u8Attribute, viewOf } from "./attributes.ts";
import type { AttributeMap } from "./attributes.ts";
import { decodeEncap, encapAttributes } from "./encap.ts";
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from "./linux-netlink.ts";
import {
  IP6_RT_PRIO_USER,
  RTA_DST,
  RTA_EXPIRES,
  RTA_FLOW,
  RTA_GATEWAY,
  RTA_MULTIPATH,
  RTA_METRICS,
  RTA_OIF,
  RTA_PREF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_SRC,
  RTA_TABLE,
  RTA_TTL_PROPAGATE,
  RTA_VIA,
  RTMSG_LEN,
  RTM_PROTOCOL_AT,
  RTNEXTHOP_LEN,
  RTNH_F_ONLINK,
  RT_TABLE_UNSPEC,
} from "./linux-route.ts";
import { AF_INET, AF_INET6, RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE } from "./linux-rtnetlink.ts";
import { encodeMessage } from "./netlink.ts";
import { decodeMetrics, metricsAttributes } from "./route-metrics.ts";

/** RTN_* of linux/rtnetlink.h; 4 is anycast, which nobody can configure. */
const TYPES: readonly (RouteType | undefined)[] = [undefined, "unicast", "local", "broadcast", undefined, "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat"];
const MODES: Readonly<Record<RouteMode, number>> = { prepend: NLM_F_CREATE, append: NLM_F_CREATE | NLM_F_APPEND, add: NLM_F_CREATE | NLM_F_EXCL };
/** RFC 4191 section 2.1. */
const PREFERENCES = { medium: 0, high: 1, low: 3 } as const;

/** The kernel answers EEXIST when the very same route is there, with `add` also when another one to that destination is. */
export function encodeNewRoute(route: KernelRoute, mode: RouteMode): Uint8Array {
  const { expiresS, pref, ttlPropagate } = route;
  return encodeMessage(RTM_NEWROUTE, NLM_F_REQUEST | MODES[mode], [
    ...identity(route),
    ...metricsAttributes(route),
    ...(expiresS === undefined ? [] : [u32Attribute(RTA_EXPIRES, expiresS)]),
    ...(pref === undefined ? [] : [u8Attribute(RTA_PREF, PREFERENCES[pref])]),
    ...(ttlPropagate === undefined ? [] : [u8Attribute(RTA_TTL_PROPAGATE, ttlPropagate ? 1 : 0)]),
  ]);
}

/** Of several routes to one destination the one with these ways out and this originator; what can change meanwhile is left out. */
export function encodeDeleteRoute(route: KernelRoute): Uint8Array {
  // Without a metric the kernel would take any.
  const metric = route.family === 6 && route.metric === 0 ? IP6_RT_PRIO_USER : route.metric;
  return encodeMessage(RTM_DELROUTE, NLM_F_REQUEST, identity({ ...route, metric }));
}

/**
 * All routes of one family.
 *
 * @param protocol only those that it installed, from kernels that can choose (NETLINK_GET_STRICT_CHK); others send all
 */
export function encodeRouteDump(family: IpFamily, protocol: number): Uint8Array {
  const header = new Uint8Array(RTMSG_LEN);
  header[0] = family === 4 ? AF_INET : AF_INET6;
  header[RTM_PROTOCOL_AT] = protocol;
  return encodeMessage(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, [header]);
}

/** For error messages: "203.0.113.0/24 via 192.0.2.1 dev 3 table 100". */
export function describeRoute(route: KernelRoute): string {
  const way = ({ via, interfaceIndex }: { readonly via: IpAddress | undefined; readonly interfaceIndex: number | undefined }) =>
    `${via === undefined ? "" : ` via ${via}`}${interfaceIndex === undefined || interfaceIndex === 0 ? "" : ` dev ${interfaceIndex}`}`;
  const type = route.type === "unicast" ? "" : `${route.type} `;
  const hops = route.nexthops.map((hop) => ` nexthop${way(hop)}`).join("");
  return `${type}${route.to.address}/${route.to.prefixLength}${way(route)}${hops} table ${route.table}`;
}

/**
 * The payload of RTM_NEWROUTE or RTM_DELROUTE.
 * @returns undefined when it is malformed, of another family than IPv4 and IPv6, or of a type that cannot be configured
 */
export function decodeRoute(payload: Uint8Array): KernelRoute | undefined {
  if (payload.length < RTMSG_LEN) return undefined;
  const view = viewOf(payload);
  const rtmFamily = view.getUint8(0);
  if (rtmFamily !== AF_INET && rtmFamily !== AF_INET6) return undefined;
  const family = rtmFamily === AF_INET ? 4 : 6;
  const attributes = attributeMap(payload.subarray(RTMSG_LEN));
  const type = TYPES[view.getUint8(7)];
  if (attributes === undefined || type === undefined) return undefined;
  const to = readPrefix(attributes.get(RTA_DST), view.getUint8(1), family);
  const from = readPrefix(attributes.get(RTA_SRC), view.getUint8(2), family);
  const metrics = decodeMetrics(attributes.get(RTA_METRICS));
  const nexthops = decodeNexthops(attributes.get(RTA_MULTIPATH), family);
  if (to === undefined || from === undefined || metrics === undefined || nexthops === undefined) return undefined;
  const pref = readU8(attributes.get(RTA_PREF));
  const ttlPropagate = readU8(attributes.get(RTA_TTL_PROPAGATE));
  return {
    family,
    type,
    to,
    from: from.prefixLength === 0 ? undefined : from,
    src: readAddress(attributes.get(RTA_PREFSRC), family),
    via: readGateway(attributes, family),
    interfaceIndex: readU32(attributes.get(RTA_OIF)),
    table: readU32(attributes.get(RTA_TABLE)) ?? view.getUint8(4),
    metric: readU32(attributes.get(RTA_PRIORITY)) ?? 0,
    scope: view.getUint8(6),
    protocol: view.getUint8(RTM_PROTOCOL_AT),
    tos: view.getUint8(3),
    onlink: (view.getUint32(8, HOST_LE) & RTNH_F_ONLINK) !== 0,
    encap: decodeEncap(attributes),
    expiresS: readU32(attributes.get(RTA_EXPIRES)),
    metrics: metrics.metrics,
    congctl: metrics.congctl,
    realms: readRealms(attributes.get(RTA_FLOW)),
    pref: pref === PREFERENCES.low ? "low" : pref === PREFERENCES.high ? "high" : pref === PREFERENCES.medium ? "medium" : undefined,
    ttlPropagate: ttlPropagate === undefined ? undefined : ttlPropagate !== 0,
    nexthops,
  };
}

function identity(route: KernelRoute): Uint8Array[] {
  const { to, from, src, interfaceIndex, table, metric, realms, nexthops } = route;
  return [
    header(route),
    ...(to.prefixLength === 0 ? [] : [attribute(RTA_DST, addressBytes(to.address))]),
    ...(from === undefined ? [] : [attribute(RTA_SRC, addressBytes(from.address))]),
    ...(src === undefined ? [] : [attribute(RTA_PREFSRC, addressBytes(src))]),
    ...gatewayAttributes(route, route.family),
    ...(interfaceIndex === undefined ? [] : [u32Attribute(RTA_OIF, interfaceIndex)]),
    ...(table > 0xff ? [u32Attribute(RTA_TABLE, table)] : []),
    ...(metric === 0 ? [] : [u32Attribute(RTA_PRIORITY, metric)]),
    ...realmsAttributes(RTA_FLOW, realms),
    ...(nexthops.length === 0 ? [] : [attribute(RTA_MULTIPATH, concatBytes(nexthops.map((hop) => encodeNexthop(hop, route.family))))]),
  ];
}

function header({ family, to, from, tos, table, protocol, scope, type, onlink }: KernelRoute): Uint8Array {
  const bytes = new Uint8Array(RTMSG_LEN);
  bytes.set([family === 4 ? AF_INET : AF_INET6, to.prefixLength, from?.prefixLength ?? 0, tos, table > 0xff ? RT_TABLE_UNSPEC : table, protocol, scope, TYPES.indexOf(type)]);
  viewOf(bytes).setUint32(8, onlink ? RTNH_F_ONLINK : 0, HOST_LE);
  return bytes;
}

function gatewayAttributes({ via, encap }: Pick<KernelRoute, "via" | "encap">, family: IpFamily): Uint8Array[] {
  return [...(via === undefined ? [] : [viaAttribute(via, family)]), ...(encap === undefined ? [] : encapAttributes(encap))];
}

/** RTA_VIA: the family, then the address. */
function viaAttribute(via: IpAddress, family: IpFamily): Uint8Array {
  if (familyOf(via) === family) return attribute(RTA_GATEWAY, addressBytes(via));
  const rtvia = new Uint8Array(Uint16Array.of(family === 4 ? AF_INET6 : AF_INET).buffer);
  return attribute(RTA_VIA, concatBytes([rtvia, addressBytes(via)]));
}

function readGateway(attributes: AttributeMap, family: IpFamily): IpAddress | undefined {
  const via = attributes.get(RTA_VIA);
  if (via === undefined || via.length < 2) return readAddress(attributes.get(RTA_GATEWAY), family);
  return readAddress(via.subarray(2), viewOf(via).getUint16(0, HOST_LE) === AF_INET ? 4 : 6);
}

/** struct rtnexthop: length, flags, hops (weight less one), interface index; then attributes. */
function encodeNexthop(hop: KernelNexthop, family: IpFamily): Uint8Array {
  const attributes = concatBytes([...gatewayAttributes(hop, family), ...realmsAttributes(RTA_FLOW, hop.realms)]);
  const bytes = new Uint8Array(RTNEXTHOP_LEN + attributes.length);
  const view = viewOf(bytes);
  view.setUint16(0, bytes.length, HOST_LE);
  view.setUint8(2, hop.onlink ? RTNH_F_ONLINK : 0);
  view.setUint8(3, hop.weight - 1);
  view.setInt32(4, hop.interfaceIndex, HOST_LE);
  bytes.set(attributes, RTNEXTHOP_LEN);
  return bytes;
}

/** @returns undefined when a length does not fit */
function decodeNexthops(value: Uint8Array | undefined, family: IpFamily): KernelNexthop[] | undefined {
  const nexthops: KernelNexthop[] = [];
  if (value === undefined) return nexthops;
  const view = viewOf(value);
  for (let at = 0; at < value.length; ) {
    const length = at + RTNEXTHOP_LEN > value.length ? 0 : view.getUint16(at, HOST_LE);
    if (length < RTNEXTHOP_LEN || at + length > value.length) return undefined;
    const attributes = attributeMap(value.subarray(at + RTNEXTHOP_LEN, at + length));
    if (attributes === undefined) return undefined;
    nexthops.push({
      interfaceIndex: view.getInt32(at + 4, HOST_LE),
      via: readGateway(attributes, family),
      onlink: (view.getUint8(at + 2) & RTNH_F_ONLINK) !== 0,
      encap: decodeEncap(attributes),
      weight: view.getUint8(at + 3) + 1,
      realms: readRealms(attributes.get(RTA_FLOW)),
    });
    at += align4(length);
  }
  return nexthops;
}

/** As the kernel leaves it out: without an address it is everything. @returns undefined when it does not fit the family */
export function readPrefix(value: Uint8Array | undefined, prefixLength: number, family: IpFamily): Prefix | undefined {
  const octets = family === 4 ? 4 : 16;
  if (prefixLength > octets * 8 || (value !== undefined && value.length !== octets)) return undefined;
  return { address: value === undefined ? ipAddress(family === 4 ? "0.0.0.0" : "::") : formatIpAddress(value), prefixLength };
}

function readAddress(value: Uint8Array | undefined, family: IpFamily): IpAddress | undefined {
  return value?.length === (family === 4 ? 4 : 16) ? formatIpAddress(value) : undefined;
}

export function realmsAttributes(type: number, realms: Realms | undefined): Uint8Array[] {
  return realms === undefined ? [] : [u32Attribute(type, realms.from * 0x1_0000 + realms.to)];
}

/** 0 is none. */
export function readRealms(value: Uint8Array | undefined): Realms | undefined {
  const both = readU32(value);
  return both === undefined || both === 0 ? undefined : { from: both >>> 16, to: both & 0xffff };
}
