import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { VrrpInstance } from "../../src/conf/model.ts";
import { config, instance, ipv6, unicastTo } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";
import { advertPacket } from "./support/packets.ts";

const DOWN = 3 * SECOND + 609_375;

/** A pair; from now on b's firewall drops adverts. */
function pair(each: Partial<VrrpInstance> = {}, master: Partial<VrrpInstance> = {}): { segment: Segment; a: Node; b: Node } {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ priority: 150, ...each, ...master })]));
  const b = segment.node().start(config([instance({ priority: 100, ...each })]));
  segment.clock.advance(20 * SECOND);
  assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
  b.takeLines();
  b.notifications.length = 0;
  return { segment, a, b };
}

const about = (node: Node) => node.takeLines().filter((line) => /socket|^MASTER of/.test(line));
const alerts = (node: Node) => node.notifications.filter(({ type }) => type === "alert").length;

describe("our own firewall", () => {
  test("nothing is open while adverts are heard, one that is lost opens a look that the next one ends, and a real failure names no firewall", () => {
    const { segment, a, b } = pair();
    assert.equal(b.watchesOpened, 1, "before the first one was heard");
    segment.lan.loses = () => true;
    segment.clock.advance(1400 * MILLISECOND);
    segment.lan.loses = () => false;
    segment.clock.advance(20 * SECOND);
    assert.deepEqual([b.watchesOpened, b.watches.size, alerts(b)], [2, 0, 0]);
    a.cut = true;
    segment.clock.advance(2600 * MILLISECOND);
    assert.deepEqual([b.watchesOpened, b.watches.size], [3, 1]);
    segment.clock.advance(SECOND + 100 * MILLISECOND);
    assert.deepEqual([b.state(), b.watches.size, alerts(b)], ["MASTER", 0, 0]);
    assert.equal(about(b)[0]?.endsWith("from 192.0.2.1 (priority 150)"), true);
  });

  test("is named when it drops adverts, and the backup takes over as it always did", () => {
    const { segment, b } = pair();
    b.filters = true;
    segment.clock.advance(4 * SECOND);
    assert.equal(b.state(), "MASTER");
    assert.deepEqual(about(b), [
      "(VI_1) adverts of 192.0.2.1 (priority 150) reach eth0 but not our socket: a firewall rule or rp_filter of this host drops IP protocol 112; taking over all the same",
      "MASTER of VI_1: no advert for 3.61 s from 192.0.2.1 (priority 150); this host drops the adverts of 192.0.2.1 (priority 150)",
    ]);
    assert.deepEqual(alerts(b), 1);
    assert.equal(b.watches.size, 0);
  });

  test("is named by one that never heard anybody", () => {
    const segment = new Segment();
    segment.node().start(config([instance({ priority: 150 })]));
    segment.clock.advance(10 * SECOND);
    const b = segment.node();
    b.filters = true;
    b.start(config([instance({ holdIfFiltered: true })]));
    segment.clock.advance(60 * SECOND);
    assert.deepEqual([b.state(), about(b).length], ["BACKUP", 1]);
  });

  test("hold_if_filtered: no takeover while adverts come; told once; over when they are heard again", () => {
    const { segment, b } = pair({ holdIfFiltered: true });
    b.filters = true;
    segment.clock.advance(60 * SECOND);
    assert.equal(b.state(), "BACKUP");
    assert.deepEqual(about(b), ["(VI_1) adverts of 192.0.2.1 (priority 150) reach eth0 but not our socket: a firewall rule or rp_filter of this host drops IP protocol 112; not taking over while they come"]);
    assert.equal(alerts(b), 1);
    assert.equal(b.engine.status().instances[0]?.filtered?.address, "192.0.2.1");
    b.filters = false;
    segment.clock.advance(2 * SECOND);
    assert.deepEqual([b.state(), about(b), b.watches.size], ["BACKUP", ["(VI_1) adverts reach our socket again"], 0]);
    segment.clock.advance(60 * SECOND);
    assert.deepEqual([b.state(), b.watches.size, b.engine.status().instances[0]?.filtered], ["BACKUP", 0, undefined]);
  });

  test("hold_if_filtered: when they stop it takes over within Master_Down_Interval of the last one", () => {
    for (const family of [4, 6] as const) {
      const { segment, a, b } = pair({ holdIfFiltered: true, ...(family === 6 ? ipv6() : {}) });
      b.filters = true;
      segment.clock.advance(60 * SECOND);
      assert.equal(b.state(), "BACKUP", `IPv${family}`);
      const before = segment.lan.sent.length;
      a.cut = true;
      const last = segment.lan.sent[before - 1]?.at ?? 0;
      segment.clock.advance(last + DOWN + 100 - segment.clock.now() - 1);
      assert.equal(b.state(), "BACKUP");
      segment.clock.advance(1);
      assert.equal(b.state(), "MASTER");
    }
  });

  test("hold_if_filtered: a priority 0 that is dropped is noticed an interval later at most", () => {
    for (let phase = 0; phase < 8; phase++) {
      const { segment, a, b } = pair({ holdIfFiltered: true });
      b.filters = true;
      segment.clock.advance(60 * SECOND + phase * 500 * MILLISECOND);
      a.engine.stop();
      segment.clock.advance(SECOND + 609_375 + 100);
      assert.equal(b.state(), "MASTER", `phase ${phase}`);
    }
  });

  test("hold_if_filtered holds nobody who may preempt, and nobody by an advert that would be refused", () => {
    const wrongs = [{ priority: 50 }, { priority: 200, timeToLive: 64 }, { priority: 200, vrid: 52 }, { priority: 200, intervalS: 2 }, { priority: 200, source: "0.0.0.0" }];
    for (const wrong of wrongs) {
      const segment = new Segment();
      const b = segment.node().start(config([instance({ holdIfFiltered: true })]));
      b.filters = true;
      for (let i = 0; i < 4; i++) {
        b.socket.deliver(advertPacket({ source: "192.0.2.9", ...wrong }));
        segment.clock.advance(SECOND);
      }
      assert.equal(b.state(), "MASTER", JSON.stringify(wrong));
      assert.equal(alerts(b), wrong.priority === 50 ? 1 : 0);
    }
  });

  test("adverts that we hear and may preempt are not called dropped", () => {
    const segment = new Segment();
    const b = segment.node().start(config([instance()]));
    for (let i = 0; i < 4; i++) {
      b.socket.deliver(advertPacket({ source: "192.0.2.9", priority: 50 }));
      segment.clock.advance(SECOND);
    }
    assert.deepEqual([b.state(), alerts(b), b.watchesOpened], ["MASTER", 0, 1]);
  });

  test("AH: what was dropped and then counted is not refused as a replay, nor is what comes after it", () => {
    const authentication = { type: "ah", password: Uint8Array.from(Buffer.from("secret\0\0")) } as const;
    const { segment, b } = pair({ holdIfFiltered: true, authentication });
    b.filters = true;
    segment.clock.advance(30 * SECOND);
    b.filters = false;
    segment.clock.advance(30 * SECOND);
    assert.equal(b.state(), "BACKUP");
    assert.deepEqual(b.engine.status().instances[0]?.drops, {});
  });

  test("AH: a replay holds nobody back", () => {
    const authentication = { type: "ah", password: Uint8Array.from(Buffer.from("secret\0\0")) } as const;
    const { segment, a, b } = pair({ holdIfFiltered: true, authentication });
    b.filters = true;
    segment.clock.advance(30 * SECOND);
    a.cut = true;
    const last = segment.lan.sent.at(-1);
    assert.ok(last);
    for (let i = 0; i < 40; i++) {
      b.socket.arrive(last);
      segment.clock.advance(100 * MILLISECOND);
    }
    assert.equal(b.state(), "MASTER");
  });

  test("what cannot be looked at is told once, and elections go on", () => {
    const segment = new Segment();
    const b = segment.node();
    b.watchFailure = new KernelError("socket", "EPERM");
    b.start(config([instance({ holdIfFiltered: true })]));
    segment.clock.advance(20 * SECOND);
    assert.equal(b.state(), "MASTER");
    assert.equal(b.takeLines().filter((line) => line.startsWith("cannot look at the frames of eth0")).length, 1);
  });

  test("unicast: what a peer sends to another peer through this host was not kept from us", () => {
    const filtered = (destination: string): (number | string)[] => {
      const segment = new Segment();
      const b = segment.node().start(config([instance({ holdIfFiltered: true, ...unicastTo(["192.0.2.9", "192.0.2.10"]) })]));
      b.filters = true;
      for (let i = 0; i < 4; i++) {
        b.socket.deliver(advertPacket({ source: "192.0.2.9", destination, priority: 150 }));
        segment.clock.advance(SECOND);
      }
      return [b.state(), alerts(b)];
    };
    assert.deepEqual(filtered("192.0.2.10"), ["MASTER", 0]);
    assert.deepEqual(filtered("192.0.2.1"), ["BACKUP", 1]);
  });

  test("looks at the interface that is there: at one that was created again under the same name, too", () => {
    const { segment, a, b } = pair();
    a.cut = true;
    segment.clock.advance(2600 * MILLISECOND);
    assert.deepEqual([...b.watches].map(({ interfaceIndex }) => interfaceIndex), [2]);
    b.kernel.deleteLink(2);
    b.kernel.setLink(7, "eth0");
    b.kernel.put({ interfaceIndex: 7, address: ipAddress("192.0.2.2"), prefixLength: 24, scope: 0 });
    segment.clock.advance(0);
    assert.deepEqual([b.state(), [...b.watches].map(({ interfaceIndex }) => interfaceIndex)], ["BACKUP", [7]]);
  });

  test("a stop and a fault close the look", () => {
    for (const end of [(node: Node) => node.engine.stop(), (node: Node) => node.kernel.setLink(2, "eth0", false)]) {
      const { segment, a, b } = pair();
      a.cut = true;
      segment.clock.advance(2600 * MILLISECOND);
      assert.equal(b.watches.size, 1);
      end(b);
      segment.clock.advance(0);
      assert.equal(b.watches.size, 0);
    }
  });
});
