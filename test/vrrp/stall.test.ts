import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { config, instance } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import { advertPacket } from "./support/packets.ts";

describe("a master whose process stood still", () => {
  test("reads what came meanwhile before it says anything, and yields at once when it lost", () => {
    const { segment, master } = settledMaster(config([instance()]));
    master.clock.freeze();
    segment.clock.advance(5 * SECOND);
    for (let i = 0; i < 5; i++) {
      master.socket.deliver(advertPacket({ priority: 150, source: "192.0.2.9" }));
      segment.clock.advance(SECOND);
    }
    master.clock.thaw();
    segment.clock.advance(0);
    assert.deepEqual(master.takeTrace(), ["BACKUP", "-192.0.2.100"]);
    assert.ok(master.takeLines().includes("BACKUP of VI_1: higher priority 150 from 192.0.2.9, ours 100"));
    assert.equal(master.engine.lateness.maxUs >= 9 * SECOND, true);
  });

  test("sends one advert for all those that it missed, and keeps its pace", () => {
    const { segment, master } = settledMaster(config([instance()]));
    master.clock.freeze();
    segment.clock.advance(10 * SECOND + 300 * MILLISECOND);
    master.clock.thaw();
    segment.clock.advance(0);
    assert.deepEqual(master.takeTrace(), ["advert 100"]);
    segment.clock.advance(SECOND - 1);
    assert.deepEqual(master.takeTrace(), []);
    segment.clock.advance(1);
    assert.deepEqual(master.takeTrace(), ["advert 100"]);
  });

  test("insists once against a lower priority that took over meanwhile", () => {
    const { segment, master } = settledMaster(config([instance({ priority: 150 })]));
    master.clock.freeze();
    segment.clock.advance(5 * SECOND);
    master.socket.deliver(advertPacket({ priority: 100, source: "192.0.2.9" }));
    master.clock.thaw();
    segment.clock.advance(0);
    assert.deepEqual(master.takeTrace().filter((entry) => !entry.startsWith("garp")), ["advert 150"]);
    assert.equal(master.state(), "MASTER");
  });
});

test("a backup whose process stood still in the middle of a turn reads what came meanwhile before it believes its timer", () => {
  const segment = new Segment();
  const b = segment.node();
  b.kernel.setLink(3, "eth1");
  b.start(config([instance({ trackInterfaces: [{ interface: "eth1", weight: 10, reverse: false }] })]));
  const heard = () => b.socket.deliver(advertPacket({ priority: 150, source: "192.0.2.9" }));
  heard();
  segment.clock.advance(SECOND);
  b.onLine = () => {
    if (b.lines.at(-1)?.includes("Changing effective priority") !== true) return;
    segment.clock.pass(3 * SECOND);
    heard();
  };
  b.kernel.setLink(3, "eth1", false);
  segment.clock.advance(SECOND);
  assert.deepEqual([b.state(), b.engine.status().instances[0]?.stats.becomeMaster], ["BACKUP", 0]);
  segment.clock.advance(10 * SECOND);
  assert.equal(b.state(), "MASTER", "when no more came");
});

describe("timer_expired_backup: a master that stood still too long", () => {
  const story = (timerExpiredBackup: number | undefined, stallUs: number): string[] => {
    const segment = new Segment();
    const high = segment.node().start(config([instance({ priority: 150, preempt: false, timerExpiredBackup })]));
    const low = segment.node().start(config([instance({ priority: 100, preempt: false })]));
    segment.clock.advance(20 * SECOND);
    assert.deepEqual([high.state(), low.state()], ["MASTER", "BACKUP"]);
    high.clock.freeze();
    segment.clock.advance(stallUs);
    high.clock.thaw();
    high.takeTrace();
    segment.clock.advance(10 * SECOND);
    return [high.state(), low.state(), ...high.takeTrace().filter((entry) => entry !== "advert 150").slice(0, 3)];
  };

  test("leaves the addresses to the one that took over; without the keyword it takes them back", () => {
    assert.deepEqual(story(254, 10 * SECOND), ["BACKUP", "MASTER", "BACKUP", "-192.0.2.100"]);
    assert.deepEqual(story(undefined, 10 * SECOND).slice(0, 2), ["MASTER", "BACKUP"]);
  });

  test("stays MASTER after a stall that nobody noticed, and yields after one that somebody with 254 would have", () => {
    assert.deepEqual(story(254, 1_800 * MILLISECOND).slice(0, 3), ["MASTER", "BACKUP"]);
    assert.deepEqual(story(254, 3_300 * MILLISECOND).slice(0, 3), ["BACKUP", "MASTER", "BACKUP"]);
  });
});

describe("what is received and our own timers", () => {
  const refused = [{ priority: 200, vrid: 52 }, { priority: 200, timeToLive: 64 }, { priority: 200, version: 3 }, { priority: 200, intervalS: 7 }, { priority: 0, timeToLive: 1 }, { priority: 200, source: "0.0.0.0" }, { priority: 200, addresses: [] }];

  test("a refused packet changes nothing, of a master and of a backup", () => {
    const { segment, master } = settledMaster(config([instance()]));
    const backup = new Segment();
    const b = backup.node().start(config([instance()]));
    b.socket.deliver(advertPacket({ priority: 150, source: "192.0.2.9" }));
    backup.clock.advance(SECOND / 2);
    const before = [master, b].map((node) => node.engine.status().instances[0]);
    for (const options of refused) for (const node of [master, b]) node.socket.deliver(advertPacket({ source: "192.0.2.66", ...options }));
    segment.clock.advance(0);
    backup.clock.advance(0);
    const after = [master, b].map((node) => node.engine.status().instances[0]);
    for (const [i, one] of after.entries()) {
      const was = before[i];
      assert.ok(one && was);
      // What is counted aside, nothing differs.
      assert.deepEqual({ ...one, drops: {}, stats: was.stats }, { ...was, drops: {} });
      assert.ok(Object.keys(one.drops).length >= 4, "they were refused, not lost");
      assert.equal(one.stats.advertRcvd, was.stats.advertRcvd);
    }
  });

  test("no stream of packets, refused or of a lower priority, postpones a master's adverts", () => {
    for (const options of [...refused, { priority: 50 }]) {
      const { segment, master } = settledMaster(config([instance({ lowerPrioNoAdvert: true })]));
      const before = segment.lan.sent.length;
      for (let i = 0; i < 200; i++) {
        master.socket.deliver(advertPacket({ source: "192.0.2.66", ...options }));
        segment.clock.advance(50 * MILLISECOND);
      }
      const gaps = segment.lan.sent.slice(before).map(({ at }, i, all) => at - (all[i - 1]?.at ?? at - SECOND));
      assert.deepEqual([gaps.length, gaps.filter((gap) => gap !== SECOND)], [10, []], JSON.stringify(options));
    }
  });
});

test("a source address that another host or nobody prefers is no FAULT: deprecated ones serve, foreign ones are not taken", () => {
  const segment = new Segment();
  const b = segment.node().start(config([instance()]));
  segment.clock.advance(SECOND);
  for (const known of b.kernel.addresses().filter(({ address }) => address === "192.0.2.1")) b.kernel.put({ ...known, preferredLifetimeS: 0 });
  b.kernel.put({ interfaceIndex: 2, address: ipAddress("198.51.100.99"), prefixLength: 24, scope: 0 });
  segment.clock.advance(10 * SECOND);
  assert.deepEqual([b.state(), b.engine.status().instances[0]?.source, b.engine.status().instances[0]?.faults], ["MASTER", "192.0.2.1", []]);
});
