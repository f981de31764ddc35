import assert from "node:assert/strict";
import { test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { eventually, monotonicUs, sleep } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { connectionsTried, loadedConfig, type LoadedDirector, prepareLoad, scriptRuns } from "./lib/loads.ts";

// All that may burden a director at once. How late its adverts are, bench/isolation.ts prints; here only the one thing
// that counts is asserted, since the machine may be slow: nobody takes over.
const LOAD = { busyServers: 500, scripts: 20, idleServers: 5_000 };
const MARKERS = ["192.0.2.101", "192.0.2.102"] as const;
const RELOADS = 3;
const RELOAD_MS = 30_000;

test("saturated checks, 20 scripts a second and reloads of 5,000 real servers depose no master", { timeout: 180_000 }, () =>
  withLan(2, async ([high, low], observer) => {
    assert.ok(high && low);
    await prepareLoad(high);
    const loaded = (part: Pick<LoadedDirector, "marker" | "weight">): string => loadedConfig(high, { priority: 150, load: LOAD, checks: true, ...part });
    const capture = await Capture.start(observer, { filter: "proto 112" });
    const master = await startDirector(high, "regentd", loaded({ marker: MARKERS[0], weight: 1 }));
    await master.waitFor("MASTER", 40_000);
    const backup = await startDirector(low, "keepalived", director({ priority: 90 }));
    await backup.waitFor("BACKUP");
    const [since, connections, runs] = [monotonicUs(), await connectionsTried(high), scriptRuns(high)];

    for (let round = 1; round <= RELOADS; round++) {
      const marker = MARKERS[round % 2] ?? "";
      await master.reload(loaded({ marker, weight: 1 + round }));
      await eventually(true, () => high.holds(marker), RELOAD_MS);
      await sleep(2_000);
    }

    const seconds = (monotonicUs() - since) / 1e6;
    const [tried, run] = [(await connectionsTried(high)) - connections, scriptRuns(high) - runs];
    assert.ok(tried > 200 * seconds, `only ${tried} checks in ${seconds} s: nothing was saturated`);
    assert.ok(run > 5 * seconds, `only ${run} scripts in ${seconds} s`);
    const adverts = capture.all(advertBy(VRID), since);
    assert.deepEqual([...new Set(adverts.map(({ source }) => source))], [high.address]);
    assert.deepEqual(backup.states(), ["BACKUP"]);
    assert.equal(master.state(), "MASTER");
  }),
);
