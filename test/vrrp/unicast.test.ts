import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { config, instance, ipv6, unicastTo, vip } from "./support/config.ts";
import { Node, Segment } from "./support/node.ts";
import { signedPacket } from "./support/packets.ts";

const VIP = "192.0.2.100";
const SOCKET = { interface: "eth0", family: 4, protocol: 112, group: undefined, source: "192.0.2.1", instances: ["VI_1"], unknownVrids: 0, truncated: 0 };

/** Two directors of a unicast instance, each other's only peers. */
function pair(...[first, second]: readonly Parameters<typeof instance>[0][]): { segment: Segment; a: Node; b: Node } {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ priority: 150, ...unicastTo(["192.0.2.2"]), ...first })]));
  const b = segment.node().start(config([instance({ ...unicastTo(["192.0.2.1"]), ...second })]));
  return { segment, a, b };
}

describe("unicast", () => {
  for (const version of [2, 3] as const) {
    test(`version ${version}: elected, replaced, and said goodbye to, by copies to each peer and none to the group`, () => {
      const { segment, a, b } = pair({ version }, { version });
      segment.clock.advance(10 * SECOND);
      assert.deepEqual([a.state(), b.state(), a.kernel.holds(VIP), b.kernel.holds(VIP)], ["MASTER", "BACKUP", true, false]);
      assert.deepEqual(new Set(segment.lan.sent.map(({ destination }) => destination)), new Set(["192.0.2.2"]));
      a.engine.stop();
      segment.clock.advance(700 * MILLISECOND);
      assert.equal(b.state(), "MASTER");
    });
  }

  test("one socket, bound to the source; a packet that it hears is not judged again by the group's", () => {
    const segment = new Segment();
    const multicast = instance({ name: "VI_2", vrid: 52, virtualAddresses: [] });
    const b = segment.node().start(config([instance(unicastTo(["192.0.2.2"])), multicast], { logUnknownVrids: true }));
    segment.node().start(config([instance({ priority: 150, ...unicastTo(["192.0.2.1"]) })]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(b.states(), ["BACKUP", "MASTER"]);
    assert.deepEqual(b.engine.status().sockets, [SOCKET, { ...SOCKET, group: "224.0.0.18", source: undefined, instances: ["VI_2"] }]);
    assert.deepEqual(b.engine.status().instances.map(({ drops }) => drops), [{}, {}]);
    assert.equal(b.engine.status().instances[0]?.stats.advertRcvd, 7);
  });

  test("a unicast packet for a multicast instance is refused by name", () => {
    const segment = new Segment();
    const b = segment.node().start(config([instance()]));
    segment.node().start(config([instance({ priority: 150, ...unicastTo(["192.0.2.1"]) })]));
    segment.clock.advance(10 * SECOND);
    assert.equal(b.state(), "MASTER");
    assert.ok((b.engine.status().instances[0]?.drops["notMulticast"] ?? 0) > 0);
  });

  test("a peer that cannot be reached keeps the others not from hearing, and is told once", () => {
    const { segment, a, b } = pair(unicastTo(["192.0.2.77", "192.0.2.2"]));
    a.socket.unreachable.add(ipAddress("192.0.2.77"));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    assert.deepEqual(a.takeLines().filter((line) => line.includes("error")), ["(VI_1): send advert error (send to 192.0.2.77: ENETUNREACH)"]);
    const sent = a.engine.status().instances[0]?.stats.advertSent;
    assert.equal(sent, segment.lan.sent.length);
    a.socket.unreachable.clear();
    segment.clock.advance(SECOND);
    a.socket.unreachable.add(ipAddress("192.0.2.77"));
    segment.clock.advance(SECOND);
    assert.equal(a.takeLines().filter((line) => line.includes("error")).length, 1, "told again after it was reached");
  });

  test("the TTL that is configured; TTLs that a peer may have", () => {
    const { segment, a, b } = pair({ ...unicastTo(["192.0.2.2"], { ttl: 12 }) }, { unicast: { peers: [{ address: ipAddress("192.0.2.1"), minTtl: 13, maxTtl: 20 }], ttl: undefined, checkSource: true, oldChecksum: "auto" } });
    segment.clock.advance(10 * SECOND);
    assert.equal(segment.lan.sent.find(({ from }) => from === "n1")?.packet[8], 12);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "MASTER"]);
    assert.ok((b.engine.status().instances[0]?.drops["ttlRange"] ?? 0) > 0);
    // Once as BACKUP, once as MASTER.
    assert.deepEqual(b.takeLines().filter((line) => line.includes("TTL")), Array<string>(2).fill("(VI_1) TTL/HL 12 from 192.0.2.1 not in range [13, 20]"));
  });

  test("check_unicast_src: a stranger is refused; without it he is heard", () => {
    for (const [checkSource, want] of [[true, "MASTER"], [false, "BACKUP"]] as const) {
      const segment = new Segment();
      const a = segment.node().start(config([instance(unicastTo(["192.0.2.2"], { checkSource }))]));
      segment.clock.advance(10 * SECOND);
      a.socket.deliver(signedPacket({ version: 2, priority: 200, source: "192.0.2.66", destination: "192.0.2.1" }));
      segment.clock.advance(1);
      assert.equal(a.state(), want);
    }
  });

  test("the same VRID several times over one source: each hears its own peers, and a stranger nobody", () => {
    const segment = new Segment();
    const one = (name: string, peer: string, address: string) => instance({ name, ...unicastTo([peer]), virtualAddresses: [vip(address)] });
    const a = segment.node().start(config([one("A", "192.0.2.2", VIP), one("B", "192.0.2.3", "192.0.2.200")]));
    segment.node().start(config([instance({ priority: 150, ...unicastTo(["192.0.2.1"]) })]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(a.states(), ["BACKUP", "MASTER"]);
    a.socket.deliver(signedPacket({ version: 2, priority: 200, source: "192.0.2.66", destination: "192.0.2.1" }));
    segment.clock.advance(1);
    assert.deepEqual([a.states(), a.engine.status().sockets[0]?.unknownVrids], [["BACKUP", "MASTER"], 1]);
  });

  test("a source that the host does not have is a FAULT until it comes; the socket of one that goes says goodbye", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ ...unicastTo(["192.0.2.2"]), sourceAddress: ipAddress("192.0.2.50"), trackSrcIp: true, priority: 255 })]));
    assert.deepEqual([a.state(), a.takeLines().slice(0, 1)], ["FAULT", ["cannot listen for adverts on eth0: bind: EADDRNOTAVAIL"]]);
    assert.deepEqual(a.engine.status().instances[0]?.faults, ["src address not configured"]);
    const source = { interfaceIndex: 2, address: ipAddress("192.0.2.50"), prefixLength: 24, scope: 0 };
    a.kernel.put(source);
    segment.clock.advance(3 * SECOND);
    assert.equal(a.state(), "MASTER");
    a.takeTrace();
    a.kernel.take(source);
    segment.clock.advance(1);
    assert.deepEqual(a.takeTrace(), ["FAULT", "advert 0", `-${VIP}`]);
  });

  test("leaving FAULT it announces its own source address at once; by multicast nobody does", () => {
    for (const [more, want] of [[unicastTo(["192.0.2.2"]), ["BACKUP", "garp 192.0.2.1"]], [{}, ["BACKUP"]]] as const) {
      const segment = new Segment();
      const a = segment.node().start(config([instance(more)]));
      a.kernel.setLink(2, "eth0", false);
      segment.clock.advance(1);
      assert.equal(a.state(), "FAULT");
      a.takeTrace();
      a.kernel.setLink(2, "eth0", true);
      segment.clock.advance(1);
      assert.deepEqual(a.takeTrace(), want);
    }
  });

  test("without peers (unicast_fault_no_peer) it is in FAULT for good, and says why", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ ...unicastTo([]), configurationFault: "unicast without peers" })]));
    segment.clock.advance(20 * SECOND);
    assert.deepEqual([a.state(), a.engine.status().instances[0]?.faults, a.engine.status().sockets], ["FAULT", ["unicast without peers"], []]);
    assert.ok(a.takeLines().includes("(VI_1) entering FAULT state (unicast without peers)"));
  });

  test("without an interface: routing decides, and the interface of its addresses is tracked", () => {
    const segment = new Segment();
    const routed = (source: string, peer: string, priority: number) => instance({ interface: "", sourceAddress: ipAddress(source), priority, ...unicastTo([peer]) });
    const a = segment.node().start(config([routed("192.0.2.1", "192.0.2.2", 150)]));
    const b = segment.node().start(config([routed("192.0.2.2", "192.0.2.1", 100)]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state(), a.engine.status().sockets[0]?.interface], ["MASTER", "BACKUP", undefined]);
    b.kernel.setLink(2, "eth0", false);
    segment.clock.advance(1);
    assert.deepEqual(b.engine.status().instances[0]?.faults, ["interface eth0 down"]);
    b.takeTrace();
    b.kernel.setLink(2, "eth0", true);
    segment.clock.advance(1);
    assert.deepEqual(b.takeTrace(), ["BACKUP", "garp 192.0.2.2"]);
  });

  test("in a VRF: it speaks and hears there, from an address of an interface in it", () => {
    const segment = new Segment();
    const node = new Node("n", segment.clock, { lans: { eth0: segment.lan, red: segment.lan }, addresses: { eth0: "192.0.2.1" } });
    node.start(config([instance({ interface: "", vrf: "red", sourceAddress: ipAddress("192.0.2.1"), trackSrcIp: true, ...unicastTo(["192.0.2.2"]) })]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.state(), node.engine.status().sockets[0]?.interface], ["MASTER", "red"]);
    node.kernel.deleteLink(3);
    segment.clock.advance(1);
    assert.deepEqual(node.engine.status().instances[0]?.faults, ["interface red down"]);
  });

  test("an old checksum is found out, answered with, and remembered over a reload", () => {
    const { segment, a, b } = pair({ version: 3, ...unicastTo(["192.0.2.2"], { oldChecksum: "always" }) }, { version: 3 });
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    assert.deepEqual(b.takeLines().filter((line) => line.includes("checksum")), ["(VI_1) Setting unicast VRRPv3 checksum to old version"]);
    assert.deepEqual(b.engine.status().instances[0]?.remarks, { oldChecksum: 1 });
    b.engine.reload(config([instance({ version: 3, priority: 90, ...unicastTo(["192.0.2.1"]) })]));
    a.clock.kill();
    segment.clock.advance(5 * SECOND);
    assert.equal(b.state(), "MASTER");
    a.socket.arrive(segment.lan.sent.at(-1) ?? assert.fail());
    const last = segment.lan.sent.at(-1)?.packet ?? assert.fail();
    const judged = segment.node("judge");
    judged.kernel.put({ interfaceIndex: 2, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 });
    judged.start(config([instance({ version: 3, sourceAddress: ipAddress("192.0.2.1"), ...unicastTo(["192.0.2.2"], { oldChecksum: "always" }) })]));
    judged.socket.deliver(last);
    segment.clock.advance(1);
    assert.deepEqual(judged.engine.status().instances[0]?.stats.advertRcvd, 1);
  });

  test("over IPv6, from a global source too, with the hop limit that is configured", () => {
    const segment = new Segment();
    const one = (own: string, peer: string, priority: number) => instance({ ...ipv6(["2001:db8::100"]), priority, sourceAddress: ipAddress(own), ...unicastTo([peer], { ttl: 9 }) });
    const a = segment.node().start(config([one("2001:db8:ff::1", "2001:db8:ff::2", 150)]));
    const b = segment.node().start(config([one("2001:db8:ff::2", "2001:db8:ff::1", 100)]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    assert.deepEqual(segment.lan.sent.at(-1)?.ipv6, { source: "2001:db8:ff::1", hopLimit: 9 });
  });
});
