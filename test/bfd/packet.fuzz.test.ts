import assert from "node:assert/strict";
import { test } from "vitest";
import { decodePacket, encodePacket } from "../../src/bfd/packet.ts";
import { bfdPacket } from "./support/packets.ts";
import { mulberry32 } from "../vrrp/support/random.ts";

const good = encodePacket(bfdPacket());
const REFUSALS = ["authentication", "detectMultiplierZero", "length", "multipoint", "myDiscriminatorZero", "pollAndFinal", "tooShort", "version", "yourDiscriminatorZero"];

const seed = Number(process.env["FUZZ_SEED"] ?? 2);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20_000);

test(`no input makes the decoder throw, and what it accepts it also encodes (seed ${seed}, ${rounds} rounds)`, { timeout: 20_000 + rounds }, () => {
  const random = mulberry32(seed);
  let accepted = 0;
  const refusals = new Set<string>();
  for (let i = 0; i < rounds; i++) {
    const bytes = mutated(good, random);
    const decoded = decodePacket(bytes);
    if (!decoded.ok) {
      refusals.add(decoded.refusal);
      continue;
    }
    accepted++;
    // Not the bytes: a length of 25 with a 25th octet is right too.
    assert.deepEqual(decodePacket(encodePacket(decoded.packet)), decoded);
  }
  assert.ok(accepted > rounds / 20, `only ${accepted} of ${rounds} were accepted: the mutator tests one side`);
  assert.deepEqual([...refusals].sort(), REFUSALS);
});

function mutated(good: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  const bytes = good.slice(0, random() < 0.1 ? below(good.length + 1) : good.length);
  const longer = random() < 0.1 ? Uint8Array.of(...bytes, ...Array.from({ length: below(8) }, () => below(256))) : bytes;
  for (let n = below(4); n > 0; n--) longer[below(12)] = [0, 0, below(256), 0x20, 0xc0][below(5)] ?? 0;
  if (random() < 0.05) longer.fill(0, 4, 8);
  if (random() < 0.05) longer.fill(0, 8, 12);
  return longer;
}
