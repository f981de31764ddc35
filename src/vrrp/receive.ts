import { isMulticast } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { CENTISECOND, SECOND } from "../base/time.ts";
import { decodeIpv4Header } from "../net/ipv4.ts";
import { PDU_HEADER_LEN, PRIORITY_OWNER, TYPE_ADVERTISEMENT, advertLength, decodeAdvert } from "./advert.ts";
import type { Advertisement } from "./advert.ts";
import { validChecksum } from "./advert-checksum.ts";
import type { ChecksumForm } from "./advert-checksum.ts";
import { AH_HEADER_LEN, AH_PROTOCOL, decodeAhHeader, isNewAhSequence } from "./ah.ts";
import { HMAC_TRAILER_LEN } from "./hmac-trailer.ts";
import type { HmacMemory } from "./hmac-trailer.ts";
import { checkAuthentication, checkHmac } from "./receive-authentication.ts";
import { drop } from "./verdict.ts";
import type { Addressed, ReceiveContext, ReceiveMemory, ReceiveRules, Refusal, Remark, Verdict } from "./verdict.ts";

const TTL = 255;
/** What Ethernet pads to: an IP packet this short may have arrived longer than it is. */
const ETHERNET_MIN_PAYLOAD = 46;

/**
 * @param packet with its IPv4 header
 * @returns undefined when there is no VRRP header in it ("IPv4 VRRP packet too short")
 */
export function addressed(packet: Uint8Array): Addressed | undefined {
  const header = decodeIpv4Header(packet);
  if (header === undefined) return undefined;
  const { headerLength, source, destination, timeToLive: hopLimit, totalLength } = header;
  const ah = header.protocol === AH_PROTOCOL ? decodeAhHeader(packet.subarray(headerLength)) : undefined;
  const pduAt = headerLength + (header.protocol === AH_PROTOCOL ? AH_HEADER_LEN : 0);
  if (packet.length < pduAt + PDU_HEADER_LEN) return undefined;
  return { family: 4, source, destination, hopLimit, vrid: packet[pduAt + 1] ?? 0, headerLength, ah, pduAt, totalLength };
}

/**
 * @param payload of an IPv6 packet; the kernel has verified its checksum
 * @returns undefined when there is no VRRP header in it ("IPv6 VRRP packet too short")
 */
export function addressedIpv6(payload: Uint8Array, source: IpAddress, destination: IpAddress, hopLimit: number): Addressed | undefined {
  if (payload.length < PDU_HEADER_LEN) return undefined;
  return { family: 6, source, destination, hopLimit, vrid: payload[1] ?? 0, headerLength: 0, ah: undefined, pduAt: 0, totalLength: undefined };
}

/**
 * keepalived's checks of a received packet, in keepalived's order (which of several faults is logged is observable). A
 * difference in the address list, or of the interval in version 3, is a remark, as there. Regent's own refusals come
 * last: a source address of zero, and an advert without addresses for an instance that has some.
 *
 * Two checks accept what keepalived does not, and refuse what it accepts: `checkChecksum` says why. Nothing is
 * remembered of a packet that is refused, whichever of its parts were in order.
 */
export function judgeAdvert(rules: ReceiveRules, packet: Uint8Array, target: Addressed, context: ReceiveContext): Verdict {
  const { name, unicast } = rules;
  const { source: from, pduAt } = target;
  const wantsAh = rules.authentication.type === "ah";
  if (target.ah !== undefined && !wantsAh) return drop("ahUnexpected", `(${name}) Received AH header but auth type not AH from ${from}`);
  if (target.ah === undefined && wantsAh) return drop("ahMissing", `(${name}) No AH header but auth type is AH from ${from}`);

  const version = (packet[pduAt] ?? 0) >> 4;
  const expected = pduAt + advertLength(version, target.family, packet[pduAt + 3] ?? 0);
  const signed = rules.authHmac !== undefined && packet.length === expected + HMAC_TRAILER_LEN;
  const padded = target.family === 4 && packet.length > expected && packet.length <= ETHERNET_MIN_PAYLOAD;
  const pdu = packet.subarray(pduAt, signed || padded ? expected : packet.length);
  const decoded = decodeAdvert(pdu, target.family);
  if (!decoded.ok) {
    const word = decoded.reason === "tooLong" ? "long" : "short";
    return drop(decoded.reason, `(${name}) vrrp packet from ${from} too ${word}, length ${packet.length} and expect ${expected}`);
  }
  const advert = decoded.value;
  const whole = packet.subarray(0, expected);
  const trailer = signed ? packet.subarray(expected) : packet.subarray(0, 0);

  if (unicast === undefined && target.hopLimit !== TTL) {
    return drop("ttl", `(${name}) invalid TTL/HL from ${from}. Received ${target.hopLimit} and expect ${TTL}`);
  }
  if (advert.version !== rules.version) {
    return drop("version", `(${name}) wrong VRRP version from ${from}. Received ${advert.version} and expect ${rules.version}`);
  }
  const hmac = checkHmac(rules, advert, pdu, trailer, from, context);
  if (!hmac.ok) return hmac;
  const unauthorized = checkAuthentication(rules, advert, whole, target, from === context.ownSource ? context.memory.ahSequence : context.memory.ahHeard);
  if (unauthorized !== undefined) return unauthorized;

  const remarks = [...hmac.remarks];
  if (advert.advertIntervalUs !== rules.advertIntervalUs) {
    const [mine, theirs] = [rules.advertIntervalUs, advert.advertIntervalUs];
    if (rules.version === 2) {
      return drop("advertInterval", `(${name}) advertisement interval mismatch with ${from} mine=${mine / SECOND} sec rcv'd=${theirs / SECOND} sec`);
    }
    const line = `(${name}) advertisement interval mismatch ours = ${mine / CENTISECOND} centi-sec rcv'd=${theirs / CENTISECOND} centi-sec`;
    remarks.push({ kind: "advertInterval", line });
  }
  if (advert.type !== TYPE_ADVERTISEMENT) {
    return drop("type", `(${name}) Invalid packet type from ${from}. ${advert.type} and expect ${TYPE_ADVERTISEMENT}`);
  }
  const length = expected + trailer.length;
  if (target.totalLength !== undefined && target.totalLength !== length) {
    return drop("totalLength", `(${name}) ip_tot_len mismatch against received length from ${from}. ${target.totalLength} and received ${length}`);
  }
  const form = checkChecksum(rules, pdu, target);
  if (form === undefined) return drop("checksum", `(${name}) Invalid VRRPv${version} checksum from ${from}`);
  const isOld = form === "group" && unicast?.oldChecksum === "auto" && !rules.v3ChecksumAsV2;
  if (isOld && !context.memory.oldChecksum) {
    remarks.push({ kind: "oldChecksum", line: `(${name}) Setting unicast VRRPv3 checksum to old version` });
  }
  if (unicast === undefined && target.destination !== rules.multicastGroup) {
    return drop("notMulticast", `(${name}) Expected multicast packet but received unicast packet from ${from}`);
  }
  if (unicast !== undefined && isMulticast(target.destination)) {
    return drop("notUnicast", `(${name}) Expected unicast packet but received multicast packet from ${from}`);
  }
  if (rules.priority === PRIORITY_OWNER && rules.ownerIgnoreAdverts) {
    return drop("ownerIgnores", `(${name}) Dropping packet(s) from ${from} since we are address owner`);
  }
  if (!context.skipAddressList) remarks.push(...compareAddressLists(rules, advert, from));
  const stranger = checkPeer(rules, target);
  if (stranger !== undefined) return stranger;

  if (from === "0.0.0.0" || from === "::") return drop("zeroSource", `(${name}) Dropping advert from source address ${from}`);
  if (advert.addresses.length === 0 && rules.virtualAddresses.length > 0) {
    return drop("zeroAddresses", `(${name}) expected ${rules.virtualAddresses.length} VIPs but received 0`);
  }
  return { ok: true, advert, remarks, memory: nextMemory(context.memory, target.ah?.sequence, hmac.memory, isOld) };
}

/** The same value again when the advert leaves nothing to be remembered. */
function nextMemory(memory: ReceiveMemory, received: number | undefined, hmac: HmacMemory, isOld: boolean): ReceiveMemory {
  const oldChecksum = memory.oldChecksum || isOld;
  if (received !== undefined) {
    const ahSequence = isNewAhSequence(memory.ahSequence, received) ? received : memory.ahSequence;
    return { ahSequence, ahHeard: received, hmac, oldChecksum };
  }
  return hmac === memory.hmac && oldChecksum === memory.oldChecksum ? memory : { ...memory, hmac, oldChecksum };
}

/**
 * In which form the checksum is right; undefined: in none that is accepted.
 *
 * keepalived with `v3_checksum_as_v2` accepts every version 3 checksum; here it is one of the forms that some director
 * computes, and a damaged advert stays refused. keepalived that has found out a unicast peer's old form refuses the
 * right one from then on; here both are accepted, so that one peer after the other can be upgraded.
 */
function checkChecksum(rules: ReceiveRules, pdu: Uint8Array, { family, source, destination }: Addressed): ChecksumForm | undefined {
  if (family === 6) return "addresses"; // the kernel's matter
  return validChecksum(pdu, acceptedForms(rules), { source, destination, group: rules.multicastGroup });
}

function acceptedForms({ version, v3ChecksumAsV2, unicast }: ReceiveRules): readonly ChecksumForm[] {
  if (version === 2) return ["pdu"];
  if (v3ChecksumAsV2) return unicast === undefined ? ["pdu", "addresses"] : ["pdu", "addresses", "group"];
  if (unicast === undefined || unicast.oldChecksum === "never") return ["addresses"];
  return unicast.oldChecksum === "always" ? ["group"] : ["addresses", "group"];
}

/** The form of what the instance sends over IPv4. */
export function sentForm({ version, v3ChecksumAsV2, unicast }: ReceiveRules, { oldChecksum }: ReceiveMemory): ChecksumForm {
  if (version === 2 || v3ChecksumAsV2) return "pdu";
  if (unicast === undefined || unicast.oldChecksum === "never") return "addresses";
  return oldChecksum || unicast.oldChecksum === "always" ? "group" : "addresses";
}

function checkPeer({ name, unicast }: ReceiveRules, { source, hopLimit }: Addressed): Refusal | undefined {
  if (unicast === undefined) return undefined;
  const peer = unicast.peers.find(({ address }) => address === source);
  if (peer === undefined) {
    return unicast.checkSource ? drop("unknownPeer", `(${name}) unicast source address ${source} not a unicast peer`) : undefined;
  }
  const { minTtl, maxTtl } = peer;
  if (hopLimit >= minTtl && hopLimit <= maxTtl) return undefined;
  return drop("ttlRange", `(${name}) TTL/HL ${hopLimit} from ${source} not in range [${minTtl}, ${maxTtl}]`);
}

function compareAddressLists(rules: ReceiveRules, advert: Advertisement, from: IpAddress): Remark[] {
  const ours = rules.virtualAddresses.map((vip) => vip.address);
  if (advert.addresses.length !== ours.length) {
    const line = `(${rules.name}) expected ${ours.length} VIPs but received ${advert.addresses.length}`;
    return [{ kind: "addressCount", line }];
  }
  const theirs = new Set(advert.addresses);
  const missing = ours.find((address) => !theirs.has(address));
  if (missing === undefined) return [];
  const line = `(${rules.name}) ip address associated with VRID ${rules.vrid} not present in advert from ${from}: ${missing}`;
  return [{ kind: "addressList", line }];
}
