// What an interface or the process connector hands over, under mutation: nothing throws, and what is accepted says the
// same again.

import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { decodeArp, encodeArp, encodeGratuitousArp } from "../../src/net/arp.ts";
import { capturedPacket } from "../../src/net/captured.ts";
import { internetChecksum } from "../../src/net/checksum.ts";
import { encodeIpv4 } from "../../src/net/ipv4.ts";
import { decodeNeighbourAdvertisement, encodeNeighbourAdvertisement } from "../../src/net/nd.ts";
import { decodeProcessEvent } from "../../src/net/process-events.ts";
import { pseudoHeader } from "../../src/net/pseudo-header.ts";
import { mulberry32 } from "../vrrp/support/random.ts";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? 2);
const timeout = 20_000 + rounds;

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 9);
const VRRP = 112;

/** Zero to three octets changed; every tenth cut, every tenth grown. */
function mutated(good: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  let bytes = good.slice();
  for (let n = below(4); n > 0; n--) bytes[below(bytes.length)] = below(256);
  if (random() < 0.1) bytes = bytes.slice(0, below(bytes.length));
  if (random() < 0.1) bytes = Uint8Array.from([...bytes, ...new Uint8Array(below(40))]);
  return bytes;
}

/** How many of the mutated are accepted. */
function accepted(good: Uint8Array, judge: (bytes: Uint8Array) => boolean, mend: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): number {
  const random = mulberry32(seed);
  let count = 0;
  for (let i = 0; i < rounds; i++) {
    const bytes = mutated(good, random);
    if (judge(random() < 0.5 ? bytes : mend(bytes))) count++;
  }
  return count;
}

/** Both answers came, each often. */
function bothSides(count: number): void {
  assert.ok(count > rounds / 50 && count < rounds - rounds / 50, `${count} of ${rounds} were accepted: the mutator tests one side`);
}

/** The same frame with the Internet checksum at `at` that makes the sum over `covered` right. */
function withChecksum(bytes: Uint8Array, at: number, covered: (bytes: Uint8Array) => readonly Uint8Array[]): Uint8Array {
  const mended = bytes.slice();
  if (mended.length < at + 2) return mended;
  mended.fill(0, at, at + 2);
  const sum = internetChecksum(...covered(mended));
  mended.set([sum >> 8, sum & 0xff], at);
  return mended;
}

test(`ARP: what is accepted is encoded to the same octets (seed ${seed}, ${rounds} rounds)`, { timeout }, () => {
  const judge = (bytes: Uint8Array): boolean => {
    const arp = decodeArp(bytes);
    if (arp !== undefined) assert.deepEqual(encodeArp(arp), bytes.slice(0, 42));
    return arp !== undefined;
  };
  bothSides(accepted(encodeGratuitousArp(MAC, ipAddress("192.0.2.100")), judge));
});

test(`neighbour advertisements: what is accepted is encoded to the same octets (seed ${seed}, ${rounds} rounds)`, { timeout }, () => {
  const judge = (bytes: Uint8Array): boolean => {
    const advert = decodeNeighbourAdvertisement(bytes);
    if (advert !== undefined) assert.deepEqual(encodeNeighbourAdvertisement(advert), bytes);
    return advert !== undefined;
  };
  const mend = (bytes: Uint8Array): Uint8Array =>
    withChecksum(bytes, 56, (frame) => [frame.subarray(22, 54), Uint8Array.of(0, 0, 0, 32, 0, 0, 0, 58), frame.subarray(54)]);
  bothSides(accepted(encodeNeighbourAdvertisement({ hardware: MAC, address: ipAddress("2001:db8::100"), router: true }), judge, mend));
});

test(`captured IPv4 packets: what is accepted is whole, ours, and has a right header (seed ${seed}, ${rounds} rounds)`, { timeout }, () => {
  const good = encodeIpv4({ source: ipAddress("192.0.2.9"), destination: ipAddress("224.0.0.18"), protocol: VRRP, timeToLive: 255, typeOfService: 0xc0, identification: 7, payload: new Uint8Array(20).fill(7) });
  const judge = (bytes: Uint8Array): boolean => {
    const captured = capturedPacket(bytes, 4, VRRP);
    if (captured === undefined) return false;
    const { packet } = captured;
    const headerLength = ((packet[0] ?? 0) & 15) * 4;
    assert.deepEqual([packet.length, packet[9], internetChecksum(packet.subarray(0, headerLength))], [((packet[2] ?? 0) << 8) | (packet[3] ?? 0), VRRP, 0]);
    assert.deepEqual(packet, bytes.slice(0, packet.length));
    return true;
  };
  const mend = (bytes: Uint8Array): Uint8Array => withChecksum(bytes, 10, (packet) => [packet.subarray(0, ((packet[0] ?? 0) & 15) * 4)]);
  bothSides(accepted(good, judge, mend));
});

test(`captured IPv6 packets: what is accepted is whole, ours, and has a right checksum (seed ${seed}, ${rounds} rounds)`, { timeout }, () => {
  const header = Uint8Array.of(0x6c, 0, 0, 0, 0, 24, VRRP, 255, ...pseudoHeader(ipAddress("fe80::1"), ipAddress("ff02::12"), VRRP, 24).subarray(0, 32));
  const mend = (bytes: Uint8Array): Uint8Array =>
    withChecksum(bytes, 46, (packet) => {
      const length = Math.min(((packet[4] ?? 0) << 8) | (packet[5] ?? 0), packet.length - 40);
      return [packet.subarray(8, 40), Uint8Array.of(0, 0, length >> 8, length & 255, 0, 0, 0, VRRP), packet.subarray(40, 40 + length)];
    });
  const judge = (bytes: Uint8Array): boolean => {
    const captured = capturedPacket(bytes, 6, VRRP);
    if (captured === undefined) return false;
    const { packet, source, ipv6 } = captured;
    assert.ok(ipv6);
    assert.deepEqual([packet, ipv6.hopLimit, bytes[6]], [bytes.slice(40, 40 + packet.length), bytes[7], VRRP]);
    assert.equal(internetChecksum(pseudoHeader(source, ipv6.destination, VRRP, packet.length), packet), 0);
    return true;
  };
  bothSides(accepted(mend(Uint8Array.of(...header, ...new Uint8Array(24).fill(7))), judge, mend));
});

test(`process events: none throws, and each kind is reached (seed ${seed}, ${rounds} rounds)`, { timeout }, () => {
  const seen = new Set<string>();
  for (const what of [0, 1, 2, 0x200, 0x80000000]) {
    const payload = new Uint8Array(Uint32Array.of(1, 1, 0, 0, 40, what, 0, 0, 0, 7, 7, 7, 7).buffer);
    const judge = (bytes: Uint8Array): boolean => {
      const event = decodeProcessEvent({ type: 3, flags: 0, sequence: 0, port: 0, payload: bytes });
      if (event !== undefined) seen.add(event.type);
      return event !== undefined;
    };
    bothSides(accepted(payload, judge));
  }
  assert.deepEqual([...seen].sort(), ["changed", "exit", "fork", "ready"]);
});
