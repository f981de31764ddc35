// keepalived and Regent are put through the same events, on both sides of a pair: what FIFOs and scripts are told, who speaks and
// what, and what the hosts hold at the end. A difference that is meant stands in the row of its event; one that is not seen
// any more fails.

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ASPECTS, tell } from "./lib/differential.ts";
import type { Seen, Step } from "./lib/differential.ts";
import type { DirectorKind } from "./lib/director.ts";
import { STORIES } from "./lib/differential-steps.ts";
import { SUBJECTS, beside } from "./lib/pairs.ts";

/** How much later than the other one a state may come: an interval, as the event falls somewhere in it, and what a busy machine adds. */
const APART_MS = 500 + 1_500;

function differences(step: Step, subject: DirectorKind, theirs: Seen, ours: Seen): string[] {
  const found = ASPECTS.flatMap((aspect) => {
    const [left, right] = [theirs[aspect], ours[aspect]];
    const expected = subject === "regentd" && (step.differs?.in.includes(aspect) ?? false);
    if ((JSON.stringify(left) === JSON.stringify(right)) !== expected) return [];
    const missing = left.filter((line) => !right.includes(line)).map((line) => `  keepalived: ${line}`);
    const more = right.filter((line) => !left.includes(line)).map((line) => `  ${subject}: ${line}`);
    return expected ? [`${step.name}: ${aspect}: no difference any more (${step.differs?.because})`] : [`${step.name}: ${aspect}`, ...(missing.length + more.length > 0 ? [...missing, ...more] : [`  keepalived: ${left.join("; ")}`, `  ${subject}: ${right.join("; ")}`])];
  });
  const apart = theirs.fifo.flatMap((line, i) => {
    const [a, b] = [theirs.times[i], ours.times[i]];
    return ours.fifo[i] !== line || a === undefined || b === undefined || Math.abs(a - b) <= APART_MS ? [] : [`${step.name}: ${line} after ${a} ms and ${b} ms`];
  });
  return [...found, ...apart];
}

describe.concurrent("differential", () => {
  for (const subject of SUBJECTS) {
    for (const { name, plan, steps } of STORIES.filter(({ long }) => long !== true || process.env["INTEROP"] === "all")) {
      test(`${name}: ${subject}`, { timeout: 300_000 }, async () => {
        const [theirs, ours] = await beside(subject, (kind) => tell(kind, plan, steps));
        const found = steps.flatMap((step, i) => {
          const [left, right] = [theirs[i], ours[i]];
          assert.ok(left && right);
          return differences(step, subject, left, right);
        });
        assert.equal(found.join("\n"), "");
      });
    }
  }
});
