// Adverts of all versions and families, octet by octet as Debian's keepalived 2.2.7 put them on a wire.

import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpAddress, IpFamily } from "../../src/base/ip.ts";
import { CENTISECOND, SECOND } from "../../src/base/time.ts";
import { advertLength, decodeAdvert, encodeAdvert } from "../../src/vrrp/advert.ts";
import type { Advertisement } from "../../src/vrrp/advert.ts";
import { checksumPrefix, validChecksum } from "../../src/vrrp/advert-checksum.ts";
import type { ChecksumForm } from "../../src/vrrp/advert-checksum.ts";
import { pseudoHeader } from "../../src/net/pseudo-header.ts";

const NO_AUTHENTICATION = new Uint8Array(8);
const SOURCE = ipAddress("192.0.2.1");
const GROUP = ipAddress("224.0.0.18");
const PEER = ipAddress("192.0.2.2");
const LINK_LOCAL = ipAddress("fe80::f4ab:5bff:fee4:4af4");

interface Seen {
  readonly name: string;
  readonly family: IpFamily;
  readonly version: number;
  readonly vrid: number;
  readonly intervalUs: number;
  readonly addresses: readonly string[];
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** undefined: the IPv6 pseudo-header. */
  readonly form: ChecksumForm | undefined;
  readonly wire: string;
}

const seen: Seen[] = [
  { name: "3, IPv4, multicast", family: 4, version: 3, vrid: 13, intervalUs: 50 * CENTISECOND, addresses: ["192.0.2.102", "192.0.2.103"], source: SOURCE, destination: GROUP, form: "addresses", wire: "310d96020032115bc0000266c0000267" },
  { name: "3, IPv4, unicast", family: 4, version: 3, vrid: 14, intervalUs: 50 * CENTISECOND, addresses: ["192.0.2.104"], source: SOURCE, destination: PEER, form: "addresses", wire: "310e96010032f1d4c0000268" },
  { name: "3, IPv4, unicast, old_unicast_checksum", family: 4, version: 3, vrid: 15, intervalUs: 50 * CENTISECOND, addresses: ["192.0.2.105"], source: SOURCE, destination: PEER, form: "group", wire: "310f96010032d3c2c0000269" },
  { name: "2, IPv4, under AH", family: 4, version: 2, vrid: 11, intervalUs: SECOND, addresses: ["192.0.2.100"], source: SOURCE, destination: GROUP, form: "pdu", wire: "210b96010201848dc00002640000000000000000" },
  { name: "3, IPv6, multicast", family: 6, version: 3, vrid: 16, intervalUs: 50 * CENTISECOND, addresses: ["fe80::100", "2001:db8::100"], source: LINK_LOCAL, destination: ipAddress("ff02::12"), form: undefined, wire: "31109602003271cefe80000000000000000000000000010020010db8000000000000000000000100" },
  { name: "3, IPv6, unicast", family: 6, version: 3, vrid: 17, intervalUs: 50 * CENTISECOND, addresses: ["2001:db8::101"], source: ipAddress("2001:db8::1"), destination: ipAddress("2001:db8::2"), form: undefined, wire: "311196010032ae0320010db8000000000000000000000101" },
  { name: "2, IPv6, without authentication data", family: 6, version: 2, vrid: 18, intervalUs: SECOND, addresses: ["fe80::102"], source: LINK_LOCAL, destination: ipAddress("ff02::12"), form: undefined, wire: "211296010001b0c5fe800000000000000000000000000102" },
];

describe("as keepalived sends it", () => {
  for (const { name, family, version, vrid, intervalUs, addresses, source, destination, form, wire } of seen) {
    test(`version ${name}`, () => {
      const advert = {
        version,
        type: 1,
        vrid,
        priority: 150,
        authType: wire.slice(8, 10) === "02" ? 2 : 0,
        authData: NO_AUTHENTICATION,
        advertIntervalUs: intervalUs,
        addresses: addresses.map(ipAddress),
      };
      const length = advertLength(version, family, addresses.length);
      const where = { source, destination, group: GROUP };
      const prefix = form === undefined ? pseudoHeader(source, destination, 112, length) : checksumPrefix(form, where, length);
      const bytes = encodeAdvert(advert, family, prefix);
      assert.equal(Buffer.from(bytes).toString("hex"), wire);
      assert.deepEqual(decodeAdvert(bytes, family), { ok: true, value: advert });
      if (form !== undefined) {
        assert.equal(validChecksum(bytes, ["pdu", "addresses", "group"], where), destination === GROUP && form === "group" ? "addresses" : form);
        const others = (["pdu", "addresses", "group"] as const).filter((other) => other !== form && !(destination === GROUP && other === "group"));
        assert.equal(validChecksum(bytes, others, where), undefined);
      }
    });
  }
});

test("version 3's interval has 12 bits; the four above them are not part of it", () => {
  const advert = { version: 3, type: 1, vrid: 1, priority: 1, authType: 0, authData: NO_AUTHENTICATION, advertIntervalUs: 4095 * CENTISECOND, addresses: [] };
  const bytes = encodeAdvert(advert, 4);
  assert.deepEqual([bytes[4], bytes[5]], [0x0f, 0xff]);
  bytes[4] = 0xff;
  const decoded = decodeAdvert(bytes, 4);
  assert.ok(decoded.ok);
  assert.equal(decoded.value.advertIntervalUs, 4095 * CENTISECOND);
  assert.deepEqual([...encodeAdvert({ ...advert, advertIntervalUs: 41 * SECOND }, 4).subarray(4, 6)], [0x0f, 0xff]);
  assert.deepEqual([...encodeAdvert({ ...advert, advertIntervalUs: 14_999 }, 4).subarray(4, 6)], [0, 1]);
  assert.equal(encodeAdvert({ ...advert, version: 2, advertIntervalUs: 300 * SECOND }, 4)[5], 255);
});

test("what is encoded is decoded, for every field, version 3 and both families", () => {
  const base = {
    type: fc.integer({ min: 0, max: 15 }),
    vrid: fc.integer({ min: 0, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    authType: fc.constant(0),
    authData: fc.constant(NO_AUTHENTICATION),
  };
  const v3 = { ...base, version: fc.constant(3), advertIntervalUs: fc.integer({ max: 4095, min: 0 }).map((cs) => cs * CENTISECOND) };
  const v2 = { ...base, version: fc.constant(2), advertIntervalUs: fc.integer({ max: 255, min: 0 }).map((s) => s * SECOND) };
  const ipv4 = fc.array(fc.ipV4().map(ipAddress), { maxLength: 255 });
  const ipv6 = fc.array(fc.ipV6().map(ipAddress), { maxLength: 255 });
  const kinds: [fc.Arbitrary<Advertisement>, IpFamily][] = [
    [fc.record({ ...v3, addresses: ipv4 }), 4],
    [fc.record({ ...v3, addresses: ipv6 }), 6],
    [fc.record({ ...v2, addresses: ipv6 }), 6],
  ];
  for (const [adverts, family] of kinds) {
    fc.assert(
      fc.property(adverts, (value) => {
        const bytes = encodeAdvert(value, family);
        assert.deepEqual(decodeAdvert(bytes, family), { ok: true, value: { ...value } });
        assert.deepEqual(decodeAdvert(bytes.subarray(0, -1), family), { ok: false, reason: bytes.length === 8 ? "truncated" : "tooShort" });
        assert.deepEqual(decodeAdvert(Uint8Array.from([...bytes, 0]), family), { ok: false, reason: "tooLong" });
      }),
    );
  }
});
