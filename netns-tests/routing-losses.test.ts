import { describe, test } from "vitest";
import { GLOBAL } from "./lib/configs.ts";
import type { Node } from "./lib/lan.ts";
import { SUBJECTS } from "./lib/pairs.ts";
import { fixed, lists, quickDirector, quickInstance } from "./lib/routing.ts";
import { ip, type RoutingStory, tellBeside } from "./lib/routing-stories.ts";

// Routes and rules that somebody takes away, and those that go with an interface: what follows, beside keepalived.

const down = (node: Node) => node.linkDown("eth1");
const up = (node: Node) => node.linkUp("eth1");

const ROUTES = ["203.0.113.0/28 dev eth0", "203.0.113.16/28 via 198.51.100.254 dev eth1 table 100"];
const RULES = ["from 203.0.113.0/24 table 100 preference 1000", "iif eth1 table 100 preference 1001"];
const BOTH = quickDirector(100, lists(ROUTES, RULES));
// 2.2.7 listens for the deletion of routes and rules only when an instance has some.
const LISTENING = quickInstance(100, lists(["203.0.113.64/28 dev eth0"], ["from 203.0.113.77 table 100 preference 1077"]));

const STORIES: readonly RoutingStory[] = [
  { name: "a route is deleted", config: BOTH, has: { routes: 3, rules: 2 }, acts: [{ act: (node) => ip(node, "route del 203.0.113.0/28"), states: ["BACKUP", "MASTER"] }] },
  { name: "a rule is deleted", config: BOTH, has: { routes: 3, rules: 2 }, acts: [{ act: (node) => ip(node, "rule del preference 1001"), states: ["BACKUP", "MASTER"] }] },
  {
    name: "an IPv6 route and an IPv6 rule are deleted, one after the other",
    config: quickDirector(100, lists(["2001:db8:1::/48 dev eth0", "2001:db8:2::/48 dev eth0 metric 5"], ["from 2001:db8::/32 table 100 preference 1000"])),
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
    config: quickDirector(
      100,
      lists(["203.0.113.0/28 dev eth0 no_track", "203.0.113.16/28 dev eth0"], ["from 203.0.113.0/24 table 100 preference 1000 no_track protocol 18"]),
    ),
    has: { routes: 3, rules: 1 },
    acts: [
      { act: (node) => ip(node, "rule del preference 1000"), states: [], left: { routes: 3, rules: 0 } },
      { act: (node) => ip(node, "route del 203.0.113.0/28"), states: [], left: { routes: 2, rules: 0 } },
    ],
  },
  {
    name: "static ones are deleted, an address too",
    config: GLOBAL + fixed({ addresses: ["203.0.113.129/28 dev eth1"], routes: ROUTES, rules: RULES }) + LISTENING,
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
    config: quickDirector(
      100,
      lists(
        ["203.0.113.0/28 dev eth1 no_track", "203.0.113.16/28 dev eth1 table 100 no_track", "203.0.113.32/28 dev eth0", "2001:db8:1::/48 dev eth1 no_track"],
        ["iif eth1 table 100 preference 1001 no_track protocol 18"],
      ),
    ),
    has: { routes: 5, rules: 1 },
    acts: [
      { act: down, states: [], left: { routes: 2, rules: 1 } },
      { act: up, states: [], left: { routes: 2, rules: 1 }, ours: { routes: 5, rules: 1 } },
    ],
  },
  {
    name: "the link of static ones goes down and up",
    config: GLOBAL + fixed({ addresses: ["203.0.113.129/28 dev eth1"], routes: [...ROUTES, "2001:db8:1::/48 dev eth1"], rules: RULES }) + LISTENING,
    has: { routes: 8, rules: 3 },
    acts: [
      { act: down, states: [], left: { routes: 4, rules: 3 } },
      { act: up, states: [] },
    ],
  },
  {
    name: "the link of what names a track_group goes down and up",
    config: `${GLOBAL}track_group G {\n    group {\n        VI_1\n    }\n}\n${fixed({ routes: [...ROUTES, "203.0.113.32/28 dev eth1 track_group G"] })}${LISTENING}`,
    has: { routes: 5, rules: 1 },
    acts: [
      { act: down, states: ["FAULT"], left: { routes: 1, rules: 0 } },
      { act: up, states: ["BACKUP", "MASTER"] },
    ],
  },
];

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const story of STORIES) test(story.name, () => tellBeside(subject, story));
  });
}
