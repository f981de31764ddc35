import type { IpAddress } from "../base/ip.ts";
import type { Micros } from "../base/time.ts";
import type { Authentication } from "../conf/model.ts";
import { concatBytes } from "../net/attributes.ts";
import { encodeIpv4, withIdentification } from "../net/ipv4.ts";
import { AUTH_AH, AUTH_DATA_LEN, AUTH_NONE, AUTH_PASS, CHECKSUM_AT, TYPE_ADVERTISEMENT, VRRP_PROTOCOL, advertLength, encodeAdvert } from "./advert.ts";
import { checksumPrefix } from "./advert-checksum.ts";
import { encodeAhPacket, nextAhSequence } from "./ah.ts";
import { encodeTrailer, nextStamp, signs } from "./hmac-trailer.ts";
import type { HmacStamp } from "./hmac-trailer.ts";
import { sentForm } from "./receive.ts";
import type { ReceiveMemory, ReceiveRules } from "./verdict.ts";

/** DSCP CS6, internetwork control. */
const TOS_INTERNETWORK_CONTROL = 0xc0;
const TTL = 255;
const NO_AUTHENTICATION: Uint8Array = new Uint8Array(AUTH_DATA_LEN);
const AUTH_TYPE: Readonly<Record<Authentication["type"], number>> = { none: AUTH_NONE, pass: AUTH_PASS, ah: AUTH_AH };

/** What of earlier adverts goes on in the next one. */
export interface SendMemory {
  readonly receive: ReceiveMemory;
  /** Of the last trailer. */
  readonly stamp: HmacStamp | undefined;
}

export interface OutgoingAdvert {
  readonly destination: IpAddress;
  /** With the IPv4 header; the payload alone over IPv6. */
  readonly packet: Uint8Array;
  /** As `DatagramSocket.send` takes it; undefined over IPv4. */
  readonly ipv6: { readonly source: IpAddress; readonly hopLimit?: number } | undefined;
}

export interface AdvertNow {
  readonly priority: number;
  readonly source: IpAddress;
  /** Of the IPv4 header; not 0. */
  readonly identification: number;
  /** Microseconds since 1970. */
  readonly wallUs: Micros;
}

/** The last adverts of an instance whose next ones differ in the identification alone. */
interface Repeated {
  readonly priority: number;
  readonly source: IpAddress;
  readonly oldChecksum: boolean;
  readonly adverts: readonly OutgoingAdvert[];
}

const repeated = new WeakMap<ReceiveRules, Repeated>();

/**
 * One advert of an instance, as a packet for its group or for each of its peers; the same PDU, AH sequence number and
 * trailer for all. Pure: the memory that it returns counts once something was sent.
 *
 * Over IPv6 the kernel writes the checksum, over a trailer too; `samePayload` knows a packet of ours when it comes back.
 */
export function advertPackets(rules: ReceiveRules, now: AdvertNow, memory: SendMemory): { readonly adverts: readonly OutgoingAdvert[]; readonly memory: SendMemory } {
  const isSigned = rules.authHmac !== undefined && signs(rules.authHmac);
  const isAh = rules.version === 2 && rules.authentication.type === "ah";
  return isSigned || isAh ? encodePackets(rules, now, memory) : { adverts: repeatedPackets(rules, now, memory), memory };
}

/** Encoded anew only when something about them changed. */
function repeatedPackets(rules: ReceiveRules, now: AdvertNow, memory: SendMemory): readonly OutgoingAdvert[] {
  const { priority, source, identification } = now;
  const { oldChecksum } = memory.receive;
  const last = repeated.get(rules);
  if (last === undefined || last.priority !== priority || last.source !== source || last.oldChecksum !== oldChecksum) {
    const { adverts } = encodePackets(rules, now, memory);
    repeated.set(rules, { priority, source, oldChecksum, adverts });
    return adverts;
  }
  if (rules.family === 6) return last.adverts;
  return last.adverts.map(({ destination, packet }) => ({ destination, packet: withIdentification(packet, identification), ipv6: undefined }));
}

function encodePackets(rules: ReceiveRules, now: AdvertNow, memory: SendMemory): { readonly adverts: OutgoingAdvert[]; readonly memory: SendMemory } {
  const { authHmac, authentication, unicast, vrid, version } = rules;
  const signer = authHmac !== undefined && signs(authHmac) ? authHmac : undefined;
  const stamp = signer === undefined ? memory.stamp : nextStamp(signer, memory.stamp, now.wallUs);
  const isAh = version === 2 && authentication.type === "ah";
  const ahSequence = isAh ? nextAhSequence(memory.receive.ahSequence) : memory.receive.ahSequence;
  const destinations = unicast === undefined ? [rules.multicastGroup] : unicast.peers.map(({ address }) => address);
  let trailer: Uint8Array | undefined;
  const adverts = destinations.map((destination) => {
    const pdu = pduFor(rules, now, destination, memory);
    // One signature for all: it leaves out the checksum, the only part in which the PDUs differ.
    if (signer !== undefined && stamp !== undefined) trailer ??= encodeTrailer(signer, { version, vrid, source: now.source }, pdu, stamp);
    return outgoing(rules, now, destination, trailer === undefined ? pdu : concatBytes([pdu, trailer]), isAh ? ahSequence : undefined);
  });
  return { adverts, memory: { receive: { ...memory.receive, ahSequence }, stamp } };
}

function pduFor(rules: ReceiveRules, { priority, source }: AdvertNow, destination: IpAddress, { receive }: SendMemory): Uint8Array {
  const { version, family, vrid, authentication, advertIntervalUs, virtualAddresses, multicastGroup: group } = rules;
  const advert = {
    version,
    type: TYPE_ADVERTISEMENT,
    vrid,
    priority,
    authType: version === 2 ? AUTH_TYPE[authentication.type] : AUTH_NONE,
    authData: version === 2 && authentication.type === "pass" ? authentication.password : NO_AUTHENTICATION,
    advertIntervalUs,
    addresses: virtualAddresses.map(({ address }) => address),
  };
  const form = family === 6 ? "addresses" : sentForm(rules, receive);
  return encodeAdvert(advert, family, checksumPrefix(form, { source, destination, group }, advertLength(version, family, advert.addresses.length)));
}

function outgoing(
  { family, authentication, unicast }: ReceiveRules,
  { source, identification }: AdvertNow,
  destination: IpAddress,
  payload: Uint8Array,
  ahSequence: number | undefined,
): OutgoingAdvert {
  if (family === 6) {
    const hopLimit = unicast?.ttl;
    return { destination, packet: payload, ipv6: { source, ...(hopLimit !== undefined && { hopLimit }) } };
  }
  const timeToLive = unicast?.ttl ?? TTL;
  const header = { typeOfService: TOS_INTERNETWORK_CONTROL, identification, timeToLive, protocol: VRRP_PROTOCOL, source, destination, payload };
  if (ahSequence === undefined || authentication.type !== "ah") return { destination, packet: encodeIpv4(header), ipv6: undefined };
  return { destination, packet: encodeAhPacket(header, authentication.password, ahSequence, unicast !== undefined), ipv6: undefined };
}

/** Whether two IPv6 payloads are the same advert, whatever the kernel made of their checksum. */
export function samePayload(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i] || i === CHECKSUM_AT || i === CHECKSUM_AT + 1);
}
