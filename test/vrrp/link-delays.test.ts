import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { Link } from "../../src/base/network.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { LinkDelays } from "../../src/vrrp/link-delays.ts";
import { config, instance } from "./support/config.ts";
import { Segment } from "./support/node.ts";

function link(up: boolean): Link {
  return { index: 2, name: "eth0", up, loopback: false, arp: true, mtu: 1500, hardwareAddress: new Uint8Array(6) };
}

describe("an interface with delays of 1 s down and 0.5 s up", () => {
  // At each time (milliseconds) what the kernel says, and what counts then. "-": no such interface.
  const rows: { name: string; story: [at: number, kernel: "up" | "down" | "-", counts: "up" | "down" | "-", due?: number][] }[] = [
    { name: "what is found first counts at once", story: [[0, "down", "down"], [1, "up", "down", 501]] },
    { name: "down for the whole delay", story: [[0, "up", "up"], [100, "down", "up", 1100], [1099, "down", "up", 1100], [1100, "down", "down"]] },
    { name: "back in time: never away, and the next time counts from its own beginning", story: [[0, "up", "up"], [100, "down", "up", 1100], [900, "up", "up"], [1000, "down", "up", 2000]] },
    { name: "up takes the other delay", story: [[0, "down", "down"], [10, "up", "down", 510], [510, "up", "up"]] },
    { name: "deleted and created again: at once", story: [[0, "up", "up"], [10, "-", "-"], [20, "down", "down"], [30, "-", "-"], [40, "up", "up"]] },
  ];
  for (const { name, story } of rows) {
    test(name, () => {
      const delays = new LinkDelays();
      delays.configure([{ interface: "eth0", downUs: SECOND, upUs: 500 * MILLISECOND }]);
      for (const [at, kernel, counts, due] of story) {
        const now = kernel === "-" ? undefined : link(kernel === "up");
        delays.look((asked) => (asked === "eth0" ? now : undefined), at * MILLISECOND);
        assert.equal(now === undefined ? "-" : delays.isUp(now) ? "up" : "down", counts, `at ${at}`);
        assert.equal(delays.dueAt, due === undefined ? undefined : due * MILLISECOND, `at ${at}`);
      }
    });
  }
});

const DELAYED = { interfaceUpDownDelays: [{ interface: "eth0", downUs: SECOND, upUs: 500 * MILLISECOND }] };

test("a flap changes nothing and is not logged; what lasts is a FAULT after the delay, and ends after the other one", () => {
  const segment = new Segment();
  const a = segment.node().start(config([instance()], DELAYED));
  segment.clock.advance(5 * SECOND);
  a.takeTrace();
  a.takeLines();
  a.kernel.setLink(2, "eth0", false);
  segment.clock.advance(900 * MILLISECOND);
  a.kernel.setLink(2, "eth0", true);
  segment.clock.advance(5 * SECOND);
  assert.deepEqual([a.takeTrace().filter((entry) => !entry.startsWith("advert") && !entry.startsWith("garp")), a.takeLines()], [[], []]);

  a.kernel.setLink(2, "eth0", false);
  segment.clock.advance(SECOND - 1);
  assert.equal(a.state(), "MASTER");
  segment.clock.advance(1);
  assert.deepEqual([a.state(), a.takeLines()], ["FAULT", ["Netlink reports eth0 down", "(VI_1) Entering FAULT STATE", "FAULT of VI_1: interface eth0 down"]]);
  a.kernel.setLink(2, "eth0", true);
  segment.clock.advance(500 * MILLISECOND - 1);
  assert.equal(a.state(), "FAULT");
  segment.clock.advance(1);
  assert.deepEqual([a.state(), a.takeLines()], ["BACKUP", ["Netlink reports eth0 up", "(VI_1) Entering BACKUP STATE", "BACKUP of VI_1: fault cleared (was: interface eth0 down)"]]);
});

test("a delay that a reload takes away ends at once", () => {
  const segment = new Segment();
  const a = segment.node().start(config([instance()], DELAYED));
  segment.clock.advance(5 * SECOND);
  a.kernel.setLink(2, "eth0", false);
  segment.clock.advance(100 * MILLISECOND);
  assert.equal(a.state(), "MASTER");
  a.engine.reload(config([instance()]));
  assert.equal(a.state(), "FAULT");
});
