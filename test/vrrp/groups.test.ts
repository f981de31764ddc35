import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { VrrpConfig, VrrpInstance } from "../../src/conf/model.ts";
import { config, group, instance, script, vip } from "./support/config.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeLan } from "./support/fake-lan.ts";
import { Node } from "./support/node.ts";

const OUTSIDE = "192.0.2.100";
const INSIDE = "198.51.100.100";

/** The classic pair: a director on two networks, both instances in one group. */
class Pair {
  readonly clock = new FakeClock();
  readonly outside = new FakeLan(this.clock);
  readonly inside = new FakeLan(this.clock);

  node(number: number): Node {
    const lans = { eth0: this.outside, eth1: this.inside };
    return new Node(`d${number}`, this.clock, { lans, addresses: { eth0: `192.0.2.${number}`, eth1: `198.51.100.${number}` } });
  }
}

function pairConfig(priority: number, each: Partial<VrrpInstance> = {}, more: Partial<VrrpConfig> = {}): VrrpConfig {
  const outside = instance({ name: "OUT", priority, ...each });
  const inside = instance({ name: "IN", interface: "eth1", vrid: 52, priority, virtualAddresses: [vip(INSIDE, { interface: "eth1" })], ...each });
  return config([outside, inside], { syncGroups: [group("G", ["OUT", "IN"])], ...more });
}

const holds = (node: Node) => [node.kernel.holds(OUTSIDE), node.kernel.holds(INSIDE)];

function elected(): { pair: Pair; a: Node; b: Node } {
  const pair = new Pair();
  const a = pair.node(1).start(pairConfig(150));
  const b = pair.node(2).start(pairConfig(100));
  pair.clock.advance(10 * SECOND);
  assert.deepEqual([a.states(), b.states()], [["MASTER", "MASTER"], ["BACKUP", "BACKUP"]]);
  return { pair, a, b };
}

test("a group becomes MASTER as a whole, with keepalived's lines and one notification each", () => {
  const { a } = elected();
  assert.deepEqual(a.takeLines(), [
    "(OUT) Entering BACKUP STATE (init)",
    "BACKUP of OUT: started with priority 150",
    "(IN) Entering BACKUP STATE (init)",
    "BACKUP of IN: started with priority 150",
    "(IN) Entering MASTER STATE",
    "VRRP_Group(G) Syncing instances to MASTER state",
    "MASTER of IN: no advert for 3.41 s, no other router heard, and sync group G agrees",
    "(OUT) Entering MASTER STATE",
    "MASTER of OUT: no advert for 3.41 s, no other router heard, and sync group G agrees",
  ]);
  assert.deepEqual(a.takeNotifications(), [
    "instance OUT BACKUP",
    "instance IN BACKUP",
    "group G BACKUP",
    "instance IN MASTER",
    "instance OUT MASTER",
    "group G MASTER",
  ]);
});

test("one interface down: all to FAULT with priority 0 on both networks; both VIPs move together, and back", () => {
  const { pair, a, b } = elected();
  a.takeLines();
  a.kernel.setLink(3, "eth1", false);
  pair.clock.advance(0);
  assert.deepEqual(a.states(), ["FAULT", "FAULT"]);
  assert.deepEqual(holds(a), [false, false]);
  assert.deepEqual(a.takeLines(), [
    "Netlink reports eth1 down",
    "(IN) Entering FAULT STATE",
    "VRRP_Group(G) Syncing instances to FAULT state",
    "FAULT of IN: interface eth1 down",
    "(OUT) Entering FAULT STATE",
    "FAULT of OUT: sync group G",
  ]);
  pair.clock.advance(700 * MILLISECOND);
  assert.deepEqual([b.states(), holds(b)], [["MASTER", "MASTER"], [true, true]]);

  a.kernel.setLink(3, "eth1", true);
  pair.clock.advance(5 * SECOND);
  assert.deepEqual([a.states(), b.states()], [["MASTER", "MASTER"], ["BACKUP", "BACKUP"]]);
  assert.deepEqual([holds(a), holds(b)], [[true, true], [false, false]]);
});

test("a member alone may not become MASTER: the other one still hears its master", () => {
  const { pair, a, b } = elected();
  for (const socket of a.sockets.slice(0, 1)) socket.cut = () => true; // only the outside is cut
  pair.clock.advance(20 * SECOND);
  assert.deepEqual(b.states(), ["BACKUP", "BACKUP"]);
  assert.deepEqual(holds(b), [false, false]);
});

test("a killed director: both VIPs move within the same turn", () => {
  const { pair, a, b } = elected();
  a.kill();
  b.takeTrace();
  pair.clock.advance(4 * SECOND);
  assert.deepEqual(b.takeTrace().filter((entry) => !entry.startsWith("garp")).slice(0, 6), ["advert 100", "MASTER", "advert 100", "MASTER", `+${INSIDE}`, `+${OUTSIDE}`]);
});

test("yielding to a higher priority on one network takes the other along, without priority 0", () => {
  const { pair, a, b } = elected();
  b.engine.reload(pairConfig(200));
  a.takeTrace();
  a.takeLines();
  pair.clock.advance(5 * SECOND);
  assert.deepEqual([a.states(), b.states()], [["BACKUP", "BACKUP"], ["MASTER", "MASTER"]]);
  assert.ok(!a.takeTrace().includes("advert 0"));
  assert.deepEqual(a.takeLines().slice(0, 7).map((line) => line.replace(/\((IN|OUT)\)/, "(X)").replace(/of (IN|OUT)/, "of X")), [
    "(X) router 192.0.2.2 heard, priority 200",
    "(X) Master received advert from 192.0.2.2 with higher priority 200, ours 150",
    "(X) Entering BACKUP STATE",
    "VRRP_Group(G) Syncing instances to BACKUP state",
    "BACKUP of X: higher priority 200 from 192.0.2.2, ours 150",
    "(X) Entering BACKUP STATE",
    "BACKUP of X: sync group G",
  ]);
});

test("a VIP taken away from one member: all say goodbye, each waits its own Skew_Time, the same director is elected", () => {
  const pair = new Pair();
  const high = pairConfig(150);
  const a = pair.node(1).start({ ...high, instances: high.instances.map((one) => (one.name === "IN" ? { ...one, priority: 130 } : one)) });
  const b = pair.node(2).start(pairConfig(100));
  pair.clock.advance(20 * SECOND);
  for (const node of [a, b]) for (const told of [node.takeLines(), node.takeTrace(), node.takeNotifications()]) assert.ok(told.length > 0);
  const held = a.kernel.addresses().find((one) => one.address === ipAddress(OUTSIDE));
  assert.ok(held);

  a.kernel.take(held);
  pair.clock.advance(0);
  assert.deepEqual(a.takeTrace().slice(0, 4), ["BACKUP", "advert 0", "BACKUP", "advert 0"]);
  assert.deepEqual(a.takeLines(), [
    "(OUT) Entering BACKUP STATE",
    `BACKUP of OUT: address ${OUTSIDE} was removed`,
    "(IN) Entering BACKUP STATE",
    "BACKUP of IN: sync group G",
  ]);
  assert.deepEqual(a.takeNotifications(), ["instance OUT BACKUP", "instance IN BACKUP", "group G BACKUP"]);
  assert.deepEqual(a.engine.status().instances.map((one) => one.dueInUs), [414_063, 492_188]);
  pair.clock.advance(492_188);
  assert.deepEqual([a.states(), holds(a)], [["MASTER", "MASTER"], [true, true]]);
  pair.clock.advance(5 * SECOND);
  assert.deepEqual([b.states(), b.takeNotifications()], [["BACKUP", "BACKUP"], []]);
});

test("a group removed by a reload: nobody is told of it, as with keepalived; its members are told of as they are", () => {
  for (const [remaining, told] of [
    [["OUT", "IN"], []],
    [["OUT"], ["instance IN DELETED"]],
    [[], ["instance OUT DELETED", "instance IN DELETED"]],
  ] as const) {
    const { pair, a, b } = elected();
    const names: readonly string[] = remaining;
    for (const node of [a, b]) {
      node.takeNotifications();
      const { instances } = pairConfig(node === a ? 150 : 100);
      node.engine.reload(config(instances.filter((one) => names.includes(one.name))));
    }
    pair.clock.advance(10 * SECOND);
    assert.deepEqual([a.takeNotifications(), b.takeNotifications()], [told, told]);
    assert.deepEqual(a.states(), remaining.map(() => "MASTER"));
    assert.deepEqual(a.engine.status().groups, []);
  }
});

test("owners start as a group", () => {
  const pair = new Pair();
  const a = pair.node(1).start(pairConfig(255));
  assert.deepEqual([a.states(), holds(a)], [["MASTER", "MASTER"], [true, true]]);
});

test("a group's script applies to every member; all wait in INIT for its first result", () => {
  const pair = new Pair();
  const chk = { syncGroups: [group("G", ["OUT", "IN"], { trackScripts: [{ script: "chk", weight: 0, reverse: false }] })], scripts: [script("chk")] };
  const a = pair.node(1).start(pairConfig(150, {}, chk));
  pair.clock.advance(10 * SECOND);
  assert.deepEqual(a.states(), ["INIT", "INIT"]);
  a.engine.scriptResult("chk", { type: "exited", code: 0 });
  pair.clock.advance(5 * SECOND);
  assert.deepEqual(a.states(), ["MASTER", "MASTER"]);
  a.engine.scriptResult("chk", { type: "exited", code: 1 });
  assert.deepEqual(a.states(), ["FAULT", "FAULT"]);
  assert.deepEqual(a.takeNotifications().slice(-3), ["instance OUT FAULT", "instance IN FAULT", "group G FAULT"]);
});

test("a lower priority heard by one member is answered with gratuitous ARP by all", () => {
  const { pair, a, b } = elected();
  pair.clock.advance(20 * SECOND);
  a.announced.length = 0;
  b.engine.stop();
  const c = pair.node(3).start(config([instance({ name: "OUT", priority: 50, preempt: true })]));
  // It never hears us, so it becomes MASTER and is then heard with its lower priority.
  c.socket.receive = () => undefined;
  pair.clock.advance(3 * SECOND + 820 * MILLISECOND);
  assert.deepEqual([...new Set(a.announced.map(({ address }) => address))].sort(), [OUTSIDE, INSIDE].sort());
});
