import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { GLOBAL, instance, skewMs } from "./lib/configs.ts";
import { type Director, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { type AdvertFrame, advertBy, type Frame } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { PAIRS } from "./lib/pairs.ts";
import { cameInTime } from "./lib/takeover.ts";

const OUTSIDE = { name: "VI_out", vrid: 51, vip: "192.0.2.100" };
const INSIDE = { name: "VI_in", vrid: 52, vip: "198.51.100.100" };

/** The classic pair of an LVS-NAT director: one instance outside, one inside, in one group. */
function grouped(priority: number): string {
  return `${GLOBAL}vrrp_sync_group G1 {
    group {
        ${OUTSIDE.name}
        ${INSIDE.name}
    }
}
${instance({ name: OUTSIDE.name, vrid: OUTSIDE.vrid, priority, vips: [`${OUTSIDE.vip}/24`] })}
${instance({ name: INSIDE.name, interface: "eth1", vrid: INSIDE.vrid, priority, vips: [`${INSIDE.vip}/24`] })}`;
}

async function holdings(...nodes: readonly Node[]): Promise<string[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const held = (await node.addresses()).map((a) => a.local);
      return [OUTSIDE.vip, INSIDE.vip].filter((vip) => held.includes(vip)).join(" ");
    }),
  );
}

/** A priority 0 advert of this source. */
function resignation(vrid: number, source: string | undefined): (frame: Frame) => AdvertFrame | undefined {
  return (frame) => {
    const advert = advertBy(vrid, source)(frame);
    return advert?.priority === 0 ? advert : undefined;
  };
}

const BOTH = `${OUTSIDE.vip} ${INSIDE.vip}`;

async function settled(master: Director, backup: Director): Promise<void> {
  for (const { name } of [OUTSIDE, INSIDE]) {
    await master.waitFor("MASTER", 30_000, name);
    await backup.waitFor("BACKUP", 30_000, name);
  }
  await eventually([BOTH, ""], () => holdings(master.node, backup.node), 2_000);
}

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    test("one side's interface fails: both instances move, the healthy side with priority 0; and back", () =>
      withLan(
        2,
        async ([high, low], observer) => {
          assert.ok(high && low);
          const inside = await Capture.start(observer, { device: "eth1" });
          const master = await startDirector(high, roles.master, grouped(150));
          await master.waitFor("MASTER", 30_000, OUTSIDE.name);
          const backup = await startDirector(low, roles.backup, grouped(100));
          await settled(master, backup);

          await high.linkDown("eth0");
          await master.waitFor("FAULT", 2_000, OUTSIDE.name);
          await master.waitFor("FAULT", 2_000, INSIDE.name);
          await inside.waitFor(resignation(INSIDE.vrid, high.lanAddresses[1]), 2_000);
          for (const { name } of [OUTSIDE, INSIDE]) await backup.waitFor("MASTER", 6_000, name);
          await eventually(["", BOTH], () => holdings(high, low), 1_000);

          await high.linkUp("eth0");
          await settled(master, backup);
        },
        { lans: 2 },
      ));

    test("a VIP of one member deleted behind the master's back: all resign with priority 0, and are elected again", () =>
      withLan(
        2,
        async ([high, low], observer) => {
          assert.ok(high && low);
          const captures = [await Capture.start(observer), await Capture.start(observer, { device: "eth1" })];
          const master = await startDirector(high, roles.master, grouped(150));
          await master.waitFor("MASTER", 30_000, OUTSIDE.name);
          const backup = await startDirector(low, roles.backup, grouped(100));
          await settled(master, backup);

          await high.exec("ip", "addr", "del", `${OUTSIDE.vip}/24`, "dev", "eth0");
          for (const [i, { vrid }] of [OUTSIDE, INSIDE].entries()) {
            const capture = captures[i];
            assert.ok(capture);
            const resigned: AdvertFrame = await capture.waitFor(resignation(vrid, high.lanAddresses[i]), 2_000);
            const next: AdvertFrame = await capture.waitFor(advertBy(vrid), 2_000, resigned.at + 1);
            await cameInTime("the next advert", resigned.at + skewMs(150) * 1_000, next.at, 286);
            assert.deepEqual([next.source, next.priority], [high.lanAddresses[i], 150]);
          }
          await settled(master, backup);
          for (const { name } of [OUTSIDE, INSIDE]) {
            assert.deepEqual(master.states(name), ["BACKUP", "MASTER", "BACKUP", "MASTER"]);
            assert.deepEqual(backup.states(name), ["BACKUP"]);
          }
        },
        { lans: 2 },
      ));

    test("TERM hands both over, power loss too", () =>
      withLan(
        2,
        async ([high, low]) => {
          assert.ok(high && low);
          const first = await startDirector(high, roles.master, grouped(150));
          await first.waitFor("MASTER", 30_000, OUTSIDE.name);
          const backup = await startDirector(low, roles.backup, grouped(100));
          await settled(first, backup);

          await first.stop();
          for (const { name } of [OUTSIDE, INSIDE]) await backup.waitFor("MASTER", 3_000, name);
          await eventually(["", BOTH], () => holdings(high, low), 1_000);

          const second = await startDirector(high, roles.master, grouped(150));
          await settled(second, backup);
          second.crash();
          for (const { name } of [OUTSIDE, INSIDE]) await backup.waitFor("MASTER", 6_000, name);
          await eventually([BOTH], () => holdings(low), 1_000);
        },
        { lans: 2 },
      ));
  });
}
