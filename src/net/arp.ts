import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";

// ARP over Ethernet, RFC 826. Big-endian throughout.
//
// +--------------------+--------------------+-----------+
// | destination MAC 6  |    source MAC 6    | type 0806 |
// +----------+---------+-+-------+-------+--+-----------+
// | hw 1   2 | proto 0800| len 6 | len 4 | operation  2 |
// +----------+-----------+-------+-------+--------------+
// | sender MAC 6 | sender IP 4 | target MAC 6 | target IP 4 |

const FRAME_LEN = 42;
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV4 = 0x0800;
const HARDWARE_ETHERNET = 1;
const BROADCAST = new Uint8Array(6).fill(0xff);

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export interface ArpFrame {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly operation: number;
  readonly senderHardware: Uint8Array;
  readonly senderAddress: IpAddress;
  readonly targetHardware: Uint8Array;
  readonly targetAddress: IpAddress;
}

/**
 * keepalived's gratuitous ARP: a broadcast request whose sender and target address are both `address` and whose target
 * hardware address is all ones.
 *
 * @param hardware 6 octets
 * @param address IPv4
 */
export function encodeGratuitousArp(hardware: Uint8Array, address: IpAddress): Uint8Array {
  return encodeArp({
    destination: BROADCAST,
    source: hardware,
    operation: ARP_REQUEST,
    senderHardware: hardware,
    senderAddress: address,
    targetHardware: BROADCAST,
    targetAddress: address,
  });
}

/** 42 octets; the driver pads to the Ethernet minimum. */
export function encodeArp(frame: ArpFrame): Uint8Array {
  const bytes = new Uint8Array(FRAME_LEN);
  const view = new DataView(bytes.buffer);
  bytes.set(frame.destination, 0);
  bytes.set(frame.source, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  view.setUint16(14, HARDWARE_ETHERNET);
  view.setUint16(16, ETHERTYPE_IPV4);
  view.setUint8(18, 6);
  view.setUint8(19, 4);
  view.setUint16(20, frame.operation);
  bytes.set(frame.senderHardware, 22);
  bytes.set(addressBytes(frame.senderAddress), 28);
  bytes.set(frame.targetHardware, 32);
  bytes.set(addressBytes(frame.targetAddress), 38);
  return bytes;
}

/** Ethernet padding after the 42 octets is tolerated. @returns undefined when it is no ARP for IPv4 over Ethernet. */
export function decodeArp(bytes: Uint8Array): ArpFrame | undefined {
  if (bytes.length < FRAME_LEN) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(12) !== ETHERTYPE_ARP || view.getUint16(14) !== HARDWARE_ETHERNET) return undefined;
  if (view.getUint16(16) !== ETHERTYPE_IPV4 || view.getUint8(18) !== 6 || view.getUint8(19) !== 4) return undefined;
  return {
    destination: bytes.slice(0, 6),
    source: bytes.slice(6, 12),
    operation: view.getUint16(20),
    senderHardware: bytes.slice(22, 28),
    senderAddress: formatIpAddress(bytes.subarray(28, 32)),
    targetHardware: bytes.slice(32, 38),
    targetAddress: formatIpAddress(bytes.subarray(38, 42)),
  };
}
