import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { encodePacket } from "../../src/bfd/packet.ts";
import type { BfdPacket } from "../../src/bfd/packet.ts";
import type { BfdInstance } from "../../src/conf/model.ts";
import { FakeClock } from "../vrrp/support/fake-clock.ts";
import { A, B, bfdInstance } from "./support/config.ts";
import { FakeUdp, speaker } from "./support/fake-udp.ts";
import type { Speaker } from "./support/fake-udp.ts";

interface Pair {
  readonly clock: FakeClock;
  readonly lan: FakeUdp;
  readonly a: Speaker;
  readonly b: Speaker;
}

const ofB = (overrides: Partial<BfdInstance> = {}): BfdInstance => bfdInstance({ name: "A1", neighborIp: A, sourceIp: B, ...overrides });

function pair(): Pair {
  const clock = new FakeClock();
  const lan = new FakeUdp(clock);
  return { clock, lan, a: speaker(lan, "a", [A], 1), b: speaker(lan, "b", [B], 2) };
}

function started(ofA: Partial<BfdInstance> = {}, ofTheOther: Partial<BfdInstance> = {}): Pair {
  const both = pair();
  both.a.engine.start({ instances: [bfdInstance(ofA)] });
  both.b.engine.start({ instances: [ofB(ofTheOther)] });
  both.clock.advance(3 * SECOND);
  return both;
}

const stateOf = (one: Speaker): string | undefined => one.engine.status().sessions[0]?.state.name;

test("two speakers come up within the second of idle_tx, and both are told", () => {
  const { a, b, lan } = started();
  assert.deepEqual([stateOf(a), stateOf(b), a.verdicts, b.verdicts], ["Up", "Up", ["B1 down", "B1 up"], ["A1 down", "A1 up"]]);
  const ports = new Set(lan.sent.map(({ sourcePort, port, hopLimit }) => `${sourcePort} ${port} ${hopLimit}`));
  assert.deepEqual([...ports], ["49152 3784 255"]);
});

test("once up both keep their negotiated pace, jittered: never faster than 75 %, never slower than the interval", () => {
  const { lan, clock, a } = started({ minTxUs: 50 * MILLISECOND }, { minRxUs: 120 * MILLISECOND });
  lan.sent.length = 0;
  clock.advance(20 * SECOND);
  const times = lan.sent.filter(({ from }) => from === A).map(({ at }) => at);
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  assert.ok(gaps.length > 160 && gaps.length < 225, `${gaps.length} packets in 20 s`);
  assert.ok(Math.min(...gaps) >= 90_000 && Math.max(...gaps) <= 120_000, `${Math.min(...gaps)}..${Math.max(...gaps)}`);
  assert.ok(Math.max(...gaps) - Math.min(...gaps) > 25_000, "no jitter");
  assert.equal(stateOf(a), "Up");
});

test("a neighbour that dies is noticed when the Detection Time is over, not before", () => {
  const { a, b, clock, lan } = started();
  b.engine.stop();
  const last = Math.max(...lan.sent.filter(({ from }) => from === B).map(({ at }) => at)) + 100;
  clock.advance(last + 300 * MILLISECOND - 1 - clock.now()); // 3 x 100 ms after the last packet has arrived
  assert.equal(stateOf(a), "Up");
  clock.advance(1);
  assert.equal(stateOf(a), "Down");
  assert.deepEqual(a.verdicts, ["B1 down", "B1 up", "B1 down"]);
});

test("a stopped engine says nothing more, AdminDown neither", () => {
  const { b, clock, lan } = started();
  const before = lan.sent.filter(({ from }) => from === B).length;
  b.engine.stop();
  clock.advance(5 * SECOND);
  assert.equal(lan.sent.filter(({ from }) => from === B).length, before);
});

test("frozen beyond its own Detection Time with packets waiting: the deadline is due, and not believed", () => {
  const { a, b, clock } = started({ multiplier: 50 }, { multiplier: 1 }); // A waits 1 x 100 ms for B, B 50 x 100 ms for A
  a.freeze();
  clock.advance(2 * SECOND);
  const verdicts = a.verdicts.length;
  a.thaw();
  clock.advance(10 * MILLISECOND);
  assert.deepEqual([stateOf(a), stateOf(b), a.verdicts.slice(verdicts)], ["Up", "Up", []]);
  assert.ok(Math.max(...a.lateness) > SECOND, `${a.lateness.join(" ")}: what was late is told to who decides about priorities`);
});

test("a flood that hides the neighbour's packets does not end the session either", () => {
  const { a, clock, lan } = started({ multiplier: 50 }, { multiplier: 1 });
  a.freeze();
  for (let i = 0; i < 3_000; i++) lan.deliver(A, 3784, { payload: new Uint8Array(3), source: B, sourcePort: 1, hopLimit: 255 });
  clock.advance(2 * SECOND);
  const verdicts = a.verdicts.length;
  a.thaw();
  clock.advance(10 * MILLISECOND);
  assert.deepEqual([stateOf(a), a.verdicts.slice(verdicts)], ["Up", []]);
});

test("reload: what is the same goes on, changed intervals are polled for, nobody flaps", () => {
  const { a, b, clock, lan } = started();
  lan.sent.length = 0;
  a.engine.reload({ instances: [bfdInstance({ name: "renamed", minTxUs: 400 * MILLISECOND, minRxUs: 200 * MILLISECOND })] });
  clock.advance(3 * SECOND);
  assert.deepEqual([stateOf(a), stateOf(b)], ["Up", "Up"]);
  assert.deepEqual(b.verdicts, ["A1 down", "A1 up"]);
  assert.deepEqual(a.verdicts, ["B1 down", "B1 up", "renamed up"]);
  const flags = (from: string): string[] => lan.sent.filter((one) => one.from === from).map(({ packet: { poll, final } }) => (poll ? "P" : final ? "F" : "-"));
  assert.deepEqual([flags(A).slice(0, 2), flags(B).filter((flag) => flag === "F").length], [["P", "-"], 1]);
  const gaps = lan.sent.filter(({ from, packet }) => from === A && !packet.poll).map(({ at }) => at);
  assert.ok(gaps.slice(2).every((at, i) => at - (gaps[i + 1] ?? 0) >= 300 * MILLISECOND), "A sends slower now");
});

test("reload: a session that is gone falls silent, one to the same neighbour from elsewhere is another", () => {
  const { a, b, clock, lan } = started();
  const other = ipAddress("192.0.2.11");
  lan.hosts.set(other, "a");
  a.engine.reload({ instances: [] });
  b.engine.reload({ instances: [ofB({ neighborIp: other, sourceIp: B })] });
  a.engine.reload({ instances: [bfdInstance({ sourceIp: other })] });
  clock.advance(3 * SECOND);
  assert.deepEqual([stateOf(a), stateOf(b)], ["Up", "Up"]);
  const discriminators = new Set(lan.sent.filter(({ from }) => from === A || from === other).map(({ packet }) => packet.myDiscriminator));
  assert.equal(discriminators.size, 2);
});

test("multihop sessions have their own port, and the ports do not hear each other", () => {
  const { a, b, lan } = started({ multihop: true, maxHops: 10 }, { multihop: true });
  assert.deepEqual([stateOf(a), stateOf(b)], ["Up", "Up"]);
  assert.deepEqual([...new Set(lan.sent.map(({ port }) => port))], [4784]);
  const mixed = started({ multihop: true }, {});
  assert.deepEqual([stateOf(mixed.a), stateOf(mixed.b)], ["Down", "Down"]);
});

test("two passive speakers never speak; one passive comes up when the other begins", () => {
  const silent = started({ passive: true }, { passive: true });
  assert.deepEqual([silent.lan.sent.length, stateOf(silent.a)], [0, "Down"]);
  const one = started({ passive: true });
  assert.deepEqual([stateOf(one.a), stateOf(one.b)], ["Up", "Up"]);
});

const DOWN_PACKET: BfdPacket = {
  diagnostic: 0,
  state: "Down",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 9,
  yourDiscriminator: 0,
  desiredMinTxUs: SECOND,
  requiredMinRxUs: SECOND,
  requiredMinEchoRxUs: 0,
};

const refusals: { name: string; packet?: Partial<BfdPacket>; of?: "session"; source?: string; hopLimit?: number; config?: Partial<BfdInstance>; refusal: string | undefined; line?: RegExp }[] = [
  { name: "a good one", refusal: undefined },
  { name: "TTL 254 with max_hops 0", hopLimit: 254, refusal: "hopLimit", line: /^Packet ttl\(254\) < 255 - discarding$/ },
  { name: "TTL 253 with max_hops 2", hopLimit: 253, config: { maxHops: 2 }, refusal: undefined },
  { name: "TTL 252 with max_hops 2", hopLimit: 252, config: { maxHops: 2 }, refusal: "hopLimit", line: /^Packet ttl\(252\) < 253 - discarding$/ },
  { name: "TTL 1 with max_hops -1", hopLimit: 1, config: { maxHops: undefined }, refusal: undefined },
  { name: "TTL 63 from a peer that is configured with ttl 64", hopLimit: 63, config: { ttl: 64 }, refusal: "hopLimit", line: /^Packet ttl\(63\) < 64 - discarding$/ },
  { name: "a stranger", source: "192.0.2.66", refusal: "noSession", line: /^Discarding packet from \[192\.0\.2\.66\]:50000 \(session is not found - your discriminator field is 0x00000000\)$/ },
  { name: "an unknown discriminator", packet: { yourDiscriminator: 0x99 }, refusal: "noSession", line: /0x00000099\)$/ },
  { name: "a stranger with our discriminator", of: "session", source: "192.0.2.66", refusal: "source", line: /its session's neighbor is 192\.0\.2\.2\)$/ },
  { name: "the neighbour with our discriminator", of: "session", packet: { state: "Init" }, refusal: undefined },
];

for (const { name, packet, of, source = B, hopLimit = 255, config, refusal, line } of refusals) {
  test(`received: ${name} is ${refusal === undefined ? "accepted" : `refused (${refusal})`}`, () => {
    const { a, lan, clock } = pair();
    a.engine.start({ instances: [bfdInstance(config)] });
    const yourDiscriminator = of === "session" ? (a.engine.status().sessions[0]?.state.localDiscriminator ?? 0) : 0;
    const payload = encodePacket({ ...DOWN_PACKET, yourDiscriminator, ...packet });
    lan.deliver(A, 3784, { payload, source: ipAddress(source), sourcePort: 50_000, hopLimit });
    clock.advance(MILLISECOND);
    assert.deepEqual(a.engine.status().refusals, refusal === undefined ? {} : { [refusal]: 1 });
    assert.equal(stateOf(a), refusal !== undefined ? "Down" : packet?.state === "Init" ? "Up" : "Init");
    assert.equal(line === undefined || a.log.some((text) => line.test(text)), true, a.log.join("\n"));
  });
}

test("a flood of refused packets writes a line for its reason every ten seconds, counts all, and delays none of ours", () => {
  const { a, lan, clock } = started();
  lan.sent.length = 0;
  const lines = a.log.length;
  for (let i = 0; i < 2_000; i++) {
    for (let n = 0; n < 5; n++) lan.deliver(A, 3784, { payload: new Uint8Array(3), source: B, sourcePort: 1, hopLimit: 255 });
    clock.advance(10 * MILLISECOND);
  }
  assert.equal(a.engine.status().refusals["tooShort"], 10_000);
  assert.deepEqual(a.log.slice(lines).filter((text) => /more packets|bogus/.test(text)), [
    "Discarding bogus packet from [192.0.2.2]:1",
    "Discarding bogus packet from [192.0.2.2]:1",
    "4999 more packets were discarded for that reason (tooShort) meanwhile",
  ]);
  assert.equal(stateOf(a), "Up");
  assert.ok(lan.sent.filter(({ from }) => from === A).length > 200);
});

test("a port that another speaker holds, and a source that is not there yet, are tried again every second and said once", () => {
  const { a, b, lan, clock } = pair();
  const squatter = lan.listen("a", { family: 4, port: 3784, wake: () => undefined });
  lan.hosts.delete(A);
  a.engine.start({ instances: [bfdInstance()] });
  b.engine.start({ instances: [ofB()] });
  clock.advance(5 * SECOND);
  const failures = (pattern: RegExp): number => a.log.filter((text) => pattern.test(text)).length;
  assert.deepEqual([stateOf(a), failures(/EADDRINUSE/), failures(/EADDRNOTAVAIL/)], ["Down", 1, 1]);
  squatter.close();
  lan.hosts.set(A, "a");
  clock.advance(4 * SECOND);
  assert.deepEqual([stateOf(a), stateOf(b)], ["Up", "Up"]);
});

test("a thread that died and comes back: what was up stays up while it comes up again", () => {
  const { a, b, lan, clock } = started();
  a.engine.stop();
  const again = speaker(lan, "a", [A], 3);
  again.engine.start({ instances: [bfdInstance()] }, new Set(["B1"]));
  clock.advance(4 * SECOND);
  assert.deepEqual([stateOf(again), stateOf(b), again.verdicts], ["Up", "Up", ["B1 up", "B1 up"]]);
});

test("a thread that died together with its neighbour says so when the time to come up again is over", () => {
  const { a, b, lan, clock } = started();
  a.engine.stop();
  b.engine.stop();
  const again = speaker(lan, "a", [A], 3);
  again.engine.start({ instances: [bfdInstance()] }, new Set(["B1"]));
  clock.advance(5 * SECOND - 1);
  assert.deepEqual(again.verdicts, ["B1 up"]);
  clock.advance(1);
  assert.deepEqual(again.verdicts, ["B1 up", "B1 down"]);
});
