import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { config, group, instance, ipv6, vip } from "./support/config.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeLan } from "./support/fake-lan.ts";
import { Node, Segment } from "./support/node.ts";

const LINK_LOCAL = "fe80::100";
const GLOBAL = "2001:db8::100";
const router = (overrides: Parameters<typeof instance>[0] = {}) => instance({ ...ipv6(), ...overrides });
const own = (address: string, more: { readonly tentative?: boolean; readonly dadFailed?: boolean } = {}) => ({ interfaceIndex: 2, address: ipAddress(address), prefixLength: 64, scope: 253, ...more });

/** A director whose interface has these addresses. */
function lonely(...addresses: readonly Parameters<typeof own>[]): { readonly clock: FakeClock; readonly node: Node } {
  const clock = new FakeClock();
  const node = new Node("n", clock, { lans: { eth0: new FakeLan(clock) }, addresses: {} });
  for (const one of addresses) node.kernel.put(own(...one));
  return { clock, node };
}

describe("IPv6", () => {
  for (const version of [2, 3] as const) {
    test(`version ${version}: elected, announced, replaced and said goodbye to, from the link-local addresses`, () => {
      const segment = new Segment();
      const a = segment.node().start(config([router({ version, priority: 150 })]));
      const b = segment.node().start(config([router({ version })]));
      segment.clock.advance(10 * SECOND);
      assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
      assert.deepEqual([LINK_LOCAL, GLOBAL].map((address) => [a.kernel.holds(address), b.kernel.holds(address)]), [[true, false], [true, false]]);
      const { destination, ipv6: header } = segment.lan.sent.at(-1) ?? assert.fail();
      assert.deepEqual({ destination, ...header }, { destination: "ff02::12", source: "fe80::1", hopLimit: 255 });
      assert.deepEqual(b.engine.status().instances[0]?.master, { address: "fe80::1", priority: 150 });
      a.takeTrace();
      a.engine.stop();
      assert.deepEqual(a.takeTrace(), ["advert 0", `-${LINK_LOCAL}`, `-${GLOBAL}`, "STOP"]);
      segment.clock.advance(700 * MILLISECOND);
      assert.equal(b.state(), "MASTER");
      assert.deepEqual(b.takeTrace().slice(0, 7), ["BACKUP", "advert 100", "MASTER", `+${LINK_LOCAL}`, `+${GLOBAL}`, `na ${LINK_LOCAL}`, `na ${GLOBAL}`]);
    });
  }

  test("without duplicate address detection and its second of silence, unless -nodad asks for it; a single address is deprecated", () => {
    const { clock, node } = lonely(["fe80::1"]);
    const addresses = [vip(LINK_LOCAL, { prefixLength: 64 }), vip(GLOBAL, { preferredLifetimeS: 0 }), vip("2001:db8::101", { duplicateDetection: true })];
    node.start(config([router({ virtualAddresses: addresses })]));
    clock.advance(4 * SECOND);
    const flags = node.kernel.addresses().slice(1).map(({ address, noDuplicateDetection = false, preferredLifetimeS }) => [address, noDuplicateDetection, preferredLifetimeS]);
    assert.deepEqual(flags, [[LINK_LOCAL, true, undefined], [GLOBAL, true, 0], ["2001:db8::101", false, undefined]]);
  });

  test("equal priorities: the same payload from the other one is no packet of our own", () => {
    const segment = new Segment();
    const a = segment.node().start(config([router()]));
    const b = segment.node().start(config([router()]));
    a.cut = true;
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "MASTER"]);
    a.cut = false;
    segment.clock.advance(2 * SECOND);
    assert.deepEqual([a.state(), b.state(), a.engine.status().instances[0]?.drops], ["BACKUP", "MASTER", {}]);
  });

  test("our own packet that comes back is ignored, whatever the kernel made of its checksum", () => {
    const segment = new Segment();
    const a = segment.node().start(config([router()]));
    segment.clock.advance(10 * SECOND);
    a.socket.arrive(segment.lan.sent.at(-1) ?? assert.fail());
    segment.clock.advance(1);
    assert.deepEqual(a.engine.status().instances[0]?.drops, { looped: 1 });
  });

  test("hop limit 254, too few octets, and an unknown VRID: counted, and nothing else", () => {
    const segment = new Segment();
    const a = segment.node().start(config([router({ priority: 150 })]));
    const b = segment.node().start(config([router()], { logUnknownVrids: true }));
    segment.clock.advance(10 * SECOND);
    const { packet, destination } = segment.lan.sent.at(-1) ?? assert.fail();
    a.clock.kill();
    segment.clock.advance(SECOND);
    b.takeLines();
    const arrive = (bytes: Uint8Array, hopLimit = 255) => b.socket.arrive({ packet: bytes, destination, ipv6: { source: ipAddress("fe80::1"), hopLimit } });
    arrive(packet, 254);
    arrive(packet.subarray(0, 7));
    arrive(Uint8Array.from([packet[0] ?? 0, 99, ...packet.subarray(2)]));
    segment.clock.advance(3 * SECOND);
    assert.equal(b.state(), "MASTER");
    assert.deepEqual(b.engine.status().instances[0]?.drops, { ttl: 1 });
    assert.deepEqual(b.takeLines().slice(0, 3), ["(VI_1) invalid TTL/HL from fe80::1. Received 254 and expect 255", "IPv6 VRRP packet too short - 7 bytes", "Unknown VRID(99) received on interface(eth0) from fe80::1. ignoring..."]);
  });
});

describe("an IPv6 source", () => {
  test("is link-local and not virtual; a global address is none", () => {
    const { clock, node } = lonely(["2001:db8:ff::1"], [LINK_LOCAL]);
    node.start(config([router()]));
    clock.advance(5 * SECOND);
    assert.deepEqual([node.state(), node.engine.status().instances[0]?.faults], ["FAULT", ["no IPv6 address for interface"]]);
    assert.equal(node.kernel.holds(LINK_LOCAL), false, "a leftover");
    node.kernel.put(own("fe80::1"));
    clock.advance(5 * SECOND);
    assert.deepEqual([node.state(), node.engine.status().instances[0]?.source], ["MASTER", "fe80::1"]);
  });

  test("that is tentative is waited for, by name; one that is deprecated serves", () => {
    const { clock, node } = lonely(["fe80::1", { tentative: true }]);
    node.start(config([router()]));
    clock.advance(5 * SECOND);
    assert.equal(node.state(), "FAULT");
    assert.deepEqual(node.takeLines(), ["(VI_1) entering FAULT state (no IPv6 address for interface, fe80::1 is tentative)", "(VI_1) Entering FAULT STATE (init)", "FAULT of VI_1: no IPv6 address for interface, fe80::1 is tentative"]);
    node.kernel.put(own("fe80::1", { tentative: true, dadFailed: true }));
    clock.advance(1);
    assert.deepEqual(node.engine.status().instances[0]?.faults, ["no IPv6 address for interface, fe80::1 is a duplicate"]);
    node.kernel.put({ ...own("fe80::1"), preferredLifetimeS: 0 });
    clock.advance(5 * SECOND);
    assert.equal(node.state(), "MASTER");
  });

  test("stays while it is there, whatever comes beside it", () => {
    const { clock, node } = lonely(["fe80::1", { tentative: true }], ["fe80::2"]);
    node.start(config([router()]));
    const source = () => {
      clock.advance(1);
      return node.engine.status().instances[0]?.source;
    };
    assert.equal(source(), "fe80::2");
    node.kernel.put(own("fe80::1"));
    assert.equal(source(), "fe80::2");
    node.kernel.take(own("fe80::2"));
    assert.equal(source(), "fe80::1");
  });

  test("may be an owner's only address, which is its virtual one", () => {
    const { clock, node } = lonely([LINK_LOCAL]);
    node.start(config([router({ priority: 255 })]));
    clock.advance(SECOND);
    assert.deepEqual([node.state(), node.engine.status().instances[0]?.source], ["MASTER", LINK_LOCAL]);
  });
});

test("a virtual address that failed duplicate detection is removed and added again, once a second, until it is the only one", () => {
  const { clock, node } = lonely(["fe80::1"]);
  node.start(config([router({ virtualAddresses: [vip(LINK_LOCAL), vip(GLOBAL, { duplicateDetection: true })] })]));
  clock.advance(4 * SECOND);
  node.takeTrace();
  node.takeLines();
  const failed = node.kernel.addresses().find(({ address }) => address === ipAddress(GLOBAL)) ?? assert.fail();
  for (let i = 0; i < 3; i++) {
    node.kernel.put({ ...failed, tentative: true, dadFailed: true });
    clock.advance(SECOND - 1);
    assert.deepEqual(node.takeTrace().filter((entry) => entry.includes(GLOBAL)), []);
    clock.advance(1);
    assert.deepEqual(node.takeTrace().filter((entry) => entry.includes(GLOBAL)).slice(0, 3), [`-${GLOBAL}`, `+${GLOBAL}`, `na ${GLOBAL}`]);
    clock.advance(100 * MILLISECOND);
    node.takeTrace();
  }
  assert.deepEqual([node.state(), node.takeLines()], ["MASTER", [`address ${GLOBAL} is held by another host, too (duplicate address detection failed) - adding it again until it is not`]]);
  node.kernel.put({ ...failed, tentative: true, dadFailed: true });
  node.engine.stop();
  assert.equal(node.kernel.holds(GLOBAL), false);
});

test("a dual-stack pair in a sync group moves together, both ways", () => {
  const both = (priority: number) =>
    config([instance({ name: "V4", version: 3, priority }), router({ name: "V6", priority })], { syncGroups: [group("G", ["V4", "V6"])] });
  const segment = new Segment();
  const a = segment.node().start(both(150));
  const b = segment.node().start(both(100));
  segment.clock.advance(10 * SECOND);
  assert.deepEqual([a.states(), b.states()], [["MASTER", "MASTER"], ["BACKUP", "BACKUP"]]);
  const linkLocal = a.kernel.addresses().find(({ address }) => address === ipAddress("fe80::1")) ?? assert.fail();
  a.kernel.take(linkLocal);
  // Nothing can be said from an address that is gone: the other one has to wait for silence.
  segment.clock.advance(4 * SECOND);
  assert.deepEqual([a.states(), b.states()], [["FAULT", "FAULT"], ["MASTER", "MASTER"]]);
  assert.deepEqual(["192.0.2.100", LINK_LOCAL, GLOBAL].map((address) => [a.kernel.holds(address), b.kernel.holds(address)]), Array<boolean[]>(3).fill([false, true]));
  a.kernel.put(linkLocal);
  segment.clock.advance(10 * SECOND);
  assert.deepEqual([a.states(), b.states()], [["MASTER", "MASTER"], ["BACKUP", "BACKUP"]]);
});
