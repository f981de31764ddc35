import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, test } from "vitest";
import { GLOBAL, instance } from "./lib/configs.ts";
import { type Director, type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { heldStart } from "./lib/held-start.ts";
import { IpMonitor } from "./lib/ip-monitor.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";
import { processTree, signal } from "./lib/run.ts";
import { awaitRouting, countOf, fixed, lists, NO_ROUTING, quickDirector, quickInstance, type Routing, routingOf } from "./lib/routing.ts";

// Routes and rules through reloads, kills and crashes of the director.

/** Ours: what is in 203.0.113.0/24 or 2001:db8::/32, and rules from 1000 on. */
const OURS = /(203\.0\.113\.\d+|2001:db8:\d+::)\/\d+( .*metric \d+)?|\b1\d\d\d: from/;

const OLD =
  GLOBAL +
  fixed({ routes: ["203.0.113.0/28 dev eth0", "203.0.113.16/28 dev eth0"], rules: ["from 203.0.113.1 table 100 preference 1000", "from 203.0.113.2 table 100 preference 1001"] }) +
  quickInstance(
    100,
    lists(
      ["203.0.113.32/28 dev eth0", "203.0.113.48/28 dev eth0", "203.0.113.64/28 dev eth0 metric 5", "203.0.113.80/28 dev eth0", "2001:db8:1::/48 dev eth0", "2001:db8:2::/48 dev eth0"],
      ["from 203.0.113.3 table 100 preference 1002", "from 203.0.113.4 table 100 preference 1003", "from 203.0.113.5 table 100 preference 1004", "from 2001:db8:1::/48 table 100 preference 1005"],
    ),
  );

/** Of each kind one stays, one goes and one comes; one has another metric, one another MTU, a rule another table. */
const NEW =
  GLOBAL +
  fixed({ routes: ["203.0.113.0/28 dev eth0", "203.0.113.96/28 dev eth0"], rules: ["from 203.0.113.1 table 100 preference 1000", "from 203.0.113.6 table 100 preference 1006"] }) +
  quickInstance(
    100,
    lists(
      ["203.0.113.32/28 dev eth0", "203.0.113.64/28 dev eth0 metric 6", "203.0.113.80/28 dev eth0 mtu 1400", "203.0.113.112/28 dev eth0", "2001:db8:1::/48 dev eth0", "2001:db8:3::/48 dev eth0"],
      ["from 203.0.113.3 table 100 preference 1002", "from 203.0.113.5 table 101 preference 1004", "from 203.0.113.7 table 100 preference 1007", "from 2001:db8:1::/48 table 100 preference 1005"],
    ),
  );

const CHANGES = [
  "- 1001: from", "- 1003: from", "- 1004: from",
  "- 203.0.113.16/28", "- 203.0.113.48/28", "- 203.0.113.64/28 dev eth0 proto keepalived metric 5", "- 203.0.113.80/28", "- 2001:db8:2::/48 dev eth0 proto keepalived metric 1024",
  "+ 203.0.113.96/28", "+ 203.0.113.64/28 dev eth0 proto keepalived metric 6", "+ 203.0.113.80/28", "+ 203.0.113.112/28", "+ 2001:db8:3::/48 dev eth0 proto keepalived metric 1024",
  "+ 1006: from", "+ 1004: from", "+ 1007: from",
];

const LOAD_MS = 15_000;

function reloaded(kind: DirectorKind): Promise<{ routing: Routing; events: string[] }> {
  return withLan(1, async ([node]) => {
    assert.ok(node);
    const before = await routingOf(node);
    const director = await startDirector(node, kind, OLD);
    await director.waitFor("MASTER");
    await awaitRouting(node, { routes: 9, rules: 6 }, before);
    const watch = await IpMonitor.routing(node);
    await director.reload(NEW);
    await eventually(true, async () => (await routingOf(node, before)).rules.some((line) => line.startsWith("1007:")), LOAD_MS);
    await awaitRouting(node, { routes: 9, rules: 6 }, before);
    await sleep(600);
    const seen = { routing: await routingOf(node, before), events: watch.events(OURS) };
    watch.stop();
    assert.deepEqual(director.states().slice(-1), ["MASTER"]);
    await director.stop();
    assert.deepEqual(await routingOf(node, before), NO_ROUTING);
    return seen;
  });
}

const sysctl = async (node: Node) => (await node.exec("cat", "/proc/sys/net/ipv4/conf/eth0/promote_secondaries")).trim();

/** promote_secondaries before, while running, after a reload that no longer asks for it, after one that does, after the stop. */
function promoted(kind: DirectorKind): Promise<string[]> {
  return withLan(1, async ([node]) => {
    assert.ok(node);
    await node.exec("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=0");
    const seen = [await sysctl(node)];
    const director = await startDirector(node, kind, quickDirector(100, ["promote_secondaries"]));
    await director.waitFor("MASTER");
    seen.push(await sysctl(node));
    await director.stop();
    seen.push(await sysctl(node));
    return seen;
  });
}

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    test("a reload changes what differs, and nothing else sees an event", async () => {
      const [theirs, ours] = await beside(subject, reloaded);
      const sorted = ({ routing }: typeof ours) => [[...routing.routes].sort(), [...routing.rules].sort()];
      assert.deepEqual(sorted(ours), sorted(theirs));
      if (subject === "regentd") assert.deepEqual([...ours.events].sort(), [...CHANGES].sort());
    });

    test("promote_secondaries is set while running, and put back", async () => {
      const [theirs, ours] = await beside(subject, promoted);
      assert.deepEqual(ours, ["0", "1", "0"]);
      assert.deepEqual(ours, theirs);
    });
  });
}

const SLOW = (routes: readonly string[], rules: readonly string[]) =>
  GLOBAL + fixed({ routes: ["203.0.113.0/28 dev eth0"], rules: ["from 203.0.113.1 table 100 preference 1000"] }) + instance({ more: [...lists(routes, rules), "promote_secondaries"] });
const SOME = SLOW(["203.0.113.32/28 dev eth0", "203.0.113.48/28 dev eth0 protocol 4 no_track", "2001:db8:1::/48 dev eth0"], ["from 203.0.113.3 table 100 preference 1002", "from 2001:db8:1::/48 table 100 preference 1005"]);

describe.concurrent("regentd", () => {
  test("on_deleted restore: what is taken away is back at once, once, and the instance stays MASTER", () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      const before = await routingOf(node);
      const director = await startDirector(node, "regentd", quickDirector(100, ["on_deleted restore", ...lists(["203.0.113.32/28 dev eth0", "203.0.113.48/28 dev eth0", "2001:db8:1::/48 dev eth0"], ["from 203.0.113.3 table 100 preference 1002"])]));
      await director.waitFor("MASTER");
      const whole = await awaitRouting(node, { routes: 4, rules: 1 }, before);
      const watch = await IpMonitor.routing(node);
      for (const line of ["route del 203.0.113.32/28", "rule del preference 1002", "-6 route del 2001:db8:1::/48", "addr del 192.0.2.100/24 dev eth0"]) {
        watch.forget();
        await node.exec("ip", ...line.split(" "));
        await awaitRouting(node, countOf(whole), before);
        await sleep(400);
        assert.deepEqual((await routingOf(node, before)).routes.toSorted(), [...whole.routes].sort(), line);
        const events = watch.events(OURS);
        const what = events.map((event) => event.slice(2));
        assert.deepEqual([events.map(([sign]) => sign), new Set(what).size], line.startsWith("addr") ? [[], 0] : [["-", "+"], 1], line);
      }
      watch.stop();
      assert.deepEqual(director.states(), ["BACKUP", "MASTER"]);
      await director.stop();
      assert.deepEqual(await routingOf(node, before), NO_ROUTING);
    }));

  test("kill -9 of the daemon: its guardian takes all away, the setting too, and the next daemon has it once", () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      await node.exec("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=0");
      const before = await routingOf(node);
      const director = await startDirector(node, "regentd", SOME);
      await director.waitFor("MASTER");
      const whole = await awaitRouting(node, { routes: 5, rules: 3 }, before);
      const watch = await IpMonitor.routing(node);
      const [, daemon = 0] = processTree(director.pid);
      const next = await heldStart(node);
      await writeFile(director.configFile, next.config(SOME));
      signal(daemon, "SIGKILL");
      await eventually({ routes: 0, rules: 0, setting: "0" }, async () => ({ ...countOf(await routingOf(node, before)), setting: await sysctl(node) }), 2_000);
      await next.letGo();
      // Static ones are there again with the daemon, virtual ones when it is elected, seconds later.
      assert.deepEqual(await awaitRouting(node, countOf(whole), before, 30_000), whole);
      assert.equal(await sysctl(node), "1");
      const events = watch.events(OURS);
      assert.deepEqual(events.filter((event) => event.startsWith("-")).map((event) => event.slice(2)).sort(), events.filter((event) => event.startsWith("+")).map((event) => event.slice(2)).sort());
      watch.stop();
      await director.stop();
      assert.deepEqual([await routingOf(node, before), await sysctl(node)], [NO_ROUTING, "0"]);
    }));

  test("after a crash of all its processes the next start removes what was recorded, has what is wanted once, and leaves a stranger's", () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      await node.exec("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=0");
      const before = await routingOf(node);
      const same = ["-p", `${node.dir}/same.pid`, "-r", `${node.dir}/same-vrrp.pid`];
      const start = (config: string): Promise<Director> => startDirector(node, "regentd", config, { args: same });
      const first = await start(SOME);
      await first.waitFor("MASTER");
      await awaitRouting(node, { routes: 5, rules: 3 }, before);
      first.crash();
      await first.ended();
      assert.deepEqual(countOf(await routingOf(node, before)), { routes: 5, rules: 3 });
      // A stranger's, with the same mark.
      await node.exec("ip", "route", "add", "203.0.113.64/28", "dev", "eth0", "proto", "18");
      const watch = await IpMonitor.routing(node);
      const second = await start(SLOW(["203.0.113.80/28 dev eth0"], []).replace("    promote_secondaries\n", ""));
      await awaitRouting(node, { routes: 2, rules: 1 }, before, 15_000);
      assert.equal(await sysctl(node), "0");
      await second.waitFor("MASTER");
      const { routes, rules } = await awaitRouting(node, { routes: 4, rules: 1 }, before);
      assert.deepEqual(routes.filter((line) => line.includes("203.0.113.")).map((line) => /203\S+/.exec(line)?.[0]).sort(), ["203.0.113.0/28", "203.0.113.64/28", "203.0.113.80/28"]);
      assert.deepEqual(rules, ["1000: from 203.0.113.1 lookup 100 proto keepalived"]);
      // Whether a route that was left is as it is wanted now, in everything, is not asked: it is made anew.
      assert.deepEqual(watch.events(/203.0.113.0\/28/), ["- 203.0.113.0/28", "+ 203.0.113.0/28"]);
      assert.deepEqual(watch.events(OURS).filter((event) => !event.endsWith(" 203.0.113.0/28")).sort(), ["+ 203.0.113.80/28", "- 1002: from", "- 1005: from", "- 2001:db8:1::/48 dev eth0 proto keepalived metric 1024", "- 203.0.113.32/28", "- 203.0.113.48/28"]);
      watch.stop();
      await second.stop();
      assert.deepEqual(countOf(await routingOf(node, before)), { routes: 1, rules: 0 });
    }));
});
