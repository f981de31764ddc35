import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { internetChecksum } from "../net/checksum.ts";

// VRRPv2 ADVERTISEMENT, RFC 2338 section 5.1 (RFC 3768 dropped authentication, keepalived did not). Big-endian.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+---------------+---------------+
// |Version|  Type | Virtual Rtr ID|   Priority    | Count IP Addrs|
// +-------+-------+---------------+---------------+---------------+
// |   Auth Type   |  Adver Int (s)|          Checksum             |
// +---------------+---------------+-------------------------------+
// |                        IP Address(es)                         |
// +---------------------------------------------------------------+
// |                  Authentication Data (8 octets)               |
//
// Every other version ends with the addresses.

export const VRRP_PROTOCOL = 112;
export const TYPE_ADVERTISEMENT = 1;
export const AUTH_NONE = 0;
export const AUTH_PASS = 1;
export const AUTH_AH = 2;
export const PRIORITY_STOP = 0;
export const PRIORITY_OWNER = 255;

export const PDU_HEADER_LEN = 8;
export const AUTH_DATA_LEN = 8;

export interface Advertisement {
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  readonly authType: number;
  /** 8 octets, a copy; zero without authentication, and in versions that have none. */
  readonly authData: Uint8Array;
  readonly advertIntervalUs: Micros;
  readonly addresses: readonly IpAddress[];
  /** The checksum over everything, authentication data included, RFC 2338 section 5.3.8. */
  readonly checksumValid: boolean;
}

export type DecodeError = "truncated" | "tooShort" | "tooLong";

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: DecodeError };

/** The length of an IPv4 PDU of this version that announces `count` addresses; only version 2 authenticates. */
export function advertLength(version: number, count: number): number {
  return PDU_HEADER_LEN + 4 * count + (version === 2 ? AUTH_DATA_LEN : 0);
}

/**
 * Decodes one VRRPv2 IPv4 ADVERTISEMENT; `payload` is the IP payload, exactly as long as the advert is meant to be.
 * The bytes are untrusted: what does not fit its own version and address count is refused by name, nothing throws. Of
 * another version `advertIntervalUs` and `checksumValid` mean nothing.
 *
 * Only the form is judged here. Version, type, checksum, authentication and interval are fields of the result, because
 * the order in which they are refused is observable (`receive.ts`).
 */
export function decodeAdvertV2(payload: Uint8Array): Decoded<Advertisement> {
  if (payload.length < PDU_HEADER_LEN) return { ok: false, reason: "truncated" };
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const version = view.getUint8(0) >> 4;
  const count = view.getUint8(3);
  const length = advertLength(version, count);
  if (payload.length < length) return { ok: false, reason: "tooShort" };
  if (payload.length > length) return { ok: false, reason: "tooLong" };
  return {
    ok: true,
    value: {
      version,
      type: view.getUint8(0) & 0x0f,
      vrid: view.getUint8(1),
      priority: view.getUint8(2),
      authType: view.getUint8(4),
      advertIntervalUs: view.getUint8(5) * SECOND,
      addresses: [...Array(count).keys()].map((i) =>
        formatIpAddress(payload.subarray(PDU_HEADER_LEN + 4 * i, PDU_HEADER_LEN + 4 * i + 4)),
      ),
      authData: version === 2 ? payload.slice(length - AUTH_DATA_LEN) : new Uint8Array(AUTH_DATA_LEN),
      checksumValid: internetChecksum(payload) === 0,
    },
  };
}

/**
 * @param advert `checksumValid` is not read: what is encoded has a valid one; at most 255 addresses; the authentication
 * data is written for version 2 only
 */
export function encodeAdvertV2(advert: Omit<Advertisement, "checksumValid">): Uint8Array {
  const bytes = new Uint8Array(advertLength(advert.version, advert.addresses.length));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (advert.version << 4) | advert.type);
  view.setUint8(1, advert.vrid);
  view.setUint8(2, advert.priority);
  view.setUint8(3, advert.addresses.length);
  view.setUint8(4, advert.authType);
  view.setUint8(5, Math.round(advert.advertIntervalUs / SECOND));
  advert.addresses.forEach((address, i) => bytes.set(addressBytes(address), PDU_HEADER_LEN + 4 * i));
  if (advert.version === 2) bytes.set(advert.authData, bytes.length - AUTH_DATA_LEN);
  view.setUint16(6, internetChecksum(bytes));
  return bytes;
}
