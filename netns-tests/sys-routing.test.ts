// Routes, rules and settings on a real kernel: what is sent is what `ip` shows and what a dump decodes to. The namespace of
// this process's main thread is ours to change: vitest gives each file a process of its own.

import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ipAddress } from "../src/base/ip.ts";
import type { KernelEvent } from "../src/base/network.ts";
import type { KernelRoute, KernelRule, RouteMode } from "../src/base/routing.ts";
import { NETLINK_ROUTE } from "../src/net/linux-netlink.ts";
import { KernelHostNetwork } from "../src/sys/host-network.ts";
import { KernelLinkMonitor } from "../src/sys/link-monitor.ts";
import { KernelNetlinkClient } from "../src/sys/netlink-client.ts";
import { ruleKey } from "../src/vrrp/routing.ts";
import { enterNetworkNamespace } from "../src/sys/network-namespace.ts";
import { isRoute } from "../test/vrrp/support/routing.ts";

const SPACE = `regent-sys-r-${process.pid}`;
const ip = (...args: string[]) => execFileSync("ip", ["-n", SPACE, ...args], { encoding: "utf8" });

let netlink: KernelNetlinkClient;
let host: KernelHostNetwork;
const index: Record<string, number> = {};

beforeAll(() => {
  execFileSync("ip", ["netns", "add", SPACE]);
  for (const [name, address] of [["eth0", "192.0.2.1/24"], ["eth1", "198.51.100.1/24"]] as const) {
    ip("link", "add", name, "type", "veth", "peer", "name", `${name}p`);
    ip("link", "set", `${name}p`, "up");
    ip("link", "set", name, "up");
    ip("addr", "add", address, "dev", name);
  }
  ip("link", "set", "lo", "up");
  enterNetworkNamespace(`/run/netns/${SPACE}`);
  netlink = KernelNetlinkClient.open(NETLINK_ROUTE);
  host = new KernelHostNetwork(netlink);
  for (const link of host.links()) index[link.name] = link.index;
});

afterAll(() => execFileSync("ip", ["netns", "del", SPACE]));

function route(to: string, more: Partial<KernelRoute> = {}): KernelRoute {
  const [address = "", length = ""] = to.split("/");
  const family = address.includes(":") ? 6 : 4;
  return {
    family, type: "unicast", to: { address: ipAddress(address), prefixLength: Number(length) }, from: undefined, src: undefined, via: undefined,
    interfaceIndex: index["eth0"], table: 254, metric: 0, scope: 0, protocol: 18, tos: 0, onlink: false, encap: undefined, expiresS: undefined,
    metrics: {}, congctl: undefined, realms: undefined, pref: undefined, ttlPropagate: undefined, nexthops: [], ...more,
  };
}

function rule(preference: number, more: Partial<KernelRule> = {}): KernelRule {
  return {
    family: 4, not: false, from: undefined, to: undefined, preference, action: { type: "table", table: 100 }, tos: 0, fwmark: undefined, realms: undefined,
    suppressPrefixlength: undefined, suppressIfgroup: undefined, iif: undefined, oif: undefined, tunnelId: undefined, uidrange: undefined, protocol: 18,
    ipproto: undefined, sport: undefined, dport: undefined, ...more,
  };
}

const nowhere = { interfaceIndex: undefined };
const hop = (via: string, device: string, weight = 1, onlink = false) => ({ via: ipAddress(via), interfaceIndex: index[device] ?? 0, weight, onlink, encap: undefined, realms: undefined });

/** Each with what `ip -d route` says of it. */
const ROUTES = (): readonly (readonly [KernelRoute, string])[] => [
  [route("203.0.113.0/32", { metrics: { rtt: { value: 1500, lock: false }, rttvar: { value: 300, lock: true }, rto_min: { value: 250, lock: false } } }), "unicast 203.0.113.0 dev eth0 table main scope global rtt 1.5s rttvar lock 300ms rto_min 250ms"],
  [route("203.0.113.2/32", { encap: { type: "ip", id: "7", dst: ipAddress("198.51.100.9"), src: ipAddress("192.0.2.1"), tos: 4, ttl: 9, flags: undefined } }), "unicast 203.0.113.2 encap ip id 7 src 192.0.2.1 dst 198.51.100.9 ttl 9 tos 4 dev eth0 table main scope global"],
  [route("203.0.113.4/32", { metrics: { features: { value: 1, lock: false }, quickack: { value: 1, lock: false }, initcwnd: { value: 5, lock: false }, hoplimit: { value: 9, lock: false }, mtu: { value: 1300, lock: true } }, congctl: { name: "cubic", lock: true } }), "unicast 203.0.113.4 dev eth0 table main scope global mtu lock 1300 hoplimit 9 initcwnd 5 features ecn quickack 1 congctl lock cubic"],
  [route("203.0.113.5/32", { ...nowhere, nexthops: [{ ...hop("192.0.2.7", "eth0", 256, true), realms: { from: 4, to: 5 } }, hop("192.0.2.8", "eth1", 1, true)] }), "unicast 203.0.113.5 table main scope global nexthop via 192.0.2.7 realms 4/5 dev eth0 weight 256 onlink nexthop via 192.0.2.8 dev eth1 weight 1 onlink"],
  [route("203.0.113.6/32", { via: ipAddress("192.0.2.254"), src: ipAddress("192.0.2.1"), table: 1000, metric: 50, realms: { from: 3, to: 4 } }), "unicast 203.0.113.6 via 192.0.2.254 dev eth0 table 1000 scope global src 192.0.2.1 metric 50 realms 3/4"],
  [route("203.0.113.7/32", { via: ipAddress("203.0.113.99"), onlink: true, tos: 0x10 }), "unicast 203.0.113.7 tos 0x10 via 203.0.113.99 dev eth0 table main scope global onlink"],
  [route("203.0.113.10/32", { scope: 253 }), "unicast 203.0.113.10 dev eth0 table main scope link"],
  [route("203.0.113.8/32", { via: ipAddress("fe80::9") }), "unicast 203.0.113.8 via inet6 fe80::9 dev eth0 table main scope global"],
  [route("203.0.113.9/32", { type: "throw", ...nowhere }), "throw 203.0.113.9 table main scope global"],
  [route("0.0.0.0/0", { via: ipAddress("192.0.2.253"), table: 100 }), "unicast default via 192.0.2.253 dev eth0 table 100 scope global"],
  [route("2001:db8:5::/48", { expiresS: 600, pref: "high" }), "unicast 2001:db8:5::/48 dev eth0 table main scope global metric 1024 expires 600sec pref high"],
  [route("2001:db8:6::/48", { from: { address: ipAddress("2001:db8:7::"), prefixLength: 48 }, metric: 5 }), "unicast 2001:db8:6::/48 from 2001:db8:7::/48 dev eth0 table main scope global metric 5 pref medium"],
  [route("2001:db8:7::/48", { ...nowhere, nexthops: [hop("fe80::1", "eth0", 2), hop("fe80::2", "eth1")] }), "unicast 2001:db8:7::/48 table main scope global metric 1024 pref medium nexthop via fe80::1 dev eth0 weight 2 nexthop via fe80::2 dev eth1 weight 1"],
  [route("2001:db8:8::/48", { type: "unreachable", ...nowhere }), "unreachable 2001:db8:8::/48 dev lo table main scope global metric 1024 pref medium"],
  // Host bits, which IPv6 drops.
  [route("2001:db8:9::1/48"), "unicast 2001:db8:9::/48 dev eth0 table main scope global metric 1024 pref medium"],
  [route("2001:db8:a::/48", { encap: { type: "ip6", id: "9", dst: ipAddress("2001:db8::99"), src: undefined, tc: 3, hoplimit: 4, flags: undefined } }), "unicast 2001:db8:a::/48 encap ip6 id 9 src :: dst 2001:db8::99 hoplimit 4 tc 3 dev eth0 table main scope global metric 1024 pref medium"],
];

function shownRoutes(): string[] {
  const lines = [ip("-d", "route", "show", "table", "all", "proto", "18"), ip("-6", "-d", "route", "show", "table", "all", "proto", "18")].join("");
  const joined = lines.replace(/\n\t/g, " ").replace(/expires \d+sec/g, "expires 600sec").replace(/ +/g, " ");
  return [...new Set(joined.split("\n").map((line) => line.trim()).filter((line) => line !== ""))];
}

test("routes are added as `ip` shows them, found again in a dump, and deleted", () => {
  const routes = ROUTES().map(([one]) => one);
  expect(host.addRoutes(routes.map((one) => ({ route: one, mode: "prepend" })))).toEqual(routes.map(() => undefined));

  expect(shownRoutes().sort()).toEqual(ROUTES().map(([, shown]) => shown).sort());
  const dumped = host.routes();
  expect(dumped).toHaveLength(routes.length);
  for (const one of routes) expect(dumped.filter((other) => isRoute(one, other)), one.to.address).toHaveLength(1);

  expect(host.addRoutes(routes.map((one) => ({ route: one, mode: "prepend" }))).map((error) => (error as { code?: string } | undefined)?.code)).toEqual(routes.map(() => "EEXIST"));
  expect(host.routes()).toHaveLength(routes.length);

  expect(host.deleteRoutes(routes)).toEqual(routes.map(() => undefined));
  expect(host.routes()).toEqual([]);
  expect(host.deleteRoutes(routes), "being gone counts as success").toEqual(routes.map(() => undefined));
  expect(shownRoutes()).toEqual([]);
});

test("of routes to one destination exactly ours is deleted", () => {
  ip("route", "add", "203.0.113.0/24", "via", "192.0.2.250", "proto", "static");
  ip("route", "add", "203.0.113.0/24", "via", "192.0.2.251", "metric", "5", "proto", "18");
  ip("-6", "route", "add", "2001:db8:1::/48", "dev", "eth0", "metric", "7", "proto", "18");
  const ours = [route("203.0.113.0/24", { via: ipAddress("192.0.2.250") }), route("2001:db8:1::/48")];
  expect(host.addRoutes(ours.map((one) => ({ route: one, mode: "prepend" })))).toEqual([undefined, undefined]);
  expect(host.deleteRoutes(ours)).toEqual([undefined, undefined]);
  expect(ip("route", "show", "203.0.113.0/24").trim().split(/\s*\n/)).toEqual(["203.0.113.0/24 via 192.0.2.250 dev eth0 proto static", "203.0.113.0/24 via 192.0.2.251 dev eth0 proto keepalived metric 5"]);
  expect(ip("-6", "route", "show", "2001:db8:1::/48").trim()).toBe("2001:db8:1::/48 dev eth0 proto keepalived metric 7 pref medium");
  ip("route", "flush", "203.0.113.0/24");
  ip("-6", "route", "flush", "2001:db8:1::/48");
});

test("the three ways to add: in front, behind, and only alone", () => {
  const via = (host4: string, mode: RouteMode) => ({ route: route("203.0.113.0/24", { via: ipAddress(host4) }), mode });
  const additions = [via("192.0.2.10", "add"), via("192.0.2.11", "prepend"), via("192.0.2.12", "append"), via("192.0.2.13", "add")];
  expect(host.addRoutes(additions).map((error) => (error as { code?: string } | undefined)?.code)).toEqual([undefined, undefined, undefined, "EEXIST"]);
  expect(host.routes().map((one) => one.via)).toEqual(["192.0.2.11", "192.0.2.10", "192.0.2.12"]);
  expect(host.deleteRoutes(additions.map((one) => one.route))).toEqual(additions.map(() => undefined));
});

const RULES = (): readonly (readonly [KernelRule, string])[] => [
  [
    rule(1000, {
      not: true, from: { address: ipAddress("192.0.2.0"), prefixLength: 24 }, tos: 0x10, fwmark: { value: 1, mask: 3 }, realms: { from: 3, to: 4 }, suppressPrefixlength: 4,
      suppressIfgroup: 3, iif: "eth0", oif: "eth1", tunnelId: "12", uidrange: { from: 3, to: 5 }, ipproto: 6, sport: { from: 1, to: 3 }, dport: { from: 5, to: 5 },
    }),
    "1000: not from 192.0.2.0/24 tos 0x10 fwmark 0x1/0x3 iif eth0 oif eth1 uidrange 3-5 ipproto tcp sport 1-3 dport 5 tun_id 12 lookup 100 suppress_prefixlength 4 suppress_ifgroup 3 realms 3/4 proto keepalived",
  ],
  [rule(1001, { action: { type: "goto", preference: 1002 }, protocol: 0 }), "1001: from all goto 1002 proto unspec"],
  [rule(1002, { to: { address: ipAddress("198.51.100.0"), prefixLength: 24 }, action: { type: "nop" } }), "1002: from all to 198.51.100.0/24 nop proto keepalived"],
  [rule(1003, { family: 6, from: { address: ipAddress("2001:db8::"), prefixLength: 32 }, action: { type: "prohibit" } }), "1003: from 2001:db8::/32 prohibit proto keepalived"],
  [rule(1004, { iif: "eth0", action: { type: "l3mdev" } }), "1004: from all iif eth0 lookup [l3mdev-table] proto keepalived"],
  [rule(1005, { action: { type: "table", table: 100_000 } }), "1005: from all lookup 100000 proto keepalived"],
  [rule(1006, { action: { type: "blackhole" }, iif: "eth9" }), "1006: from all iif eth9 [detached] blackhole proto keepalived"],
];

function shownRules(): string[] {
  const lines = [ip("-d", "rule"), ip("-6", "-d", "rule")].join("").split("\n");
  return lines.map((line) => line.replace(/\s+/g, " ").trim()).filter((line) => /^1\d\d\d:/.test(line));
}

test("rules are added as `ip` shows them, once each, found again in a dump, and deleted", () => {
  const rules = RULES().map(([one]) => one);
  expect(host.addRules(rules)).toEqual(rules.map(() => undefined));
  expect(host.addRules(rules).map((error) => (error as { code?: string } | undefined)?.code)).toEqual(rules.map(() => "EEXIST"));

  expect(shownRules().sort()).toEqual(RULES().map(([, shown]) => shown).sort());
  const dumped = host.rules();
  for (const one of rules) expect(dumped.filter((other) => ruleKey(one) === ruleKey(other)), String(one.preference)).toHaveLength(1);

  expect(host.deleteRules(rules)).toEqual(rules.map(() => undefined));
  expect(host.deleteRules(rules), "being gone counts as success").toEqual(rules.map(() => undefined));
  expect(shownRules()).toEqual([]);
});

test("a dump of routes holds keepalived's alone, however many others there are", () => {
  execFileSync("ip", ["-n", SPACE, "-batch", "-"], { input: Array.from({ length: 3_000 }, (_, i) => `route add 198.18.${i >> 8}.${i & 255}/32 dev eth0 proto bird`).join("\n") });
  host.addRoutes([{ route: route("203.0.113.0/24"), mode: "prepend" }]);
  expect(host.routes().map((one) => one.to.address)).toEqual(["203.0.113.0"]);
  host.deleteRoutes([route("203.0.113.0/24")]);
  ip("route", "flush", "proto", "bird");
});

test("the monitor tells what others delete of keepalived's, and neither additions, nor routes of others, nor what we did", async () => {
  let woken = 0;
  const monitor = KernelLinkMonitor.open(() => woken++, netlink.port);
  const drain = () => {
    const events: KernelEvent[] = [];
    for (let event = monitor.receive(); event !== undefined; event = monitor.receive()) events.push(event);
    return events;
  };
  const [ours, theirs] = [route("203.0.113.0/24"), rule(1000)];
  host.addRoutes([{ route: ours, mode: "prepend" }, { route: route("2001:db8:1::/48"), mode: "prepend" }]);
  host.addRules([theirs]);
  host.deleteRoutes([ours]);
  host.deleteRules([theirs]);
  ip("route", "add", "203.0.113.0/24", "dev", "eth0", "proto", "bird");
  ip("route", "del", "203.0.113.0/24", "proto", "bird");
  ip("rule", "add", "preference", "1000", "table", "100");
  expect(drain()).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(woken, "nor is the loop woken").toBe(0);

  host.addRoutes([{ route: ours, mode: "prepend" }]);
  ip("route", "del", "203.0.113.0/24");
  ip("-6", "route", "del", "2001:db8:1::/48");
  ip("rule", "del", "preference", "1000");
  expect(drain()).toMatchObject([
    { type: "routeDeleted", route: { to: { address: "203.0.113.0", prefixLength: 24 }, protocol: 18 } },
    { type: "routeDeleted", route: { to: { address: "2001:db8:1::", prefixLength: 48 } } },
    { type: "ruleDeleted", rule: { preference: 1000 } },
  ]);
  await expect.poll(() => woken, { timeout: 1_000 }).toBeGreaterThan(0);
  monitor.close();
});

test("settings are read and written; what is not there is none", () => {
  const name = "net/ipv4/conf/eth0/promote_secondaries";
  const before = host.readSetting(name) ?? 0;
  host.writeSetting({ name, value: 1 - before });
  expect(host.readSetting(name)).toBe(1 - before);
  host.writeSetting({ name, value: before });
  expect(host.readSetting("net/ipv4/conf/eth9/promote_secondaries")).toBeUndefined();
  expect(() => host.writeSetting({ name: "net/ipv4/conf/eth9/promote_secondaries", value: 1 })).toThrow(expect.objectContaining({ name: "KernelError", code: "ENOENT" }));
});
