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

/** How many of the nodes hold the address, again and again. */
class Watch {
  readonly #nodes: readonly Node[];
  /** The longest time in which none held it, and in which both did, in milliseconds. */
  readonly longest = { none: 0, both: 0 };
  #since = { none: 0, both: 0 };
  #running = true;
  readonly #done: Promise<void>;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    const now = performance.now();
    this.#since = { none: now, both: now };
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const held = (await Promise.all(this.#nodes.map((node) => node.holds(VIP)))).filter(Boolean).length;
      const now = performance.now();
      for (const what of ["none", "both"] as const) {
        if (held === (what === "none" ? 0 : 2)) this.longest[what] = Math.max(this.longest[what], now - this.#since[what]);
        else this.#since[what] = now;
      }
      await sleep(SAMPLE_MS);
    }
  }
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
    const watch = new Watch([high, low]);
    for (const kind of ["regentd", "keepalived"] as const) {
      // The BACKUP first, as one does: nothing moves.
      assert.equal(await second.stop(), 0);
      second = await start(low, kind);
      await second.waitFor("BACKUP");
      await sleep(1_500);
      assert.equal(first.state(), "MASTER");
      // Then the MASTER: its partner takes over at once, and gives back when it returns.
      const stopped = first.stop();
      await second.waitFor("MASTER");
      assert.equal(await stopped, 0);
      first = await start(high, kind);
      await first.waitFor("MASTER");
      await second.waitFor("BACKUP");
      await sleep(1_500);
    }
    await watch.stop();
    assert.ok(watch.longest.none < LONGEST_MS, `nobody held the address for ${watch.longest.none.toFixed(0)} ms`);
    assert.ok(watch.longest.both < LONGEST_MS, `both held the address for ${watch.longest.both.toFixed(0)} ms`);
    assert.deepEqual([await first.stop(), await second.stop()], [0, 0]);
  }));
