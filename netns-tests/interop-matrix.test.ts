// Regent and Debian's keepalived as a pair, in both roles, all rows of the matrix at once: election, priority 0 and handover,
// return or not, failover after a crash; and what the two put on the wire for the same configuration, field by field.
// `make test` runs a row of each kind, `make interop` (INTEROP=all) every kind with every policy.

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { startDirector } from "./lib/director.ts";
import type { Director } from "./lib/director.ts";
import { eventually, monotonicUs } from "./lib/eventually.ts";
import { expanded } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";
import { macvlans } from "./lib/macvlans.ts";
import { MACVLAN_PORTIONS, PORTIONS, SIGNED_ROWS, downMsOf, instanceName, matrixConfig, priorityOf, skewMsOf, sourceMacOf } from "./lib/matrix.ts";
import type { Row, Side } from "./lib/matrix.ts";
import { PAIRS } from "./lib/pairs.ts";
import type { Roles } from "./lib/pairs.ts";
import { vrrpFrameOf } from "./lib/vrrp-frames.ts";
import type { VrrpFields, VrrpFrame } from "./lib/vrrp-frames.ts";

/** keepalived takes its instances over one after the other, 50 to 100 ms each here: more at once, and the last ones are late. */
const WHOLE = process.env["INTEROP"] === "all";
const TABLES: readonly (readonly [roles: Roles, rows: readonly Row[]])[] = PAIRS.flatMap((roles) => {
  const [first = [], ...others] = PORTIONS;
  const plain = [isRegent(roles) ? [...first, ...SIGNED_ROWS] : first, ...(WHOLE ? others : [])];
  const macvlans = WHOLE ? MACVLAN_PORTIONS : isRegent(roles) ? [] : MACVLAN_PORTIONS.slice(0, 1);
  return [...plain, ...macvlans].map((rows) => [roles, rows] as const);
});
const FILTER = "proto 112 or ip6 proto 112 or proto 51";
/** How late a busy machine's watching process may stamp a frame. */
const CAPTURE_MS = 60;
/** How late a director, and whoever watches it, may be on a machine whose cores are both busy; far less than an interval more. */
const LATE_MS = 1_500;
const STATE_MS = 30_000;
const SOON_MS = 15_000;

async function prepare(nodes: readonly Node[]): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    await node.exec("ip", "addr", "add", `2001:db8::${11 + i}/64`, "dev", "eth0", "nodad");
    await eventually(false, async () => (await node.addresses("eth0")).some(({ flags }) => flags.includes("tentative")), 10_000);
  }
}

/** Waits until every row is in the state that `want` names for it; throws with those that are not. */
async function allIn(rows: readonly Row[], director: Director, want: (row: Row) => string, withinMs = STATE_MS): Promise<void> {
  const others = () => rows.filter((row) => director.state(instanceName(row)) !== want(row)).map((row) => `${row.name}: ${director.state(instanceName(row)) ?? "nothing"}, not ${want(row)}`);
  try {
    await eventually([], others, withinMs);
  } catch (error) {
    throw new Error(`${director.kind} on ${director.node.name}\n${others().join("\n")}\n${director.logs().slice(-60).join("\n")}`, { cause: error });
  }
}

/** What its adverts come from: with a virtual MAC address both have the same. */
async function sourcesOf(node: Node): Promise<Set<string>> {
  return new Set((await node.addresses("eth0")).map(({ local }) => expanded(local)));
}

function isRegent({ master, backup }: Roles): boolean {
  return master === "regentd" && backup === "regentd";
}

/** Rows whose addresses are not where `holder` says. */
async function misplaced(rows: readonly Row[], nodes: Readonly<Record<Side, Node>>, holder: (row: Row) => Side): Promise<string[]> {
  const held = { high: new Set((await nodes.high.addresses()).map(({ local }) => local)), low: new Set((await nodes.low.addresses()).map(({ local }) => local)) };
  return rows.flatMap((row) =>
    row.vips.flatMap((vip) => {
      const address = vip.split("/")[0] ?? "";
      const where = (["high", "low"] as const).filter((side) => held[side].has(address));
      return where.join() === holder(row) ? [] : [`${row.name}: ${address} is on ${where.join(" and ") || "none"}`];
    }),
  );
}

const comesBack = (row: Row): Side => (row.policy === "nopreempt" ? "low" : "high");

describe.concurrent("interop matrix", () => {
  for (const [roles, rows] of TABLES) {
    test(`${rows[0]?.name} and ${rows.length - 1} more: ${roles.name}`, { timeout: 240_000 }, () =>
      withLan(2, async (nodes) => {
        const [high, low] = nodes;
        assert.ok(high && low);
        await prepare(nodes);
        const both = { high, low };
        // On the backup's node, where its own adverts and those for it are seen; a switch shows unicast to nobody else.
        const capture = await Capture.start(low, { filter: FILTER });
        const macs = { high: (await high.mac()).replaceAll(":", ""), low: (await low.mac()).replaceAll(":", "") };
        const sources = { high: await sourcesOf(high), low: await sourcesOf(low) };
        const advertsOf = (row: Row, from: Side, since = 0): VrrpFrame[] =>
          capture.all((frame) => {
            const advert = vrrpFrameOf(frame);
            return advert?.vrid === row.vrid && sources[from].has(advert.source) ? advert : undefined;
          }, since);

        const first = await startDirector(high, roles.master, matrixConfig(rows, "high", 11, 12));
        await allIn(rows, first, () => "MASTER");
        const backup = await startDirector(low, roles.backup, matrixConfig(rows, "low", 12, 11));
        await allIn(rows, backup, () => "BACKUP");
        await eventually([], () => misplaced(rows, both, () => "high"), SOON_MS);
        const elected = monotonicUs();
        await eventually([], () => rows.filter((row) => advertsOf(row, "high", elected).length < 2).map(({ name }) => name), SOON_MS);
        const states = rows.filter((row) => first.state(instanceName(row)) !== "MASTER" || backup.state(instanceName(row)) !== "BACKUP" || advertsOf(row, "low", elected).length > 0);
        assert.deepEqual(states.map(({ name }) => name), [], "more than one of two speaks");

        // Orderly stop: priority 0, and the other one is there after Skew_Time.
        const stopped = monotonicUs();
        await first.stop();
        // 2.2.7 may be killed by its parent before it has deleted the last ones.
        if (roles.master === "regentd") assert.deepEqual(await macvlans(high), []);
        await allIn(rows, backup, () => "MASTER", SOON_MS);
        await eventually([], () => rows.filter((row) => advertsOf(row, "low", stopped).length < 2).map(({ name }) => name), SOON_MS);
        await eventually([], () => misplaced(rows, both, () => "low"), SOON_MS);
        const handover = rows.flatMap((row) => {
          const goodbye = advertsOf(row, "high", stopped).find(({ priority }) => priority === 0);
          const next = advertsOf(row, "low", stopped)[0];
          if (goodbye === undefined || next === undefined) return [`${row.name}: no priority 0`];
          return outside(row, (next.at - goodbye.at) / 1_000, skewMsOf(row), "priority 0");
        });
        assert.deepEqual(handover, []);

        // On the wire: what differs is who sends it, and when.
        const different = rows.flatMap((row) => {
          const theirs = advertsOf(row, "high", elected)[0];
          const ours = advertsOf(row, "low", stopped)[0];
          assert.ok(theirs && ours);
          const wrong = [theirs.priority !== priorityOf(row, "high"), ours.priority !== priorityOf(row, "low"), theirs.sourceMac !== sourceMacOf(row, macs.high), ours.sourceMac !== sourceMacOf(row, macs.low), theirs.fields.checksum === "wrong"].some((one) => one);
          return wrong ? [`${row.name}: ${JSON.stringify([theirs, ours])}`] : differences(row, theirs.fields, ours.fields);
        });
        assert.deepEqual(different, []);

        // It comes back, or not.
        const again = await startDirector(high, roles.master, matrixConfig(rows, "high", 11, 12));
        await allIn(rows, again, (row) => (comesBack(row) === "high" ? "MASTER" : "BACKUP"));
        await allIn(rows, backup, (row) => (comesBack(row) === "high" ? "BACKUP" : "MASTER"));
        await eventually([], () => misplaced(rows, both, comesBack), SOON_MS);
        const settled = monotonicUs();
        await eventually([], () => rows.filter((row) => advertsOf(row, comesBack(row), settled).length < 2).map(({ name }) => name), SOON_MS);

        // Power lost: after Master_Down_Interval the other one is there.
        const crashed = monotonicUs();
        again.crash();
        await allIn(rows, backup, () => "MASTER", SOON_MS);
        const failover = rows.filter((row) => comesBack(row) === "high").flatMap((row) => {
          const last = advertsOf(row, "high", settled).at(-1);
          const next = advertsOf(row, "low", crashed)[0];
          if (last === undefined || next === undefined) return [`${row.name}: nobody takes over`];
          return outside(row, (next.at - last.at) / 1_000, downMsOf(row), "crash");
        });
        assert.deepEqual(failover, []);
      }));
  }
});

function outside({ name }: Row, tookMs: number, wantMs: number, after: string): string[] {
  return tookMs >= wantMs - CAPTURE_MS && tookMs <= wantMs + LATE_MS ? [] : [`${name}: took over ${tookMs} ms after ${after}, not ${wantMs}`];
}

function differences({ name }: Row, a: VrrpFields, b: VrrpFields): string[] {
  return (Object.keys(a) as (keyof VrrpFields)[]).flatMap((field) => {
    const [left, right] = [a[field], b[field]].map((value) => JSON.stringify(value));
    return left === right ? [] : [`${name}: ${field} ${left} and ${right}`];
  });
}
