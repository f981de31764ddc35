import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { CENTISECOND, SECOND } from "../../src/base/time.ts";
import type { AuthHmac, VrrpInstance } from "../../src/conf/model.ts";
import { advertPackets, samePayload } from "../../src/vrrp/advert-packets.ts";
import type { AdvertNow, SendMemory } from "../../src/vrrp/advert-packets.ts";
import { addressed, addressedIpv6, judgeAdvert } from "../../src/vrrp/receive.ts";
import { NEW_MEMORY } from "../../src/vrrp/verdict.ts";
import type { ReceiveMemory } from "../../src/vrrp/verdict.ts";
import { instance, vip } from "./support/config.ts";
import { CONTEXT } from "./support/packets.ts";

const KEY = Uint8Array.from(Buffer.from("s3cret\0\0"));
const NEW: SendMemory = { receive: NEW_MEMORY, stamp: undefined };
const NOW: AdvertNow = { priority: 150, source: ipAddress("192.0.2.1"), identification: 1, wallUs: CONTEXT.wallUs };
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

type Unicast = NonNullable<VrrpInstance["unicast"]>;
const to = (peers: readonly string[], more: Partial<Unicast> = {}): Partial<VrrpInstance> => ({
  unicast: { peers: peers.map((one) => ({ address: ipAddress(one), minTtl: 0, maxTtl: 255 })), ttl: undefined, checkSource: false, oldChecksum: "auto", ...more },
});
const HMAC: AuthHmac = {
  keys: [{ id: 1, secret: new Uint8Array(32).fill(1), file: undefined }],
  activeKey: 1,
  timeWindowS: 5,
  antiReplay: "time",
  mode: "enforce",
};

describe("octet by octet as keepalived 2.2.7 sends it", () => {
  const rows: [string, Partial<VrrpInstance>, string][] = [
    ["version 3", { version: 3, vrid: 13, advertIntervalUs: 50 * CENTISECOND, virtualAddresses: [vip("192.0.2.102"), vip("192.0.2.103")] }, "45c0002400010000ff701895c0000201e0000012310d96020032115bc0000266c0000267"],
    ["version 3, unicast", { version: 3, vrid: 14, advertIntervalUs: 50 * CENTISECOND, virtualAddresses: [vip("192.0.2.104")], ...to(["192.0.2.2"]) }, "45c0002000010000ff7036a9c0000201c0000202310e96010032f1d4c0000268"],
    ["version 3, unicast, old checksum", { version: 3, vrid: 15, advertIntervalUs: 50 * CENTISECOND, virtualAddresses: [vip("192.0.2.105")], ...to(["192.0.2.2"], { oldChecksum: "always" }) }, "45c0002000010000ff7036a9c0000201c0000202310f96010032d3c2c0000269"],
    ["AH", { vrid: 11, authentication: { type: "ah", password: KEY } }, "45c0004000010000ff3318b6c0000201e000001270040000c000020100000001e1adcf434ed7d535a23bf484210b96010201848dc00002640000000000000000"],
    ["AH, unicast", { vrid: 12, virtualAddresses: [vip("192.0.2.101")], authentication: { type: "ah", password: KEY }, ...to(["192.0.2.2"], { ttl: 77 }) }, "45c00040000100004d33e8c6c0000201c000020270040000c0000201000000013ac734ae78ca1316f5357bb1210c96010201848bc00002650000000000000000"],
  ];
  for (const [name, overrides, wire] of rows) {
    test(name, () => {
      const { adverts } = advertPackets(instance(overrides), NOW, NEW);
      assert.deepEqual(adverts.map(({ packet, ipv6 }) => [hex(packet), ipv6]), [[wire, undefined]]);
    });
  }
  test("version 3 over IPv6", () => {
    const rules = instance({ family: 6, version: 3, vrid: 16, advertIntervalUs: 50 * CENTISECOND, multicastGroup: ipAddress("ff02::12"), virtualAddresses: [vip("fe80::100"), vip("2001:db8::100")] });
    const source = ipAddress("fe80::f4ab:5bff:fee4:4af4");
    const { adverts } = advertPackets(rules, { ...NOW, source }, NEW);
    assert.deepEqual(adverts.map(({ destination, packet, ipv6 }) => [destination, hex(packet), ipv6]), [
      ["ff02::12", "31109602003271cefe80000000000000000000000000010020010db8000000000000000000000100", { source }],
    ]);
  });
});

describe("what is sent is accepted, by each of those it is sent to, advert after advert", () => {
  const kinds: [string, Partial<VrrpInstance>][] = [
    ["version 2", {}],
    ["PASS", { authentication: { type: "pass", password: KEY } }],
    ["AH", { authentication: { type: "ah", password: KEY } }],
    ["AH to three peers", { authentication: { type: "ah", password: KEY }, ...to(["192.0.2.2", "192.0.2.3", "192.0.2.4"], { ttl: 3 }) }],
    ["version 3", { version: 3 }],
    ["version 3 to three peers", { version: 3, ...to(["192.0.2.2", "192.0.2.3", "192.0.2.4"]) }],
    ["version 3, v3_checksum_as_v2", { version: 3, v3ChecksumAsV2: true }],
    ["old_unicast_checksum", { version: 3, ...to(["192.0.2.2"], { oldChecksum: "always" }) }],
    ["auth_hmac", { version: 3, authHmac: HMAC }],
    ["auth_hmac, version 2", { authHmac: HMAC }],
    ["auth_hmac to three peers", { version: 3, authHmac: HMAC, ...to(["192.0.2.2", "192.0.2.3", "192.0.2.4"]) }],
    ["auth_hmac, monotonic", { version: 3, authHmac: { ...HMAC, antiReplay: "monotonic" } }],
    ["version 3 over IPv6", { family: 6, version: 3, multicastGroup: ipAddress("ff02::12"), virtualAddresses: [vip("fe80::100")] }],
    ["auth_hmac over IPv6, unicast", { family: 6, version: 3, authHmac: HMAC, virtualAddresses: [vip("fe80::100")], multicastGroup: ipAddress("ff02::12"), ...to(["2001:db8::2"], { ttl: 12 }) }],
  ];
  for (const [name, overrides] of kinds) {
    test(name, () => {
      const rules = instance(overrides);
      const source = ipAddress(rules.family === 4 ? "192.0.2.1" : "2001:db8::1");
      const gaps = fc.array(fc.integer({ min: 0, max: 2 * SECOND }), { minLength: 1, maxLength: 20 });
      fc.assert(
        fc.property(gaps, fc.integer({ min: 0, max: 255 }), (times, priority) => {
          let memory = NEW;
          let wallUs = CONTEXT.wallUs;
          const heard = new Map<string, ReceiveMemory>();
          for (const gap of times) {
            wallUs += gap;
            const sent = advertPackets(rules, { ...NOW, priority, source, wallUs }, memory);
            assert.equal(sent.adverts.length, rules.unicast?.peers.length ?? 1);
            memory = sent.memory;
            for (const { destination, packet, ipv6 } of sent.adverts) {
              const target = rules.family === 4 ? addressed(packet) : addressedIpv6(packet, source, destination, ipv6?.hopLimit ?? 255);
              assert.ok(target);
              const verdict = judgeAdvert(rules, packet, target, { memory: heard.get(destination) ?? NEW_MEMORY, ownSource: undefined, skipAddressList: false, wallUs });
              assert.ok(verdict.ok, JSON.stringify(verdict));
              assert.deepEqual([verdict.advert.priority, verdict.remarks, target.hopLimit], [priority, [], rules.unicast?.ttl ?? 255]);
              heard.set(destination, verdict.memory);
            }
          }
        }),
        { numRuns: 20 },
      );
    });
  }
});

test("one counter for sending and hearing: a takeover goes on from what was heard", () => {
  const rules = instance({ authentication: { type: "ah", password: KEY } });
  const { adverts, memory } = advertPackets(rules, NOW, { receive: { ...NEW_MEMORY, ahSequence: 500 }, stamp: undefined });
  assert.equal(addressed(adverts[0]?.packet ?? new Uint8Array(0))?.ah?.sequence, 501);
  assert.equal(memory.receive.ahSequence, 501);
});

test("the old checksum that a peer was found to use goes out, too", () => {
  const rules = instance({ version: 3, ...to(["192.0.2.2"]) });
  const old = advertPackets(instance({ version: 3, ...to(["192.0.2.2"], { oldChecksum: "always" }) }), NOW, NEW);
  assert.notDeepEqual(advertPackets(rules, NOW, NEW).adverts, old.adverts);
  assert.deepEqual(advertPackets(rules, NOW, { receive: { ...NEW_MEMORY, oldChecksum: true }, stamp: undefined }).adverts, old.adverts);
});

test("receive-only sends no trailer, and uses up no stamp", () => {
  const plain = advertPackets(instance({ version: 3 }), NOW, NEW);
  assert.deepEqual(advertPackets(instance({ version: 3, authHmac: { ...HMAC, mode: "receive-only" } }), NOW, NEW), plain);
  const signed = advertPackets(instance({ version: 3, authHmac: HMAC }), NOW, NEW);
  assert.equal((signed.adverts[0]?.packet.length ?? 0) - (plain.adverts[0]?.packet.length ?? 0), 28);
});

test("an IPv6 payload is known again whatever its checksum", () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
  for (const at of bytes.keys()) {
    const changed = bytes.map((octet, i) => (i === at ? octet ^ 1 : octet));
    assert.equal(samePayload(bytes, changed), at === 6 || at === 7, `octet ${at}`);
  }
  assert.ok(!samePayload(bytes, bytes.subarray(1)));
});

test("an advert that repeats the last one is what it would be encoded anew", () => {
  const rules = [instance(), instance({ version: 3, ...to(["192.0.2.2", "192.0.2.3"]) }), instance({ authentication: { type: "pass", password: KEY } })];
  const sources = [ipAddress("192.0.2.1"), ipAddress("192.0.2.9")];
  const moment = fc.record({
    which: fc.nat(rules.length - 1),
    priority: fc.constantFrom(0, 100, 150),
    source: fc.constantFrom(...sources),
    identification: fc.integer({ min: 1, max: 0xffff }),
    oldChecksum: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 20 }), (moments) => {
      for (const { which, oldChecksum, ...now } of moments) {
        const [known, memory] = [rules[which] ?? instance(), { ...NEW, receive: { ...NEW_MEMORY, oldChecksum } }];
        const [again, anew] = [known, { ...known }].map((one) => advertPackets(one, { ...now, wallUs: 0 }, memory));
        assert.deepEqual(again, anew);
      }
    }),
  );
});
