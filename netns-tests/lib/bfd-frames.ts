import { addressText, type Frame } from "./frames.ts";

// A BFD control packet in an Ethernet frame (RFC 5880 section 4.1, RFC 5881 section 4), read independently of src, for the
// same reason as frames.ts: Ethernet (14), IPv4 (20) or IPv6 (40), UDP (8), BFD (24).

/** Every field of the packet, and of the headers what a BFD speaker decides. */
export interface BfdFrame {
  readonly at: number;
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit. */
  readonly hops: number;
  /** Type of service or traffic class. */
  readonly tos: number;
  readonly sourcePort: number;
  readonly port: number;
  readonly udpLength: number;
  readonly version: number;
  readonly diagnostic: number;
  readonly state: "AdminDown" | "Down" | "Init" | "Up";
  /** Those that are set, of "P F C A D M". */
  readonly flags: string;
  readonly multiplier: number;
  readonly length: number;
  readonly my: number;
  readonly your: number;
  readonly minTx: number;
  readonly minRx: number;
  readonly minEchoRx: number;
}

const ETHERNET = 14;

export function bfdOf(frame: Frame): BfdFrame | undefined {
  const { bytes, at } = frame;
  const family = bytes.readUInt16BE(12) === 0x0800 ? 4 : 6;
  const ip = bytes.subarray(ETHERNET);
  const udp = ip.subarray(family === 4 ? (ip.readUInt8(0) & 0x0f) * 4 : 40);
  const port = udp.readUInt16BE(2);
  if (port !== 3784 && port !== 4784) return undefined;
  const bfd = udp.subarray(8);
  const flags = bfd.readUInt8(1);
  return {
    at,
    family,
    source: addressText(family === 4 ? ip.subarray(12, 16) : ip.subarray(8, 24)),
    destination: addressText(family === 4 ? ip.subarray(16, 20) : ip.subarray(24, 40)),
    hops: ip.readUInt8(family === 4 ? 8 : 7),
    tos: family === 4 ? ip.readUInt8(1) : (ip.readUInt16BE(0) >> 4) & 0xff,
    sourcePort: udp.readUInt16BE(0),
    port,
    udpLength: udp.readUInt16BE(4),
    version: bfd.readUInt8(0) >> 5,
    diagnostic: bfd.readUInt8(0) & 0x1f,
    state: (["AdminDown", "Down", "Init", "Up"] as const)[flags >> 6] ?? "AdminDown",
    flags: [..."PFCADM"].filter((_, i) => (flags & (0x20 >> i)) !== 0).join(""),
    multiplier: bfd.readUInt8(2),
    length: bfd.readUInt8(3),
    my: bfd.readUInt32BE(4),
    your: bfd.readUInt32BE(8),
    minTx: bfd.readUInt32BE(12),
    minRx: bfd.readUInt32BE(16),
    minEchoRx: bfd.readUInt32BE(20),
  };
}
