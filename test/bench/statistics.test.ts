import assert from "node:assert/strict";
import { test } from "vitest";
import { gapsByVrid, median, percentile } from "../../bench/lib/statistics.ts";

test("the middle, and what a share of the values does not exceed", () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3]), percentile([4, 1, 2, 3], 0.99), percentile([4, 1, 2, 3], 0.5)], [2, 2.5, 4, 3]);
});

test("gaps are those between adverts of the same virtual router, in milliseconds", () => {
  const frames = [[51, 0], [52, 10_000], [51, 1_000_000], [52, 1_110_000], [51, 2_000_500], [53, 5_000_000]] as const;
  assert.deepEqual(gapsByVrid(frames.map(([vrid, at]) => ({ vrid, at }))), [1_000, 1_100, 1_000.5]);
});
