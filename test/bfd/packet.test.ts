import assert from "node:assert/strict";
import { test } from "vitest";
import { diagnosticText } from "../../src/bfd/diagnostic.ts";
import { decodePacket, encodePacket } from "../../src/bfd/packet.ts";
import type { PacketRefusal } from "../../src/bfd/packet.ts";
import { bfdPacket } from "./support/packets.ts";

const UP = bfdPacket();
/** What tcpdump prints as: Control, State Up, Flags: [Poll], Diagnostic: Neighbor Signaled Session Down, multiplier 5. */const UP_HEX = "23e00518449827cf3470c865000186a0000249f000000000";

test("a packet is written as RFC 5880 section 4.1 lays it out, and read back", () => {
  assert.equal(Buffer.from(encodePacket(UP)).toString("hex"), UP_HEX);
  assert.deepEqual(decodePacket(Buffer.from(UP_HEX, "hex")), { ok: true, packet: UP });
  const other = bfdPacket({ state: "AdminDown", diagnostic: 31, poll: false, final: true, controlPlaneIndependent: true, demand: true, desiredMinTxUs: 0xffff_ffff, requiredMinRxUs: 0, requiredMinEchoRxUs: 7, yourDiscriminator: 0 });
  assert.deepEqual(decodePacket(encodePacket(other)), { ok: true, packet: other });
});

/** 6.8.6; the second byte is state (2 bits), P, F, C, A, D, M. */
const refused: { name: string; change: (bytes: Uint8Array) => Uint8Array; refusal: PacketRefusal; text: string }[] = [
  { name: "three bytes", change: (b) => b.slice(0, 3), refusal: "tooShort", text: "Packet is too small: 3 bytes" },
  { name: "nothing", change: () => new Uint8Array(0), refusal: "tooShort", text: "Packet is too small: 0 bytes" },
  { name: "version 0", change: set(0, 0x03), refusal: "version", text: "Packet is of unsupported version: 0" },
  { name: "version 2", change: set(0, 0x43), refusal: "version", text: "Packet is of unsupported version: 2" },
  { name: "a length below 24", change: set(3, 23), refusal: "length", text: "Packet size mismatch: length field: 23 bytes, buffer size: 24 bytes" },
  { name: "a length beyond the payload", change: set(3, 30), refusal: "length", text: "Packet size mismatch: length field: 30 bytes, buffer size: 24 bytes" },
  { name: "octets behind the packet", change: (b) => Uint8Array.of(...b, 0, 0), refusal: "length", text: "Packet size mismatch: length field: 24 bytes, buffer size: 26 bytes" },
  { name: "detect multiplier 0", change: set(2, 0), refusal: "detectMultiplierZero", text: "Packet 'detection multiplier' field is zero" },
  { name: "multipoint", change: set(1, 0xc1), refusal: "multipoint", text: "Packet has 'multipoint' flag" },
  { name: "my discriminator 0", change: (b) => b.fill(0, 4, 8), refusal: "myDiscriminatorZero", text: "Packet 'my discriminator' field is zero" },
  { name: "Up without your discriminator", change: (b) => b.fill(0, 8, 12), refusal: "yourDiscriminatorZero", text: "Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown" },
  { name: "Init without your discriminator", change: (b) => set(1, 0x80)(b.fill(0, 8, 12)), refusal: "yourDiscriminatorZero", text: "Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown" },
  { name: "authentication", change: set(1, 0xc4), refusal: "authentication", text: "auth bit is set, but no authentication is in use" },
  { name: "an authentication section", change: (b) => Uint8Array.of(...set(3, 28)(set(1, 0xc4)(b)), 1, 4, 0, 0), refusal: "authentication", text: "auth bit is set, but no authentication is in use" },
  { name: "poll and final", change: set(1, 0xf0), refusal: "pollAndFinal", text: "Packet has both poll and final flags set" },
];

function set(at: number, value: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    bytes[at] = value;
    return bytes;
  };
}

for (const { name, change, refusal, text } of refused) {
  test(`refused: ${name}`, () => {
    assert.deepEqual(decodePacket(change(encodePacket(UP))), { ok: false, refusal, text });
  });
}

for (const state of ["Down", "AdminDown"] as const) {
  test(`${state} may come without your discriminator`, () => {
    const first = bfdPacket({ state, yourDiscriminator: 0 });
    assert.deepEqual(decodePacket(encodePacket(first)), { ok: true, packet: first });
  });
}

test("diagnostics have keepalived's names, reserved ones their number", () => {
  assert.deepEqual([0, 1, 3, 7, 8, 9, 31].map(diagnosticText), [
    "No Diagnostic",
    "Control Detection Time Expired",
    "Neighbor Signaled Session Down",
    "Administratively Down",
    "Reverse Concatenated Path Down",
    "Unknown (9)",
    "Unknown (31)",
  ]);
});
