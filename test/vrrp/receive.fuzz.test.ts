// Every kind of advert under mutation: nothing throws, each refusal is named, and what is accepted keeps what it was
// accepted for. The existing fuzz of version 2 is in advert.fuzz.test.ts.

import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpFamily } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import type { AuthHmac, VrrpInstance } from "../../src/conf/model.ts";
import { advertLength, decodeAdvert, encodeAdvert } from "../../src/vrrp/advert.ts";
import { AH_HEADER_LEN, decodeAhHeader } from "../../src/vrrp/ah.ts";
import { NO_HMAC_MEMORY, nextStamp, stampOf, verifyTrailer } from "../../src/vrrp/hmac-trailer.ts";
import { addressed, addressedIpv6, judgeAdvert } from "../../src/vrrp/receive.ts";
import { NEW_MEMORY } from "../../src/vrrp/verdict.ts";
import type { DropReason, Verdict } from "../../src/vrrp/verdict.ts";
import { instance, vip } from "./support/config.ts";
import { CONTEXT, signedPacket } from "./support/packets.ts";
import { mulberry32 } from "./support/random.ts";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? 2);

const KEY = Uint8Array.from(Buffer.from("s3cret\0\0"));
const HMAC: AuthHmac = {
  keys: [{ id: 1, secret: new Uint8Array(32).fill(1), file: undefined }],
  activeKey: 1,
  timeWindowS: 5,
  antiReplay: "time",
  mode: "enforce",
};
const PEERS = [{ address: ipAddress("192.0.2.9"), minTtl: 250, maxTtl: 255 }];
const UNICAST: NonNullable<VrrpInstance["unicast"]> = { peers: PEERS, ttl: undefined, checkSource: true, oldChecksum: "auto" };
const GROUP6 = ipAddress("ff02::12");

interface Kind {
  readonly name: string;
  readonly rules: Partial<VrrpInstance>;
  readonly good: Uint8Array;
  /** Right sums for what a mutated packet now holds. */
  readonly mend: (packet: Uint8Array) => Uint8Array;
  readonly judge: (packet: Uint8Array, rules: VrrpInstance) => Verdict | undefined;
  readonly reach: readonly DropReason[];
}

function judge4(packet: Uint8Array, rules: VrrpInstance): Verdict | undefined {
  const target = addressed(packet);
  return target === undefined ? undefined : judgeAdvert(rules, packet, target, CONTEXT);
}

/** The same packet with right sums: decoded as far as it can be, and encoded anew. */
function again(packet: Uint8Array, more: Parameters<typeof signedPacket>[0]): Uint8Array {
  const target = addressed(packet);
  if (target === undefined) return packet;
  const pdu = packet.subarray(target.pduAt);
  const decoded = decodeAdvert(pdu.subarray(0, advertLength((pdu[0] ?? 0) >> 4, 4, pdu[3] ?? 0)), 4);
  if (!decoded.ok) return packet;
  const { version, type, vrid, priority, authType, authData, advertIntervalUs: intervalUs, addresses } = decoded.value;
  const { source, destination, hopLimit: timeToLive } = target;
  return signedPacket({ version, type, vrid, priority, authType, authData, intervalUs, addresses, source, destination, timeToLive, ...more });
}

const FORM: readonly DropReason[] = ["tooShort", "tooLong", "version", "type", "totalLength"];

const kinds: Kind[] = [
  { name: "version 3", rules: { version: 3 }, good: signedPacket(), mend: (packet) => again(packet, {}), judge: judge4, reach: [...FORM, "ttl", "checksum", "notMulticast"] },
  { name: "version 3, unicast", rules: { version: 3, unicast: UNICAST }, good: signedPacket({ destination: "192.0.2.1" }), mend: (packet) => again(packet, {}), judge: judge4, reach: [...FORM, "checksum", "notUnicast", "ttlRange", "unknownPeer"] },
  { name: "AH", rules: { authentication: { type: "ah", password: KEY } }, good: signedPacket({ version: 2, ah: { key: KEY, sequence: 1 } }), mend: (packet) => again(packet, { ah: { key: KEY, sequence: 1 } }), judge: judge4, reach: ["tooShort", "tooLong", "version", "type", "ttl", "ahMissing", "authType", "authMismatch", "ahHeader", "ahIcv", "advertInterval"] },
  { name: "auth_hmac", rules: { version: 3, authHmac: HMAC }, good: signedPacket({ hmac: { auth: HMAC, wallUs: CONTEXT.wallUs } }), mend: (packet) => again(packet, { hmac: { auth: HMAC, wallUs: CONTEXT.wallUs } }), judge: judge4, reach: [...FORM, "ttl", "checksum", "hmacMissing", "hmacMalformed", "hmacStale", "hmacUnknownKey", "hmacInvalid"] },
  {
    name: "version 3 over IPv6",
    rules: { family: 6, version: 3, multicastGroup: GROUP6, virtualAddresses: [vip("fe80::100"), vip("2001:db8::100")] },
    good: encodeAdvert({ version: 3, type: 1, vrid: 51, priority: 150, authType: 0, authData: new Uint8Array(8), advertIntervalUs: SECOND, addresses: [ipAddress("fe80::100"), ipAddress("2001:db8::100")] }, 6),
    mend: (packet) => packet,
    judge: (packet, rules) => {
      const target = addressedIpv6(packet, ipAddress("fe80::9"), GROUP6, 255);
      return target === undefined ? undefined : judgeAdvert(rules, packet, target, CONTEXT);
    },
    reach: ["tooShort", "tooLong", "version", "type"],
  },
];

/** Zero to three octets changed, cut or grown; a part gets right sums again, or nothing would get past them. */
function mutate(kind: Kind, random: () => number): Uint8Array {
  let bytes = kind.good.slice();
  for (let n = Math.floor(random() * 4); n > 0; n--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  if (random() < 0.5) bytes = kind.mend(bytes).slice();
  if (random() < 0.1) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
  if (random() < 0.1) bytes = Uint8Array.from([...bytes, ...new Uint8Array(Math.floor(random() * 1500))]);
  if (random() < 0.05) bytes = bytes.slice(0, -28); // without its trailer
  return bytes;
}

for (const kind of kinds) {
  test(`${kind.name}: no packet makes the receiver throw, every refusal is named (seed ${seed}, ${rounds} rounds)`, { timeout: 20_000 + rounds }, () => {
    const random = mulberry32(seed);
    const rules = instance(kind.rules);
    const reasons = new Map<string, number>();
    let accepted = 0;
    for (let i = 0; i < rounds; i++) {
      const verdict = kind.judge(mutate(kind, random), rules);
      if (verdict === undefined) continue;
      if (!verdict.ok) {
        reasons.set(verdict.reason, (reasons.get(verdict.reason) ?? 0) + 1);
        assert.match(verdict.line, /^\(VI_1\) |^IPSEC AH : /);
        continue;
      }
      accepted++;
      const { advert } = verdict;
      assert.deepEqual([advert.version, advert.type], [rules.version, 1]);
      assert.deepEqual(decodeAdvert(encodeAdvert(advert, rules.family), rules.family), { ok: true, value: advert });
    }
    assert.ok(accepted > 0, "the mutator never produced a valid packet: it tests nothing");
    for (const reason of kind.reach) assert.ok(reasons.has(reason), `the mutator never reached the refusal "${reason}"`);
  });
}

test(`random octets: every decoder answers, none throws (seed ${seed})`, { timeout: 20_000 + rounds }, () => {
  const octets = fc.uint8Array({ maxLength: 120 });
  const source = fc.oneof(fc.ipV4(), fc.ipV6()).map(ipAddress);
  fc.assert(
    fc.property(octets, octets, source, fc.constantFrom(4, 6), fc.integer({ min: 0, max: 2 ** 33 }), (bytes, trailer, from, family: IpFamily, clockS) => {
      const decoded = decodeAdvert(bytes, family);
      if (decoded.ok) assert.equal(bytes.length, advertLength(decoded.value.version, family, decoded.value.addresses.length));
      assert.equal(decodeAhHeader(bytes) === undefined, bytes.length < AH_HEADER_LEN);
      const wallUs = clockS * SECOND;
      const subject = { version: 3, vrid: 1, source: from };
      assert.ok(!verifyTrailer(HMAC, subject, bytes, trailer, wallUs, NO_HMAC_MEMORY, 4).ok);
      assert.ok(nextStamp(HMAC, stampOf(wallUs), wallUs) > stampOf(wallUs));
      const target = family === 4 ? addressed(bytes) : addressedIpv6(bytes, ipAddress("fe80::9"), GROUP6, 255);
      if (target === undefined) return;
      for (const { rules } of kinds) {
        const verdict = judgeAdvert(instance(rules), bytes, target, { ...CONTEXT, memory: NEW_MEMORY });
        if (target.family === 4) assert.ok(!verdict.ok);
      }
    }),
    { numRuns: rounds / 4, seed },
  );
});
