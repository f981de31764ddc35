import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { AuthHmac, HmacMode, VrrpInstance } from "../../src/conf/model.ts";
import { addressed } from "../../src/vrrp/receive.ts";
import { config, instance, ipv6, unicastTo } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";

type Fields = Partial<VrrpInstance>;
const password = (text: string) => Uint8Array.from(Buffer.from(text.padEnd(8, "\0")));
const ah = (text = "secret"): Fields => ({ authentication: { type: "ah", password: password(text) } });

function pair(first: Fields, second: Fields): { readonly segment: Segment; readonly a: Node; readonly b: Node } {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ priority: 150, ...first })]));
  const b = segment.node().start(config([instance(second)]));
  segment.clock.advance(10 * SECOND);
  return { segment, a, b };
}

const statsOf = (node: Node) => node.engine.status().instances[0]?.stats ?? assert.fail();
const numbersOf = (segment: Segment) => segment.lan.sent.map(({ packet }) => addressed(packet)?.ah?.sequence);

describe("AH", () => {
  test("the same key: elected, and whoever takes over goes on with the numbers that the others have heard", () => {
    const { segment, a, b } = pair(ah(), ah());
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    a.engine.stop();
    segment.clock.advance(3 * SECOND);
    assert.equal(b.state(), "MASTER");
    assert.deepEqual(numbersOf(segment), segment.lan.sent.map((_, i) => i + 1));
    assert.equal(segment.lan.sent[0]?.packet[9], 51);
  });

  test("another key, and a packet that is heard again, change nothing", () => {
    const { a, b } = pair(ah(), ah("public"));
    assert.deepEqual([a.state(), b.state(), statsOf(a).authFailure > 0], ["MASTER", "MASTER", true]);
    const both = pair(ah(), ah());
    const old = both.segment.lan.sent.at(-1) ?? assert.fail();
    both.a.clock.kill();
    both.segment.clock.advance(SECOND);
    both.b.socket.arrive(old);
    both.segment.clock.advance(3 * SECOND);
    assert.deepEqual([both.b.state(), statsOf(both.b).authFailure], ["MASTER", 1]);
  });

  test("two masters that count in step hear each other all the same", () => {
    const segment = new Segment();
    // Longer than the time between their adverts: when one's number arrives, the other has just sent the same.
    segment.lan.delayUs = () => 300 * MILLISECOND;
    const a = segment.node().start(config([instance({ priority: 150, ...ah() })]));
    const b = segment.node().start(config([instance(ah())]));
    a.cut = true;
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "MASTER"]);
    a.cut = false;
    segment.clock.advance(3 * SECOND);
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
  });

  test("an instance without AH does not hear one with it: their sockets are of two protocols", () => {
    const { a, b } = pair(ah(), {});
    assert.deepEqual([a.state(), b.state()], ["MASTER", "MASTER"]);
    assert.deepEqual(b.engine.status().instances[0]?.drops, {});
    assert.deepEqual([a, b].map((node) => node.engine.status().sockets.map(({ protocol }) => protocol)), [[51], [112]]);
  });

  test("an owner that was restarted begins at 1, which nobody believes, and goes on from the first number that it hears", () => {
    const { segment, a, b } = pair({ ...ah(), priority: 255 }, ah());
    a.kill();
    segment.clock.advance(5 * SECOND);
    assert.equal(b.state(), "MASTER");
    const owner = segment.restarted(a, 1).start(config([instance({ ...ah(), priority: 255 })]));
    segment.clock.advance(10 * MILLISECOND);
    assert.deepEqual([owner.state(), b.state(), statsOf(b).authFailure], ["MASTER", "MASTER", 1]);
    segment.clock.advance(SECOND);
    assert.deepEqual([owner.state(), b.state()], ["MASTER", "BACKUP"]);
  });

  test("to peers, any TTL", () => {
    const { segment, a, b } = pair({ ...ah(), ...unicastTo(["192.0.2.2"], { ttl: 3 }) }, { ...ah(), ...unicastTo(["192.0.2.1"]) });
    assert.deepEqual([a.state(), b.state(), segment.lan.sent.at(-1)?.packet[8]], ["MASTER", "BACKUP", 3]);
  });
});

const KEYS = [1, 2].map((id) => ({ id, secret: new Uint8Array(32).fill(id), file: undefined }));
const hmac = (more: Partial<AuthHmac> = {}): Fields => ({ authHmac: { keys: KEYS, activeKey: 1, timeWindowS: 5, antiReplay: "time", mode: "enforce", ...more } });
const lengthsOf = (segment: Segment) => new Set(segment.lan.sent.map(({ packet }) => packet.length));

describe("auth_hmac", () => {
  for (const [name, more] of [
    ["version 2", {}],
    ["version 3", { version: 3 }],
    ["IPv6", ipv6()],
    ["version 2 over IPv6", { ...ipv6(), version: 2 }],
  ] as const) {
    test(`${name}: who signs is heard, who does not is refused and counted, and so is another key`, () => {
      const signed = pair({ ...more, ...hmac() }, { ...more, ...hmac({ activeKey: 2 }) });
      assert.deepEqual([signed.a.state(), signed.b.state()], ["MASTER", "BACKUP"]);
      const plain = pair(more, { ...more, ...hmac() });
      assert.deepEqual([plain.a.state(), plain.b.state()], ["MASTER", "MASTER"]);
      assert.ok(statsOf(plain.b).authExtMissing > 0);
      const other = pair({ ...more, ...hmac({ keys: [{ id: 1, secret: new Uint8Array(32).fill(9), file: undefined }] }) }, { ...more, ...hmac() });
      assert.deepEqual([other.b.state(), statsOf(other.b).authExtInvalidHmac > 0, statsOf(other.b).authFailure], ["MASTER", true, 0]);
    });
  }

  test("unicast: one signature for all peers", () => {
    const { segment, a, b } = pair({ ...hmac(), ...unicastTo(["192.0.2.2", "192.0.2.3"]) }, { ...hmac(), ...unicastTo(["192.0.2.1"]) });
    assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"]);
    const [one, two] = segment.lan.sent.map(({ packet }) => Buffer.from(packet.subarray(-28)).toString("hex"));
    assert.equal(one, two);
  });

  test("introduced step by step, by reload, nobody loses the other: receive-only, permissive, enforce; then the key is rotated", () => {
    const steps: readonly (Partial<AuthHmac> | undefined)[] = [
      undefined,
      { mode: "receive-only" },
      { mode: "permissive" },
      { mode: "enforce" },
      { mode: "enforce", activeKey: 2 },
    ];
    const { segment, a, b } = pair({}, {});
    const step = (node: Node, priority: number, fields: Partial<AuthHmac>) => {
      node.engine.reload(config([instance({ priority, ...hmac(fields) })]));
      segment.clock.advance(5 * SECOND);
      assert.deepEqual([a.state(), b.state()], ["MASTER", "BACKUP"], JSON.stringify(fields));
    };
    a.takeTrace();
    b.takeTrace();
    for (const fields of steps.slice(1)) {
      step(b, 100, fields ?? {});
      step(a, 150, fields ?? {});
    }
    assert.deepEqual([a.takeTrace().filter((entry) => entry !== "advert 150"), b.takeTrace()], [[], []]);
    assert.deepEqual(lengthsOf(segment), new Set([40, 68]));
    const { remarks, drops, stats } = b.engine.status().instances[0] ?? assert.fail();
    assert.deepEqual([Object.keys(remarks), drops, stats.authExtMissing], [["hmacMissing"], {}, remarks["hmacMissing"]]);
  });

  test("mode: what is wrong is tolerated and counted, except by enforce", () => {
    const rows: readonly [HmacMode, string][] = [["enforce", "MASTER"], ["permissive", "BACKUP"], ["receive-only", "BACKUP"]];
    for (const [mode, want] of rows) {
      const { b } = pair({}, hmac({ mode }));
      assert.deepEqual([b.state(), statsOf(b).authExtMissing > 0], [want, true], mode);
    }
  });

  test("clocks that are stepped: inside the window nothing happens, outside the adverts are stale until the clocks agree again", () => {
    for (const direction of [1, -1]) {
      const { segment, a, b } = pair(hmac(), hmac());
      const states = () => [a.state(), b.state()];
      a.wallOffsetMs = direction * 4_000;
      segment.clock.advance(20 * SECOND);
      assert.deepEqual(states(), ["MASTER", "BACKUP"], `${direction} inside`);
      assert.deepEqual(b.takeLines().filter((line) => line.includes("skew")).length, 1);
      a.wallOffsetMs = direction * 60_000;
      segment.clock.advance(20 * SECOND);
      assert.deepEqual([states(), statsOf(b).authExtStale > 0], [["MASTER", "MASTER"], true], `${direction} outside`);
      a.wallOffsetMs = 0;
      segment.clock.advance(10 * SECOND);
      assert.deepEqual(states(), ["MASTER", "BACKUP"], `${direction} again`);
    }
  });

  test("both clocks put back by an hour: they go on hearing each other", () => {
    const { segment, a, b } = pair(hmac(), hmac());
    b.takeTrace();
    for (const node of [a, b]) node.wallOffsetMs = -3_600_000;
    segment.clock.advance(20 * SECOND);
    assert.deepEqual([a.state(), b.state(), b.takeTrace()], ["MASTER", "BACKUP", []]);
  });

  test("an advert that is heard again is refused and counted", () => {
    const { segment, a, b } = pair(hmac(), hmac());
    const last = segment.lan.sent.at(-1) ?? assert.fail();
    a.clock.kill();
    segment.clock.advance(SECOND);
    b.socket.arrive(last);
    segment.clock.advance(3 * SECOND);
    assert.deepEqual([b.state(), statsOf(b).authExtReplay], ["MASTER", 1]);
  });
});
