// RTM_NEWLINK and RTM_DELLINK: struct ifinfomsg of linux/rtnetlink.h, then attributes; host byte order.
//
//  0        1     2      4       8       12       16
// +--------+-----+------+-------+-------+--------+---- - -
// | family | pad | type | index | flags | change |  attributes
// +--------+-----+------+-------+-------+--------+---- - -

import type { Link } from "../base/network.ts";
import { HOST_LE, attributeMap, readString, readU32, u32Attribute, viewOf } from "./attributes.ts";
import { IFF_LOOPBACK, IFF_NOARP, IFF_RUNNING, IFF_UP, IFLA_ADDRESS, IFLA_EXT_MASK, IFLA_IFNAME, IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_MTU, IFLA_VRF_TABLE } from "./linux-if-link.ts";
import { NLM_F_DUMP, NLM_F_REQUEST } from "./linux-netlink.ts";
import { AF_UNSPEC, IFINFOMSG_LEN, RTEXT_FILTER_SKIP_STATS, RTM_GETLINK } from "./linux-rtnetlink.ts";
import { encodeMessage } from "./netlink.ts";

/** All links, without their counters. */
export function encodeLinkDump(): Uint8Array {
  const payload = [new Uint8Array(IFINFOMSG_LEN), u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)];
  return encodeMessage(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, payload);
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
  const vrfTable = readVrfTable(attributes.get(IFLA_LINKINFO));
  return {
    index: view.getUint32(4, HOST_LE),
    name: readString(name),
    up: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    arp: (flags & IFF_NOARP) === 0,
    mtu: readU32(attributes.get(IFLA_MTU)) ?? 0,
    hardwareAddress: attributes.get(IFLA_ADDRESS)?.slice() ?? new Uint8Array(0),
    ...(vrfTable !== undefined && { vrfTable }),
  };
}

function readVrfTable(linkInfo: Uint8Array | undefined): number | undefined {
  const info = linkInfo && attributeMap(linkInfo);
  const kind = info?.get(IFLA_INFO_KIND);
  const data = info?.get(IFLA_INFO_DATA);
  if (kind === undefined || data === undefined || readString(kind) !== "vrf") return undefined;
  return readU32(attributeMap(data)?.get(IFLA_VRF_TABLE));
}
