import assert from "node:assert/strict";
import { test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { SessionStatus } from "../../src/bfd/status.ts";
import { FakeClock } from "../vrrp/support/fake-clock.ts";
import { mulberry32 } from "../vrrp/support/random.ts";
import { A, B, bfdInstance } from "./support/config.ts";
import { FakeUdp, speaker } from "./support/fake-udp.ts";
import type { Speaker } from "./support/fake-udp.ts";

// Two speakers with random intervals on a LAN with loss, delay and cuts of either direction, one of them frozen or started
// again now and then. SIMULATION_SEEDS for more of them.

const seeds = Number(process.env["SIMULATION_SEEDS"] ?? 30);
const STEP = 5 * MILLISECOND;

const sessionOf = (one: Speaker): SessionStatus => {
  const [session] = one.engine.status().sessions;
  if (session === undefined) throw new Error("no session");
  return session;
};

function run(seed: number): { ups: number; downs: number } {
  const random = mulberry32(seed);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const clock = new FakeClock();
  const lan = new FakeUdp(clock);
  const loss = random() * 0.2;
  let cut: string | undefined;
  lan.loses = (from) => cut === "both" || cut === from || random() < loss;
  lan.delayUs = () => between(50, 3_000);
  const intervals = () => ({ minTxUs: between(10, 200) * MILLISECOND, minRxUs: between(10, 200) * MILLISECOND, multiplier: between(2, 6) });
  const passive = between(0, 3) === 0;
  const ofA = () => bfdInstance({ ...intervals(), passive });
  const ofB = () => bfdInstance({ name: "A1", neighborIp: A, sourceIp: B, ...intervals() });
  const a = speaker(lan, "a", [A], seed * 2 + 1);
  let b = speaker(lan, "b", [B], seed * 2 + 2);
  a.engine.start({ instances: [ofA()] });
  b.engine.start({ instances: [ofB()] });

  const told = { ups: 0, downs: 0 };
  const pass = (us: number, frozen?: Speaker): void => {
    for (const end = clock.now() + us; clock.now() < end; ) {
      clock.advance(STEP);
      for (const one of [a, b]) {
        const { state, up, heardAgoUs = 0 } = sessionOf(one);
        const upForLong = state.name === "Up" && heardAgoUs > state.detectionUs;
        assert.ok(one === frozen || !upForLong, `seed ${seed}: up ${heardAgoUs} us after the last packet, Detection Time ${state.detectionUs}`);
        assert.ok(state.name !== "Up" || up, `seed ${seed}: up, and told otherwise`);
        assert.equal(one.verdicts.at(-1)?.endsWith(up ? "up" : "down"), true, `seed ${seed}`);
      }
    }
  };

  for (let round = 0; round < 8; round++) {
    pass(between(200, 6_000) * MILLISECOND);
    switch (between(0, 5)) {
      case 0:
        cut = ["both", A, B][between(0, 2)];
        pass(between(20, 3_000) * MILLISECOND);
        cut = undefined;
        break;
      case 1:
        a.freeze();
        pass(between(20, 2_000) * MILLISECOND, a);
        a.thaw();
        break;
      case 2:
        b.engine.stop();
        told.downs += b.verdicts.filter((text) => text.endsWith("down")).length;
        b = speaker(lan, "b", [B], seed + 1_000 * round);
        b.engine.start({ instances: [ofB()] });
        break;
      case 3:
        a.engine.reload({ instances: [ofA()] });
        break;
      case 4:
        b.engine.reload({ instances: [ofB()] });
        break;
      default:
        break;
    }
  }
  // With loss only, a session comes back; without, it stays.
  lan.loses = () => false;
  pass(8 * SECOND);
  assert.deepEqual([sessionOf(a).state.name, sessionOf(b).state.name], ["Up", "Up"], `seed ${seed}`);
  const before = [a.verdicts.length, b.verdicts.length];
  const { sent } = lan;
  sent.length = 0;
  pass(5 * SECOND);
  assert.deepEqual([a.verdicts.length, b.verdicts.length], before, `seed ${seed}: flapped without loss`);
  // Both have agreed on both paces: each sends at its own, and that of the other allows it.
  for (const [one, from] of [[a, A], [b, B]] as const) {
    const { state } = sessionOf(one);
    const paceUs = Math.max(state.desiredMinTxUs, state.remote.requiredMinRxUs);
    const times = sent.filter((packet) => packet.from === from).map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    assert.ok(gaps.length > 0 && Math.min(...gaps) >= 0.75 * paceUs - 1 && Math.max(...gaps) <= paceUs + 1, `seed ${seed}: ${from} sends every ${Math.min(...gaps)}..${Math.max(...gaps)} us, agreed ${paceUs}`);
    assert.equal(state.poll, "no", `seed ${seed}`);
  }
  const all = [...a.verdicts, ...b.verdicts];
  told.ups = all.filter((text) => text.endsWith("up")).length;
  told.downs += all.filter((text) => text.endsWith("down")).length;
  return told;
}

test(`two speakers through loss, cuts, freezes, restarts and reloads (${seeds} seeds)`, () => {
  let downs = 0;
  for (let seed = 1; seed <= seeds; seed++) downs += run(seed).downs - 2;
  assert.ok(downs > seeds, `only ${downs} failures in ${seeds} runs: nothing was tried`);
}, 600_000);
