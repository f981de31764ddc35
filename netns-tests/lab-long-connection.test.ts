import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import type { LongConnectionReport, Phase } from "./lab/long-connection.ts";
import { CHANGED_WEIGHT, EVERY_MS, LONG_PORT, OTHER_SERVICE, SERVICE } from "./lab/long-connection-config.ts";
import { runInLab } from "./lab/run-in-lab.ts";
import { SUBJECTS } from "./lib/pairs.ts";

// An established TCP connection through a virtual server while its director reloads three times: lab/long-connection.ts
// makes it happen and looks at the kernel; here its report is judged.

const LAB_SECONDS = 300;
/** What the lab's one processor may do without the client or the real server, when it is shared with a whole test run. */
const LONGEST_GAP_MS = 5_000;
const RELOADS = ["a reload without a change", "a reload that changes another service", "a reload that changes a weight"];
const REAL_SERVER = "198.51.100.11:8080";

for (const subject of SUBJECTS) {
  describe(`a long connection, ${subject}`, () => {
    let report: LongConnectionReport;

    beforeAll(async () => {
      const { status, output, scratch } = await runInLab("long-connection.js", [subject], LAB_SECONDS);
      try {
        assert.equal(status, 0, output);
        report = JSON.parse(readFileSync(join(scratch, "long-connection.json"), "utf8")) as LongConnectionReport;
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    }, (LAB_SECONDS + 20) * 1_000);

    function during<T extends { readonly at: number }>(phase: Phase, seen: readonly T[]): T[] {
      return seen.filter(({ at }) => at >= phase.since && at < phase.until);
    }

    test("every reload was done, and seen at work", () => {
      assert.deepEqual(report.phases.map(({ name, done }) => `${name}: ${done}`), ["start", "established", ...RELOADS].map((name) => `${name}: true`), report.log);
      for (const phase of report.phases.slice(1)) assert.ok(during(phase, report.samples).length >= 5, `${phase.name}: the kernel was looked at too rarely`);
    });

    test("bytes keep flowing, all of them in order, and none had to be sent twice", () => {
      const { echoes, phases, sentTwice } = report;
      // That nothing was dropped on the way the kernel knows better than any clock of a busy machine.
      assert.equal(sentTwice, 0);
      assert.deepEqual(echoes.map(({ number }) => number), [...echoes.keys()]);
      for (const phase of phases.slice(1)) {
        const times = [phase.since, ...during(phase, echoes).map(({ at }) => at), phase.until];
        const gap = Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? at)));
        assert.ok(gap < LONGEST_GAP_MS, `${phase.name}: nothing came back for ${gap} ms, one line is sent every ${EVERY_MS} ms`);
      }
    });

    test("it is the same connection throughout, for the client and for IPVS", () => {
      assert.deepEqual(report.hungUp, []);
      const entries = report.samples.map(({ connections }) => connections.filter((line) => line.includes(`:${LONG_PORT} `)).map((line) => line.replace(/^TCP \d+:\d+ +/, "")));
      for (const entry of entries) assert.deepEqual(entry.map((line) => line.split(/ +/)), [["ESTABLISHED", `192.0.2.10:${LONG_PORT}`, SERVICE, REAL_SERVER]]);
    });

    test("its service stays as it is at every look, the changed weight aside", () => {
      const [first] = report.samples;
      const ours = (rules: readonly string[]): string[] => rules.filter((rule) => rule.includes(` ${SERVICE} `));
      const before = ours(first?.rules ?? []);
      assert.equal(before.length, 3, before.join("\n"));
      const after = before.map((rule) => (rule.includes(REAL_SERVER) ? rule.replace(/-w \d+$/, `-w ${CHANGED_WEIGHT}`) : rule));
      const tables = report.samples.map(({ rules }) => ours(rules).join("\n"));
      assert.deepEqual([...new Set(tables)], [before.join("\n"), after.join("\n")]);
    });

    test("no counter ever goes back, and the connection's grow", () => {
      const seen = report.samples.map(({ at, counters }) => ({ at, counts: countsOf(counters) }));
      const [first] = seen;
      assert.deepEqual([...(first?.counts.keys() ?? [])], [SERVICE, REAL_SERVER, "198.51.100.12:8080"]);
      seen.slice(1).forEach(({ counts }, i) => {
        for (const [name, before] of seen[i]?.counts ?? []) {
          const now = counts.get(name) ?? [];
          assert.ok(now.length === 5 && before.every((value, column) => (now[column] ?? 0) >= value), `${name} had counted ${before.join(" ")}, then ${now.join(" ")}`);
        }
      });
      for (const phase of report.phases.slice(2)) {
        const packets = during(phase, seen).map(({ counts }) => counts.get(REAL_SERVER)?.[1] ?? 0);
        assert.ok((packets.at(-1) ?? 0) > (packets[0] ?? 0), `${phase.name}: packets ${packets.join(" ")}`);
      }
    });

    // The table before and after does not tell who stayed from who was deleted and added again.
    test("the kernel is asked for the new weight, and for nothing else about this service", () => {
      const asked = RELOADS.map((name) => {
        const phase = report.phases.find((candidate) => candidate.name === name);
        assert.ok(phase);
        return during(phase, report.commands.map(({ at, text }) => ({ at: at / 1_000, text }))).map(({ text }) => text);
      });
      assert.deepEqual(asked[0], []);
      assert.ok(asked[1]?.includes(`SET_SERVICE ${OTHER_SERVICE}`), asked[1]?.join("\n"));
      assert.deepEqual(asked[1]?.filter((text) => !text.includes(` ${OTHER_SERVICE}`)), []);
      assert.deepEqual(asked[2], [`SET_DEST ${SERVICE} ${REAL_SERVER} weight ${CHANGED_WEIGHT}`]);
    });

    test("it ends with status 0", () => {
      assert.equal(report.ended, 0, report.log);
    });
  });
}

/** Conns, InPkts, OutPkts, InBytes, OutBytes of the connection's service and of its real servers, by their names. */
function countsOf(lines: readonly string[]): Map<string, readonly number[]> {
  const from = lines.findIndex((line) => line.includes(` ${SERVICE} `));
  const counts = new Map<string, readonly number[]>();
  for (const [i, line] of lines.slice(Math.max(from, 0)).entries()) {
    if (i > 0 && !line.includes("->")) break;
    const [, name = "", ...numbers] = line.trim().split(/\s+/);
    counts.set(name, numbers.map(Number));
  }
  return counts;
}
