// RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR: struct ifaddrmsg of linux/if_addr.h, then attributes; host byte order.
//
//  0        1           2       3       4                 8
// +--------+-----------+-------+-------+-----------------+---- - -
// | family | prefixlen | flags | scope | interface index |  attributes
// +--------+-----------+-------+-------+-----------------+---- - -

import type { InterfaceAddress } from "../base/network.ts";
import { addressBytes, familyOf, formatIpAddress } from "../base/ip.ts";
import { HOST_LE, attribute, attributeMap, concatBytes, readString, readU32, readU8, stringAttribute, u32Attribute, u8Attribute, viewOf } from "./attributes.ts";
import {
  IFADDRMSG_LEN,
  IFA_ADDRESS,
  IFA_BROADCAST,
  IFA_CACHEINFO,
  IFA_CACHEINFO_LEN,
  IFA_FLAGS,
  IFA_F_DADFAILED,
  IFA_F_HOMEADDRESS,
  IFA_F_MANAGETEMPADDR,
  IFA_F_MCAUTOJOIN,
  IFA_F_NODAD,
  IFA_F_NOPREFIXROUTE,
  IFA_F_OPTIMISTIC,
  IFA_F_TENTATIVE,
  IFA_LABEL,
  IFA_LOCAL,
  IFA_PROTO,
  INFINITY_LIFE_TIME,
} from "./linux-if-addr.ts";
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from "./linux-netlink.ts";
import { AF_INET, AF_INET6, AF_UNSPEC, RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR } from "./linux-rtnetlink.ts";
import { encodeMessage } from "./netlink.ts";

/** Puts an address on an interface; the kernel answers EEXIST when it is there already. */
export function encodeNewAddress(address: InterfaceAddress): Uint8Array {
  const flags = flagBits(address);
  const payload = [header(address, flags), localAndPeer(address)];
  if (address.broadcast !== undefined) payload.push(attribute(IFA_BROADCAST, addressBytes(address.broadcast)));
  if (address.label !== undefined && familyOf(address.address) === 4) payload.push(stringAttribute(IFA_LABEL, address.label));
  if (flags > 0xff) payload.push(u32Attribute(IFA_FLAGS, flags));
  if (address.preferredLifetimeS !== undefined) payload.push(attribute(IFA_CACHEINFO, lifetimes(address.preferredLifetimeS)));
  if (address.protocol !== undefined) payload.push(u8Attribute(IFA_PROTO, address.protocol));
  return encodeMessage(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, payload);
}

/** Identified by interface, address, prefix length and peer; the label is left out, because someone may have changed it. */
export function encodeDeleteAddress(address: InterfaceAddress): Uint8Array {
  return encodeMessage(RTM_DELADDR, NLM_F_REQUEST, [header(address, 0), localAndPeer(address)]);
}

/** All addresses of both families. */
export function encodeAddressDump(): Uint8Array {
  const everything = new Uint8Array(IFADDRMSG_LEN);
  everything[0] = AF_UNSPEC;
  return encodeMessage(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, [everything]);
}

/** For error messages: "192.0.2.1/24 dev 3". */
export function describeAddress(address: InterfaceAddress): string {
  return `${address.address}/${address.prefixLength} dev ${address.interfaceIndex}`;
}

/**
 * The payload of RTM_NEWADDR or RTM_DELADDR.
 * @returns undefined when it is malformed or of another family than IPv4 and IPv6
 */
export function decodeAddress(payload: Uint8Array): InterfaceAddress | undefined {
  if (payload.length < IFADDRMSG_LEN) return undefined;
  const view = viewOf(payload);
  const family = view.getUint8(0);
  const attributes = attributeMap(payload.subarray(IFADDRMSG_LEN));
  if (attributes === undefined || (family !== AF_INET && family !== AF_INET6)) return undefined;
  const size = family === AF_INET ? 4 : 16;
  const prefixLength = view.getUint8(1);
  if (prefixLength > size * 8) return undefined;

  const addressOf = (type: number) => {
    const value = attributes.get(type);
    return value?.length === size ? formatIpAddress(value) : undefined;
  };
  const prefix = addressOf(IFA_ADDRESS);
  const local = addressOf(IFA_LOCAL);
  const address = local ?? prefix; // IPv6 without a peer has IFA_ADDRESS alone
  if (address === undefined) return undefined;

  const flags = readU32(attributes.get(IFA_FLAGS)) ?? view.getUint8(2);
  const broadcast = addressOf(IFA_BROADCAST);
  const label = attributes.get(IFA_LABEL);
  const preferredLifetimeS = preferredLifetime(attributes.get(IFA_CACHEINFO));
  const protocol = readU8(attributes.get(IFA_PROTO));
  return {
    interfaceIndex: view.getUint32(4, HOST_LE),
    address,
    prefixLength,
    scope: view.getUint8(3),
    ...(prefix !== undefined && prefix !== address && { peer: prefix }),
    ...(broadcast !== undefined && { broadcast }),
    ...(label !== undefined && { label: readString(label) }),
    ...((flags & IFA_F_NOPREFIXROUTE) !== 0 && { noPrefixRoute: true }),
    ...((flags & IFA_F_HOMEADDRESS) !== 0 && { home: true }),
    ...((flags & IFA_F_MANAGETEMPADDR) !== 0 && { managedTemporary: true }),
    ...((flags & IFA_F_MCAUTOJOIN) !== 0 && { autojoin: true }),
    ...((flags & IFA_F_NODAD) !== 0 && { noDuplicateDetection: true }),
    ...((flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) === IFA_F_TENTATIVE && { tentative: true }),
    ...((flags & IFA_F_DADFAILED) !== 0 && { dadFailed: true }),
    ...(preferredLifetimeS !== undefined && { preferredLifetimeS }),
    ...(protocol !== undefined && { protocol }),
  };
}

function header(address: InterfaceAddress, flags: number): Uint8Array {
  const bytes = new Uint8Array(IFADDRMSG_LEN);
  const view = viewOf(bytes);
  view.setUint8(0, familyOf(address.address) === 4 ? AF_INET : AF_INET6);
  view.setUint8(1, address.prefixLength);
  view.setUint8(2, flags & 0xff);
  view.setUint8(3, address.scope);
  view.setUint32(4, address.interfaceIndex, HOST_LE);
  return bytes;
}

/** IFA_ADDRESS is the remote end, or the address itself. */
function localAndPeer(address: InterfaceAddress): Uint8Array {
  return concatBytes([
    attribute(IFA_LOCAL, addressBytes(address.address)),
    attribute(IFA_ADDRESS, addressBytes(address.peer ?? address.address)),
  ]);
}

function flagBits(address: InterfaceAddress): number {
  return (
    (address.noPrefixRoute === true ? IFA_F_NOPREFIXROUTE : 0) |
    (address.home === true ? IFA_F_HOMEADDRESS : 0) |
    (address.managedTemporary === true ? IFA_F_MANAGETEMPADDR : 0) |
    (address.autojoin === true ? IFA_F_MCAUTOJOIN : 0) |
    (address.noDuplicateDetection === true ? IFA_F_NODAD : 0)
  );
}

function lifetimes(preferredS: number): Uint8Array {
  const bytes = new Uint8Array(IFA_CACHEINFO_LEN);
  const view = viewOf(bytes);
  view.setUint32(0, preferredS, HOST_LE);
  view.setUint32(4, INFINITY_LIFE_TIME, HOST_LE);
  return bytes;
}

function preferredLifetime(cacheInfo: Uint8Array | undefined): number | undefined {
  if (cacheInfo?.length !== IFA_CACHEINFO_LEN) return undefined;
  const preferredS = viewOf(cacheInfo).getUint32(0, HOST_LE);
  return preferredS === INFINITY_LIFE_TIME ? undefined : preferredS;
}
