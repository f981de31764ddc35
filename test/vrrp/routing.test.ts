import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import type { InterfaceAddress } from "../../src/base/network.ts";
import type { KernelRoute } from "../../src/base/routing.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Route, StaticRoute, StaticRule, VrrpConfig } from "../../src/conf/model.ts";
import { KernelView } from "../../src/vrrp/kernel-view.ts";
import { ownedRoute, ownedRule, routeKey } from "../../src/vrrp/routing.ts";
import { config, instance, vip } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";
import { isRoute, route, rule } from "./support/routing.ts";

const fixedRoute = (to: string, more: Partial<StaticRoute> = {}): StaticRoute => ({ ...route(to), trackGroup: undefined, ...more });
const fixedRule = (preference: number, more: Partial<StaticRule> = {}): StaticRule => ({ ...rule(preference), trackGroup: undefined, ...more });

const NET = "203.0.113.0/24";
const ROUTED = instance({ excludedAddresses: [vip("192.0.2.101")], virtualRoutes: [route(NET, { via: ipAddress("192.0.2.254") }), route("198.51.100.0/24")], virtualRules: [rule(1000), rule(1001)] });

function started(configuration: VrrpConfig): { segment: Segment; node: Node } {
  const segment = new Segment();
  const node = segment.node();
  node.kernel.setLink(3, "eth1");
  node.kernel.routing.setSetting("net/ipv4/conf/eth0/promote_secondaries", 0);
  node.start(configuration);
  return { segment, node };
}

function master(configuration: VrrpConfig): { segment: Segment; node: Node } {
  const both = started(configuration);
  both.segment.clock.advance(20 * SECOND);
  assert.equal(both.node.state(), "MASTER");
  both.node.takeTrace();
  both.node.takeLines();
  both.node.takeNotifications();
  return both;
}

describe("a MASTER's routes and rules", () => {
  test("in: addresses, excluded ones, routes, rules; out: rules, routes, addresses; priority 0 before", () => {
    const { segment, node } = started(config([ROUTED]));
    assert.deepEqual(node.kernel.routing.held, []);
    segment.clock.advance(4 * SECOND);
    const installing = node.takeTrace().filter((entry) => /^[+-]/.test(entry));
    assert.deepEqual(installing, ["+192.0.2.100", "+192.0.2.101", `+${NET}`, "+198.51.100.0/24", "+rule 1000", "+rule 1001"]);
    assert.deepEqual(node.recordedAll.routes.map(({ to }) => to.address), ["203.0.113.0", "198.51.100.0"]);
    assert.deepEqual(node.recordedAll.rules.map(({ preference }) => preference), [1000, 1001]);
    node.engine.stop();
    const removing = node.takeTrace().filter((entry) => /^[+-]|advert/.test(entry));
    assert.deepEqual(removing, ["advert 0", "-rule 1000", "-rule 1001", `-${NET}`, "-198.51.100.0/24", "-192.0.2.100", "-192.0.2.101"]);
    assert.deepEqual(node.recordedAll, { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] });
  });

  test("the record names them before the kernel is told", () => {
    const { segment, node } = started(config([ROUTED]));
    const add = node.kernel.addRoutes.bind(node.kernel);
    let recorded = -1;
    node.kernel.addRoutes = (routes) => {
      recorded = node.recordedAll.routes.length;
      return add(routes);
    };
    segment.clock.advance(4 * SECOND);
    assert.equal(recorded, 2);
  });

  test("yielding to a higher priority they go, in keepalived's words", () => {
    const { segment, node } = master(config([ROUTED]));
    segment.node().start(config([instance({ priority: 200 })]));
    segment.clock.advance(5 * SECOND);
    assert.equal(node.state(), "BACKUP");
    assert.deepEqual(node.kernel.routing.held, []);
    assert.deepEqual(node.details.filter((line) => /Virtual R/.test(line)), ["(VI_1) setting Virtual Routes", "(VI_1) setting Virtual Rules", "(VI_1) removing Virtual Rules", "(VI_1) removing Virtual Routes"]);
  });

  test("a reload touches what differs: one is changed, one goes, one comes, one is left alone", () => {
    const { segment, node } = master(config([ROUTED]));
    const virtualRoutes = [route(NET, { via: ipAddress("192.0.2.254"), metrics: { mtu: { value: 1400, lock: false } } }), route("198.18.0.0/15")];
    node.engine.reload(config([{ ...ROUTED, virtualRoutes, virtualRules: [rule(1000), rule(1002)] }]));
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routing.changes.slice(4), ["-rule 1001", `-${NET}`, "-198.51.100.0/24", `+${NET}`, "+198.18.0.0/15", "+rule 1002"]);
    assert.equal(node.state(), "MASTER");
    assert.equal(node.takeNotifications().length, 0);
  });

  test("an interface that a tracked route or rule needs is a matter of FAULT; one of `no_track` is not", () => {
    for (const [what, more, state] of [
      ["route", { virtualRoutes: [route(NET, { interface: "eth1" })] }, "FAULT"],
      ["rule in", { virtualRules: [rule(1000, { iif: "eth1" })] }, "FAULT"],
      ["rule out", { virtualRules: [rule(1000, { oif: "eth1" })] }, "FAULT"],
      ["no_track", { virtualRoutes: [route(NET, { interface: "eth1", track: false })], virtualRules: [rule(1000, { iif: "eth1", track: false })] }, "MASTER"],
    ] as const) {
      const { segment, node } = master(config([instance(more)]));
      node.kernel.setLink(3, "eth1", false);
      segment.clock.advance(MILLISECOND);
      assert.equal(node.state(), state, what);
      if (state === "FAULT") assert.deepEqual(node.kernel.routing.held, [], what);
      node.kernel.setLink(3, "eth1", true);
      segment.clock.advance(5 * SECOND);
      assert.equal(node.state(), "MASTER", what);
    }
  });

  test("a route through an interface that is not followed comes back with it", () => {
    const { segment, node } = master(config([instance({ virtualRoutes: [route(NET, { interface: "eth1", track: false })] })]));
    node.kernel.setLink(3, "eth1", false);
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routing.held, []);
    node.kernel.setLink(3, "eth1", true);
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routing.held, [NET]);
  });

  test("an interface that comes later, and one that comes again under another number", () => {
    const { segment, node } = master(config([instance({ virtualRoutes: [route(NET, { interface: "eth7", track: false })] })]));
    assert.deepEqual(node.kernel.routing.held, []);
    node.kernel.setLink(7, "eth7");
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routes().map((one) => one.interfaceIndex), [7]);
    node.kernel.deleteLink(7);
    node.kernel.setLink(8, "eth7");
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routes().map((one) => one.interfaceIndex), [8]);
  });

  test("what the kernel refuses is said once, and what somebody else has is not ours to delete", () => {
    const { segment, node } = started(config([instance({ virtualRoutes: [route(NET, { mode: "add", track: false })] })]));
    const theirs = { ...master(config([ROUTED])).node.kernel.routes()[0], protocol: 4 } as KernelRoute;
    node.kernel.routing.putRoute({ ...theirs, to: { address: ipAddress("203.0.113.0"), prefixLength: 24 } });
    segment.clock.advance(5 * SECOND);
    node.kernel.setLink(3, "eth1", false);
    segment.clock.advance(SECOND);
    assert.equal(node.takeLines().filter((line) => line.includes("Cannot add")).length, 1);
    node.engine.stop();
    assert.deepEqual(node.kernel.routes().map(({ protocol }) => protocol), [4]);
  });

  test("what cannot be removed is logged and stays in the record", () => {
    const { node } = master(config([ROUTED]));
    node.kernel.routing.stuck.add(NET).add(1001);
    node.engine.stop();
    assert.deepEqual(node.kernel.routing.held, [NET, "rule 1001"]);
    assert.deepEqual([node.recordedAll.routes.length, node.recordedAll.rules.length], [1, 1]);
    assert.equal(node.takeLines().filter((line) => line.includes("EPERM")).length, 2);
  });

  test("a crash's release removes them, too", () => {
    const { node } = master(config([ROUTED]));
    node.engine.release();
    assert.deepEqual(node.kernel.routing.held, []);
  });

  test("a thousand of them leave the adverts of another instance on time", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => route(`198.18.${i >> 8}.${i & 255}/32`));
    const { segment, node } = started(config([instance({ virtualRoutes: many }), instance({ name: "VI_2", vrid: 52, priority: 150, virtualAddresses: [vip("192.0.2.102")], advertIntervalUs: SECOND })]));
    const sizes: number[] = [];
    const add = node.kernel.addRoutes.bind(node.kernel);
    node.kernel.addRoutes = (routes) => {
      sizes.push(routes.length);
      return add(routes);
    };
    segment.clock.advance(10 * SECOND);
    assert.equal(node.kernel.routing.held.length, 1_000);
    assert.ok(Math.max(...sizes) <= 128, `${sizes.join(" ")}`);
  });
});

describe("left by a previous run", () => {
  const left: InterfaceAddress = { interfaceIndex: 2, address: ipAddress("192.0.2.77"), prefixLength: 32, scope: 0, protocol: 18 };

  test("what was recorded goes, and what equals the configuration and carries the mark; a stranger's stays", () => {
    const { node: before } = master(config([ROUTED]));
    const [ours, configured] = before.kernel.routes();
    const [recordedRule] = before.kernel.rules();
    assert.ok(ours !== undefined && configured !== undefined && recordedRule !== undefined);
    const segment = new Segment();
    const node = segment.node();
    const gone = { ...ours, to: { address: ipAddress("198.18.0.0"), prefixLength: 15 } };
    const theirs = { ...configured, to: { address: ipAddress("198.18.2.0"), prefixLength: 24 } };
    for (const one of [gone, configured, theirs]) node.kernel.routing.putRoute(one);
    for (const one of [{ ...recordedRule, preference: 7 }, recordedRule, { ...recordedRule, preference: 8 }]) node.kernel.routing.putRule(one);
    node.kernel.put(left);
    node.recordedAll = { rules: [{ ...recordedRule, preference: 7 }], routes: [gone], addresses: [left], links: [], settings: [], tables: [] };
    node.start(config([ROUTED]));
    assert.deepEqual(node.kernel.routing.held, ["198.18.2.0/24", "rule 8"]);
    assert.deepEqual(node.recordedAll, { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] });
    segment.clock.advance(5 * SECOND);
    assert.equal(node.kernel.routing.held.length, 6);
  });

  test("what is static and was recorded stays the only one", () => {
    const first = started(config([], { staticRoutes: [fixedRoute(NET)], staticRules: [fixedRule(2000)] })).node;
    const segment = new Segment();
    const node = segment.node();
    for (const one of first.kernel.routes()) node.kernel.routing.putRoute(one);
    for (const one of first.kernel.rules()) node.kernel.routing.putRule(one);
    node.recordedAll = first.recordedAll;
    node.start(config([], { staticRoutes: [fixedRoute(NET, { metrics: { mtu: { value: 1400, lock: false } } })], staticRules: [fixedRule(2000)] }));
    assert.deepEqual(node.kernel.routing.held, [NET, "rule 2000"]);
    assert.equal(node.kernel.routes()[0]?.metrics.mtu?.value, 1400);
  });
});

describe("deleted behind our back", () => {
  test("a tracked route or rule: the instance resigns and elects again; the others of it are never there twice", () => {
    for (const [what, take] of [["route 203.0.113.0/24 via 192.0.2.254 dev eth0", (node: Node) => node.kernel.routing.takeRoute(NET)], ["rule from all priority 1000 lookup 100", (node: Node) => node.kernel.routing.takeRule(1000)]] as const) {
      const { segment, node } = master(config([ROUTED]));
      take(node);
      segment.clock.advance(MILLISECOND);
      assert.equal(node.state(), "BACKUP", what);
      assert.equal(node.engine.status().instances[0]?.lastReason, `${what} was removed`);
      assert.deepEqual([node.kernel.routing.held, node.kernel.holds("192.0.2.100")], [[], false]);
      segment.clock.advance(5 * SECOND);
      assert.equal(node.state(), "MASTER", what);
      assert.equal(node.kernel.routing.held.length, 4, what);
    }
  });

  test("one of `no_track`, and one that ends by itself, are let go until the next transition", () => {
    const virtualRoutes = [route(NET, { track: false }), route("2001:db8:1::/48", { expiresS: 600 })];
    const { segment, node } = master(config([instance({ virtualRoutes, virtualRules: [rule(1000, { track: false })] })]));
    node.kernel.routing.takeRoute(NET);
    node.kernel.routing.takeRoute("2001:db8:1::/48");
    node.kernel.routing.takeRule(1000);
    segment.clock.advance(10 * SECOND);
    node.kernel.setLink(3, "eth1", false);
    segment.clock.advance(SECOND);
    assert.deepEqual([node.state(), node.kernel.routing.held], ["MASTER", []]);
  });

  test("the same one deleted and added again by somebody is no loss", () => {
    const { segment, node } = master(config([ROUTED]));
    const [theirs] = node.kernel.routes();
    assert.ok(theirs);
    node.kernel.routing.takeRoute(`${theirs.to.address}/${theirs.to.prefixLength}`);
    node.kernel.routing.putRoute(theirs);
    segment.clock.advance(SECOND);
    assert.equal(node.state(), "MASTER");
  });

  test("a dump that fails is asked for again", () => {
    const { segment, node } = master(config([ROUTED]));
    const routes = node.kernel.routes.bind(node.kernel);
    node.kernel.routes = () => {
      throw new Error("the table changed");
    };
    node.kernel.routing.takeRoute(NET);
    segment.clock.advance(100 * MILLISECOND);
    assert.deepEqual([node.state(), node.takeLines()], ["MASTER", ["cannot list routes and rules: the table changed"]]);
    node.kernel.routes = routes;
    segment.clock.advance(SECOND);
    assert.equal(node.takeNotifications()[0], "instance VI_1 BACKUP");
  });

  test("events that were lost are made up for by a dump", () => {
    const { segment, node } = master(config([ROUTED]));
    node.kernel.loseEvents(() => node.kernel.routing.takeRoute(NET));
    segment.clock.advance(MILLISECOND);
    assert.equal(node.state(), "BACKUP");
  });

  test("on_deleted restore puts back addresses, routes and rules, and stays MASTER", () => {
    const { segment, node } = master(config([{ ...ROUTED, onDeleted: "restore" }]));
    const announced = node.announced.length;
    node.kernel.routing.takeRoute(NET);
    node.kernel.routing.takeRule(1001);
    node.kernel.take({ interfaceIndex: 2, address: ipAddress("192.0.2.100"), prefixLength: 32, scope: 0 });
    segment.clock.advance(SECOND);
    assert.deepEqual([node.state(), node.kernel.routing.held.length, node.kernel.holds("192.0.2.100")], ["MASTER", 4, true]);
    assert.deepEqual(node.takeLines().filter((line) => line.includes("was removed")).sort(), [
      "(VI_1) address 192.0.2.100 was removed: putting it back",
      "(VI_1) route 203.0.113.0/24 via 192.0.2.254 dev eth0 was removed: putting it back",
      "(VI_1) rule from all priority 1001 lookup 100 was removed: putting it back",
    ]);
    assert.ok(node.announced.slice(announced).some(({ address }) => address === "192.0.2.100"), "the neighbours are told");
    assert.deepEqual(node.takeNotifications(), []);
  });

  test("whoever removes it again and again is answered three times a second", () => {
    const { segment, node } = master(config([{ ...ROUTED, onDeleted: "restore" }]));
    const before = node.kernel.routing.changes.length;
    for (let i = 0; i < 500; i++) {
      if (node.kernel.routing.held.includes(NET)) node.kernel.routing.takeRoute(NET);
      segment.clock.advance(10 * MILLISECOND);
    }
    const added = node.kernel.routing.changes.slice(before).filter((change) => change === `+${NET}`).length;
    assert.ok(added >= 13 && added <= 18, `${added} times in 5 s`);
    segment.clock.advance(SECOND);
    assert.deepEqual([node.state(), node.kernel.routing.held.length], ["MASTER", 4]);
  });
});

describe("static", () => {
  const STATIC: Partial<VrrpConfig> = {
    staticAddresses: [{ ...vip("198.51.100.7", { prefixLength: 24, interface: "eth1" }), trackGroup: undefined }],
    staticRoutes: [fixedRoute(NET, { interface: "eth1" })],
    staticRules: [fixedRule(2000)],
  };

  test("there from the start, whoever is MASTER, without a word to the neighbours; gone at the stop", () => {
    const { segment, node } = started(config([instance()], STATIC));
    assert.deepEqual([node.kernel.routing.held, node.kernel.holds("198.51.100.7")], [[NET, "rule 2000"], true]);
    segment.clock.advance(5 * SECOND);
    assert.ok(!node.announced.some(({ address }) => address === "198.51.100.7"));
    node.engine.stop();
    assert.deepEqual([node.kernel.routing.held, node.kernel.holds("198.51.100.7")], [[], false]);
  });

  test("put back in keepalived's words when somebody removes them; with `no_track` let go until a reload", () => {
    const { segment, node } = started(config([], STATIC));
    const takeAll = () => {
      node.kernel.routing.takeRoute(NET);
      node.kernel.routing.takeRule(2000);
      node.kernel.take({ interfaceIndex: 3, address: ipAddress("198.51.100.7"), prefixLength: 24, scope: 0 });
      segment.clock.advance(2 * SECOND);
      return [...node.kernel.routing.held, node.kernel.holds("198.51.100.7")];
    };
    assert.deepEqual(takeAll(), [NET, "rule 2000", true]);
    assert.deepEqual(node.takeLines().filter((line) => line.startsWith("Restoring")).sort(), ["Restoring deleted static address 198.51.100.7", "Restoring deleted static route 203.0.113.0/24 dev eth1", "Restoring deleted static rule from all priority 2000 lookup 100"]);
    const untracked: Partial<VrrpConfig> = {
      staticAddresses: STATIC.staticAddresses?.map((one) => ({ ...one, track: false })) ?? [],
      staticRoutes: STATIC.staticRoutes?.map((one) => ({ ...one, track: false })) ?? [],
      staticRules: STATIC.staticRules?.map((one) => ({ ...one, track: false })) ?? [],
    };
    node.engine.reload(config([], untracked));
    segment.clock.advance(SECOND);
    assert.deepEqual(takeAll(), [false]);
    node.engine.reload(config([], untracked));
    segment.clock.advance(SECOND);
    assert.deepEqual([...node.kernel.routing.held, node.kernel.holds("198.51.100.7")], [NET, "rule 2000", true]);
  });

  test("with an interface that went down and came again they are there again", () => {
    const { segment, node } = started(config([], STATIC));
    node.kernel.setLink(3, "eth1", false);
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routing.held, ["rule 2000"]);
    node.kernel.setLink(3, "eth1", true);
    segment.clock.advance(SECOND);
    assert.deepEqual(node.kernel.routing.held, [NET, "rule 2000"]);
  });

  test("a reload adds, removes and changes", () => {
    const { segment, node } = started(config([], STATIC));
    node.engine.reload(config([], { staticRoutes: [fixedRoute("198.18.0.0/15")] }));
    segment.clock.advance(SECOND);
    assert.deepEqual([node.kernel.routing.held, node.kernel.holds("198.51.100.7")], [["198.18.0.0/15"], false]);
  });

  test("the members of a track_group follow the interface of what names it", () => {
    const groups = { trackGroups: [{ name: "G", members: ["VI_1"] }] };
    for (const [what, more] of [
      ["route", { staticRoutes: [fixedRoute(NET, { interface: "eth1", trackGroup: "G" })] }],
      ["rule", { staticRules: [fixedRule(2000, { iif: "eth1", trackGroup: "G" })] }],
      ["address", { staticAddresses: [{ ...vip("198.51.100.7", { interface: "eth1" }), trackGroup: "G" }] }],
    ] as const) {
      const { segment, node } = master(config([instance(), instance({ name: "VI_2", vrid: 52, virtualAddresses: [vip("192.0.2.102")] })], { ...groups, ...more }));
      node.kernel.setLink(3, "eth1", false);
      segment.clock.advance(MILLISECOND);
      assert.deepEqual(node.states(), ["FAULT", "MASTER"], what);
    }
  });

  test("a static address is the source of adverts like any other of the interface", () => {
    const segment = new Segment();
    const node = segment.node();
    for (const address of node.kernel.addresses()) node.kernel.take(address);
    const staticAddresses = [{ ...vip("192.0.2.7", { prefixLength: 24 }), trackGroup: undefined }];
    node.start(config([instance()], { staticAddresses }));
    segment.clock.advance(5 * SECOND);
    assert.deepEqual([node.state(), node.engine.status().instances[0]?.source], ["MASTER", "192.0.2.7"]);
  });
});

test("150,000 virtual routes of an instance are no reason not to start", () => {
  const many = Array.from({ length: 150_000 }, () => route(NET));
  const node = new Segment().node();
  node.start(config([instance({ virtualRoutes: many })]));
  assert.equal(node.state(), "BACKUP");
});

describe("promote_secondaries", () => {
  const NAME = "net/ipv4/conf/eth0/promote_secondaries";
  const PROMOTING = config([instance({ promoteSecondaries: true })]);

  test("set while running, recorded as it was, put back at the stop", () => {
    const { node } = started(PROMOTING);
    assert.equal(node.kernel.readSetting(NAME), 1);
    assert.deepEqual(node.recordedAll.settings, [{ name: NAME, value: 0 }]);
    node.engine.stop();
    assert.equal(node.kernel.readSetting(NAME), 0);
    assert.deepEqual(node.recordedAll.settings, []);
  });

  test("put back by a reload that no longer asks for it; the administrator's own 1 is left alone", () => {
    const { node } = started(PROMOTING);
    node.engine.reload(config([instance()]));
    assert.deepEqual([node.kernel.readSetting(NAME), node.recordedAll.settings], [0, []]);
    node.kernel.routing.setSetting(NAME, 1);
    node.engine.reload(PROMOTING);
    node.engine.stop();
    assert.equal(node.kernel.readSetting(NAME), 1);
  });

  test("after a crash what it was is known", () => {
    const segment = new Segment();
    const node = segment.node();
    node.kernel.routing.setSetting(NAME, 1);
    node.recordedAll = { rules: [], routes: [], addresses: [], links: [], settings: [{ name: NAME, value: 0 }], tables: [] };
    node.start(PROMOTING);
    assert.deepEqual(node.recordedAll.settings, [{ name: NAME, value: 0 }]);
    node.engine.stop();
    assert.equal(node.kernel.readSetting(NAME), 0);
  });

  test("one that cannot be read is said, and stays as it is; the adverts go on", () => {
    const { segment, node } = started(PROMOTING);
    node.engine.reload(config([instance()]));
    node.kernel.readSetting = (name) => {
      throw new KernelError(`read /proc/sys/${name}`, "EMFILE");
    };
    node.engine.reload(PROMOTING);
    assert.deepEqual(node.lines.filter((line) => line.startsWith("cannot")), [`cannot read ${NAME}: read /proc/sys/${NAME}: EMFILE`]);
    assert.deepEqual([node.kernel.routing.readSetting(NAME), node.recordedAll.settings], [0, []]);
    segment.clock.advance(5 * SECOND);
    assert.equal(node.state(), "MASTER");
  });

  test("an interface that comes later has it, too", () => {
    const segment = new Segment();
    const node = segment.node();
    node.start(PROMOTING);
    node.kernel.routing.setSetting(NAME, 0);
    node.kernel.deleteLink(2);
    node.kernel.setLink(2, "eth0");
    segment.clock.advance(MILLISECOND);
    node.kernel.deleteLink(2);
    node.kernel.setLink(9, "eth0");
    segment.clock.advance(MILLISECOND);
    assert.equal(node.kernel.readSetting(NAME), 1);
  });
});

describe("recognising", () => {
  const view = new KernelView();
  const link = (index: number, name: string, vrfTable?: number) => ({ index, name, up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: new Uint8Array(6), ...(vrfTable !== undefined && { vrfTable }) });
  view.replace([link(2, "eth0"), link(3, "blue", 1001)], []);
  const told = (one: Route): KernelRoute => {
    const owned = ownedRoute("x", one, view);
    if (typeof owned === "string") throw new Error(`${owned} is missing`);
    return owned.item.route;
  };

  test("what the kernel adds, and what it masks", () => {
    const cases: readonly (readonly [string, Route, Partial<KernelRoute>, boolean])[] = [
      ["a metric of its own", route("2001:db8::/32"), { metric: 1024 }, true],
      ["another metric", route("2001:db8::/32"), { metric: 7 }, false],
      ["host bits", route("2001:db8::9/32"), { to: { address: ipAddress("2001:db8::"), prefixLength: 32 } }, true],
      ["an odd length", route("198.51.100.77/27"), { to: { address: ipAddress("198.51.100.64"), prefixLength: 27 } }, true],
      ["an interface that it found", route(NET, { interface: undefined, via: ipAddress("192.0.2.254") }), { interfaceIndex: 2 }, true],
      ["another interface", route(NET), { interfaceIndex: 3 }, false],
      ["another gateway", route(NET, { via: ipAddress("192.0.2.254") }), { via: ipAddress("192.0.2.253") }, false],
      ["no way but lo", route("2001:db8::/32", { type: "unreachable", interface: undefined }), { interfaceIndex: 1 }, true],
      ["another type", route(NET), { type: "blackhole" }, false],
      ["another originator", route(NET), { protocol: 4 }, false],
    ];
    for (const [what, one, shown, same] of cases) assert.equal(isRoute(told(one), { ...told(one), ...shown }), same, what);
  });

  test("next hops in any order, each once", () => {
    const hop = (via: string) => ({ via: ipAddress(via), interface: "eth0", weight: 1, onlink: false, encap: undefined, realms: undefined });
    const one = told(route(NET, { interface: undefined, nexthops: [hop("192.0.2.1"), hop("192.0.2.2")] }));
    assert.ok(isRoute(one, { ...one, nexthops: [...one.nexthops].reverse() }));
    assert.ok(!isRoute(one, { ...one, nexthops: one.nexthops.slice(1) }));
    assert.ok(!isRoute(one, { ...one, nexthops: [one.nexthops[0], one.nexthops[0]].flatMap((two) => two ?? []) }));
    const [single] = one.nexthops;
    assert.ok(single);
    assert.ok(isRoute({ ...one, nexthops: [single] }, { ...one, nexthops: [], via: single.via, interfaceIndex: single.interfaceIndex }), "the kernel shows one as none");
    assert.equal(routeKey(one), routeKey({ ...one, nexthops: [...one.nexthops].reverse() }));
  });

  test("the table of a VRF, the interface that is missing, and no track_group for the kernel", () => {
    assert.equal(told(route(NET, { vrf: "blue" })).table, 1001);
    assert.equal(ownedRoute("x", route(NET, { interface: "eth9" }), view), "eth9");
    assert.ok(!("trackGroup" in told(fixedRoute(NET))) && !("trackGroup" in ownedRule("x", fixedRule(1)).item));
  });

  test("a rule of which zeros and IPv6 realms are not shown", () => {
    const wide = rule(1000, { family: 6, realms: { from: 1, to: 2 }, tunnelId: "0", ipproto: 0, sport: { from: 0, to: 0 }, fwmark: { value: 0, mask: 0 }, from: { address: ipAddress("2001:db8::1"), prefixLength: 32 } });
    const shown = rule(1000, { family: 6, from: { address: ipAddress("2001:db8::"), prefixLength: 32 } });
    assert.equal(ownedRule("x", wide).key, ownedRule("x", shown).key);
    assert.notEqual(ownedRule("x", wide).key, ownedRule("x", rule(1000, { family: 6 })).key);
  });
});
