import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey } from "../../src/base/ipvs.ts";
import { applyOps } from "../../src/ipvs/apply.ts";
import type { IpvsOp } from "../../src/ipvs/diff.ts";
import { afterOps, diffEntry, diffTable, sameService } from "../../src/ipvs/diff.ts";
import type { IpvsEntry } from "../../src/ipvs/keys.ts";
import { serviceKeyText } from "../../src/ipvs/keys.ts";
import { FakeIpvs } from "../check/support/fake-ipvs.ts";
import { FakeLog } from "../check/support/build.ts";

function serviceKey(host: number): IpvsServiceKey {
  return { type: "address", family: 4, protocol: "tcp", address: ipAddress(`198.51.100.${host}`), port: 80 };
}

function destination(host: number, over: Partial<IpvsDestination> = {}): IpvsDestination {
  const address = ipAddress(`192.0.2.${host}`);
  return { address, family: 4, port: 80, forwarding: "NAT", weight: 1, upperThreshold: 0, lowerThreshold: 0, ...over };
}

function service(host: number, over: Partial<IpvsService> = {}): IpvsService {
  const plain = { scheduler: "rr", persistent: false, onePacket: false, schedFlags: 0, timeoutS: 0, prefixLength: 32 };
  return { key: serviceKey(host), ...plain, persistenceEngine: undefined, ...over };
}

const anyDestination = fc.record({
  host: fc.integer({ min: 1, max: 6 }),
  weight: fc.integer({ min: 0, max: 3 }),
  forwarding: fc.constantFrom("NAT", "DR", "TUN"),
  upperThreshold: fc.integer({ min: 0, max: 1 }),
});
const anyService = fc.record({
  host: fc.integer({ min: 1, max: 4 }),
  scheduler: fc.constantFrom("rr", "wlc"),
  timeoutS: fc.constantFrom(0, 360),
  destinations: fc.uniqueArray(anyDestination, { selector: ({ host }) => host, maxLength: 6 }),
});
const anyTable = fc
  .uniqueArray(anyService, { selector: ({ host }) => host, maxLength: 4 })
  .map((services) =>
    services.map(
      ({ host, scheduler, timeoutS, destinations }): IpvsEntry => ({
        service: service(host, { scheduler, timeoutS, persistent: timeoutS > 0 }),
        destinations: destinations.map(({ host: h, ...rest }) => destination(h, rest)),
      }),
    ),
  );

/** What a table holds, in an order of its own. */
function contents(entries: readonly IpvsEntry[]): unknown {
  const sorted = <T>(items: readonly T[]): T[] => [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return sorted(entries.map((entry) => ({ service: entry.service, destinations: sorted(entry.destinations) })));
}

function loaded(entries: readonly IpvsEntry[]): FakeIpvs {
  const table = new FakeIpvs();
  for (const { service: one, destinations } of entries) {
    table.addService(one);
    for (const each of destinations) table.addDestination(one.key, each);
  }
  table.ops = [];
  return table;
}

function read(table: FakeIpvs): IpvsEntry[] {
  return table.services().map((one) => ({ service: one, destinations: table.destinations(one.key) }));
}

describe("any table becomes any other", () => {
  test("by its difference, applied in slices of any size; afterwards nothing differs", () => {
    let changes = 0;
    fc.assert(
      fc.property(anyTable, anyTable, fc.integer({ min: 1, max: 7 }), (before, after, slice) => {
        const table = loaded(before);
        const log = new FakeLog();
        const ops = diffTable(before, after);
        changes += ops.length;
        for (let at = 0; at < ops.length; at = applyOps(table, ops, at, slice, log).next);
        expect(contents(read(table))).toEqual(contents(after));
        expect(diffTable(read(table), after)).toEqual([]);
        expect(log.lines).toEqual([]);
      }),
    );
    expect(changes).toBeGreaterThan(100);
  });

  test("a service that has a usable destination before and after has one at every moment", () => {
    let watched = 0;
    fc.assert(
      fc.property(anyTable, anyTable, (before, after) => {
        const usable = (entries: readonly IpvsEntry[], key: string): boolean =>
          entries.some((entry) => serviceKeyText(entry.service.key) === key && entry.destinations.some(({ weight }) => weight > 0));
        const keys = before.map((entry) => serviceKeyText(entry.service.key)).filter((key) => usable(before, key) && usable(after, key));
        const table = loaded(before);
        table.watch = () => {
          for (const key of keys) {
            watched++;
            expect(usable(read(table), key)).toBe(true);
          }
        };
        applyOps(table, diffTable(before, after), 0, Infinity, new FakeLog());
      }),
    );
    expect(watched).toBeGreaterThan(100);
  });

  test("what is remembered of a service after its operations is what the kernel holds", () => {
    fc.assert(
      fc.property(anyTable, anyTable, (before, after) => {
        for (const old of before) {
          const next = after.find((entry) => serviceKeyText(entry.service.key) === serviceKeyText(old.service.key));
          const remembered = afterOps(old, diffEntry(old, next));
          expect(contents(remembered === undefined ? [] : [remembered])).toEqual(contents(next === undefined ? [] : [next]));
        }
      }),
    );
  });
});

test("without persistence, its time-out and granularity are no difference", () => {
  const reported = service(1, { timeoutS: 300, prefixLength: 24 });
  expect(sameService(reported, service(1))).toBe(true);
  expect(sameService({ ...reported, persistent: true }, service(1, { persistent: true, timeoutS: 360 }))).toBe(false);
});

describe("refusals", () => {
  const key = serviceKey(1);
  const dest = destination(1);
  const rows: { name: string; there: IpvsEntry[]; op: IpvsOp; told: string[]; lines: string[]; refused: boolean }[] = [
    {
      name: "a change of a destination that is gone becomes an addition",
      there: [{ service: service(1), destinations: [] }],
      op: { op: "setDestination", key, destination: dest },
      told: ["set 192.0.2.1 w1", "add 192.0.2.1 w1"],
      lines: ["IPVS cmd IP_VS_SO_SET_EDITDEST(1161) error: No such destination(2) (198.51.100.1:tcp:80 -> 192.0.2.1:80)"],
      refused: false,
    },
    {
      name: "a deletion of what is gone is done",
      there: [{ service: service(1), destinations: [] }],
      op: { op: "deleteDestination", key, destination: dest },
      told: ["delete 192.0.2.1"],
      lines: ["IPVS cmd IP_VS_SO_SET_DELDEST(1160) error: No such destination(2) (198.51.100.1:tcp:80 -> 192.0.2.1:80)"],
      refused: false,
    },
    {
      name: "an addition of what is there becomes a change",
      there: [{ service: service(1), destinations: [destination(1, { weight: 7 })] }],
      op: { op: "addDestination", key, destination: dest },
      told: ["add 192.0.2.1 w1", "set 192.0.2.1 w1"],
      lines: ["IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: Destination already exists(17) (198.51.100.1:tcp:80 -> 192.0.2.1:80)"],
      refused: false,
    },
    {
      name: "so does a service's",
      there: [{ service: service(1, { scheduler: "wlc" }), destinations: [] }],
      op: { op: "addService", service: service(1) },
      told: ["add service tcp 198.51.100.1 80", "set service tcp 198.51.100.1 80 rr"],
      lines: ["IPVS cmd IP_VS_SO_SET_ADD(1154) error: Service already exists(17) (198.51.100.1:tcp:80)"],
      refused: false,
    },
    {
      name: "a service that is gone is made again when it was to be changed",
      there: [],
      op: { op: "setService", service: service(1) },
      told: ["set service tcp 198.51.100.1 80 rr", "add service tcp 198.51.100.1 80"],
      lines: ["IPVS cmd IP_VS_SO_SET_EDIT(1155) error: No such service(3) (198.51.100.1:tcp:80)"],
      refused: false,
    },
    {
      name: "a destination whose service is gone is refused",
      there: [],
      op: { op: "addDestination", key, destination: dest },
      told: ["add 192.0.2.1 w1"],
      lines: ["IPVS cmd IP_VS_SO_SET_ADDDEST(1159) error: No such service(3) (198.51.100.1:tcp:80 -> 192.0.2.1:80)"],
      refused: true,
    },
    {
      name: "firewall marks are named as keepalived names them",
      there: [],
      op: { op: "deleteService", key: { type: "fwmark", family: 4, fwmark: 7 } },
      told: ["delete service fwmark 4 7"],
      lines: ["IPVS cmd IP_VS_SO_SET_DEL(1156) error: No such service(3) (Fwm 7)"],
      refused: false,
    },
  ];
  for (const { name, there, op, told, lines, refused } of rows) {
    test(name, () => {
      const table = loaded(there);
      const log = new FakeLog();
      const applied = applyOps(table, [op], 0, 10, log);
      expect({ told: table.take(), lines: log.lines, refused: applied.refused }).toEqual({ told, lines, refused });
    });
  }

  test("of a service that cannot be made the destinations are not tried", () => {
    const table = new FakeIpvs();
    table.refuse = { op: "add service", code: "ENOENT" };
    const ops = diffTable([], [{ service: service(1), destinations: [dest] }, { service: service(2), destinations: [dest] }]);
    expect(applyOps(table, ops, 0, 100, new FakeLog())).toMatchObject({ next: 4, refused: true });
    expect(table.take()).toEqual(["add service tcp 198.51.100.1 80", "add service tcp 198.51.100.2 80", "add 192.0.2.1 w1"]);
  });
});
