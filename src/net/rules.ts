// RTM_NEWRULE, RTM_DELRULE and RTM_GETRULE: struct fib_rule_hdr of linux/fib_rules.h, then attributes; host byte order.
//
//  0        1         2         3     4       5   6   7        8       12
// +--------+---------+---------+-----+-------+---+---+--------+-------+---- - -
// | family | dst len | src len | tos | table | 0 | 0 | action | flags |  attributes
// +--------+---------+---------+-----+-------+---+---+--------+-------+---- - -

import { addressBytes } from "../base/ip.ts";
import type { IpFamily } from "../base/ip.ts";
import type { KernelRule, NumberRange, Prefix, RuleAction } from "../base/routing.ts";
import { HOST_LE, attribute, attributeMap, readString, readU32, readU8, stringAttribute, u32Attribute, u8Attribute, viewOf } from "./attributes.ts";
import type { AttributeMap } from "./attributes.ts";
import { be64, readBe64 } from "./encap.ts";
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from "./linux-netlink.ts";
import {
  FIB_RULE_HDR_LEN,
  FIB_RULE_INVERT,
  FRA_DPORT_RANGE,
  FRA_DST,
  FRA_FLOW,
  FRA_FWMARK,
  FRA_FWMASK,
  FRA_GOTO,
  FRA_IIFNAME,
  FRA_IP_PROTO,
  FRA_L3MDEV,
  FRA_OIFNAME,
  FRA_PRIORITY,
  FRA_PROTOCOL,
  FRA_SPORT_RANGE,
  FRA_SRC,
  FRA_SUPPRESS_IFGROUP,
  FRA_SUPPRESS_PREFIXLEN,
  FRA_TABLE,
  FRA_TUN_ID,
  FRA_UID_RANGE,
  FR_ACT_BLACKHOLE,
  FR_ACT_GOTO,
  FR_ACT_NOP,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  RT_TABLE_UNSPEC,
} from "./linux-route.ts";
import { AF_INET, AF_INET6, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE } from "./linux-rtnetlink.ts";
import { encodeMessage } from "./netlink.ts";
import { readPrefix, readRealms, realmsAttributes } from "./routes.ts";

/** What the kernel tells where nothing is suppressed. */
const NOT_SUPPRESSED = 0xffff_ffff;
const EVERY_BIT = 0xffff_ffff;

/** The kernel answers EEXIST when the very same rule is there: without NLM_F_EXCL it would take a second one. */
export function encodeNewRule(rule: KernelRule): Uint8Array {
  return encodeMessage(RTM_NEWRULE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, parts(rule));
}

/** Every selector is named: the kernel takes away the first rule that has all of them. */
export function encodeDeleteRule(rule: KernelRule): Uint8Array {
  return encodeMessage(RTM_DELRULE, NLM_F_REQUEST, parts(rule));
}

export function encodeRuleDump(family: IpFamily): Uint8Array {
  const header = new Uint8Array(FIB_RULE_HDR_LEN);
  header[0] = family === 4 ? AF_INET : AF_INET6;
  return encodeMessage(RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP, [header]);
}

/** For error messages: "1000: from 192.0.2.0/24 table 100". */
export function describeRule({ family, preference, from, to, action }: KernelRule): string {
  const selector = (word: string, prefix: Prefix | undefined) => (prefix === undefined ? "" : ` ${word} ${prefix.address}/${prefix.prefixLength}`);
  const target = action.type === "table" ? `table ${action.table}` : action.type === "goto" ? `goto ${action.preference}` : action.type;
  return `${preference}: IPv${family}${selector("from", from)}${selector("to", to)} ${target}`;
}

/**
 * The payload of RTM_NEWRULE or RTM_DELRULE.
 * @returns undefined when it is malformed, of another family than IPv4 and IPv6, or of an unknown action
 */
export function decodeRule(payload: Uint8Array): KernelRule | undefined {
  if (payload.length < FIB_RULE_HDR_LEN) return undefined;
  const view = viewOf(payload);
  const [frhFamily, flags] = [view.getUint8(0), view.getUint32(8, HOST_LE)];
  if (frhFamily !== AF_INET && frhFamily !== AF_INET6) return undefined;
  const family = frhFamily === AF_INET ? 4 : 6;
  const attributes = attributeMap(payload.subarray(FIB_RULE_HDR_LEN));
  if (attributes === undefined) return undefined;
  const action = readAction(attributes, view.getUint8(7), view.getUint8(4));
  const to = readPrefix(attributes.get(FRA_DST), view.getUint8(1), family);
  const from = readPrefix(attributes.get(FRA_SRC), view.getUint8(2), family);
  if (action === undefined || to === undefined || from === undefined) return undefined;
  const suppressed = (type: number) => {
    const value = readU32(attributes.get(type));
    return value === NOT_SUPPRESSED ? undefined : value;
  };
  const text = (type: number) => {
    const value = attributes.get(type);
    return value && readString(value);
  };
  const tunnelId = attributes.get(FRA_TUN_ID);
  const mark = readU32(attributes.get(FRA_FWMARK));
  const mask = readU32(attributes.get(FRA_FWMASK));
  return {
    family,
    not: (flags & FIB_RULE_INVERT) !== 0,
    from: from.prefixLength === 0 ? undefined : from,
    to: to.prefixLength === 0 ? undefined : to,
    preference: readU32(attributes.get(FRA_PRIORITY)) ?? 0,
    action,
    tos: view.getUint8(3),
    fwmark: mark === undefined && mask === undefined ? undefined : { value: mark ?? 0, mask: mask ?? EVERY_BIT },
    realms: readRealms(attributes.get(FRA_FLOW)),
    suppressPrefixlength: suppressed(FRA_SUPPRESS_PREFIXLEN),
    suppressIfgroup: suppressed(FRA_SUPPRESS_IFGROUP),
    iif: text(FRA_IIFNAME),
    oif: text(FRA_OIFNAME),
    tunnelId: tunnelId?.length === 8 ? readBe64(tunnelId).toString() : undefined,
    uidrange: readRange32(attributes.get(FRA_UID_RANGE)),
    protocol: readU8(attributes.get(FRA_PROTOCOL)) ?? 0,
    ipproto: readU8(attributes.get(FRA_IP_PROTO)),
    sport: readRange16(attributes.get(FRA_SPORT_RANGE)),
    dport: readRange16(attributes.get(FRA_DPORT_RANGE)),
  };
}

function parts(rule: KernelRule): Uint8Array[] {
  const { family, to, from, tos, action, preference, fwmark, suppressPrefixlength, suppressIfgroup, iif, oif, tunnelId, uidrange, protocol, ipproto, sport, dport } = rule;
  const table = action.type === "table" ? action.table : RT_TABLE_UNSPEC;
  const header = new Uint8Array(FIB_RULE_HDR_LEN);
  header.set([family === 4 ? AF_INET : AF_INET6, to?.prefixLength ?? 0, from?.prefixLength ?? 0, tos, table > 0xff ? RT_TABLE_UNSPEC : table, 0, 0, actionNumber(action)]);
  viewOf(header).setUint32(8, rule.not ? FIB_RULE_INVERT : 0, HOST_LE);
  const prefix = (type: number, value: Prefix | undefined) => (value === undefined || value.prefixLength === 0 ? [] : [attribute(type, addressBytes(value.address))]);
  return [
    header,
    ...prefix(FRA_DST, to),
    ...prefix(FRA_SRC, from),
    u32Attribute(FRA_PRIORITY, preference),
    ...(table > 0xff ? [u32Attribute(FRA_TABLE, table)] : []),
    ...(action.type === "goto" ? [u32Attribute(FRA_GOTO, action.preference)] : []),
    ...(action.type === "l3mdev" ? [u8Attribute(FRA_L3MDEV, 1)] : []),
    ...(fwmark === undefined ? [] : [u32Attribute(FRA_FWMARK, fwmark.value), u32Attribute(FRA_FWMASK, fwmark.mask)]),
    ...realmsAttributes(FRA_FLOW, rule.realms),
    ...(suppressPrefixlength === undefined ? [] : [u32Attribute(FRA_SUPPRESS_PREFIXLEN, suppressPrefixlength)]),
    ...(suppressIfgroup === undefined ? [] : [u32Attribute(FRA_SUPPRESS_IFGROUP, suppressIfgroup)]),
    ...(iif === undefined ? [] : [stringAttribute(FRA_IIFNAME, iif)]),
    ...(oif === undefined ? [] : [stringAttribute(FRA_OIFNAME, oif)]),
    ...(tunnelId === undefined ? [] : [attribute(FRA_TUN_ID, be64(BigInt(tunnelId)))]),
    ...(uidrange === undefined ? [] : [attribute(FRA_UID_RANGE, new Uint8Array(Uint32Array.of(uidrange.from, uidrange.to).buffer))]),
    ...(protocol === 0 ? [] : [u8Attribute(FRA_PROTOCOL, protocol)]),
    ...(ipproto === undefined ? [] : [u8Attribute(FRA_IP_PROTO, ipproto)]),
    ...range16(FRA_SPORT_RANGE, sport),
    ...range16(FRA_DPORT_RANGE, dport),
  ];
}

function actionNumber(action: RuleAction): number {
  switch (action.type) {
    case "table":
    case "l3mdev":
      return FR_ACT_TO_TBL;
    case "goto":
      return FR_ACT_GOTO;
    case "nop":
      return FR_ACT_NOP;
    case "blackhole":
      return FR_ACT_BLACKHOLE;
    case "unreachable":
      return FR_ACT_UNREACHABLE;
    case "prohibit":
      return FR_ACT_PROHIBIT;
  }
}

function readAction(attributes: AttributeMap, number: number, shortTable: number): RuleAction | undefined {
  switch (number) {
    case FR_ACT_TO_TBL:
      if (readU8(attributes.get(FRA_L3MDEV)) === 1) return { type: "l3mdev" };
      return { type: "table", table: readU32(attributes.get(FRA_TABLE)) ?? shortTable };
    case FR_ACT_GOTO: {
      const preference = readU32(attributes.get(FRA_GOTO));
      return preference === undefined ? undefined : { type: "goto", preference };
    }
    case FR_ACT_NOP:
      return { type: "nop" };
    case FR_ACT_BLACKHOLE:
      return { type: "blackhole" };
    case FR_ACT_UNREACHABLE:
      return { type: "unreachable" };
    case FR_ACT_PROHIBIT:
      return { type: "prohibit" };
    default:
      return undefined;
  }
}

/** struct fib_rule_port_range. */
function range16(type: number, range: NumberRange | undefined): Uint8Array[] {
  return range === undefined ? [] : [attribute(type, new Uint8Array(Uint16Array.of(range.from, range.to).buffer))];
}

function readRange16(value: Uint8Array | undefined): NumberRange | undefined {
  if (value?.length !== 4) return undefined;
  const view = viewOf(value);
  return { from: view.getUint16(0, HOST_LE), to: view.getUint16(2, HOST_LE) };
}

/** struct fib_rule_uid_range. */
function readRange32(value: Uint8Array | undefined): NumberRange | undefined {
  if (value?.length !== 8) return undefined;
  const view = viewOf(value);
  return { from: view.getUint32(0, HOST_LE), to: view.getUint32(4, HOST_LE) };
}
