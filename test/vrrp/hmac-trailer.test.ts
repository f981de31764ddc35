import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import type { AuthHmac } from "../../src/conf/model.ts";
import { HMAC_TRAILER_LEN, MULTICAST_SENDERS, NO_HMAC_MEMORY, encodeTrailer, nextStamp, signs, stampIn, stampOf, verifyTrailer } from "../../src/vrrp/hmac-trailer.ts";
import type { HmacMemory, HmacStamp, HmacSubject, HmacVerdict } from "../../src/vrrp/hmac-trailer.ts";

const COUNTING = Uint8Array.from({ length: 32 }, (_, i) => i);
const LETTERS = Uint8Array.from(Buffer.from("a".repeat(64)));
const WINDOW_S = 5;
const AUTH: AuthHmac = {
  keys: [
    { id: 7, secret: COUNTING, file: undefined },
    { id: 8, secret: LETTERS, file: undefined },
  ],
  activeKey: 7,
  timeWindowS: WINDOW_S,
  antiReplay: "time",
  mode: "enforce",
};
const MONOTONIC: AuthHmac = { ...AUTH, antiReplay: "monotonic" };
const SUBJECT: HmacSubject = { version: 3, vrid: 14, source: ipAddress("192.0.2.1") };
const PDU = Uint8Array.from(Buffer.from("310e96010032f1d4c0000268", "hex"));
const NOW = 1_760_000_000 * SECOND;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const from = (source: string): HmacSubject => ({ ...SUBJECT, source: ipAddress(source) });
const reasonOf = (verdict: HmacVerdict) => (verdict.ok ? "accepted" : verdict.reason);

function verify(trailer: Uint8Array, options: { auth?: AuthHmac; subject?: HmacSubject; pdu?: Uint8Array; wallUs?: number; memory?: HmacMemory } = {}): HmacVerdict {
  const { auth = AUTH, subject = SUBJECT, pdu = PDU, wallUs = NOW, memory = NO_HMAC_MEMORY } = options;
  return verifyTrailer(auth, subject, pdu, trailer, wallUs, memory, MULTICAST_SENDERS);
}

/** One director that signs, with its clock. */
class Sender {
  last: HmacStamp | undefined;
  auth: AuthHmac;
  readonly source: IpAddress;

  constructor(auth = AUTH, source = "192.0.2.1") {
    this.auth = auth;
    this.source = ipAddress(source);
  }

  send(wallUs: number): Uint8Array {
    this.last = nextStamp(this.auth, this.last, wallUs);
    return encodeTrailer(this.auth, { ...SUBJECT, source: this.source }, PDU, this.last);
  }
}

/** One director that verifies, with its clock. */
class Receiver {
  memory = NO_HMAC_MEMORY;
  auth: AuthHmac;
  readonly #senders: number;

  constructor(auth = AUTH, senders = MULTICAST_SENDERS) {
    this.auth = auth;
    this.#senders = senders;
  }

  hear(trailer: Uint8Array, wallUs: number, source = "192.0.2.1"): string {
    const verdict = verifyTrailer(this.auth, from(source), PDU, trailer, wallUs, this.memory, this.#senders);
    if (verdict.ok) this.memory = verdict.memory;
    return reasonOf(verdict);
  }
}

describe("the wire, octet by octet, computed by other means (Python's hmac)", () => {
  const stamp = (seconds: number, fraction: number, counter: number) => (BigInt(seconds) << 32n) | (BigInt(fraction) << 16n) | BigInt(counter);
  test("version 3 over IPv4", () => {
    assert.equal(hex(encodeTrailer(AUTH, SUBJECT, PDU, stamp(1_760_000_000, 0x8000, 0))), "0107000068e7780080000000ed5f80dad617ccdb95c048df29d8dfa7");
  });
  test("version 3 over IPv6, a key of 64 octets", () => {
    const pdu = Uint8Array.from(Buffer.from("31109602003271cefe80000000000000000000000000010020010db8000000000000000000000100", "hex"));
    const subject = { version: 3, vrid: 16, source: ipAddress("fe80::f4ab:5bff:fee4:4af4") };
    assert.equal(hex(encodeTrailer({ ...AUTH, activeKey: 8 }, subject, pdu, stamp(1_760_000_001, 1, 3))), "0108000068e7780100010003eb93f7291cc91d7d6ea33920f65ced74");
  });
  test("version 2, all bits of the stamp", () => {
    const pdu = Uint8Array.from(Buffer.from("210b960100018490c00002640000000000000000", "hex"));
    const subject = { version: 2, vrid: 11, source: ipAddress("192.0.2.1") };
    assert.equal(hex(encodeTrailer(AUTH, subject, pdu, 0xffff_ffff_ffff_ffffn)), "01070000ffffffffffffffff65c212762c47d95bbf36d316a77b56a5");
  });
});

test("the clock becomes seconds and 1/65536 seconds; the counter is zero", () => {
  assert.equal(stampOf(NOW), 1_760_000_000n << 32n);
  assert.equal(stampOf(NOW + 500_000), (1_760_000_000n << 32n) | (0x8000n << 16n));
  assert.equal(stampOf(NOW + 999_999), (1_760_000_000n << 32n) | (0xffffn << 16n));
  assert.equal(stampOf(2 ** 31 * SECOND), 2n ** 63n);
});

describe("refused, in this order", () => {
  const good = encodeTrailer(AUTH, SUBJECT, PDU, stampOf(NOW));
  const old = encodeTrailer(AUTH, SUBJECT, PDU, stampOf(NOW - 6 * SECOND));
  const patched = (bytes: Uint8Array, at: number, octet: number) => bytes.map((was, i) => (i === at ? octet : was));
  const heard: HmacMemory = new Map([[SUBJECT.source, stampOf(NOW)]]);
  const rows: [string, Uint8Array, string, HmacMemory?][] = [
    ["none", new Uint8Array(0), "hmacMissing"],
    ["cut", good.subarray(0, 27), "hmacMalformed"],
    ["too long", Uint8Array.from([...good, 0]), "hmacMalformed"],
    ["another type, and stale", patched(old, 0, 2), "hmacMalformed"],
    ["reserved octets, and stale", patched(old, 2, 1), "hmacMalformed"],
    ["reserved octets, the second", patched(good, 3, 1), "hmacMalformed"],
    ["stale, and an unknown key", patched(old, 1, 9), "hmacStale"],
    ["unknown key", patched(good, 1, 9), "hmacUnknownKey"],
    ["the other key's MAC, and a repetition", patched(good, 1, 8), "hmacInvalid", heard],
    ["a repetition", good, "hmacReplayed", heard],
    ["a new one", good, "accepted", new Map([[SUBJECT.source, stampOf(NOW) - 1n]])],
    ["another sender's does not count", good, "accepted", new Map([[ipAddress("192.0.2.9"), stampOf(NOW)]])],
  ];
  for (const [name, trailer, reason, memory = NO_HMAC_MEMORY] of rows) {
    test(name, () => assert.equal(reasonOf(verify(trailer, { memory })), reason));
  }
  test("exactly the window is not stale, before or after", () => {
    for (const [seconds, reason] of [[-6, "hmacStale"], [-5, "accepted"], [5, "accepted"], [6, "hmacStale"]] as const) {
      const verdict = verify(encodeTrailer(AUTH, SUBJECT, PDU, stampOf(NOW + seconds * SECOND)));
      assert.deepEqual([reasonOf(verdict), verdict.skewS], [reason, seconds]);
    }
  });
  test("monotonic: no window at all", () => {
    assert.equal(reasonOf(verify(old, { auth: MONOTONIC, wallUs: NOW * 1.5 })), "accepted");
  });
});

test("what is signed is believed; any other octet of PDU, trailer or subject is not; the checksum is not part of it", () => {
  const subjects = fc.record({
    version: fc.constantFrom(2, 3),
    vrid: fc.integer({ min: 0, max: 255 }),
    source: fc.oneof(fc.ipV4(), fc.ipV6()).map(ipAddress),
  });
  const cases = fc.record({
    subject: subjects,
    pdu: fc.uint8Array({ minLength: 8, maxLength: 200 }),
    secret: fc.uint8Array({ minLength: 32, maxLength: 64 }),
    at: fc.nat(),
    flip: fc.integer({ min: 1, max: 255 }),
    checksum: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })),
    clockS: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  });
  fc.assert(
    fc.property(cases, ({ subject, pdu, secret, at, flip, checksum, clockS }) => {
      const auth: AuthHmac = { ...AUTH, keys: [{ id: 7, secret, file: undefined }] };
      const wallUs = clockS * SECOND;
      const trailer = encodeTrailer(auth, subject, pdu, stampOf(wallUs));
      assert.equal(trailer.length, HMAC_TRAILER_LEN);
      assert.equal(stampIn(trailer), stampOf(wallUs));
      const check = (s: HmacSubject, p: Uint8Array, t: Uint8Array) => verifyTrailer(auth, s, p, t, wallUs, NO_HMAC_MEMORY, 1).ok;
      const summed = pdu.slice();
      summed.set(checksum, 6);
      assert.ok(check(subject, summed, trailer));
      const whole = Uint8Array.from([...summed, ...trailer]);
      const where = at % whole.length;
      if (where === 6 || where === 7) return;
      whole[where] = (whole[where] ?? 0) ^ flip;
      assert.ok(!check(subject, whole.subarray(0, pdu.length), whole.subarray(pdu.length)), `octet ${where}`);
      assert.ok(!check({ ...subject, version: 5 - subject.version }, summed, trailer));
      assert.ok(!check({ ...subject, vrid: subject.vrid ^ 1 }, summed, trailer));
      assert.ok(!check({ ...subject, source: ipAddress("203.0.113.77") }, summed, trailer));
    }),
  );
});

test("an IPv4 sender and the IPv6 sender with the same first octets are two", () => {
  const trailer = encodeTrailer(AUTH, from("192.0.2.1"), PDU, stampOf(NOW));
  assert.equal(reasonOf(verify(trailer, { subject: from("c000:201::") })), "hmacInvalid");
});

/** A clock that goes on by some milliseconds, or is stepped, in turns. */
const walks = (largestStepUs: number) =>
  fc.array(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * SECOND }) }, { weight: 1, arbitrary: fc.integer({ min: -largestStepUs, max: largestStepUs }) }), { minLength: 1, maxLength: 60 });

describe("clocks", () => {
  test("stamps grow strictly while the clock goes on, stands, or is put back by no more than the window", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -WINDOW_S * SECOND, max: 3 * SECOND }), { maxLength: 50 }), fc.constantFrom(AUTH, MONOTONIC), (steps, auth) => {
        const sender = new Sender(auth);
        let highest = NOW;
        for (const step of steps) {
          const before = sender.last;
          // Never further behind its own highest than the window.
          const wallUs = Math.max(highest - WINDOW_S * SECOND, highest + step);
          sender.send(wallUs);
          highest = Math.max(highest, wallUs);
          assert.ok(sender.last !== undefined && (before === undefined || sender.last > before));
          assert.ok(sender.last >= stampOf(wallUs));
        }
      }),
    );
  });

  test("monotonic: they grow whatever the clock does", () => {
    fc.assert(
      fc.property(walks(86_400 * SECOND), (steps) => {
        const sender = new Sender(MONOTONIC);
        const receiver = new Receiver(MONOTONIC);
        let wallUs = NOW;
        for (const step of steps) {
          wallUs += step;
          assert.equal(receiver.hear(sender.send(wallUs), NOW), "accepted");
        }
      }),
    );
  });

  test("two directors with one time hear each other through every step of it, both ways and of any size", () => {
    fc.assert(
      fc.property(walks(86_400 * SECOND), (steps) => {
        const sender = new Sender();
        const receiver = new Receiver();
        let wallUs = NOW;
        for (const step of steps) {
          wallUs += step;
          assert.equal(receiver.hear(sender.send(wallUs), wallUs), "accepted");
        }
      }),
    );
  });

  test("a sender whose clock is off by no more than the window is heard all the time", () => {
    const offsets = fc.array(fc.integer({ min: -(WINDOW_S - 1), max: 0 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(offsets, (wrongS) => {
        const sender = new Sender();
        const receiver = new Receiver();
        wrongS.forEach((offset, i) => {
          const wallUs = NOW + i * SECOND;
          // Put back and forth inside the window, it never falls behind what it sent by more than the window.
          assert.equal(receiver.hear(sender.send(wallUs + offset * SECOND), wallUs), "accepted");
        });
      }),
    );
  });

  test("a sender's clock put right after being ahead or behind: heard at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: -3_600, max: 3_600 }), fc.integer({ min: 1, max: 20 }), (wrongS, adverts) => {
        const sender = new Sender();
        const receiver = new Receiver();
        let wallUs = NOW;
        for (let i = 0; i < adverts; i++, wallUs += SECOND) {
          const reason = receiver.hear(sender.send(wallUs + wrongS * SECOND), wallUs);
          assert.equal(reason, Math.abs(wrongS) > WINDOW_S ? "hmacStale" : "accepted");
        }
        assert.equal(receiver.hear(sender.send(wallUs), wallUs), "accepted");
      }),
    );
  });

  test("a sender's clock put from one end of the window to the other: heard again after two windows at most", () => {
    const sender = new Sender();
    const receiver = new Receiver();
    assert.equal(receiver.hear(sender.send(NOW + WINDOW_S * SECOND), NOW), "accepted");
    const heard = [...Array(4 * WINDOW_S).keys()].map((s) => receiver.hear(sender.send(NOW + (s - WINDOW_S) * SECOND), NOW + s * SECOND));
    const again = heard.indexOf("accepted");
    assert.deepEqual(heard.slice(0, again), new Array(2 * WINDOW_S + 1).fill("hmacReplayed"));
    assert.ok(heard.slice(again).every((reason) => reason === "accepted"));
  });

  test("a receiver's clock put right: the sender is heard at once", () => {
    for (const wrongS of [-3_600, -6, 6, 3_600]) {
      const sender = new Sender();
      const receiver = new Receiver();
      // Both are wrong, the receiver alone is put right, then the sender.
      assert.equal(receiver.hear(sender.send(NOW + wrongS * SECOND), NOW + wrongS * SECOND), "accepted");
      assert.equal(receiver.hear(sender.send(NOW + (wrongS + 1) * SECOND), NOW + SECOND), "hmacStale");
      assert.equal(receiver.hear(sender.send(NOW + 2 * SECOND), NOW + 2 * SECOND), "accepted");
    }
  });

  test("a restarted sender begins with its clock, and is heard", () => {
    const receiver = new Receiver();
    for (let i = 0; i < 5; i++) assert.equal(receiver.hear(new Sender().send(NOW + i * 100_000), NOW), "accepted");
  });
});

describe("replay", () => {
  test("nothing that was accepted is accepted again, in any order, and nothing older", () => {
    const when = fc.array(fc.integer({ min: 0, max: 3_000_000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(when, fc.constantFrom(AUTH, MONOTONIC), fc.nat(), (gaps, auth, pick) => {
        const sender = new Sender(auth);
        const receiver = new Receiver(auth);
        let wallUs = NOW;
        const recorded = gaps.map((gap) => {
          wallUs += gap;
          const trailer = sender.send(wallUs);
          assert.equal(receiver.hear(trailer, wallUs), "accepted");
          return trailer;
        });
        const again = recorded[pick % recorded.length];
        assert.ok(again);
        assert.notEqual(receiver.hear(again, wallUs), "accepted");
        for (const trailer of recorded) assert.notEqual(receiver.hear(trailer, wallUs + SECOND), "accepted");
      }),
    );
  });

  test("four senders by multicast have a slot each; a fifth takes that of the one heard longest ago", () => {
    const receiver = new Receiver();
    const senders = [1, 2, 3, 4, 5].map((host) => new Sender(AUTH, `192.0.2.${host}`));
    const first = senders.slice(0, 4).map((sender) => [sender.source, sender.send(NOW)] as const);
    for (const [source, trailer] of first) assert.equal(receiver.hear(trailer, NOW, source), "accepted");
    for (const [source, trailer] of first) assert.equal(receiver.hear(trailer, NOW, source), "hmacReplayed");
    const [, two, , , five] = senders;
    assert.ok(two && five);
    assert.equal(receiver.hear(two.send(NOW), NOW, two.source), "accepted");
    assert.deepEqual([...receiver.memory.keys()], ["192.0.2.1", "192.0.2.3", "192.0.2.4", "192.0.2.2"]);
    assert.equal(receiver.hear(five.send(NOW), NOW, five.source), "accepted");
    assert.deepEqual([...receiver.memory.keys()], ["192.0.2.3", "192.0.2.4", "192.0.2.2", "192.0.2.5"]);
  });

  test("a refused one takes no slot", () => {
    const receiver = new Receiver();
    const forged = new Sender({ ...AUTH, keys: [{ id: 7, secret: LETTERS, file: undefined }] }, "192.0.2.66").send(NOW);
    assert.equal(receiver.hear(forged, NOW, "192.0.2.66"), "hmacInvalid");
    assert.equal(receiver.memory.size, 0);
  });
});

test("keys change without an advert lost: known to all, then active on each, then the old one forgotten", () => {
  const oldKey = { id: 7, secret: COUNTING, file: undefined };
  const newKey = { id: 8, secret: LETTERS, file: undefined };
  const phases: AuthHmac[] = [
    { ...AUTH, keys: [oldKey], activeKey: 7 },
    { ...AUTH, keys: [oldKey, newKey], activeKey: 7 },
    { ...AUTH, keys: [oldKey, newKey], activeKey: 8 },
    { ...AUTH, keys: [newKey], activeKey: 8 },
  ];
  const sender = new Sender();
  const receiver = new Receiver();
  let wallUs = NOW;
  // One director after the other, either of them first.
  for (const [theirs, ours] of [[0, 0], [1, 0], [1, 1], [1, 2], [2, 2], [3, 2], [3, 3], [2, 3], [2, 2], [2, 1]] as const) {
    sender.auth = phases[theirs] ?? AUTH;
    receiver.auth = phases[ours] ?? AUTH;
    wallUs += 100_000;
    assert.equal(receiver.hear(sender.send(wallUs), wallUs), "accepted", `${theirs} to ${ours}`);
  }
  receiver.auth = phases[0] ?? AUTH;
  assert.equal(receiver.hear(sender.send(wallUs), wallUs), "hmacUnknownKey");
  assert.throws(() => encodeTrailer({ ...AUTH, activeKey: 9 }, SUBJECT, PDU, 0n), RangeError);
});

test("only receive-only does not sign", () => {
  assert.deepEqual((["enforce", "permissive", "receive-only"] as const).map((mode) => signs({ ...AUTH, mode })), [true, true, false]);
});
