import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { Link } from "../../src/base/network.ts";
import { SECOND } from "../../src/base/time.ts";
import type { Ipvlan, VrrpInstance } from "../../src/conf/model.ts";
import { chooseNames, linkNeeds } from "../../src/vrrp/placement.ts";
import { rehearse } from "../../src/vrrp/rehearsal.ts";
import { config, instance, ipv6, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";

const VIP = "192.0.2.100";
const prefix = (address: string, prefixLength: number) => ({ address: ipAddress(address), prefixLength });
const ipvlan = (overrides: Partial<Ipvlan> = {}): Ipvlan => ({ name: undefined, address: prefix("192.0.2.51", 24), mode: "bridge", group: undefined, ...overrides });
const router = (overrides: Partial<VrrpInstance> = {}) => instance({ ipvlan: ipvlan(), ...overrides });
const router6 = (address: Ipvlan["address"], overrides: Partial<VrrpInstance> = {}) => instance({ ...ipv6(), ipvlan: ipvlan({ address }), ...overrides });

/** "192.0.2.100 on eth0", own addresses of the interfaces left out. */
function placed({ kernel }: Node): string[] {
  const name = (index: number) => kernel.links().find((link) => link.index === index)?.name ?? "?";
  return kernel.addresses().map(({ address, prefixLength, interfaceIndex }) => `${address}/${prefixLength} on ${name(interfaceIndex)}`).filter((text) => !/(192\.0\.2\.[12]|::[12])\/.* on eth0/.test(text)).sort();
}

const speaking = (node: Node) => node.engine.status().sockets.map((socket) => socket.interface);

describe("use_ipvlan", () => {
  test("adverts are the ipvlan's, from its own address; virtual addresses stay on the interface below, and it goes at the stop", () => {
    const segment = new Segment();
    const a = segment.node().start(config([router({ priority: 150 })]));
    const b = segment.node().start(config([router({ ipvlan: ipvlan({ address: prefix("192.0.2.52", 24) }) })]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    const { stacked, up, hardwareAddress } = a.kernel.link("ipvl.51") ?? assert.fail();
    assert.deepEqual([stacked, up, hardwareAddress], [{ kind: "ipvlan", base: 2, mode: "bridge" }, true, a.kernel.link("eth0")?.hardwareAddress]);
    assert.deepEqual([speaking(a), placed(a), placed(b)], [["ipvl.51"], [`${VIP}/32 on eth0`, "192.0.2.51/24 on ipvl.51"], ["192.0.2.52/24 on ipvl.51"]]);
    assert.deepEqual(b.engine.status().instances[0]?.master, { address: "192.0.2.51", priority: 150 });
    assert.ok(a.lines.includes("(VI_1): Success creating ipvlan interface ipvl.51"), a.lines.join("\n"));
    assert.ok(a.announcedFrom.every((one) => one.startsWith("eth0 ")), a.announcedFrom.join());
    a.kernel.changes.length = 0;
    a.engine.stop();
    assert.deepEqual(a.kernel.changes, [`-192.0.2.51`, `-${VIP}`, "-link ipvl.51"]);
    assert.deepEqual(a.recordedAll, { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] });
  });

  test("an owner's first advert waits for its address", () => {
    const node = new Segment().node().start(config([router({ priority: 255 })]));
    assert.equal(node.state(), "MASTER");
    const [first, second] = node.trace.filter((entry) => entry === "+192.0.2.51" || entry.startsWith("advert"));
    assert.deepEqual([first, second], ["+192.0.2.51", "advert 255"]);
  });

  test("its address that somebody takes away is put back", () => {
    const { master, segment } = settledMaster(config([router()]));
    const held = master.kernel.addresses().find(({ address }) => address === "192.0.2.51") ?? assert.fail();
    master.kernel.take(held);
    segment.clock.advance(SECOND);
    assert.deepEqual([placed(master), master.state()], [[`${VIP}/32 on eth0`, "192.0.2.51/24 on ipvl.51"], "MASTER"]);
  });

  test("over IPv6 it speaks from its address, and from its own link-local one when none is written", () => {
    const segment = new Segment();
    const six = (name: string, vrid: number, address: Ipvlan["address"]) => router6(address, { name, vrid, virtualAddresses: [vip(`2001:db8::${vrid}`)], priority: 255 });
    const node = segment.node().start(config([six("A", 51, prefix("fe80::55", 128)), six("B", 52, undefined)]));
    const states = () => node.engine.status().instances.map(({ state }) => state);
    assert.deepEqual(states(), ["MASTER", "FAULT"]);
    const own = node.kernel.addresses().find(({ address }) => address === "fe80::55") ?? assert.fail();
    assert.deepEqual([own.scope, own.noDuplicateDetection, own.preferredLifetimeS, node.kernel.link("ipvl.51")?.index], [253, true, 0, own.interfaceIndex]);
    assert.ok(node.lines.includes("(B) entering FAULT state (no IPv6 address for interface)"), node.lines.join("\n"));
    node.kernel.put({ interfaceIndex: node.kernel.link("ipvl.52")?.index ?? assert.fail(), address: ipAddress("fe80::77"), prefixLength: 64, scope: 253 });
    segment.clock.advance(6 * SECOND);
    assert.deepEqual(states(), ["MASTER", "MASTER"]);
    assert.deepEqual(new Set(segment.lan.sent.flatMap(({ ipv6: header }) => header?.source ?? [])), new Set(["fe80::55", "fe80::77"]));
  });

  test("IPv6 is on where it is needed; nothing else is changed, on it or below", () => {
    const node = new Segment().node();
    for (const name of ["arp_ignore", "arp_filter"]) node.kernel.routing.setSetting(`net/ipv4/conf/eth0/${name}`, 0);
    node.start(config([router(), router6(undefined, { name: "B", vrid: 52 })]));
    const written = node.kernel.routing.changes.filter((one) => one.includes("conf"));
    assert.deepEqual(written, ["net/ipv6/conf/ipvl.51/disable_ipv6 = 1", "net/ipv6/conf/ipvl.52/disable_ipv6 = 0"]);
  });

  test("IPv4 without an address: FAULT for good, no link, and no socket", () => {
    const segment = new Segment();
    const node = segment.node().start(config([router({ ipvlan: ipvlan({ address: undefined }), configurationFault: "IPv4 ipvlan without an address" })]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.state(), node.kernel.links().map(({ name }) => name), speaking(node)], ["FAULT", ["eth0"], []]);
  });

  test("with and without it is another router; another mode or name keeps the state", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.engine.reload(config([router({ ipvlan: ipvlan({ mode: "private", name: "mine" }) })]));
    segment.clock.advance(6 * SECOND);
    assert.deepEqual([master.takeNotifications(), master.kernel.link("mine")?.stacked?.mode, speaking(master)], [[], "private", ["mine"]]);
    master.engine.reload(config([instance()]));
    segment.clock.advance(6 * SECOND);
    assert.deepEqual(master.takeNotifications(), ["instance VI_1 DELETED", "instance VI_1 BACKUP", "instance VI_1 MASTER"]);
    assert.deepEqual([placed(master), master.kernel.links().map(({ name }) => name)], [[`${VIP}/32 on eth0`], ["eth0"]]);
  });

  test("a rehearsal plays it to the end", () => {
    const eth0: Link = { index: 2, name: "eth0", up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) };
    assert.equal(rehearse(config([router()]), [eth0], [{ interfaceIndex: 2, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 }]), true);
  });
});

describe("names: all ipvlans of an interface are alike", () => {
  const eth0: Link = { index: 2, name: "eth0", up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: new Uint8Array(6) };
  const there = (name: string): Link => ({ ...eth0, index: 8, name, stacked: { kind: "ipvlan", base: 2, mode: "bridge" } });
  const chosen = (made: VrrpInstance, links: readonly Link[], { ours = [] as string[], before = "" } = {}) => {
    const needs = linkNeeds("key", made, { vmacPrefix: "vrrp", vmacAddrPrefix: undefined });
    return [...chooseNames(needs, [eth0, ...links], new Set(ours), new Map(needs.map(({ key }) => [key, before] as const).filter(() => before !== ""))).values()];
  };
  const named = router({ ipvlan: ipvlan({ name: "mine" }) });
  const cases: readonly (readonly [what: string, names: string[], expected: string])[] = [
    ["prefix and VRID", chosen(router(), []), "ipvl.51"],
    ["another instance's is not taken", chosen(router(), [there("ipvl.77")], { ours: ["ipvl.77"] }), "ipvl.51"],
    ["as configured, there already", chosen(named, [there("other"), there("mine")]), "mine"],
    ["left by a previous run", chosen(router(), [there("ipvl.51")], { ours: ["ipvl.51"] }), "ipvl.51"],
    ["somebody else's", chosen(router(), [there("ipvl.51")]), "ipvl1.51"],
    ["what it was before stays", chosen(router(), [there("ipvl1.51")], { before: "ipvl1.51" }), "ipvl1.51"],
  ];
  for (const [what, names, expected] of cases) test(what, () => assert.deepEqual(names, [expected]));
});
