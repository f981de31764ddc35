import assert from "node:assert/strict";
import { test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { VrrpInstance } from "../../src/conf/model.ts";
import { config, instance, ipv6, unicastTo } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";
import { mulberry32 } from "./support/random.ts";

/** What the routers of a segment have in common, by the addresses of all. */
const VARIANTS: readonly { readonly name: string; readonly vip: string; readonly of: (others: readonly number[], random: () => number) => Partial<VrrpInstance> }[] = [
  { name: "version 2", vip: "192.0.2.100", of: () => ({}) },
  { name: "version 3, each with an interval of its own", vip: "192.0.2.100", of: (_, random) => ({ version: 3, advertIntervalUs: (10 + Math.floor(random() * 90)) * 10 * MILLISECOND }) },
  { name: "version 3 over IPv6", vip: "fe80::100", of: () => ({ ...ipv6(), advertIntervalUs: 300 * MILLISECOND }) },
  { name: "version 3, unicast", vip: "192.0.2.100", of: (others) => ({ version: 3, ...unicastTo(others.map((i) => `192.0.2.${i}`)) }) },
  { name: "IPv6, unicast", vip: "fe80::100", of: (others) => ({ ...ipv6(), ...unicastTo(others.map((i) => `fe80::${i}`)) }) },
  { name: "version 2 with AH", vip: "192.0.2.100", of: () => ({ authentication: { type: "ah", password: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) } }) },
  { name: "version 3, signed", vip: "192.0.2.100", of: () => ({ version: 3, authHmac: { keys: [{ id: 1, secret: new Uint8Array(32), file: undefined }], activeKey: 1, timeWindowS: 60, antiReplay: "time", mode: "enforce" } }) },
];
const seeds = Number(process.env["SIMULATION_SEEDS"] ?? 21);

/** What goes wrong for a while; afterwards the network is whole again. */
function disturb(segment: Segment, nodes: readonly Node[], random: () => number): () => void {
  const victim = nodes[Math.floor(random() * nodes.length)];
  assert.ok(victim);
  const kind = random();
  if (kind < 0.35) {
    victim.cut = true;
    return () => (victim.cut = false);
  }
  if (kind < 0.7) {
    victim.clock.freeze();
    return () => victim.clock.thaw();
  }
  if (kind < 0.85) {
    victim.kernel.setLink(2, "eth0", false);
    return () => victim.kernel.setLink(2, "eth0", true);
  }
  segment.lan.loses = () => random() < 0.3;
  return () => (segment.lan.loses = () => false);
}

for (let seed = 1; seed <= seeds; seed++) {
  const variant = VARIANTS[seed % VARIANTS.length];
  test(`${variant?.name}: delay, loss, cuts, stalls and links down: in the end one MASTER, and only it holds the address (seed ${seed})`, () => {
    assert.ok(variant);
    const { vip: VIP } = variant;
    const random = mulberry32(seed);
    const segment = new Segment();
    segment.lan.delayUs = () => 50 + Math.floor(random() * 5000);
    const count = 2 + Math.floor(random() * 4);
    const nodes = Array.from({ length: count }, (_, i) => {
      const preempt = random() < 0.7;
      const others = [...Array(count).keys()].filter((other) => other !== i).map((other) => other + 1);
      return segment.node().start(config([instance({ priority: 50 + Math.floor(random() * 4) * 50, preempt, ...variant.of(others, random) })]));
    });
    const check = () => {
      for (const node of nodes) {
        if (node.state() !== "MASTER") assert.equal(node.kernel.holds(VIP), false, `${node.name} holds the address as ${node.state()}`);
      }
    };
    for (let round = 0; round < 6; round++) {
      const repair = disturb(segment, nodes, random);
      for (let i = 0; i < 40; i++) {
        segment.clock.advance(Math.floor(random() * 300) * MILLISECOND);
        check();
      }
      repair();
      segment.clock.advance(12 * SECOND);
      check();
      assert.deepEqual(nodes.filter((node) => node.state() === "MASTER").length, 1, `round ${round}: ${nodes.map((node) => node.state()).join(" ")}`);
      assert.deepEqual(nodes.filter((node) => node.kernel.holds(VIP)).length, 1);
    }
  });
}

test("stalls of any length with the master alive never take over", () => {
  const random = mulberry32(77);
  const segment = new Segment();
  const [master, ...backups] = [200, 100, 90].map((priority) => segment.node().start(config([instance({ priority })])));
  assert.ok(master);
  segment.clock.advance(10 * SECOND);
  for (const backup of backups) backup.takeTrace();
  for (let i = 0; i < 200; i++) {
    const backup = backups[Math.floor(random() * backups.length)];
    backup?.clock.freeze();
    segment.clock.advance(Math.floor(random() * 8000) * MILLISECOND);
    backup?.clock.thaw();
    segment.clock.advance(Math.floor(random() * 2000) * MILLISECOND);
  }
  for (const backup of backups) assert.deepEqual(backup.takeTrace(), []);
});
