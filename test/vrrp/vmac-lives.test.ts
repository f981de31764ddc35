import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import type { Link, OwnLink } from "../../src/base/network.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Vmac, VrrpInstance } from "../../src/conf/model.ts";
import { config, instance, ipv6, unicastTo, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";

const MAC4 = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);
const LEFT: Link = { index: 9, name: "vrrp.51", up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: MAC4, stacked: { kind: "macvlan", base: 2, mode: "private" } };

const OWN: OwnLink = { name: LEFT.name, stacked: { kind: "macvlan", base: 2, mode: "private" }, hardwareAddress: MAC4 };

const vmac = (overrides: Partial<Vmac> = {}): Vmac => ({ name: undefined, mac: MAC4, netlinkNotifyMsg: false, group: undefined, xmitBase: false, ...overrides });
const router = (overrides: Partial<VrrpInstance> = {}) => instance({ vmac: vmac(), ...overrides });
const names = ({ kernel }: Node) => kernel.links().map(({ name }) => name);
const told = (node: Node, words: string) => node.lines.filter((line) => line.includes(words));

describe("a link that was up before we raised it", () => {
  test("left by a crash: its first going down is news", () => {
    const segment = new Segment();
    const node = segment.node();
    node.kernel.putLink(LEFT);
    node.recordedAll = { ...node.recordedAll, links: [OWN] };
    node.start(config([router()]));
    segment.clock.advance(10 * SECOND);
    assert.equal(node.state(), "MASTER");
    node.kernel.putLink({ ...LEFT, up: false });
    segment.clock.advance(SECOND);
    assert.equal(node.state(), "FAULT");
  });

  test("set up again by a reload: likewise", () => {
    const { master, segment } = settledMaster(config([router()]));
    master.engine.reload(config([router({ excludedAddresses: [vip("2001:db8::9")] })]));
    assert.equal(master.kernel.readSetting("net/ipv6/conf/vrrp.51/disable_ipv6"), 0);
    const link = master.kernel.link("vrrp.51") ?? assert.fail();
    master.kernel.putLink({ ...link, up: false });
    segment.clock.advance(SECOND);
    assert.equal(master.state(), "FAULT");
  });
});

test("a report of the interface below that cannot be had is told, and nothing more", () => {
  const segment = new Segment();
  const node = segment.node();
  node.kernel.setLinkGroup = () => {
    throw new KernelError("RTM_NEWLINK group 2", "EPERM");
  };
  node.start(config([router({ vmac: vmac({ netlinkNotifyMsg: true }) })]));
  segment.clock.advance(10 * SECOND);
  assert.equal(node.state(), "MASTER");
  assert.deepEqual([told(node, "EPERM"), told(node, "Unable")], [["(VI_1): cannot have eth0 reported: RTM_NEWLINK group 2: EPERM"], []]);
  let alarms = 0;
  const alarm = node.clock.alarm.bind(node.clock);
  node.clock.alarm = (at, wake) => {
    alarms++;
    return alarm(at, wake);
  };
  segment.clock.advance(SECOND);
  assert.ok(alarms < 10, `${alarms} alarms in a second`);
});

test("another router with the same link: the link is set up as that one needs it", () => {
  const { master, segment } = settledMaster(config([router()]));
  assert.equal(master.kernel.readSetting("net/ipv6/conf/vrrp.51/disable_ipv6"), 1);
  const next = router({ ...unicastTo(["192.0.2.9"]), vmac: vmac({ group: 3, netlinkNotifyMsg: true, xmitBase: true }), excludedAddresses: [vip("2001:db8::9", { useVmac: false })] });
  master.kernel.changes.length = 0;
  master.engine.reload(config([next]));
  segment.clock.advance(SECOND);
  assert.deepEqual(master.kernel.changes.filter((one) => one.includes("group") || one.includes("link")), ["group vrrp.51 3", "group eth0 0"]);
  assert.equal(master.kernel.readSetting("net/ipv6/conf/vrrp.51/disable_ipv6"), 0);
});

describe("of many that come", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => router({ name: `V${i}`, vrid: 100 + i, virtualAddresses: [vip(`198.51.100.${i}`)], vmac: vmac({ mac: Uint8Array.of(2, 0, 0, 0, 1, i) }) }));
  const beat = instance({ priority: 150, advertIntervalUs: 100 * MILLISECOND });

  test("one comes at a time, no advert is late, and no instance sees a FAULT meanwhile", () => {
    const { master, segment } = settledMaster(config([beat]));
    const add = master.kernel.addLink.bind(master.kernel);
    master.kernel.addLink = (link) => {
      segment.clock.pass(20 * MILLISECOND);
      add(link);
    };
    segment.clock.advance(50 * MILLISECOND);
    segment.lan.sent.splice(0, segment.lan.sent.length - 1);
    master.engine.reload(config([beat, ...many(20)]));
    segment.clock.advance(10 * SECOND);
    const times = segment.lan.sent.filter(({ packet }) => packet[21] === 51).map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    assert.ok(Math.max(...gaps) <= 125 * MILLISECOND, String(gaps));
    const notified = master.takeNotifications();
    assert.deepEqual(notified.filter((one) => one.endsWith("FAULT")), []);
    assert.equal(notified.filter((one) => one.endsWith("MASTER")).length, 20);
    assert.equal(names(master).length, 21);
  });

  test("the kernel is asked for each alone, and the record names them all before the first", () => {
    const filtered = { ...beat, accept: false }; // the table that is to silence them is there, and recorded
    const { master, segment } = settledMaster(config([filtered]));
    const writes: string[][] = [];
    const add = master.kernel.addLink.bind(master.kernel);
    master.kernel.addLink = (link) => {
      writes.push(master.recordedLinks);
      add(link);
    };
    const before = { writes: master.recordWrites.length, dumps: master.linkDumps };
    master.engine.reload(config([filtered, ...many(20)]));
    segment.clock.advance(500 * MILLISECOND);
    assert.deepEqual([...new Set(writes.map((list) => list.length))], [20]);
    assert.deepEqual([master.linkDumps - before.dumps, master.recordWrites.length - before.writes], [0, 1]);
  });

  test("each is recorded as it is before the kernel makes it, on whatever has the name of the interface by then", () => {
    const { master, segment } = settledMaster(config([beat]));
    const add = master.kernel.addLink.bind(master.kernel);
    const bases: number[] = [];
    master.kernel.addLink = (link) => {
      const { group, ...own } = link;
      assert.deepEqual([group, master.recordedAll.links.find(({ name }) => name === link.name)], [undefined, own]);
      bases.push(link.stacked.base);
      segment.clock.pass(20 * MILLISECOND);
      add(link);
      if (bases.length !== 3) return;
      master.kernel.deleteLink(2);
      master.kernel.setLink(30, "eth0");
      master.kernel.put({ interfaceIndex: 30, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 });
    };
    master.engine.reload(config([beat, ...many(6)]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(bases, [2, 2, 2, 30, 30, 30, 30, 30, 30]);
    assert.deepEqual(master.recordedAll.links.map(({ name, stacked }) => `${name} ${stacked.base}`), Array.from({ length: 6 }, (_, i) => `vrrp.${100 + i} 30`));
  });

  test("one that is refused is a FAULT, told once; the others come", () => {
    const { master, segment } = settledMaster(config([beat]));
    const add = master.kernel.addLink.bind(master.kernel);
    master.kernel.addLink = (link) => {
      if (link.name === "vrrp.101") throw new KernelError("RTM_NEWLINK macvlan vrrp.101", "EBUSY");
      add(link);
    };
    master.engine.reload(config([beat, ...many(3)]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(master.engine.status().instances.map(({ state }) => state), ["MASTER", "MASTER", "FAULT", "MASTER"]);
    assert.equal(told(master, "Unable to create").length, 1);
    assert.deepEqual(master.recordedLinks, ["vrrp.100", "vrrp.102"]);
  });

  test("one that is to be tried again has to wait for addresses: that is work, and no late timer", () => {
    const segment = new Segment();
    const node = segment.node();
    const add = node.kernel.addAddresses.bind(node.kernel);
    node.kernel.addAddresses = (list) => {
      segment.clock.pass(20 * MILLISECOND);
      return add(list);
    };
    node.kernel.linkFailure = new KernelError("RTM_NEWLINK", "EBUSY");
    const excludedAddresses = Array.from({ length: 4_000 }, (_, i) => vip(`198.51.${100 + (i >> 8)}.${i & 255}`));
    node.start(config([{ ...beat, excludedAddresses }, ...many(1)]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.engine.status().instances[0]?.state, told(node, "Unable to create").length], ["MASTER", 1]);
    assert.deepEqual(told(node, "timers were"), []);
  });

  test("one that could not be looked at when it was made is ours all the same", () => {
    const segment = new Segment();
    const node = segment.node();
    const look = node.kernel.link.bind(node.kernel);
    const add = node.kernel.addLink.bind(node.kernel);
    node.kernel.addLink = (link) => {
      add(link);
      node.kernel.link = () => {
        node.kernel.link = look;
        throw new KernelError("RTM_GETLINK vrrp.51", "ENOBUFS");
      };
    };
    node.start(config([router()]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.state(), node.recordedLinks], ["MASTER", ["vrrp.51"]]);
    node.engine.stop();
    assert.deepEqual(names(node), ["eth0"]);
  });
});

describe("somebody else's link has its name by now", () => {
  test("the record no longer names it: whoever undoes it leaves the other one alone", () => {
    const segment = new Segment();
    const node = segment.node().start(config([router()]));
    node.kernel.deleteLink(node.kernel.link("vrrp.51")?.index ?? assert.fail());
    node.kernel.setLink(20, "vrrp.51");
    segment.clock.advance(3 * SECOND);
    assert.deepEqual([node.state(), node.recordedLinks], ["FAULT", []]);
  });

  test("a macvlan just like ours: used, and left where it is", () => {
    const segment = new Segment();
    const node = segment.node().start(config([router()]));
    node.kernel.deleteLink(node.kernel.link("vrrp.51")?.index ?? assert.fail());
    node.kernel.putLink({ ...LEFT, index: 20 });
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.state(), node.recordedLinks], ["MASTER", []]);
    node.engine.stop();
    assert.deepEqual(names(node), ["eth0", "vrrp.51"]);
  });
});

describe("after a crash somebody else's link has the name of a recorded one", () => {
  const IPVLAN: Link = { ...LEFT, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1), stacked: { kind: "ipvlan", base: 2, mode: "bridge" } };
  const cases: readonly (readonly [what: string, recorded: OwnLink, there: Link])[] = [
    ["another MAC address", OWN, { ...LEFT, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 9) }],
    ["on another interface", OWN, { ...LEFT, stacked: { kind: "macvlan", base: 3, mode: "private" } }],
    ["in another mode", OWN, { ...LEFT, stacked: { kind: "macvlan", base: 2, mode: "bridge" } }],
    ["in a mode that we never ask for", OWN, { ...LEFT, stacked: { kind: "macvlan", base: 2, mode: undefined } }],
    ["an ipvlan instead of a macvlan", OWN, IPVLAN],
    ["a macvlan instead of an ipvlan", { ...OWN, stacked: { kind: "ipvlan", base: 2, mode: "private" }, hardwareAddress: undefined }, LEFT],
    ["an ipvlan in another mode", { ...OWN, stacked: { kind: "ipvlan", base: 2, mode: "private" }, hardwareAddress: undefined }, IPVLAN],
    ["no such link at all", OWN, { index: 9, name: LEFT.name, up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: MAC4 }],
  ];
  const found = (recorded: OwnLink, there: Link) => {
    const node = new Segment().node();
    node.kernel.setLink(3, "eth1");
    node.kernel.putLink(there);
    node.recordedAll = { ...node.recordedAll, links: [recorded] };
    return node;
  };
  for (const [what, recorded, there] of cases) {
    test(`${what}: it is left alone, wanted or not`, () => {
      const unwanted = found(recorded, there).start(config([instance()]));
      assert.deepEqual([unwanted.recordedLinks, unwanted.kernel.link(LEFT.name)], [[], there]);
      const wanted = found(recorded, there).start(config([router({ vmac: vmac({ mac: Uint8Array.of(2, 0, 0, 0, 0, 7) }) })]));
      assert.deepEqual([wanted.recordedLinks, wanted.kernel.link(LEFT.name)], [["vrrp1.51"], there]);
      wanted.engine.stop();
      assert.deepEqual([names(wanted), wanted.kernel.link(LEFT.name)], [["eth0", "eth1", LEFT.name], there]);
    });
  }

  test("what it has is what is recorded: it goes when nobody wants it", () => {
    const node = found({ ...OWN, stacked: { kind: "ipvlan", base: 2, mode: "bridge" }, hardwareAddress: undefined }, IPVLAN).start(config([instance()]));
    assert.deepEqual([names(node), node.recordedLinks], [["eth0", "eth1"], []]);
  });
});

test("the status says which links it has, whether they are up, and where its addresses are", () => {
  const seen = ({ engine }: Node) => engine.status().instances.map(({ link, devices }) => [link?.name, link?.up, ...devices]);
  const vips = { virtualAddresses: [vip("192.0.2.100"), vip("198.51.100.9", { interface: "eth1", useVmac: true })], excludedAddresses: [vip("2001:db8::9")] };
  const segment = new Segment();
  const node = segment.node();
  node.kernel.setLink(3, "eth1");
  node.start(config([
    router(vips),
    router({ ...vips, name: "B", vrid: 52, vmac: vmac({ mac: Uint8Array.of(0, 0, 0x5e, 0, 1, 52), xmitBase: true }) }),
    instance({ name: "C", vrid: 53, ipvlan: { name: "mine", mode: "bridge", group: undefined, address: { address: ipAddress("192.0.2.53"), prefixLength: 24 } } }),
    instance({ name: "D", vrid: 54 }),
  ]));
  const places = (up: boolean) => [["vrrp.51", up, "vrrp.51", "vrrp1.51", "eth0"], ["vrrp.52", up, "vrrp.52", "vrrp1.52", "eth0"], ["mine", up, "eth0"], [undefined, undefined, "eth0"]];
  assert.deepEqual(seen(node), places(true));
  node.kernel.deleteLink(2);
  segment.clock.advance(SECOND);
  assert.deepEqual(seen(node), places(false));
});

describe("a setting belongs to its interface", () => {
  const IGNORE = (name: string) => `net/ipv4/conf/${name}/arp_ignore`;
  const settled = () => {
    const segment = new Segment();
    const node = segment.node();
    node.kernel.routing.setSetting(IGNORE("eth0"), 2);
    node.start(config([router()]));
    segment.clock.advance(10 * SECOND);
    assert.equal(node.kernel.readSetting(IGNORE("eth0")), 1);
    return { node, segment };
  };

  test("of one that was made again its own value is put back", () => {
    const { node, segment } = settled();
    node.kernel.deleteLink(2);
    node.kernel.routing.setSetting(IGNORE("eth0"), 0);
    node.kernel.setLink(3, "eth0");
    segment.clock.advance(SECOND);
    assert.equal(node.kernel.readSetting(IGNORE("eth0")), 1);
    assert.deepEqual(node.recordedAll.settings, [{ name: IGNORE("eth0"), value: 0 }]);
    node.engine.stop();
    assert.equal(node.kernel.readSetting(IGNORE("eth0")), 0);
  });

  test("of one that has another name it is put back there", () => {
    const { node, segment } = settled();
    node.kernel.routing.setSetting(IGNORE("lan0"), 1);
    node.kernel.setLink(2, "lan0");
    segment.clock.advance(SECOND);
    assert.deepEqual([node.kernel.readSetting(IGNORE("lan0")), node.recordedAll.settings], [2, []]);
  });

  test("two that change names keep their own", () => {
    const segment = new Segment();
    const node = segment.node();
    node.kernel.setLink(3, "eth1");
    node.kernel.put({ interfaceIndex: 3, address: ipAddress("198.51.100.1"), prefixLength: 24, scope: 0 });
    node.kernel.routing.setSetting(IGNORE("eth0"), 2);
    node.kernel.routing.setSetting(IGNORE("eth1"), 8);
    node.start(config([router(), router({ name: "VI_2", vrid: 52, interface: "eth1", virtualAddresses: [vip("198.51.100.9", { interface: "eth1" })], vmac: vmac({ mac: Uint8Array.of(0, 0, 0x5e, 0, 1, 52) }) })]));
    node.kernel.setLink(2, "swap");
    node.kernel.setLink(3, "eth0");
    node.kernel.setLink(2, "eth1");
    segment.clock.advance(SECOND);
    assert.deepEqual(node.recordedAll.settings, [{ name: IGNORE("eth1"), value: 2 }, { name: IGNORE("eth0"), value: 8 }]);
  });

  test("all of them are recorded in one go, before the first is changed", () => {
    const node = new Segment().node();
    for (const name of ["arp_ignore", "arp_filter"]) node.kernel.routing.setSetting(`net/ipv4/conf/eth0/${name}`, 0);
    const recorded: number[] = [];
    const write = node.kernel.writeSetting.bind(node.kernel);
    node.kernel.writeSetting = (setting) => {
      if (setting.name.includes("eth0")) recorded.push(node.recordedAll.settings.length);
      write(setting);
    };
    node.start(config([router()]));
    assert.deepEqual(recorded, [2, 2]);
  });
});

test("over IPv6 an owner that a reload adds speaks from the copied address at once", () => {
  const { master, segment } = settledMaster(config([instance()]));
  const six = instance({ ...ipv6(), name: "VI_6", vrid: 61, priority: 255, vmac: vmac({ mac: Uint8Array.of(0, 0, 0x5e, 0, 2, 61) }) });
  master.engine.reload(config([instance(), six]));
  segment.clock.advance(SECOND);
  assert.equal(master.engine.status().instances[1]?.state, "MASTER");
  assert.deepEqual(master.takeNotifications().filter((one) => one.includes("FAULT")), []);
});
