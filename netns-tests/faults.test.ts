import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, GLOBAL, instance, skewMs, VIP, VRID } from "./lib/configs.ts";
import { type Director, startDirector } from "./lib/director.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { always, eventually, monotonicUs } from "./lib/eventually.ts";
import { type AdvertFrame, advertBy, type Frame } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { PAIRS } from "./lib/pairs.ts";
import { cameInTime, tookOverInTime } from "./lib/takeover.ts";

/** A priority 0 advert of this source. */
function resignation(source: string): (frame: Frame) => AdvertFrame | undefined {
  return (frame) => {
    const advert = advertBy(VRID, source)(frame);
    return advert?.priority === 0 ? advert : undefined;
  };
}

async function settled(master: Director, backup: Director): Promise<void> {
  await master.waitFor("MASTER");
  await backup.waitFor("BACKUP");
  await eventually([true, false], () => holders(master.node, backup.node), 2_000);
}

async function holders(...nodes: readonly Node[]): Promise<boolean[]> {
  return Promise.all(nodes.map((node) => node.holds(VIP)));
}

/** A vrrp_script that succeeds while a file exists. */
function fileScript(file: string, more: readonly string[]): string {
  return `vrrp_script chk {
    script "/usr/bin/test -e ${file}"
    interval 1
    ${more.join("\n    ")}
}
`;
}

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    for (const [name, down, up] of [
      ["interface down", (node: Node) => node.linkDown(), (node: Node) => node.linkUp()],
      ["cable pulled", (node: Node) => node.carrierDown(), (node: Node) => node.carrierUp()],
    ] as const) {
      test(`${name}: FAULT, the other takes over; and back`, () =>
        withLan(2, async ([high, low], observer) => {
          assert.ok(high && low);
          const capture = await Capture.start(observer);
          const { master, backup } = await electedPair(high, low, roles);
          await settled(master, backup);
          await capture.waitFor(advertBy(VRID, high.address), 3_000, monotonicUs()); // which the backup hears, too

          await down(high);
          await master.waitFor("FAULT", 2_000);
          await eventually(false, () => high.holds(VIP), 1_000);
          // Nobody could hear a priority 0: Master_Down_Interval has to pass.
          await backup.waitFor("MASTER", 6_000);
          await tookOverInTime(capture, high, low, 100);

          await up(high);
          await master.waitFor("MASTER");
          await backup.waitFor("BACKUP", 2_000);
          await eventually([true, false], () => holders(high, low), 1_000);
          assert.deepEqual(master.states(), ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]);
        }));
    }

    test("track_interface: the loss of another interface is a FAULT with priority 0", () =>
      withLan(
        2,
        async ([high, low], observer) => {
          assert.ok(high && low);
          const capture = await Capture.start(observer);
          const more = ["track_interface {", "    eth1", "}"];
          const { master, backup } = await electedPair(high, low, roles, {
            master: director({ priority: 150, more }),
            backup: director({ priority: 100, more }),
          });
          await settled(master, backup);

          await high.linkDown("eth1");
          const resigned = await capture.waitFor(resignation(high.address), 2_000);
          await master.waitFor("FAULT", 2_000);
          const first = await capture.waitFor(advertBy(VRID, low.address), 2_000, resigned.at);
          const silence = (first.at - resigned.at) / 1_000;
          assert.ok(silence >= 549 && silence <= 900, `took over after ${silence} ms, Skew_Time is 609 ms`);
          await eventually([false, true], () => holders(high, low), 1_000);

          await high.linkUp("eth1");
          await settled(master, backup);
        },
        { lans: 2 },
      ));

    test("track_script with a weight: fall and rise are counted, the priority moves, the master with it", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const file = await high.write("healthy", "");
        const script = fileScript(file, ["weight -60", "fall 3", "rise 2"]);
        const { master, backup } = await electedPair(high, low, roles, {
          master: GLOBAL + script + instance({ priority: 150, more: ["track_script {", "    chk", "}"] }),
        });
        await settled(master, backup);

        const removed = monotonicUs();
        await rm(file);
        const lower = await capture.waitFor((frame) => {
          const advert = advertBy(VRID, high.address)(frame);
          return advert?.priority === 90 ? advert : undefined;
        }, 8_000);
        // Three failures, a second apart, the first of them up to a second after; then the next advert.
        const took = (lower.at - removed) / 1_000;
        assert.ok(took > 1_900 && took < 5_500, `priority 90 after ${took} ms`);
        await backup.waitFor("MASTER", 6_000);
        await master.waitFor("BACKUP", 2_000);
        await eventually([false, true], () => holders(high, low), 1_000);

        await high.write("healthy", "");
        await settled(master, backup);
        const [again] = capture.all(advertBy(VRID, high.address)).slice(-1);
        assert.equal(again?.priority, 150);
      }));

    test("track_script without a weight: a failure is a FAULT, and the file's return ends it", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const file = await high.write("healthy", "");
        const script = fileScript(file, ["fall 1", "rise 1"]);
        const { master, backup } = await electedPair(high, low, roles, {
          master: GLOBAL + script + instance({ priority: 150, more: ["track_script {", "    chk", "}"] }),
        });
        await settled(master, backup);

        await rm(join(high.dir, "healthy"));
        await capture.waitFor(resignation(high.address), 4_000);
        await master.waitFor("FAULT", 2_000);
        await backup.waitFor("MASTER", 2_000);
        await eventually([false, true], () => holders(high, low), 1_000);

        await high.write("healthy", "");
        await settled(master, backup);
      }));

    test("a VIP deleted behind the master's back: priority 0, release and re-election", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const vips = [`${VIP}/24`, "192.0.2.101/24"];
        const { master, backup } = await electedPair(high, low, roles, {
          master: director({ priority: 150, vips }),
          backup: director({ priority: 100, vips }),
        });
        await settled(master, backup);
        await eventually(true, () => high.holds("192.0.2.101"), 1_000);

        await high.exec("ip", "addr", "del", `${VIP}/24`, "dev", "eth0");

        const resigned = await capture.waitFor(resignation(high.address), 2_000);
        // Both wait their Skew_Time now: the higher priority is elected again.
        const next = await capture.waitFor(advertBy(VRID), 2_000, resigned.at + 1);
        await cameInTime("the next advert", resigned.at + skewMs(150) * 1_000, next.at, 286);
        assert.deepEqual([next.source, next.priority], [high.address, 150]);
        await settled(master, backup);
        await eventually(true, () => high.holds("192.0.2.101"), 1_000);
        assert.deepEqual(master.states(), ["BACKUP", "MASTER", "BACKUP", "MASTER"]);
        assert.deepEqual(backup.states(), ["BACKUP"]);
      }));

    test("VIPs left over from before are removed at start and exist once as MASTER", () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        for (const node of [high, low]) await node.exec("ip", "addr", "add", `${VIP}/24`, "dev", "eth0");
        // One after the other: whoever starts fast is MASTER before a slow starter has come to remove anything.
        const backup = await startDirector(low, roles.backup, director({ priority: 100 }));
        await eventually(false, () => low.holds(VIP), 30_000);
        const master = await startDirector(high, roles.master, director({ priority: 150 }));
        await eventually(false, () => high.holds(VIP), 30_000);
        await settled(master, backup);
        await always([1, 0], () => Promise.all([high, low].map(async (node) => (await node.addresses()).filter((a) => a.local === VIP).length)), 1_500);
      }));

    test("a cut LAN makes two masters, and its healing makes one", () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        const { master, backup } = await electedPair(high, low, roles);
        await settled(master, backup);
        await high.cut();
        await backup.waitFor("MASTER", 6_000);
        assert.equal(master.state(), "MASTER");
        await high.uncut();
        await backup.waitFor("BACKUP", 3_000);
        await always("MASTER", () => master.state(), 2_000);
        await eventually([true, false], () => holders(high, low), 1_000);
      }));
  });
}
