import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { internetChecksum } from "../../src/net/checksum.ts";
import { decodeIpv4Header, encodeIpv4 } from "../../src/net/ipv4.ts";

const PACKET = {
  typeOfService: 0xc0,
  identification: 0x1234,
  timeToLive: 255,
  protocol: 112,
  source: ipAddress("192.0.2.1"),
  destination: ipAddress("224.0.0.18"),
  payload: Uint8Array.of(1, 2, 3, 4),
};

test("a header octet by octet, DF off", () => {
  const bytes = encodeIpv4(PACKET);
  assert.equal(Buffer.from(bytes).toString("hex"), "45c0001812340000ff70066ec0000201e000001201020304");
  assert.equal(internetChecksum(bytes.subarray(0, 20)), 0);
});

test("what was encoded is decoded", () => {
  assert.deepEqual(decodeIpv4Header(encodeIpv4(PACKET)), {
    headerLength: 20,
    totalLength: 24,
    identification: 0x1234,
    timeToLive: 255,
    protocol: 112,
    source: "192.0.2.1",
    destination: "224.0.0.18",
  });
});

const refused: { name: string; bytes: Uint8Array }[] = [
  { name: "empty", bytes: new Uint8Array(0) },
  { name: "19 octets", bytes: encodeIpv4(PACKET).slice(0, 19) },
  { name: "version 6", bytes: Uint8Array.from(encodeIpv4(PACKET), (octet, i) => (i === 0 ? 0x65 : octet)) },
  { name: "a header length below 20", bytes: Uint8Array.from(encodeIpv4(PACKET), (octet, i) => (i === 0 ? 0x44 : octet)) },
  { name: "a header longer than the packet", bytes: Uint8Array.from(encodeIpv4(PACKET), (octet, i) => (i === 0 ? 0x4f : octet)) },
];
for (const { name, bytes } of refused) test(`refused: ${name}`, () => assert.equal(decodeIpv4Header(bytes), undefined));
