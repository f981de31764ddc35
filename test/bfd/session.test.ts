import assert from "node:assert/strict";
import { test } from "vitest";
import type { BfdPacket, BfdStateName } from "../../src/bfd/packet.ts";
import { step } from "../../src/bfd/session.ts";
import type { SessionEvent, Step } from "../../src/bfd/session.ts";
import { UNKNOWN_REMOTE, detectionTimeUs, jitteredUs, newSession, transmitIntervalUs } from "../../src/bfd/session-state.ts";
import type { SessionState } from "../../src/bfd/session-state.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { BfdInstance } from "../../src/conf/model.ts";
import { bfdInstance } from "./support/config.ts";

const config = bfdInstance();
const NOW = 10 * SECOND;
const at = { now: NOW, chance: 0 };
/** Without chance, the jitter takes the whole quarter. */
const jittered = (us: number): number => us * 0.75;

/** What B says; its intervals are those of a session that is up with us. */
function packet(state: BfdStateName, more: Partial<BfdPacket> = {}): SessionEvent & { type: "packet" } {
  const said: BfdPacket = {
    diagnostic: 0,
    state,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: 4,
    myDiscriminator: 77,
    yourDiscriminator: 11,
    desiredMinTxUs: 50 * MILLISECOND,
    requiredMinRxUs: 200 * MILLISECOND,
    requiredMinEchoRxUs: 0,
    ...more,
  };
  return { type: "packet", packet: said };
}

const DOWN: SessionState = { ...newSession(config, 11, NOW - SECOND), sentAt: NOW - 100_000, sendAt: NOW + 800_000 };
const INIT = after(DOWN, packet("Down")).state;
/** The poll that ends idle_tx is answered already. */
const UP = after(after(INIT, packet("Up")).state, packet("Up", { final: true })).state;

function after(state: SessionState, event: SessionEvent, of: BfdInstance = config, when = at): Step {
  return step(of, state, event, when);
}

const lines = ({ effects }: Step): string[] => effects.flatMap((effect) => (effect.type === "log" && effect.level !== "detail" ? [effect.text] : []));
const sent = ({ effects }: Step): string[] =>
  effects.flatMap((effect) => {
    if (effect.type !== "send") return [];
    const { state, poll, final, desiredMinTxUs, diagnostic } = effect.packet;
    return [`${state}${poll ? " P" : ""}${final ? " F" : ""} tx ${desiredMinTxUs / 1000} diag ${diagnostic}`];
  });
const verdicts = ({ effects }: Step): boolean[] => effects.flatMap((effect) => (effect.type === "verdict" ? [effect.up] : []));

// RFC 5880 section 6.2: the whole table, and who is told what.
const transitions: { from: SessionState; hears: BfdStateName; to: SessionState["name"]; diagnostic: number; verdicts: boolean[] }[] = [
  { from: DOWN, hears: "AdminDown", to: "Down", diagnostic: 0, verdicts: [] },
  { from: DOWN, hears: "Down", to: "Init", diagnostic: 0, verdicts: [] },
  { from: DOWN, hears: "Init", to: "Up", diagnostic: 0, verdicts: [true] },
  { from: DOWN, hears: "Up", to: "Down", diagnostic: 0, verdicts: [] },
  { from: INIT, hears: "AdminDown", to: "Down", diagnostic: 3, verdicts: [] },
  { from: INIT, hears: "Down", to: "Init", diagnostic: 0, verdicts: [] },
  { from: INIT, hears: "Init", to: "Up", diagnostic: 0, verdicts: [true] },
  { from: INIT, hears: "Up", to: "Up", diagnostic: 0, verdicts: [true] },
  { from: UP, hears: "AdminDown", to: "Down", diagnostic: 3, verdicts: [] },
  { from: UP, hears: "Down", to: "Down", diagnostic: 3, verdicts: [false] },
  { from: UP, hears: "Init", to: "Up", diagnostic: 0, verdicts: [] },
  { from: UP, hears: "Up", to: "Up", diagnostic: 0, verdicts: [] },
];

for (const { from, hears, to, diagnostic, verdicts: want } of transitions) {
  test(`${from.name} hears ${hears}: ${to}`, () => {
    const result = after(from, packet(hears));
    assert.deepEqual([result.state.name, result.state.diagnostic, verdicts(result)], [to, diagnostic, want]);
    // 6.8.7: what the peer does not know yet is said at once, what it knows waits for its turn.
    assert.equal(sent(result).length, to === from.name && from !== DOWN ? 0 : 1);
    assert.equal(result.state.detectAt, NOW + detectionTimeUs(result.state));
  });
}

test("going down keeps idle_tx, coming up polls for min_tx and says so in keepalived's words", () => {
  const up = after(INIT, packet("Init"));
  assert.deepEqual(sent(up), ["Up P tx 100 diag 0"]);
  assert.deepEqual(lines(up), ["(B1) Entering Up state"]);
  assert.equal(up.state.poll, "running");
  assert.equal(up.state.sendAt, NOW + jittered(200_000)); // B wants 200 ms, we would 100
  const down = after(UP, packet("Down", { diagnostic: 1 }));
  assert.deepEqual(sent(down), ["Down tx 1000 diag 3"]);
  assert.deepEqual(lines(down), [
    "(B1) Entering Down state (Local diagnostic - Neighbor Signaled Session Down, Remote diagnostic - Control Detection Time Expired)",
  ]);
  assert.equal(down.state.sendAt, NOW + jittered(SECOND));
  assert.equal(down.state.poll, "no");
});

test("the lines about intervals are keepalived's", () => {
  const { effects } = after(DOWN, packet("Down", { desiredMinTxUs: SECOND, requiredMinRxUs: 150_000, detectMultiplier: 5 }), config);
  assert.deepEqual(effects.flatMap((effect) => (effect.type === "log" ? [`${effect.level}: ${effect.text}`] : [])), [
    "detail: (B1) ---------------< Session parameters >--------------",
    "detail:              min_tx  min_rx  tx_intv  mult  detect_time",
    "detail:      local   1000000  100000  1000000     3      5000000",
    "detail:      remote  1000000  150000  1000000     5      3000000",
    "info:      Detection time is 5000000 us (was 0 us)",
  ]);
});

test("the Detection Time is over: Down with diagnostic 1, the peer forgotten, and told at once", () => {
  const late = { now: (UP.detectAt ?? 0) + 27, chance: 0 };
  const result = after(UP, { type: "deadline" }, config, late);
  assert.equal(UP.detectionUs, 400_000); // 4 x max(100 ms, 50 ms)
  assert.deepEqual([result.state.name, result.state.diagnostic, result.state.remote, result.state.detectAt], ["Down", 1, UNKNOWN_REMOTE, undefined]);
  assert.deepEqual(sent(result), ["Down tx 1000 diag 1"]);
  assert.deepEqual(verdicts(result), [false]);
  assert.deepEqual(lines(result), [
    "(B1) Expired after 400 ms (27 usec overdue)",
    "(B1) Entering Down state (Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic)",
  ]);
});

test("the Detection Time is not over one microsecond early", () => {
  const early = { now: (UP.detectAt ?? 0) - 1, chance: 0 };
  assert.equal(after(UP, { type: "deadline" }, config, early).state.name, "Up");
});

test("a peer that said AdminDown and falls silent is forgotten without a word to anybody", () => {
  const down = after(UP, packet("AdminDown", { diagnostic: 7 })).state;
  const result = after(down, { type: "deadline" }, config, { now: down.detectAt ?? 0, chance: 0 });
  assert.equal(result.state.remote.discriminator, 0);
  assert.deepEqual([lines(result), verdicts(result)], [[], []]);
});

test("a poll is answered at once with F, whoever we are and whatever runs, and does not move our own turn", () => {
  const result = after(UP, packet("Up", { poll: true }));
  assert.deepEqual(sent(result), ["Up F tx 100 diag 0"]);
  assert.equal(result.state.sendAt, UP.sendAt);
  const quiet = after(UP, packet("Up", { poll: true, demand: true }));
  assert.deepEqual([sent(quiet), quiet.state.sendAt], [["Up F tx 100 diag 0"], undefined]);
});

test("while we poll, every packet says P, and the answer to the peer's poll does not", () => {
  const polling = after(INIT, packet("Init")).state;
  assert.deepEqual(sent(after(polling, { type: "deadline" }, config, { now: polling.sendAt ?? 0, chance: 0 })), ["Up P tx 100 diag 0"]);
  const both = after(polling, packet("Up", { poll: true }));
  assert.deepEqual(sent(both), ["Up F tx 100 diag 0"]);
  assert.equal(both.state.poll, "running");
  const done = after(polling, packet("Up", { final: true })).state;
  assert.equal(done.poll, "no");
});

test("6.8.3: slower sending and faster detection wait for the answer to the poll, the others do not", () => {
  const slower = { ...config, minTxUs: 300_000, minRxUs: 40_000 };
  const polling = after(UP, { type: "configured" }, slower);
  assert.deepEqual(sent(polling), ["Up P tx 300 diag 0"]);
  assert.deepEqual([transmitIntervalUs(polling.state), detectionTimeUs(polling.state)], [200_000, 400_000]);
  const done = after(polling.state, packet("Up", { final: true }), slower).state;
  assert.deepEqual([transmitIntervalUs(done), detectionTimeUs(done)], [300_000, 200_000]); // 4 x max(40, 50) ms

  const faster = { ...config, minTxUs: 10_000, minRxUs: 500_000 };
  const other = after({ ...UP, remote: { ...UP.remote, requiredMinRxUs: 10_000 } }, { type: "configured" }, faster).state;
  assert.deepEqual([transmitIntervalUs(other), detectionTimeUs(other), other.poll], [10_000, 2_000_000, "running"]);
});

test("intervals that change again while a poll runs are polled for again", () => {
  const once = after(UP, { type: "configured" }, { ...config, minTxUs: 300_000 }).state;
  const twice = after(once, { type: "configured" }, { ...config, minTxUs: 400_000 }).state;
  const first = after(twice, packet("Up", { final: true }), { ...config, minTxUs: 400_000 }).state;
  assert.deepEqual([first.poll, transmitIntervalUs(first)], ["running", 200_000]);
  const second = after(first, packet("Up", { final: true }), { ...config, minTxUs: 400_000 }).state;
  assert.deepEqual([second.poll, transmitIntervalUs(second)], ["no", 400_000]);
});

test("a new configuration without a change says and sends nothing; a new multiplier is said at once", () => {
  assert.deepEqual(after(UP, { type: "configured" }), { state: UP, effects: [] });
  const changed = after(UP, { type: "configured" }, { ...config, multiplier: 7 });
  assert.equal(changed.effects.length, 1);
  assert.equal(changed.effects[0]?.type === "send" && changed.effects[0].packet.detectMultiplier, 7);
});

test("passive: silent until the neighbour was heard, and again when it is forgotten", () => {
  const passive = { ...config, passive: true };
  const fresh = newSession(passive, 11, NOW);
  assert.deepEqual([fresh.sendAt, sent(after(fresh, { type: "deadline" }, passive))], [undefined, []]);
  const heard = after(fresh, packet("Down"), passive);
  assert.deepEqual(sent(heard), ["Init tx 1000 diag 0"]);
  const lost = after(heard.state, { type: "deadline" }, passive, { now: heard.state.detectAt ?? 0, chance: 0 });
  assert.deepEqual([lost.state.name, lost.state.sendAt, sent(lost)], ["Down", undefined, []]);
});

test("6.8.7: a peer that wants no packets gets none, one in demand mode none while both are up", () => {
  const none = after(UP, packet("Up", { requiredMinRxUs: 0 }));
  assert.deepEqual([none.state.sendAt, sent(none)], [undefined, []]);
  const demand = after(UP, packet("Up", { demand: true }));
  assert.deepEqual([demand.state.sendAt, sent(demand)], [undefined, []]);
  assert.notEqual(after(UP, packet("Init", { demand: true })).state.sendAt, undefined);
  const again = after(demand.state, packet("Up"));
  assert.equal(again.state.sendAt, Math.max(NOW, (UP.sentAt ?? 0) + jittered(200_000)));
  // 6.6: a change has to be polled for, demand or not.
  const polled = after(demand.state, { type: "configured" }, { ...config, minTxUs: 300_000 });
  assert.deepEqual(sent(polled), ["Up P tx 300 diag 0"]);
});

test("a peer that asks for another rate gets it from our last packet on", () => {
  const slower = after(UP, packet("Up", { requiredMinRxUs: 800_000 })).state;
  assert.equal(slower.sendAt, (UP.sentAt ?? 0) + jittered(800_000));
  const faster = after({ ...UP, sentAt: NOW - 150_000 }, packet("Up", { requiredMinRxUs: 1 })).state;
  assert.equal(faster.sendAt, NOW); // 75 ms after the last packet is over already
});

test("6.8.7: jitter is 75 to 100 % of the interval, 75 to 90 % when one lost packet ends the session", () => {
  const almost = 1 - Number.EPSILON;
  assert.deepEqual([jitteredUs(100_000, 3, 0), jitteredUs(100_000, 3, almost), jitteredUs(100_000, 1, 0), jitteredUs(100_000, 1, almost)], [75_000, 100_000, 75_000, 90_000]);
});
