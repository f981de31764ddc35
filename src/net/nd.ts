import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { internetChecksum } from "./checksum.ts";

// Neighbour Advertisement, RFC 4861 section 4.4, with one target link-layer address option, in IPv6 over Ethernet.
// Big-endian throughout.
//
//   0 Ethernet: destination 33:33:00:00:00:01, source, type 86dd
//  14 IPv6: 0x60000000, payload length 32, next header 58, hop limit 255, source (the address), ff02::1
//  54 ICMPv6: type 136, code 0, checksum, flags R S O + 29 reserved bits, target 16
//  78 option: type 2, length 1 (x 8 octets), link-layer address 6

const FRAME_LEN = 86;
const IPV6_AT = 14;
const ICMP_AT = 54;
const ICMP_LEN = 32;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
const OPTION_TARGET_LINK_LAYER = 2;
const FLAG_ROUTER = 0x80;
const FLAG_OVERRIDE = 0x20;
const ALL_NODES = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_HARDWARE = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

export interface NeighbourAdvertisement {
  /** 6 octets. */
  readonly hardware: Uint8Array;
  /** IPv6. */
  readonly address: IpAddress;
  readonly router: boolean;
}

/** An unsolicited advertisement to all nodes, override flag set: IPv6's gratuitous ARP. */
export function encodeNeighbourAdvertisement(advert: NeighbourAdvertisement): Uint8Array {
  const bytes = new Uint8Array(FRAME_LEN);
  const view = new DataView(bytes.buffer);
  const address = addressBytes(advert.address);
  bytes.set(ALL_NODES_HARDWARE, 0);
  bytes.set(advert.hardware, 6);
  view.setUint16(12, ETHERTYPE_IPV6);
  view.setUint8(IPV6_AT, 0x60);
  view.setUint16(IPV6_AT + 4, ICMP_LEN);
  view.setUint8(IPV6_AT + 6, ICMPV6);
  view.setUint8(IPV6_AT + 7, 255);
  bytes.set(address, IPV6_AT + 8);
  bytes.set(ALL_NODES, IPV6_AT + 24);
  view.setUint8(ICMP_AT, NEIGHBOUR_ADVERTISEMENT);
  view.setUint8(ICMP_AT + 4, FLAG_OVERRIDE | (advert.router ? FLAG_ROUTER : 0));
  bytes.set(address, ICMP_AT + 8);
  view.setUint8(ICMP_AT + 24, OPTION_TARGET_LINK_LAYER);
  view.setUint8(ICMP_AT + 25, 1);
  bytes.set(advert.hardware, ICMP_AT + 26);
  view.setUint16(ICMP_AT + 2, icmpChecksum(bytes));
  return bytes;
}

/** @returns undefined when the frame is not exactly what `encodeNeighbourAdvertisement` writes, checksum included. */
export function decodeNeighbourAdvertisement(bytes: Uint8Array): NeighbourAdvertisement | undefined {
  if (bytes.length !== FRAME_LEN) return undefined;
  const advert = {
    hardware: bytes.slice(6, 12),
    address: formatIpAddress(bytes.subarray(ICMP_AT + 8, ICMP_AT + 24)),
    router: ((bytes[ICMP_AT + 4] ?? 0) & FLAG_ROUTER) !== 0,
  };
  return encodeNeighbourAdvertisement(advert).every((octet, i) => octet === bytes[i]) ? advert : undefined;
}

/** Over the pseudo-header of RFC 8200 section 8.1 and the message. */
function icmpChecksum(frame: Uint8Array): number {
  const addresses = frame.subarray(IPV6_AT + 8, IPV6_AT + 40);
  const lengthAndNext = Uint8Array.of(0, 0, 0, ICMP_LEN, 0, 0, 0, ICMPV6);
  return internetChecksum(addresses, lengthAndNext, frame.subarray(ICMP_AT));
}
