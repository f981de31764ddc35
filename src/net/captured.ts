import { formatIpAddress } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import { viewOf } from "./attributes.ts";
import { internetChecksum } from "./checksum.ts";
import { decodeIpv4Header } from "./ipv4.ts";
import { pseudoHeader } from "./pseudo-header.ts";

// A packet as an interface has it, in the form in which a raw socket would get it. IPv6 header, RFC 8200 section 3:
// version, class and flow 4, payload length 2, next header 1, hop limit 1, source 16, destination 16.

const IPV6_HEADER_LEN = 40;
const FRAGMENT_AT = 6;
/** More fragments, and the offset. */
const FRAGMENT_BITS = 0x3fff;

/** As `Datagram`. */
export interface Captured {
  readonly packet: Uint8Array;
  readonly source: IpAddress;
  readonly ipv6?: { readonly destination: IpAddress; readonly hopLimit: number };
}

/**
 * @param bytes from the IP header on, padding included
 * @returns undefined when the kernel would give it to no raw socket of `protocol`: a damaged header or (IPv6) checksum, a
 *   fragment, an extension header, another protocol
 */
export function capturedPacket(bytes: Uint8Array, family: IpFamily, protocol: number): Captured | undefined {
  return family === 4 ? capturedIpv4(bytes, protocol) : capturedIpv6(bytes, protocol);
}

function capturedIpv4(bytes: Uint8Array, protocol: number): Captured | undefined {
  const header = decodeIpv4Header(bytes);
  if (header === undefined || header.protocol !== protocol) return undefined;
  const { headerLength, totalLength, source } = header;
  if (totalLength < headerLength || totalLength > bytes.length || internetChecksum(bytes.subarray(0, headerLength)) !== 0) return undefined;
  if ((viewOf(bytes).getUint16(FRAGMENT_AT) & FRAGMENT_BITS) !== 0) return undefined;
  return { packet: bytes.slice(0, totalLength), source };
}

function capturedIpv6(bytes: Uint8Array, protocol: number): Captured | undefined {
  if (bytes.length < IPV6_HEADER_LEN || (bytes[0] ?? 0) >> 4 !== 6 || bytes[6] !== protocol) return undefined;
  const end = IPV6_HEADER_LEN + viewOf(bytes).getUint16(4);
  if (end > bytes.length) return undefined;
  const source = formatIpAddress(bytes.subarray(8, 24));
  const destination = formatIpAddress(bytes.subarray(24, 40));
  const packet = bytes.slice(IPV6_HEADER_LEN, end);
  if (internetChecksum(pseudoHeader(source, destination, protocol, packet.length), packet) !== 0) return undefined;
  return { packet, source, ipv6: { destination, hopLimit: bytes[7] ?? 0 } };
}
