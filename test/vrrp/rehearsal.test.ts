import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { InterfaceAddress, Link } from "../../src/base/network.ts";
import { rehearse } from "../../src/vrrp/rehearsal.ts";
import type { Stage } from "../../src/vrrp/rehearsal.ts";
import { config, group, instance, script, vip } from "./support/config.ts";

const ETH0: Link = { index: 2, name: "eth0", up: false, loopback: false, arp: true, mtu: 1500, hardwareAddress: new Uint8Array([2, 0, 0, 0, 0, 1]) };
const OWN: InterfaceAddress = { interfaceIndex: 2, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 };

test("one instance with a thousand addresses plays to the end, although its interface is down now", () => {
  const excludedAddresses = Array.from({ length: 1_007 }, (...[, i]) => vip(`198.18.${i >> 8}.${i & 255}`));
  expect(rehearse(config([instance({ excludedAddresses })]), [ETH0], [OWN])).toBe(true);
});

test("what stands behind the ports is played too: every address is encoded, added, recorded and announced", () => {
  const counts = { prepared: 0, added: 0, deleted: 0, framed: 0, recorded: 0, blocked: 0 };
  const stage: Stage = {
    network: {
      prepare: (addresses) => void (counts.prepared += addresses.length),
      addAddresses: (addresses) => ((counts.added += addresses.length), addresses.map(() => undefined)),
      deleteAddresses: (addresses) => ((counts.deleted += addresses.length), addresses.map(() => undefined)),
      addRoutes: (routes) => routes.map(() => undefined),
      deleteRoutes: (routes) => routes.map(() => undefined),
      addRules: (rules) => rules.map(() => undefined),
      deleteRules: (rules) => rules.map(() => undefined),
    },
    frames: { sendAll: (...[, frames]) => ((counts.framed += frames.length), []), close: () => undefined },
    record: { read: () => ({ rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] }), prepare: () => undefined, write: ({ addresses }) => void (counts.recorded += addresses.length) },
    firewall: { change: (...[, after]) => void (counts.blocked += after?.blocked.length ?? 0) },
  };
  expect(rehearse(config([instance({ accept: false, excludedAddresses: [vip("198.18.0.1")] })]), [ETH0], [OWN], stage)).toBe(true);
  expect(counts.added).toBe(6); // three performances of two addresses
  expect([counts.deleted, counts.recorded, counts.blocked]).toEqual([6, 6, 6]);
  expect(counts.prepared).toBeGreaterThanOrEqual(6);
  expect(counts.framed).toBeGreaterThanOrEqual(6);
});

test("owners, groups, scripts and a start-up delay hold nothing up", () => {
  const instances = [instance({ trackScripts: [{ script: "chk", weight: 0, reverse: false }] }), instance({ name: "VI_2", vrid: 52, virtualAddresses: [vip("192.0.2.101")] })];
  const whole = config(instances, { syncGroups: [group("G", ["VI_1", "VI_2"])], scripts: [script("chk")], startupDelayUs: 60_000_000 });
  expect(rehearse(whole, [ETH0], [OWN])).toBe(true);
  expect(rehearse(config([instance({ priority: 255 })]), [ETH0], [OWN])).toBe(true);
});

test("what cannot be played is given up, not waited for", () => {
  expect(rehearse(config([instance({ interface: "eth9" })]), [ETH0], [OWN])).toBe(false);
});
