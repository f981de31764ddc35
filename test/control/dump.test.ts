import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import { parentDump, statsDump, vrrpDump } from "../../src/control/dump.ts";
import type { InstanceStatus, VrrpStatus } from "../../src/vrrp/status.ts";
import { globalConfig } from "../conf/model-builders.ts";
import { instance, vip } from "../vrrp/support/config.ts";

const VIP = vip("192.0.2.100", { prefixLength: 24, interface: "v0" });

const INSTANCE = instance({
  name: "VI_1",
  family: 4,
  version: 2,
  interface: "v0",
  vrid: 51,
  priority: 100,
  initialState: "BACKUP",
  advertIntervalUs: SECOND,
  downTimerAdverts: 3,
  preempt: true,
  preemptDelayUs: 5 * SECOND,
  authentication: { type: "pass", password: Buffer.from("secret\0\0") },
  multicastGroup: ipAddress("224.0.0.18"),
  sourceAddress: undefined,
  virtualAddresses: [
    VIP,
    { ...VIP, address: ipAddress("192.0.2.101"), broadcast: ipAddress("192.0.2.255"), scope: 253, label: "v0:1" },
    { ...VIP, address: ipAddress("192.0.2.102"), home: true, noPrefixRoute: true, autojoin: true, track: false },
  ],
  excludedAddresses: [
    { ...VIP, address: ipAddress("192.0.2.103"), prefixLength: 32 },
    { ...VIP, address: ipAddress("2001:db8::1"), prefixLength: 64 },
  ],
  garp: { masterDelayUs: 5 * SECOND, masterRepeat: 5, masterRefreshUs: 0, masterRefreshRepeat: 1, lowerPrioDelayUs: 5 * SECOND, lowerPrioRepeat: 5 },
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  ownerIgnoreAdverts: false,
  skipCheckAdvAddr: false,
  trackPrimary: true,
  trackInterfaces: [],
  trackScripts: [{ script: "chk", weight: 0, reverse: false }],
});

const STATUS: InstanceStatus = {
  name: "VI_1",
  interface: "v0",
  link: undefined,
  vrid: 51,
  group: "G1",
  state: "BACKUP",
  basePriority: 100,
  effectivePriority: 100,
  priorityWhy: ["base 100"],
  faults: [],
  pending: [],
  lastTransitionMs: new Date(2026, 10, 1, 2, 5, 9, 43).getTime(),
  lastReason: "start",
  master: { address: "192.0.2.2", priority: 150 },
  source: "192.0.2.1",
  dueInUs: 3_609_375,
  devices: ["v0", "v0", "v0", "v0", "v0"],
  addressesWanted: [],
  addressesInstalled: 0,
  neighbours: [],
  neighboursUncounted: 0,
  filtered: undefined,
  stats: {
    advertRcvd: 1,
    advertSent: 2,
    becomeMaster: 3,
    releaseMaster: 4,
    packetLenErr: 5,
    ipTtlErr: 6,
    invalidTypeRcvd: 7,
    advertIntervalErr: 8,
    addrListErr: 9,
    invalidAuthtype: 10,
    authtypeMismatch: 11,
    authFailure: 12,
    authExtMissing: 13,
    authExtMalformed: 14,
    authExtUnknownKey: 15,
    authExtInvalidHmac: 16,
    authExtStale: 17,
    authExtReplay: 18,
    priZeroRcvd: 19,
    priZeroSent: 20,
    rivalRcvd: 0,
  },
  drops: {},
  remarks: {},
  config: INSTANCE,
};

function statusWith(change: Partial<InstanceStatus>): VrrpStatus {
  return {
    instances: [{ ...STATUS, ...change }],
    groups: [{ name: "G1", state: "BACKUP", members: ["VI_1"] }],
    sockets: [{ interface: "v0", family: 4, protocol: 112, group: "224.0.0.18", source: undefined, instances: ["VI_1"], unknownVrids: 2, truncated: 0 }],
    maxLatenessUs: 0,
    worstLateness: undefined,
  };
}

/** keepalived 2.2.7's own dump of this configuration, as BACKUP; the master's two lines are as after an advert. */
const KEEPALIVED_INSTANCE = ` VRRP Instance = VI_1
   VRRP Version = 2
   Sync group = G1
   State = BACKUP
   Master router = 192.0.2.2
   Master priority = 150
   Flags: none
   Wantstate = BACKUP
   Number of config faults = 0
   Number of interface and track script faults = 0
   Number of track scripts init = 0
   Interface = v0
   Using src_ip = 192.0.2.1
   Multicast address 224.0.0.18
   Gratuitous ARP delay = 5
   Gratuitous ARP repeat = 5
   Gratuitous ARP refresh = 0
   Gratuitous ARP refresh repeat = 1
   Gratuitous ARP lower priority delay = 5
   Gratuitous ARP lower priority repeat = 5
   Down timer adverts = 3
   Send advert after receive lower priority advert = true
   Send advert after receive higher priority advert = false
   Virtual Router ID = 51
   Priority = 100
   Effective priority = 100
   Total priority = 100
   Advert interval = 1 sec
   Accept = enabled
   Preempt = enabled
   Preempt delay = 5 secs
   Promote_secondaries = disabled
   Authentication type = SIMPLE_PASSWORD
   Virtual IP (3):
     192.0.2.100/24 dev v0 scope global
     192.0.2.101/24 brd 192.0.2.255 dev v0 scope link label v0:1
     192.0.2.102/24 dev v0 scope global home noprefixroute autojoin no_track
   Virtual IP Excluded :
     192.0.2.103 dev v0 scope global
     2001:db8::1/64 dev v0 scope global preferred_lft forever
   Tracked scripts :
     chk weight 0`.split("\n");

/** Lines that keepalived does not have, or whose value is of the moment. */
const OUR_OWN = [/^ {3}Last transition/, /^ {3}Next deadline/, /^ {3}Priority made of/, /^ {3}Password = \*{8}$/, /^ {3}Addresses installed/];

test("an instance's lines are keepalived's, in keepalived's order, besides those that only Regent has", () => {
  const lines = vrrpDump(statusWith({})).split("\n");
  const block = lines.slice(lines.indexOf(" VRRP Instance = VI_1"), lines.indexOf("------< VRRP Sockpool >------"));
  const common = block.filter((line) => !OUR_OWN.some((own) => own.test(line)));
  assert.deepEqual(common, KEEPALIVED_INSTANCE.filter((line) => common.includes(line)));
  assert.equal(block.length - common.length, OUR_OWN.length + 1);
  assert.ok(block.includes("   Last transition reason = start"));
  assert.ok(block.some((line) => line.endsWith("(Sun Nov  1 02:05:09.043000 2026)")), block.join("\n"));
});

test("the other routers: who, with what priority, when last heard, and how often while we were MASTER", () => {
  const heard = { address: "192.0.2.2", priority: 150, heardAgoUs: 250_000, resigned: false, silent: false, adverts: 20, sightings: 3 };
  const gone = { ...heard, address: "192.0.2.3", priority: 90, heardAgoUs: 61 * SECOND, silent: true, adverts: 1, sightings: 0 };
  const lines = vrrpDump(statusWith({ neighbours: [heard, gone, { ...gone, resigned: true }], filtered: { address: "192.0.2.2", priority: 150, agoUs: 250_000 }, stats: { ...STATUS.stats, rivalRcvd: 3 } })).split("\n");
  const at = lines.indexOf("   Other routers :");
  assert.deepEqual(lines.slice(at + 1, at + 6), [
    "     192.0.2.2 priority 150, heard 0.25 secs ago, 20 adverts, 3 of them while we were master",
    "     192.0.2.3 priority 90, heard 61 secs ago, silent, 1 adverts",
    "     192.0.2.3 priority 90, heard 61 secs ago, resigned, 1 adverts",
    "   Adverts dropped by this host = 192.0.2.2 priority 150, the last 0.25 secs ago",
    "   Adverts of other masters while master = 3",
  ]);
  assert.ok(vrrpDump(statusWith({ neighbours: [heard], neighboursUncounted: 7 })).includes("\n   Adverts of further routers = 7\n"));
});

test("how late timers were at worst, and why", () => {
  const status = { ...statusWith({}), maxLatenessUs: 1_250_000, worstLateness: { lateUs: 1_250_000, cause: "a cause" } };
  assert.ok(vrrpDump(status).endsWith("\n Worst lateness = 1250000 usecs\n Cause of 1.25 secs = a cause\n"));
});

/** Out of keepalived 2.2.7's own dumps of MASTERs with these addresses: with `vmac_xmit_base`, with `use_vmac_addr`. */
const KEEPALIVED_VMAC = (xmitBase: boolean) => `   Use VMAC, i/f name vrrp.53, is_up = true, xmit_base = ${String(xmitBase)}
${xmitBase ? "" : "   Use VMAC for VIPs on other interfaces\n"}   Interface = vrrp.53, vmac on eth0${xmitBase ? ", xmit base i/f" : ""}
     192.0.2.103/24 dev vrrp.53@eth0 scope global set
     198.51.100.9/24 dev vrrp1.53@eth1 use_vmac scope global set
     198.51.100.10/24 dev eth1 scope global set
     192.0.2.109 dev vrrp.53@eth0 scope global set`.split("\n");

for (const xmitBase of [true, false]) {
  test(`VMAC: its macvlan, and those that addresses are on; ${xmitBase ? "vmac_xmit_base" : "use_vmac_addr"}`, () => {
    const on = (address: string, prefixLength: number, device: string, useVmac = false) => vip(address, { prefixLength, interface: device, useVmac });
    const config = instance({
      interface: "eth0",
      useVmacAddr: !xmitBase,
      vmac: { name: undefined, mac: Uint8Array.of(0, 0, 0x5e, 0, 1, 53), netlinkNotifyMsg: false, group: undefined, xmitBase },
      virtualAddresses: [on("192.0.2.103", 24, "eth0"), on("198.51.100.9", 24, "eth1", true), on("198.51.100.10", 24, "eth1")],
      excludedAddresses: [on("192.0.2.109", 32, "eth0")],
    });
    const lines = vrrpDump(statusWith({ config, link: { name: "vrrp.53", up: true }, devices: ["vrrp.53", "vrrp1.53", "eth1", "vrrp.53"], addressesInstalled: 4 })).split("\n");
    assert.deepEqual(lines.slice(0, lines.indexOf("------< VRRP Sockpool >------")).filter((line) => / dev |VMAC|vmac/.test(line)), KEEPALIVED_VMAC(xmitBase));
  });
}

test("an ipvlan, and one that is not there", () => {
  const config = instance({ interface: "eth0", ipvlan: { name: undefined, mode: "bridge", group: undefined, address: undefined }, virtualAddresses: [vip("192.0.2.103", { interface: "eth0" })] });
  const text = vrrpDump(statusWith({ config, link: { name: "ipvl.51", up: false }, devices: ["eth0"] }));
  assert.ok(text.includes("   Use ipvlan, i/f name ipvl.51, is_up = false\n   Interface = ipvl.51, ipvlan on eth0\n"), text);
  assert.ok(text.includes(" dev eth0 scope global\n"), text);
});

test("the password is not in the dump", () => {
  assert.ok(!vrrpDump(statusWith({})).includes("secret"));
});

test("addresses are `set` when all are installed; faults and refused packets are listed", () => {
  const text = vrrpDump(statusWith({ state: "MASTER", addressesInstalled: 5, master: undefined, faults: ["interface v0 down"], drops: { checksum: 3 } }));
  assert.ok(text.includes("     192.0.2.100/24 dev v0 scope global set\n"));
  assert.ok(text.includes("   Addresses installed = 5 of 5\n"));
  assert.ok(text.includes("   Faults :\n     interface v0 down\n"));
  assert.ok(text.includes("   Refused packets :\n     checksum = 3\n"));
  assert.ok(!text.includes("Master router"));
});

test("sockets and groups", () => {
  const text = vrrpDump(statusWith({}));
  assert.ok(text.includes("------< VRRP Sync groups >------\n VRRP Sync Group = G1, BACKUP\n   VRRP member instances :\n     VI_1\n"));
  assert.ok(text.includes("   VRRP instances\n     VI_1 vrid 51\n"));
});

test("keepalived.stats, byte for byte", () => {
  assert.equal(
    statsDump(statusWith({})),
    `VRRP Instance: VI_1
  Advertisements:
    Received: 1
    Sent: 2
  Became master: 3
  Released master: 4
  Packet Errors:
    Length: 5
    TTL: 6
    Invalid Type: 7
    Advertisement Interval: 8
    Address List: 9
  Authentication Errors:
    Invalid Type: 10
    Type Mismatch: 11
    Failure: 12
  Authentication Extension Errors:
    Missing: 13
    Malformed: 14
    Unknown Key: 15
    Invalid HMAC: 16
    Stale: 17
    Replay: 18
  Priority Zero:
    Received: 19
    Sent: 20
`,
  );
});

test("the parent's dump", () => {
  const { scheduling } = globalConfig();
  const config = globalConfig({
    routerId: "director1",
    startupScript: { text: "/up 'a b'", argv: ["/up", "a b"], account: { uid: 7, gid: 8, supplementaryGroups: false } },
    dynamicInterfaces: true,
    scheduling: { ...scheduling, vrrp: { ...scheduling.vrrp, rtPriority: 50 }, checker: { ...scheduling.checker, priority: -10 } },
    umask: 0o177,
  });
  assert.equal(
    parentDump(config),
    `------< Global definitions >------
 Router ID = director1
 No test config before reload
 Dynamic interfaces = true
 VRRP process priority = 0
 VRRP realtime priority = 50
 Checker process priority = -10
 Child wait time = 5 sec
 Startup script = '/up' 'a b', uid:gid 7:8
 umask = 0177
`,
  );
});
