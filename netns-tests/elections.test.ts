import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, skewMs, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { always, eventually, monotonicUs } from "./lib/eventually.ts";
import { advertBy, gratuitousArpOf } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { PAIRS } from "./lib/pairs.ts";
import { cameInTime, tookOverInTime } from "./lib/takeover.ts";

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    test("the higher priority is elected, whoever starts first", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const backup = await startDirector(low, roles.backup, director({ priority: 100 }));
        const master = await startDirector(high, roles.master, director({ priority: 150 }));
        await master.waitFor("MASTER");
        await backup.waitFor("BACKUP");
        await eventually(true, () => high.holds(VIP), 2_000);
        assert.equal(await low.holds(VIP), false);

        // Nothing moves any more: one of them advertises, once a second.
        const since = monotonicUs();
        await always([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 4_000);
        const adverts = capture.all(advertBy(VRID), since);
        assert.ok(adverts.length >= 3 && adverts.length <= 5, `${adverts.length} adverts in 4 s`);
        assert.deepEqual([...new Set(adverts.map((advert) => `${advert.source} ${advert.priority}`))], [`${high.address} 150`]);
      }));

    test("equal priorities: of two masters the one with the higher address stays", () =>
      withLan(2, async ([lower, higher], observer) => {
        assert.ok(lower && higher);
        const capture = await Capture.start(observer);
        await higher.cut();
        const a = await startDirector(lower, roles.backup, director({ priority: 100 }));
        const b = await startDirector(higher, roles.master, director({ priority: 100 }));
        await a.waitFor("MASTER");
        await b.waitFor("MASTER");
        await higher.uncut();
        await a.waitFor("BACKUP", 5_000);
        await eventually([false, true], async () => [await lower.holds(VIP), await higher.holds(VIP)], 3_000);
        await capture.waitFor(advertBy(VRID, higher.address), 2_000);
        assert.deepEqual(b.states(), ["BACKUP", "MASTER"]);
      }));

    test("a master that loses power is replaced after Master_Down_Interval", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const { master, backup } = await electedPair(high, low, roles);
        await capture.waitFor(advertBy(VRID, high.address), 3_000, monotonicUs());

        master.crash();

        await backup.waitFor("MASTER", 6_000);
        await eventually(true, () => low.holds(VIP), 1_000);
        const first = await tookOverInTime(capture, high, low, 100);
        const arp = await capture.waitFor(gratuitousArpOf, 1_000, first.at);
        assert.equal(arp.senderIp, VIP);
        assert.equal(arp.senderMac, await low.mac());
      }));

    test("TERM: priority 0, and the backup takes over inside Skew_Time", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const { master, backup } = await electedPair(high, low, roles);

        const status = await master.stop();

        assert.equal(status, 0);
        assert.equal(await high.holds(VIP), false);
        await backup.waitFor("MASTER", 2_000);
        const resigned = await capture.waitFor((frame) => {
          const advert = advertBy(VRID, high.address)(frame);
          return advert?.priority === 0 ? advert : undefined;
        }, 1_000);
        const first = await capture.waitFor(advertBy(VRID, low.address), 1_000, resigned.at);
        await cameInTime("took over", resigned.at + skewMs(100) * 1_000, first.at, 291);
      }));
  });
}
