import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import { CENTISECOND, SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { internetChecksum } from "../net/checksum.ts";

// VRRP ADVERTISEMENT, big-endian. Version 2: RFC 2338 section 5.1 (RFC 3768 dropped authentication, keepalived did not);
// version 3: RFC 9568 section 5.2.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+---------------+---------------+
// |Version|  Type | Virtual Rtr ID|   Priority    |  Count IP Addr|
// +-------+-------+---------------+---------------+---------------+
// |   Auth Type   |  Adver Int (s)|          Checksum             |  version 2
// |(rsvd) |  Max Adver Int (cs)   |          Checksum             |  version 3
// +-------+-----------------------+-------------------------------+
// |                  IP Address(es), 4 or 16 octets               |
// +---------------------------------------------------------------+
// |  Authentication Data (8 octets), version 2 over IPv4 only     |

export const VRRP_PROTOCOL = 112;
export const TYPE_ADVERTISEMENT = 1;
export const AUTH_NONE = 0;
export const AUTH_PASS = 1;
export const AUTH_AH = 2;
export const PRIORITY_STOP = 0;
export const PRIORITY_OWNER = 255;

export const PDU_HEADER_LEN = 8;
export const AUTH_DATA_LEN = 8;
export const CHECKSUM_AT = 6;

/** 12 bits of centiseconds. */
const MAX_V3_INTERVAL = 0x0fff;
const MAX_V2_INTERVAL = 0xff;
const NOTHING: Uint8Array = new Uint8Array(0);

export interface Advertisement {
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  /** 0 in versions that have none. */
  readonly authType: number;
  /** 8 octets, a copy; zero without authentication, and in versions and families that have none. */
  readonly authData: Uint8Array;
  /** Whole seconds up to 255 in version 2, centiseconds up to 40.95 s in the others. */
  readonly advertIntervalUs: Micros;
  /** All of the family that the advert was decoded for. */
  readonly addresses: readonly IpAddress[];
}

export type DecodeError = "truncated" | "tooShort" | "tooLong";

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: DecodeError };

/** The length of a PDU of this version that announces `count` addresses; only version 2 over IPv4 authenticates. */
export function advertLength(version: number, family: IpFamily, count: number): number {
  return PDU_HEADER_LEN + addressLength(family) * count + (hasAuthData(version, family) ? AUTH_DATA_LEN : 0);
}

function addressLength(family: IpFamily): number {
  return family === 4 ? 4 : 16;
}

function hasAuthData(version: number, family: IpFamily): boolean {
  return version === 2 && family === 4;
}

/**
 * Decodes one ADVERTISEMENT; `pdu` is exactly as long as the advert is meant to be, no trailer, no padding. The bytes are
 * untrusted: what does not fit its own version and address count is refused by name, nothing throws. A version that does
 * not exist is read as version 3 is.
 *
 * Only the form is judged here. Version, type, checksum, authentication and interval are judged by `receive.ts`, because
 * the order in which they are refused is observable. The four reserved bits of version 3 are ignored, as RFC 9568 wants.
 */
export function decodeAdvert(pdu: Uint8Array, family: IpFamily): Decoded<Advertisement> {
  if (pdu.length < PDU_HEADER_LEN) return { ok: false, reason: "truncated" };
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.byteLength);
  const version = view.getUint8(0) >> 4;
  const count = view.getUint8(3);
  const length = advertLength(version, family, count);
  if (pdu.length < length) return { ok: false, reason: "tooShort" };
  if (pdu.length > length) return { ok: false, reason: "tooLong" };
  const size = addressLength(family);
  return {
    ok: true,
    value: {
      version,
      type: view.getUint8(0) & 0x0f,
      vrid: view.getUint8(1),
      priority: view.getUint8(2),
      authType: version === 2 ? view.getUint8(4) : AUTH_NONE,
      authData: hasAuthData(version, family) ? pdu.slice(length - AUTH_DATA_LEN) : new Uint8Array(AUTH_DATA_LEN),
      advertIntervalUs: version === 2 ? view.getUint8(5) * SECOND : (view.getUint16(4) & MAX_V3_INTERVAL) * CENTISECOND,
      addresses: [...Array(count).keys()].map((i) =>
        formatIpAddress(pdu.subarray(PDU_HEADER_LEN + size * i, PDU_HEADER_LEN + size * (i + 1))),
      ),
    },
  };
}

/**
 * @param advert at most 255 addresses, all of `family`; authentication is written for version 2 only, its data for IPv4
 *   only. An interval that the version cannot express is rounded, and limited to the largest one.
 * @param pseudoHeader summed in front of the PDU, see `advert-checksum.ts`
 */
export function encodeAdvert(advert: Advertisement, family: IpFamily, pseudoHeader = NOTHING): Uint8Array {
  const { version, addresses, advertIntervalUs } = advert;
  const bytes = new Uint8Array(advertLength(version, family, addresses.length));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (version << 4) | advert.type);
  view.setUint8(1, advert.vrid);
  view.setUint8(2, advert.priority);
  view.setUint8(3, addresses.length);
  if (version === 2) {
    view.setUint8(4, advert.authType);
    view.setUint8(5, Math.min(Math.round(advertIntervalUs / SECOND), MAX_V2_INTERVAL));
  } else {
    view.setUint16(4, Math.min(Math.round(advertIntervalUs / CENTISECOND), MAX_V3_INTERVAL));
  }
  const size = addressLength(family);
  addresses.forEach((address, i) => bytes.set(addressBytes(address), PDU_HEADER_LEN + size * i));
  if (hasAuthData(version, family)) bytes.set(advert.authData, bytes.length - AUTH_DATA_LEN);
  view.setUint16(CHECKSUM_AT, internetChecksum(pseudoHeader, bytes));
  return bytes;
}
