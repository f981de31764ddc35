import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { GLOBAL } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";
import { awaitRouting, countOf, entries, quickDirector, quickInstance, type Routing, routingOf } from "./lib/routing.ts";

// Routes and rules that somebody takes away, and those that go with an interface: what follows, beside keepalived.

type Counts = ReturnType<typeof countOf>;

interface Act {
  readonly act: (node: Node) => Promise<unknown>;
  /** What the instance goes through. */
  readonly states: readonly string[];
  /** What there is then; all of it unless said. */
  readonly left?: Counts;
  /** What Regent has then, where that is more. */
  readonly ours?: Counts;
}

interface Story {
  readonly name: string;
  readonly config: string;
  /** How much more there is than before the start, with the routes that addresses bring. */
  readonly has: Counts;
  readonly acts: readonly Act[];
}

const ip = (node: Node, line: string) => node.exec("ip", ...line.split(" "));
const down = (node: Node) => node.linkDown("eth1");
const up = (node: Node) => node.linkUp("eth1");

const ROUTES = ["203.0.113.0/28 dev eth0", "203.0.113.16/28 via 198.51.100.254 dev eth1 table 100"];
const RULES = ["from 203.0.113.0/24 table 100 preference 1000", "iif eth1 table 100 preference 1001"];
const BOTH = quickDirector(100, [entries("virtual_routes", ROUTES), entries("virtual_rules", RULES)]);
const fixed = (address: readonly string[], routes: readonly string[], rules: readonly string[]) =>
  `${GLOBAL}${entries("static_ipaddress", address)}\n${entries("static_routes", routes)}\n${entries("static_rules", rules)}\n`;
// 2.2.7 listens for the deletion of routes and rules only when an instance has some.
const LISTENING = quickInstance(100, [entries("virtual_routes", ["203.0.113.64/28 dev eth0"]), entries("virtual_rules", ["from 203.0.113.77 table 100 preference 1077"])]);

const STORIES: readonly Story[] = [
  { name: "a route is deleted", config: BOTH, has: { routes: 3, rules: 2 }, acts: [{ act: (node) => ip(node, "route del 203.0.113.0/28"), states: ["BACKUP", "MASTER"] }] },
  { name: "a rule is deleted", config: BOTH, has: { routes: 3, rules: 2 }, acts: [{ act: (node) => ip(node, "rule del preference 1001"), states: ["BACKUP", "MASTER"] }] },
  {
    name: "an IPv6 route and an IPv6 rule are deleted, one after the other",
    config: quickDirector(100, [entries("virtual_routes", ["2001:db8:1::/48 dev eth0", "2001:db8:2::/48 dev eth0 metric 5"]), entries("virtual_rules", ["from 2001:db8::/32 table 100 preference 1000"])]),
    has: { routes: 3, rules: 1 },
    acts: [
      { act: (node) => ip(node, "-6 route del 2001:db8:2::/48"), states: ["BACKUP", "MASTER"] },
      { act: (node) => ip(node, "-6 rule del preference 1000"), states: ["BACKUP", "MASTER"] },
    ],
  },
  { name: "a table is flushed", config: BOTH, has: { routes: 3, rules: 2 }, acts: [{ act: (node) => ip(node, "route flush table 100"), states: ["BACKUP", "MASTER"] }] },
  {
    name: "those that are not tracked are deleted",
    // Without a protocol 2.2.7 gives such a rule none.
    config: quickDirector(100, [
      entries("virtual_routes", ["203.0.113.0/28 dev eth0 no_track", "203.0.113.16/28 dev eth0"]),
      entries("virtual_rules", ["from 203.0.113.0/24 table 100 preference 1000 no_track protocol 18"]),
    ]),
    has: { routes: 3, rules: 1 },
    acts: [
      { act: (node) => ip(node, "rule del preference 1000"), states: [], left: { routes: 3, rules: 0 } },
      { act: (node) => ip(node, "route del 203.0.113.0/28"), states: [], left: { routes: 2, rules: 0 } },
    ],
  },
  {
    name: "static ones are deleted, an address too",
    config: fixed(["203.0.113.129/28 dev eth1"], ROUTES, RULES) + LISTENING,
    has: { routes: 7, rules: 3 },
    acts: [
      { act: (node) => ip(node, "rule del preference 1000"), states: [] },
      { act: (node) => ip(node, "route del 203.0.113.0/28"), states: [] },
      { act: (node) => ip(node, "addr del 203.0.113.129/28 dev eth1"), states: [] },
    ],
  },
  {
    name: "the link of a tracked way out goes down and up",
    config: BOTH,
    has: { routes: 3, rules: 2 },
    acts: [
      { act: down, states: ["FAULT"], left: { routes: 0, rules: 0 } },
      { act: up, states: ["BACKUP", "MASTER"] },
    ],
  },
  {
    name: "the link of ways out that are not tracked goes down and up",
    config: quickDirector(100, [
      entries("virtual_routes", ["203.0.113.0/28 dev eth1 no_track", "203.0.113.16/28 dev eth1 table 100 no_track", "203.0.113.32/28 dev eth0", "2001:db8:1::/48 dev eth1 no_track"]),
      entries("virtual_rules", ["iif eth1 table 100 preference 1001 no_track protocol 18"]),
    ]),
    has: { routes: 5, rules: 1 },
    acts: [
      { act: down, states: [], left: { routes: 2, rules: 1 } },
      { act: up, states: [], left: { routes: 2, rules: 1 }, ours: { routes: 5, rules: 1 } },
    ],
  },
  {
    name: "the link of static ones goes down and up",
    config: fixed(["203.0.113.129/28 dev eth1"], [...ROUTES, "2001:db8:1::/48 dev eth1"], RULES) + LISTENING,
    has: { routes: 8, rules: 3 },
    acts: [
      { act: down, states: [], left: { routes: 4, rules: 3 } },
      { act: up, states: [] },
    ],
  },
  {
    name: "the link of what names a track_group goes down and up",
    config: `track_group G {\n    group {\n        VI_1\n    }\n}\n${fixed([], [...ROUTES, "203.0.113.32/28 dev eth1 track_group G"], [])}${LISTENING}`,
    has: { routes: 5, rules: 1 },
    acts: [
      { act: down, states: ["FAULT"], left: { routes: 1, rules: 0 } },
      { act: up, states: ["BACKUP", "MASTER"] },
    ],
  },
];

/** Long enough for a second answer to the same loss to show. */
const QUIET_MS = 600;

/** What there is at first, and after each act; fails when it is not what the story says. */
async function told(kind: DirectorKind, { config, has, acts }: Story): Promise<Routing[]> {
  const seen: Routing[] = [];
  await withLan(
    1,
    async ([node]) => {
      assert.ok(node);
      const before = await routingOf(node);
      const director = await startDirector(node, kind, config);
      await director.waitFor("MASTER");
      seen.push(await awaitRouting(node, has, before));
      for (const { act, states, left = has, ours } of acts) {
        const from = director.states().length;
        await act(node);
        await eventually(states, () => director.states().slice(from), 10_000);
        const wanted = kind === "regentd" && ours !== undefined ? ours : left;
        await awaitRouting(node, wanted, before);
        await sleep(QUIET_MS);
        const routing = await routingOf(node, before);
        seen.push(routing);
        assert.deepEqual([director.states().slice(from), countOf(routing)], [states, wanted], director.logs().join("\n"));
      }
      await director.stop();
      // A link that is down took its own along.
      assert.deepEqual(countOf(await routingOf(node, before)), { routes: 0, rules: 0 });
    },
    { lans: 2 },
  );
  return seen;
}

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const story of STORIES) {
      test(story.name, async () => {
        const [theirs, ours] = await beside(subject, (kind) => told(kind, story));
        const more = subject === "regentd" ? story.acts.map((act) => act.ours !== undefined) : [];
        ours.forEach((one, i) => {
          // What is put back later stands at another place of the list.
          if (more[i - 1] === true) assert.deepEqual(sorted(one), sorted(ours[0]));
          else assert.deepEqual(sorted(one), sorted(theirs[i]));
        });
      });
    }
  });
}

function sorted(routing: Routing | undefined): Routing | undefined {
  return routing && { routes: [...routing.routes].sort(), rules: [...routing.rules].sort() };
}
