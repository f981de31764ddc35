import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import { internetChecksum } from "../../src/net/checksum.ts";
import { decodeAdvert, encodeAdvert } from "../../src/vrrp/advert.ts";
import { addressed, judgeAdvert } from "../../src/vrrp/receive.ts";
import type { DropReason, Verdict } from "../../src/vrrp/verdict.ts";
import type { VrrpInstance } from "../../src/conf/model.ts";
import { instance, vip } from "./support/config.ts";
import { CONTEXT, advertPacket, patched } from "./support/packets.ts";

const PASSWORD = Uint8Array.from(Buffer.from("1111\0\0\0\0"));
const PASS: Partial<VrrpInstance> = { authentication: { type: "pass", password: PASSWORD } };

test("the wire, octet by octet: PASS, two addresses", () => {
  const advert = {
    version: 2,
    type: 1,
    vrid: 51,
    priority: 150,
    authType: 1,
    authData: PASSWORD,
    advertIntervalUs: SECOND,
    addresses: [ipAddress("192.0.2.100"), ipAddress("192.0.2.101")],
  };
  const bytes = encodeAdvert(advert, 4);
  assert.equal(Buffer.from(bytes).toString("hex"), "213396020101609c" + "c0000264" + "c0000265" + "3131313100000000");
});

test("the wire of version 3's length: nothing follows the addresses", () => {
  const packet = advertPacket({ version: 3 });
  assert.equal(packet.length, 20 + 12);
  const decoded = decodeAdvert(packet.subarray(20), 4);
  assert.ok(decoded.ok);
  assert.deepEqual([decoded.value.version, decoded.value.addresses, decoded.value.authData], [3, ["192.0.2.100"], new Uint8Array(8)]);
});

test("what is encoded is decoded, for every field", () => {
  const advert = fc.record({
    version: fc.constant(2),
    type: fc.integer({ min: 0, max: 15 }),
    vrid: fc.integer({ min: 0, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    authType: fc.integer({ min: 0, max: 255 }),
    authData: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    advertIntervalUs: fc.integer({ min: 0, max: 255 }).map((s) => s * SECOND),
    addresses: fc.array(fc.ipV4().map(ipAddress), { maxLength: 255 }),
  });
  fc.assert(
    fc.property(advert, (value) => {
      const bytes = encodeAdvert(value, 4);
      assert.deepEqual(decodeAdvert(bytes, 4), { ok: true, value: { ...value } });
      assert.equal(internetChecksum(bytes), 0);
    }),
  );
});

function judge(packet: Uint8Array, overrides: Partial<VrrpInstance> = {}): Verdict | undefined {
  const target = addressed(packet);
  return target === undefined ? undefined : judgeAdvert(instance(overrides), packet, target, CONTEXT);
}

const GOOD = advertPacket();
const resized = (by: number) => {
  const packet = by < 0 ? GOOD.slice(0, by) : Uint8Array.from([...GOOD, ...new Uint8Array(by)]);
  return patched(packet, 2, packet.length >> 8, packet.length & 0xff);
};

const refused: { name: string; packet: Uint8Array; with?: Partial<VrrpInstance>; reason: DropReason; line: string }[] = [
  { name: "too short", packet: resized(-1), reason: "tooShort", line: "(VI_1) vrrp packet from 192.0.2.9 too short, length 39 and expect 40" },
  { name: "too long", packet: resized(7), reason: "tooLong", line: "(VI_1) vrrp packet from 192.0.2.9 too long, length 47 and expect 40" },
  { name: "TTL", packet: advertPacket({ timeToLive: 254 }), reason: "ttl", line: "(VI_1) invalid TTL/HL from 192.0.2.9. Received 254 and expect 255" },
  { name: "version 3, which ends with its addresses", packet: advertPacket({ version: 3 }), reason: "version", line: "(VI_1) wrong VRRP version from 192.0.2.9. Received 3 and expect 2" },
  { name: "version 15", packet: advertPacket({ version: 15 }), reason: "version", line: "(VI_1) wrong VRRP version from 192.0.2.9. Received 15 and expect 2" },
  { name: "version 3 with version 2's length", packet: patched(advertPacket({ addresses: ["192.0.2.100", "192.0.2.101", "192.0.2.102"] }), 20, 0x31), reason: "tooLong", line: "(VI_1) vrrp packet from 192.0.2.9 too long, length 48 and expect 40" },
  { name: "version 3 cut short", packet: advertPacket({ version: 3 }).slice(0, 31), reason: "tooShort", line: "(VI_1) vrrp packet from 192.0.2.9 too short, length 31 and expect 32" },
  { name: "version 3, padded by Ethernet", packet: Uint8Array.from([...advertPacket({ version: 3 }), ...new Uint8Array(14)]), reason: "version", line: "(VI_1) wrong VRRP version from 192.0.2.9. Received 3 and expect 2" },
  { name: "unknown authentication", packet: advertPacket({ authType: 7 }), reason: "authType", line: "(VI_1) Invalid auth type from 192.0.2.9: 7" },
  { name: "PASS where none is expected", packet: advertPacket({ authType: 1 }), reason: "authMismatch", line: "(VI_1) received a 1 auth from 192.0.2.9, expecting 0!" },
  { name: "none where PASS is expected", packet: GOOD, with: PASS, reason: "authMismatch", line: "(VI_1) received a 0 auth from 192.0.2.9, expecting 1!" },
  {
    name: "another password, different in the eighth octet",
    packet: advertPacket({ authType: 1, authData: Uint8Array.from(Buffer.from("1111\0\0\0x")) }),
    with: PASS,
    reason: "password",
    line: "(VI_1) received an invalid passwd from 192.0.2.9!",
  },
  { name: "interval", packet: advertPacket({ intervalS: 2 }), reason: "advertInterval", line: "(VI_1) advertisement interval mismatch with 192.0.2.9 mine=1 sec rcv'd=2 sec" },
  { name: "type", packet: advertPacket({ type: 2 }), reason: "type", line: "(VI_1) Invalid packet type from 192.0.2.9. 2 and expect 1" },
  { name: "IP total length", packet: patched(GOOD, 2, 0, 41), reason: "totalLength", line: "(VI_1) ip_tot_len mismatch against received length from 192.0.2.9. 41 and received 40" },
  { name: "checksum", packet: patched(GOOD, 27, 0), reason: "checksum", line: "(VI_1) Invalid VRRPv2 checksum from 192.0.2.9" },
  { name: "unicast", packet: advertPacket({ destination: "192.0.2.1" }), reason: "notMulticast", line: "(VI_1) Expected multicast packet but received unicast packet from 192.0.2.9" },
  { name: "owner ignores", packet: GOOD, with: { priority: 255, ownerIgnoreAdverts: true }, reason: "ownerIgnores", line: "(VI_1) Dropping packet(s) from 192.0.2.9 since we are address owner" },
  { name: "source address zero", packet: advertPacket({ source: "0.0.0.0" }), reason: "zeroSource", line: "(VI_1) Dropping advert from source address 0.0.0.0" },
  { name: "no addresses", packet: advertPacket({ addresses: [] }), reason: "zeroAddresses", line: "(VI_1) expected 1 VIPs but received 0" },
  { name: "order: TTL before version before checksum", packet: patched(advertPacket({ timeToLive: 1, version: 3 }), 27, 0), reason: "ttl", line: "(VI_1) invalid TTL/HL from 192.0.2.9. Received 1 and expect 255" },
];

describe("refused", () => {
  for (const { name, packet, with: overrides, reason, line } of refused) {
    test(name, () => assert.deepEqual(judge(packet, overrides), { ok: false, reason, line }));
  }
  test("too short for a VRRP header", () => assert.equal(addressed(GOOD.slice(0, 27)), undefined));
});

describe("accepted", () => {
  test("a good one, padded by Ethernet to 46 octets too", () => {
    for (const packet of [GOOD, Uint8Array.from([...GOOD, ...new Uint8Array(6)])]) {
      const verdict = judge(packet);
      assert.ok(verdict?.ok);
      assert.deepEqual(verdict.remarks, []);
    }
  });
  test("another number of addresses and another list are remarks", () => {
    const two = judge(advertPacket({ addresses: ["192.0.2.100", "192.0.2.101"] }));
    assert.ok(two?.ok);
    assert.deepEqual(two.remarks, [{ kind: "addressCount", line: "(VI_1) expected 1 VIPs but received 2" }]);
    const other = judge(advertPacket({ addresses: ["192.0.2.101"] }));
    assert.ok(other?.ok);
    assert.deepEqual(other.remarks.map(({ line }) => line), ["(VI_1) ip address associated with VRID 51 not present in advert from 192.0.2.9: 192.0.2.100"]);
  });
  test("no addresses, for an instance that advertises none either", () => {
    assert.ok(judge(advertPacket({ addresses: [] }), { virtualAddresses: [], excludedAddresses: [vip("192.0.2.100")] })?.ok);
  });
  test("IP options are skipped", () => {
    const options = Uint8Array.from([...GOOD.slice(0, 20), 1, 1, 1, 0, ...GOOD.slice(20)]);
    assert.ok(judge(patched(options, 0, 0x46, 0xc0, 0, 44))?.ok);
    assert.equal(judge(patched(options, 0, 0x47, 0xc0, 0, 44))?.ok, false);
  });
});
