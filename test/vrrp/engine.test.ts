import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { config, instance, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import { advertPacket } from "./support/packets.ts";

const VIP = "192.0.2.100";

describe("election", () => {
  test("the higher priority is elected and a cut master is replaced within Master_Down_Interval", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ priority: 150 })]));
    const b = segment.node().start(config([instance({ priority: 100 })]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    assert.deepEqual([a.kernel.holds(VIP), b.kernel.holds(VIP)], [true, false]);

    a.cut = true;
    segment.clock.advance(2600 * MILLISECOND);
    assert.equal(b.state(), "BACKUP");
    segment.clock.advance(1100 * MILLISECOND);
    assert.equal(b.state(), "MASTER");

    a.cut = false;
    segment.clock.advance(2 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    assert.deepEqual([a.kernel.holds(VIP), b.kernel.holds(VIP)], [true, false]);
  });

  test("becoming MASTER: advert, notification, record, address, gratuitous ARP, in this order and at the deadline", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ excludedAddresses: [vip("192.0.2.101"), vip("2001:db8::1")] })]));
    const down = 3 * SECOND + 609_375;
    segment.clock.advance(down - 1);
    assert.deepEqual(a.trace, ["BACKUP", "record 0"]);
    segment.clock.advance(1);
    assert.deepEqual(a.trace.splice(0), [
      "BACKUP",
      "record 0",
      "advert 100",
      "MASTER",
      "record 3",
      "+192.0.2.100",
      "+192.0.2.101",
      "+2001:db8::1",
      "garp 192.0.2.100",
      "garp 192.0.2.101",
      "na 2001:db8::1",
      ...Array.from({ length: 4 }, () => ["garp 192.0.2.100", "garp 192.0.2.101", "na 2001:db8::1"]).flat(),
    ]);
    assert.deepEqual(a.takeLines(), [
      "(VI_1) Entering BACKUP STATE (init)",
      "BACKUP of VI_1: started with priority 100",
      "(VI_1) Entering MASTER STATE",
      "MASTER of VI_1: no advert for 3.61 s, no other router heard",
    ]);
    assert.deepEqual(a.details.slice(0, 4), [
      "(VI_1) Receive advertisement timeout",
      "(VI_1) setting VIPs.",
      "(VI_1) setting E-VIPs.",
      "Sending gratuitous ARP on eth0 for 192.0.2.100",
    ]);
    segment.clock.advance(5 * SECOND);
    assert.equal(a.announced.length, 3 * 10, "a second set of five after garp_master_delay");
  });

  test("SIGTERM: priority 0 leaves before the addresses go, and the backup takes over within the skew time", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ priority: 150 })]));
    const b = segment.node().start(config([instance({ priority: 100 })]));
    segment.clock.advance(10 * SECOND);
    a.takeTrace();
    a.engine.stop();
    a.engine.stop();
    assert.deepEqual(a.takeTrace(), ["advert 0", "-192.0.2.100", "STOP"]);
    assert.deepEqual(a.recorded, []);
    segment.clock.advance(609_375 + 99);
    assert.equal(b.state(), "BACKUP");
    segment.clock.advance(1);
    assert.equal(b.state(), "MASTER");
  });

  test("equal priorities: the higher address wins", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance()]));
    const b = segment.node().start(config([instance()]));
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["BACKUP", "MASTER"]);
  });
});

describe("what has arrived comes before what has run out", () => {
  test("a stalled backup that finds an advert waiting does not take over", () => {
    const takeover = ["BACKUP", "advert 100", "MASTER", "+192.0.2.100", ...Array<string>(5).fill("garp 192.0.2.100")];
    for (const [waiting, want] of [[true, ["BACKUP"]], [false, takeover]] as const) {
      const segment = new Segment();
      const b = segment.node().start(config([instance()]));
      b.clock.freeze(); // the process is not scheduled, the kernel goes on queueing
      segment.clock.advance(3 * SECOND + 700 * MILLISECOND);
      if (waiting) b.socket.deliver(advertPacket({ priority: 150, source: "192.0.2.9" }));
      b.clock.thaw();
      segment.clock.advance(0);
      assert.deepEqual(b.takeTrace(), want); // not the final state: a brief takeover ends in BACKUP too
    }
  });

  test("Master_Down_Interval counts from an advert's arrival, however late it is read and whatever the wall clock does", () => {
    const arrivedAt = SECOND;
    const readAt = 3 * SECOND;
    const down = 3 * SECOND + 609_375;
    // A step of the wall clock may claim an arrival in the future, or before the socket was last empty (at the start here).
    const rows = [
      { stepUs: 0, from: arrivedAt },
      { stepUs: -3600 * SECOND, from: readAt },
      { stepUs: 3600 * SECOND, from: 0 },
    ];
    for (const { stepUs, from } of rows) {
      const segment = new Segment();
      const b = segment.node().start(config([instance()]));
      b.clock.freeze();
      segment.clock.advance(arrivedAt);
      b.socket.deliver(advertPacket({ priority: 150, source: "192.0.2.9" }));
      b.socket.stepUs = stepUs;
      segment.clock.advance(readAt - arrivedAt);
      b.clock.thaw();
      segment.clock.advance(from + down - readAt - 1);
      assert.equal(b.state(), "BACKUP", `step ${stepUs}`);
      segment.clock.advance(1);
      assert.equal(b.state(), "MASTER", `step ${stepUs}`);
    }
  });

  test("what handling an advert takes is not added to its arrival", () => {
    const segment = new Segment();
    const b = segment.node().start(config([instance()]));
    segment.clock.advance(SECOND);
    b.socket.deliver(advertPacket({ priority: 150, source: "192.0.2.9", addresses: ["192.0.2.55"] }));
    b.takeLines();
    b.onLine = () => segment.clock.pass(MILLISECOND);
    segment.clock.advance(0);
    assert.deepEqual(b.takeLines(), [
      "(VI_1) ip address associated with VRID 51 not present in advert from 192.0.2.9: 192.0.2.100",
      "(VI_1) router 192.0.2.9 heard, priority 150",
    ]);
    b.onLine = () => undefined;
    segment.clock.advance(3 * SECOND + 609_375 - 2 * MILLISECOND - 1);
    assert.equal(b.state(), "BACKUP");
    segment.clock.advance(1);
    assert.equal(b.state(), "MASTER");
  });

  test("a stall of 3.3 s with the master's adverts queued takes over nothing", () => {
    const segment = new Segment();
    segment.node().start(config([instance({ priority: 150 })]));
    const b = segment.node().start(config([instance()]));
    segment.clock.advance(10_500 * MILLISECOND);
    b.takeTrace();
    b.clock.freeze();
    segment.clock.advance(30 * SECOND);
    b.clock.thaw();
    segment.clock.advance(5 * SECOND);
    assert.deepEqual(b.takeTrace(), []);
  });

  test("a wake-up more than a second late is told with keepalived's line, once a stall", () => {
    const { segment, master } = settledMaster(config([instance()]));
    const stall = (lateUs: number): string[] => {
      const due = master.engine.status().instances[0]?.dueInUs ?? 0;
      master.clock.freeze();
      segment.clock.advance(due + lateUs);
      master.clock.thaw();
      segment.clock.advance(0);
      for (let i = 0; i < 3; i++) master.socket.deliver(advertPacket({ priority: 50, timeToLive: 1 }));
      segment.clock.advance(1);
      return master.takeLines().filter((line) => line.includes("expired"));
    };
    assert.deepEqual(stall(SECOND), []);
    assert.deepEqual(stall(SECOND + 1), ["A thread timer expired 1.000001 seconds ago"]);
    assert.deepEqual(stall(12_050 * MILLISECOND), ["A thread timer expired 12.050000 seconds ago"]);
    assert.equal(master.engine.lateness.maxUs, 12_050 * MILLISECOND);
  });

  test("a flood without end keeps neither a MASTER silent nor a dead master alive", () => {
    const segment = new Segment();
    const b = segment.node().start(config([instance()]));
    const garbage = advertPacket({ priority: 150, source: "192.0.2.9", timeToLive: 1 });
    let read = 0;
    b.socket.receive = () => {
      read++;
      return { packet: garbage, source: ipAddress("192.0.2.9") };
    };
    segment.clock.turnCostUs = 50 * MILLISECOND;
    b.socket.deliver(garbage);
    segment.clock.advance(4 * SECOND);
    assert.equal(b.state(), "MASTER");
    assert.ok(read > 20_000);
    const sent = segment.lan.sent.length;
    segment.clock.advance(5 * SECOND);
    assert.ok(segment.lan.sent.length >= sent + 4, "adverts leave although the queue is never empty");
  });
});
