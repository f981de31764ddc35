import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, GLOBAL, instance, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { always, eventually, monotonicUs, sleep } from "./lib/eventually.ts";
import { type AdvertFrame, advertBy, gratuitousArpOf } from "./lib/frames.ts";
import { IpMonitor } from "./lib/ip-monitor.ts";
import { withLan } from "./lib/lan.ts";
import { SUBJECTS } from "./lib/pairs.ts";

/** How long reading a configuration may take on a busy machine. Adverts must not wait for it, and are measured. */
const LOAD_MS = 15_000;

/** What the kernel did to this address, in order. */
function changes(monitor: IpMonitor, address: string): string[] {
  return monitor.events(new RegExp(` ${address.replaceAll(".", "\\.")}/`)).map(([sign]) => (sign === "-" ? "deleted" : "added"));
}

/** The longest silence between two of these adverts, in milliseconds. */
function longestGap(adverts: readonly AdvertFrame[]): number {
  return Math.max(...adverts.slice(1).map((advert, i) => (advert.at - (adverts[i]?.at ?? 0)) / 1_000));
}

for (const kind of SUBJECTS) {
  describe.concurrent(kind, () => {
    test("HUP, five times with the same file: no late advert, no address flap, no other state", () =>
      withLan(1, async ([node], observer) => {
        assert.ok(node);
        const capture = await Capture.start(observer);
        const master = await startDirector(node, kind, director());
        await master.waitFor("MASTER");
        await eventually(true, () => node.holds(VIP), 1_000);
        const watch = await IpMonitor.addresses(node);
        await capture.waitFor(advertBy(VRID), 2_000, monotonicUs());
        const since = monotonicUs();

        for (let i = 0; i < 5; i++) {
          await master.reload(director());
          await sleep(700);
        }
        await capture.waitFor(advertBy(VRID), 2_000, monotonicUs());

        const adverts = capture.all(advertBy(VRID), since);
        // keepalived's masters advertise at once after a reload, so gaps may be shorter; 200 ms are the machine's.
        assert.ok(longestGap(adverts) < 1_200, `an advert was ${longestGap(adverts)} ms after the one before`);
        assert.deepEqual([...new Set(adverts.map((advert) => advert.priority))], [100]);
        assert.deepEqual(changes(watch, VIP), []);
        assert.equal(master.state(), "MASTER");
      }));

    test("reload_time_file: at its time, not before, and the file is gone", () =>
      withLan(1, async ([node]) => {
        assert.ok(node);
        const file = join(node.dir, "when");
        const text = (vip: string) => director({ vips: [`${VIP}/24`, vip] }).replace("global_defs {", `global_defs {\n    reload_time_file ${file}`);
        const master = await startDirector(node, kind, text("192.0.2.101/24"));
        await master.waitFor("MASTER");
        await eventually(true, () => node.holds("192.0.2.101"), 1_000);
        await writeFile(master.configFile, text("192.0.2.102/24"));
        const atMs = Math.ceil(Date.now() / 1_000 + 4) * 1_000;
        await writeFile(file, `${new Date(atMs).toISOString().slice(11, 19)}Z\n`);
        await master.waitForLog(/Scheduling reload for \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
        await always(false, () => node.holds("192.0.2.102"), atMs - Date.now() - 1_000);
        await eventually(true, () => node.holds("192.0.2.102"), LOAD_MS);
        assert.equal(existsSync(file), false);
        assert.equal(await node.holds("192.0.2.101"), false);
        assert.equal(await master.stop(), 0);
      }));

    test("reload_check_config: the log file says what is wrong, and is empty when nothing is", () =>
      withLan(1, async ([node]) => {
        assert.ok(node);
        const file = join(node.dir, "check.log");
        const text = (lines: string) => director().replace("global_defs {", `global_defs {\n    reload_check_config ${file}\n${lines}`);
        const master = await startDirector(node, kind, text(""));
        await master.waitFor("MASTER");
        await master.reload(text("nonsense 7\n"));
        await master.waitForLog(/New config failed validation, see \S+check\.log for details/, LOAD_MS);
        const said = () => readFile(file, "utf8").catch(() => "no file");
        await eventually(true, async () => /Line 3\) Unknown keyword 'nonsense'/.test(await said()), 2_000);
        await master.reload(text(""));
        await eventually("", said, LOAD_MS);
        assert.equal(master.state(), "MASTER");
        assert.equal(await master.stop(), 0);
      }));

    test("HUP: a VIP is added with its gratuitous ARP, another removed, the one that stays does not move", () =>
      withLan(1, async ([node], observer) => {
        assert.ok(node);
        const capture = await Capture.start(observer);
        const master = await startDirector(node, kind, director({ vips: [`${VIP}/24`, "192.0.2.101/24"] }));
        await master.waitFor("MASTER");
        await eventually(true, () => node.holds("192.0.2.101"), 1_000);
        const watch = await IpMonitor.addresses(node);
        const since = monotonicUs();

        await master.reload(director({ vips: [`${VIP}/24`, "192.0.2.102/24"] }));

        await eventually([true, false, true], () => Promise.all([VIP, "192.0.2.101", "192.0.2.102"].map((ip) => node.holds(ip))), LOAD_MS);
        await capture.waitFor((frame) => {
          const arp = gratuitousArpOf(frame);
          return arp?.senderIp === "192.0.2.102" ? arp : undefined;
        }, LOAD_MS, since);
        const advert = await capture.waitFor(
          (frame) => {
            const candidate = advertBy(VRID)(frame);
            return candidate?.addresses.includes("192.0.2.102") ? candidate : undefined;
          },
          LOAD_MS,
          since,
        );
        assert.deepEqual(advert.addresses, [VIP, "192.0.2.102"]);
        assert.deepEqual([changes(watch, VIP), changes(watch, "192.0.2.101"), changes(watch, "192.0.2.102")], [[], ["deleted"], ["added"]]);
      }));

    test("HUP: another priority is advertised and decides", () =>
      withLan(2, async ([a, b], observer) => {
        assert.ok(a && b);
        const capture = await Capture.start(observer);
        const { master: first, backup: second } = await electedPair(a, b, { master: kind, backup: kind });

        await first.reload(director({ priority: 90 }));

        await capture.waitFor((frame) => {
          const advert = advertBy(VRID, a.address)(frame);
          return advert?.priority === 90 ? advert : undefined;
        }, LOAD_MS);
        await second.waitFor("MASTER", 6_000);
        await first.waitFor("BACKUP", 2_000);
        await eventually([false, true], async () => [await a.holds(VIP), await b.holds(VIP)], 1_000);
      }));

    test("HUP: an instance that is gone resigns, one that is new is elected, a third is not disturbed", () =>
      withLan(1, async ([node], observer) => {
        assert.ok(node);
        const capture = await Capture.start(observer);
        const stays = instance({ name: "VI_stays", vrid: 60, vips: ["192.0.2.110/24"] });
        const leaves = instance({ name: "VI_leaves", vrid: 61, vips: ["192.0.2.111/24"] });
        const comes = instance({ name: "VI_comes", vrid: 62, vips: ["192.0.2.112/24"] });
        const master = await startDirector(node, kind, GLOBAL + stays + leaves);
        await master.waitFor("MASTER", 30_000, "VI_stays");
        await master.waitFor("MASTER", 30_000, "VI_leaves");
        await eventually([true, true], () => Promise.all(["192.0.2.110", "192.0.2.111"].map((ip) => node.holds(ip))), 1_000);
        const watch = await IpMonitor.addresses(node);
        const since = monotonicUs();

        await master.reload(GLOBAL + stays + comes);

        await capture.waitFor((frame) => (advertBy(61)(frame)?.priority === 0 ? true : undefined), LOAD_MS, since);
        await eventually(false, () => node.holds("192.0.2.111"), 1_000);
        await master.waitFor("MASTER", 30_000, "VI_comes");
        await eventually(true, () => node.holds("192.0.2.112"), 1_000);
        assert.deepEqual(changes(watch, "192.0.2.110"), []);
        const adverts = capture.all(advertBy(60), since);
        assert.ok(adverts.length >= 3 && longestGap(adverts) < 1_200, `an advert was ${longestGap(adverts)} ms late`);
        assert.deepEqual(adverts.filter((advert) => advert.priority !== 100), []);
      }));

    test("HUP on a backup keeps it a backup that hears its master", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const { backup } = await electedPair(high, low, { master: kind, backup: kind });
        for (let i = 0; i < 3; i++) {
          await backup.reload(director({ priority: 100 + i }));
          await sleep(1_000);
        }
        await always([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 3_000);
        assert.deepEqual(capture.all(advertBy(VRID, low.address)), []);
      }));
  });
}

// keepalived runs on with what it understood of the broken file; Regent changes nothing.
for (const kind of SUBJECTS.filter((one) => one === "regentd")) {
  test(`${kind}: a broken file on HUP changes nothing and is named with its line`, () =>
    withLan(1, async ([node], observer) => {
      assert.ok(node);
      const capture = await Capture.start(observer);
      const master = await startDirector(node, kind, director());
      await master.waitFor("MASTER");
      await eventually(true, () => node.holds(VIP), 1_000);
      const watch = await IpMonitor.addresses(node);
      const since = monotonicUs();

      await master.reload(director({ priority: 50, vips: ["192.0.2.101/24"], more: ["prioritty 70", "}"] }));

      await master.waitForLog(/prioritty/, LOAD_MS);
      await sleep(2_500);
      assert.deepEqual([changes(watch, VIP), changes(watch, "192.0.2.101")], [[], []]);
      const adverts = capture.all(advertBy(VRID), since);
      assert.ok(adverts.length >= 2);
      assert.deepEqual(adverts.map((advert) => [advert.priority, ...advert.addresses].join(" ")), adverts.map(() => `100 ${VIP}`));

      // And the next good one is taken.
      await master.reload(director({ vips: [`${VIP}/24`, "192.0.2.101/24"] }));
      await eventually(true, () => node.holds("192.0.2.101"), 5_000);
    }));
}
