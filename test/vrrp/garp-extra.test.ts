import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import { GARP, config, instance } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import { advertPacket } from "./support/packets.ts";

const EXTRA = [
  { address: ipAddress("198.51.100.7"), interface: "eth0" },
  { address: ipAddress("2001:db8::7"), interface: "eth0" },
];
const base = instance({ garpExtra: EXTRA });
const VIP = "garp 192.0.2.100";
const EXTRAS = ["garp 198.51.100.7", "na 2001:db8::7"];

/** How often each was announced. */
function counts(trace: readonly string[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const entry of trace) if (/^(garp|na) /.test(entry)) all[entry] = (all[entry] ?? 0) + 1;
  return all;
}

test("follows every schedule of the addresses: on becoming MASTER, again later, by refresh, and after a lower priority", () => {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ garpExtra: EXTRA, garp: { ...GARP, masterRefreshUs: 30 * SECOND, masterRefreshRepeat: 2, lowerPrioRepeat: 3 } })]));
  const all = (n: number) => ({ [VIP]: n, "garp 198.51.100.7": n, "na 2001:db8::7": n });
  segment.clock.advance(4 * SECOND);
  assert.deepEqual([a.state(), counts(a.takeTrace())], ["MASTER", all(5)]);
  assert.deepEqual(a.kernel.addresses().map(({ address }) => address).filter((address) => EXTRA.some((one) => one.address === address)), [], "never added");
  segment.clock.advance(5 * SECOND);
  assert.deepEqual(counts(a.takeTrace()), all(5), "garp_master_delay");
  segment.clock.advance(31 * SECOND);
  assert.deepEqual(counts(a.takeTrace()), all(2), "garp_master_refresh");
  a.socket.deliver(advertPacket({ priority: 50, source: "192.0.2.66" }));
  segment.clock.advance(SECOND);
  assert.deepEqual(counts(a.takeTrace()), all(3), "garp_lower_prio_repeat");
});

test("without a virtual address, and on an interface that is missing", () => {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ virtualAddresses: [], noVirtualIpaddress: true, garpExtra: [...EXTRA, { address: ipAddress("198.51.100.8"), interface: "eth9" }] })]));
  segment.clock.advance(4 * SECOND);
  assert.deepEqual(counts(a.takeTrace()), { "garp 198.51.100.7": 5, "na 2001:db8::7": 5 });
  assert.ok(a.takeLines().includes("Not announcing address 198.51.100.8 on eth9 since interface doesn't exist"));
});

test("a reload announces what is new, and nobody announces it who is not MASTER any longer", () => {
  const { segment, master } = settledMaster(config([instance()]));
  master.engine.reload(config([base]));
  segment.clock.advance(0);
  assert.deepEqual(counts(master.takeTrace()), Object.fromEntries(EXTRAS.map((entry) => [entry, 5])));
  master.engine.reload(config([base]));
  segment.clock.advance(0);
  assert.deepEqual(counts(master.takeTrace()), {});
  master.engine.reload(config([{ ...base, garp: { ...GARP, masterRefreshUs: SECOND } }]));
  master.socket.deliver(advertPacket({ priority: 200, source: "192.0.2.66" }));
  segment.clock.advance(3 * SECOND);
  assert.deepEqual([master.state(), counts(master.takeTrace())], ["BACKUP", {}]);
});
