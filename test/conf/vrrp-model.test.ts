import assert from "node:assert/strict";
import { test } from "vitest";
import { effectOf, BLOCKS } from "../../src/conf/compatibility.ts";
import type { Config, Route, Rule, VrrpInstance } from "../../src/conf/model.ts";
import { printConfig } from "../../src/conf/print/print.ts";
import { VRRP_EXAMPLES } from "./examples/vrrp.ts";
import { faults, load } from "./memory-environment.ts";

function config(text: string, files: Readonly<Record<string, string>> = {}): Config {
  const result = load(text, files);
  assert.ok(result.config);
  return result.config;
}

/** The first instance, whose block has `lines`. */
function instance(lines: string, before = ""): VrrpInstance {
  const [first] = config(`${before}\nvrrp_instance VI {\n interface eth0\n virtual_router_id 5\n${lines}\n}\n`).vrrp.instances;
  assert.ok(first);
  return first;
}

const VIP = "virtual_ipaddress {\n192.0.2.100\n}";
const VIP6 = "virtual_ipaddress {\n fe80::100\n 2001:db8::100\n}";

function route(line: string, files: Readonly<Record<string, string>> = {}): Route {
  const [first] = config(`static_routes {\n${line}\n}\n`, files).vrrp.staticRoutes;
  assert.ok(first);
  return first;
}

function rule(line: string): Rule {
  const [first] = config(`static_rules {\n${line}\n}\n`).vrrp.staticRules;
  assert.ok(first);
  return first;
}

test("a route is ready for rtnetlink: every default, every name a number", () => {
  assert.deepEqual(route("198.51.100.0/24 via 192.0.2.254 dev eth0"), {
    family: 4,
    type: "unicast",
    to: { address: "198.51.100.0", prefixLength: 24 },
    from: undefined,
    src: undefined,
    via: "192.0.2.254",
    interface: "eth0",
    vrf: undefined,
    table: 254,
    metric: 0,
    scope: 0,
    protocol: 18,
    tos: 0,
    onlink: false,
    encap: undefined,
    expiresS: undefined,
    metrics: {},
    congctl: undefined,
    realms: undefined,
    pref: undefined,
    ttlPropagate: undefined,
    nexthops: [],
    mode: "prepend",
    track: true,
    trackGroup: undefined,
  });
});

test("metrics, next hops and encapsulation have their units and their order", () => {
  const one = route("default dev eth0 mtu lock 1400 rtt 1.5s rttvar 300ms rto_min 250 features ecn congctl lock bbr nexthop via 192.0.2.1 dev eth0 weight 256 onlink nexthop dev eth1 realms 3/4 encap mpls 16/1048575");
  assert.deepEqual(one.to, { address: "0.0.0.0", prefixLength: 0 });
  assert.deepEqual(one.metrics, {
    mtu: { value: 1400, lock: true },
    rtt: { value: 1500, lock: false },
    rttvar: { value: 300, lock: false },
    rto_min: { value: 250, lock: false },
    features: { value: 1, lock: false },
  });
  assert.deepEqual(one.congctl, { name: "bbr", lock: true });
  assert.deepEqual(one.nexthops, [
    { via: "192.0.2.1", interface: "eth0", weight: 256, onlink: true, encap: undefined, realms: undefined },
    { via: undefined, interface: "eth1", weight: 1, onlink: false, encap: { type: "mpls", labels: [16, 1_048_575] }, realms: { from: 3, to: 4 } },
  ]);
  assert.deepEqual(route("2001:db8:1::/48 dev eth0 encap ip6 id 18446744073709551615 dst 2001:db8::9 tc 4").encap, {
    type: "ip6",
    id: "18446744073709551615",
    dst: "2001:db8::9",
    src: undefined,
    tc: 4,
    hoplimit: undefined,
    flags: undefined,
  });
  assert.deepEqual(
    route("198.51.100.0/24 via 192.0.2.1 or 192.0.2.2 dev eth0").nexthops.map(({ via, interface: link }) => [via, link]),
    [["192.0.2.1", "eth0"], ["192.0.2.2", "eth0"]],
  );
});

test("names of tables, protocols, scopes and realms come from iproute2's files, the later directory first", () => {
  const files = {
    "/usr/share/iproute2/rt_tables": "254 main\n11 blue\n",
    "/etc/iproute2/rt_tables": "# local\n0x4d blue # the other one\n",
    "/etc/iproute2/rt_tables.d/more.conf": "1234 red\n",
    "/etc/iproute2/rt_realms": "5 PQA\n",
  };
  assert.equal(route("198.51.100.0/24 dev eth0 table blue", files).table, 77);
  assert.equal(route("198.51.100.0/24 dev eth0 table red", files).table, 1234);
  assert.deepEqual(route("198.51.100.0/24 dev eth0 realms PQA/0x14", files).realms, { from: 5, to: 20 });
  const one = route("198.51.100.0/24 dev eth0 no_track protocol bird scope link", files);
  assert.deepEqual([one.protocol, one.scope, one.track], [12, 253, false]);
  const moved = config(`global_defs {\n iproute_etc_dir /opt/tables\n}\nstatic_routes {\n 198.51.100.0/24 dev eth0 table blue\n}\n`, { "/opt/tables/rt_tables": "99 blue\n" });
  assert.equal(moved.vrrp.staticRoutes[0]?.table, 99);
});

test("a prefix length that does not exist is a single address's", () => {
  assert.deepEqual([route("198.51.100.0/33 dev eth0").to.prefixLength, route("2001:db8::/129 dev eth0").to.prefixLength], [32, 128]);
});

test("a rule is ready for rtnetlink", () => {
  assert.deepEqual(rule("not from 198.51.100.0/24 fwmark 0x18/0xff iif eth0 tos 0x10 realms 30/20 suppress_prefixlength 0 table 100 preference 39"), {
    family: 4,
    not: true,
    from: { address: "198.51.100.0", prefixLength: 24 },
    to: undefined,
    preference: 39,
    action: { type: "table", table: 100 },
    tos: 16,
    fwmark: { value: 24, mask: 255 },
    realms: { from: 30, to: 20 },
    suppressPrefixlength: 0,
    suppressIfgroup: undefined,
    iif: "eth0",
    oif: undefined,
    tunnelId: undefined,
    uidrange: undefined,
    protocol: 18,
    ipproto: undefined,
    sport: undefined,
    dport: undefined,
    track: true,
    trackGroup: undefined,
  });
  assert.deepEqual(rule("iif eth0 goto 100 preference 9").action, { type: "goto", preference: 100 });
  const selectors = rule("ipproto UDP sport 10-20 dport 53 uidrange 1000-1999 l3mdev preference 9");
  assert.deepEqual([selectors.ipproto, selectors.sport, selectors.dport, selectors.uidrange], [17, { from: 10, to: 20 }, { from: 53, to: 53 }, { from: 1000, to: 1999 }]);
});

test("rules without preference are given one, downwards, each family by itself", () => {
  const { staticRules } = config("static_rules {\n from 192.0.2.1 table 1\n from 192.0.2.2 table 1\n from 2001:db8::1 table 1\n}\n").vrrp;
  assert.deepEqual(staticRules.map(({ preference }) => preference), [16_384, 16_383, 16_384]);
});

test("the family is that of the first address, and what goes with it follows", () => {
  const six = instance(VIP6);
  assert.deepEqual([six.family, six.version, six.multicastGroup], [6, 3, "ff02::12"]);
  assert.equal(instance(`${VIP6}\nversion 2`).version, 2);
  assert.deepEqual(six.virtualAddresses.map(({ preferredLifetimeS }) => preferredLifetimeS), [0, 0]);
  const group = "global_defs {\n vrrp_mcast_group6 ff02::77\n}";
  assert.equal(instance(VIP6, group).multicastGroup, "ff02::77");
  assert.equal(instance(VIP, group).multicastGroup, "224.0.0.18");
});

test("instances inherit from global_defs", () => {
  const before = "global_defs {\n vrrp_version 3\n v3_checksum_as_v2\n vrrp_check_unicast_src\n vrrp_garp_extra_if all 60\n vrrp_down_timer_adverts 5\n}";
  const one = instance(`${VIP}\nunicast_peer {\n 192.0.2.2\n}`, before);
  assert.deepEqual(
    [one.version, one.v3ChecksumAsV2, one.unicast?.checkSource, one.garpExtraIf, one.downTimerAdverts],
    [3, true, true, { intervalUs: 60_000_000, all: true }, 5],
  );
  const own = instance(`${VIP}\nversion 2\nv3_checksum_as_v2 off\ngarp_extra_if 0\ndown_timer_adverts 2`, before);
  assert.deepEqual([own.version, own.v3ChecksumAsV2, own.unicast, own.garpExtraIf, own.downTimerAdverts], [2, false, undefined, { intervalUs: 0, all: false }, 2]);
});

test("version 3 has hundredths of a second", () => {
  const interval = (text: string): number => instance(`${VIP}\nversion 3\nadvert_int ${text}`).advertIntervalUs;
  assert.deepEqual([interval("0.01"), interval("0.014"), interval("0.015"), interval("41"), interval("40.95")], [10_000, 10_000, 20_000, 40_950_000, 40_950_000]);
});

test("unicast: peers, their TTLs, and what becomes of an instance without any", () => {
  const one = instance(`${VIP}\nunicast_src_ip 192.0.2.1\nunicast_peer {\n 192.0.2.2\n 192.0.2.3 min_ttl 254\n}\nunicast_ttl 64\nmcast_dst_ip 224.0.0.99`);
  assert.deepEqual(one.unicast, {
    peers: [{ address: "192.0.2.2", minTtl: 0, maxTtl: 255 }, { address: "192.0.2.3", minTtl: 254, maxTtl: 255 }],
    ttl: 64,
    checkSource: true,
    oldChecksum: "auto",
  });
  assert.deepEqual([one.sourceAddress, one.multicastGroup], ["192.0.2.1", "224.0.0.18"]);
  assert.equal(instance(`${VIP}\ncheck_unicast_src`).unicast, undefined);
  const faulty = instance(`${VIP}\nunicast_fault_no_peer`);
  assert.deepEqual([faulty.unicast?.peers, faulty.configurationFault], [[], "unicast without peers"]);
});

test("a unicast instance with a source needs no interface; its addresses go to the default one", () => {
  const [one] = config(`global_defs {\n default_interface eth1\n}\nvrrp_instance A {\n virtual_router_id 5\n vrf blue\n unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }\n${VIP}\n}\n`).vrrp.instances;
  assert.deepEqual([one?.interface, one?.vrf, one?.virtualAddresses[0]?.interface], ["", "blue", "eth1"]);
});

test("the virtual MAC", () => {
  const mac = (lines: string): string => Buffer.from(instance(lines).vmac?.mac ?? []).toString("hex");
  assert.equal(mac(`${VIP}\nuse_vmac`), "00005e000105");
  assert.equal(mac(`${VIP6}\nuse_vmac`), "00005e000205");
  assert.equal(mac(`${VIP}\nuse_vmac 02:03:04:05:6`), "020304050605");
  assert.equal(mac(`${VIP}\nuse_vmac v0 02:03:04:05:06:07`), "020304050607");
  const { vmac } = instance(`${VIP}\nuse_vmac name group group 5 netlink_notify_msg\nvmac_xmit_base`);
  assert.deepEqual([vmac?.name, vmac?.group, vmac?.netlinkNotifyMsg, vmac?.xmitBase], ["group", 5, true, true]);
});

test("two with one VRID are no conflict when they cannot hear each other", () => {
  const two = (one: string, other: string): string[] =>
    faults(load(["A", "B"].map((name, i) => `vrrp_instance ${name} {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 192.0.2.${100 + i}\n }\n${[one, other][i] ?? ""}\n}\n`).join("")));
  const conflict = ["A and B both use VRID 5 with IPv4 on interface eth0"];
  assert.deepEqual(two("", ""), conflict);
  assert.deepEqual(two("", "mcast_dst_ip 224.0.0.99"), []);
  assert.deepEqual(two("unicast_peer {\n192.0.2.2\n}", "unicast_peer {\n192.0.2.3\n}"), []);
  assert.deepEqual(two("unicast_peer {\n192.0.2.2\n192.0.2.3\n}", "unicast_peer {\n192.0.2.3\n}"), conflict);
  assert.deepEqual(two("unicast_peer {\n192.0.2.2\n}", ""), []);
});

test("strict mode leaves only what the RFC has", () => {
  const strict = instance(`${VIP}\nstrict_mode\naccept\nlower_prio_no_advert off\nhigher_prio_send_advert on\ndown_timer_adverts 4\nstate MASTER\npriority 100\npreempt_delay 5\nauthentication {\nauth_type PASS\nauth_pass x\n}\nuse_vmac 02:03:04:05:06`);
  assert.deepEqual(
    [strict.accept, strict.lowerPrioNoAdvert, strict.higherPrioSendAdvert, strict.downTimerAdverts, strict.initialState, strict.preemptDelayUs, strict.authentication, strict.garp.lowerPrioRepeat],
    [false, true, false, 3, "BACKUP", 0, { type: "none" }, 0],
  );
  assert.equal(Buffer.from(strict.vmac?.mac ?? []).toString("hex"), "00005e000105");
  const owner = instance(`${VIP}\nstrict_mode\npriority 255`);
  assert.deepEqual([owner.accept, owner.ownerIgnoreAdverts], [true, true]);
});

test("strict mode has no unicast, but where routing alone finds the way", () => {
  const peers = "unicast_peer {\n192.0.2.2\n}";
  const loaded = (lines: string) => load(`vrrp_instance A {\n virtual_router_id 5\n strict_mode\n virtual_ipaddress {\n 192.0.2.1\n }\n${lines}\n}\n`);
  const refused = loaded(`interface eth0\n${peers}`);
  assert.deepEqual([faults(refused), refused.exitCodeDaemon], [["(A) strict mode does not allow unicast peers"], 2]);
  assert.deepEqual(faults(loaded(`unicast_src_ip 192.0.2.9\n${peers}`)), []);
  assert.deepEqual(faults(loaded("interface eth0")), []);
});

test("an owner's weighted trackers go, unweighted ones stay", () => {
  const before = "track_file T {\n file /run/x\n}\nbfd_instance B {\n neighbor_ip 192.0.2.9\n}";
  const trackers = "track_interface {\n eth1\n lo weight 5\n}\ntrack_file {\n T\n}\ntrack_bfd {\n B\n}";
  const owner = instance(`${VIP}\npriority 255\n${trackers}`, before);
  assert.deepEqual([owner.trackInterfaces.map((one) => one.interface), owner.trackFiles, owner.trackBfds.length], [["eth1"], [], 1]);
  const backup = instance(`${VIP}\n${trackers}`, before);
  assert.deepEqual(backup.trackFiles, [{ name: "T", weight: 1, reverse: false }]);
});

const KEY = "0123456789abcdef0123456789abcdef";
const HMAC = (lines: string): string => `vrrp_instance VI {\n interface eth0\n virtual_router_id 5\n advert_int 7\n${VIP}\n auth_hmac {\n${lines}\n }\n}\n`;

test("auth_hmac: keys as text, hexadecimal digits and files", () => {
  const files = { "/run/credentials/k": `${KEY}\n`, "/run/credentials/h": `hex:${"ff".repeat(33)}\r\n` };
  const { authHmac } = config(HMAC(`key 1 ${KEY}\nkey 2 hex:${"00".repeat(32)}\nkey 3 file:/run/credentials/k\nkey 4 file:/run/credentials/h\nactive_key 3`), files).vrrp.instances[0] ?? {};
  assert.deepEqual(authHmac?.keys.map(({ id, secret, file }) => [id, Buffer.from(secret).toString("hex"), file]), [
    [1, Buffer.from(KEY).toString("hex"), undefined],
    [2, "00".repeat(32), undefined],
    [3, Buffer.from(KEY).toString("hex"), "/run/credentials/k"],
    [4, "ff".repeat(33), "/run/credentials/h"],
  ]);
  assert.deepEqual([authHmac?.activeKey, authHmac?.timeWindowS, authHmac?.antiReplay, authHmac?.mode], [3, 21, "time", "enforce"]);
});

test("a key from a file is printed as the file's name, and no message holds any key", () => {
  const files = { "/run/credentials/k": `${KEY}\n`, "/run/credentials/short": "tooshort-s3cret\n" };
  const printed = printConfig(config(HMAC("key 3 file:/run/credentials/k\nactive_key 3"), files));
  assert.match(printed, /key 3 file:\/run\/credentials\/k\n/);
  assert.ok(!printed.includes(KEY) && !printed.includes(Buffer.from(KEY).toString("hex")));
  const { diagnostics } = load(HMAC("key 1 file:/run/credentials/short\nkey 2 file:/run/credentials/absent\nkey 3 plain-s3cret\nkey 4 hex:0g\nactive_key 3"), files);
  const said = diagnostics.map(({ message }) => message);
  assert.deepEqual(said, [
    "(VI) auth_hmac key 1 has 15 bytes - must be 32 to 64, ignoring",
    "(VI) auth_hmac key 2: cannot read /run/credentials/absent (ENOENT) - ignoring",
    "(VI) auth_hmac key 3 has 12 bytes - must be 32 to 64, ignoring",
    "(VI) auth_hmac key 4: invalid hexadecimal digits - ignoring",
    "(VI) auth_hmac active_key 3 is not defined - disabling",
  ]);
  assert.ok(!JSON.stringify(diagnostics.slice(0, 2)).includes("s3cret"));
});

test("the extension drops the password, and goes when its key is not there", () => {
  const both = instance(`${VIP}\nauthentication {\nauth_type PASS\nauth_pass x\n}\nauth_hmac {\nkey 1 ${KEY}\nactive_key 1\n}`);
  assert.deepEqual([both.authentication, both.authHmac?.activeKey], [{ type: "none" }, 1]);
  const neither = instance(`${VIP}\nauthentication {\nauth_type AH\nauth_pass x\n}\nauth_hmac {\nkey 1 ${KEY}\nactive_key 2\n}`);
  assert.deepEqual([neither.authentication.type, neither.authHmac], ["ah", undefined]);
});

test("what waits for debouncing must not outlast the others' patience", () => {
  const delays = (lines: string): unknown => config(`interface_up_down_delays {\n${lines}\n}\nvrrp_instance VI {\n interface eth0\n virtual_router_id 5\n${VIP}\n}\n`).vrrp.interfaceUpDownDelays;
  assert.deepEqual(delays("eth0 1.5\neth1 7 8"), [{ interface: "eth0", downUs: 1_500_000, upUs: 0 }, { interface: "eth1", downUs: 7_000_000, upUs: 8_000_000 }]);
  assert.deepEqual(delays("eth0 2"), []);
});

test("BFD: defaults by family, and who is told", () => {
  const bfd = (lines: string) => config(`bfd_instance B {\n${lines}\n}\n`).bfd.instances[0];
  assert.deepEqual(bfd("neighbor_ip 2001:db8::9"), {
    name: "B",
    family: 6,
    neighborIp: "2001:db8::9",
    sourceIp: undefined,
    minRxUs: 10_000,
    minTxUs: 10_000,
    idleTxUs: 1_000_000,
    multiplier: 5,
    passive: false,
    ttl: 64,
    maxHops: 0,
    multihop: false,
    vrrp: true,
    checker: true,
  });
  assert.deepEqual([bfd("neighbor_ip 192.0.2.9\nvrrp")?.checker, bfd("neighbor_ip 192.0.2.9\nmax_hops -1")?.maxHops], [false, undefined]);
});

test("with a word that is not acted upon and matters, the daemon does not start", () => {
  const effects = new Map(BLOCKS.flatMap(({ block, entries }) => Object.entries(entries).map(([name, entry]) => [`${block} ${name}`, effectOf(block, entry)])));
  const [started, refused]: [string[], string[]] = [[], []];
  for (const [block, { frame, keywords }] of Object.entries(VRRP_EXAMPLES)) {
    for (const [keyword, example] of Object.entries(keywords)) {
      if (effects.get(`${block} ${keyword}`) !== "refuse") continue;
      const text = `${example.outside ?? ""}\n${(example.frame ?? frame)(`${example.beside ?? ""}\n${example.lines}`)}`;
      const result = load(text, example.files ?? {});
      refused.push(`${block} ${keyword}`);
      if (result.exitCodeDaemon !== 2 || !result.unsupported.some(({ effect }) => effect === "refuse")) started.push(`${block} ${keyword}`);
    }
  }
  assert.deepEqual(started, []);
  // Every one was tried; <root> has others' keywords too.
  const own = Object.keys(VRRP_EXAMPLES).filter((block) => block !== "<root>");
  const wanted = [...effects].filter(([name, effect]) => effect === "refuse" && own.some((block) => name.startsWith(`${block} `))).map(([name]) => name);
  assert.deepEqual(refused.filter((name) => !name.startsWith("<root> ")).sort(), wanted.sort());
});
