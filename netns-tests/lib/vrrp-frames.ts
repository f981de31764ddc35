// Adverts of both versions and families, with AH, read from an Ethernet frame independently of src: a test that used the
// daemon's own codec would agree with its mistakes. frames.ts knows version 2 over IPv4 only, and ARP.

import { addressText, type Frame, onesComplementSum } from "./frames.ts";

/** What two directors with the same configuration have to send alike; what differs by sender and moment is in `VrrpFrame`. */
export interface VrrpFields {
  readonly family: 4 | 6;
  /** The group's MAC address, or "peer". */
  readonly destinationMac: string;
  /** The group, or "peer". */
  readonly to: string;
  /** TOS or traffic class. */
  readonly trafficClass: number;
  readonly flagsAndOffset: number;
  readonly hopLimit: number;
  readonly protocol: number;
  readonly headerChecksumGood: boolean;
  /** Next header, payload length, reserved; and whether the SPI is the sender's address. */
  readonly ah: { readonly next: number; readonly length: number; readonly reserved: number; readonly spiIsSource: boolean } | undefined;
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly count: number;
  /** Octets 4 and 5: authentication type and seconds, or reserved bits and centiseconds. Hex. */
  readonly interval: string;
  /** What the checksum was found to cover; over IPv6 the kernel includes a trailer. */
  readonly checksum: "pdu" | "pseudo-header" | "pseudo-header of the group" | "wrong";
  readonly addresses: readonly string[];
  /** Authentication data of version 2 over IPv4. Hex. */
  readonly authData: string;
  /** auth_hmac's trailer: type, key, reserved; and its length. */
  readonly trailer: { readonly head: string; readonly length: number } | undefined;
  /** What follows the packet in the frame: Ethernet's padding. */
  readonly padding: string;
}

export interface VrrpFrame {
  readonly at: number;
  readonly source: string;
  readonly sourceMac: string;
  readonly priority: number;
  readonly vrid: number;
  /** AH's sequence number. */
  readonly sequence: number | undefined;
  readonly fields: VrrpFields;
}

const ETHERNET = 14;
const VRRP = 112;
const AH = 51;
const AH_LEN = 24;
const GROUP = { 4: Buffer.from([224, 0, 0, 18]), 6: Buffer.from("ff020000000000000000000000000012", "hex") } as const;

export function vrrpFrameOf(frame: Frame): VrrpFrame | undefined {
  const { bytes } = frame;
  if (bytes.length < ETHERNET + 28) return undefined;
  const type = bytes.readUInt16BE(12);
  if (type === 0x0800) return ofIpv4(frame, bytes.subarray(ETHERNET));
  return type === 0x86dd ? ofIpv6(frame, bytes.subarray(ETHERNET)) : undefined;
}

function ofIpv4(frame: Frame, packet: Buffer): VrrpFrame | undefined {
  const headerLength = (packet.readUInt8(0) & 0x0f) * 4;
  const total = packet.readUInt16BE(2);
  const protocol = packet.readUInt8(9);
  if ((protocol !== VRRP && protocol !== AH) || packet.length < total) return undefined;
  const [source, destination] = [packet.subarray(12, 16), packet.subarray(16, 20)];
  const ah = protocol === AH ? packet.subarray(headerLength, headerLength + AH_LEN) : undefined;
  return vrrp(frame, packet.subarray(headerLength + (ah === undefined ? 0 : AH_LEN), total), {
    family: 4,
    source,
    destination,
    ah,
    header: {
      trafficClass: packet.readUInt8(1),
      flagsAndOffset: packet.readUInt16BE(6),
      hopLimit: packet.readUInt8(8),
      protocol,
      headerChecksumGood: onesComplementSum(packet.subarray(0, headerLength)) === 0xffff,
      padding: packet.subarray(total).toString("hex"),
    },
  });
}

function ofIpv6(frame: Frame, packet: Buffer): VrrpFrame | undefined {
  if (packet.length < 48 || packet.readUInt8(6) !== VRRP) return undefined;
  const end = 40 + packet.readUInt16BE(4);
  const first = packet.readUInt32BE(0);
  return vrrp(frame, packet.subarray(40, end), {
    family: 6,
    source: packet.subarray(8, 24),
    destination: packet.subarray(24, 40),
    ah: undefined,
    header: {
      trafficClass: (first >>> 20) & 0xff,
      flagsAndOffset: 0,
      hopLimit: packet.readUInt8(7),
      protocol: VRRP,
      headerChecksumGood: true,
      padding: packet.subarray(end).toString("hex"),
    },
  });
}

interface Packet {
  readonly family: 4 | 6;
  readonly source: Buffer;
  readonly destination: Buffer;
  readonly ah: Buffer | undefined;
  readonly header: Pick<VrrpFields, "trafficClass" | "flagsAndOffset" | "hopLimit" | "protocol" | "headerChecksumGood" | "padding">;
}

function vrrp(frame: Frame, pdu: Buffer, { family, source, destination, ah, header }: Packet): VrrpFrame | undefined {
  if (pdu.length < 8) return undefined;
  const size = family === 4 ? 4 : 16;
  const count = pdu.readUInt8(3);
  const version = pdu.readUInt8(0) >> 4;
  const end = Math.min(8 + size * count, pdu.length);
  const trailerAt = end + (version === 2 && family === 4 ? 8 : 0);
  const trailer = pdu.subarray(trailerAt);
  const multicast = destination.readUInt8(0) >= 224;
  const macs = frame.bytes.subarray(0, 12).toString("hex");
  return {
    at: frame.at,
    source: addressText(source),
    sourceMac: macs.slice(12),
    priority: pdu.readUInt8(2),
    vrid: pdu.readUInt8(1),
    sequence: ah?.readUInt32BE(8),
    fields: {
      family,
      destinationMac: multicast ? macs.slice(0, 12) : "peer",
      to: multicast ? addressText(destination) : "peer",
      ...header,
      ah: ah && { next: ah.readUInt8(0), length: ah.readUInt8(1), reserved: ah.readUInt16BE(2), spiIsSource: ah.subarray(4, 8).equals(source) },
      version,
      type: pdu.readUInt8(0) & 0x0f,
      vrid: pdu.readUInt8(1),
      count,
      interval: pdu.subarray(4, 6).toString("hex"),
      checksum: checksumOf(family === 4 ? pdu.subarray(0, trailerAt) : pdu, source, destination, GROUP[family]),
      addresses: [...Array(Math.floor((end - 8) / size)).keys()].map((i) => addressText(pdu.subarray(8 + size * i, 8 + size * (i + 1)))),
      authData: pdu.subarray(end, trailerAt).toString("hex"),
      trailer: trailer.length === 0 ? undefined : { head: trailer.subarray(0, 4).toString("hex"), length: trailer.length },
    },
  };
}

function checksumOf(pdu: Buffer, source: Buffer, destination: Buffer, group: Buffer): VrrpFields["checksum"] {
  const withPseudo = (to: Buffer): boolean => {
    const tail = source.length === 4 ? Buffer.from([0, VRRP, pdu.length >> 8, pdu.length & 0xff]) : Buffer.from([0, 0, pdu.length >> 8, pdu.length & 0xff, 0, 0, 0, VRRP]);
    return onesComplementSum(Buffer.concat([source, to, tail, pdu])) === 0xffff;
  };
  if (withPseudo(destination)) return "pseudo-header";
  if (onesComplementSum(pdu) === 0xffff) return "pdu";
  return withPseudo(group) ? "pseudo-header of the group" : "wrong";
}
