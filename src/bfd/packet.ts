import type { Micros } from "../base/time.ts";
import { viewOf } from "../net/attributes.ts";

// BFD control packet, RFC 5880 section 4.1, big-endian; no authentication section.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
// |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
// +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
// |                       My Discriminator                        |
// +---------------------------------------------------------------+
// |                      Your Discriminator                       |
// +---------------------------------------------------------------+
// |                    Desired Min TX Interval (us)               |
// +---------------------------------------------------------------+
// |                   Required Min RX Interval (us)               |
// +---------------------------------------------------------------+
// |                 Required Min Echo RX Interval (us)            |
// +---------------------------------------------------------------+

const BFD_PACKET_LEN = 24;
const VERSION = 1;

const POLL = 0x20;
const FINAL = 0x10;
const CONTROL_PLANE_INDEPENDENT = 0x08;
const AUTHENTICATION = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

const STATES = ["AdminDown", "Down", "Init", "Up"] as const;
export type BfdStateName = (typeof STATES)[number];

export interface BfdPacket {
  /** 0..31; see `diagnostic.ts`. */
  readonly diagnostic: number;
  readonly state: BfdStateName;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1..255 */
  readonly detectMultiplier: number;
  /** 1..2^32-1 */
  readonly myDiscriminator: number;
  /** 0: the sender does not know it yet. */
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: Micros;
  /** 0: the sender wants no periodic packets. */
  readonly requiredMinRxUs: Micros;
  /** 0: the sender reflects no echo packets. */
  readonly requiredMinEchoRxUs: Micros;
}

/** Why a packet was no good, by RFC 5880 section 6.8.6; and what keepalived refuses beyond it. */
export type PacketRefusal =
  | "tooShort"
  | "version"
  | "length"
  | "detectMultiplierZero"
  | "multipoint"
  | "myDiscriminatorZero"
  | "yourDiscriminatorZero"
  | "authentication"
  | "pollAndFinal";

export type DecodedPacket =
  | { readonly ok: true; readonly packet: BfdPacket }
  /** `text`: what exactly, in keepalived's words. */
  | { readonly ok: false; readonly refusal: PacketRefusal; readonly text: string };

/** @param bytes the payload of one datagram, which is exactly one packet */
export function decodePacket(bytes: Uint8Array): DecodedPacket {
  const refuse = (refusal: PacketRefusal, text: string): DecodedPacket => ({ ok: false, refusal, text });
  if (bytes.length < BFD_PACKET_LEN) return refuse("tooShort", `Packet is too small: ${bytes.length} bytes`);
  const view = viewOf(bytes);
  const version = view.getUint8(0) >> 5;
  const flags = view.getUint8(1);
  const length = view.getUint8(3);
  const state = STATES[flags >> 6] ?? "AdminDown"; // two bits: always one of the four
  const yourDiscriminator = view.getUint32(8);
  if (version !== VERSION) return refuse("version", `Packet is of unsupported version: ${version}`);
  if ((flags & AUTHENTICATION) !== 0) return refuse("authentication", "auth bit is set, but no authentication is in use");
  // The RFC only wants it between 24 and the payload's; keepalived wants it equal, and nobody pads.
  if (length !== bytes.length) return refuse("length", `Packet size mismatch: length field: ${length} bytes, buffer size: ${bytes.length} bytes`);
  if (view.getUint8(2) === 0) return refuse("detectMultiplierZero", "Packet 'detection multiplier' field is zero");
  if ((flags & MULTIPOINT) !== 0) return refuse("multipoint", "Packet has 'multipoint' flag");
  if (view.getUint32(4) === 0) return refuse("myDiscriminatorZero", "Packet 'my discriminator' field is zero");
  if (yourDiscriminator === 0 && state !== "Down" && state !== "AdminDown") {
    return refuse("yourDiscriminatorZero", "Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown");
  }
  if ((flags & POLL) !== 0 && (flags & FINAL) !== 0) return refuse("pollAndFinal", "Packet has both poll and final flags set");
  return {
    ok: true,
    packet: {
      diagnostic: view.getUint8(0) & 0x1f,
      state,
      poll: (flags & POLL) !== 0,
      final: (flags & FINAL) !== 0,
      controlPlaneIndependent: (flags & CONTROL_PLANE_INDEPENDENT) !== 0,
      demand: (flags & DEMAND) !== 0,
      detectMultiplier: view.getUint8(2),
      myDiscriminator: view.getUint32(4),
      yourDiscriminator,
      desiredMinTxUs: view.getUint32(12),
      requiredMinRxUs: view.getUint32(16),
      requiredMinEchoRxUs: view.getUint32(20),
    },
  };
}

export function encodePacket(packet: BfdPacket): Uint8Array {
  const bytes = new Uint8Array(BFD_PACKET_LEN);
  const view = viewOf(bytes);
  const flag = (set: boolean, bit: number): number => (set ? bit : 0);
  view.setUint8(0, (VERSION << 5) | packet.diagnostic);
  view.setUint8(
    1,
    (STATES.indexOf(packet.state) << 6) |
      flag(packet.poll, POLL) |
      flag(packet.final, FINAL) |
      flag(packet.controlPlaneIndependent, CONTROL_PLANE_INDEPENDENT) |
      flag(packet.demand, DEMAND),
  );
  view.setUint8(2, packet.detectMultiplier);
  view.setUint8(3, BFD_PACKET_LEN);
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTxUs);
  view.setUint32(16, packet.requiredMinRxUs);
  view.setUint32(20, packet.requiredMinEchoRxUs);
  return bytes;
}
