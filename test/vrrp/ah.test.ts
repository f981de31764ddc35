import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import { encodeAdvert } from "../../src/vrrp/advert.ts";
import { AH_SEQUENCE_LAST, decodeAhHeader, encodeAhPacket, hasValidIcv, isNewAhSequence, isVrrpAh, nextAhSequence, spiOf } from "../../src/vrrp/ah.ts";

const KEY = Uint8Array.from(Buffer.from("s3cret\0\0"));
const SOURCE = ipAddress("192.0.2.1");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function pdu(vrid: number, priority: number, address: string): Uint8Array {
  const advert = { version: 2, type: 1, vrid, priority, authType: 2, authData: new Uint8Array(8), advertIntervalUs: SECOND, addresses: [ipAddress(address)] };
  return encodeAdvert(advert, 4);
}

/** Sent by Debian's keepalived 2.2.7: `auth_type AH`, `auth_pass s3cret`, instances to the group and to a peer with `unicast_ttl 77`. */
const seen = [
  { name: "multicast", vrid: 11, priority: 150, address: "192.0.2.100", destination: "224.0.0.18", timeToLive: 255, id: 1, sequence: 1, wire: "45c0004000010000ff3318b6c0000201e0000012" + "70040000c000020100000001e1adcf434ed7d535a23bf484" + "210b96010201848dc00002640000000000000000" },
  { name: "multicast, the second", vrid: 11, priority: 150, address: "192.0.2.100", destination: "224.0.0.18", timeToLive: 255, id: 2, sequence: 2, wire: "45c0004000020000ff3318b5c0000201e0000012" + "70040000c000020100000002afbcd4cbf515581bd6e80042" + "210b96010201848dc00002640000000000000000" },
  { name: "multicast, priority 0", vrid: 11, priority: 0, address: "192.0.2.100", destination: "224.0.0.18", timeToLive: 255, id: 7, sequence: 7, wire: "45c0004000070000ff3318b0c0000201e0000012" + "70040000c000020100000007f56a8d6aa28ca4deb836be66" + "210b000102011a8ec00002640000000000000000" },
  { name: "unicast", vrid: 12, priority: 150, address: "192.0.2.101", destination: "192.0.2.2", timeToLive: 77, id: 1, sequence: 1, wire: "45c00040000100004d33e8c6c0000201c0000202" + "70040000c0000201000000013ac734ae78ca1316f5357bb1" + "210c96010201848bc00002650000000000000000" },
  { name: "unicast, the second", vrid: 12, priority: 150, address: "192.0.2.101", destination: "192.0.2.2", timeToLive: 77, id: 2, sequence: 2, wire: "45c00040000200004d33e8c5c0000201c0000202" + "70040000c0000201000000020b60cf6e604247f09d670cab" + "210c96010201848bc00002650000000000000000" },
] as const;

describe("as keepalived sends it", () => {
  for (const { name, vrid, priority, address, destination, timeToLive, id, sequence, wire } of seen) {
    const unicast = destination === "192.0.2.2";
    test(name, () => {
      const packet = encodeAhPacket(
        { typeOfService: 0xc0, identification: id, timeToLive, protocol: 0, source: SOURCE, destination: ipAddress(destination), payload: pdu(vrid, priority, address) },
        KEY,
        sequence,
        unicast,
      );
      assert.equal(hex(packet), wire);
      assert.ok(hasValidIcv(packet, 20, KEY, unicast));
      const header = decodeAhHeader(packet.subarray(20));
      assert.deepEqual(header, { nextHeader: 112, payloadLength: 4, spi: spiOf(packet), sequence });
      assert.ok(isVrrpAh({ nextHeader: 112, payloadLength: 4, spi: 0, sequence: 0 }));
    });
  }
});

test("every octet is authenticated, except those that routers change", () => {
  for (const { wire, destination } of seen) {
    const unicast = destination === "192.0.2.2";
    const packet = Uint8Array.from(Buffer.from(wire, "hex"));
    const free = [1, 6, 7, 10, 11, ...(unicast ? [8] : [])];
    for (const at of packet.keys()) {
      const changed = packet.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      assert.equal(hasValidIcv(changed, 20, KEY, unicast), free.includes(at), `octet ${at}`);
    }
    assert.ok(!hasValidIcv(packet, 20, Uint8Array.from(Buffer.from("s3cres\0\0")), unicast));
  }
});

test("a header is 24 octets, announcing VRRP and an ICV of 12", () => {
  assert.equal(decodeAhHeader(new Uint8Array(23)), undefined);
  assert.ok(!isVrrpAh({ nextHeader: 6, payloadLength: 4, spi: 0, sequence: 0 }));
  assert.ok(!isVrrpAh({ nextHeader: 112, payloadLength: 5, spi: 0, sequence: 0 }));
});

describe("sequence numbers", () => {
  test("one more each time, and again from 1 after 0xfffffffd", () => {
    assert.deepEqual([0, 1, 0xfffffffb, 0xfffffffc, AH_SEQUENCE_LAST, 0xfffffffe, 0xffffffff].map(nextAhSequence), [1, 2, 0xfffffffc, 0xfffffffd, 1, 1, 1]);
  });
  test("strictly greater is new", () => {
    assert.deepEqual([[0, 0], [0, 1], [10, 10], [10, 9], [10, 11], [10, 0xffffffff]].map(([last = 0, seen = 0]) => isNewAhSequence(last, seen)), [false, true, false, false, true, true]);
  });
  test("when they are used up, small ones are new; not zero, not old ones of the last cycle", () => {
    assert.deepEqual([0, 1, 0xffff, 0x10000, 0x7fffffff, AH_SEQUENCE_LAST].map((received) => isNewAhSequence(AH_SEQUENCE_LAST, received)), [false, true, true, false, false, false]);
    assert.ok(!isNewAhSequence(AH_SEQUENCE_LAST - 1, 1));
  });
  test("whoever counts as we do is always believed, through the end of the numbers too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 60 }), (before, adverts) => {
        let sent = AH_SEQUENCE_LAST - before;
        let last = sent;
        for (let i = 0; i < adverts; i++) {
          sent = nextAhSequence(sent);
          assert.ok(isNewAhSequence(last, sent));
          last = sent;
          assert.ok(!isNewAhSequence(last, sent), "a repetition");
        }
      }),
    );
  });
});
