import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { VrrpConfig } from "../../src/conf/model.ts";
import { Paces } from "../../src/vrrp/garp-pace.ts";
import { config, GARP, instance, ipv6, vip } from "./support/config.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeLan } from "./support/fake-lan.ts";
import { Node } from "./support/node.ts";

test("an interface has the global distances unless a group has others; a group's interfaces have one pace", () => {
  const paces = new Paces();
  paces.configure({ garpIntervalUs: 10, gnaIntervalUs: 20, garpGroups: [{ interfaces: ["eth1", "eth2"], garpIntervalUs: 30, gnaIntervalUs: undefined }] });
  const gaps = (name: string) => [paces.of(name).arpGapUs, paces.of(name).naGapUs];
  assert.deepEqual([gaps("eth0"), gaps("eth1"), gaps("eth2")], [[10, 20], [30, 20], [30, 20]]);
  assert.equal(paces.of("eth1"), paces.of("eth2"));
  assert.equal(paces.of("eth0"), paces.of("eth0"));
  assert.notEqual(paces.of("eth0"), paces.of("eth3"));
});

describe("an address owner that starts announces", () => {
  const MS = MILLISECOND;
  const schedule = { ...GARP, masterDelayUs: 0, masterRepeat: 2 };
  const v4 = (link: string, address: string) => ({ priority: 255, garp: schedule, interface: link, virtualAddresses: [vip(address, { interface: link })] });
  const started = (overrides: Partial<VrrpConfig>, ...instances: Parameters<typeof instance>[0][]): string[] => {
    const clock = new FakeClock();
    const start = clock.now();
    const addresses = { eth0: ["192.0.2.1", "fe80::1"], eth1: "198.51.100.1" };
    const a = new Node("a", clock, { lans: { eth0: new FakeLan(clock), eth1: new FakeLan(clock) }, addresses }).start(config(instances.map((one, i) => instance({ name: `VI_${i}`, vrid: 51 + i, ...one })), overrides));
    clock.advance(SECOND);
    return a.announced.map(({ at, address }) => `${(at - start) / MS} ${address}`);
  };

  test("neighbour advertisements keep vrrp_gna_interval, and ARP does not", () => {
    const six = { ...ipv6(["fe80::100", "2001:db8::100"]), priority: 255, garp: schedule };
    assert.deepEqual(started({ gnaIntervalUs: 10 * MS }, six), ["0 fe80::100", "10 2001:db8::100", "20 fe80::100", "30 2001:db8::100"]);
    assert.deepEqual(started({ gnaIntervalUs: 10 * MS }, v4("eth0", "192.0.2.100")), ["0 192.0.2.100", "0 192.0.2.100"]);
  });

  test("each interface for itself, and the interfaces of a group together", () => {
    const both = [v4("eth0", "192.0.2.100"), v4("eth1", "198.51.100.100")];
    const times = (lines: readonly string[]) => lines.map((line) => Number(line.split(" ")[0]));
    assert.deepEqual(times(started({ garpIntervalUs: 10 * MS }, ...both)), [0, 0, 10, 10]);
    const garpGroups = [{ interfaces: ["eth0", "eth1"], garpIntervalUs: 25 * MS, gnaIntervalUs: undefined }];
    assert.deepEqual(times(started({ garpIntervalUs: 10 * MS, garpGroups }, ...both)), [0, 25, 50, 75]);
  });
});
