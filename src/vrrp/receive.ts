import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { VrrpInstance } from "../conf/model.ts";
import { internetChecksum } from "../net/checksum.ts";
import { decodeIpv4Header } from "../net/ipv4.ts";
import type { Ipv4Header } from "../net/ipv4.ts";
import { AUTH_AH, AUTH_NONE, AUTH_PASS, PDU_HEADER_LEN, PRIORITY_OWNER, TYPE_ADVERTISEMENT } from "./advert.ts";
import { advertLength, decodeAdvert } from "./advert.ts";
import type { Advertisement } from "./advert.ts";

/** Why a packet changed nothing. Counted per instance under these names. */
export type DropReason =
  | "truncated"
  | "tooShort"
  | "tooLong"
  | "ttl"
  | "version"
  | "authType"
  | "authMismatch"
  | "password"
  | "advertInterval"
  | "type"
  | "totalLength"
  | "checksum"
  | "notMulticast"
  | "ownerIgnores"
  | "zeroSource"
  | "zeroAddresses"
  /** Our own packet came back. */
  | "looped";

/** Reported, not refused. */
export type Remark = { readonly kind: "addressCount" | "addressList"; readonly line: string };

export type Verdict =
  | { readonly ok: true; readonly advert: Advertisement; readonly remarks: readonly Remark[] }
  | { readonly ok: false; readonly reason: DropReason; readonly line: string };

const TTL = 255;
/** What Ethernet pads to: an IP packet this short may have arrived longer than it is. */
const ETHERNET_MIN_PAYLOAD = 46;

/** A received packet that is long enough to say which virtual router it is for. */
export interface Addressed {
  readonly header: Ipv4Header;
  readonly vrid: number;
}

/** @returns undefined when there is no VRRP header in it ("IPv4 VRRP packet too short") */
export function addressed(packet: Uint8Array): Addressed | undefined {
  const header = decodeIpv4Header(packet);
  if (header === undefined || packet.length < header.headerLength + PDU_HEADER_LEN) return undefined;
  return { header, vrid: packet[header.headerLength + 1] ?? 0 };
}

/**
 * keepalived's checks of a received VRRPv2 packet, in keepalived's order (which of several faults is logged is
 * observable). A difference in the address list is a remark, as there. Two refusals are Regent's own and come last: a
 * source address of zero, and an advert without addresses for an instance that has some.
 *
 * @param skipAddressList `skip_check_adv_addr` and the sender is the master already known
 */
export function judgeAdvert(
  instance: VrrpInstance,
  packet: Uint8Array,
  { header }: Addressed,
  skipAddressList: boolean,
): Verdict {
  const name = instance.name;
  const from = header.source;
  const version = (packet[header.headerLength] ?? 0) >> 4;
  const count = packet[header.headerLength + 3] ?? 0;
  const expected = header.headerLength + advertLength(version, 4, count);
  const padded = packet.length > expected && packet.length <= ETHERNET_MIN_PAYLOAD;
  const pdu = packet.subarray(header.headerLength, padded ? expected : packet.length);
  const decoded = decodeAdvert(pdu, 4);
  if (!decoded.ok) {
    const word = decoded.reason === "tooLong" ? "long" : "short";
    return drop(decoded.reason, `(${name}) vrrp packet from ${from} too ${word}, length ${packet.length} and expect ${expected}`);
  }
  const advert = decoded.value;
  if (header.timeToLive !== TTL) {
    return drop("ttl", `(${name}) invalid TTL/HL from ${from}. Received ${header.timeToLive} and expect ${TTL}`);
  }
  if (advert.version !== instance.version) {
    return drop("version", `(${name}) wrong VRRP version from ${from}. Received ${advert.version} and expect ${instance.version}`);
  }
  const unauthorized = checkAuthentication(instance, advert, from);
  if (unauthorized !== undefined) return unauthorized;
  if (advert.advertIntervalUs !== instance.advertIntervalUs) {
    const mine = instance.advertIntervalUs / SECOND;
    const theirs = advert.advertIntervalUs / SECOND;
    return drop("advertInterval", `(${name}) advertisement interval mismatch with ${from} mine=${mine} sec rcv'd=${theirs} sec`);
  }
  if (advert.type !== TYPE_ADVERTISEMENT) {
    return drop("type", `(${name}) Invalid packet type from ${from}. ${advert.type} and expect ${TYPE_ADVERTISEMENT}`);
  }
  if (header.totalLength !== expected) {
    return drop(
      "totalLength",
      `(${name}) ip_tot_len mismatch against received length from ${from}. ${header.totalLength} and received ${expected}`,
    );
  }
  if (internetChecksum(pdu) !== 0) return drop("checksum", `(${name}) Invalid VRRPv2 checksum from ${from}`);
  if (header.destination !== instance.multicastGroup) {
    return drop("notMulticast", `(${name}) Expected multicast packet but received unicast packet from ${from}`);
  }
  if (instance.priority === PRIORITY_OWNER && instance.ownerIgnoreAdverts) {
    return drop("ownerIgnores", `(${name}) Dropping packet(s) from ${from} since we are address owner`);
  }
  if (from === "0.0.0.0") return drop("zeroSource", `(${name}) Dropping advert from source address ${from}`);
  if (advert.addresses.length === 0 && instance.virtualAddresses.length > 0) {
    return drop("zeroAddresses", `(${name}) expected ${instance.virtualAddresses.length} VIPs but received 0`);
  }
  return { ok: true, advert, remarks: skipAddressList ? [] : compareAddressLists(instance, advert, from) };
}

function drop(reason: DropReason, line: string): Verdict & { ok: false } {
  return { ok: false, reason, line };
}

function checkAuthentication(instance: VrrpInstance, advert: Advertisement, from: IpAddress): Verdict | undefined {
  const name = instance.name;
  const expected = instance.authentication.type === "pass" ? AUTH_PASS : AUTH_NONE;
  if (advert.authType !== AUTH_NONE && advert.authType !== AUTH_PASS && advert.authType !== AUTH_AH) {
    return drop("authType", `(${name}) Invalid auth type from ${from}: ${advert.authType}`);
  }
  if (advert.authType !== expected) {
    return drop("authMismatch", `(${name}) received a ${advert.authType} auth from ${from}, expecting ${expected}!`);
  }
  if (instance.authentication.type === "pass") {
    const password = instance.authentication.password;
    if (!advert.authData.every((octet, i) => octet === password[i])) {
      return drop("password", `(${name}) received an invalid passwd from ${from}!`);
    }
  }
  return undefined;
}

function compareAddressLists(instance: VrrpInstance, advert: Advertisement, from: IpAddress): Remark[] {
  const ours = instance.virtualAddresses.map((vip) => vip.address);
  if (advert.addresses.length !== ours.length) {
    const line = `(${instance.name}) expected ${ours.length} VIPs but received ${advert.addresses.length}`;
    return [{ kind: "addressCount", line }];
  }
  const theirs = new Set(advert.addresses);
  const missing = ours.find((address) => !theirs.has(address));
  if (missing === undefined) return [];
  const line = `(${instance.name}) ip address associated with VRID ${instance.vrid} not present in advert from ${from}: ${missing}`;
  return [{ kind: "addressList", line }];
}
