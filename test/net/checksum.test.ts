import assert from "node:assert/strict";
import { test } from "vitest";
import { internetChecksum } from "../../src/net/checksum.ts";

const cases: { name: string; parts: number[][]; want: number }[] = [
  { name: "RFC 1071 section 3, the example", parts: [[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]], want: 0x220d },
  { name: "the same in two parts", parts: [[0x00, 0x01, 0xf2, 0x03], [0xf4, 0xf5, 0xf6, 0xf7]], want: 0x220d },
  { name: "an odd octet counts as the high half of a word", parts: [[0x12]], want: 0xedff },
  { name: "nothing", parts: [], want: 0xffff },
  { name: "carries fold more than once", parts: [Array<number>(65_536).fill(0xff)], want: 0 },
];

for (const { name, parts, want } of cases) {
  test(name, () => assert.equal(internetChecksum(...parts.map((part) => Uint8Array.from(part))), want));
}
