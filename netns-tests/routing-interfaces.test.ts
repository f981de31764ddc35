import { describe, test } from "vitest";
import { GLOBAL } from "./lib/configs.ts";
import { sleep } from "./lib/eventually.ts";
import { SUBJECTS } from "./lib/pairs.ts";
import { fixed, lists, quickInstance } from "./lib/routing.ts";
import { ip, type RoutingStory, tellBeside } from "./lib/routing-stories.ts";

// Routes and rules through an interface that comes, goes, is renamed and moved. Its own three routes (198.18.0.0/24, .1 and
// .255) count when they are more than before the start: when it came later, and under another name.

const CREATE = ["link add v0 type veth peer name v1", "link set v1 up", "link set v0 up", "addr add 198.18.0.1/24 dev v0"];
const DYNAMIC = GLOBAL.replace("}", "    dynamic_interfaces\n}");
const ROUTES = ["203.0.113.0/28 dev v0", "203.0.113.16/28 via 198.18.0.254 dev v0 table 100"];
const RULES = ["iif v0 table 100 preference 1000"];

const TRACKED = DYNAMIC + quickInstance(100, lists([...ROUTES, "2001:db8:1::/48 dev v0"], RULES));
// Delays have to be shorter than two intervals.
const DELAYED = `${DYNAMIC}interface_up_down_delays {\n    v0 1.5 0\n}\n${quickInstance(100, ["advert_int 1", ...lists([...ROUTES, "2001:db8:1::/48 dev v0"], RULES)])}`;
const UNTRACKED = DYNAMIC + quickInstance(100, lists(ROUTES.map((line) => `${line} no_track`), RULES.map((line) => `${line} no_track protocol 18`)));
const STATIC = DYNAMIC + fixed({ addresses: ["203.0.113.65/28 dev v0"], routes: ROUTES, rules: RULES }) + quickInstance(100, lists(["203.0.113.32/28 dev eth0"], []));

const remove: RoutingStory["acts"][number]["act"] = (node) => ip(node, "link del v0");
const create: typeof remove = (node) => ip(node, ...CREATE);
const blink: typeof remove = async (node) => {
  await ip(node, "link set v0 down");
  await sleep(300);
  await ip(node, "link set v0 up");
};
const rename: typeof remove = (node) => ip(node, "link set v0 name v9");
const renameBack: typeof remove = (node) => ip(node, "link set v9 name v0");
const moveAway: typeof remove = (node, observer) => ip(node, `link set v0 netns ${observer.name}`);
const moveBack: typeof remove = async (node, observer) => {
  await ip(observer, `link set v0 netns ${node.name}`);
  await ip(node, "link set v0 up", "addr add 198.18.0.1/24 dev v0");
};
const AGAIN = ["BACKUP", "MASTER"];
const NONE = { routes: 0, rules: 0 };

const STORIES: readonly RoutingStory[] = [
  { name: "tracked: deleted and created again", setup: CREATE, config: TRACKED, has: { routes: 4, rules: 1 }, acts: [{ act: remove, states: ["FAULT"], left: NONE }, { act: create, states: AGAIN }] },
  { name: "tracked: renamed and renamed back", setup: CREATE, config: TRACKED, has: { routes: 4, rules: 1 }, acts: [{ act: rename, states: ["FAULT"], left: { routes: 3, rules: 0 } }, { act: renameBack, states: AGAIN }] },
  { name: "tracked: moved to another namespace and back", setup: CREATE, config: TRACKED, has: { routes: 4, rules: 1 }, acts: [{ act: moveAway, states: ["FAULT"], left: NONE }, { act: moveBack, states: AGAIN }] },
  { name: "tracked: comes after the start", config: TRACKED, starts: "FAULT", has: NONE, acts: [{ act: create, states: AGAIN, left: { routes: 7, rules: 1 } }] },
  {
    name: "tracked: down for less than its interface_up_down_delays",
    setup: CREATE,
    config: DELAYED,
    has: { routes: 4, rules: 1 },
    acts: [{ act: blink, states: [], left: { routes: 1, rules: 1 }, ours: { routes: 4, rules: 1 } }],
  },
  {
    name: "not tracked: deleted and created again",
    setup: CREATE,
    config: UNTRACKED,
    has: { routes: 3, rules: 1 },
    acts: [{ act: remove, states: [], left: { routes: 1, rules: 1 } }, { act: create, states: [], left: { routes: 1, rules: 1 }, ours: { routes: 3, rules: 1 } }],
  },
  {
    name: "not tracked: renamed and renamed back",
    setup: CREATE,
    config: UNTRACKED,
    has: { routes: 3, rules: 1 },
    acts: [{ act: rename, states: [], left: { routes: 6, rules: 1 }, ours: { routes: 4, rules: 1 } }, { act: renameBack, states: [] }],
  },
  {
    name: "static: deleted and created again",
    setup: CREATE,
    config: STATIC,
    has: { routes: 7, rules: 1 },
    // 2.2.7 tries once, before the interface has the address that leads to the gateway.
    acts: [{ act: remove, states: [], left: { routes: 2, rules: 1 } }, { act: create, states: [], left: { routes: 6, rules: 1 }, ours: { routes: 7, rules: 1 } }],
  },
  {
    name: "static: renamed and renamed back",
    setup: CREATE,
    config: STATIC,
    has: { routes: 7, rules: 1 },
    acts: [{ act: rename, states: [], left: { routes: 10, rules: 1 }, ours: { routes: 5, rules: 1 } }, { act: renameBack, states: [] }],
  },
];

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const story of STORIES) test(story.name, () => tellBeside(subject, story));
  });
}
