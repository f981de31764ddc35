import type { IpAddress } from "../base/ip.ts";
import { internetChecksum } from "../net/checksum.ts";
import { pseudoHeader } from "../net/pseudo-header.ts";
import { VRRP_PROTOCOL } from "./advert.ts";

/**
 * What the checksum of an advert over IPv4 covers:
 * - `pdu`: the PDU alone. Version 2 (RFC 3768 section 5.3.8), and version 3 with `v3_checksum_as_v2`, as RFC 9568 section
 *   5.2.8 has it for IPv4.
 * - `addresses`: pseudo-header and PDU, keepalived's version 3.
 * - `group`: the same, with the multicast group as destination although the advert went to a unicast peer: keepalived
 *   before 1.3.7, and `old_unicast_checksum`.
 *
 * Over IPv6 the kernel computes and verifies it (IPV6_CHECKSUM), always with the pseudo-header.
 */
export type ChecksumForm = "pdu" | "addresses" | "group";

const NOTHING = new Uint8Array(0);

export interface ChecksumAddresses {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The multicast group that unicast replaces. */
  readonly group: IpAddress;
}

/**
 * What is summed in front of the PDU.
 *
 * @param length of the PDU, without a trailer
 */
export function checksumPrefix(form: ChecksumForm, { source, destination, group }: ChecksumAddresses, length: number): Uint8Array {
  if (form === "pdu") return NOTHING;
  return pseudoHeader(source, form === "group" ? group : destination, VRRP_PROTOCOL, length);
}

/** The first of `forms` in which the checksum of `pdu` (without a trailer) is right; undefined: in none. */
export function validChecksum(pdu: Uint8Array, forms: readonly ChecksumForm[], addresses: ChecksumAddresses): ChecksumForm | undefined {
  return forms.find((form) => internetChecksum(checksumPrefix(form, addresses, pdu.length), pdu) === 0);
}
