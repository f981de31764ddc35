import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";
import { awaitRouting, entries, NO_ROUTING, QUICK_VIP, quickDirector, type Routing, routingOf, without } from "./lib/routing.ts";

// The grammar of virtual routes and rules, as the kernel then shows them.

interface Case {
  readonly name: string;
  readonly block: "virtual_routes" | "virtual_rules";
  readonly lines: readonly string[];
  /** What Debian's 2.2.7 does not take although its manual has it, each with what the kernel shows. */
  readonly ours: readonly (readonly [string, string])[];
}

const CASES: readonly Case[] = [
  {
    name: "IPv4 routes",
    block: "virtual_routes",
    lines: [
      "198.51.100.128/25 dev eth0",
      "203.0.113.0/28 via 192.0.2.254",
      "203.0.113.16/28 via 192.0.2.254 dev eth0 metric 50",
      "203.0.113.16/28 via 192.0.2.253 dev eth0 metric 51",
      "203.0.113.32/28 dev eth0 table 1000",
      "203.0.113.48/28 via 192.0.2.254 dev eth0 table default",
      "203.0.113.64/28 dev eth0 scope link",
      "203.0.113.80/28 dev eth0 scope 200",
      "203.0.113.96/28 dev eth0 src 192.0.2.100",
      "203.0.113.112/28 via 203.0.113.254 dev eth0 onlink",
      "203.0.113.128/28 dev eth0 mtu 1300 advmss lock 1200 rtt 1500ms rttvar 300ms window 9000 cwnd lock 5 initcwnd 4 initrwnd 6 hoplimit 9 quickack 1 features ecn congctl cubic",
      "203.0.113.144/28 dev eth0 realms 3/4 tos 0x10",
      "203.0.113.160/28 dev eth0 encap ip id 7 dst 198.51.100.9 ttl 9 tos 4",
      "blackhole 203.0.113.176/28",
      "prohibit 203.0.113.200/29 table 1000",
      "throw 203.0.113.208/28 metric 9",
      "203.0.113.224/28 no_track nexthop via 192.0.2.7 dev eth0 weight 3 nexthop via 198.51.100.8 dev eth1 weight 256 onlink",
      "203.0.113.240/29 dev eth0 protocol 3 no_track",
      "203.0.113.248/29 dev eth0 protocol 3",
      "default via 192.0.2.253 table 100",
      "src 192.0.2.100 198.18.0.0/24 via 192.0.2.254 dev eth0",
      "local 198.18.3.0/24 dev lo scope host",
      "198.18.4.1 dev eth1",
      "198.18.5.0/24 dev eth0",
      "198.18.5.0/24 via 192.0.2.254 dev eth0 append",
    ],
    ours: [
      ["to unreachable 203.0.113.192/28", "unreachable 203.0.113.192/28 table main proto keepalived scope global"],
      ["198.18.1.0/24 via 192.0.2.1 or 192.0.2.2 dev eth0", "unicast 198.18.1.0/24 table main proto keepalived scope global nexthop via 192.0.2.1 dev eth0 weight 1 nexthop via 192.0.2.2 dev eth0 weight 1"],
    ],
  },
  {
    name: "IPv6 routes",
    block: "virtual_routes",
    lines: [
      "2001:db8:1::/48 dev eth0",
      "2001:db8:2::/48 via fe80::9 dev eth0 metric 77",
      "2001:db8:3::/48 dev eth1 expires 600 pref high",
      "2001:db8:4::/48 from 2001:db8:5::/48 dev eth0 table 1000",
      "2001:db8:6::/48 no_track nexthop via fe80::1 dev eth0 weight 2 nexthop via fe80::2 dev eth1",
      "2001:db8:7::/48 dev eth0 encap ip6 id 9 dst 2001:db8::99 tc 3 hoplimit 4",
      "unreachable 2001:db8:8::/48",
      "blackhole 2001:db8:9::/48 metric 5",
      "2001:db8:a::/48 dev eth0 mtu lock 1400 hoplimit 20",
    ],
    ours: [["inet6 default via fe80::1 dev eth0 table 100", "inet6 unicast default via fe80::1 dev eth0 table 100 proto keepalived scope global metric 1024 pref medium"]],
  },
  {
    name: "rules",
    block: "virtual_rules",
    lines: [
      "from 192.0.2.0/24 table 100 preference 1000",
      "to 203.0.113.0/24 lookup default priority 1001",
      "iif eth0 table 1000 preference 1002",
      "oif eth1 table main order 1003 suppress_prefixlength 0",
      "fwmark 5 table 100 preference 1004",
      "fwmark 0x10/0xf0 table 100 preference 1005",
      "from 192.0.2.100 goto 1020 preference 1006",
      "not from 198.51.100.0/24 tos 0x10 table 100 preference 1007",
      "from 198.18.0.0/16 blackhole preference 1008",
      "from 198.18.0.0/16 type prohibit preference 1009",
      "unreachable iif eth1 preference 1010",
      "ipproto tcp sport 1000-2000 dport 80-81 table 100 preference 1011",
      "uidrange 100-200 table 100 preference 1012",
      "tunnel-id 7 table 100 preference 1013",
      "from 198.18.0.0/16 table 100 realms 3/4 preference 1014",
      "sup_group 3 table 100 preference 1015 from 192.0.2.77",
      "to 198.18.0.0/16 nop preference 1020",
      "from 198.18.5.0/24 table 100 preference 1021 no_track protocol 4",
      "from 2001:db8::/32 table 1000 preference 1023",
      "to 2001:db8:1::/48 prohibit preference 1024",
      // Equal but for the preference, and for the table.
      "from 198.18.6.0/24 table 100 preference 1030",
      "from 198.18.6.0/24 table 100 preference 1031",
      "from 198.18.6.0/24 table 101 preference 1031",
    ],
    ours: [
      ["dport 80 table 100 preference 1011", "1011: from all dport 80 lookup 100 proto keepalived"],
      ["inet6 iif eth0 table 100 preference 1022", "inet6 1022: from all iif eth0 lookup 100 proto keepalived"],
      ["inet6 fwmark 3 table 100 preference 1025", "inet6 1025: from all fwmark 0x3 lookup 100 proto keepalived"],
    ],
  },
];

interface Stages {
  readonly master: Routing;
  readonly backup: Routing;
  readonly stopped: Routing;
}

/** What is there beyond what was, as MASTER, as BACKUP of a higher priority that came, and after the stop. */
function stagesOf(kind: DirectorKind, block: Case["block"], lines: readonly string[]): Promise<Stages> {
  return withLan(
    2,
    async ([node, other]) => {
      assert.ok(node && other);
      const before = await routingOf(node);
      const director = await startDirector(node, kind, quickDirector(100, [entries(block, lines)]));
      await director.waitFor("MASTER");
      const [routes, rules] = block === "virtual_routes" ? [lines.length, 0] : [0, lines.length];
      const master = await awaitRouting(node, { routes: routes + 1, rules }, before); // and the way to the virtual address
      const higher = await startDirector(other, kind, quickDirector(200));
      await higher.waitFor("MASTER");
      await director.waitFor("BACKUP");
      await eventually(false, () => node.holds(QUICK_VIP), 5_000);
      const backup = await routingOf(node, before);
      await director.stop();
      return { master, backup, stopped: await routingOf(node, before) };
    },
    { lans: 2 },
  );
}

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const { name, block, lines, ours: only } of CASES) {
      test(`what the kernel holds as MASTER, as BACKUP and after the stop: ${name}`, async () => {
        const [more, shown] = subject === "regentd" ? [only.map(([line]) => line), only.map(([, text]) => text)] : [[], []];
        const [theirs, ours] = await beside(subject, (kind) => stagesOf(kind, block, kind === "keepalived" ? lines : [...lines, ...more]));
        const { routes, rules } = ours.master;
        const both = block === "virtual_routes" ? { routes: without(routes, shown), rules } : { routes, rules: without(rules, shown) };
        assert.equal(routes.length + rules.length, theirs.master.routes.length + theirs.master.rules.length + shown.length);
        assert.deepEqual(both, theirs.master);
        assert.deepEqual([theirs.backup, theirs.stopped], [NO_ROUTING, NO_ROUTING]);
        assert.deepEqual([ours.backup, ours.stopped], [NO_ROUTING, NO_ROUTING]);
      });
    }
  });
}
