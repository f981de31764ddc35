import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { always, eventually, monotonicUs } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { SUBJECTS } from "./lib/pairs.ts";

for (const kind of SUBJECTS) {
  describe.concurrent(kind, () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test(`${signal} to a master: one priority 0, no address, no pid file, status 0`, () =>
        withLan(1, async ([node], observer) => {
          assert.ok(node);
          const capture = await Capture.start(observer);
          const master = await startDirector(node, kind, director({ vips: [`${VIP}/24`, "192.0.2.101/24"], more: ["virtual_ipaddress_excluded {", "    192.0.2.120/24", "}"] }));
          await master.waitFor("MASTER");
          await eventually(true, () => node.holds("192.0.2.120"), 1_000);
          const pidFiles = ["", "-vrrp"].map((suffix) => master.configFile.replace(/\.conf$/, `${suffix}.pid`));
          assert.deepEqual(pidFiles.map(existsSync), [true, true]);

          const since = monotonicUs();
          master.kill(signal);
          await master.ended();

          assert.equal(master.exitStatus, 0);
          assert.deepEqual((await node.addresses("eth0")).filter((a) => a.family === "inet").map((a) => a.local), [node.address]);
          assert.deepEqual(pidFiles.map(existsSync), [false, false]);
          await capture.waitFor(advertBy(VRID), 1_000, since);
          // The last periodic one may have left between the reading of the clock and the signal.
          assert.deepEqual(capture.all(advertBy(VRID), since).map((advert) => advert.priority).filter((priority) => priority !== 100), [0]);
        }));
    }

    test("TERM to a backup: not a word on the wire", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const { backup } = await electedPair(high, low, { master: kind, backup: kind });
        const since = monotonicUs();
        assert.equal(await backup.stop(), 0);
        await always(true, () => high.holds(VIP), 1_500);
        assert.deepEqual(capture.all(advertBy(VRID, low.address), since), []);
      }));

    test("the interface is never promiscuous while a director idles, as BACKUP or as MASTER", () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        await electedPair(high, low, { master: kind, backup: kind });
        await always([0, 0], () => Promise.all([high.promiscuity(), low.promiscuity()]), 2_500);
      }));

    test("a second director with the same pid file does not start", () =>
      withLan(1, async ([node]) => {
        assert.ok(node);
        const first = await startDirector(node, kind, director());
        await first.waitFor("BACKUP");
        const pidFiles = ["", "-vrrp", "-checkers"].map((suffix) => first.configFile.replace(/\.conf$/, `${suffix}.pid`));
        const second = await startDirector(node, kind, director(), { args: ["-p", pidFiles[0] ?? "", "-r", pidFiles[1] ?? "", "-c", pidFiles[2] ?? ""] });
        await second.ended();
        await second.waitForLog(/daemon is already running/, 1_000);
        assert.equal(first.running, true);
      }));
  });
}
