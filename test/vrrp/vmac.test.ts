import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import type { Link, OwnLink, Stacked } from "../../src/base/network.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Vmac, VrrpConfig, VrrpInstance } from "../../src/conf/model.ts";
import { chooseNames, linkNeeds } from "../../src/vrrp/placement.ts";
import { rehearse } from "../../src/vrrp/rehearsal.ts";
import { config, instance, ipv6, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeLan } from "./support/fake-lan.ts";
import { Node, Segment } from "./support/node.ts";

const VIP = "192.0.2.100";
const MAC4 = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);
const MAC6 = Uint8Array.of(0, 0, 0x5e, 0, 2, 51);

const vmac = (overrides: Partial<Vmac> = {}): Vmac => ({ name: undefined, mac: MAC4, netlinkNotifyMsg: false, group: undefined, xmitBase: false, ...overrides });
const router = (overrides: Partial<VrrpInstance> = {}) => instance({ vmac: vmac(), ...overrides });
const router6 = (overrides: Partial<VrrpInstance> = {}) => instance({ ...ipv6(), vmac: vmac({ mac: MAC6 }), ...overrides });

/** "192.0.2.100 on vrrp.51", own addresses of the interfaces left out. */
function placed({ kernel }: Node): string[] {
  const own = /^(192\.0\.2\.|203\.0\.113\.|fe80::|2001:db8:ff::)[12] on eth/;
  const name = (index: number) => kernel.links().find((link) => link.index === index)?.name ?? "?";
  return kernel.addresses().map(({ address, interfaceIndex }) => `${address} on ${name(interfaceIndex)}`).filter((text) => !own.test(text)).sort();
}

const names = ({ kernel }: Node) => kernel.links().map(({ name }) => name);
const speaking = (node: Node) => node.engine.status().sockets.map((socket) => socket.interface);
const reading = (node: Node, ...settings: string[]) => settings.map((name) => node.kernel.readSetting(`net/${name}`));

/** A director with a second interface. */
function twoWires(): { readonly clock: FakeClock; readonly node: Node } {
  const clock = new FakeClock();
  const lans = { eth0: new FakeLan(clock), eth1: new FakeLan(clock) };
  return { clock, node: new Node("n", clock, { lans, addresses: { eth0: ["192.0.2.1", "fe80::1"], eth1: ["203.0.113.1", "fe80::2"] } }) };
}

describe("use_vmac", () => {
  test("adverts, addresses and gratuitous ARPs are the macvlan's; it goes with its addresses at the stop", () => {
    const segment = new Segment();
    const a = segment.node().start(config([router({ priority: 150 })]));
    const b = segment.node().start(config([router()]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    for (const node of [a, b]) {
      const { stacked, hardwareAddress, up } = node.kernel.links().find(({ name }) => name === "vrrp.51") ?? assert.fail();
      assert.deepEqual([stacked, hardwareAddress, up], [{ kind: "macvlan", base: 2, mode: "private" } satisfies Stacked, MAC4, true]);
      assert.deepEqual(speaking(node), ["vrrp.51"]);
    }
    assert.deepEqual([placed(a), placed(b)], [[`${VIP} on vrrp.51`], []]);
    assert.deepEqual(b.engine.status().instances[0]?.master, { address: "192.0.2.1", priority: 150 });
    assert.deepEqual(new Set(a.announcedFrom), new Set(["vrrp.51 00:00:5e:00:01:33"]));
    a.kernel.changes.length = 0;
    a.engine.stop();
    assert.deepEqual(a.kernel.changes, [`-${VIP}`, "-link vrrp.51"]);
    assert.deepEqual(a.recordedAll, { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] });
    segment.clock.advance(700 * MILLISECOND);
    assert.equal(b.state(), "MASTER");
  });

  test("the record names it before the kernel is told, and no longer when that refuses", () => {
    const node = new Segment().node();
    const told: string[][] = [];
    const add = node.kernel.addLink.bind(node.kernel);
    node.kernel.addLink = (link) => {
      told.push(node.recordedLinks);
      add(link);
    };
    node.kernel.linkFailure = new KernelError("RTM_NEWLINK macvlan vrrp.51", "EBUSY");
    node.start(config([router()]));
    assert.deepEqual([told, node.recordedLinks], [[["vrrp.51"]], []]);
  });

  test("vmac_xmit_base: adverts on the interface below, addresses with the virtual MAC", () => {
    const { master } = settledMaster(config([router({ vmac: vmac({ xmitBase: true }) })]));
    assert.deepEqual([speaking(master), placed(master)], [["eth0"], [`${VIP} on vrrp.51`]]);
    assert.deepEqual(new Set(master.announcedFrom), new Set(["vrrp.51 00:00:5e:00:01:33"]));
  });

  test("settings of the macvlan and of the interface below; these are put back", () => {
    const node = new Segment().node();
    for (const name of ["arp_ignore", "arp_filter", "promote_secondaries"]) node.kernel.routing.setSetting(`net/ipv4/conf/eth0/${name}`, 0);
    node.start(config([router(), router6({ name: "VI_2" })]));
    const ofLink = (name: string) => reading(node, ...["arp_ignore", "accept_local", "rp_filter", "promote_secondaries"].map((one) => `ipv4/conf/${name}/${one}`), `ipv6/conf/${name}/disable_ipv6`, `ipv6/conf/${name}/addr_gen_mode`);
    assert.deepEqual([ofLink("vrrp.51"), ofLink("vrrp6.51")], [[1, 1, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1]]);
    assert.deepEqual(reading(node, "ipv4/conf/eth0/arp_ignore", "ipv4/conf/eth0/arp_filter", "ipv4/conf/eth0/promote_secondaries"), [1, 1, 0]);
    assert.deepEqual(node.recordedAll.settings.map(({ name }) => name), ["net/ipv4/conf/eth0/arp_ignore", "net/ipv4/conf/eth0/arp_filter"]);
    node.engine.stop();
    assert.deepEqual(reading(node, "ipv4/conf/eth0/arp_ignore", "ipv4/conf/eth0/arp_filter"), [0, 0]);
  });

  test("the filter of all interfaces becomes one of each other, and is put back", () => {
    const node = new Segment().node();
    const NAMES = ["all", "default", "eth0", "eth1", "eth2"].map((name) => `ipv4/conf/${name}/rp_filter`);
    ["eth1", "eth2"].forEach((name, i) => node.kernel.setLink(8 + i, name));
    [1, 0, 0, 2, 1].forEach((value, i) => node.kernel.routing.setSetting(`net/${NAMES[i] ?? ""}`, value));
    node.start(config([router()]));
    assert.deepEqual(reading(node, ...NAMES, "ipv4/conf/vrrp.51/rp_filter"), [0, 1, 1, 2, 1, 0]);
    assert.ok(node.lines.includes("NOTICE: setting sysctl net.ipv4.conf.all.rp_filter from 1 to 0"), node.lines.join("\n"));
    node.engine.reload(config([router()])); // the 0 that it finds is its own
    assert.deepEqual(reading(node, ...NAMES), [0, 1, 1, 2, 1]);
    node.engine.stop();
    assert.deepEqual(reading(node, ...NAMES), [1, 0, 0, 2, 1]);
  });

  test("a setting that does not stand is told", () => {
    const node = new Segment().node();
    node.kernel.writeSetting = ({ name }) => {
      if (name.endsWith("arp_ignore")) throw new KernelError(`write /proc/sys/${name}`, "EROFS");
    };
    node.start(config([router()]));
    const told = node.lines.filter((line) => line.includes("cannot set"));
    assert.deepEqual(told.map((line) => line.replace(/.*conf\//, "")), ["vrrp.51/arp_ignore: EROFS", "vrrp.51/accept_local to 1: it is 0", "vrrp.51/promote_secondaries to 1: it is 0", "vrrp.51/disable_ipv6 to 1: it is 0", "vrrp.51/addr_gen_mode to 1: it is 0"]);
  });

  test("the link's group, and a report of the interface below on demand", () => {
    const node = new Segment().node();
    node.start(config([router({ vmac: vmac({ name: "my.vmac", group: 7, netlinkNotifyMsg: true }) })]));
    assert.deepEqual(node.kernel.changes, ["+link my.vmac", "up my.vmac", "group eth0 0"]);
    assert.equal(node.kernel.links().find(({ name }) => name === "my.vmac")?.group, 7);
  });
});

describe("over IPv6", () => {
  test("it speaks from the link-local address of the interface below, on the macvlan", () => {
    const { master, segment } = settledMaster(config([router6({ priority: 150 })]));
    assert.deepEqual(placed(master), ["2001:db8::100 on vrrp.51", "fe80::1 on vrrp.51", "fe80::100 on vrrp.51"]);
    const copy = master.kernel.addresses().find(({ address, interfaceIndex }) => address === "fe80::1" && interfaceIndex > 2) ?? assert.fail();
    assert.deepEqual([copy.prefixLength, copy.scope, copy.preferredLifetimeS, copy.noDuplicateDetection], [64, 253, 0, true]);
    assert.equal(segment.lan.sent.at(-1)?.ipv6?.source, "fe80::1");
    assert.deepEqual(speaking(master), ["vrrp.51"]);
    master.engine.stop();
    assert.deepEqual([placed(master), master.recordedAll.addresses], [[], []]);
  });

  test("an owner's first advert waits for it", () => {
    const node = new Segment().node();
    node.start(config([router6({ priority: 255 })]));
    assert.equal(node.state(), "MASTER");
    const [first, second] = node.trace.filter((entry) => entry === "+fe80::1" || entry.startsWith("advert"));
    assert.deepEqual([first, second], ["+fe80::1", "advert 255"]);
  });

  test("follows the interface's own; taken away by somebody it is put back", () => {
    const { master, segment } = settledMaster(config([router6()]));
    const index = master.kernel.links().find(({ name }) => name === "vrrp.51")?.index ?? assert.fail();
    const copied = () => master.kernel.addresses().flatMap(({ address, interfaceIndex, prefixLength }) => (interfaceIndex === index && prefixLength === 64 ? [address] : []));
    const own = (address: string, interfaceIndex = 2) => ({ interfaceIndex, address: ipAddress(address), prefixLength: 64, scope: 253 });
    master.kernel.take(own("fe80::1", index));
    segment.clock.advance(SECOND);
    assert.deepEqual([copied(), master.state()], [["fe80::1"], "MASTER"]);
    master.kernel.put(own("fe80::5"));
    master.kernel.take(own("fe80::1"));
    segment.clock.advance(SECOND);
    assert.deepEqual([copied(), master.state()], [["fe80::5"], "MASTER"]);
  });

  test("with vmac_xmit_base it needs none", () => {
    const { master } = settledMaster(config([router6({ vmac: vmac({ mac: MAC6, xmitBase: true }) })]));
    assert.deepEqual([speaking(master), placed(master)], [["eth0"], ["2001:db8::100 on vrrp.51", "fe80::100 on vrrp.51"]]);
  });
});

describe("addresses elsewhere", () => {
  const elsewhere: Partial<VrrpInstance> = {
    virtualAddresses: [vip(VIP), vip("203.0.113.9", { interface: "eth1" })],
    excludedAddresses: [vip("2001:db8::9"), vip("2001:db8::19", { interface: "eth1" })],
  };
  const one = (address: string, device: string, useVmac: boolean) => vip(address, { interface: device, useVmac });
  const cases: readonly (readonly [what: string, made: VrrpInstance, more: Partial<VrrpConfig>, placed: string[]])[] = [
    ["use_vmac alone: what is of its family and interface", router(elsewhere), {}, [`${VIP} on vrrp.51`, "2001:db8::19 on eth1", "2001:db8::9 on eth0", "203.0.113.9 on eth1"]],
    ["use_vmac_addr: one for each interface and family", router({ ...elsewhere, useVmacAddr: true }), { vmacPrefix: "vm", vmacAddrPrefix: "va" },
      [`${VIP} on vm.51`, "2001:db8::19 on va1.51", "2001:db8::9 on va6.51", "203.0.113.9 on va.51", "fe80::1 on va6.51", "fe80::2 on va1.51"]],
    ["use_vmac of an address, its instance without", instance({ virtualAddresses: [one(VIP, "eth0", false), one("192.0.2.101", "eth0", true), one("203.0.113.9", "eth1", true)] }), {},
      [`${VIP} on eth0`, "192.0.2.101 on vrrp.51", "203.0.113.9 on vrrp1.51"]],
  ];
  for (const [what, made, more, where] of cases) {
    test(what, () => {
      const { clock, node } = twoWires();
      node.start(config([made], more));
      clock.advance(10 * SECOND);
      assert.deepEqual(placed(node), where.sort());
      node.engine.stop();
      assert.deepEqual(names(node), ["eth0", "eth1"]);
    });
  }

  test("the instance's own MAC address serves its family, VRRP's the other one", () => {
    const needs = linkNeeds("key", router({ ...elsewhere, useVmacAddr: true, vmac: vmac({ mac: Uint8Array.of(2, 0, 0, 0, 0, 51) }) }), { vmacPrefix: "vrrp", vmacAddrPrefix: undefined });
    assert.deepEqual(needs.map(({ base, family, hardwareAddress }) => `${base} ${family} ${Buffer.from(hardwareAddress ?? []).toString("hex")}`), [
      "eth0 4 020000000033", "eth1 4 020000000033", "eth0 6 00005e000233", "eth1 6 00005e000233",
    ]);
  });
});

describe("names", () => {
  const eth0: Link = { index: 2, name: "eth0", up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: new Uint8Array(6) };
  const other = (name: string): Link => ({ ...eth0, index: 7, name });
  const suited = (name: string, mode: Stacked["mode"] = "private"): Link => ({ ...eth0, index: 8, name, hardwareAddress: MAC4, stacked: { kind: "macvlan", base: 2, mode } });
  const chosen = (made: VrrpInstance, links: readonly Link[], { prefix = "vrrp", ours = [] as string[], before = "" } = {}) => {
    const needs = linkNeeds("key", made, { vmacPrefix: prefix, vmacAddrPrefix: undefined });
    return chooseNames(needs, [eth0, ...links], new Set(ours), new Map(needs.map(({ key }) => [key, before] as const).filter(() => before !== ""))).values().next().value;
  };
  const named = router({ vmac: vmac({ name: "mine" }) });
  const cases: readonly (readonly [what: string, name: string | undefined, expected: string])[] = [
    ["prefix and VRID", chosen(router(), []), "vrrp.51"],
    ["as configured", chosen(named, []), "mine"],
    ["taken by something else", chosen(router(), [other("vrrp.51")]), "vrrp1.51"],
    ["taken, over IPv6", chosen(router6(), [other("vrrp.51")]), "vrrp6.51"],
    ["both taken, over IPv6", chosen(router6(), [other("vrrp.51"), other("vrrp6.51")]), "vrrp1.51"],
    ["configured, and taken by something else", chosen(named, [other("mine")]), "vrrp.51"],
    ["what suits is used, whatever it is called", chosen(named, [suited("theirs")]), "theirs"],
    ["in another mode it does not", chosen(router(), [suited("vrrp.51", "bridge")]), "vrrp1.51"],
    ["one of ours with that name is replaced", chosen(router(), [suited("vrrp.51", "bridge")], { ours: ["vrrp.51"] }), "vrrp.51"],
    ["what it was before stays", chosen(router(), [], { before: "vrrp1.51" }), "vrrp1.51"],
    ["a long prefix is cut", chosen(router(), [], { prefix: "abcdefghijklmnop" }), "abcdefghijkl.51"],
  ];
  for (const [what, name, expected] of cases) test(what, () => assert.equal(name, expected));
});

describe("what can go wrong", () => {
  test("a macvlan that cannot be made: FAULT, one line, tried again every second", () => {
    const segment = new Segment();
    const node = segment.node();
    node.kernel.linkFailure = new KernelError("RTM_NEWLINK macvlan vrrp.51", "EBUSY");
    node.start(config([router()]));
    segment.clock.advance(5 * SECOND);
    assert.equal(node.state(), "FAULT");
    assert.deepEqual(node.lines.filter((line) => line.includes("VMAC")), ["(VI_1): Unable to create VMAC interface vrrp.51: RTM_NEWLINK macvlan vrrp.51: EBUSY"]);
    node.kernel.linkFailure = undefined;
    segment.clock.advance(6 * SECOND);
    assert.deepEqual([node.state(), placed(node)], ["MASTER", [`${VIP} on vrrp.51`]]);
  });

  test("another interface has its name by now: it is left alone", () => {
    const segment = new Segment();
    const node = segment.node();
    node.start(config([router()]));
    node.kernel.deleteLink(node.kernel.links().find(({ name }) => name === "vrrp.51")?.index ?? assert.fail());
    node.kernel.setLink(20, "vrrp.51");
    segment.clock.advance(3 * SECOND);
    assert.deepEqual([node.state(), names(node)], ["FAULT", ["eth0", "vrrp.51"]]);
    node.engine.stop();
    assert.deepEqual(names(node), ["eth0", "vrrp.51"]);
  });

  test("the interface below goes down and comes up", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.kernel.setLink(2, "eth0", false);
    segment.clock.advance(SECOND);
    assert.deepEqual([master.state(), placed(master)], ["FAULT", []]);
    master.kernel.setLink(2, "eth0");
    segment.clock.advance(6 * SECOND);
    assert.deepEqual([master.state(), placed(master)], ["MASTER", [`${VIP} on vrrp.51`]]);
  });

  test("the interface below is deleted and made again: so is the macvlan", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.kernel.deleteLink(2);
    segment.clock.advance(SECOND);
    assert.deepEqual([master.state(), names(master)], ["FAULT", []]);
    master.kernel.setLink(3, "eth0");
    master.kernel.put({ interfaceIndex: 3, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 });
    segment.clock.advance(6 * SECOND);
    assert.deepEqual([master.state(), placed(master), names(master)], ["MASTER", [`${VIP} on vrrp.51`], ["eth0", "vrrp.51"]]);
  });

  test("somebody deletes the macvlan: it is made again, and the instance comes back by an election", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.kernel.deleteLink(master.kernel.links().find(({ name }) => name === "vrrp.51")?.index ?? assert.fail());
    segment.clock.advance(6 * SECOND);
    assert.deepEqual(master.takeNotifications(), ["instance VI_1 FAULT", "instance VI_1 BACKUP", "instance VI_1 MASTER"]);
    assert.deepEqual(placed(master), [`${VIP} on vrrp.51`]);
  });

  test("what cannot be deleted is told, and stays recorded", () => {
    const { master } = settledMaster(config([router()]));
    master.kernel.stuck.add("vrrp.51");
    master.engine.stop();
    assert.deepEqual(master.recordedLinks, ["vrrp.51"]);
    assert.ok(master.lines.includes("RTM_DELLINK vrrp.51: EPERM"), master.lines.join("\n"));
  });
});

test("a rehearsal makes them on its stage alone", () => {
  const eth0: Link = { index: 2, name: "eth0", up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) };
  const own = ["192.0.2.1", "fe80::1"].map((address) => ({ interfaceIndex: 2, address: ipAddress(address), prefixLength: 64, scope: 0 }));
  assert.equal(rehearse(config([router(), router6({ name: "VI_2", vrid: 52 })]), [eth0], own), true);
});

describe("reload", () => {
  test("the same again touches nothing", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.kernel.changes.length = 0;
    master.engine.reload(config([router()]));
    segment.clock.advance(1500 * MILLISECOND);
    assert.deepEqual(master.kernel.changes, []);
    assert.deepEqual(master.takeTrace(), ["advert 100"]);
  });

  for (const [what, before, after, where] of [["added", instance(), router(), "vrrp.51"], ["removed", router(), instance(), "eth0"]] as const) {
    test(`${what}: another router, as for keepalived`, () => {
      const { master, segment } = settledMaster(config([before]));
      master.engine.reload(config([after]));
      segment.clock.advance(6 * SECOND);
      assert.deepEqual(master.takeNotifications(), ["instance VI_1 DELETED", "instance VI_1 BACKUP", "instance VI_1 MASTER"]);
      assert.deepEqual([placed(master), names(master)], [[`${VIP} on ${where}`], where === "eth0" ? ["eth0"] : ["eth0", where]]);
    });
  }

  test("another MAC address: another macvlan, and MASTER all the same", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.kernel.changes.length = 0;
    master.engine.reload(config([router({ vmac: vmac({ mac: Uint8Array.of(2, 0, 0, 0, 0, 1) }) })]));
    segment.clock.advance(1500 * MILLISECOND);
    assert.deepEqual(master.kernel.changes, ["-link vrrp.51", "+link vrrp.51", "up vrrp.51", `+${VIP}`]);
    assert.deepEqual([master.state(), placed(master), master.takeNotifications()], ["MASTER", [`${VIP} on vrrp.51`], []]);
    assert.equal(master.announcedFrom.at(-1), "vrrp.51 02:00:00:00:00:01");
  });

  test("another name for the same: keepalived's line, and the one that is there", () => {
    const { master } = settledMaster(config([router()]));
    master.engine.reload(config([router({ vmac: vmac({ name: "mine" }) })]));
    assert.ok(master.lines.includes("(VI_1) vmac name mismatch mine <=> vrrp.51. changing to vrrp.51."), master.lines.join("\n"));
    assert.deepEqual(placed(master), [`${VIP} on vrrp.51`]);
  });

  test("of many that go one goes at a time, and no advert is late", () => {
    const many = Array.from({ length: 20 }, (_, i) => router({ name: `V${i}`, vrid: 100 + i, virtualAddresses: [], vmac: vmac({ mac: Uint8Array.of(2, 0, 0, 0, 1, i) }) }));
    const beat = instance({ priority: 150, advertIntervalUs: 100 * MILLISECOND });
    const { master, segment } = settledMaster(config([beat, ...many]));
    const remove = master.kernel.deleteLinks.bind(master.kernel);
    master.kernel.deleteLinks = (list) => {
      segment.clock.pass(20 * MILLISECOND * list.length);
      return remove(list);
    };
    segment.clock.advance(50 * MILLISECOND);
    segment.lan.sent.splice(0, segment.lan.sent.length - 1);
    assert.equal(segment.lan.sent[0]?.packet[21], 51);
    master.engine.reload(config([beat]));
    segment.clock.advance(SECOND);
    const times = segment.lan.sent.filter(({ packet }) => packet[21] === 51).map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    assert.ok(Math.max(...gaps) <= 125 * MILLISECOND, String(gaps));
    assert.deepEqual(names(master), ["eth0"]);
  });
});

describe("after a crash", () => {
  const left = (name: string, mac = MAC4): Link => ({ index: 9, name, up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: mac, stacked: { kind: "macvlan", base: 2, mode: "private" } });
  const own = (name: string): OwnLink => ({ name, stacked: { kind: "macvlan", base: 2, mode: "private" }, hardwareAddress: MAC4 });
  const leaving = (link: Link, ...recorded: string[]): Node => {
    const node = new Segment().node();
    node.kernel.putLink(link);
    node.kernel.put({ interfaceIndex: 9, address: ipAddress(VIP), prefixLength: 32, scope: 0 });
    node.recordedAll = { rules: [], routes: [], addresses: [], links: recorded.map(own), settings: [], tables: [] };
    return node;
  };

  test("what is recorded and wanted is used again, and deleted at the stop; an address on it is ours, too", () => {
    const node = leaving(left("vrrp.51"), "vrrp.51").start(config([router()]));
    assert.deepEqual([node.kernel.changes, placed(node), node.recordedLinks], [["up vrrp.51", `-${VIP}`], [], ["vrrp.51"]]);
    node.engine.stop();
    assert.deepEqual(names(node), ["eth0"]);
  });

  test("what is recorded and not wanted goes; what has become somebody else's does not", () => {
    const node = leaving(left("vrrp.77"), "vrrp.77", "vrrp.78");
    node.kernel.setLink(10, "vrrp.78");
    node.start(config([instance()]));
    assert.deepEqual([names(node), node.recordedLinks], [["eth0", "vrrp.78"], []]);
  });

  test("what is recorded has become somebody else's: another name", () => {
    const node = new Segment().node();
    node.kernel.setLink(10, "vrrp.51");
    node.recordedAll = { rules: [], routes: [], addresses: [], links: [own("vrrp.51")], settings: [], tables: [] };
    node.start(config([router()]));
    assert.deepEqual(names(node), ["eth0", "vrrp.51", "vrrp1.51"]);
  });

  test("what was there before us is used, and stays", () => {
    const node = leaving(left("theirs")).start(config([router()]));
    assert.ok(node.lines.includes("(VI_1) Found matching interface theirs"), node.lines.join("\n"));
    assert.deepEqual([speaking(node), node.recordedLinks], [["theirs"], []]);
    node.engine.stop();
    assert.deepEqual(names(node), ["eth0", "theirs"]);
  });
});
