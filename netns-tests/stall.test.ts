import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { always, eventually, monotonicUs, sleep } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { PAIRS } from "./lib/pairs.ts";

// Master_Down_Interval of priority 100 is 3.609 s.
const STALL_MS = 3_300;
/** Longer than Master_Down_Interval: the deadline has passed and three adverts wait. keepalived takes over here. */
const LONG_STALL_MS = 5_000;
/** What keepalived does when its deadline is near is no promise of ours: it has a second to be awake and to read. */
const KEEPALIVED_STALL_MS = 2_500;

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    for (const stallMs of roles.backup === "regentd" ? [STALL_MS, LONG_STALL_MS] : [KEEPALIVED_STALL_MS]) {
      test(`a backup that stalled for ${stallMs} ms finds the adverts that waited and takes over nothing`, () =>
        withLan(2, async ([high, low], observer) => {
          assert.ok(high && low);
          const capture = await Capture.start(observer);
          const { backup } = await electedPair(high, low, roles);
          await capture.waitFor(advertBy(VRID, high.address), 2_000, monotonicUs());

          backup.freeze();
          await sleep(stallMs);
          backup.thaw();

          await always([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 3_000);
          // Not the final state: a brief takeover ends in BACKUP too.
          assert.deepEqual(capture.all(advertBy(VRID, low.address)), []);
          assert.deepEqual(backup.states(), ["BACKUP"]);
        }));
    }

    test(`a master that stalled for ${STALL_MS} ms is still the master`, () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        // Its Master_Down_Interval is 3.961 s: the thawed master, on a busy machine, has 0.6 s to be heard.
        const { master, backup } = await electedPair(high, low, roles, { backup: director({ priority: 10 }) });
        await eventually(true, () => high.holds(VIP), 1_000);
        const last = await capture.waitFor(advertBy(VRID, high.address), 2_000, monotonicUs());

        master.freeze();
        await sleep(STALL_MS - (monotonicUs() - last.at) / 1_000);
        master.thaw();

        await capture.waitFor(advertBy(VRID, high.address), 1_000, last.at + 1);
        await always([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 3_000);
        assert.deepEqual(capture.all(advertBy(VRID, low.address)), []);
        assert.deepEqual([master.states(), backup.states()], [["BACKUP", "MASTER"], ["BACKUP"]]);
      }));
  });
}
