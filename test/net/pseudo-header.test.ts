import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { pseudoHeader } from "../../src/net/pseudo-header.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("IPv4: addresses, zero, protocol, 16 bits of length", () => {
  const header = pseudoHeader(ipAddress("192.0.2.1"), ipAddress("224.0.0.18"), 112, 0x1234);
  assert.equal(hex(header), "c0000201" + "e0000012" + "00" + "70" + "1234");
});

test("IPv6: addresses, 32 bits of length, three zeros, next header", () => {
  const header = pseudoHeader(ipAddress("fe80::1"), ipAddress("ff02::12"), 112, 0x12345);
  assert.equal(hex(header), "fe800000000000000000000000000001" + "ff020000000000000000000000000012" + "00012345" + "00000070");
});

test("addresses of two families have none", () => {
  assert.throws(() => pseudoHeader(ipAddress("192.0.2.1"), ipAddress("ff02::12"), 112, 8), RangeError);
  assert.throws(() => pseudoHeader(ipAddress("fe80::1"), ipAddress("224.0.0.18"), 112, 8), RangeError);
});
