import { createHmac, timingSafeEqual } from "node:crypto";
import { addressBytes, familyOf } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { AuthHmac, HmacKey } from "../conf/model.ts";
import { CHECKSUM_AT } from "./advert.ts";

// keepalived's auth_hmac extension: a trailer behind the PDU, outside of its checksum and of the pseudo-header's length, but
// counted by the IP header. Big-endian.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |1 (HMAC-SHA256)|    Key ID     |         Reserved (0)          |
// +---------------+---------------+-------------------------------+
// |                      Seconds since 1970                       |
// +-------------------------------+-------------------------------+
// |    Fraction (1/65536 s)       |           Counter             |
// +-------------------------------+-------------------------------+
// |    Left half of HMAC-SHA256 (16 octets)                       |
//
// The MAC is over: family 4 or 6, VRRP version, VRID, 0, source address (16 octets, zero padded); the PDU with its
// checksum as zero; the first 12 octets of the trailer; 16 zero octets.

export const HMAC_TRAILER_LEN = 28;

const TYPE_HMAC_SHA256 = 1;
const MAC_AT = 12;
const MAC_LEN = 16;
const FRACTIONS = 65_536;

/**
 * When an advert was signed: the 64 bits of seconds, fraction and counter as one number, so that later is greater.
 */
export type HmacStamp = bigint;

/** What one advert is signed for, and where it comes from: what no other instance's advert has in common with it. */
export interface HmacSubject {
  readonly version: number;
  readonly vrid: number;
  readonly source: IpAddress;
}

export type HmacFault = "hmacMissing" | "hmacMalformed" | "hmacUnknownKey" | "hmacInvalid" | "hmacStale" | "hmacReplayed";

/**
 * The newest stamp accepted per sender, the least recently heard first. Values, not state: `verifyTrailer` returns the
 * next one, which counts only when the whole advert is accepted.
 */
export type HmacMemory = ReadonlyMap<IpAddress, HmacStamp>;

export const NO_HMAC_MEMORY: HmacMemory = new Map();

/** Senders remembered with multicast, where anybody with a key may speak. Unicast: one per peer. */
export const MULTICAST_SENDERS = 4;

export type HmacVerdict =
  | { readonly ok: true; readonly memory: HmacMemory; readonly skewS: number }
  | { readonly ok: false; readonly reason: HmacFault; readonly skewS: number; readonly keyId: number };

/** @param wallUs microseconds since 1970 */
export function stampOf(wallUs: Micros): HmacStamp {
  const seconds = Math.floor(wallUs / SECOND);
  const fraction = Math.floor(((wallUs - seconds * SECOND) * FRACTIONS) / SECOND);
  return (BigInt(seconds >>> 0) << 32n) | (BigInt(fraction) << 16n);
}

function secondsOf(stamp: HmacStamp): number {
  return Number(stamp >> 32n);
}

/**
 * The stamp for the next advert: the clock's, or one unit more than the last one when the clock has not passed that.
 * Against replay by time a clock that was far ahead and has been put back is believed at once: the others would
 * refuse stamps of the future, or have refused them already. Monotonic replay protection never goes back.
 */
export function nextStamp(auth: AuthHmac, last: HmacStamp | undefined, wallUs: Micros): HmacStamp {
  const clock = stampOf(wallUs);
  if (last === undefined || clock > last) return clock;
  if (auth.antiReplay === "time" && secondsOf(last) - secondsOf(clock) > auth.timeWindowS) return clock;
  return last + 1n;
}

/** Whether this director signs what it sends. */
export function signs(auth: AuthHmac): boolean {
  return auth.mode !== "receive-only";
}

/**
 * The trailer of one advert, the same for every unicast peer.
 *
 * @param pdu whatever its checksum is
 * @throws RangeError when the active key is none of the keys
 */
export function encodeTrailer(auth: AuthHmac, subject: HmacSubject, pdu: Uint8Array, stamp: HmacStamp): Uint8Array {
  const key = keyOf(auth, auth.activeKey);
  if (key === undefined) throw new RangeError(`auth_hmac has no key ${auth.activeKey}`);
  const trailer = new Uint8Array(HMAC_TRAILER_LEN);
  trailer[0] = TYPE_HMAC_SHA256;
  trailer[1] = key.id;
  new DataView(trailer.buffer).setBigUint64(4, stamp);
  trailer.set(macOf(key, subject, pdu, trailer), MAC_AT);
  return trailer;
}

/** The stamp of a trailer of 28 octets. */
export function stampIn(trailer: Uint8Array): HmacStamp {
  return new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength).getBigUint64(4);
}

/**
 * Verifies a trailer in keepalived's order: form, window, key, MAC, newer than the last from that sender. The bytes are
 * untrusted; nothing throws.
 *
 * A remembered stamp that lies further ahead of our clock than the window was accepted before our clock was put back. By
 * time it is forgotten, because the window alone decides then; otherwise a pair whose clocks were both ahead would
 * not hear each other until the time it was has come again.
 *
 * @param trailer what follows the PDU; empty: there is none
 * @param wallUs microseconds since 1970
 * @param senders how many are remembered at most
 */
export function verifyTrailer(
  auth: AuthHmac,
  subject: HmacSubject,
  pdu: Uint8Array,
  trailer: Uint8Array,
  wallUs: Micros,
  memory: HmacMemory,
  senders: number,
): HmacVerdict {
  const keyId = trailer[1] ?? 0;
  if (trailer.length === 0) return { ok: false, reason: "hmacMissing", skewS: 0, keyId };
  if (trailer.length !== HMAC_TRAILER_LEN || trailer[0] !== TYPE_HMAC_SHA256 || trailer[2] !== 0 || trailer[3] !== 0) {
    return { ok: false, reason: "hmacMalformed", skewS: 0, keyId };
  }
  const stamp = stampIn(trailer);
  const now = Math.floor(wallUs / SECOND);
  const skewS = secondsOf(stamp) - now;
  const byTime = auth.antiReplay === "time";
  if (byTime && Math.abs(skewS) > auth.timeWindowS) return { ok: false, reason: "hmacStale", skewS, keyId };
  const key = keyOf(auth, keyId);
  if (key === undefined) return { ok: false, reason: "hmacUnknownKey", skewS, keyId };
  if (!timingSafeEqual(macOf(key, subject, pdu, trailer), trailer.subarray(MAC_AT))) {
    return { ok: false, reason: "hmacInvalid", skewS, keyId };
  }
  const last = memory.get(subject.source);
  const meaningful = last !== undefined && !(byTime && secondsOf(last) - now > auth.timeWindowS);
  if (meaningful && stamp <= last) return { ok: false, reason: "hmacReplayed", skewS, keyId };
  return { ok: true, memory: remember(memory, subject.source, stamp, senders), skewS };
}

function keyOf(auth: AuthHmac, id: number): HmacKey | undefined {
  return auth.keys.find((key) => key.id === id);
}

/** The sender becomes the most recently heard; whoever was heard longest ago makes room. */
function remember(memory: HmacMemory, source: IpAddress, stamp: HmacStamp, senders: number): HmacMemory {
  const next = new Map(memory);
  next.delete(source);
  for (const oldest of next.keys()) {
    if (next.size < senders) break;
    next.delete(oldest);
  }
  return next.set(source, stamp);
}

function macOf(key: HmacKey, subject: HmacSubject, pdu: Uint8Array, trailer: Uint8Array): Uint8Array {
  const pseudoHeader = new Uint8Array(20);
  pseudoHeader[0] = familyOf(subject.source);
  pseudoHeader[1] = subject.version;
  pseudoHeader[2] = subject.vrid;
  pseudoHeader.set(addressBytes(subject.source), 4);
  return createHmac("sha256", key.secret)
    .update(pseudoHeader)
    .update(pdu.subarray(0, CHECKSUM_AT))
    .update(ZEROS.subarray(0, 2))
    .update(pdu.subarray(CHECKSUM_AT + 2))
    .update(trailer.subarray(0, MAC_AT))
    .update(ZEROS)
    .digest()
    .subarray(0, MAC_LEN);
}

const ZEROS = new Uint8Array(MAC_LEN);
