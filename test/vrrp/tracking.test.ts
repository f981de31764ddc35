import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { effectivePriority } from "../../src/vrrp/priority.ts";
import { countResult, judgeScript, newScriptState, trackersOf } from "../../src/vrrp/track.ts";
import { config, group, instance, script, vip } from "./support/config.ts";
import { Segment } from "./support/node.ts";

const VIP = "192.0.2.100";

describe("script counter", () => {
  const rows: { name: string; rise: number; fall: number; from: number; results: string; want: number[] }[] = [
    { name: "after start one success decides", rise: 3, fall: 2, from: 2, results: "s", want: [4] },
    { name: "after start one failure decides", rise: 3, fall: 2, from: 2, results: "f", want: [0] },
    { name: "rise successes after being down", rise: 3, fall: 2, from: 0, results: "sss", want: [1, 2, 4] },
    { name: "a failure undoes a partial rise", rise: 3, fall: 2, from: 0, results: "ssf", want: [1, 2, 0] },
    { name: "fall failures after being up", rise: 3, fall: 2, from: 4, results: "ff", want: [3, 0] },
    { name: "a success refills", rise: 1, fall: 3, from: 3, results: "ffsff", want: [2, 1, 3, 2, 1] },
    { name: "rise 1, fall 1", rise: 1, fall: 1, from: 1, results: "fsf", want: [0, 1, 0] },
  ];
  for (const { name, rise, fall, from, results, want } of rows) {
    test(name, () => {
      let counter = from;
      assert.deepEqual([...results].map((result) => (counter = countResult(script("x", { rise, fall }), counter, result === "s"))), want);
    });
  }
  test("log lines", () => {
    const chk = script("chk", { rise: 1, fall: 2 });
    let state = newScriptState(chk);
    const lines: string[] = [];
    for (const exit of [
      { type: "exited", code: 0 },
      { type: "exited", code: 3 },
      { type: "timedOut" },
      { type: "exited", code: 0 },
      { type: "signalled", signal: 9 },
      { type: "signalled", signal: 9 },
    ] as const) {
      const step = judgeScript(chk, state, exit);
      state = step.state;
      lines.push(...step.lines, "-");
    }
    assert.deepEqual(lines, [
      "VRRP_Script(chk) succeeded",
      "-",
      "Script `chk` now returning 3",
      "-",
      "VRRP_Script(chk) timed_out",
      "-",
      "Script `chk` now returning 0",
      "VRRP_Script(chk) succeeded",
      "-",
      "-",
      "VRRP_Script(chk) failed (due to signal 9)",
      "-",
    ]);
  });
});

test("effective priority: sums, signs, limits and the owner", () => {
  const of = (base: number, ...parts: [number, boolean][]) => effectivePriority(base, parts.map(([weight, up]) => ({ from: "x", weight, up }))).priority;
  assert.deepEqual(
    [of(100, [20, true]), of(100, [20, false]), of(100, [-20, true]), of(100, [-20, false]), of(100, [253, true]), of(100, [-200, false]), of(255, [-200, false])],
    [120, 100, 100, 80, 254, 1, 255],
  );
});

test("trackers in a sync group lose their weights unless sync_group_tracking_weight", () => {
  const member = instance({
    trackScripts: [{ script: "w", weight: 5, reverse: false }, { script: "f", weight: 0, reverse: false }],
    trackInterfaces: [{ interface: "eth1", weight: 10, reverse: false }],
  });
  const plain = group("G", ["VI_1"], { trackScripts: [{ script: "g", weight: 7, reverse: false }] });
  const short = (keep: boolean, owner: boolean) => {
    const { interfaces, scripts } = trackersOf(member, { ...plain, syncGroupTrackingWeight: keep }, owner);
    return [...interfaces.map((i) => `${i.interface} ${i.weight}`), ...scripts.map((s) => `${s.script} ${s.weight}`)];
  };
  assert.deepEqual(short(false, false), ["eth1 0", "eth0 0", "f 0", "g 7"]);
  assert.deepEqual(short(true, false), ["eth1 10", "eth0 0", "w 5", "f 0", "g 7"]);
  assert.deepEqual(short(false, true), ["eth1 0", "eth0 0", "f 0", "g 0"]);
});

describe("what happens to a running instance", () => {
  test("a weighted script changes the priority and with it the election", () => {
    const segment = new Segment();
    const chk = { scripts: [script("chk")] };
    const a = segment.node().start(config([instance({ priority: 110, trackScripts: [{ script: "chk", weight: -20, reverse: false }] })], chk));
    const b = segment.node().start(config([instance({ priority: 100 })]));
    assert.deepEqual(a.trackedScripts, ["chk"]);
    a.engine.scriptResult("chk", { type: "exited", code: 0 });
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    a.takeLines();
    a.engine.scriptResult("chk", { type: "exited", code: 1 });
    assert.deepEqual(a.takeLines(), ["Script `chk` now returning 1", "VRRP_Script(chk) failed (exited with status 1)", "(VI_1) Changing effective priority from 110 to 90"]);
    assert.deepEqual(a.takeNotifications().slice(-1), ["priority VI_1 MASTER 90"]);
    segment.clock.advance(5 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["BACKUP", "MASTER"]);
    assert.deepEqual(a.engine.status().instances[0]?.priorityWhy, ["base 110", "script chk down -20"]);
  });

  test("interface down, up, deleted and recreated", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance()]));
    segment.clock.advance(5 * SECOND);
    a.takeTrace();
    a.kernel.setLink(2, "eth0", false);
    segment.clock.advance(0);
    assert.deepEqual(a.takeTrace(), ["FAULT", "advert 0", `-${VIP}`]);
    a.kernel.setLink(2, "eth0", true);
    segment.clock.advance(5 * SECOND);
    assert.equal(a.state(), "MASTER");

    const before = a.socket;
    a.kernel.deleteLink(2);
    segment.clock.advance(0);
    assert.equal(a.state(), "FAULT");
    assert.deepEqual(a.engine.status().instances[0]?.faults, ["interface eth0 down"]);
    assert.ok(before.closed);
    a.kernel.setLink(7, "eth0", true);
    segment.clock.advance(0);
    assert.deepEqual(a.engine.status().instances[0]?.faults, ["no IPv4 address for interface"]);
    a.kernel.put({ interfaceIndex: 7, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 });
    segment.clock.advance(5 * SECOND);
    assert.equal(a.state(), "MASTER");
    assert.ok(a.kernel.addresses().some((one) => one.interfaceIndex === 7 && one.address === ipAddress(VIP)));
  });

  test("every reason for FAULT counts: the first interface to come back does not clear it", () => {
    const segment = new Segment();
    const a = segment.node();
    a.kernel.setLink(8, "eth8", true);
    a.kernel.setLink(9, "eth9", true);
    const tracked = ["eth8", "eth9"].map((name) => ({ interface: name, weight: 0, reverse: false }));
    a.start(config([instance({ trackInterfaces: tracked })]));
    a.kernel.setLink(8, "eth8", false);
    a.kernel.setLink(9, "eth9", false);
    segment.clock.advance(0);
    a.kernel.setLink(8, "eth8", true);
    segment.clock.advance(0);
    assert.equal(a.state(), "FAULT");
    a.kernel.setLink(9, "eth9", true);
    segment.clock.advance(0);
    assert.equal(a.state(), "BACKUP");
  });

  test("a VIP deleted behind our back: priority 0, BACKUP, a new election; no_track does not care", () => {
    for (const [track, want] of [[true, ["BACKUP", "advert 0"]], [false, []]] as const) {
      const segment = new Segment();
      const a = segment.node().start(config([instance({ virtualAddresses: [vip(VIP, { track })] })]));
      segment.clock.advance(20 * SECOND);
      a.takeTrace();
      const held = a.kernel.addresses().find((one) => one.address === ipAddress(VIP));
      assert.ok(held);
      a.kernel.take(held);
      segment.clock.advance(100);
      assert.deepEqual(a.takeTrace(), want);
      segment.clock.advance(5 * SECOND);
      assert.equal(a.kernel.holds(VIP), track);
    }
  });

  test("a VIP whose loss was reported only as lost events", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance()]));
    segment.clock.advance(20 * SECOND);
    a.takeTrace();
    const held = a.kernel.addresses().find((one) => one.address === ipAddress(VIP));
    assert.ok(held);
    a.kernel.loseEvents(() => a.kernel.take(held));
    segment.clock.advance(100);
    assert.deepEqual(a.takeTrace(), ["BACKUP", "advert 0"]);
  });

  test("our own removals and additions in one breath are nobody's theft", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ priority: 255 })]));
    a.takeTrace();
    a.engine.reload(config([instance({ priority: 255, virtualAddresses: [vip("192.0.2.101")] })]));
    a.engine.reload(config([instance({ priority: 255 })]));
    segment.clock.advance(500 * MILLISECOND);
    assert.deepEqual(a.takeTrace().filter((entry) => !entry.startsWith("garp")), [`-${VIP}`, "+192.0.2.101", "-192.0.2.101", `+${VIP}`]);
    assert.equal(a.state(), "MASTER");
  });

  test("the own address goes away: FAULT", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance()]));
    segment.clock.advance(5 * SECOND);
    const own = a.kernel.addresses().find((one) => one.address === ipAddress("192.0.2.1"));
    assert.ok(own);
    a.kernel.take(own);
    segment.clock.advance(0);
    assert.deepEqual([a.state(), a.engine.status().instances[0]?.faults], ["FAULT", ["no IPv4 address for interface"]]);
  });

  test("a socket that cannot be opened is a FAULT that heals; a send that fails is told once", () => {
    const segment = new Segment();
    const a = segment.node();
    a.openFailure = new KernelError("IP_ADD_MEMBERSHIP eth0", "ENOBUFS");
    a.start(config([instance()]));
    assert.equal(a.state(), "FAULT");
    segment.clock.advance(3 * SECOND);
    assert.deepEqual(a.lines.filter((line) => line.includes("ENOBUFS")), ["cannot listen for adverts on eth0: IP_ADD_MEMBERSHIP eth0: ENOBUFS"]);
    a.openFailure = undefined;
    segment.clock.advance(6 * SECOND);
    assert.equal(a.state(), "MASTER");
    a.takeLines();
    a.socket.failure = new KernelError("sendto", "ENETDOWN");
    segment.clock.advance(5 * SECOND);
    assert.deepEqual(a.takeLines(), ["(VI_1): send advert error (sendto: ENETDOWN)"]);
    a.socket.failure = undefined;
    const sent = segment.lan.sent.length;
    segment.clock.advance(2 * SECOND);
    assert.equal(segment.lan.sent.length, sent + 2);
  });
});
