import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpvsServiceKey } from "../../src/base/ipvs.ts";
import { SECOND } from "../../src/base/time.ts";
import type { IpvsEntry } from "../../src/ipvs/keys.ts";
import { serviceKeyText } from "../../src/ipvs/keys.ts";
import { IpvsReconciler } from "../../src/ipvs/reconciler.ts";
import { FakeLog } from "../check/support/build.ts";
import { FakeClock } from "../check/support/fake-clock.ts";
import { FakeIpvs } from "../check/support/fake-ipvs.ts";

const KEY: IpvsServiceKey = { type: "address", family: 4, protocol: "tcp", address: ipAddress("198.51.100.1"), port: 80 };

/** The service with destinations 198.18.0.0 and following. */
function entry(count: number): IpvsEntry {
  const destinations = Array.from({ length: count }, (...[, i]) => ({
    ...{ address: ipAddress(`198.18.${i >> 8}.${i & 255}`), family: 4, port: 80, forwarding: "NAT" } as const,
    ...{ weight: 1, upperThreshold: 0, lowerThreshold: 0 },
  }));
  const plain = { scheduler: "rr", persistent: false, onePacket: false, schedFlags: 0, timeoutS: 0, prefixLength: 32 };
  return { service: { key: KEY, ...plain, persistenceEngine: undefined }, destinations };
}

function setUp(): { clock: FakeClock; table: FakeIpvs; log: FakeLog; wanted: Map<string, IpvsEntry>; reconciler: IpvsReconciler } {
  const clock = new FakeClock();
  const table = new FakeIpvs();
  const log = new FakeLog();
  const wanted = new Map<string, IpvsEntry>();
  const reconciler = new IpvsReconciler({ clock, log, table, wanted: (key) => wanted.get(serviceKeyText(key)) });
  return { clock, table, log, wanted, reconciler };
}

test("a large service is written in slices, and a change in between is taken up", async () => {
  const { clock, table, wanted, reconciler } = setUp();
  const slices: number[] = [];
  const alarm = clock.alarm.bind(clock);
  clock.alarm = (at, wake) =>
    alarm(at, () => {
      const before = table.ops.length;
      wake();
      slices.push(table.ops.length - before);
      if (slices.length === 2) wanted.set(serviceKeyText(KEY), entry(700));
    });
  wanted.set(serviceKeyText(KEY), entry(600));
  reconciler.touch(KEY);
  const idle = reconciler.idle();
  await clock.advance(0);
  await idle;
  expect(slices).toEqual([256, 256, 189]);
  expect(table.destinations(KEY).length).toBe(700);
});

test("what was refused is read again and repaired, with growing patience", async () => {
  const { clock, table, log, wanted, reconciler } = setUp();
  wanted.set(serviceKeyText(KEY), entry(2));
  table.refuse = { op: "add 198.18.0.1", code: "ENOMEM" };
  reconciler.touch(KEY);
  await clock.advance(0);
  expect(log.take()).toEqual(["IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: ENOMEM (198.51.100.1:tcp:80 -> 198.18.0.1:80)"]);
  expect(table.destinations(KEY).length).toBe(1);

  table.refuse = { op: "add 198.18.0.1", code: "ENOMEM" };
  await clock.advance(5 * SECOND);
  expect(log.take()).toHaveLength(1);
  await clock.advance(9 * SECOND);
  expect(table.destinations(KEY).length).toBe(1);
  await clock.advance(SECOND); // 10 s after the second refusal
  expect(table.destinations(KEY).length).toBe(2);
  expect(log.take()).toEqual([]);
});

test("a service that somebody deleted is whole again after its next change", async () => {
  const { clock, table, wanted, reconciler } = setUp();
  wanted.set(serviceKeyText(KEY), entry(2));
  reconciler.touch(KEY);
  await clock.advance(0);
  table.table.clear();
  wanted.set(serviceKeyText(KEY), entry(3));
  reconciler.touch(KEY);
  await clock.advance(5 * SECOND);
  expect(table.destinations(KEY).length).toBe(3);
});
