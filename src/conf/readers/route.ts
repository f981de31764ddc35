import { familyOf } from "../../base/ip.ts";
import type { IpAddress, IpFamily } from "../../base/ip.ts";
import { KEEPALIVED_PROTOCOL } from "../../base/network.ts";
import type { RouteDraft } from "../drafts/routing.ts";
import type { Statement, Word } from "../grammar.ts";
import { FEATURE_ECN } from "../model/routing.ts";
import type { Nexthop, Route, RouteType } from "../model/routing.ts";
import { readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { readEncap } from "./encap.ts";
import { everything, Line, readPlainAddress, readPrefix } from "./line.ts";
import { readNexthop } from "./nexthop.ts";
import { drop } from "./route-line.ts";
import type { RouteLine } from "./route-line.ts";
import { readMetric } from "./route-metrics.ts";
import { parseRealms } from "./realms.ts";
import { routingState } from "./routing-names.ts";

const MAIN_TABLE = 254;
const TYPES: readonly RouteType[] = ["unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat"];

/**
 * A line of `virtual_routes` or `static_routes`; undefined after a message.
 *
 * @param isStatic only those know `track_group`
 */
export function readRoute(reading: Reading, statement: Statement, isStatic: boolean): RouteDraft | undefined {
  const [at] = statement.words;
  if (at === undefined) return undefined;
  const route: RouteLine = {
    line: new Line(reading, statement),
    family: undefined,
    type: "unicast",
    to: undefined,
    table: MAIN_TABLE,
    metric: 0,
    scope: 0,
    protocol: KEEPALIVED_PROTOCOL,
    tos: 0,
    onlink: false,
    metrics: {},
    nexthops: [],
    devices: [],
    mode: "prepend",
    track: true,
  };
  for (let word = route.line.take(); word !== undefined; word = route.line.take()) {
    if (!readWord(route, word, isStatic)) return undefined;
  }
  return finish(reading, route, at);
}

function finish(reading: Reading, route: RouteLine, at: Word): RouteDraft | undefined {
  const family = route.family ?? 4;
  if (route.to === undefined) {
    reading.problem("general-error", "Route must have a destination", at);
    return undefined;
  }
  const to = route.to === "default" ? everything(family) : route.to;
  const model: Route = {
    family,
    type: route.type,
    to,
    from: route.from,
    src: route.src,
    via: route.via,
    interface: route.device?.text,
    vrf: route.vrf?.text,
    table: route.table,
    metric: route.metric,
    scope: route.scope,
    protocol: route.protocol,
    tos: route.tos,
    onlink: route.onlink,
    encap: route.encap,
    expiresS: route.expiresS,
    metrics: route.metrics,
    congctl: route.congctl,
    realms: route.realms,
    pref: route.pref,
    ttlPropagate: route.ttlPropagate,
    nexthops: route.nexthops,
    mode: route.mode,
    track: route.track,
  };
  const { destination = at, devices, vrf, trackGroup } = route;
  return { at, destination, route: route.orVia === undefined ? model : withSecondGateway(model, route.orVia), devices, vrf, trackGroup };
}

/** `via A or B`: two next hops on the route's device. */
function withSecondGateway(route: Route, second: IpAddress): Route {
  const gateways = route.via === undefined ? [second] : [route.via, second];
  const nexthops = gateways.map((via): Nexthop => ({ via, interface: route.interface, weight: 1, onlink: route.onlink, encap: undefined, realms: undefined }));
  return { ...route, via: undefined, onlink: false, nexthops: [...nexthops, ...route.nexthops] };
}

/** @returns false after a message when the whole route has to go */
function readWord(route: RouteLine, word: Word, isStatic: boolean): boolean {
  const { line } = route;
  switch (word.text) {
    case "inet":
    case "inet6":
      return joinFamily(route, word.text === "inet" ? 4 : 6, word);
    case "to":
      return withValue(route, (value) => readDestination(route, value));
    case "onlink":
      route.onlink = true;
      return true;
    case "append":
    case "prepend":
    case "add":
      route.mode = word.text;
      return true;
    case "no_track":
      route.track = false;
      return true;
    case "encap": {
      const encap = readEncap(line);
      if (encap !== undefined) route.encap = encap;
      return true;
    }
    case "nexthop":
      line.rewind(line.position - 1);
      return readNexthops(route);
    case "as":
      line.takeIf("to");
      line.reading.problem("general-error", '"as to" for MPLS only - ignoring', word);
      return line.required() !== undefined;
    case "track_group":
      if (isStatic) return withValue(route, (value) => ((route.trackGroup = value), true));
      return readDestination(route, word);
  }
  const option = Object.hasOwn(VALUED, word.text) ? VALUED[word.text] : undefined;
  if (option !== undefined) return withValue(route, (value) => option(route, value, word));
  const metric = readMetric(route, word);
  return metric ?? readDestination(route, word);
}

function withValue(route: RouteLine, read: (value: Word) => boolean): boolean {
  const value = route.line.required();
  return value !== undefined && read(value);
}

type Option = (route: RouteLine, value: Word, keyword: Word) => boolean;

const VALUED: Readonly<Record<string, Option>> = {
  src: (route, value) => {
    const address = readPlainAddress(route.line.reading, value);
    if (address === undefined) return drop(route.line.reading, `invalid route src address ${value.text}`, value);
    route.src = address;
    return joinFamily(route, familyOf(address), value);
  },
  from: (route, value) => {
    const prefix = readPrefix(route.line.reading, value);
    if (prefix === undefined) return drop(route.line.reading, `invalid route from address ${value.text}`, value);
    if (familyOf(prefix.address) !== 6) return drop(route.line.reading, `route from address only supported with IPv6 (${value.text})`, value);
    route.from = prefix;
    return joinFamily(route, 6, value);
  },
  via: readGateway,
  gw: (route, value, keyword) => {
    route.line.reading.problem("deprecated", '"gw" for routes is deprecated. Please use "via"', keyword);
    return readGateway(route, value);
  },
  or: (route, value, keyword) => {
    route.line.reading.problem("deprecated", '"or" for routes is deprecated. Please use "nexthop"', keyword);
    const address = readPlainAddress(route.line.reading, value);
    if (address === undefined) return drop(route.line.reading, `invalid route via address ${value.text}`, value);
    route.orVia = address;
    return joinFamily(route, familyOf(address), value);
  },
  dev: readDevice,
  oif: readDevice,
  vrf: (route, value) => {
    route.vrf = value;
    return true;
  },
  table: (route, value) => {
    const table = routingState(route.line.reading).names.find("rt_tables", value.text, UINT_MAX);
    if (table === undefined) return drop(route.line.reading, `Routing table ${value.text} not found for route`, value);
    route.table = table === 0 ? MAIN_TABLE : table; // RT_TABLE_UNSPEC: the kernel takes main
    return true;
  },
  metric: readPriority,
  priority: readPriority,
  preference: readPriority,
  scope: (route, value) => {
    const scope = routingState(route.line.reading).names.find("rt_scopes", value.text, 255);
    if (scope === undefined) return drop(route.line.reading, `Scope ${value.text} not found or invalid for route`, value);
    route.scope = scope;
    return true;
  },
  protocol: (route, value) => {
    const protocol = routingState(route.line.reading).names.find("rt_protos", value.text, 255);
    if (protocol === undefined) return drop(route.line.reading, `Protocol ${value.text} not found or invalid for route`, value);
    route.protocol = protocol;
    return true;
  },
  tos: readTos,
  dsfield: readTos,
  expires: (route, value) => {
    if (route.family !== 6) return drop(route.line.reading, "expires is only valid for IPv6", value);
    const expires = readInteger(route.line.reading, value, 0, UINT_MAX);
    if (expires === undefined) return drop(route.line.reading, `Invalid expires time ${value.text} specified for route`, value);
    route.expiresS = expires;
    return true;
  },
  realms: (route, value) => {
    const realms = parseRealms(route.line.reading, value.text);
    if (realms === undefined) return drop(route.line.reading, `Invalid realms ${value.text} for route`, value);
    route.realms = realms;
    return true;
  },
  features: (route, value) => {
    // keepalived goes on without it, and so do we.
    if (value.text === "ecn") route.metrics.features = { value: FEATURE_ECN, lock: false };
    else route.line.reading.problem("general-error", `feature ${value.text} not supported`, value);
    return true;
  },
  congctl: (route, value) => {
    const lock = value.text === "lock";
    const name = lock ? route.line.required() : value;
    if (name === undefined) return false;
    route.congctl = { name: name.text, lock };
    return true;
  },
  pref: (route, value) => {
    if (route.family !== 6) return drop(route.line.reading, "pref is only valid for IPv6", value);
    if (value.text !== "low" && value.text !== "medium" && value.text !== "high") return drop(route.line.reading, `Invalid pref value ${value.text} specified for route`, value);
    route.pref = value.text;
    return true;
  },
  "ttl-propagate": (route, value) => {
    if (value.text === "enabled" || value.text === "disabled") route.ttlPropagate = value.text === "enabled";
    else route.line.reading.problem("general-error", `ttl-propagate value ${value.text} not recognised`, value);
    return true;
  },
};

/** `[to] [TYPE] PREFIX`, or one of the words for everything. */
function readDestination(route: RouteLine, word: Word): boolean {
  const { reading } = route.line;
  const type = TYPES.find((name) => name === word.text);
  if (type !== undefined) {
    route.type = type;
    return withValue(route, (value) => readDestination(route, value));
  }
  route.destination = word;
  switch (word.text) {
    case "default":
    case "any":
    case "all":
      route.to = "default";
      return true;
    case "default6":
      route.to = "default";
      return joinFamily(route, 6, word);
  }
  const prefix = readPrefix(reading, word);
  if (prefix === undefined) return drop(reading, `unknown route keyword ${word.text}`, word);
  route.to = prefix;
  return joinFamily(route, familyOf(prefix.address), word);
}

/** `[inet|inet6] IP`. */
function readGateway(route: RouteLine, value: Word): boolean {
  const { reading } = route.line;
  let word = value;
  if (value.text === "inet" || value.text === "inet6") {
    if (!joinFamily(route, value.text === "inet" ? 4 : 6, value)) return false;
    const next = route.line.required();
    if (next === undefined) return false;
    word = next;
  }
  const address = readPlainAddress(reading, word);
  if (address === undefined) return drop(reading, `invalid route via address ${word.text}`, word);
  route.via = address;
  return joinFamily(route, familyOf(address), word);
}

function readDevice(route: RouteLine, value: Word): boolean {
  route.device = value;
  route.devices.push(value);
  return true;
}

function readPriority(route: RouteLine, value: Word): boolean {
  const metric = readInteger(route.line.reading, value, 0, UINT_MAX);
  if (metric === undefined) return drop(route.line.reading, `Invalid metric ${value.text} specified for route`, value);
  route.metric = metric;
  return true;
}

function readTos(route: RouteLine, value: Word): boolean {
  const tos = routingState(route.line.reading).names.find("rt_dsfield", value.text, 255);
  if (tos === undefined) return drop(route.line.reading, `TOS value ${value.text} is invalid`, value);
  route.tos = tos;
  return true;
}

function joinFamily(route: RouteLine, family: IpFamily, at: Word): boolean {
  if (route.family !== undefined && route.family !== family) return drop(route.line.reading, "Cannot mix IPv4 and IPv6 addresses for route", at);
  route.family = family;
  return true;
}

/** `nexthop ...` to the end of the line. */
function readNexthops(route: RouteLine): boolean {
  const { line } = route;
  while (line.takeIf("nexthop")) {
    const nexthop = readNexthop(line, route.family, route.devices);
    if (nexthop === undefined) {
      line.skip(); // the route stays, without what could not be read
      return true;
    }
    route.nexthops.push(nexthop.value);
    route.family ??= nexthop.family;
  }
  if (line.next !== undefined) line.reading.problem("general-error", `Route has trailing nonsense after nexthops - ${line.next.text}`, line.next);
  line.skip();
  return true;
}
