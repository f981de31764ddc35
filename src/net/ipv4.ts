import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { internetChecksum } from "./checksum.ts";

// IPv4 header, RFC 791 section 3.1. Big-endian throughout.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+-------------------------------+
// |Version|  IHL  |Type of Service|          Total Length         |
// +-------+-------+---------------+-----+-------------------------+
// |         Identification        |Flags|     Fragment Offset     |
// +---------------+---------------+-----+-------------------------+
// |  Time to Live |    Protocol   |        Header Checksum        |
// +---------------+---------------+-------------------------------+
// |                         Source Address                        |
// +---------------------------------------------------------------+
// |                       Destination Address                     |
// +---------------------------------------------------------------+
// |                    Options (IHL > 5 only)                     |

export const IPV4_HEADER_LEN = 20;

export interface Ipv4Packet {
  readonly typeOfService: number;
  /** 16 bits. */
  readonly identification: number;
  readonly timeToLive: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly payload: Uint8Array;
}

/** A whole packet without options and without DF. */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEADER_LEN + packet.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, packet.typeOfService);
  view.setUint16(2, bytes.length);
  view.setUint16(4, packet.identification);
  view.setUint8(8, packet.timeToLive);
  view.setUint8(9, packet.protocol);
  bytes.set(addressBytes(packet.source), 12);
  bytes.set(addressBytes(packet.destination), 16);
  view.setUint16(10, internetChecksum(bytes.subarray(0, IPV4_HEADER_LEN)));
  bytes.set(packet.payload, IPV4_HEADER_LEN);
  return bytes;
}

/** The same packet (without options) under another identification: a copy with its header checksum. */
export function withIdentification(packet: Uint8Array, identification: number): Uint8Array {
  const bytes = packet.slice();
  bytes[4] = identification >> 8;
  bytes[5] = identification;
  bytes[10] = 0;
  bytes[11] = 0;
  const checksum = internetChecksum(bytes.subarray(0, IPV4_HEADER_LEN));
  bytes[10] = checksum >> 8;
  bytes[11] = checksum;
  return bytes;
}

/** Whether two packets differ in nothing but the identification, and the header checksum that goes with it. */
export function sameButIdentification(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && i !== 4 && i !== 5 && i !== 10 && i !== 11) return false;
  return true;
}

export interface Ipv4Header {
  /** 20 to 60, options included. */
  readonly headerLength: number;
  /** As the sender wrote it; not compared with what was received. */
  readonly totalLength: number;
  readonly identification: number;
  readonly timeToLive: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/**
 * Reads the header of a received packet. The header checksum is the kernel's business: it delivers no packet that has
 * a wrong one.
 *
 * @returns undefined when `packet` is no IPv4 packet or shorter than its header
 */
export function decodeIpv4Header(packet: Uint8Array): Ipv4Header | undefined {
  if (packet.length < IPV4_HEADER_LEN) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const headerLength = (view.getUint8(0) & 0x0f) * 4;
  if (view.getUint8(0) >> 4 !== 4 || headerLength < IPV4_HEADER_LEN || packet.length < headerLength) return undefined;
  return {
    headerLength,
    totalLength: view.getUint16(2),
    identification: view.getUint16(4),
    timeToLive: view.getUint8(8),
    protocol: view.getUint8(9),
    source: formatIpAddress(packet.subarray(12, 16)),
    destination: formatIpAddress(packet.subarray(16, 20)),
  };
}
