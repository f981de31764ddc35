import assert from "node:assert/strict";
import { test } from "vitest";
import { repeatedStates } from "../../src/daemon/repeated-states.ts";
import { config, group, instance } from "../vrrp/support/config.ts";
import { Segment } from "../vrrp/support/node.ts";

test("instances, then groups, with what they are; none that has no state yet", () => {
  const segment = new Segment();
  const routers = [instance({ name: "A" }), instance({ name: "B", vrid: 52 }), instance({ name: "C", vrid: 53, interface: "eth9" })];
  const node = segment.node().start(config(routers, { syncGroups: [group("G", ["A", "B"])] }));
  const told = () => repeatedStates(node.engine.status()).map((one) => (one.type === "vrrp" ? [one.scope, one.name, one.state, one.priority, one.repeated] : one));
  segment.clock.advance(10_000_000);
  assert.deepEqual(told(), [
    ["instance", "A", "MASTER", 100, true],
    ["instance", "B", "MASTER", 100, true],
    ["instance", "C", "FAULT", 100, true],
    ["group", "G", "MASTER", 0, true],
  ]);
});
