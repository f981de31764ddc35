import { expect, test } from "vitest";
import type { Notification } from "../../src/base/notification.ts";
import { NotificationLedger } from "../../src/daemon/ledger.ts";

const master: Notification = { type: "vrrp", scope: "instance", name: "VI_1", state: "MASTER", previous: "BACKUP", priority: 100, reason: "test" };

test("what was not acknowledged is still there, in order, with its number", () => {
  const ledger = new NotificationLedger();
  const numbers = [1, 2, 3].map((atMs) => ledger.add(master, atMs).number);
  ledger.acknowledge(numbers[1] ?? 0);
  expect(ledger.pending.map(({ number, atMs }) => [number, atMs])).toEqual([
    [numbers[0], 1],
    [numbers[2], 3],
  ]);
});

test("acknowledging twice, or what was never there, changes nothing", () => {
  const ledger = new NotificationLedger();
  const { number } = ledger.add(master, 1);
  ledger.acknowledge(number + 5);
  expect(ledger.pending).toHaveLength(1);
  ledger.acknowledge(number);
  ledger.acknowledge(number);
  expect(ledger.pending).toEqual([]);
});
