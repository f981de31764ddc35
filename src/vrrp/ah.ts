import { createHmac, timingSafeEqual } from "node:crypto";
import { addressBytes } from "../base/ip.ts";
import type { Ipv4Packet } from "../net/ipv4.ts";
import { encodeIpv4 } from "../net/ipv4.ts";
import { VRRP_PROTOCOL } from "./advert.ts";

// Authentication Header between IPv4 and VRRP, RFC 2338 section 5.3.6.3 and RFC 2402, HMAC-MD5-96 of RFC 2403. Big-endian.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |   112 (VRRP)  |Payload Len (4)|           Reserved            |
// +---------------+---------------+-------------------------------+
// |            SPI: the sender's IPv4 address (keepalived)        |
// +---------------------------------------------------------------+
// |                        Sequence Number                        |
// +---------------------------------------------------------------+
// |          Integrity Check Value (12 octets)                    |

export const AH_PROTOCOL = 51;
export const AH_HEADER_LEN = 24;

const ICV_AT = 12;
const ICV_LEN = 12;
/** In 32-bit words, minus 2. */
const PAYLOAD_LENGTH = AH_HEADER_LEN / 4 - 2;

/** The last number that is sent; then they begin again. */
export const AH_SEQUENCE_LAST = 0xfffffffd;
/** A number so small, heard when the last ones were used up, is the beginning of a new cycle and not a repetition. */
const NEW_CYCLE = 0x10000;

export interface AhHeader {
  readonly nextHeader: number;
  readonly payloadLength: number;
  /** 32 bits, unsigned. */
  readonly spi: number;
  /** 32 bits, unsigned. */
  readonly sequence: number;
}

/** @returns undefined when there are fewer than 24 octets */
export function decodeAhHeader(bytes: Uint8Array): AhHeader | undefined {
  if (bytes.length < AH_HEADER_LEN) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    nextHeader: view.getUint8(0),
    payloadLength: view.getUint8(1),
    spi: view.getUint32(4),
    sequence: view.getUint32(8),
  };
}

/** It announces VRRP and an ICV of 12 octets: what our own ICV can be compared with. */
export function isVrrpAh({ nextHeader, payloadLength }: AhHeader): boolean {
  return nextHeader === VRRP_PROTOCOL && payloadLength === PAYLOAD_LENGTH;
}

/** The SPI that keepalived gives to packets from this address; reads the source of a packet's own IPv4 header. */
export function spiOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint32(12);
}

/**
 * A whole IPv4 packet with AH.
 *
 * @param packet `payload` is the PDU, its authentication data zero; `protocol` is not read
 * @param key the padded password, 8 octets
 * @param unicast the destination is a peer: its routers may lower the TTL, which then is not authenticated
 */
export function encodeAhPacket(packet: Ipv4Packet, key: Uint8Array, sequence: number, unicast: boolean): Uint8Array {
  const payload = new Uint8Array(AH_HEADER_LEN + packet.payload.length);
  const view = new DataView(payload.buffer);
  view.setUint8(0, VRRP_PROTOCOL);
  view.setUint8(1, PAYLOAD_LENGTH);
  payload.set(addressBytes(packet.source), 4);
  view.setUint32(8, sequence);
  payload.set(packet.payload, AH_HEADER_LEN);
  const bytes = encodeIpv4({ ...packet, protocol: AH_PROTOCOL, payload });
  const headerLength = bytes.length - payload.length;
  bytes.set(integrityCheckValue(bytes, headerLength, key, unicast), headerLength + ICV_AT);
  return bytes;
}

/**
 * Whether the ICV of a received packet is that of this key. Compared in constant time.
 *
 * @param packet IPv4 header, AH (complete) and PDU, without Ethernet padding
 */
export function hasValidIcv(packet: Uint8Array, headerLength: number, key: Uint8Array, unicast: boolean): boolean {
  const at = headerLength + ICV_AT;
  return timingSafeEqual(packet.subarray(at, at + ICV_LEN), integrityCheckValue(packet, headerLength, key, unicast));
}

/** RFC 2402 section 3.3.3: what may change on the way counts as zero. The reference is keepalived's output. */
function integrityCheckValue(packet: Uint8Array, headerLength: number, key: Uint8Array, unicast: boolean): Uint8Array {
  const input = packet.slice();
  input[1] = 0; // type of service
  input.fill(0, 6, 8); // flags and fragment offset
  if (unicast) input[8] = 0; // time to live
  input.fill(0, 10, 12); // header checksum
  input.fill(0, headerLength + ICV_AT, headerLength + ICV_AT + ICV_LEN);
  return createHmac("md5", key).update(input).digest().subarray(0, ICV_LEN);
}

/**
 * The number after `last`: one counter per instance, the last number sent or accepted, so that a takeover goes on from
 * what the others have heard. keepalived 2.2.7 sends 0xFFFFFFFE for ever once it is there, which nobody accepts twice.
 */
export function nextAhSequence(last: number): number {
  return last >= AH_SEQUENCE_LAST ? 1 : last + 1;
}

/** Strictly greater, except that the numbers may begin again when they were used up. */
export function isNewAhSequence(last: number, received: number): boolean {
  if (last >= AH_SEQUENCE_LAST && received > 0 && received < NEW_CYCLE) return true;
  return received > last;
}
