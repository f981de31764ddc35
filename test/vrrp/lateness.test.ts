import assert from "node:assert/strict";
import { test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { Lateness } from "../../src/vrrp/lateness.ts";

test("a deadline that stays open is told once a second, not with every turn; the worst is remembered", () => {
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text);
  const log = { write: () => undefined, info: write, warning: write, error: write, detail: write };
  const lateness = new Lateness();
  lateness.measure(undefined, 100 * SECOND, log);
  lateness.measure(10 * SECOND, 11 * SECOND, log);
  for (let i = 1; i <= 150; i++) lateness.measure(10 * SECOND, 11 * SECOND + i * 10 * MILLISECOND, log);
  lateness.measure(13 * SECOND, 12 * SECOND, log);
  assert.deepEqual(lines, ["A thread timer expired 1.010000 seconds ago", "A thread timer expired 2.010000 seconds ago"]);
  assert.equal(lateness.maxUs, 2_500 * MILLISECOND);
});
