import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Route, VrrpConfig } from "../../src/conf/model.ts";
import { ObjectWork } from "../../src/vrrp/object-work.ts";
import type { ObjectKind } from "../../src/vrrp/object-work.ts";
import { config, instance, vip } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";
import { route, rule } from "./support/routing.ts";

const NET = "203.0.113.0/24";
/** eth1 is down and not followed. */
const BARE: Partial<Route> = { interface: undefined, via: ipAddress("198.51.100.254"), track: false };

function master(virtualRoutes: readonly Route[], more: Partial<VrrpConfig["instances"][number]> = {}): { segment: Segment; node: Node } {
  const segment = new Segment();
  const node = segment.node();
  node.kernel.setLink(3, "eth1");
  node.start(config([instance({ virtualRoutes, ...more })]));
  segment.clock.advance(20 * SECOND);
  assert.equal(node.state(), "MASTER");
  node.takeLines();
  return { segment, node };
}

test("each of 2,000 is compared with what may be the same, not with all", () => {
  let compared = 0;
  const shown: string[] = [];
  const kind: ObjectKind<string, string> = {
    add: (items) => items.map((item) => void shown.push(item)),
    remove: (items) => items.map((item) => void shown.splice(shown.indexOf(item), 1)),
    list: () => shown,
    told: (item) => item,
    groupOf: (item) => item,
    is: () => ++compared > 0,
    isListed: () => true,
    keyOf: (item) => item,
    keyIsAll: true,
  };
  const work = new ObjectWork(kind, { write: () => undefined }, { write: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined, detail: () => undefined });
  work.want("x", [...Array(2000).keys()].map((i) => ({ owner: "x", item: `${i}`, key: `${i}`, track: true, text: "" })));
  while (work.addSlice(128));
  shown.splice(7, 1);
  assert.deepEqual(work.findLost(work.list(), () => true).map(({ key }) => key), ["7"]);
  assert.equal(compared, 1999);
  assert.deepEqual([work.concerns("8"), work.concerns("7"), work.concerns("-1")], [true, false, false]);
});

describe("a route whose interface the kernel found", () => {
  /** The kernel shows it on eth1, and takes it along when that goes down. */
  function onEth1(node: Node): void {
    const routes = node.kernel.routes.bind(node.kernel);
    node.kernel.routes = () => routes().filter(() => node.kernel.links().find(({ index }) => index === 3)?.up === true).map((one) => ({ ...one, interfaceIndex: one.interfaceIndex ?? 3 }));
  }

  for (const [what, track] of [["one that is not followed", false], ["one that is", true]] as const) {
    test(`is not stolen when that goes down, and comes back with it: ${what}`, () => {
      const segment = new Segment();
      const node = segment.node();
      node.kernel.setLink(3, "eth1");
      onEth1(node);
      node.start(config([instance({ virtualRoutes: [route(NET, { ...BARE, track })] })]));
      segment.clock.advance(20 * SECOND);
      node.kernel.setLink(3, "eth1", false);
      node.kernel.routing.takeRoute(NET);
      segment.clock.advance(SECOND);
      assert.equal(node.state(), "MASTER");
      assert.deepEqual(node.kernel.routing.held, [NET].slice(1));
      node.kernel.setLink(3, "eth1", true);
      segment.clock.advance(SECOND);
      assert.deepEqual([node.state(), node.kernel.routing.held], ["MASTER", [NET]]);
    });
  }
});

test("what is to be asked of the kernel now is work, and no timer that is late", () => {
  const { segment, node } = master([route(NET, BARE)]);
  segment.clock.advance(20 * SECOND);
  assert.ok(node.engine.status().maxLatenessUs < SECOND);
  assert.deepEqual(node.lines.filter((line) => /timer/.test(line)), []);
});

test("nor is a static one, although nothing but the interface ever wakes us", () => {
  const segment = new Segment();
  const node = segment.node();
  node.kernel.setLink(3, "eth1");
  const routes = node.kernel.routes.bind(node.kernel);
  node.kernel.routes = () => routes().map((one) => ({ ...one, interfaceIndex: one.interfaceIndex ?? 3 }));
  node.start(config([]));
  node.engine.reload(config([], { staticRoutes: [{ ...route(NET, BARE), trackGroup: undefined }] }));
  segment.clock.advance(SECOND);
  node.kernel.routing.takeRoute(NET);
  node.kernel.setLink(3, "eth1", false);
  segment.clock.advance(SECOND);
  node.kernel.setLink(3, "eth1", true);
  segment.clock.advance(SECOND);
  assert.deepEqual(node.kernel.routing.held, [NET]);
});

describe("the kernel cannot be asked", () => {
  const broken = (): never => {
    throw new KernelError("RTM_GETROUTE", "EINTR");
  };

  test("about rules: what was found out about routes is not forgotten", () => {
    const { segment, node } = master([route(NET)], { virtualRules: [rule(1000)] });
    const rules = node.kernel.rules.bind(node.kernel);
    node.kernel.rules = broken;
    node.kernel.routing.takeRoute(NET);
    segment.clock.advance(100 * MILLISECOND);
    assert.equal(node.state(), "MASTER");
    node.kernel.rules = rules;
    segment.clock.advance(1_100 * MILLISECOND);
    assert.equal(node.state(), "BACKUP");
  });

  test("what stands in the way of a route: it is tried again when it can", () => {
    const segment = new Segment();
    const node = segment.node();
    const [theirs] = master([route(NET)]).node.kernel.routes();
    assert.ok(theirs);
    const list = node.kernel.routes.bind(node.kernel);
    node.start(config([instance({ virtualRoutes: [route(NET, { track: false })] })]));
    node.kernel.routing.putRoute(theirs);
    node.kernel.routes = broken;
    segment.clock.advance(5 * SECOND);
    assert.equal(node.state(), "MASTER");
    node.kernel.routes = list;
    segment.clock.advance(2 * SECOND);
    node.engine.stop();
    assert.deepEqual(node.kernel.routing.held, [], "it was there already, and so is ours");
  });

  test("what went along with an address: it comes back later", () => {
    const several = [vip("198.51.100.1", { prefixLength: 24 }), vip("198.51.100.2", { prefixLength: 24 })];
    const virtualRoutes = [route(NET, { src: ipAddress("198.51.100.2") })];
    const { segment, node } = master(virtualRoutes, { virtualAddresses: several });
    node.kernel.dropsSecondaries = true;
    const take = node.kernel.take.bind(node.kernel);
    node.kernel.take = (address) => {
      take(address);
      node.kernel.routing.takeRoute(NET);
    };
    const list = node.kernel.routes.bind(node.kernel);
    node.kernel.routes = broken;
    node.engine.reload(config([instance({ virtualAddresses: several.slice(1), virtualRoutes })]));
    segment.clock.advance(500 * MILLISECOND);
    assert.deepEqual([node.state(), node.kernel.routing.held], ["MASTER", []]);
    node.kernel.routes = list;
    segment.clock.advance(1_100 * MILLISECOND);
    assert.deepEqual([node.state(), node.kernel.routing.held], ["MASTER", [NET]]);
  });
});

test("what was recorded and is gone is recorded no longer", () => {
  const { node: before } = master([route(NET)], { virtualRules: [rule(1000)] });
  const node = new Segment().node();
  node.recordedAll = { ...before.recordedAll, addresses: [] };
  node.start(config([]));
  assert.deepEqual([node.recordedAll.routes, node.recordedAll.rules], [[], []]);
});
