// The receive checks beyond version 2 by multicast (advert.test.ts): version 3, IPv6, unicast, AH, auth_hmac.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { CENTISECOND, SECOND } from "../../src/base/time.ts";
import type { AuthHmac, VrrpInstance } from "../../src/conf/model.ts";
import { internetChecksum } from "../../src/net/checksum.ts";
import { encodeAdvert } from "../../src/vrrp/advert.ts";
import { addressed, addressedIpv6, judgeAdvert, sentForm } from "../../src/vrrp/receive.ts";
import { NEW_MEMORY } from "../../src/vrrp/verdict.ts";
import type { DropReason, ReceiveContext, ReceiveMemory, Remark, Verdict } from "../../src/vrrp/verdict.ts";
import { instance, vip } from "./support/config.ts";
import { CONTEXT, patched, signedPacket } from "./support/packets.ts";
import type { SignedOptions } from "./support/packets.ts";

const KEY = Uint8Array.from(Buffer.from("s3cret\0\0"));
const V3: Partial<VrrpInstance> = { version: 3 };
const AH: Partial<VrrpInstance> = { authentication: { type: "ah", password: KEY } };
const PEER = "192.0.2.9";
const OURS = "192.0.2.1";

type Unicast = NonNullable<VrrpInstance["unicast"]>;
function unicast(overrides: Partial<Unicast> = {}, peer: Partial<Unicast["peers"][number]> = {}): Partial<VrrpInstance> {
  const peers = [{ address: ipAddress(PEER), minTtl: 0, maxTtl: 255, ...peer }];
  return { version: 3, unicast: { peers, ttl: undefined, checkSource: false, oldChecksum: "auto", ...overrides } };
}
const TO_US: SignedOptions = { destination: OURS };

const HMAC: AuthHmac = {
  keys: [{ id: 1, secret: new Uint8Array(32).fill(1), file: undefined }],
  activeKey: 1,
  timeWindowS: 5,
  antiReplay: "time",
  mode: "enforce",
};
const STRANGE: AuthHmac = { ...HMAC, keys: [{ id: 2, secret: new Uint8Array(32).fill(2), file: undefined }], activeKey: 2 };
const FORGED: AuthHmac = { ...HMAC, keys: [{ id: 1, secret: new Uint8Array(32).fill(2), file: undefined }] };
const NOW = CONTEXT.wallUs;
const signed = (overrides: Partial<AuthHmac> = {}): Partial<VrrpInstance> => ({ version: 3, authHmac: { ...HMAC, ...overrides } });
const by = (auth: AuthHmac, seconds = 0): SignedOptions => ({ hmac: { auth, wallUs: NOW + seconds * SECOND } });

function judge(packet: Uint8Array, overrides: Partial<VrrpInstance>, context: Partial<ReceiveContext> = {}): Verdict {
  const target = addressed(packet);
  assert.ok(target, "long enough for a VRRP header");
  return judgeAdvert(instance(overrides), packet, target, { ...CONTEXT, ...context });
}

/** Fixes the IP total length after the packet was cut or grown. */
function resized(packet: Uint8Array, by: number): Uint8Array {
  const bytes = by < 0 ? packet.slice(0, by) : Uint8Array.from([...packet, ...new Uint8Array(by)]);
  return patched(bytes, 2, bytes.length >> 8, bytes.length & 0xff);
}

interface Row {
  readonly name: string;
  readonly packet: SignedOptions | Uint8Array;
  readonly with: Partial<VrrpInstance>;
  readonly memory?: Partial<ReceiveMemory>;
  readonly reason: DropReason;
  readonly line: string;
}

const refused: Row[] = [
  { name: "AH where none is configured, whatever else is wrong", packet: { version: 2, ah: { key: KEY, sequence: 1 }, timeToLive: 3 }, with: {}, reason: "ahUnexpected", line: "(VI_1) Received AH header but auth type not AH from 192.0.2.9" },
  { name: "no AH where it is configured, whatever else is wrong", packet: { version: 3, timeToLive: 3 }, with: AH, reason: "ahMissing", line: "(VI_1) No AH header but auth type is AH from 192.0.2.9" },
  { name: "AH, too short", packet: resized(signedPacket({ version: 2, ah: { key: KEY, sequence: 1 } }), -1), with: AH, reason: "tooShort", line: "(VI_1) vrrp packet from 192.0.2.9 too short, length 63 and expect 64" },
  { name: "AH, too long", packet: resized(signedPacket({ version: 2, ah: { key: KEY, sequence: 1 } }), 9), with: AH, reason: "tooLong", line: "(VI_1) vrrp packet from 192.0.2.9 too long, length 73 and expect 64" },
  { name: "AH, TTL before all of AH", packet: { version: 2, ah: { key: new Uint8Array(8), sequence: 0 }, timeToLive: 254 }, with: AH, reason: "ttl", line: "(VI_1) invalid TTL/HL from 192.0.2.9. Received 254 and expect 255" },
  { name: "AH, the PDU says none", packet: { version: 2, ah: { key: new Uint8Array(8), sequence: 0 }, authType: 0 }, with: AH, reason: "authMismatch", line: "(VI_1) received a 0 auth from 192.0.2.9, expecting 2!" },
  { name: "AH, for another protocol", packet: patched(signedPacket({ version: 2, ah: { key: KEY, sequence: 6 } }), 20, 6), with: AH, reason: "ahHeader", line: "(VI_1) AH header from 192.0.2.9 is not for VRRP with HMAC-MD5-96" },
  { name: "AH, another key, and a repetition", packet: { version: 2, ah: { key: new Uint8Array(8), sequence: 5 } }, with: AH, memory: { ahHeard: 5 }, reason: "ahIcv", line: "(VI_1) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !" },
  { name: "AH, a repetition", packet: { version: 2, ah: { key: KEY, sequence: 5 } }, with: AH, memory: { ahHeard: 5 }, reason: "ahSequence", line: "(VI_1) IPSEC-AH : sequence number 5 already processed. Packet dropped. Local(5)" },
  { name: "AH, before the interval", packet: { version: 2, ah: { key: KEY, sequence: 5 }, intervalUs: 2 * SECOND }, with: AH, memory: { ahHeard: 6 }, reason: "ahSequence", line: "(VI_1) IPSEC-AH : sequence number 5 already processed. Packet dropped. Local(6)" },
  { name: "AH to a peer, another TTL is no fault, another interval is", packet: { version: 2, ah: { key: KEY, sequence: 5 }, intervalUs: 2 * SECOND, timeToLive: 9, ...TO_US }, with: { ...unicast(), ...AH, version: 2 }, reason: "advertInterval", line: "(VI_1) advertisement interval mismatch with 192.0.2.9 mine=1 sec rcv'd=2 sec" },

  { name: "version 3, TTL", packet: { timeToLive: 254 }, with: V3, reason: "ttl", line: "(VI_1) invalid TTL/HL from 192.0.2.9. Received 254 and expect 255" },
  { name: "version 2 for an instance of version 3", packet: { version: 2 }, with: V3, reason: "version", line: "(VI_1) wrong VRRP version from 192.0.2.9. Received 2 and expect 3" },
  { name: "version 3, type before checksum", packet: { type: 2, form: "pdu" }, with: V3, reason: "type", line: "(VI_1) Invalid packet type from 192.0.2.9. 2 and expect 1" },
  { name: "version 3, IP total length before checksum", packet: patched(signedPacket({ form: "pdu" }), 2, 0, 33), with: V3, reason: "totalLength", line: "(VI_1) ip_tot_len mismatch against received length from 192.0.2.9. 33 and received 32" },
  { name: "version 3, checksum without pseudo-header", packet: { form: "pdu" }, with: V3, reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "version 3, checksum before unicast", packet: { form: "pdu", ...TO_US }, with: V3, reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "version 3, unicast for a multicast instance", packet: TO_US, with: V3, reason: "notMulticast", line: "(VI_1) Expected multicast packet but received unicast packet from 192.0.2.9" },
  { name: "v3_checksum_as_v2: a checksum that nobody computes", packet: patched(signedPacket(), 26, 0, 0), with: { ...V3, v3ChecksumAsV2: true }, reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "v3_checksum_as_v2, multicast: not the unicast form", packet: { form: "group", ...TO_US }, with: { ...V3, v3ChecksumAsV2: true }, reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },

  { name: "unicast: multicast received", packet: {}, with: unicast(), reason: "notUnicast", line: "(VI_1) Expected unicast packet but received multicast packet from 192.0.2.9" },
  { name: "unicast: old_unicast_checksum never", packet: { form: "group", ...TO_US }, with: unicast({ oldChecksum: "never" }), reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "unicast: old_unicast_checksum, and the right one", packet: TO_US, with: unicast({ oldChecksum: "always" }), reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "unicast: neither", packet: { form: "pdu", ...TO_US }, with: unicast(), reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "unicast: a stranger", packet: { source: "192.0.2.66", ...TO_US }, with: unicast({ checkSource: true }), reason: "unknownPeer", line: "(VI_1) unicast source address 192.0.2.66 not a unicast peer" },
  { name: "unicast: TTL below the peer's", packet: { timeToLive: 9, ...TO_US }, with: unicast({}, { minTtl: 10, maxTtl: 20 }), reason: "ttlRange", line: "(VI_1) TTL/HL 9 from 192.0.2.9 not in range [10, 20]" },
  { name: "unicast: TTL above the peer's", packet: { timeToLive: 21, ...TO_US }, with: unicast({}, { minTtl: 10, maxTtl: 20 }), reason: "ttlRange", line: "(VI_1) TTL/HL 21 from 192.0.2.9 not in range [10, 20]" },
  { name: "unicast: checksum before TTL", packet: { timeToLive: 9, form: "pdu", ...TO_US }, with: unicast({}, { minTtl: 10 }), reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "unicast: the owner ignores, before the peer is looked at", packet: { source: "192.0.2.66", ...TO_US }, with: { ...unicast({ checkSource: true }), priority: 255, ownerIgnoreAdverts: true }, reason: "ownerIgnores", line: "(VI_1) Dropping packet(s) from 192.0.2.66 since we are address owner" },

  { name: "a trailer where none is configured", packet: by(HMAC), with: V3, reason: "tooLong", line: "(VI_1) vrrp packet from 192.0.2.9 too long, length 60 and expect 32" },
  { name: "a trailer cut short", packet: resized(signedPacket(by(HMAC)), -1), with: signed(), reason: "tooLong", line: "(VI_1) vrrp packet from 192.0.2.9 too long, length 59 and expect 32" },
  { name: "no trailer", packet: {}, with: signed(), reason: "hmacMissing", line: "(VI_1) missing authentication trailer from 192.0.2.9" },
  { name: "no trailer, padded by Ethernet", packet: Uint8Array.from([...signedPacket(), ...new Uint8Array(14)]), with: signed(), reason: "hmacMissing", line: "(VI_1) missing authentication trailer from 192.0.2.9" },
  { name: "a trailer of another kind", packet: patched(signedPacket(by(HMAC)), 32, 2), with: signed(), reason: "hmacMalformed", line: "(VI_1) malformed authentication trailer from 192.0.2.9" },
  { name: "a stale trailer with an unknown key", packet: by(STRANGE, -6), with: signed(), reason: "hmacStale", line: "(VI_1) stale authentication trailer from 192.0.2.9, clock skew -6 sec exceeds window 5 sec" },
  { name: "an unknown key", packet: by(STRANGE), with: signed(), reason: "hmacUnknownKey", line: "(VI_1) unknown authentication key id 2 from 192.0.2.9" },
  { name: "another secret", packet: by(FORGED), with: signed(), reason: "hmacInvalid", line: "(VI_1) invalid authentication HMAC from 192.0.2.9" },
  { name: "signed by another sender", packet: { hmac: { auth: HMAC, wallUs: NOW, source: "192.0.2.8" } }, with: signed(), reason: "hmacInvalid", line: "(VI_1) invalid authentication HMAC from 192.0.2.9" },
  { name: "replayed", packet: by(HMAC), with: signed(), memory: { hmac: new Map([[ipAddress(PEER), BigInt(NOW / SECOND) << 32n]]) }, reason: "hmacReplayed", line: "(VI_1) replayed authentication trailer from 192.0.2.9" },
  { name: "the version comes before the trailer", packet: { version: 2, ...by(FORGED) }, with: signed(), reason: "version", line: "(VI_1) wrong VRRP version from 192.0.2.9. Received 2 and expect 3" },
  { name: "the trailer comes before version 2's interval", packet: { version: 2, intervalUs: 2 * SECOND, ...by(FORGED) }, with: { ...signed(), version: 2 }, reason: "hmacInvalid", line: "(VI_1) invalid authentication HMAC from 192.0.2.9" },
  { name: "the trailer does not cover the checksum, which is judged after it", packet: patched(signedPacket(by(HMAC)), 26, 0, 0), with: signed(), reason: "checksum", line: "(VI_1) Invalid VRRPv3 checksum from 192.0.2.9" },
  { name: "the trailer counts in the IP total length", packet: patched(signedPacket(by(HMAC)), 2, 0, 32), with: signed(), reason: "totalLength", line: "(VI_1) ip_tot_len mismatch against received length from 192.0.2.9. 32 and received 60" },
];

describe("refused", () => {
  for (const { name, packet, with: overrides, memory, reason, line } of refused) {
    test(name, () => {
      const bytes = packet instanceof Uint8Array ? packet : signedPacket(packet);
      assert.deepEqual(judge(bytes, overrides, { memory: { ...NEW_MEMORY, ...memory } }), { ok: false, reason, line });
    });
  }

  test("AH, an SPI that is not the sender's address, with keepalived's numbers; the value comes before it, it before the sequence", () => {
    // keepalived 2.2.7 says just this of a packet from 192.0.2.2 with SPI 192.0.2.3.
    const packet = signedPacket({ version: 2, source: "192.0.2.2", ah: { key: KEY, sequence: 5 } });
    const line = "IPSEC AH : invalid IPSEC SPI value. 33685696 and expect 50462912";
    assert.deepEqual(judge(withSpi(packet, 3), AH, { memory: { ...NEW_MEMORY, ahHeard: 9 } }), { ok: false, reason: "ahSpi", line });
    const unsigned = judge(patched(packet, 27, 3), AH);
    assert.ok(!unsigned.ok);
    assert.equal(unsigned.reason, "ahIcv");
  });

  test("too short for a VRRP header behind AH", () => {
    const packet = signedPacket({ version: 2, ah: { key: KEY, sequence: 1 } });
    assert.equal(addressed(packet.slice(0, 51)), undefined);
    assert.equal(addressed(packet.slice(0, 43)), undefined);
    assert.ok(addressed(packet.slice(0, 52)));
  });
});

/** Another last octet of the SPI, with the ICV to match. */
function withSpi(packet: Uint8Array, last: number): Uint8Array {
  const changed = patched(packet, 27, last);
  const input = changed.slice();
  for (const at of [1, 6, 7, 10, 11, ...Array(12).keys()].map((at, i) => (i < 5 ? at : 32 + at))) input[at] = 0;
  changed.set(createHmac("md5", KEY).update(input).digest().subarray(0, 12), 32);
  return changed;
}

interface Accepted {
  readonly name: string;
  readonly packet: SignedOptions | Uint8Array;
  readonly with: Partial<VrrpInstance>;
  readonly remarks?: readonly Remark[];
  readonly memory?: Partial<ReceiveMemory>;
}

const remark = (kind: Remark["kind"], line: string): Remark[] => [{ kind, line: `(VI_1) ${line}` }];
const stampMap = (seconds = 0) => new Map([[ipAddress(PEER), BigInt(NOW / SECOND + seconds) << 32n]]);

const accepted: Accepted[] = [
  { name: "version 3", packet: {}, with: V3 },
  { name: "version 3, padded by Ethernet to 46 octets", packet: Uint8Array.from([...signedPacket(), ...new Uint8Array(14)]), with: V3 },
  { name: "version 3, another interval", packet: { intervalUs: 50 * CENTISECOND }, with: V3, remarks: remark("advertInterval", "advertisement interval mismatch ours = 100 centi-sec rcv'd=50 centi-sec") },
  { name: "version 3, reserved bits set", packet: reservedBits(), with: { ...V3, v3ChecksumAsV2: true } },
  { name: "version 3, RFC 9568's checksum with v3_checksum_as_v2", packet: { form: "pdu" }, with: { ...V3, v3ChecksumAsV2: true } },
  { name: "version 3, keepalived's checksum with v3_checksum_as_v2", packet: {}, with: { ...V3, v3ChecksumAsV2: true } },
  { name: "AH", packet: { version: 2, ah: { key: KEY, sequence: 5 } }, with: AH, memory: { ahSequence: 5, ahHeard: 5 } },
  { name: "AH to a peer, three hops away", packet: { version: 2, ah: { key: KEY, sequence: 5 }, timeToLive: 252, ...TO_US }, with: { ...unicast(), ...AH, version: 2 }, memory: { ahSequence: 5, ahHeard: 5 } },
  { name: "unicast, any TTL", packet: { timeToLive: 1, ...TO_US }, with: unicast() },
  { name: "unicast, a stranger when sources are not checked", packet: { source: "192.0.2.66", ...TO_US }, with: unicast() },
  { name: "unicast, TTL at the lower end", packet: { timeToLive: 10, ...TO_US }, with: unicast({ checkSource: true }, { minTtl: 10, maxTtl: 20 }) },
  { name: "unicast, TTL at the upper end", packet: { timeToLive: 20, ...TO_US }, with: unicast({ checkSource: true }, { minTtl: 10, maxTtl: 20 }) },
  { name: "unicast, the old checksum, found out", packet: { form: "group", ...TO_US }, with: unicast(), remarks: remark("oldChecksum", "Setting unicast VRRPv3 checksum to old version"), memory: { oldChecksum: true } },
  { name: "unicast, the old checksum, configured", packet: { form: "group", ...TO_US }, with: unicast({ oldChecksum: "always" }) },
  { name: "unicast, version 2 has one checksum only", packet: { version: 2, ...TO_US }, with: { ...unicast({ oldChecksum: "always" }), version: 2 } },
  { name: "unicast, v3_checksum_as_v2, the old form", packet: { form: "group", ...TO_US }, with: { ...unicast(), v3ChecksumAsV2: true } },
  { name: "a trailer", packet: by(HMAC), with: signed(), memory: { hmac: stampMap() } },
  { name: "a trailer, version 2", packet: { version: 2, ...by(HMAC) }, with: { ...signed(), version: 2 }, memory: { hmac: stampMap() } },
  { name: "a trailer, clocks half the window apart", packet: by({ ...HMAC }, 3), with: signed(), remarks: remark("hmacSkew", "authentication clock skew 3 sec from 192.0.2.9 approaching window 5 sec"), memory: { hmac: stampMap(3) } },
  { name: "a trailer, clocks less apart", packet: by(HMAC, -2), with: signed(), memory: { hmac: stampMap(-2) } },
  { name: "permissive: no trailer", packet: {}, with: signed({ mode: "permissive" }), remarks: remark("hmacMissing", "missing authentication trailer from 192.0.2.9") },
  { name: "permissive: a wrong one, remembered by nobody", packet: by(FORGED), with: signed({ mode: "permissive" }), remarks: remark("hmacInvalid", "invalid authentication HMAC from 192.0.2.9") },
  { name: "receive-only: no trailer", packet: {}, with: signed({ mode: "receive-only" }), remarks: remark("hmacMissing", "missing authentication trailer from 192.0.2.9") },
  { name: "receive-only: a right one is remembered", packet: by(HMAC), with: signed({ mode: "receive-only" }), memory: { hmac: stampMap() } },
];

function reservedBits(): Uint8Array {
  const advert = { version: 3, type: 1, vrid: 51, priority: 100, authType: 0, authData: new Uint8Array(8), advertIntervalUs: SECOND, addresses: [ipAddress("192.0.2.100")] };
  const pdu = encodeAdvert(advert, 4);
  pdu[4] = (pdu[4] ?? 0) | 0xf0;
  pdu.fill(0, 6, 8);
  const checksum = internetChecksum(pdu);
  pdu.set([checksum >> 8, checksum & 0xff], 6);
  const packet = signedPacket();
  packet.set(pdu, 20);
  return packet;
}

describe("accepted", () => {
  for (const { name, packet, with: overrides, remarks = [], memory } of accepted) {
    test(name, () => {
      const verdict = judge(packet instanceof Uint8Array ? packet : signedPacket(packet), overrides);
      assert.ok(verdict.ok, JSON.stringify(verdict));
      assert.deepEqual(verdict.remarks, remarks);
      assert.deepEqual(verdict.memory, { ...NEW_MEMORY, ...memory });
    });
  }

  test("AH: others have to exceed what was heard, not what we sent; our own adverts that are played back, what we sent", () => {
    const memory = { ...NEW_MEMORY, ahSequence: 9, ahHeard: 5 };
    const of = (sequence: number, source: string) => judge(signedPacket({ version: 2, source, ah: { key: KEY, sequence } }), AH, { memory });
    const heard = of(9, "192.0.2.9");
    assert.ok(heard.ok);
    assert.deepEqual([heard.memory.ahSequence, heard.memory.ahHeard], [9, 9]);
    assert.deepEqual([of(6, "192.0.2.9").ok, of(5, "192.0.2.9").ok, of(9, "192.0.2.1").ok, of(10, "192.0.2.1").ok], [true, false, false, true]);
  });

  test("the old checksum is remarked on once, goes out from then on, and the right one stays good", () => {
    const first = judge(signedPacket({ form: "group", ...TO_US }), unicast());
    assert.ok(first.ok);
    const { memory } = first;
    for (const form of ["group", "addresses"] as const) {
      const again = judge(signedPacket({ form, ...TO_US }), unicast(), { memory });
      assert.ok(again.ok);
      assert.deepEqual([again.remarks, again.memory.oldChecksum], [[], true]);
    }
    assert.deepEqual([sentForm(instance(unicast()), NEW_MEMORY), sentForm(instance(unicast()), memory)], ["addresses", "group"]);
  });

  test("the same advert with AH or a trailer is accepted once", () => {
    for (const [packet, rules, reason] of [
      [signedPacket({ version: 2, ah: { key: KEY, sequence: 5 } }), AH, "ahSequence"],
      [signedPacket(by(HMAC)), signed(), "hmacReplayed"],
    ] as const) {
      const first = judge(packet, rules);
      assert.ok(first.ok);
      const again = judge(packet, rules, { memory: first.memory });
      assert.ok(!again.ok);
      assert.equal(again.reason, reason);
    }
  });
});

test("the form that is sent", () => {
  const of = (overrides: Partial<VrrpInstance>, oldChecksum = false) => sentForm(instance(overrides), { ...NEW_MEMORY, oldChecksum });
  assert.equal(of({}), "pdu");
  assert.equal(of(V3), "addresses");
  assert.equal(of({ ...V3, v3ChecksumAsV2: true }), "pdu");
  assert.equal(of(V3, true), "addresses");
  assert.equal(of(unicast({ oldChecksum: "always" })), "group");
  assert.equal(of(unicast({ oldChecksum: "never" }), true), "addresses");
  assert.equal(of({ ...unicast({ oldChecksum: "always" }), v3ChecksumAsV2: true }), "pdu");
  assert.equal(of({ ...unicast({ oldChecksum: "always" }), version: 2 }), "pdu");
});

describe("IPv6", () => {
  const GROUP6 = ipAddress("ff02::12");
  const SENDER = ipAddress("fe80::9");
  const V6: Partial<VrrpInstance> = { family: 6, version: 3, multicastGroup: GROUP6, virtualAddresses: [vip("fe80::100"), vip("2001:db8::100")] };
  const pdu = (addresses = ["fe80::100", "2001:db8::100"], version = 3) =>
    encodeAdvert({ version, type: 1, vrid: 51, priority: 100, authType: 0, authData: new Uint8Array(8), advertIntervalUs: SECOND, addresses: addresses.map(ipAddress) }, 6);

  function judge6(payload: Uint8Array, overrides: Partial<VrrpInstance> = {}, { source = SENDER, destination = GROUP6, hopLimit = 255 } = {}): Verdict {
    const target = addressedIpv6(payload, source, destination, hopLimit);
    assert.ok(target);
    return judgeAdvert(instance({ ...V6, ...overrides }), payload, target, CONTEXT);
  }
  const unicast6 = (overrides: Partial<Unicast> = {}): Partial<VrrpInstance> => ({
    unicast: { peers: [{ address: ipAddress("2001:db8::2"), minTtl: 10, maxTtl: 20 }], ttl: undefined, checkSource: true, oldChecksum: "auto", ...overrides },
  });

  test("accepted: version 3, version 2 without authentication data, unicast", () => {
    const verdict = judge6(pdu());
    assert.ok(verdict.ok);
    assert.deepEqual([verdict.advert.addresses, verdict.remarks], [["fe80::100", "2001:db8::100"], []]);
    assert.ok(judge6(pdu(undefined, 2), { version: 2 }).ok);
    assert.ok(judge6(pdu(), unicast6(), { source: ipAddress("2001:db8::2"), destination: ipAddress("2001:db8::1"), hopLimit: 12 }).ok);
  });

  test("refused, with keepalived's lengths: the payload's, without a header", () => {
    const rows: [Verdict, DropReason, string][] = [
      [judge6(pdu().slice(0, -16)), "tooShort", "(VI_1) vrrp packet from fe80::9 too short, length 24 and expect 40"],
      [judge6(patched(pdu(), 3, 1)), "tooLong", "(VI_1) vrrp packet from fe80::9 too long, length 40 and expect 24"],
      [judge6(pdu(), {}, { hopLimit: 254 }), "ttl", "(VI_1) invalid TTL/HL from fe80::9. Received 254 and expect 255"],
      [judge6(pdu(undefined, 2)), "version", "(VI_1) wrong VRRP version from fe80::9. Received 2 and expect 3"],
      [judge6(patched(pdu(undefined, 2), 4, 1), { version: 2 }), "authMismatch", "(VI_1) received a 1 auth from fe80::9, expecting 0!"],
      [judge6(pdu(), {}, { destination: ipAddress("fe80::1") }), "notMulticast", "(VI_1) Expected multicast packet but received unicast packet from fe80::9"],
      [judge6(pdu(), unicast6({ checkSource: false })), "notUnicast", "(VI_1) Expected unicast packet but received multicast packet from fe80::9"],
      [judge6(pdu(), unicast6(), { destination: ipAddress("2001:db8::1") }), "unknownPeer", "(VI_1) unicast source address fe80::9 not a unicast peer"],
      [judge6(pdu(), unicast6(), { source: ipAddress("2001:db8::2"), destination: ipAddress("2001:db8::1"), hopLimit: 64 }), "ttlRange", "(VI_1) TTL/HL 64 from 2001:db8::2 not in range [10, 20]"],
      [judge6(pdu(), {}, { source: ipAddress("::") }), "zeroSource", "(VI_1) Dropping advert from source address ::"],
      [judge6(pdu([])), "zeroAddresses", "(VI_1) expected 2 VIPs but received 0"],
    ];
    for (const [verdict, reason, line] of rows) assert.deepEqual(verdict, { ok: false, reason, line });
    assert.equal(addressedIpv6(pdu().slice(0, 7), SENDER, GROUP6, 255), undefined);
  });

  test("another list of addresses is a remark", () => {
    const other = judge6(pdu(["fe80::100", "2001:db8::105"]));
    assert.ok(other.ok);
    assert.deepEqual(other.remarks, [{ kind: "addressList", line: "(VI_1) ip address associated with VRID 51 not present in advert from fe80::9: 2001:db8::100" }]);
  });
});
