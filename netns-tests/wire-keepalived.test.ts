// The wire layer beside Debian's keepalived, which is the reference for what the RFCs leave open: what it sends is what our
// encoders make of the same values, octet by octet; what we make of a packet is what it logs about the same packet.

import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress, isMulticast } from "../src/base/ip.ts";
import type { IpAddress } from "../src/base/ip.ts";
import { SECOND } from "../src/base/time.ts";
import type { VrrpInstance } from "../src/conf/model.ts";
import { encodeIpv4, decodeIpv4Header } from "../src/net/ipv4.ts";
import { pseudoHeader } from "../src/net/pseudo-header.ts";
import { decodeAdvert, encodeAdvert } from "../src/vrrp/advert.ts";
import { checksumPrefix, validChecksum } from "../src/vrrp/advert-checksum.ts";
import type { ChecksumForm } from "../src/vrrp/advert-checksum.ts";
import { encodeAhPacket, hasValidIcv } from "../src/vrrp/ah.ts";
import { addressed, addressedIpv6, judgeAdvert } from "../src/vrrp/receive.ts";
import { NEW_MEMORY } from "../src/vrrp/verdict.ts";
import type { ReceiveMemory, Verdict } from "../src/vrrp/verdict.ts";
import { instance, vip } from "../test/vrrp/support/config.ts";
import { CONTEXT, patched, signedPacket } from "../test/vrrp/support/packets.ts";
import { Capture } from "./lib/capture.ts";
import { startDirector } from "./lib/director.ts";
import type { Director } from "./lib/director.ts";
import type { Frame } from "./lib/frames.ts";
import { FrameSender } from "./lib/frame-sender.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";

const ETHERNET_LEN = 14;
const GROUP4 = ipAddress("224.0.0.18");
const GROUP6 = ipAddress("ff02::12");
const KEY = Uint8Array.from(Buffer.from("s3cret\0\0"));
const OURS = "192.0.2.11";
const PEER = "192.0.2.12";
const OURS6 = "2001:db8::11";
const PEER6 = "2001:db8::12";
const LINK_LOCAL = ipAddress("fe80::12");
const FILTER = "proto 112 or ip6 proto 112 or proto 51";
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const UNICAST = ["unicast_src_ip 192.0.2.11", "unicast_peer {", PEER, "}"];
const UNICAST6 = [`unicast_src_ip ${OURS6}`, "unicast_peer {", PEER6, "}"];
const AH = ["authentication {", "auth_type AH", "auth_pass s3cret", "}"];

function block(vrid: number, vips: readonly string[], ...more: readonly string[]): string {
  return `vrrp_instance VI_${vrid} {\ninterface eth0\nvirtual_router_id ${vrid}\npriority 150\nadvert_int 1\n${more.join("\n")}\nvirtual_ipaddress {\n${vips.join("\n")}\n}\n}\n`;
}

/** Both nodes with addresses of both families. */
async function addressAll(nodes: readonly Node[]): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    await node.exec("ip", "addr", "add", `2001:db8::${11 + i}/64`, "dev", "eth0", "nodad");
    await node.exec("ip", "addr", "add", `fe80::${11 + i}/64`, "dev", "eth0", "nodad");
  }
}

const SENT = [
  block(11, ["198.51.100.1", "198.51.100.2"], ...AH),
  block(12, ["198.51.100.12"], ...AH, ...UNICAST, "unicast_ttl 77"),
  block(13, ["198.51.100.13", "198.51.100.14"], "version 3", "advert_int 0.5"),
  block(14, ["198.51.100.15"], "version 3", ...UNICAST),
  block(15, ["198.51.100.16"], "version 3", "old_unicast_checksum", ...UNICAST),
  block(16, ["fe80::100", "2001:db8:1::100"], "version 3"),
  block(17, ["2001:db8:1::101"], "version 3", ...UNICAST6),
  block(18, ["fe80::102"], "version 2"),
].join("");
const FORMS: Readonly<Record<number, ChecksumForm>> = { 11: "pdu", 12: "pdu", 13: "addresses", 14: "addresses", 15: "group" };

/** The packet in a frame and the VRID it is for. */
function packetOf(frame: Frame): { readonly packet: Uint8Array; readonly vrid: number } {
  const packet = Uint8Array.from(frame.bytes.subarray(ETHERNET_LEN));
  if (packet.length > 0 && (packet[0] ?? 0) >> 4 === 6) return { packet, vrid: packet[41] ?? 0 };
  const whole = packet.subarray(0, decodeIpv4Header(packet)?.totalLength ?? 0);
  return { packet: whole, vrid: addressed(whole)?.vrid ?? 0 };
}

/** The same values through our own encoders. */
function encodedAgain(packet: Uint8Array, vrid: number): Uint8Array {
  if ((packet[0] ?? 0) >> 4 === 6) {
    const pdu = packet.subarray(40);
    const decoded = decodeAdvert(pdu, 6);
    assert.ok(decoded.ok);
    const [source, destination] = [8, 24].map((at) => hex(packet.subarray(at, at + 16)).replace(/(.{4})(?=.)/g, "$1:"));
    const prefix = pseudoHeader(ipAddress(source ?? ""), ipAddress(destination ?? ""), 112, pdu.length);
    return Uint8Array.from([...packet.subarray(0, 40), ...encodeAdvert(decoded.value, 6, prefix)]);
  }
  const header = decodeIpv4Header(packet);
  const target = addressed(packet);
  assert.ok(header && target);
  const { source, destination, identification, timeToLive } = header;
  const pdu = packet.subarray(target.pduAt);
  const decoded = decodeAdvert(pdu, 4);
  assert.ok(decoded.ok);
  const form = FORMS[vrid] ?? "pdu";
  const where = { source, destination, group: GROUP4 };
  assert.equal(validChecksum(pdu, ["pdu", "addresses", "group"], where), form);
  const payload = encodeAdvert(decoded.value, 4, checksumPrefix(form, where, pdu.length));
  const fields = { typeOfService: 0xc0, identification, timeToLive, protocol: 112, source, destination, payload };
  if (target.ah === undefined) return encodeIpv4(fields);
  const unicast = !isMulticast(destination);
  assert.ok(hasValidIcv(packet, header.headerLength, KEY, unicast));
  return encodeAhPacket(fields, KEY, target.ah.sequence, unicast);
}

test("what keepalived sends, octet by octet: AH, version 3, unicast, IPv6", () =>
  withLan(2, async (nodes) => {
    const [node, peer] = nodes;
    assert.ok(node && peer);
    await addressAll(nodes);
    const capture = await Capture.start(peer, { filter: FILTER });
    const director = await startDirector(node, "keepalived", SENT);
    const seen = new Map<number, Uint8Array[]>();
    for (const vrid of [11, 12, 13, 14, 15, 16, 17, 18]) {
      let after = 0;
      seen.set(vrid, []);
      for (let n = 0; n < 2; n++) {
        const { frame, packet } = await capture.waitFor((one) => (packetOf(one).vrid === vrid ? { frame: one, ...packetOf(one) } : undefined), 20_000, after);
        after = frame.at + 1;
        seen.get(vrid)?.push(packet);
        assert.equal(hex(encodedAgain(packet, vrid)), hex(packet), `VRID ${vrid}`);
      }
    }
    const sequences = (seen.get(11) ?? []).map((packet) => addressed(packet)?.ah?.sequence);
    assert.deepEqual(sequences, [1, 2]);
    assert.deepEqual((seen.get(12) ?? []).map((packet) => packet[8]), [77, 77]);
    assert.equal(director.running, true);
  }));

type Rules = Partial<VrrpInstance>;
type Unicast = NonNullable<VrrpInstance["unicast"]>;
const unicast = (more: Partial<Unicast> = {}, minTtl = 0, maxTtl = 255, peer = PEER): Rules => ({
  unicast: { peers: [{ address: ipAddress(peer), minTtl, maxTtl }], ttl: undefined, checkSource: false, oldChecksum: "auto", ...more },
});
const ah: Rules = { authentication: { type: "ah", password: KEY } };
const six = (...addresses: string[]): Rules => ({ family: 6, version: 3, multicastGroup: GROUP6, virtualAddresses: addresses.map((one) => vip(one)) });

/** The instances of the listening director: its configuration, and ours for the same. */
const LISTENING: Readonly<Record<number, { readonly text: string; readonly rules: Rules }>> = {
  21: { text: block(21, ["192.0.2.100"], ...AH), rules: ah },
  22: { text: block(22, ["192.0.2.100"], ...AH, ...UNICAST), rules: { ...ah, ...unicast() } },
  23: { text: block(23, ["192.0.2.100"], "version 3"), rules: { version: 3 } },
  24: { text: block(24, ["192.0.2.100"], "version 3", ...UNICAST), rules: { version: 3, ...unicast() } },
  25: { text: block(25, ["192.0.2.100"], "version 3", "old_unicast_checksum never", ...UNICAST), rules: { version: 3, ...unicast({ oldChecksum: "never" }) } },
  26: { text: block(26, ["192.0.2.100"], "version 3", "old_unicast_checksum", ...UNICAST), rules: { version: 3, ...unicast({ oldChecksum: "always" }) } },
  27: { text: block(27, ["192.0.2.100"], "version 3", `unicast_src_ip ${OURS}`, "unicast_peer {", `${PEER} min_ttl 10 max_ttl 20`, "}"), rules: { version: 3, ...unicast({ checkSource: true }, 10, 20) } },
  28: { text: block(28, ["fe80::100", "2001:db8:1::100"], "version 3"), rules: six("fe80::100", "2001:db8:1::100") },
  29: { text: block(29, ["2001:db8:1::101"], "version 3", `unicast_src_ip ${OURS6}`, "unicast_peer {", `${PEER6} min_ttl 10 max_ttl 20`, "}"), rules: { ...six("2001:db8:1::101"), ...unicast({ checkSource: true }, 10, 20, PEER6) } },
  30: { text: block(30, ["fe80::103"], "version 2"), rules: { ...six("fe80::103"), version: 2 } },
};

interface Packet6 {
  readonly payload: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
}

const to = (destination: string, more: Parameters<typeof signedPacket>[0] = {}) => ({ source: PEER, destination, priority: 250, ...more });
const four = (vrid: number, more: Parameters<typeof signedPacket>[0] = {}) => signedPacket({ vrid, ...to("224.0.0.18"), ...more });
const signedBy = (vrid: number, sequence: number, more: Parameters<typeof signedPacket>[0] = {}, key = KEY) =>
  four(vrid, { version: 2, ah: { key, sequence }, ...more });

function sixth(vrid: number, addresses: readonly string[], more: { version?: number; type?: number; hopLimit?: number; source?: IpAddress; destination?: IpAddress; authType?: number; count?: number; intervalUs?: number } = {}): Packet6 {
  const { source = LINK_LOCAL, destination = GROUP6, hopLimit = 255, version = 3 } = more;
  const advert = { version, type: more.type ?? 1, vrid, priority: 250, authType: more.authType ?? 0, authData: new Uint8Array(8), advertIntervalUs: more.intervalUs ?? SECOND, addresses: addresses.map(ipAddress) };
  const payload = encodeAdvert(advert, 6);
  if (more.count !== undefined) payload[3] = more.count;
  payload.fill(0, 6, 8);
  const wanted = encodeChecksum(payload, pseudoHeader(source, destination, 112, payload.length));
  return { payload: wanted, source, destination, hopLimit };
}

function encodeChecksum(payload: Uint8Array, prefix: Uint8Array): Uint8Array {
  let sum = 0;
  for (const part of [prefix, payload]) for (let i = 0; i < part.length; i += 2) sum += ((part[i] ?? 0) << 8) | (part[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return patched(payload, 6, (~sum >> 8) & 0xff, ~sum & 0xff);
}

function resized(packet: Uint8Array, by: number): Uint8Array {
  const bytes = by < 0 ? packet.slice(0, by) : Uint8Array.from([...packet, ...new Uint8Array(by)]);
  const resummed = patched(bytes, 2, bytes.length >> 8, bytes.length & 0xff, ...[...bytes.subarray(4, 10)], 0, 0);
  const [high = 0, low = 0] = encodeChecksum(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0]), resummed.subarray(0, 20)).subarray(6, 8);
  return patched(resummed, 10, high, low);
}

const own = ["fe80::100", "2001:db8:1::100"];
const toUs6 = { source: ipAddress(PEER6), destination: ipAddress(OURS6) };

/** In order: what one leaves behind (sequence numbers, the old checksum) is what the next one meets. */
const HEARD: readonly { readonly name: string; readonly packet: Uint8Array | Packet6 }[] = [
  { name: "AH too short", packet: resized(signedBy(21, 5), -1) },
  { name: "AH too long", packet: resized(signedBy(21, 5), 9) },
  { name: "AH, TTL, and a wrong key", packet: signedBy(21, 5, { timeToLive: 254 }, new Uint8Array(8)) },
  { name: "AH, the PDU says none, and a wrong key", packet: signedBy(21, 5, { authType: 0 }, new Uint8Array(8)) },
  { name: "AH, a wrong key", packet: signedBy(21, 5, {}, new Uint8Array(8)) },
  { name: "AH, number 0", packet: signedBy(21, 0) },
  { name: "AH, number 10", packet: signedBy(21, 10) },
  { name: "AH, number 10 again", packet: signedBy(21, 10) },
  { name: "AH, number 9 with a wrong key", packet: signedBy(21, 9, {}, new Uint8Array(8)) },
  { name: "AH, number 11", packet: signedBy(21, 11) },
  { name: "AH, number 3 from another sender", packet: signedBy(21, 3, { source: "192.0.2.13" }) },
  { name: "AH, type before interval: no, interval first", packet: signedBy(21, 12, { type: 2, intervalUs: 2 * SECOND }) },
  { name: "AH to a peer, three hops on", packet: signedBy(22, 4, { ...to(OURS), timeToLive: 252 }) },
  { name: "AH to a peer, again", packet: signedBy(22, 4, { ...to(OURS), timeToLive: 252 }) },
  { name: "version 3", packet: four(23) },
  { name: "version 3, no pseudo-header", packet: four(23, { form: "pdu" }) },
  { name: "version 3, TTL", packet: four(23, { timeToLive: 3 }) },
  { name: "version 3, type, and a wrong checksum", packet: four(23, { type: 3, form: "pdu" }) },
  { name: "version 3, it is version 2", packet: four(23, { version: 2 }) },
  { name: "version 3, too short", packet: resized(four(23), -2) },
  { name: "version 3, too long", packet: resized(four(23, { addresses: ["192.0.2.100", "192.0.2.101", "192.0.2.102", "192.0.2.103"] }), 9) },
  { name: "unicast, any TTL", packet: four(24, { ...to(OURS), timeToLive: 2 }) },
  { name: "unicast, another source", packet: four(24, { ...to(OURS), source: "192.0.2.13" }) },
  { name: "unicast, neither checksum", packet: four(24, { ...to(OURS), form: "pdu" }) },
  { name: "unicast, the old checksum", packet: four(24, { ...to(OURS), form: "group" }) },
  { name: "unicast, the old checksum again", packet: four(24, { ...to(OURS), form: "group" }) },
  { name: "unicast, the old checksum, never", packet: four(25, { ...to(OURS), form: "group" }) },
  { name: "unicast, never, the right one", packet: four(25, to(OURS)) },
  { name: "unicast, old_unicast_checksum, the right one", packet: four(26, to(OURS)) },
  { name: "unicast, old_unicast_checksum, the old one", packet: four(26, { ...to(OURS), form: "group" }) },
  { name: "unicast, TTL below", packet: four(27, { ...to(OURS), timeToLive: 9 }) },
  { name: "unicast, TTL inside", packet: four(27, { ...to(OURS), timeToLive: 10 }) },
  { name: "unicast, TTL above", packet: four(27, { ...to(OURS), timeToLive: 21 }) },
  { name: "unicast, a stranger", packet: four(27, { ...to(OURS), source: "192.0.2.13", timeToLive: 12 }) },
  { name: "unicast, a stranger with a wrong checksum", packet: four(27, { ...to(OURS), source: "192.0.2.13", form: "pdu" }) },
  { name: "IPv6", packet: sixth(28, own) },
  { name: "IPv6, hop limit", packet: sixth(28, own, { hopLimit: 254 }) },
  { name: "IPv6, a count too large", packet: sixth(28, own, { count: 3 }) },
  { name: "IPv6, a count too small", packet: sixth(28, own, { count: 1 }) },
  { name: "IPv6, version 2", packet: sixth(28, own, { version: 2 }) },
  { name: "IPv6, type", packet: sixth(28, own, { type: 3 }) },
  { name: "IPv6 unicast, hop limit below", packet: sixth(29, ["2001:db8:1::101"], { ...toUs6, hopLimit: 9 }) },
  { name: "IPv6 unicast, hop limit inside", packet: sixth(29, ["2001:db8:1::101"], { ...toUs6, hopLimit: 10 }) },
  { name: "IPv6 unicast, a stranger", packet: sixth(29, ["2001:db8:1::101"], { ...toUs6, source: ipAddress("2001:db8::13"), hopLimit: 10 }) },
  { name: "version 2 over IPv6", packet: sixth(30, ["fe80::103"], { version: 2 }) },
  { name: "version 2 over IPv6, PASS", packet: sixth(30, ["fe80::103"], { version: 2, authType: 1 }) },
  { name: "version 2 over IPv6, interval", packet: sixth(30, ["fe80::103"], { version: 2, intervalUs: 2 * SECOND }) },
];

function judge(packet: Uint8Array | Packet6, memories: Map<number, ReceiveMemory>): Verdict {
  const bytes = packet instanceof Uint8Array ? packet : packet.payload;
  const target = packet instanceof Uint8Array ? addressed(packet) : addressedIpv6(packet.payload, packet.source, packet.destination, packet.hopLimit);
  assert.ok(target);
  const { vrid } = target;
  const rules = instance({ name: `VI_${vrid}`, vrid, ...LISTENING[vrid]?.rules });
  const verdict = judgeAdvert(rules, bytes, target, { ...CONTEXT, memory: memories.get(vrid) ?? NEW_MEMORY });
  if (verdict.ok) memories.set(vrid, verdict.memory);
  return verdict;
}

/** Our lines as 2.2.7 puts them: it does not name the sender. */
function as227(line: string): string {
  return line
    .replace(/ (?:from|with) (?:\d+\.\d+\.\d+\.\d+|[0-9a-f:]+:[0-9a-f]+)/, "")
    .replace("wrong VRRP version", "wrong version")
    .replace(/in range \[(\d+), (\d+)\]/, "in range $1 - $2");
}

function frameOf(packet: Uint8Array | Packet6, mac: string): Uint8Array {
  const macBytes = [...Buffer.from(mac.replaceAll(":", ""), "hex")];
  const sender = [2, 0, 0x5e, 0x10, 0, 1];
  if (packet instanceof Uint8Array) {
    const destination = ipAddress(packet.subarray(16, 20).join("."));
    return Uint8Array.from([...(destination === GROUP4 ? [1, 0, 0x5e, 0, 0, 0x12] : macBytes), ...sender, 8, 0, ...packet]);
  }
  const { payload, source, destination, hopLimit } = packet;
  const addresses = pseudoHeader(source, destination, 112, 0).subarray(0, 32);
  return Uint8Array.from([...(destination === GROUP6 ? [0x33, 0x33, 0, 0, 0, 0x12] : macBytes), ...sender, 0x86, 0xdd, 0x60, 0, 0, 0, 0, payload.length, 112, hopLimit, ...addresses, ...payload]);
}

/** A packet of the same kind for nobody: once it is logged, the one before has been dealt with. */
function marker(packet: Uint8Array | Packet6, vrid: number): Uint8Array | Packet6 {
  if (!(packet instanceof Uint8Array)) return sixth(vrid, ["fe80::1"], { source: packet.source, destination: packet.destination });
  const destination = packet.subarray(16, 20).join(".");
  return packet[9] === 51 ? signedBy(vrid, 1, to(destination)) : four(vrid, to(destination));
}

/** What keepalived says of packets; its state machine has its own lines. */
async function linesAbout(director: Director, from: number, vrid: number): Promise<{ readonly lines: string[]; readonly next: number }> {
  const end = new RegExp(`Unknown VRID\\(${vrid}\\)`);
  await director.waitForLog(end, 5_000);
  const all = director.logs();
  const next = all.findIndex((line) => end.test(line)) + 1;
  const about = all
    .slice(from, next - 1)
    .map((line) => /(?:\(VI_\d+\)|IPSEC AH) .*$/.exec(line)?.[0] ?? "")
    .filter((line) => line !== "" && !/advertisement interval updated|master (?:set|changed)|received lower priority/.test(line));
  return { lines: about, next };
}

test("what keepalived says of a packet is what we say of it: AH, version 3, unicast, IPv6", () =>
  withLan(2, async (nodes) => {
    const [node, sender] = nodes;
    assert.ok(node && sender);
    await addressAll(nodes);
    const text = Object.values(LISTENING).map(({ text: one }) => one.replace("priority 150", "priority 50\ndown_timer_adverts 60"));
    const speaker = await FrameSender.start(sender);
    const director = await startDirector(node, "keepalived", `global_defs {\nlog_unknown_vrids\n}\n${text.join("")}`);
    for (const vrid of Object.keys(LISTENING)) await director.waitFor("BACKUP", 10_000, `VI_${vrid}`);
    const mac = await node.mac();
    const memories = new Map<number, ReceiveMemory>();
    let from = director.logs().length;
    for (const [i, { name, packet }] of HEARD.entries()) {
      const verdict = judge(packet, memories);
      const ours = verdict.ok ? verdict.remarks.map(({ line }) => line) : [verdict.line];
      speaker.send(frameOf(packet, mac));
      speaker.send(frameOf(marker(packet, 150 + i), mac));
      const { lines, next } = await linesAbout(director, from, 150 + i);
      from = next;
      assert.deepEqual(ours.map(as227), lines, name);
    }
  }));
