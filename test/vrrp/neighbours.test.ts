import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { Neighbours } from "../../src/vrrp/neighbours.ts";
import { config, instance, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";
import { advertPacket, signedPacket } from "./support/packets.ts";

const PATIENCE = 4 * SECOND;

function advert(priority: number, host = 9): { type: "advert"; priority: number; source: ReturnType<typeof ipAddress>; intervalUs: number } {
  return { type: "advert", priority, source: ipAddress(`192.0.2.${host}`), intervalUs: SECOND };
}

/** Lines that explain, and lines about other routers. */
function own(node: Node): string[] {
  return node.takeLines().filter((line) => /^(MASTER|BACKUP|FAULT) of |router 192|MASTER, too/.test(line));
}

describe("who else speaks", () => {
  test("is told when heard, when its priority changes, when it resigns, falls silent and comes back", () => {
    const others = new Neighbours();
    const said = [
      others.hear(advert(150), 0, PATIENCE),
      others.hear(advert(150), SECOND, PATIENCE),
      others.hear(advert(130), 2 * SECOND, PATIENCE),
      others.hear(advert(150), 2.5 * SECOND, PATIENCE), // told once a second
      others.hear(advert(150), 3 * SECOND, PATIENCE),
      others.hear(advert(0), 4 * SECOND, PATIENCE),
      others.hear(advert(0), 4 * SECOND, PATIENCE),
      others.hear(advert(150), 10 * SECOND, PATIENCE),
    ];
    assert.deepEqual(said, [
      "router 192.0.2.9 heard, priority 150",
      undefined,
      "router 192.0.2.9 changed its priority from 150 to 130",
      undefined,
      "router 192.0.2.9 changed its priority from 130 to 150",
      "router 192.0.2.9 resigned (priority 0)",
      undefined,
      "router 192.0.2.9 heard again after 6.00 s, priority 150",
    ]);
    assert.equal(others.all[0]?.priority, 150);
  });

  test("silence is told once, after the last advert's patience, however often it was looked for", () => {
    const others = new Neighbours();
    others.hear(advert(150), 0, PATIENCE);
    others.hear(advert(90, 8), 0, PATIENCE);
    others.hear(advert(150), SECOND, PATIENCE);
    assert.equal(others.dueAt, 4 * SECOND);
    assert.deepEqual(others.run(4 * SECOND - 1), []);
    assert.deepEqual(others.run(4 * SECOND), ["router 192.0.2.8 not heard for 4.00 s (priority 90)"]);
    assert.equal(others.dueAt, 5 * SECOND);
    assert.deepEqual(others.run(5 * SECOND), ["router 192.0.2.9 not heard for 4.00 s (priority 150)"]);
    assert.deepEqual([others.dueAt, others.run(60 * SECOND)], [undefined, []]);
  });

  test("made-up addresses fill neither memory nor log; the silent make room", () => {
    const others = new Neighbours();
    let lines = 0;
    for (let i = 1; i <= 200; i++) if (others.hear(advert(150, i), i, PATIENCE) !== undefined) lines++;
    assert.deepEqual([lines, others.all.length, others.uncounted], [16, 16, 184]);
    others.run(PATIENCE + 1);
    assert.equal(others.hear(advert(150, 200), 5 * SECOND, PATIENCE), "router 192.0.2.200 heard, priority 150");
    assert.deepEqual([others.all.length, others.all.some(({ address }) => address === "192.0.2.1")], [16, false]);
  });
});

describe("made-up addresses", () => {
  test("that resign before anybody knew them make no room for one another before their patience is over", () => {
    const others = new Neighbours();
    let lines = 0;
    for (let i = 1; i <= 200; i++) if (others.hear(advert(0, i), i, PATIENCE) !== undefined) lines++;
    assert.deepEqual([lines, others.uncounted], [16, 184]);
    assert.equal(others.hear(advert(150, 200), 5 * SECOND, PATIENCE), "router 192.0.2.200 heard, priority 150");
  });

  test("for whom there is no room are counted in the status", () => {
    const segment = new Segment();
    const node = segment.node().start(config([instance()]));
    for (let i = 10; i < 30; i++) node.socket.deliver(advertPacket({ priority: 150, source: `192.0.2.${i}` }));
    segment.clock.advance(0);
    assert.equal(node.engine.status().instances[0]?.neighboursUncounted, 4);
  });
});

describe("one line explains every election", () => {
  const story = (priority: number, more: Parameters<typeof instance>[0] = {}): { segment: Segment; node: Node; hear: (priority: number, host?: number) => void } => {
    const segment = new Segment();
    const node = segment.node().start(config([instance({ priority, ...more })]));
    return { segment, node, hear: (heard, host = 9) => node.socket.deliver(advertPacket({ priority: heard, source: `192.0.2.${host}` })) };
  };

  test("a master that fell silent", () => {
    const { segment, node, hear } = story(100);
    hear(150);
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(own(node), [
      "BACKUP of VI_1: started with priority 100",
      "(VI_1) router 192.0.2.9 heard, priority 150",
      "MASTER of VI_1: no advert for 3.61 s from 192.0.2.9 (priority 150)",
      "(VI_1) router 192.0.2.9 not heard for 4.00 s (priority 150)",
    ]);
    assert.equal(node.engine.status().instances[0]?.lastReason, "no advert for 3.61 s from 192.0.2.9 (priority 150)");
  });

  test("a master that resigned", () => {
    const { segment, node, hear } = story(100);
    hear(150);
    segment.clock.advance(SECOND);
    hear(0);
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(own(node).slice(2), ["(VI_1) router 192.0.2.9 resigned (priority 0)", "MASTER of VI_1: 192.0.2.9 resigned (priority 0) 0.61 s ago"]);
  });

  test("preemption, and yielding", () => {
    const { segment, node, hear } = story(100);
    for (let i = 0; i < 4; i++) {
      hear(90);
      segment.clock.advance(900 * MILLISECOND);
    }
    segment.clock.advance(100 * MILLISECOND);
    hear(120);
    segment.clock.advance(0);
    assert.deepEqual(own(node).slice(1), [
      "(VI_1) router 192.0.2.9 heard, priority 90",
      "MASTER of VI_1: preempts 192.0.2.9 (priority 90, ours 100)",
      "(VI_1) router 192.0.2.9 changed its priority from 90 to 120",
      "BACKUP of VI_1: higher priority 120 from 192.0.2.9, ours 100",
    ]);
  });

  test("nopreempt: a lower priority that fell silent is not preempted", () => {
    const { segment, node, hear } = story(100, { preempt: false });
    hear(90);
    segment.clock.advance(3 * SECOND + 609_375);
    assert.deepEqual(own(node).at(-1), "MASTER of VI_1: no advert for 3.61 s from 192.0.2.9 (priority 90)");
  });

  test("version 3: a lower priority that fell silent is judged by the interval that it taught", () => {
    const { segment, node } = story(100, { preempt: false, version: 3 });
    for (let i = 0; i < 5; i++) {
      node.socket.deliver(signedPacket({ priority: 90, intervalUs: 100 * MILLISECOND }));
      segment.clock.advance(100 * MILLISECOND);
    }
    segment.clock.advance(SECOND);
    assert.deepEqual(own(node).at(-2), "MASTER of VI_1: no advert for 0.36 s from 192.0.2.9 (priority 90)");
  });

  test("coming back from FAULT, and who was heard before it", () => {
    const { segment, node, hear } = story(100);
    hear(150);
    segment.clock.advance(SECOND);
    node.kernel.setLink(2, "eth0", false);
    segment.clock.advance(10 * SECOND);
    node.kernel.setLink(2, "eth0", true);
    segment.clock.advance(10 * SECOND);
    assert.deepEqual(own(node).slice(2), [
      "FAULT of VI_1: interface eth0 down",
      "(VI_1) router 192.0.2.9 not heard for 4.00 s (priority 150)",
      "BACKUP of VI_1: fault cleared (was: interface eth0 down)",
      "MASTER of VI_1: no advert for 3.61 s, last heard 14.61 s ago: 192.0.2.9 (priority 150)",
    ]);
  });

  test("an owner", () => {
    const { node } = story(255);
    assert.deepEqual(own(node), ["MASTER of VI_1: address owner"]);
  });
});

describe("another MASTER", () => {
  const rival = { priority: 90, source: "192.0.2.66" };
  const base = instance({ virtualAddresses: [vip("192.0.2.100")] });

  test("is told once, counted with its source, and answered by ARP; after it has gone, again", () => {
    const { segment, master } = settledMaster(config([base]));
    for (let i = 0; i < 2; i++) {
      master.socket.deliver(advertPacket(rival));
      segment.clock.advance(500 * MILLISECOND);
    }
    const alert = "(VI_1) 192.0.2.66 is MASTER, too (priority 90, ours 100): the network is or was cut, or VRID 51 is used twice";
    assert.deepEqual(own(master), ["(VI_1) router 192.0.2.66 heard, priority 90", alert]);
    assert.deepEqual(master.notifications.filter(({ type }) => type === "alert"), [{ type: "alert", alert: "rivalMaster", name: "VI_1", text: alert }]);
    assert.equal(master.takeTrace().filter((entry) => entry === "garp 192.0.2.100").length, 10);
    segment.clock.advance(20 * SECOND);
    assert.equal(master.takeTrace().filter((entry) => entry === "garp 192.0.2.100").length, 5, "garp_lower_prio_delay after the last one");
    const [status] = master.engine.status().instances;
    assert.deepEqual([status?.stats.rivalRcvd, status?.neighbours.map(({ address, sightings, silent }) => [address, sightings, silent])], [2, [["192.0.2.66", 2, true]]]);

    master.takeLines();
    master.socket.deliver(advertPacket(rival));
    segment.clock.advance(0);
    assert.deepEqual(own(master), ["(VI_1) router 192.0.2.66 heard again after 20.50 s, priority 90", alert], "a new one");
    master.engine.clearStats();
    assert.deepEqual(master.engine.status().instances.map(({ stats, neighbours }) => [stats.rivalRcvd, neighbours[0]?.sightings]), [[0, 0]]);
  });

  test("that never yields makes no storm: three answers in ten seconds, however many adverts", () => {
    for (const lowerPrioDelayUs of [0, 5 * SECOND]) {
      const { segment, master } = settledMaster(config([{ ...base, garp: { ...base.garp, lowerPrioDelayUs, lowerPrioRepeat: 1 } }]));
      for (let i = 0; i < 1000; i++) {
        master.socket.deliver(advertPacket(rival));
        segment.clock.advance(100 * MILLISECOND);
      }
      const garps = master.takeTrace().filter((entry) => entry === "garp 192.0.2.100").length;
      assert.ok(garps >= 28 && garps <= 41, `${garps} in 100 s, delay ${lowerPrioDelayUs}`);
      assert.equal(own(master).length, 2, "told once");
    }
  });

  test("that says priority 0 had been MASTER: our neighbours are told where we are", () => {
    const { segment, master } = settledMaster(config([base]));
    master.socket.deliver(advertPacket({ ...rival, priority: 0 }));
    segment.clock.advance(SECOND / 2);
    assert.deepEqual(master.takeTrace(), ["advert 100", ...Array<string>(5).fill("garp 192.0.2.100")]);
    assert.equal(master.engine.status().instances[0]?.stats.rivalRcvd, 1);
    assert.deepEqual(own(master), ["(VI_1) router 192.0.2.66 resigned (priority 0)"], "no rival any more");
  });

  test("that resigned and goes on as MASTER before its patience is over is told, and told anew each time that it comes back", () => {
    for (const first of [0, 90]) {
      const { segment, master } = settledMaster(config([base]));
      for (const priority of [first, 0, 90, 90, 0, 90]) {
        master.socket.deliver(advertPacket({ ...rival, priority }));
        segment.clock.advance(2 * SECOND);
      }
      assert.equal(master.notifications.filter(({ type }) => type === "alert").length, first === 0 ? 2 : 3, `first ${first}`);
    }
  });

  test("is not whom we yield to", () => {
    const { segment, master } = settledMaster(config([base]));
    master.socket.deliver(advertPacket({ ...rival, priority: 120 }));
    segment.clock.advance(0);
    assert.deepEqual([master.state(), master.engine.status().instances[0]?.stats.rivalRcvd, master.notifications.filter(({ type }) => type === "alert")], ["BACKUP", 0, []]);
  });
});
