import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Micros } from "../../src/base/time.ts";
import { RealClock } from "../../src/sys/clock.ts";

const wait = (clock: RealClock, at: Micros) => new Promise<Micros>((resolve) => clock.alarm(at, () => resolve(clock.now())));

for (const precise of [false, true]) {
  describe(precise ? "precise" : "rounded up", () => {
    const clock = new RealClock({ precise });

    test("now is monotonic integer microseconds of CLOCK_MONOTONIC", () => {
      const before = process.hrtime.bigint() / 1_000n;
      const now = clock.now();
      const after = process.hrtime.bigint() / 1_000n;
      expect(Number.isInteger(now)).toBe(true);
      expect(BigInt(now) >= before && BigInt(now) <= after).toBe(true);
    });

    test("never early, whatever the fraction of a millisecond", async () => {
      for (let i = 0; i < 60; i++) {
        const at = clock.now() + 137 * i;
        const woken = await wait(clock, at);
        expect(woken).toBeGreaterThanOrEqual(at);
      }
    });

    test("the past comes in the next turn, not in this one", async () => {
      let turn = "this";
      const woken = new Promise<string>((resolve) => clock.alarm(clock.now() - SECOND, () => resolve(turn)));
      turn = "next";
      expect(await woken).toBe("next");
    });

    test("a cancelled alarm is silent, also when its timer has fired once already", async () => {
      let woken = 0;
      const now = clock.now();
      const alarms = [now - 1, now + 500, now + 3_500, now + 9 * MILLISECOND].map((at) => clock.alarm(at, () => woken++));
      await wait(clock, now + 3_000);
      const sofar = woken;
      for (const alarm of alarms) {
        alarm.cancel();
        alarm.cancel();
      }
      await wait(clock, now + 20 * MILLISECOND);
      expect(woken).toBe(sofar);
      expect(sofar).toBeLessThan(4);
    });

    test("a delay beyond what Node's timers take does not fire at once", async () => {
      let woken = false;
      const alarm = clock.alarm(clock.now() + 40 * 24 * 3600 * SECOND, () => (woken = true));
      await wait(clock, clock.now() + 5 * MILLISECOND);
      expect(woken).toBe(false);
      alarm.cancel();
    });
  });
}
