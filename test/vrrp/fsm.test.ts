import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import { step } from "../../src/vrrp/fsm.ts";
import { deadlineOf, masterDownInterval, skewTime } from "../../src/vrrp/fsm-state.ts";
import type { BackupState, MasterState, VirtualRouter, VrrpEffect, VrrpEvent, VrrpState } from "../../src/vrrp/fsm-state.ts";

const NOW = 10 * SECOND;
const LOW = ipAddress("192.0.2.1");
const HIGH = ipAddress("192.0.2.9");
const DOWN_100 = 3 * SECOND + 609_375;
const INIT: VrrpState = { name: "INIT" };
const FAULT: VrrpState = { name: "FAULT" };
const BACKUP: BackupState = {
  name: "BACKUP",
  masterDownAt: 12 * SECOND,
  wantsMaster: false,
  master: HIGH,
  masterPriority: 150,
  masterIntervalUs: undefined,
  preemptAt: undefined,
  ownerReduced: false,
};
const MASTER: MasterState = { name: "MASTER", advertAt: 10.5 * SECOND, contest: undefined };
const router: VirtualRouter = {
  name: "VI",
  version: 2,
  priority: 100,
  advertIntervalUs: SECOND,
  downTimerAdverts: 3,
  preempt: true,
  preemptDelayUs: 0,
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  timerExpiredBackup: undefined,
  source: ipAddress("192.0.2.5"),
  grouped: false,
};
const OWNER = { priority: 255 };
const advert = (priority: number, source = HIGH, intervalUs = SECOND): VrrpEvent => ({ type: "advert", priority, source, intervalUs });
const DEADLINE: VrrpEvent = { type: "deadline" };

const FRESH: BackupState = { ...BACKUP, masterDownAt: NOW + DOWN_100, master: undefined, masterPriority: 0 };
const AS_MASTER: MasterState = { name: "MASTER", advertAt: NOW + SECOND, contest: undefined };
const LATE = { preempt: false, timerExpiredBackup: 254 } as const;
const V3 = { version: 3 } as const;
/** Of a master that advertises every four seconds. */
const SLOW_MASTER: BackupState = { ...BACKUP, masterIntervalUs: 4 * SECOND };
const TAKE_OVER = ["send 100", "-> MASTER", "install", "announce master"];
const YIELD = ["-> BACKUP", "remove"];

interface Row {
  readonly name: string;
  readonly with?: Partial<VirtualRouter>;
  readonly from: VrrpState;
  readonly event: VrrpEvent;
  readonly state: VrrpState;
  readonly effects: readonly string[];
}

const rows: Row[] = [
  { name: "INIT: start goes to BACKUP with a full down timer", from: INIT, event: { type: "startup" }, state: FRESH, effects: ["-> BACKUP (init)"] },
  { name: "INIT: the owner is MASTER at once", with: OWNER, from: INIT, event: { type: "startup" }, state: AS_MASTER, effects: ["send 255", ...TAKE_OVER.slice(1)] },
  {
    name: "INIT: an owner in a sync group asks the group",
    with: { ...OWNER, grouped: true },
    from: INIT,
    event: { type: "startup" },
    state: { ...FRESH, masterDownAt: NOW + 3 * SECOND + 3906, wantsMaster: true },
    effects: ["want master"],
  },
  { name: "INIT: adverts are ignored", from: INIT, event: advert(200), state: INIT, effects: [] },
  { name: "INIT: a fault at start", from: INIT, event: { type: "fault", reason: "x" }, state: FAULT, effects: ["-> FAULT (init)"] },

  { name: "BACKUP: Master_Down_Timer fires", from: BACKUP, event: DEADLINE, state: AS_MASTER, effects: ["(VI) Receive advertisement timeout", ...TAKE_OVER] },
  {
    name: "BACKUP in a group: the timer's end is a wish, and the wait begins anew",
    with: { grouped: true },
    from: BACKUP,
    event: DEADLINE,
    state: { ...BACKUP, masterDownAt: 12 * SECOND + DOWN_100, wantsMaster: true },
    effects: ["(VI) Receive advertisement timeout", "want master"],
  },
  { name: "BACKUP: the group grants it", with: { grouped: true }, from: BACKUP, event: { type: "syncMaster" }, state: AS_MASTER, effects: TAKE_OVER },
  { name: "BACKUP: priority 0 leaves only the skew time", from: BACKUP, event: advert(0), state: { ...BACKUP, masterDownAt: NOW + 609_375 }, effects: ["(VI) Backup received priority 0 advertisement"] },
  { name: "BACKUP: the master's advert restarts the timer", from: BACKUP, event: advert(150), state: { ...BACKUP, masterDownAt: NOW + DOWN_100 }, effects: [] },
  { name: "BACKUP: equal priority is accepted", from: BACKUP, event: advert(100), state: { ...BACKUP, masterDownAt: NOW + DOWN_100, masterPriority: 100 }, effects: [] },
  { name: "BACKUP: a new master is told", from: BACKUP, event: advert(150, LOW), state: { ...BACKUP, masterDownAt: NOW + DOWN_100, master: LOW }, effects: ["(VI) master changed from 192.0.2.9 to 192.0.2.1"] },
  { name: "BACKUP in a group: an accepted advert withdraws the wish", with: { grouped: true }, from: { ...BACKUP, wantsMaster: true }, event: advert(150), state: { ...BACKUP, masterDownAt: NOW + DOWN_100 }, effects: [] },
  { name: "BACKUP: a lower priority is discarded while we may preempt", from: BACKUP, event: advert(99), state: BACKUP, effects: ["(VI) received lower priority (99) advert from 192.0.2.9 - discarding"] },
  { name: "BACKUP, nopreempt: a lower priority is accepted", with: { preempt: false }, from: BACKUP, event: advert(50), state: { ...BACKUP, masterDownAt: NOW + DOWN_100, masterPriority: 50 }, effects: [] },
  {
    name: "BACKUP, preempt_delay: the first lower priority starts it and is accepted",
    with: { preemptDelayUs: 5_500_000 },
    from: BACKUP,
    event: advert(50),
    state: { ...BACKUP, masterDownAt: NOW + DOWN_100, masterPriority: 50, preemptAt: NOW + 5_500_000 },
    effects: ["(VI) start preempt delay (5.500000)"],
  },
  {
    name: "BACKUP, preempt_delay: while it runs, lower priorities are accepted and do not restart it",
    with: { preemptDelayUs: 5 * SECOND },
    from: { ...BACKUP, preemptAt: NOW + 1 },
    event: advert(50),
    state: { ...BACKUP, masterDownAt: NOW + DOWN_100, masterPriority: 50, preemptAt: NOW + 1 },
    effects: [],
  },
  {
    name: "BACKUP, preempt_delay: when it is over, lower priorities are discarded",
    with: { preemptDelayUs: 5 * SECOND },
    from: { ...BACKUP, preemptAt: NOW },
    event: advert(50),
    state: { ...BACKUP, preemptAt: NOW },
    effects: ["(VI) received lower priority (50) advert from 192.0.2.9 - discarding"],
  },
  {
    name: "BACKUP, preempt_delay: an equal or higher priority cancels it",
    with: { preemptDelayUs: 5 * SECOND },
    from: { ...BACKUP, preemptAt: NOW + 1 },
    event: advert(150),
    state: { ...BACKUP, masterDownAt: NOW + DOWN_100 },
    effects: ["(VI) stop preempt delay"],
  },
  { name: "BACKUP: a changed priority shifts the running timer", with: { priority: 228 }, from: BACKUP, event: { type: "priorityChanged", before: 100 }, state: { ...BACKUP, masterDownAt: 12 * SECOND - 500_000 }, effects: [] },
  { name: "BACKUP: down_timer_adverts", with: { downTimerAdverts: 5 }, from: BACKUP, event: advert(150), state: { ...BACKUP, masterDownAt: NOW + 5 * SECOND + 609_375 }, effects: [] },
  { name: "BACKUP: fault", from: BACKUP, event: { type: "fault", reason: "x" }, state: FAULT, effects: ["-> FAULT"] },
  { name: "BACKUP: shutdown is silent", from: BACKUP, event: { type: "shutdown" }, state: INIT, effects: [] },

  { name: "MASTER: the advert timer", from: MASTER, event: DEADLINE, state: { ...MASTER, advertAt: 11.5 * SECOND }, effects: ["send 100"] },
  { name: "MASTER: priority 0 is answered at once", from: MASTER, event: advert(0), state: AS_MASTER, effects: ["send 100", "(VI) Master received priority 0 message", "announce lowerPriority"] },
  { name: "MASTER: higher priority: yield without priority 0", from: MASTER, event: advert(101), state: { ...FRESH, master: HIGH, masterPriority: 101 }, effects: ["(VI) Master received advert from 192.0.2.9 with higher priority 101, ours 100", ...YIELD] },
  { name: "MASTER, timer_expired_backup: who took over meanwhile stays it", with: LATE, from: { ...MASTER, advertAt: NOW - 3 * SECOND }, event: advert(50), state: { ...FRESH, master: HIGH, masterPriority: 50 }, effects: ["VRRP thread timer expired 3.000000 seconds ago", ...YIELD, "(VI) master set to 192.0.2.9"] },
  { name: "MASTER, timer_expired_backup: another advert in time is judged as ever", with: LATE, from: MASTER, event: advert(50), state: AS_MASTER, effects: ["send 100", "(VI) Received advert from 192.0.2.9 with lower priority 50, ours 100, forcing new election", "announce lowerPriority", "heard lower"] },
  { name: "MASTER, higher_prio_send_advert: one advert first", with: { higherPrioSendAdvert: true }, from: MASTER, event: advert(101), state: { ...FRESH, master: HIGH, masterPriority: 101 }, effects: ["send 100", "(VI) Master received advert from 192.0.2.9 with higher priority 101, ours 100", ...YIELD] },
  { name: "MASTER: same priority, higher address: yield", from: MASTER, event: advert(100), state: { ...FRESH, master: HIGH, masterPriority: 100 }, effects: ["(VI) Master received advert from 192.0.2.9 with same priority 100 but higher IP address than ours", ...YIELD] },
  { name: "MASTER: same priority, lower address: insist", from: MASTER, event: advert(100, LOW), state: AS_MASTER, effects: ["send 100", "(VI) Received advert from 192.0.2.1 with lower priority 100, ours 100, forcing new election", "announce lowerPriority", "heard lower"] },
  { name: "MASTER: lower priority: insist", from: MASTER, event: advert(99), state: AS_MASTER, effects: ["send 100", "(VI) Received advert from 192.0.2.9 with lower priority 99, ours 100, forcing new election", "announce lowerPriority", "heard lower"] },
  { name: "MASTER, lower_prio_no_advert: silent, and the advert timer runs on", with: { lowerPrioNoAdvert: true }, from: MASTER, event: advert(99), state: MASTER, effects: ["(VI) Received advert from 192.0.2.9 with lower priority 99, ours 100", "announce lowerPriority", "heard lower"] },
  { name: "MASTER: our own priority and address from elsewhere is only a warning", from: MASTER, event: advert(100, router.source), state: MASTER, effects: ["(VI) WARNING - equal priority advert received from remote host with our IP address."] },
  { name: "MASTER: fault: priority 0, then the addresses go", from: MASTER, event: { type: "fault", reason: "x" }, state: FAULT, effects: ["-> FAULT", "send 0", "(VI) sent 0 priority", "remove"] },
  { name: "MASTER: resigning: priority 0, and Skew_Time until the new election", from: MASTER, event: { type: "resign", reason: "x" }, state: { ...FRESH, masterDownAt: NOW + 609_375 }, effects: ["-> BACKUP", "send 0", "(VI) sent 0 priority", "remove"] },
  {
    name: "two owners: resigning while reduced to 254",
    with: OWNER,
    from: { ...MASTER, contest: { rival: LOW, rivalIntervalUs: undefined, phase: "reduced", until: 15 * SECOND, heardAgain: true } },
    event: { type: "resign", reason: "x" },
    state: { ...FRESH, masterDownAt: NOW + 7813, ownerReduced: true },
    effects: ["-> BACKUP", "send 0", "(VI) sent 0 priority", "remove"],
  },
  { name: "MASTER: the group goes to BACKUP: no priority 0", from: MASTER, event: { type: "syncBackup" }, state: FRESH, effects: YIELD },
  { name: "MASTER: shutdown", from: MASTER, event: { type: "shutdown" }, state: INIT, effects: ["send 0", "(VI) sent 0 priority", "remove"] },

  { name: "two owners: the lower address yields", with: OWNER, from: MASTER, event: advert(255), state: { ...FRESH, masterDownAt: NOW + 3 * SECOND + 3906, master: HIGH, masterPriority: 255 }, effects: ["(VI) CONFIGURATION ERROR: local instance and 192.0.2.9 are both configured as address owner, please resolve", ...YIELD] },
  {
    name: "two owners: the higher address insists twice and waits 1.2 intervals",
    with: OWNER,
    from: MASTER,
    event: advert(255, LOW),
    state: { ...AS_MASTER, contest: { rival: LOW, rivalIntervalUs: undefined, phase: "waiting", until: NOW + 1_200_000, heardAgain: false } },
    effects: ["send 255", "send 255", "(VI) CONFIGURATION ERROR: local instance and 192.0.2.1 are both configured as address owner, please resolve", "announce lowerPriority"],
  },
  {
    name: "two owners: the rival gave in",
    with: OWNER,
    from: { ...MASTER, advertAt: 13 * SECOND, contest: { rival: LOW, rivalIntervalUs: undefined, phase: "waiting", until: 12 * SECOND, heardAgain: false } },
    event: DEADLINE,
    state: { ...MASTER, advertAt: 13 * SECOND },
    effects: ["(VI): rogue address owner appears to have stopped advertising"],
  },
  {
    name: "two owners: still contested: 254 until the rival stops",
    with: OWNER,
    from: { ...MASTER, advertAt: 12 * SECOND, contest: { rival: LOW, rivalIntervalUs: undefined, phase: "waiting", until: 12 * SECOND, heardAgain: true } },
    event: DEADLINE,
    state: { ...MASTER, advertAt: 13 * SECOND, contest: { rival: LOW, rivalIntervalUs: undefined, phase: "reduced", until: 15 * SECOND + 3906, heardAgain: true } },
    effects: ["send 254", "(VI) 192.0.2.1 is still advertising as address owner, please resolve - reducing our priority"],
  },
  { name: "two owners: reduced, the rival's 255 is higher", with: OWNER, from: { ...MASTER, contest: { rival: LOW, rivalIntervalUs: undefined, phase: "reduced", until: 15 * SECOND, heardAgain: true } }, event: advert(255, LOW), state: { ...FRESH, masterDownAt: NOW + 3 * SECOND + 7813, master: LOW, masterPriority: 255, ownerReduced: true }, effects: ["(VI) Master received advert from 192.0.2.1 with higher priority 255, ours 254", ...YIELD] },
  { name: "two owners: the rival falls silent: 255 again", with: OWNER, from: { ...BACKUP, ownerReduced: true }, event: DEADLINE, state: AS_MASTER, effects: ["(VI) Receive advertisement timeout", "(VI) Restoring our priority to 255 since other address owner has disappeared", "send 255", ...TAKE_OVER.slice(1)] },

  { name: "FAULT: adverts are ignored", from: FAULT, event: advert(0), state: FAULT, effects: [] },
  { name: "FAULT: back to BACKUP with a new down timer", from: FAULT, event: { type: "recovered" }, state: FRESH, effects: ["-> BACKUP"] },
  { name: "FAULT: an owner waits for one interval and its skew", with: OWNER, from: FAULT, event: { type: "recovered" }, state: { ...FRESH, masterDownAt: NOW + SECOND + 3906 }, effects: ["-> BACKUP"] },
  { name: "version 2: whatever an advert says, our own interval counts", from: BACKUP, event: advert(150, HIGH, 4 * SECOND), state: { ...BACKUP, masterDownAt: NOW + DOWN_100 }, effects: [] },
  {
    name: "version 3 BACKUP: the master's interval is learned, and the skew is a part of it",
    with: V3,
    from: BACKUP,
    event: advert(150, HIGH, 2 * SECOND),
    state: { ...BACKUP, masterDownAt: NOW + 6 * SECOND + 1_218_750, masterIntervalUs: 2 * SECOND },
    effects: ["(VI) advertisement interval updated from 1000ms to 2000ms by master"],
  },
  {
    name: "version 3 BACKUP: centiseconds",
    with: { ...V3, advertIntervalUs: 30_000 },
    from: SLOW_MASTER,
    event: advert(150, HIGH, 30_000),
    state: { ...SLOW_MASTER, masterDownAt: NOW + 90_000 + 18_281, masterIntervalUs: 30_000 },
    effects: ["(VI) advertisement interval updated from 4000ms to 30ms by master"],
  },
  { name: "version 3 BACKUP: the same interval again says nothing", with: V3, from: SLOW_MASTER, event: advert(150, HIGH, 4 * SECOND), state: { ...SLOW_MASTER, masterDownAt: NOW + 12 * SECOND + 2_437_500 }, effects: [] },
  { name: "version 3 BACKUP: an interval of zero is not believed", with: V3, from: SLOW_MASTER, event: advert(150, HIGH, 0), state: { ...BACKUP, masterDownAt: NOW + DOWN_100 }, effects: [] },
  { name: "version 3 BACKUP: a lower priority that is discarded teaches nothing", with: V3, from: BACKUP, event: advert(50, LOW, 4 * SECOND), state: BACKUP, effects: ["(VI) received lower priority (50) advert from 192.0.2.1 - discarding"] },
  { name: "version 3 BACKUP: priority 0 leaves the skew of the learned interval", with: V3, from: SLOW_MASTER, event: advert(0), state: { ...SLOW_MASTER, masterDownAt: NOW + 2_437_500 }, effects: ["(VI) Backup received priority 0 advertisement"] },
  {
    name: "version 3 BACKUP: another priority moves the timer by the learned interval",
    with: { ...V3, priority: 164 },
    from: SLOW_MASTER,
    event: { type: "priorityChanged", before: 100 },
    state: { ...SLOW_MASTER, masterDownAt: SLOW_MASTER.masterDownAt - SECOND },
    effects: [],
  },
  { name: "version 3: MASTER advertises with its own interval", with: V3, from: SLOW_MASTER, event: DEADLINE, state: AS_MASTER, effects: ["(VI) Receive advertisement timeout", ...TAKE_OVER] },
  {
    name: "version 3 MASTER: who yields waits by the interval of the one it yields to",
    with: V3,
    from: MASTER,
    event: advert(150, HIGH, 4 * SECOND),
    state: { ...SLOW_MASTER, masterDownAt: NOW + 12 * SECOND + 2_437_500 },
    effects: ["(VI) Master received advert from 192.0.2.9 with higher priority 150, ours 100", ...YIELD],
  },
  { name: "version 3: FAULT forgets the interval", with: V3, from: FAULT, event: { type: "recovered" }, state: FRESH, effects: ["-> BACKUP"] },
  {
    name: "version 3: of two owners the one that insists waits by the longer interval",
    with: { ...V3, ...OWNER },
    from: MASTER,
    event: advert(255, LOW, 4 * SECOND),
    state: { ...AS_MASTER, contest: { rival: LOW, rivalIntervalUs: 4 * SECOND, phase: "waiting", until: NOW + 4_800_000, heardAgain: false } },
    effects: ["send 255", "send 255", "(VI) CONFIGURATION ERROR: local instance and 192.0.2.1 are both configured as address owner, please resolve", "announce lowerPriority"],
  },
];

function describeEffect(effect: VrrpEffect): string {
  switch (effect.type) {
    case "sendAdvert":
      return `send ${effect.priority}`;
    case "log":
      return effect.text;
    case "transition":
      return `-> ${effect.to}${effect.first ? " (init)" : ""}`;
    case "wantMaster":
      return "want master";
    case "installNetwork":
      return "install";
    case "removeNetwork":
      return "remove";
    case "announce":
      return `announce ${effect.because}`;
    case "heardLowerPriority":
      return "heard lower";
  }
}

for (const row of rows) {
  test(row.name, () => {
    // A deadline event comes when the deadline is reached; `at` shifts the wanted instants of takeovers accordingly.
    const at = row.event.type === "deadline" ? (deadlineOf(row.from) ?? NOW) : NOW;
    const want = row.event.type === "deadline" && row.state === AS_MASTER ? { ...AS_MASTER, advertAt: at + SECOND } : row.state;
    const got = step({ ...router, ...row.with }, row.from, row.event, at);
    assert.deepEqual(got.state, want);
    assert.deepEqual(got.effects.map(describeEffect), row.effects);
  });
}

test("a deadline that is not due changes nothing", () => {
  assert.deepEqual(step(router, BACKUP, DEADLINE, BACKUP.masterDownAt - 1), { state: BACKUP, effects: [] });
  assert.deepEqual(step(router, MASTER, DEADLINE, MASTER.advertAt - 1), { state: MASTER, effects: [] });
});

test("timer_expired_backup: a master yields without a word when those with the highest priority have given it up", () => {
  const late = (lateUs: number, timerExpiredBackup = 254) => {
    const got = step({ ...router, preempt: false, timerExpiredBackup }, { ...MASTER, advertAt: NOW - lateUs }, DEADLINE, NOW);
    return [got.state, got.effects.map(describeEffect)];
  };
  // Three intervals since its last advert, and the skew: of 254, 7,813 us.
  assert.deepEqual(late(2_007_812), [AS_MASTER, ["send 100"]]);
  assert.deepEqual(late(2_007_813), [FRESH, ["VRRP thread timer expired 2.007813 seconds ago", ...YIELD]]);
  assert.deepEqual([late(2_609_374, 100), late(2_609_375, 100)[0]], [[AS_MASTER, ["send 100"]], FRESH]);
});

test("Skew_Time and Master_Down_Interval of version 2", () => {
  assert.deepEqual([1, 100, 254, 255].map((priority) => skewTime(router, priority)), [996_094, 609_375, 7813, 3906]);
  assert.equal(masterDownInterval({ ...router, advertIntervalUs: 5 * SECOND }), 15 * SECOND + 609_375, "the skew is a part of one second, whatever the interval");
});

test("Skew_Time and Master_Down_Interval of version 3", () => {
  const fast = { ...router, version: 3, advertIntervalUs: 10_000 } as const;
  assert.deepEqual([1, 100, 254, 255].map((priority) => skewTime(fast, priority)), [9961, 6094, 78, 39]);
  assert.deepEqual([masterDownInterval(fast), masterDownInterval(fast, 100, SECOND)], [36_094, DOWN_100]);
  assert.equal(masterDownInterval(router, 100, 4 * SECOND), DOWN_100, "learned by version 3, and now it is version 2");
});
