import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { config, GARP, instance, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import { advertPacket, patched } from "./support/packets.ts";

const VIP = "192.0.2.100";
const many = (count: number) => [...Array(count).keys()].map((i) => vip(`198.18.${i >> 8}.${i & 255}`));
const installed = { interfaceIndex: 2, address: ipAddress(VIP), prefixLength: 32, scope: 0, protocol: 18 };

describe("start after a crash", () => {
  test("configured and recorded addresses go at once; a stranger's stay; nothing is doubled", () => {
    const segment = new Segment();
    const a = segment.node();
    const recorded = { ...installed, address: ipAddress("192.0.2.77") };
    for (const address of [installed, recorded, { ...installed, address: ipAddress("192.0.2.66") }]) a.kernel.put(address);
    a.recorded = [recorded, { ...recorded, address: ipAddress("192.0.2.78") }];
    a.start(config([instance()]));
    assert.deepEqual([VIP, "192.0.2.77", "192.0.2.66", "192.0.2.1"].map((one) => a.kernel.holds(one)), [false, false, true, true]);
    assert.deepEqual(a.recorded, []);
    segment.clock.advance(5 * SECOND);
    assert.equal(a.kernel.addresses().filter((one) => one.address === ipAddress(VIP)).length, 1);
    assert.deepEqual(a.engine.status().instances[0]?.source, "192.0.2.1");
  });

  test("an owner takes over what is there, and announces it", () => {
    const segment = new Segment();
    const a = segment.node();
    a.kernel.put(installed);
    a.recorded = [installed];
    a.start(config([instance({ priority: 255 })]));
    assert.deepEqual(a.kernel.changes, []);
    segment.clock.advance(10 * MILLISECOND);
    assert.equal(a.announced.length, 5);
    a.engine.stop();
    assert.equal(a.kernel.holds(VIP), false);
  });
});

describe("crash release", () => {
  test("priority 0 and every address, item by item, although the bulk request and one address fail", () => {
    const { master } = settledMaster(config([instance({ virtualAddresses: [vip(VIP), vip("192.0.2.101"), vip("192.0.2.102")] })]));
    master.kernel.failNext = new Error("RTM_DELADDR: ENOBUFS");
    master.kernel.stuck.add("192.0.2.101");
    master.engine.release();
    master.engine.release();
    assert.equal(master.takeTrace()[0], "advert 0");
    assert.deepEqual([VIP, "192.0.2.101", "192.0.2.102"].map((one) => master.kernel.holds(one)), [false, true, false]);
    assert.deepEqual(master.recorded.map((one) => one.address), ["192.0.2.101"], "the next start knows what could not be removed");
  });

  test("it never throws, even when everything does", () => {
    const { master } = settledMaster(config([instance()]));
    const broken = () => {
      throw new Error("broken");
    };
    Object.assign(master.kernel, { deleteAddresses: broken });
    Object.assign(master.socket, { send: broken, close: broken });
    master.engine.release();
    assert.ok(master.takeLines().some((line) => line === "while releasing: broken"));
  });

  test("after stop or release nothing answers any more", () => {
    const { segment, master } = settledMaster(config([instance()]));
    master.engine.stop();
    const trace = master.trace.length;
    master.engine.reload(config([instance({ priority: 255 })]));
    master.engine.scriptResult("x", { type: "timedOut" });
    segment.clock.advance(20 * SECOND);
    assert.equal(master.trace.length, trace);
    assert.ok(master.socket.closed);
  });
});

describe("1,008 addresses", () => {
  test("in slices, the record before the kernel, each slice's ARPs directly behind it, adverts of others in between", () => {
    const segment = new Segment();
    const a = segment.node();
    a.start(config([instance({ virtualAddresses: [vip(VIP)], excludedAddresses: many(1007) }), instance({ name: "VI_2", vrid: 52, priority: 101, virtualAddresses: [] })]));
    segment.clock.advance(3 * SECOND + 605_469); // VI_2 is MASTER
    a.trace.length = 0;
    segment.clock.turnCostUs = 3 * MILLISECOND; // a slice takes as long
    segment.clock.advance(3906);
    segment.clock.advance(100 * MILLISECOND);
    const slices = a.kernel.batches.filter((size) => size > 1);
    assert.deepEqual(slices, [...Array<number>(7).fill(128), 112]);
    const writes = a.trace.findIndex((entry) => entry === "record 1008");
    assert.ok(writes >= 0 && writes < a.trace.indexOf(`+${VIP}`));
    assert.equal(a.trace.indexOf(`garp ${VIP}`), a.trace.indexOf(`+${VIP}`) + 128);
    assert.equal(a.trace.indexOf("advert 100"), 0, "the advert leaves before anything else");
    const firsts = new Set<string>();
    let lastFirst = 0;
    a.announced.forEach(({ address, at }) => {
      if (!firsts.has(address)) lastFirst = at;
      firsts.add(address);
    });
    assert.equal(firsts.size, 1008);
    assert.ok(lastFirst - (a.announced[0]?.at ?? 0) <= 7 * 3 * MILLISECOND);
    segment.clock.advance(SECOND);
    assert.equal(a.announced.length, 5 * 1008);
  });

  test("a due advert of another instance never waits for more than one slice", () => {
    const segment = new Segment();
    const a = segment.node();
    a.start(config([instance({ excludedAddresses: many(1007) }), instance({ name: "VI_2", vrid: 52, priority: 255, virtualAddresses: [] })]));
    segment.clock.turnCostUs = 3 * MILLISECOND;
    segment.clock.advance(10 * SECOND);
    const times = segment.lan.sent.filter(({ packet }) => packet[21] === 52).map(({ at }) => at);
    for (const [i, at] of times.slice(1).entries()) assert.ok(at - (times[i] ?? 0) <= SECOND + 6 * MILLISECOND, `advert ${i} came late`);
    assert.ok(a.engine.lateness.maxUs <= 6 * MILLISECOND);
  });

  test("nor with four thousand addresses, which the kernel takes the longer the more there are", () => {
    const segment = new Segment();
    const a = segment.node();
    const add = a.kernel.addAddresses.bind(a.kernel);
    a.kernel.addAddresses = (addresses) => {
      segment.clock.pass(addresses.length * (4 + Math.floor(a.kernel.addresses().length / 50)));
      return add(addresses);
    };
    a.start(config([instance({ excludedAddresses: many(4_000) }), instance({ name: "VI_2", vrid: 52, priority: 255, advertIntervalUs: 10 * MILLISECOND, virtualAddresses: [] })]));
    segment.clock.advance(5 * SECOND);
    assert.equal(a.kernel.addresses().filter(({ address }) => address.startsWith("198.18.")).length, 4_000);
    const times = segment.lan.sent.filter(({ packet }) => packet[21] === 52).map(({ at }) => at);
    const longest = Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)));
    assert.ok(longest <= 15 * MILLISECOND, `${longest} us between two adverts`);
  });
});

describe("gratuitous ARP", () => {
  const at = (schedule: Partial<typeof GARP>, until: number, garpIntervalUs = 0): number[] => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ priority: 255, garp: { ...GARP, ...schedule } })], { garpIntervalUs }));
    const start = segment.clock.now();
    segment.clock.advance(until);
    return a.announced.map((one) => one.at - start);
  };
  test("five at once, five after garp_master_delay", () => assert.deepEqual(at({}, 20 * SECOND), [0, 0, 0, 0, 0, ...Array<number>(5).fill(5 * SECOND)]));
  test("garp_master_delay 0: no second set", () => assert.deepEqual(at({ masterDelayUs: 0, masterRepeat: 2 }, 20 * SECOND), [0, 0]));
  test("refresh begins at delay + refresh", () => {
    const want = [0, SECOND, 3 * SECOND, 3 * SECOND, 5 * SECOND, 5 * SECOND];
    assert.deepEqual(at({ masterDelayUs: SECOND, masterRepeat: 1, masterRefreshUs: 2 * SECOND, masterRefreshRepeat: 2 }, 6 * SECOND), want);
  });
  test("vrrp_garp_interval keeps them apart", () => {
    assert.deepEqual(at({ masterDelayUs: 0, masterRepeat: 3 }, SECOND, 10 * MILLISECOND), [0, 10 * MILLISECOND, 20 * MILLISECOND]);
  });
  test("nothing is announced any more once BACKUP", () => {
    const { segment, master } = settledMaster(config([instance({ garp: { ...GARP, masterRefreshUs: SECOND } })]));
    master.socket.deliver(advertPacket({ priority: 200 }));
    segment.clock.advance(200);
    assert.equal(master.state(), "BACKUP");
    master.announced.length = 0;
    segment.clock.advance(3 * SECOND);
    assert.deepEqual(master.announced, []);
  });
});

describe("hostile packets", () => {
  test("are counted by name, logged once, and change nothing, not even the beat of the adverts", () => {
    const { segment, master } = settledMaster(config([instance({ priority: 150 })]));
    const good = advertPacket({ priority: 255 });
    const bad: [string, Uint8Array][] = [
      ["tooShort", good.slice(0, 39)],
      ["tooLong", Uint8Array.from([...good, ...new Uint8Array(1400)])],
      ["checksum", patched(good, 26, 0xde, 0xad)],
      ["ttl", advertPacket({ priority: 255, timeToLive: 254 })],
      ["zeroAddresses", advertPacket({ priority: 255, addresses: [] })],
    ];
    segment.lan.sent.length = 0;
    for (let i = 0; i < 1000; i++) {
      for (const [, packet] of bad) master.socket.deliver(packet);
      master.socket.deliver(advertPacket({ vrid: 99 }));
      master.socket.deliver(good.slice(0, 25));
      segment.clock.advance(5 * MILLISECOND);
    }
    const status = master.engine.status();
    assert.deepEqual(status.instances[0]?.drops, Object.fromEntries(bad.map(([reason]) => [reason, 1000])));
    assert.deepEqual([status.sockets[0]?.unknownVrids, status.sockets[0]?.truncated], [1000, 1000]);
    assert.deepEqual([status.instances[0]?.stats.packetLenErr, status.instances[0]?.stats.ipTtlErr], [2000, 1000]);
    assert.equal(master.takeLines().length, bad.length + 1);
    assert.deepEqual(master.takeTrace(), Array(5).fill("advert 150"));
  });

  test("our own packet that comes back is ignored", () => {
    const { segment, master } = settledMaster(config([instance()]));
    const own = segment.lan.sent.at(-1)?.packet;
    assert.ok(own);
    master.socket.deliver(own);
    segment.clock.advance(100);
    assert.deepEqual([master.engine.status().instances[0]?.drops, master.takeLines()], [{ looped: 1 }, []]);
  });
});

test("vrrp_startup_delay: INIT until it is over", () => {
  const segment = new Segment();
  const a = segment.node().start(config([instance({ priority: 255 })], { startupDelayUs: 10 * SECOND }));
  segment.clock.advance(10 * SECOND - 1);
  assert.deepEqual([a.state(), a.takeLines()], ["INIT", ["Delaying startup for 10 seconds"]]);
  segment.clock.advance(1);
  assert.deepEqual([a.state(), a.takeLines()], ["MASTER", ["Delayed start completed", "(VI_1) Entering MASTER STATE", "MASTER of VI_1: address owner"]]);
});

test("PASS: the same password is heard, another is not", () => {
  for (const [password, want] of [["secret", "BACKUP"], ["public", "MASTER"]] as const) {
    const pass = (text: string) => ({ authentication: { type: "pass", password: Uint8Array.from(Buffer.from(text.padEnd(8, "\0"))) } }) as const;
    const segment = new Segment();
    segment.node().start(config([instance({ priority: 150, ...pass("secret") })]));
    const b = segment.node().start(config([instance(pass(password))]));
    segment.clock.advance(10 * SECOND);
    assert.equal(b.state(), want);
  }
});
