import type { IpAddress } from "../base/ip.ts";
import type { AuthHmac } from "../conf/model.ts";
import { AUTH_AH, AUTH_NONE, AUTH_PASS } from "./advert.ts";
import type { Advertisement } from "./advert.ts";
import { hasValidIcv, isNewAhSequence, isVrrpAh, spiOf } from "./ah.ts";
import { MULTICAST_SENDERS, verifyTrailer } from "./hmac-trailer.ts";
import type { HmacMemory, HmacVerdict } from "./hmac-trailer.ts";
import { drop } from "./verdict.ts";
import type { Addressed, ReceiveContext, ReceiveRules, Refusal, Remark } from "./verdict.ts";

const EXPECTED: Readonly<Record<ReceiveRules["authentication"]["type"], number>> = { none: AUTH_NONE, pass: AUTH_PASS, ah: AUTH_AH };

/** The part of the window that clocks may differ by before it is remarked on. */
const NEAR_WINDOW = 0.5;

/**
 * Version 2's own authentication, in keepalived's order: kind, password; for AH the value, the SPI, the sequence number.
 *
 * @param packet IPv4 header, AH and PDU, without padding
 * @param lastSequence the AH sequence number that this one has to exceed
 */
export function checkAuthentication(
  { name, version, authentication, unicast }: ReceiveRules,
  advert: Advertisement,
  packet: Uint8Array,
  { source: from, headerLength, ah }: Addressed,
  lastSequence: number,
): Refusal | undefined {
  if (version !== 2) return undefined;
  const { authType } = advert;
  if (authType !== AUTH_NONE && authType !== AUTH_PASS && authType !== AUTH_AH) return drop("authType", `(${name}) Invalid auth type from ${from}: ${authType}`);
  const expected = EXPECTED[authentication.type];
  if (authType !== expected) return drop("authMismatch", `(${name}) received a ${authType} auth from ${from}, expecting ${expected}!`);
  if (authentication.type === "pass") {
    const { password } = authentication;
    return advert.authData.every((octet, i) => octet === password[i]) ? undefined : drop("password", `(${name}) received an invalid passwd from ${from}!`);
  }
  if (authentication.type === "none" || ah === undefined) return undefined;
  // keepalived ignores such a packet without a word.
  if (!isVrrpAh(ah)) return drop("ahHeader", `(${name}) AH header from ${from} is not for VRRP with HMAC-MD5-96`);
  if (!hasValidIcv(packet, headerLength, authentication.password, unicast !== undefined)) {
    return drop("ahIcv", `(${name}) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !`);
  }
  const spi = spiOf(packet);
  if (ah.spi !== spi) return drop("ahSpi", `IPSEC AH : invalid IPSEC SPI value. ${littleEndian(spi)} and expect ${littleEndian(ah.spi)}`);
  if (isNewAhSequence(lastSequence, ah.sequence)) return undefined;
  return drop("ahSequence", `(${name}) IPSEC-AH : sequence number ${ah.sequence} already processed. Packet dropped. Local(${lastSequence})`);
}

/** keepalived prints an SPI as the number that its octets are on a little-endian machine. */
function littleEndian(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

export type HmacCheck = { readonly ok: true; readonly memory: HmacMemory; readonly remarks: readonly Remark[] } | Refusal;

/** The trailer: its faults are refusals with `enforce`, remarks otherwise; without auth_hmac there is none. */
export function checkHmac(
  { name, authHmac, unicast }: ReceiveRules,
  { version, vrid }: Advertisement,
  pdu: Uint8Array,
  trailer: Uint8Array,
  from: IpAddress,
  { memory, wallUs }: ReceiveContext,
): HmacCheck {
  if (authHmac === undefined) return { ok: true, memory: memory.hmac, remarks: [] };
  const senders = Math.max(unicast?.peers.length ?? 0, MULTICAST_SENDERS);
  const verdict = verifyTrailer(authHmac, { version, vrid, source: from }, pdu, trailer, wallUs, memory.hmac, senders);
  if (verdict.ok) return { ok: true, memory: verdict.memory, remarks: skewRemarks(name, authHmac, verdict.skewS, from) };
  const line = hmacLine(name, authHmac, verdict, from);
  if (authHmac.mode === "enforce") return drop(verdict.reason, line);
  return { ok: true, memory: memory.hmac, remarks: [{ kind: verdict.reason, line }] };
}

function skewRemarks(name: string, { antiReplay, timeWindowS }: AuthHmac, skewS: number, from: IpAddress): Remark[] {
  if (antiReplay !== "time" || Math.abs(skewS) <= timeWindowS * NEAR_WINDOW) return [];
  return [{ kind: "hmacSkew", line: `(${name}) authentication clock skew ${skewS} sec from ${from} approaching window ${timeWindowS} sec` }];
}

function hmacLine(name: string, { timeWindowS }: AuthHmac, { reason, keyId, skewS }: HmacVerdict & { ok: false }, from: IpAddress): string {
  const lines: Readonly<Record<typeof reason, string>> = {
    hmacMissing: `missing authentication trailer from ${from}`,
    hmacMalformed: `malformed authentication trailer from ${from}`,
    hmacUnknownKey: `unknown authentication key id ${keyId} from ${from}`,
    hmacInvalid: `invalid authentication HMAC from ${from}`,
    hmacStale: `stale authentication trailer from ${from}, clock skew ${skewS} sec exceeds window ${timeWindowS} sec`,
    hmacReplayed: `replayed authentication trailer from ${from}`,
  };
  return `(${name}) ${lines[reason]}`;
}
