import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { type Director, startDirector } from "./lib/director.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { always, eventually, monotonicUs } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { PAIRS, type Roles } from "./lib/pairs.ts";

interface Scene {
  readonly high: Node;
  readonly low: Node;
  readonly capture: Capture;
  readonly backup: Director;
}

/** The low one is MASTER, alone; the high one has yet to start. */
async function lowIsMaster(roles: Roles, nodes: readonly Node[], observer: Node): Promise<Scene> {
  const [high, low] = nodes;
  assert.ok(high && low);
  const capture = await Capture.start(observer);
  const backup = await startDirector(low, roles.backup, director({ priority: 100 }));
  await backup.waitFor("MASTER");
  await eventually(true, () => low.holds(VIP), 1_000);
  return { high, low, capture, backup };
}

async function holders(scene: Scene): Promise<boolean[]> {
  return [await scene.high.holds(VIP), await scene.low.holds(VIP)];
}

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    test("the higher priority takes over when it comes", () =>
      withLan(2, async (nodes, observer) => {
        const scene = await lowIsMaster(roles, nodes, observer);
        const start = monotonicUs();
        const master = await startDirector(scene.high, roles.master, director({ priority: 150 }));
        await master.waitFor("BACKUP");
        const saidBackup = monotonicUs();
        await master.waitFor("MASTER");
        const first = await scene.capture.waitFor(advertBy(VRID, scene.high.address), 1_000, start);
        // Its whole Master_Down_Interval, 3.414 s, while the lower one's adverts are discarded.
        assert.ok(first.at - start > 3_414_000 && first.at - saidBackup < 4_500_000, `took over ${first.at - start} us after its start`);
        await scene.backup.waitFor("BACKUP", 2_000);
        await eventually([true, false], () => holders(scene), 1_000);
      }));

    test("a director that lost power returns: its old address is not in the way", () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        const { master, backup } = await electedPair(high, low, roles);
        await eventually(true, () => high.holds(VIP), 1_000);
        master.crash();
        await backup.waitFor("MASTER");
        // The kernel of a crashed process keeps the address.
        assert.equal(await high.holds(VIP), true);

        const again = await startDirector(high, roles.master, director({ priority: 150 }));
        await again.waitFor("BACKUP");
        await eventually(false, () => high.holds(VIP), 1_500);

        await again.waitFor("MASTER");
        await backup.waitFor("BACKUP", 2_000);
        await eventually([1, 0], async () => Promise.all([high, low].map(async (node) => (await node.addresses()).filter((a) => a.local === VIP).length)), 2_000);
      }));

    test("nopreempt: the higher priority lets the lower one stay", () =>
      withLan(2, async (nodes, observer) => {
        const scene = await lowIsMaster(roles, nodes, observer);
        const start = monotonicUs();
        const master = await startDirector(scene.high, roles.master, director({ priority: 150, more: ["nopreempt"] }));
        await master.waitFor("BACKUP");
        await always([false, true], () => holders(scene), 6_000);
        assert.deepEqual(scene.capture.all(advertBy(VRID, scene.high.address), start), []);

        // It is no spectator: when the master goes it takes over.
        scene.backup.crash();
        await master.waitFor("MASTER", 6_000);
      }));

    test("preempt_delay: the takeover waits that long, then happens", () =>
      withLan(2, async (nodes, observer) => {
        const scene = await lowIsMaster(roles, nodes, observer);
        const start = monotonicUs();
        const master = await startDirector(scene.high, roles.master, director({ priority: 150, more: ["preempt_delay 4"] }));
        await master.waitFor("BACKUP");
        const saidBackup = monotonicUs();
        await master.waitFor("MASTER", 15_000);
        const first = await scene.capture.waitFor(advertBy(VRID, scene.high.address), 1_000, start);
        // The delay starts with the first advert heard (0 to 1 s); the last advert accepted during it restarts
        // Master_Down_Interval (3.414 s), which then runs out: 4 + 3.414 - 1 at the earliest.
        assert.ok(first.at - start > 6_400_000 && first.at - saidBackup < 9_500_000, `took over ${first.at - start} us after its start`);
        await scene.backup.waitFor("BACKUP", 2_000);
      }));
  });
}
