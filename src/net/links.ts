// RTM_NEWLINK and RTM_DELLINK: struct ifinfomsg of linux/rtnetlink.h, then attributes; host byte order.
//
//  0        1     2      4       8       12       16
// +--------+-----+------+-------+-------+--------+---- - -
// | family | pad | type | index | flags | change |  attributes
// +--------+-----+------+-------+-------+--------+---- - -

import type { Link, NewLink, OwnLink, Stacked } from "../base/network.ts";
import { HOST_LE, attribute, attributeMap, nestedAttribute, readString, readU16, readU32, stringAttribute, u16Attribute, u32Attribute, viewOf } from "./attributes.ts";
import type { AttributeMap } from "./attributes.ts";
import {
  IFF_LOOPBACK,
  IFF_NOARP,
  IFF_RUNNING,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_EXT_MASK,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_IPVLAN_FLAGS,
  IFLA_IPVLAN_MODE,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MACVLAN_MODE,
  IFLA_MTU,
  IFLA_VRF_TABLE,
  IPVLAN_F_PRIVATE,
  IPVLAN_F_VEPA,
  IPVLAN_MODE_L2,
  MACVLAN_MODE_BRIDGE,
  MACVLAN_MODE_PRIVATE,
  MACVLAN_MODE_VEPA,
} from "./linux-if-link.ts";
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from "./linux-netlink.ts";
import { AF_UNSPEC, IFINFOMSG_LEN, RTEXT_FILTER_SKIP_STATS, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK } from "./linux-rtnetlink.ts";
import { encodeMessage } from "./netlink.ts";

const MACVLAN_MODES = { private: MACVLAN_MODE_PRIVATE, vepa: MACVLAN_MODE_VEPA, bridge: MACVLAN_MODE_BRIDGE } as const;
/** Beside IPVLAN_MODE_L2. */
const IPVLAN_FLAGS = { private: IPVLAN_F_PRIVATE, vepa: IPVLAN_F_VEPA, bridge: 0 } as const;

/** All links, without their counters. */
export function encodeLinkDump(): Uint8Array {
  const payload = [new Uint8Array(IFINFOMSG_LEN), u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)];
  return encodeMessage(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, payload);
}

/** One link, by name, without its counters. */
export function encodeLinkQuery(name: string): Uint8Array {
  return encodeMessage(RTM_GETLINK, NLM_F_REQUEST, [ifinfo(0), stringAttribute(IFLA_IFNAME, name), u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)]);
}

/**
 * The payload of RTM_NEWLINK or RTM_DELLINK.
 *
 * @returns undefined when it is malformed, or not about the link itself: a bridge reports a port that joins or leaves
 *   as RTM_NEWLINK or RTM_DELLINK of family AF_BRIDGE, while the interface lives on.
 */
export function decodeLink(payload: Uint8Array): Link | undefined {
  if (payload.length < IFINFOMSG_LEN) return undefined;
  const view = viewOf(payload);
  if (view.getUint8(0) !== AF_UNSPEC) return undefined;
  const attributes = attributeMap(payload.subarray(IFINFOMSG_LEN));
  const name = attributes?.get(IFLA_IFNAME);
  if (attributes === undefined || name === undefined) return undefined;
  const flags = view.getUint32(8, HOST_LE);
  const info = readLinkInfo(attributes.get(IFLA_LINKINFO));
  const vrfTable = info?.kind === "vrf" ? readU32(info.data.get(IFLA_VRF_TABLE)) : undefined;
  const stacked = info && readStacked(info, readU32(attributes.get(IFLA_LINK)));
  const group = readU32(attributes.get(IFLA_GROUP)) ?? 0;
  return {
    index: view.getUint32(4, HOST_LE),
    name: readString(name),
    up: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    arp: (flags & IFF_NOARP) === 0,
    mtu: readU32(attributes.get(IFLA_MTU)) ?? 0,
    hardwareAddress: attributes.get(IFLA_ADDRESS)?.slice() ?? new Uint8Array(0),
    ...(vrfTable !== undefined && { vrfTable }),
    ...(group !== 0 && { group }),
    ...(stacked !== undefined && { stacked }),
  };
}

interface LinkInfo {
  readonly kind: string;
  readonly data: AttributeMap;
}

function readLinkInfo(linkInfo: Uint8Array | undefined): LinkInfo | undefined {
  const info = linkInfo && attributeMap(linkInfo);
  const kind = info?.get(IFLA_INFO_KIND);
  const data = attributeMap(info?.get(IFLA_INFO_DATA) ?? new Uint8Array(0));
  return kind === undefined || data === undefined ? undefined : { kind: readString(kind), data };
}

function readStacked({ kind, data }: LinkInfo, base: number | undefined): Stacked | undefined {
  if ((kind !== "macvlan" && kind !== "ipvlan") || base === undefined) return undefined;
  return { kind, base, mode: kind === "macvlan" ? macvlanMode(data) : ipvlanMode(data) };
}

function macvlanMode(data: AttributeMap): Stacked["mode"] {
  const mode = readU32(data.get(IFLA_MACVLAN_MODE));
  return keys(MACVLAN_MODES).find((name) => MACVLAN_MODES[name] === mode);
}

function ipvlanMode(data: AttributeMap): Stacked["mode"] {
  const flags = readU16(data.get(IFLA_IPVLAN_FLAGS)) ?? 0;
  if (readU16(data.get(IFLA_IPVLAN_MODE)) !== IPVLAN_MODE_L2) return undefined;
  return keys(IPVLAN_FLAGS).find((name) => IPVLAN_FLAGS[name] === flags);
}

function keys<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}

/** Makes a link that is down. The kernel answers EEXIST when something has this name. */
export function encodeNewLink({ group, ...link }: NewLink): Uint8Array {
  const attributes = [...ownAttributes(link), ...(group === undefined ? [] : [u32Attribute(IFLA_GROUP, group)])];
  return encodeMessage(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, [ifinfo(0), ...attributes]);
}

function ownAttributes({ name, stacked: { kind, base, mode }, hardwareAddress }: OwnLink): Uint8Array[] {
  const data = kind === "macvlan" ? [u32Attribute(IFLA_MACVLAN_MODE, MACVLAN_MODES[mode])] : [u16Attribute(IFLA_IPVLAN_MODE, IPVLAN_MODE_L2), u16Attribute(IFLA_IPVLAN_FLAGS, IPVLAN_FLAGS[mode])];
  return [
    stringAttribute(IFLA_IFNAME, name),
    u32Attribute(IFLA_LINK, base),
    ...(hardwareAddress === undefined ? [] : [attribute(IFLA_ADDRESS, hardwareAddress)]),
    nestedAttribute(IFLA_LINKINFO, [stringAttribute(IFLA_INFO_KIND, kind), nestedAttribute(IFLA_INFO_DATA, data)]),
  ];
}

/** Administratively up. */
export function encodeRaiseLink(index: number): Uint8Array {
  return encodeMessage(RTM_NEWLINK, NLM_F_REQUEST, [ifinfo(index, IFF_UP)]);
}

/** Whoever listens is told of the link, also when it is in that group already. */
export function encodeLinkGroup(index: number, group: number): Uint8Array {
  return encodeMessage(RTM_NEWLINK, NLM_F_REQUEST, [ifinfo(index), u32Attribute(IFLA_GROUP, group)]);
}

/** By name, whatever has it. */
export function encodeDeleteLink(name: string): Uint8Array {
  return encodeMessage(RTM_DELLINK, NLM_F_REQUEST, [ifinfo(0), stringAttribute(IFLA_IFNAME, name)]);
}

/**
 * The deletion of a link that we make, with what tells it from others of its name. It can be recorded before there is a link, and an
 * index. The kernel looks at the name alone: whoever sends it compares the rest first.
 */
export function encodeDeleteOwnLink(link: OwnLink): Uint8Array {
  return encodeMessage(RTM_DELLINK, NLM_F_REQUEST, [ifinfo(0), ...ownAttributes(link)]);
}

/** The payload of what `encodeDeleteOwnLink` made. @returns undefined when it does not tell the link from others */
export function decodeDeleteOwnLink(payload: Uint8Array): OwnLink | undefined {
  const { name, stacked, hardwareAddress } = decodeLink(payload) ?? {};
  if (name === undefined || stacked?.mode === undefined) return undefined;
  return { name, stacked: { ...stacked, mode: stacked.mode }, hardwareAddress: hardwareAddress?.length === 0 ? undefined : hardwareAddress };
}

/** @param set flags that are to be set */
function ifinfo(index: number, set = 0): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG_LEN);
  const view = viewOf(bytes);
  view.setInt32(4, index, HOST_LE);
  view.setUint32(8, set, HOST_LE);
  view.setUint32(12, set, HOST_LE);
  return bytes;
}
