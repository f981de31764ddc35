// The commands of the generic netlink family "IPVS", linux/ip_vs.h. Host byte order, except what IP has on the wire:
// addresses, ports, and the IPv4 netmask, which is a mask (ff ff ff 00) while IPv6's is a prefix length.

import { addressBytes, formatIpAddress, hostPrefixLength } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey, IpvsSyncDaemon, IpvsTimeouts } from "../base/ipvs.ts";
import {
  HOST_LE,
  attribute,
  attributeMap,
  be16Attribute,
  nestedAttribute,
  readBe16,
  readString,
  readU16,
  readU32,
  stringAttribute,
  u16Attribute,
  u32Attribute,
  u8Attribute,
  viewOf,
} from "./attributes.ts";
import type { AttributeMap } from "./attributes.ts";
import { decodeGeneric, encodeGeneric } from "./genetlink.ts";
import * as vs from "./linux-ip-vs.ts";
import { NLM_F_DUMP } from "./linux-netlink.ts";
import { AF_INET, AF_INET6 } from "./linux-rtnetlink.ts";

/** union nf_inet_addr: an IPv4 address fills the first 4 octets. */
const ADDRESS_LEN = 16;

const PROTOCOLS = { tcp: vs.IPPROTO_TCP, udp: vs.IPPROTO_UDP, sctp: vs.IPPROTO_SCTP } as const;

const FORWARDING = {
  NAT: vs.IP_VS_CONN_F_MASQ,
  LOCAL: vs.IP_VS_CONN_F_LOCALNODE,
  TUN: vs.IP_VS_CONN_F_TUNNEL,
  DR: vs.IP_VS_CONN_F_DROUTE,
  BYPASS: vs.IP_VS_CONN_F_BYPASS,
} as const satisfies Record<IpvsDestination["forwarding"], number>;

/** `command` is one of IPVS_CMD_*; `flags` is NLM_F_DUMP for lists. */
function request(family: number, command: number, attributes: readonly Uint8Array[] = [], flags = 0): Uint8Array {
  return encodeGeneric({ family, command, version: vs.IPVS_GENL_VERSION, flags, attributes });
}

export function encodeGetInfo(family: number): Uint8Array {
  return request(family, vs.IPVS_CMD_GET_INFO);
}

export function encodeFlush(family: number): Uint8Array {
  return request(family, vs.IPVS_CMD_FLUSH);
}

export function encodeServiceDump(family: number): Uint8Array {
  return request(family, vs.IPVS_CMD_GET_SERVICE, [], NLM_F_DUMP);
}

/** IPVS_CMD_NEW_SERVICE or IPVS_CMD_SET_SERVICE. */
export function encodeService(family: number, command: number, service: IpvsService): Uint8Array {
  const { key, scheduler, persistenceEngine } = service;
  const attributes = [
    ...keyAttributes(key),
    stringAttribute(vs.IPVS_SVC_ATTR_SCHED_NAME, scheduler),
    attribute(vs.IPVS_SVC_ATTR_FLAGS, flagsAndMask(service)),
    u32Attribute(vs.IPVS_SVC_ATTR_TIMEOUT, service.timeoutS),
    key.family === 4
      ? attribute(vs.IPVS_SVC_ATTR_NETMASK, ipv4Mask(service.prefixLength))
      : u32Attribute(vs.IPVS_SVC_ATTR_NETMASK, service.prefixLength),
  ];
  if (persistenceEngine !== undefined) attributes.push(stringAttribute(vs.IPVS_SVC_ATTR_PE_NAME, persistenceEngine));
  return request(family, command, [nestedAttribute(vs.IPVS_CMD_ATTR_SERVICE, attributes)]);
}

export function encodeDeleteService(family: number, key: IpvsServiceKey): Uint8Array {
  return request(family, vs.IPVS_CMD_DEL_SERVICE, [keyAttribute(key)]);
}

export function encodeDestinationDump(family: number, key: IpvsServiceKey): Uint8Array {
  return request(family, vs.IPVS_CMD_GET_DEST, [keyAttribute(key)], NLM_F_DUMP);
}

/** IPVS_CMD_NEW_DEST or IPVS_CMD_SET_DEST. */
export function encodeDestination(family: number, command: number, key: IpvsServiceKey, destination: IpvsDestination): Uint8Array {
  const attributes = [
    ...destinationKeyAttributes(destination),
    u32Attribute(vs.IPVS_DEST_ATTR_FWD_METHOD, FORWARDING[destination.forwarding]),
    u32Attribute(vs.IPVS_DEST_ATTR_WEIGHT, destination.weight),
    u32Attribute(vs.IPVS_DEST_ATTR_U_THRESH, destination.upperThreshold),
    u32Attribute(vs.IPVS_DEST_ATTR_L_THRESH, destination.lowerThreshold),
  ];
  return request(family, command, [keyAttribute(key), nestedAttribute(vs.IPVS_CMD_ATTR_DEST, attributes)]);
}

export function encodeDeleteDestination(family: number, key: IpvsServiceKey, destination: IpvsDestination): Uint8Array {
  const attributes = destinationKeyAttributes(destination);
  return request(family, vs.IPVS_CMD_DEL_DEST, [keyAttribute(key), nestedAttribute(vs.IPVS_CMD_ATTR_DEST, attributes)]);
}

export function encodeGetConfig(family: number): Uint8Array {
  return request(family, vs.IPVS_CMD_GET_CONFIG);
}

export function encodeSetConfig(family: number, { tcpS, tcpFinS, udpS }: IpvsTimeouts): Uint8Array {
  return request(family, vs.IPVS_CMD_SET_CONFIG, [
    u32Attribute(vs.IPVS_CMD_ATTR_TIMEOUT_TCP, tcpS),
    u32Attribute(vs.IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, tcpFinS),
    u32Attribute(vs.IPVS_CMD_ATTR_TIMEOUT_UDP, udpS),
  ]);
}

export function encodeNewDaemon(family: number, daemon: IpvsSyncDaemon): Uint8Array {
  const attributes = [
    u32Attribute(vs.IPVS_DAEMON_ATTR_STATE, daemonState(daemon.role)),
    stringAttribute(vs.IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interfaceName),
    u32Attribute(vs.IPVS_DAEMON_ATTR_SYNC_ID, daemon.syncId),
  ];
  if (daemon.maxLength !== undefined) attributes.push(u16Attribute(vs.IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.maxLength));
  if (daemon.group !== undefined) {
    const bytes = addressBytes(daemon.group);
    attributes.push(attribute(bytes.length === 4 ? vs.IPVS_DAEMON_ATTR_MCAST_GROUP : vs.IPVS_DAEMON_ATTR_MCAST_GROUP6, bytes));
  }
  if (daemon.port !== undefined) attributes.push(u16Attribute(vs.IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port));
  if (daemon.ttl !== undefined) attributes.push(u8Attribute(vs.IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl));
  return request(family, vs.IPVS_CMD_NEW_DAEMON, [nestedAttribute(vs.IPVS_CMD_ATTR_DAEMON, attributes)]);
}

export function encodeDeleteDaemon(family: number, role: IpvsSyncDaemon["role"]): Uint8Array {
  const attributes = [u32Attribute(vs.IPVS_DAEMON_ATTR_STATE, daemonState(role))];
  return request(family, vs.IPVS_CMD_DEL_DAEMON, [nestedAttribute(vs.IPVS_CMD_ATTR_DAEMON, attributes)]);
}

/** "1.2.1", from the answer to `encodeGetInfo`. @returns undefined when it is malformed */
export function decodeInfo(payload: Uint8Array): string | undefined {
  const version = readU32(decodeGeneric(payload)?.attributes.get(vs.IPVS_INFO_ATTR_VERSION));
  return version === undefined ? undefined : `${(version >> 16) & 0xff}.${(version >> 8) & 0xff}.${version & 0xff}`;
}

/** The answer to `encodeGetConfig`. @returns undefined when it is malformed */
export function decodeConfig(payload: Uint8Array): IpvsTimeouts | undefined {
  const attributes = decodeGeneric(payload)?.attributes;
  const tcpS = readU32(attributes?.get(vs.IPVS_CMD_ATTR_TIMEOUT_TCP));
  const tcpFinS = readU32(attributes?.get(vs.IPVS_CMD_ATTR_TIMEOUT_TCP_FIN));
  const udpS = readU32(attributes?.get(vs.IPVS_CMD_ATTR_TIMEOUT_UDP));
  return tcpS === undefined || tcpFinS === undefined || udpS === undefined ? undefined : { tcpS, tcpFinS, udpS };
}

/** One message of a service dump; its counters are not read. @returns undefined when it is malformed or of a kind unknown here */
export function decodeService(payload: Uint8Array): IpvsService | undefined {
  const attributes = nested(payload, vs.IPVS_CMD_ATTR_SERVICE);
  const key = attributes && decodeKey(attributes);
  const scheduler = attributes?.get(vs.IPVS_SVC_ATTR_SCHED_NAME);
  const flagWords = attributes?.get(vs.IPVS_SVC_ATTR_FLAGS);
  const timeoutS = readU32(attributes?.get(vs.IPVS_SVC_ATTR_TIMEOUT));
  const netmask = attributes?.get(vs.IPVS_SVC_ATTR_NETMASK);
  if (!key || scheduler === undefined || flagWords?.length !== 8 || timeoutS === undefined || netmask?.length !== 4) return undefined;
  const flags = viewOf(flagWords).getUint32(0, HOST_LE);
  const prefixLength = key.family === 4 ? ipv4PrefixLength(netmask) : readU32(netmask);
  if (prefixLength === undefined || prefixLength > hostPrefixLength(key.family)) return undefined;
  const engine = attributes?.get(vs.IPVS_SVC_ATTR_PE_NAME);
  return {
    key,
    scheduler: readString(scheduler),
    persistent: (flags & vs.IP_VS_SVC_F_PERSISTENT) !== 0,
    hashed: (flags & vs.IP_VS_SVC_F_HASHED) !== 0,
    onePacket: (flags & vs.IP_VS_SVC_F_ONEPACKET) !== 0,
    schedFlags: flags & vs.IP_VS_SVC_F_SCHED_MASK,
    timeoutS,
    prefixLength,
    persistenceEngine: engine === undefined ? undefined : readString(engine),
  };
}

/**
 * One message of a destination dump; its counters are not read.
 * @param family of the service, which kernels before 3.18 leave out
 */
export function decodeDestination(payload: Uint8Array, family: IpFamily): IpvsDestination | undefined {
  const attributes = nested(payload, vs.IPVS_CMD_ATTR_DEST);
  if (attributes === undefined) return undefined;
  const own = attributes.get(vs.IPVS_DEST_ATTR_ADDR_FAMILY);
  const addressFamily = own === undefined ? family : ipFamily(readU16(own));
  const address = addressFamily && decodeIpAddress(attributes.get(vs.IPVS_DEST_ATTR_ADDR), addressFamily);
  const port = readBe16(attributes.get(vs.IPVS_DEST_ATTR_PORT));
  const method = readU32(attributes.get(vs.IPVS_DEST_ATTR_FWD_METHOD));
  const weight = readU32(attributes.get(vs.IPVS_DEST_ATTR_WEIGHT));
  const forwarding = method === undefined ? undefined : forwardingOf(method & vs.IP_VS_CONN_F_FWD_MASK);
  if (!addressFamily || !address || port === undefined || weight === undefined || forwarding === undefined) return undefined;
  return {
    address,
    family: addressFamily,
    port,
    forwarding,
    weight,
    upperThreshold: readU32(attributes.get(vs.IPVS_DEST_ATTR_U_THRESH)) ?? 0,
    lowerThreshold: readU32(attributes.get(vs.IPVS_DEST_ATTR_L_THRESH)) ?? 0,
    activeConnections: readU32(attributes.get(vs.IPVS_DEST_ATTR_ACTIVE_CONNS)) ?? 0,
    inactiveConnections: readU32(attributes.get(vs.IPVS_DEST_ATTR_INACT_CONNS)) ?? 0,
  };
}

function decodeKey(attributes: AttributeMap): IpvsServiceKey | undefined {
  const family = ipFamily(readU16(attributes.get(vs.IPVS_SVC_ATTR_AF)));
  if (family === undefined) return undefined;
  const fwmark = readU32(attributes.get(vs.IPVS_SVC_ATTR_FWMARK));
  if (fwmark !== undefined) return { type: "fwmark", family, fwmark };
  const number = readU16(attributes.get(vs.IPVS_SVC_ATTR_PROTOCOL));
  const protocol = (["tcp", "udp", "sctp"] as const).find((name) => PROTOCOLS[name] === number);
  const address = decodeIpAddress(attributes.get(vs.IPVS_SVC_ATTR_ADDR), family);
  const port = readBe16(attributes.get(vs.IPVS_SVC_ATTR_PORT));
  if (protocol === undefined || address === undefined || port === undefined) return undefined;
  return { type: "address", family, protocol, address, port };
}

function keyAttribute(key: IpvsServiceKey): Uint8Array {
  return nestedAttribute(vs.IPVS_CMD_ATTR_SERVICE, keyAttributes(key));
}

function keyAttributes(key: IpvsServiceKey): Uint8Array[] {
  const family = u16Attribute(vs.IPVS_SVC_ATTR_AF, addressFamily(key.family));
  if (key.type === "fwmark") return [family, u32Attribute(vs.IPVS_SVC_ATTR_FWMARK, key.fwmark)];
  return [
    family,
    u16Attribute(vs.IPVS_SVC_ATTR_PROTOCOL, PROTOCOLS[key.protocol]),
    attribute(vs.IPVS_SVC_ATTR_ADDR, inetAddress(key.address)),
    be16Attribute(vs.IPVS_SVC_ATTR_PORT, key.port),
  ];
}

function destinationKeyAttributes({ address, family, port }: IpvsDestination): Uint8Array[] {
  return [
    attribute(vs.IPVS_DEST_ATTR_ADDR, inetAddress(address)),
    be16Attribute(vs.IPVS_DEST_ATTR_PORT, port),
    u16Attribute(vs.IPVS_DEST_ATTR_ADDR_FAMILY, addressFamily(family)),
  ];
}

/** struct ip_vs_flags: all flags are ours to say, HASHED aside, which the kernel sets itself. */
function flagsAndMask({ persistent, onePacket, schedFlags }: IpvsService): Uint8Array {
  const flags = (persistent ? vs.IP_VS_SVC_F_PERSISTENT : 0) | (onePacket ? vs.IP_VS_SVC_F_ONEPACKET : 0) | (schedFlags & vs.IP_VS_SVC_F_SCHED_MASK);
  return new Uint8Array(Uint32Array.of(flags, 0xffffffff).buffer);
}

function inetAddress(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_LEN);
  bytes.set(addressBytes(address));
  return bytes;
}

function decodeIpAddress(value: Uint8Array | undefined, family: IpFamily): IpAddress | undefined {
  const size = family === 4 ? 4 : 16;
  return value === undefined || value.length < size ? undefined : formatIpAddress(value.subarray(0, size));
}

function ipv4Mask(prefixLength: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0, false);
  return bytes;
}

/** @returns undefined for a mask with holes, which no prefix length means */
function ipv4PrefixLength(mask: Uint8Array): number | undefined {
  const value = viewOf(mask).getUint32(0, false);
  const prefixLength = Math.clz32(~value);
  return viewOf(ipv4Mask(prefixLength)).getUint32(0, false) === value ? prefixLength : undefined;
}

function forwardingOf(method: number): IpvsDestination["forwarding"] | undefined {
  return (["NAT", "LOCAL", "TUN", "DR", "BYPASS"] as const).find((name) => FORWARDING[name] === method);
}

function nested(payload: Uint8Array, type: number): AttributeMap | undefined {
  const value = decodeGeneric(payload)?.attributes.get(type);
  return value && attributeMap(value);
}

function addressFamily(family: IpFamily): number {
  return family === 4 ? AF_INET : AF_INET6;
}

function ipFamily(family: number | undefined): IpFamily | undefined {
  if (family === AF_INET) return 4;
  return family === AF_INET6 ? 6 : undefined;
}

function daemonState(role: IpvsSyncDaemon["role"]): number {
  return role === "master" ? vs.IP_VS_STATE_MASTER : vs.IP_VS_STATE_BACKUP;
}
