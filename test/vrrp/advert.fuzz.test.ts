import assert from "node:assert/strict";
import { test } from "vitest";
import { decodeAdvert, encodeAdvert } from "../../src/vrrp/advert.ts";
import { addressed, judgeAdvert } from "../../src/vrrp/receive.ts";
import { instance } from "./support/config.ts";
import { CONTEXT, advertPacket } from "./support/packets.ts";
import { mulberry32 } from "./support/random.ts";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? 2);

/** Zero to three octets changed, cut or grown; half of the results get a right checksum, or nothing would get past it. */
function mutate(good: Uint8Array, random: () => number): Uint8Array {
  let bytes = good.slice();
  for (let n = Math.floor(random() * 4); n > 0; n--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  if (random() < 0.1) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
  if (random() < 0.1) bytes = Uint8Array.from([...bytes, ...new Uint8Array(Math.floor(random() * 1500))]);
  return bytes;
}

test(`no packet makes the receiver throw, and what it accepts is an advert of ours (seed ${seed}, ${rounds} rounds)`, { timeout: 20_000 + rounds }, () => {
  const random = mulberry32(seed);
  const good = advertPacket({ priority: 150 });
  const reasons = new Map<string, number>();
  let accepted = 0;
  for (let i = 0; i < rounds; i++) {
    const packet = mutate(good, random);
    const target = addressed(packet);
    if (target === undefined) continue;
    const verdict = judgeAdvert(instance(), packet, target, CONTEXT);
    if (!verdict.ok) {
      reasons.set(verdict.reason, (reasons.get(verdict.reason) ?? 0) + 1);
      continue;
    }
    accepted++;
    assert.equal(target.hopLimit, 255);
    assert.equal(verdict.advert.authType, 0);
    const again = decodeAdvert(encodeAdvert(verdict.advert, 4), 4);
    assert.deepEqual(again, { ok: true, value: verdict.advert });
  }
  assert.ok(accepted > 0, "the mutator never produced a valid packet: it tests nothing");
  for (const reason of ["tooShort", "tooLong", "ttl", "version", "checksum", "authType"]) {
    assert.ok(reasons.has(reason), `the mutator never reached the refusal "${reason}"`);
  }
});

test("random octets do not throw either", { timeout: 20_000 + rounds }, () => {
  const random = mulberry32(seed + 1);
  for (let i = 0; i < rounds / 4; i++) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256));
    const decoded = decodeAdvert(bytes, 4);
    if (decoded.ok) assert.equal(decoded.value.addresses.length, bytes[3]);
    const target = addressed(bytes);
    if (target !== undefined) assert.ok(!judgeAdvert(instance(), bytes, target, CONTEXT).ok);
  }
});
