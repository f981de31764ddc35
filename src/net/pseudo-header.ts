import { addressBytes, familyOf } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";

// What a transport checksum covers besides the message. Big-endian.
//
// IPv4, RFC 9293 section 3.1 (12 octets):   source 4, destination 4, zero 1, protocol 1, length 2
// IPv6, RFC 8200 section 8.1 (40 octets):   source 16, destination 16, length 4, zero 3, next header 1

/**
 * @param length of the message that follows, in octets
 * @throws RangeError when the two addresses are of different families
 */
export function pseudoHeader(source: IpAddress, destination: IpAddress, protocol: number, length: number): Uint8Array {
  const family = familyOf(source);
  if (familyOf(destination) !== family) throw new RangeError(`${source} and ${destination} are of different families`);
  const addressLength = family === 4 ? 4 : 16;
  const bytes = new Uint8Array(family === 4 ? 12 : 40);
  const view = new DataView(bytes.buffer);
  bytes.set(addressBytes(source), 0);
  bytes.set(addressBytes(destination), addressLength);
  if (family === 4) {
    view.setUint8(9, protocol);
    view.setUint16(10, length);
  } else {
    view.setUint32(32, length);
    view.setUint8(39, protocol);
  }
  return bytes;
}
