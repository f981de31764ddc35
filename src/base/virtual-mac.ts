import type { IpFamily } from "./ip.ts";

/** The virtual router's own MAC address, RFC 9568 section 7.3. */
export function virtualMac(family: IpFamily, vrid: number): Uint8Array {
  return Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 4 ? 0x01 : 0x02, vrid);
}
