import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { initialState, judge } from "../../../src/check/judge.ts";
import type { CheckerState, CheckSchedule } from "../../../src/check/judge.ts";
import { SECOND } from "../../../src/base/time.ts";
import { detectionTimes, detectionWords } from "../../../src/conf/lint/timing/detection.ts";
import { masterDownInterval } from "../../../src/vrrp/fsm-state.ts";
import { atMost } from "../../../src/conf/lint/words.ts";
import { timingLines, timingOf } from "../../../src/conf/lint/timing/timing.ts";
import { opened } from "./support.ts";

// The formulas against the judge itself: a server that goes and returns at every moment that can matter, and a clock that
// is only counted.

type Kind = "TCP_CHECK" | "HTTP_GET" | "MISC_CHECK";

interface Case {
  readonly kind: Kind;
  readonly retry: number;
  readonly delayBeforeRetryUs: number;
  readonly delayLoopUs: number;
  readonly timeoutUs: number;
  readonly steps: number;
  readonly fastRecovery: boolean;
}

const KINDS = { TCP_CHECK: "interval", MISC_CHECK: "start", HTTP_GET: "pass" } as const;

const cases = fc
  .record({
    kind: fc.constantFrom<Kind>("TCP_CHECK", "HTTP_GET", "MISC_CHECK"),
    retry: fc.integer({ min: 0, max: 4 }),
    delayBeforeRetryUs: fc.integer({ min: 1, max: 20 }),
    delayLoopUs: fc.integer({ min: 1, max: 20 }),
    timeoutUs: fc.integer({ min: 1, max: 15 }),
    steps: fc.integer({ min: 1, max: 3 }),
    fastRecovery: fc.boolean(),
  })
  .map((one): Case => (one.kind === "HTTP_GET" ? one : { ...one, steps: 1, fastRecovery: false }));

/** Which url is gone; "all" is the whole server. */
type Gone = number | "all";

/**
 * The longest time from the loss to the verdict, over losses right after each of the first checks of a settled server.
 *
 * @param failsInUs how long a failing check takes
 */
function slowestDown(one: Case, gone: Gone, failsInUs: number): number {
  let slowest = 0;
  // A loss right after check number `settled`, for a whole round of urls.
  for (let settled = one.steps * 2; settled < one.steps * 4; settled++) {
    const world = new World(one);
    for (let i = 0; i <= settled; i++) world.ask(true, 0);
    const lost = world.lastAskedAt;
    while (world.state.up) world.ask(!(gone === "all" || world.state.step === gone), failsInUs);
    slowest = Math.max(slowest, world.now - lost);
  }
  return slowest;
}

/** The longest time from the return to the verdict, over returns right after each of many failing checks began. */
function slowestUp(one: Case): number {
  let slowest = 0;
  for (let failing = 1; failing < 3 * (one.retry + 2); failing++) {
    const world = new World(one);
    for (let i = 0; i < one.steps * 2; i++) world.ask(true, 0);
    while (world.state.up) world.ask(false, one.timeoutUs);
    for (let i = 1; i < failing; i++) world.ask(false, one.timeoutUs);
    const returned = world.lastAskedAt;
    while (!world.state.up) world.ask(true, 0);
    slowest = Math.max(slowest, world.now - returned);
  }
  return slowest;
}

/** One check at work, as src/check/engine.ts runs it. */
class World {
  now = 0;
  lastAskedAt = 0;
  state: CheckerState;
  readonly #schedule: CheckSchedule;
  #askAt = 0;

  constructor({ kind, retry, delayBeforeRetryUs, delayLoopUs, steps, fastRecovery }: Case) {
    this.#schedule = { kind, retry, delayBeforeRetryUs, delayLoopUs, steps, fastRecovery };
    this.state = initialState(this.#schedule, false);
  }

  ask(passes: boolean, failsInUs: number): void {
    this.now = this.#askAt;
    this.lastAskedAt = this.now;
    if (!passes) this.now += failsInUs;
    const verdict = judge(this.#schedule, this.state, passes);
    this.state = verdict.state;
    this.#askAt = Math.max(this.now, (verdict.from === "start" ? this.lastAskedAt : this.now) + verdict.nextInUs);
  }
}

function promised({ kind, steps, ...rest }: Case) {
  return detectionTimes({ ...rest, kind: KINDS[kind], urls: steps });
}

describe("the time that a check takes to notice", () => {
  test("is never longer than promised, and as long at worst: down", () => {
    fc.assert(fc.property(cases, (one) => assert.equal(slowestDown(one, "all", one.timeoutUs), promised(one).downUs)), { numRuns: 500 });
  });

  test("is never longer than promised, and as long at worst: down when it is refused at once", () => {
    fc.assert(fc.property(cases, (one) => assert.equal(slowestDown(one, "all", 0), promised(one).refusedUs)), { numRuns: 500 });
  });

  test("is never longer than promised, and as long at worst: one url of several", () => {
    const several = cases.filter(({ steps }) => steps > 1);
    fc.assert(fc.property(several, (one) => assert.equal(slowestDown(one, 1, one.timeoutUs), promised(one).oneUrlDownUs)), { numRuns: 200 });
  });

  test("is never longer than promised, and as long at worst: up again", () => {
    fc.assert(fc.property(cases, (one) => assert.equal(slowestUp(one), promised(one).upUs)), { numRuns: 500 });
  });

  test("in words", () => {
    const times = detectionTimes({ kind: "interval", retry: 2, delayBeforeRetryUs: 1.5 * SECOND, delayLoopUs: 6 * SECOND, timeoutUs: 5 * SECOND, urls: 1, fastRecovery: false });
    assert.equal(detectionWords(times, "TCP_CHECK"), "down after 3 failures: at most 24.0 s (9.0 s when it refuses); up again after at most 11.0 s");
  });
});

const PAIR = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.1/24 }
    track_interface {
        eth1 weight -50
    }
}
vrrp_instance VI_6 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 200
    nopreempt
    virtual_ipaddress { fe80::1/64 }
}
virtual_server 192.0.2.1 80 {
    delay_loop 6
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.11 80 {
        TCP_CHECK {
            connect_timeout 3
            retry 2
        }
    }
    real_server 198.51.100.12 80 {
        TCP_CHECK {
            connect_timeout 3
            retry 2
        }
    }
}
`;

test("a configuration's timing, in the words of the report", () => {
  assert.deepEqual(timingLines(timingOf(opened(PAIR))), [
    "vrrp_instance VI_1: takes over 3.61 s after the last advert (3.81 s with the priority lowered to 50), 0.61 s after an orderly stop, with priority 100",
    "vrrp_instance VI_6: takes over 0.33 s after the last advert, 0.022 s after an orderly stop, with priority 200; leaves a living master alone (nopreempt)",
    "virtual_server [192.0.2.1]:tcp:80: TCP_CHECK of [198.51.100.11]:tcp:80 and [198.51.100.12]:tcp:80: down after 3 failures: at most 17.0 s (8.0 s when it refuses); up again after at most 9.0 s",
  ]);
});

test("the takeover is what the engine waits", () => {
  const [instance] = opened(PAIR).config.vrrp.instances;
  const [timing] = timingOf(opened(PAIR)).instances;
  assert.ok(instance !== undefined && timing !== undefined);
  const router = { ...instance, source: instance.virtualAddresses[0]?.address, grouped: false } as unknown as Parameters<typeof masterDownInterval>[0];
  assert.equal(timing.downUs, masterDownInterval(router));
});

test("a bound is rounded up, never down", () => {
  assert.equal(atMost(9 * SECOND), "9.0 s");
  assert.equal(atMost(3_609_375), "3.61 s");
  assert.equal(atMost(3_600_001), "3.61 s");
  assert.equal(atMost(39_062), "0.040 s");
  assert.equal(atMost(12_500_000), "12.5 s");
});
