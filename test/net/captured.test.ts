import assert from "node:assert/strict";
import { test } from "vitest";
import { addressBytes, ipAddress } from "../../src/base/ip.ts";
import { capturedPacket } from "../../src/net/captured.ts";
import { internetChecksum } from "../../src/net/checksum.ts";
import { encodeIpv4 } from "../../src/net/ipv4.ts";
import { pseudoHeader } from "../../src/net/pseudo-header.ts";

const VRRP = 112;
const [FROM, TO] = [ipAddress("192.0.2.1"), ipAddress("224.0.0.18")];
const PAYLOAD = Uint8Array.of(0x21, 51, 100, 0, 0, 1, 0, 0);

function ipv4(change: (bytes: Uint8Array) => void = () => undefined, sum = true): Uint8Array {
  const bytes = encodeIpv4({ typeOfService: 0xc0, identification: 7, timeToLive: 255, protocol: VRRP, source: FROM, destination: TO, payload: PAYLOAD });
  change(bytes);
  if (sum) {
    bytes.set([0, 0], 10);
    new DataView(bytes.buffer).setUint16(10, internetChecksum(bytes.subarray(0, 20)));
  }
  return bytes;
}

function ipv6(change: (bytes: Uint8Array) => void = () => undefined): Uint8Array {
  const [source, destination] = [ipAddress("fe80::1"), ipAddress("ff02::12")];
  const payload = PAYLOAD.slice();
  new DataView(payload.buffer).setUint16(6, internetChecksum(pseudoHeader(source, destination, VRRP, payload.length), payload));
  const bytes = Uint8Array.of(0x60, 0, 0, 0, 0, payload.length, VRRP, 255, ...addressBytes(source), ...addressBytes(destination), ...payload);
  change(bytes);
  return bytes;
}

test("IPv4: the packet with its header and without padding", () => {
  const whole = ipv4();
  assert.deepEqual(capturedPacket(Uint8Array.of(...whole, 0, 0, 0, 0), 4, VRRP), { packet: whole, source: FROM });
});

test("IPv6: the payload, and what its header said", () => {
  const packet = ipv6().slice(40);
  assert.deepEqual(capturedPacket(Uint8Array.of(...ipv6(), 9, 9), 6, VRRP), { packet, source: "fe80::1", ipv6: { destination: "ff02::12", hopLimit: 255 } });
});

test.each([
  ["too short", ipv4().subarray(0, 19), 4],
  ["IPv4 header checksum", ipv4((bytes) => void (bytes[8] = 254), false), 4],
  ["another protocol", ipv4((bytes) => void (bytes[9] = 17)), 4],
  ["longer than it is", ipv4((bytes) => void (bytes[3] = 29)), 4],
  ["shorter than its header", ipv4((bytes) => void (bytes[3] = 19)), 4],
  ["first fragment", ipv4((bytes) => void (bytes[6] = 0x20)), 4],
  ["later fragment", ipv4((bytes) => void (bytes[7] = 1)), 4],
  ["IPv6 in an IPv4 watch", ipv6(), 4],
  ["IPv4 in an IPv6 watch", Uint8Array.of(...ipv4(), ...new Uint8Array(40)), 6],
  ["IPv6 checksum", ipv6((bytes) => void (bytes[42] = 101)), 6],
  ["IPv6 extension header", ipv6((bytes) => void (bytes[6] = 0)), 6],
  ["IPv6 longer than it is", ipv6((bytes) => void (bytes[5] = 9)), 6],
  ["IPv6 too short", ipv6().subarray(0, 39), 6],
] as const)("no raw socket gets it: %s", (_, bytes, family) => {
  assert.equal(capturedPacket(bytes, family, VRRP), undefined);
});
