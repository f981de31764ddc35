import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import { effectivePriority } from "../../src/vrrp/priority.ts";
import { evaluate } from "../../src/vrrp/track.ts";
import { config, group, instance } from "./support/config.ts";
import { Segment } from "./support/node.ts";

const tracked = (name: string, weight: number, reverse = false) => ({ name, weight, reverse });

describe("what a tracked BFD instance means", () => {
  const rows: { weight: number; reverse?: boolean; up: number | string; down: number | string }[] = [
    { weight: 20, up: 120, down: 100 },
    { weight: -20, up: 100, down: 80 },
    { weight: 20, reverse: true, up: 100, down: 120 },
    { weight: -20, reverse: true, up: 80, down: 100 },
    { weight: 0, up: 100, down: "(VI_1): entering FAULT state (BFD instance B1 down)" },
    { weight: 0, reverse: true, up: "(VI_1): entering FAULT state (BFD instance B1 up)", down: 100 },
  ];
  for (const { weight, reverse = false, up, down } of rows) {
    test(`weight ${weight}${reverse ? " reverse" : ""}: ${up} when up, ${down} when down`, () => {
      const of = (state: boolean) => {
        const sources = { interfaceUp: () => true, scriptUp: () => undefined, fileValue: () => undefined, processUp: () => undefined, bfdUp: (name: string) => name === "B1" && state };
        const { contributions, faults } = evaluate("VI_1", { interfaces: [], scripts: [], files: [], processes: [], bfds: [tracked("B1", weight, reverse)] }, sources);
        return faults[0]?.startLine ?? effectivePriority(100, contributions).priority;
      };
      assert.deepEqual([of(true), of(false)], [up, down]);
    });
  }
});

// keepalived 2.2.7, observed: FAULT until the session is up, BACKUP then, FAULT again with priority 0 when it goes down.
test("an instance begins in FAULT, starts when the session is up and fails when it goes down", () => {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ trackBfds: [tracked("B1", 0)] })]));
  assert.deepEqual([a.state(), a.engine.status().instances[0]?.faults], ["FAULT", ["BFD instance B1 down"]]);
  a.takeLines();
  a.engine.bfdResult("B1", false);
  assert.deepEqual(a.takeLines(), []);
  a.engine.bfdResult("B1", true);
  assert.equal(a.takeLines()[0], "VRRP_Instance(VI_1) Tracked BFD instance B1 is UP");
  assert.equal(a.state(), "BACKUP");
  segment.clock.advance(5 * SECOND);
  assert.equal(a.state(), "MASTER");
  a.engine.bfdResult("B1", true);
  a.engine.bfdResult("other", true);
  assert.equal(a.state(), "MASTER");
  a.takeLines();
  a.takeTrace();
  a.engine.bfdResult("B1", false);
  assert.equal(a.takeLines()[0], "VRRP_Instance(VI_1) Tracked BFD instance B1 is DOWN");
  assert.deepEqual(a.takeTrace(), ["FAULT", "advert 0", "-192.0.2.100"]);
});

test("a sync group's session counts for all its members, and what was heard survives a reload", () => {
  const segment = new Segment();
  const members = [instance(), instance({ name: "VI_2", vrid: 52, virtualAddresses: [] })];
  const whole = config(members, { syncGroups: [group("G", ["VI_1", "VI_2"], { trackBfds: [tracked("B1", 0)] })] });
  const a = segment.node().start(whole);
  assert.deepEqual(a.engine.status().instances.map(({ state }) => state), ["FAULT", "FAULT"]);
  a.takeLines();
  a.engine.bfdResult("B1", true);
  assert.deepEqual(a.takeLines().slice(0, 2), ["VRRP_Instance(VI_1) Tracked BFD instance B1 is UP", "VRRP_Instance(VI_2) Tracked BFD instance B1 is UP"]);
  segment.clock.advance(5 * SECOND);
  a.engine.reload(whole);
  assert.deepEqual(a.engine.status().instances.map(({ state }) => state), ["MASTER", "MASTER"]);
});
