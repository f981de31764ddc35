import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { routerKey } from "../../src/base/router-key.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { planReload } from "../../src/vrrp/reload.ts";
import { config, instance, script, unicastTo, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";

const VIP = "192.0.2.100";
const BASE = instance();
const SECOND_INSTANCE = instance({ name: "VI_2", vrid: 52, virtualAddresses: [vip("192.0.2.200")] });

test("plan by key: names do not matter, interface and source do", () => {
  const running = new Map([BASE, SECOND_INSTANCE].map((one) => [routerKey(one), one]));
  const plan = planReload(running, config([{ ...BASE, name: "renamed" }, instance({ interface: "eth1" })]));
  assert.deepEqual(plan.changed.map((one) => one.config.name), ["renamed"]);
  assert.deepEqual(plan.added.map((one) => one.interface), ["eth1"]);
  assert.deepEqual(plan.removed, [routerKey(SECOND_INSTANCE)]);
  assert.deepEqual(planReload(running, config([structuredClone(BASE), SECOND_INSTANCE])).unchanged, [...running.keys()]);
  const other = instance({ sourceAddress: ipAddress("192.0.2.7") });
  assert.deepEqual(planReload(running, config([other])).added, [other]);
});

describe("stories of a MASTER", () => {
  /** Each line reloads and names exactly what the outside sees until the next advert is due. */
  const story = [
    { name: "nothing changed", next: [BASE], want: [] },
    { name: "an address more", next: [instance({ virtualAddresses: [vip("192.0.2.100"), vip("192.0.2.101")] })], want: ["+192.0.2.101", ...Array<string>(5).fill("garp 192.0.2.101")] },
    { name: "an address less", next: [BASE], want: ["-192.0.2.101"] },
    { name: "another label", next: [instance({ virtualAddresses: [vip("192.0.2.100", { label: "eth0:1" })] })], want: ["-192.0.2.100", "+192.0.2.100", ...Array<string>(5).fill("garp 192.0.2.100")] },
    { name: "another name and priority", next: [instance({ name: "renamed", priority: 120, virtualAddresses: [vip("192.0.2.100", { label: "eth0:1" })] })], want: [] },
    { name: "an instance more", next: [BASE, SECOND_INSTANCE], want: ["BACKUP", "-192.0.2.100", "+192.0.2.100", ...Array<string>(5).fill("garp 192.0.2.100")] },
  ];
  test("addresses by difference, no flap, no late advert", () => {
    const { segment, master } = settledMaster(config([BASE]));
    for (const { name, next, want } of story) {
      segment.clock.advance(100 * MILLISECOND);
      const before = segment.lan.sent.length;
      const due = master.engine.status().instances[0]?.dueInUs ?? 0;
      master.engine.reload(config(next));
      assert.equal(master.engine.status().instances[0]?.dueInUs, due, name);
      segment.clock.advance(1);
      assert.deepEqual(master.takeTrace(), want, name);
      assert.equal(segment.lan.sent.length, before, name);
    }
    assert.deepEqual(master.takeLines(), [
      "(VI_1) ip address 192.0.2.101/32 dev eth0, no longer exist",
      "(renamed) Changing effective priority from 100 to 120",
      "(VI_1) Changing effective priority from 120 to 100",
      "(VI_2) Entering BACKUP STATE (init)",
      "BACKUP of VI_2: started with priority 100",
    ]);
  });

  test("a removed instance says goodbye and is told as DELETED", () => {
    const { segment, master } = settledMaster(config([BASE, SECOND_INSTANCE]));
    master.engine.reload(config([BASE]));
    segment.clock.advance(1);
    assert.deepEqual(master.takeTrace(), ["advert 0", "DELETED", "-192.0.2.200"]);
    assert.deepEqual(master.states(), ["MASTER"]);
  });

  test("adverts of an unchanged instance stay on their beat through many reloads", () => {
    const { segment, master } = settledMaster(config([BASE]));
    segment.lan.sent.length = 0;
    for (let i = 0; i < 40; i++) {
      segment.clock.advance(130 * MILLISECOND);
      master.engine.reload(config([BASE, instance({ name: "VI_2", vrid: 52, priority: 1 + i })]));
    }
    const times = segment.lan.sent.filter(({ packet }) => packet[21] === 51).map(({ at }) => at);
    assert.deepEqual(new Set(times.slice(1).map((at, i) => at - (times[i] ?? 0))), new Set([SECOND]));
  });

  test("another version: the next advert has it, and nothing else happens", () => {
    const { segment, master } = settledMaster(config([BASE]));
    master.engine.reload(config([instance({ version: 3 })]));
    segment.clock.advance(SECOND);
    assert.deepEqual([master.states(), master.takeTrace(), (segment.lan.sent.at(-1)?.packet[20] ?? 0) >> 4], [["MASTER"], ["advert 100"], 3]);
  });

  test("of two instances with one VRID and source, each is matched by its peers", () => {
    const unicast = (name: string, ...peers: string[]) => instance({ name, ...unicastTo(peers), virtualAddresses: [vip(name === "A" ? VIP : "192.0.2.200")] });
    const { segment, master } = settledMaster(config([unicast("A", "192.0.2.8"), unicast("B", "192.0.2.9")]));
    assert.deepEqual(master.states(), ["MASTER", "MASTER"]);
    master.engine.reload(config([unicast("B", "192.0.2.9"), unicast("A", "192.0.2.8")]));
    segment.clock.advance(1);
    assert.deepEqual([master.states(), master.takeTrace()], [["MASTER", "MASTER"], []]);
  });

  test("of two instances with one VRID and source the one that goes is the one whose peers are named no longer", () => {
    const unicast = (name: string, peer: string, address: string) => instance({ name, ...unicastTo([peer]), virtualAddresses: [vip(address)] });
    const last = unicast("B", "192.0.2.9", "192.0.2.200");
    const { segment, master } = settledMaster(config([unicast("A", "192.0.2.8", VIP), last]));
    master.engine.reload(config([last]));
    segment.clock.advance(1);
    assert.deepEqual([master.states(), master.takeTrace()], [["MASTER"], ["advert 0", "DELETED", `-${VIP}`]]);
    assert.equal(segment.lan.sent.at(-1)?.destination, "192.0.2.8");
  });
});

test("a script with the same command line keeps its verdict, and nobody returns to INIT", () => {
  const segment = new Segment();
  const tracked = instance({ trackScripts: [{ script: "chk", weight: 0, reverse: false }] });
  const a = segment.node().start(config([tracked], { scripts: [script("chk")] }));
  a.engine.scriptResult("chk", { type: "exited", code: 0 });
  segment.clock.advance(5 * SECOND);
  a.takeLines();
  a.engine.reload(config([tracked], { scripts: [script("chk", { rise: 3, fall: 4 })] }));
  assert.deepEqual([a.state(), a.takeLines()], ["MASTER", ["VRRP_Script(chk) considered successful on reload"]]);
  for (const want of ["MASTER", "MASTER", "MASTER", "FAULT"]) {
    a.engine.scriptResult("chk", { type: "exited", code: 1 });
    assert.equal(a.state(), want);
  }
});

test("with the first address of a subnet the kernel drops the others: what is wanted goes back, nobody resigns", () => {
  const first = vip("198.51.100.10", { prefixLength: 24 });
  const second = vip("198.51.100.11", { prefixLength: 24 });
  const { segment, master } = settledMaster(config([instance({ virtualAddresses: [first, second] })]));
  master.kernel.dropsSecondaries = true;
  master.engine.reload(config([instance({ virtualAddresses: [second] })]));
  segment.clock.advance(500 * MILLISECOND);
  assert.deepEqual([master.kernel.holds("198.51.100.10"), master.kernel.holds("198.51.100.11"), master.state()], [false, true, "MASTER"]);
  assert.ok(!master.takeTrace().includes("advert 0"));
});
