import assert from "node:assert/strict";
import { test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import type { VrrpInstance } from "../../src/conf/model.ts";
import { virtualMac } from "../../src/base/virtual-mac.ts";
import { GARP, config, instance, vip } from "./support/config.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeLan } from "./support/fake-lan.ts";
import { Node } from "./support/node.ts";

const INTERVAL = 2 * SECOND;
/** keepalived 2.2.7 chose these among the same addresses. */
const ADDRESSES: Partial<VrrpInstance> = {
  virtualAddresses: ["192.0.2.100", "192.0.2.101"].map((one) => vip(one)).concat(["198.51.100.100", "198.51.100.101"].map((one) => vip(one, { interface: "eth1" }))),
  excludedAddresses: [vip("198.51.100.102", { interface: "eth1" }), vip("2001:db8::9", { interface: "eth1" })],
};
const VMAC = { vmac: { name: undefined, mac: virtualMac(4, 51), netlinkNotifyMsg: false, group: undefined, xmitBase: false }, useVmacAddr: true } as const;

const router = (all: boolean, more: Partial<VrrpInstance> = {}, intervalUs = INTERVAL) =>
  instance({ ...ADDRESSES, priority: 255, garp: { ...GARP, masterDelayUs: 0, masterRepeat: 1 }, garpExtraIf: { intervalUs, all }, ...more });

function started(made: VrrpInstance): { readonly clock: FakeClock; readonly node: Node } {
  const clock = new FakeClock();
  const lans = { eth0: new FakeLan(clock), eth1: new FakeLan(clock) };
  const node = new Node("n", clock, { lans, addresses: { eth0: ["192.0.2.1", "fe80::1"], eth1: ["198.51.100.1", "fe80::2"] } }).start(config([made]));
  clock.advance(SECOND);
  assert.equal(node.state(), "MASTER");
  node.takeTrace();
  return { clock, node };
}

const announced = (node: Node) => node.takeTrace().filter((entry) => /^(garp|na) /.test(entry));
const cases: readonly (readonly [what: string, made: VrrpInstance, each: readonly string[]])[] = [
  ["macvlans elsewhere: the first address of each", router(false, VMAC), ["garp 198.51.100.100", "na 2001:db8::9"]],
  ["adverts on the interface below: the instance's own macvlan, too", router(false, { ...VMAC, vmac: { ...VMAC.vmac, xmitBase: true } }), ["garp 192.0.2.100", "garp 198.51.100.100", "na 2001:db8::9"]],
  ["no macvlan: nothing", router(false), []],
  ["all: interfaces without one, too", router(true), ["garp 198.51.100.100"]],
  ["off", router(true, {}, 0), []],
];
for (const [what, made, each] of cases) {
  test(what, () => {
    const { clock, node } = started(made);
    clock.advance(3 * INTERVAL);
    assert.deepEqual(announced(node), [...each, ...each, ...each]);
  });
}

test("a reload changes the interval, and a BACKUP announces nothing", () => {
  const { clock, node } = started(router(true, { priority: 255 }));
  node.engine.reload(config([router(true, {}, 5 * SECOND)]));
  clock.advance(4 * SECOND);
  assert.deepEqual(announced(node), []);
  clock.advance(2 * SECOND);
  assert.deepEqual(announced(node), ["garp 198.51.100.100"]);
  node.kernel.setLink(2, "eth0", false);
  clock.advance(20 * SECOND);
  assert.deepEqual([node.state(), announced(node)], ["FAULT", []]);
});
