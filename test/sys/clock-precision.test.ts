import { expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Micros } from "../../src/base/time.ts";
import { RealClock } from "../../src/sys/clock.ts";

const clock = new RealClock({ precise: true });

/** How late it wakes when it has slept for each of these, the least first. */
async function lateness(sleeps: readonly Micros[]): Promise<Micros[]> {
  const late: Micros[] = [];
  for (const sleep of sleeps) {
    const at = clock.now() + sleep;
    late.push(await new Promise<Micros>((resolve) => clock.alarm(at, () => resolve(clock.now() - at))));
  }
  return late.sort((a, b) => a - b);
}

test("precise stays precise when the sleep is long: the kernel may be a thousandth of it late", async () => {
  // A machine that is busy at the wrong moment makes one late, never sooner: the best of them tells.
  const late = await lateness([0, 1, 2].map((i) => 3 * SECOND + 137 * i));
  expect(late[0], late.join(" ")).toBeLessThan(500);
});

test("precise wakes within a millisecond, which rounding up cannot", async () => {
  const late = await lateness([...Array(41).keys()].map((i) => 4 * MILLISECOND + 10 * i));
  expect(late[20], late.join(" ")).toBeLessThan(400);
});
