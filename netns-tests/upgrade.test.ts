// A pair is upgraded from keepalived to Regent, one director after the other, and rolled back: the same configuration files,
// and at no time a second without a MASTER, or with two.

import assert from "node:assert/strict";
import { test } from "vitest";
import { AddressMonitor } from "../bench/lib/address-monitor.ts";
import { director, VIP } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import type { Director, DirectorKind } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";

const LONGEST_MS = 1_000;

interface Held {
  /** What became of the address, by node: "+" it came, "-" it went. */
  readonly changes: readonly string[];
  /** The longest time in which none of the nodes held it, and in which both did, in milliseconds. */
  readonly none: number;
  readonly both: number;
}

/** Who of `high`, which has the address, and `low` held it while `story` ran, by the kernel's events. */
async function heldDuring(high: Node, low: Node, story: () => Promise<void>): Promise<Held> {
  const monitors = [await AddressMonitor.start(high), await AddressMonitor.start(low)];
  await story();
  const events = monitors.map((monitor) => monitor.events().filter(({ address }) => address === VIP));
  for (const monitor of monitors) monitor.stop();
  const holds = [true, false];
  const longest = { none: 0, both: 0 };
  let since = Infinity;
  const until = (at: number): void => {
    const held = holds.filter(Boolean).length;
    if (held !== 1) {
      const what = held === 0 ? "none" : "both";
      longest[what] = Math.max(longest[what], (at - since) / 1_000);
    }
    since = at;
  };
  for (const { at, added, i } of events.flatMap((some, i) => some.map((event) => ({ ...event, i }))).sort((a, b) => a.at - b.at)) {
    until(at);
    holds[i] = added;
  }
  until(Date.now() * 1_000);
  return { changes: events.map((some) => some.map(({ added }) => (added ? "+" : "-")).join("")), ...longest };
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
    const held = await heldDuring(high, low, async () => {
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
    assert.deepEqual(held.changes, ["-+-+", "+-+-"]);
    assert.ok(held.none < LONGEST_MS, `nobody held the address for ${held.none.toFixed(0)} ms`);
    assert.ok(held.both < LONGEST_MS, `both held the address for ${held.both.toFixed(0)} ms`);
    assert.deepEqual([await first.stop(), await second.stop()], [0, 0]);
  }));
