import { familyOf } from "../../base/ip.ts";
import type { IpFamily } from "../../base/ip.ts";
import { KEEPALIVED_PROTOCOL } from "../../base/network.ts";
import type { RuleDraft } from "../drafts/routing.ts";
import type { Statement, Word } from "../grammar.ts";
import type { NumberRange, Prefix, Realms, Rule, RuleAction } from "../model/routing.ts";
import { INT_MAX, readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { protocolNumber } from "./ip-protocols.ts";
import { Line, readPrefix, readUint64 } from "./line.ts";
import { parseRealms } from "./realms.ts";
import { parseUnsigned, routingState } from "./routing-names.ts";

/** A rule while its line is read. */
interface RuleLine {
  readonly line: Line;
  family: IpFamily | undefined;
  not: boolean;
  from?: Prefix;
  to?: Prefix;
  preference?: number;
  action?: RuleAction;
  tos: number;
  fwmark?: { value: number; mask: number };
  realms?: Realms;
  suppressPrefixlength?: number;
  suppressIfgroup?: number;
  iif?: string;
  oif?: string;
  tunnelId?: string;
  uidrange?: NumberRange;
  protocol: number;
  ipproto?: number;
  sport?: NumberRange;
  dport?: NumberRange;
  readonly devices: Word[];
  track: boolean;
  trackGroup?: Word;
}

/**
 * A line of `virtual_rules` or `static_rules`; undefined after a message.
 *
 * @param isStatic only those know `track_group`
 */
export function readRule(reading: Reading, statement: Statement, isStatic: boolean): RuleDraft | undefined {
  const [at] = statement.words;
  if (at === undefined) return undefined;
  const rule: RuleLine = { line: new Line(reading, statement), family: undefined, not: false, tos: 0, protocol: KEEPALIVED_PROTOCOL, devices: [], track: true };
  for (let word = rule.line.take(); word !== undefined; word = rule.line.take()) {
    if (!readWord(rule, word, isStatic)) return undefined;
  }
  return finish(reading, rule, at);
}

function finish(reading: Reading, rule: RuleLine, at: Word): RuleDraft | undefined {
  const { action, devices } = rule;
  const gone = (message: string): undefined => {
    reading.problem("general-error", message, at);
    return undefined;
  };
  if (action === undefined) return gone("No action specified for rule - ignoring");
  if (action.type === "goto" && rule.preference === undefined) return gone(`Invalid rule - goto target ${action.preference} specified without preference`);
  if (action.type === "goto" && (rule.preference ?? 0) >= action.preference) return gone(`Invalid rule - preference ${rule.preference ?? 0} >= goto target ${action.preference}`);
  if (action.type !== "table" && action.type !== "l3mdev" && (rule.realms !== undefined || rule.suppressPrefixlength !== undefined || rule.suppressIfgroup !== undefined)) {
    return gone("suppressor/realm specified for non table action - skipping");
  }
  const family = rule.family ?? 4;
  let { protocol } = rule;
  if (rule.track && protocol !== KEEPALIVED_PROTOCOL) {
    reading.problem("general-error", `Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(${KEEPALIVED_PROTOCOL}), resetting protocol`, at);
    protocol = KEEPALIVED_PROTOCOL;
  }
  const model: Rule = {
    family,
    not: rule.not,
    from: rule.from,
    to: rule.to,
    preference: rule.preference ?? assignPreference(reading, family, at),
    action,
    tos: rule.tos,
    fwmark: rule.fwmark,
    realms: rule.realms,
    suppressPrefixlength: rule.suppressPrefixlength,
    suppressIfgroup: rule.suppressIfgroup,
    iif: rule.iif,
    oif: rule.oif,
    tunnelId: rule.tunnelId,
    uidrange: rule.uidrange,
    protocol,
    ipproto: rule.ipproto,
    sport: rule.sport,
    dport: rule.dport,
    track: rule.track,
  };
  return { at, rule: model, devices, trackGroup: rule.trackGroup };
}

function assignPreference(reading: Reading, family: IpFamily, at: Word): number {
  const preference = routingState(reading).nextPreference[family]--;
  reading.problem("general-error", `Rule has no preference specified - setting to ${preference}. This is probably not what you want.`, at);
  return preference;
}

function drop(rule: RuleLine, message: string, at: Word): false {
  rule.line.reading.problem("general-error", message, at);
  return false;
}

/** iproute2 knows these as route types, which are no actions of a rule. */
const NO_ACTIONS: readonly string[] = ["unicast", "local", "broadcast", "multicast", "throw", "nat"];

/** @returns false after a message when the whole rule has to go */
function readWord(rule: RuleLine, word: Word, isStatic: boolean): boolean {
  switch (word.text) {
    case "inet":
    case "inet6":
      return joinFamily(rule, word.text === "inet" ? 4 : 6, word);
    case "not":
      rule.not = true;
      return true;
    case "no_track":
      rule.track = false;
      return true;
    case "type": {
      const type = rule.line.required();
      return type !== undefined && readAction(rule, type);
    }
    case "track_group":
      if (!isStatic) break;
      return withValue(rule, (value) => ((rule.trackGroup = value), true));
  }
  const option = Object.hasOwn(VALUED, word.text) ? VALUED[word.text] : undefined;
  return option === undefined ? readAction(rule, word) : withValue(rule, (value) => option(rule, value, word));
}

function withValue(rule: RuleLine, read: (value: Word) => boolean): boolean {
  const value = rule.line.required();
  return value !== undefined && read(value);
}

function readAction(rule: RuleLine, word: Word): boolean {
  switch (word.text) {
    case "nop":
    case "blackhole":
    case "unreachable":
    case "prohibit":
    case "l3mdev":
      return setAction(rule, { type: word.text }, word);
    case "goto":
      return withValue(rule, (value) => {
        const preference = readInteger(rule.line.reading, value, 0, UINT_MAX);
        return preference === undefined ? drop(rule, "Invalid target goto specified", value) : setAction(rule, { type: "goto", preference }, word);
      });
  }
  return drop(rule, NO_ACTIONS.includes(word.text) ? `Invalid rule action ${word.text}` : `Unknown rule option ${word.text}`, word);
}

function setAction(rule: RuleLine, action: RuleAction, at: Word): boolean {
  const actions = `table/nop/goto/blackhole/prohibit/unreachable${action.type === "table" ? "" : "/l3mdev"}`;
  if (rule.action !== undefined) return drop(rule, `Cannot specify more than one of ${actions} for rule`, at);
  rule.action = action;
  return true;
}

type Option = (rule: RuleLine, value: Word, keyword: Word) => boolean;

const VALUED: Readonly<Record<string, Option>> = {
  from: selector,
  to: selector,
  table: lookUp,
  lookup: lookUp,
  preference: order,
  priority: order,
  order,
  tos: trafficClass,
  dsfield: trafficClass,
  fwmark: (rule, value) => {
    const [text = "", mask = ""] = value.text.split("/");
    const number = parseUnsigned(text, UINT_MAX);
    const bits = mask === "" ? UINT_MAX : parseUnsigned(mask, UINT_MAX);
    if (number === undefined || bits === undefined) return drop(rule, `Invalid rule fwmark ${value.text} specified`, value);
    rule.fwmark = { value: number, mask: bits };
    return true;
  },
  realms: (rule, value) => {
    const realms = parseRealms(rule.line.reading, value.text);
    if (realms === undefined) return drop(rule, `invalid realms ${value.text} for rule`, value);
    rule.realms = realms;
    return true;
  },
  suppress_prefixlength: suppressPrefix,
  sup_pl: suppressPrefix,
  suppress_ifgroup: suppressGroup,
  sup_group: suppressGroup,
  dev: inputDevice,
  iif: inputDevice,
  oif: (rule, value) => {
    rule.oif = value.text;
    rule.devices.push(value);
    return true;
  },
  "tunnel-id": (rule, value, keyword) => {
    const id = readUint64(rule.line.reading, value);
    if (id === undefined) return drop(rule, `Invalid ${keyword.text} ${keyword.text} specified`, value);
    rule.tunnelId = id;
    return true;
  },
  uidrange: (rule, value, keyword) => {
    const range = parseRange(value.text, UINT_MAX);
    if (range === undefined || !value.text.includes("-")) return drop(rule, `Invalid uidrange ${keyword.text} specified`, value);
    rule.uidrange = range;
    return true;
  },
  protocol: (rule, value) => {
    const protocol = routingState(rule.line.reading).names.find("rt_protos", value.text, 255);
    if (protocol === undefined) return drop(rule, `Invalid protocol ${value.text}`, value);
    rule.protocol = protocol;
    return true;
  },
  ipproto: (rule, value) => {
    const ipproto = protocolNumber(rule.line.reading, value.text);
    if (ipproto === undefined) return drop(rule, `Invalid ipproto ${value.text}`, value);
    rule.ipproto = ipproto;
    return true;
  },
  sport: portRange,
  dport: portRange,
};

function selector(rule: RuleLine, value: Word, keyword: Word): boolean {
  if (value.text === "any" || value.text === "all" || value.text === "default") return true;
  const prefix = readPrefix(rule.line.reading, value);
  if (prefix === undefined) return drop(rule, `Invalid rule ${keyword.text} address ${value.text}`, value);
  rule[keyword.text === "from" ? "from" : "to"] = prefix;
  return joinFamily(rule, familyOf(prefix.address), value);
}

function lookUp(rule: RuleLine, value: Word): boolean {
  const table = routingState(rule.line.reading).names.find("rt_tables", value.text, UINT_MAX);
  if (table === undefined) return drop(rule, `Routing table ${value.text} not found for rule`, value);
  if (table === 0) return drop(rule, `Table ${table} is not valid`, value);
  return setAction(rule, { type: "table", table }, value);
}

function order(rule: RuleLine, value: Word, keyword: Word): boolean {
  const preference = readInteger(rule.line.reading, value, 0, UINT_MAX);
  if (preference === undefined) return drop(rule, `Invalid rule preference ${keyword.text} specified`, value);
  rule.preference = preference;
  return true;
}

function trafficClass(rule: RuleLine, value: Word): boolean {
  const tos = routingState(rule.line.reading).names.find("rt_dsfield", value.text, 255);
  if (tos === undefined) return drop(rule, `TOS value ${value.text} is invalid`, value);
  rule.tos = tos;
  return true;
}

function suppressPrefix(rule: RuleLine, value: Word, keyword: Word): boolean {
  const length = readInteger(rule.line.reading, value, 0, INT_MAX);
  if (length === undefined) return drop(rule, `Invalid suppress_prefixlength ${keyword.text} specified`, value);
  rule.suppressPrefixlength = length;
  return true;
}

function suppressGroup(rule: RuleLine, value: Word): boolean {
  const group = routingState(rule.line.reading).names.find("group", value.text, INT_MAX);
  if (group === undefined) return drop(rule, `suppress_group ${value.text} is invalid`, value);
  rule.suppressIfgroup = group;
  return true;
}

function inputDevice(rule: RuleLine, value: Word): boolean {
  rule.iif = value.text;
  rule.devices.push(value);
  return true;
}

function portRange(rule: RuleLine, value: Word, keyword: Word): boolean {
  const range = parseRange(value.text, 65_535);
  if (range === undefined) return drop(rule, `invalid ${keyword.text} range ${value.text}`, value);
  rule[keyword.text === "sport" ? "sport" : "dport"] = range;
  return true;
}

/** `N` or `N-N`; the kernel, not keepalived, judges the order of the two. */
function parseRange(text: string, max: number): NumberRange | undefined {
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(text);
  if (match === null) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return from <= max && to <= max ? { from, to } : undefined;
}

function joinFamily(rule: RuleLine, family: IpFamily, at: Word): boolean {
  if (rule.family !== undefined && rule.family !== family) return drop(rule, "rule specification has mixed IPv4 and IPv6", at);
  rule.family = family;
  return true;
}
