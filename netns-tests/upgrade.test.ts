// A pair is upgraded from keepalived to Regent, one director after the other, and rolled back: the same configuration files,
// and at no time a second without a MASTER, or with two.

import assert from "node:assert/strict";
import { test } from "vitest";
import { director, VIP } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import type { Director, DirectorKind } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";

const SAMPLE_MS = 50;
const LONGEST_MS = 1_000;

/** The longest time in which none of the nodes held the address, and in which both did, in milliseconds, while `story` ran. */
async function longestDuring(nodes: readonly Node[], story: () => Promise<void>): Promise<Record<"none" | "both", number>> {
  const longest = { none: 0, both: 0 };
  let running = true;
  const watch = async (): Promise<void> => {
    const since = { none: performance.now(), both: performance.now() };
    while (running) {
      const held = (await Promise.all(nodes.map((node) => node.holds(VIP)))).filter(Boolean).length;
      const now = performance.now();
      for (const what of ["none", "both"] as const) {
        if (held === (what === "none" ? 0 : 2)) longest[what] = Math.max(longest[what], now - since[what]);
        else since[what] = now;
      }
      await sleep(SAMPLE_MS);
    }
  };
  const told = await Promise.allSettled([story().finally(() => (running = false)), watch()]);
  for (const one of told) if (one.status === "rejected") throw one.reason;
  return longest;
}

test("keepalived to Regent and back, one director at a time: never a second without a MASTER, nor with two", () =>
  withLan(2, async ([high, low]) => {
    assert.ok(high && low);
    const config = { high: director({ priority: 150 }), low: director({ priority: 100 }) };
    const start = (node: Node, kind: DirectorKind): Promise<Director> => startDirector(node, kind, node === high ? config.high : config.low, { args: kind === "keepalived" ? ["-P"] : [] });
    let [first, second] = [await start(high, "keepalived"), await start(low, "keepalived")];
    await first.waitFor("MASTER");
    await second.waitFor("BACKUP");
    await eventually(true, () => high.holds(VIP), 5_000);
    const longest = await longestDuring([high, low], async () => {
      for (const kind of ["regentd", "keepalived"] as const) {
        // The BACKUP first, as one does: nothing moves.
        assert.equal(await second.stop(), 0);
        second = await start(low, kind);
        await second.waitFor("BACKUP");
        await sleep(1_500);
        assert.equal(first.state(), "MASTER");
        // Then the MASTER: its partner takes over at once, and gives back when it returns.
        const [stopped] = await Promise.all([first.stop(), second.waitFor("MASTER")]);
        assert.equal(stopped, 0);
        first = await start(high, kind);
        await first.waitFor("MASTER");
        await second.waitFor("BACKUP");
        await sleep(1_500);
      }
    });
    assert.ok(longest.none < LONGEST_MS, `nobody held the address for ${longest.none.toFixed(0)} ms`);
    assert.ok(longest.both < LONGEST_MS, `both held the address for ${longest.both.toFixed(0)} ms`);
    assert.deepEqual([await first.stop(), await second.stop()], [0, 0]);
  }));
