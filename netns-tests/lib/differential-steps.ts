// The events that keepalived and Regent are put through, in stories of which each is told on one LAN. Every step begins where
// the one before it has ended. Processes (`vrrp_track_process`) are not among them: the kernel tells of these in the first
// namespaces only, where keepalived counts them (test/notify/process-match.test.ts holds what was observed).

import { INSTANCE, PLAN, SIDES } from "./differential.ts";
import type { Plan, Step } from "./differential.ts";
import { run } from "./run.ts";

export interface Story {
  readonly name: string;
  readonly plan: Plan;
  readonly steps: readonly Step[];
  /** Told with INTEROP=all only. */
  readonly long?: boolean;
}

const START: readonly Step[] = [
  { name: "the one of higher priority starts", act: (world) => world.start("high") },
  { name: "the other one starts", act: (world) => world.start("low") },
];

const ELECTIONS: Story = {
  name: "links, cables and processes",
  long: true,
  plan: { ...PLAN, instances: { VI_1: { ...INSTANCE, vips: ["192.0.2.100/32", "192.0.2.101/24"], excluded: ["198.51.100.100/32 dev eth1"], routes: ["203.0.113.0/24 dev eth0"], rules: ["from 203.0.113.0/24 table 100 priority 1000"] } } },
  steps: [
    ...START,
    { name: "the master's cable is pulled", act: (world) => world.nodes.high.carrierDown() },
    { name: "and plugged", act: (world) => world.nodes.high.carrierUp() },
    { name: "the backup's link goes down", act: (world) => world.nodes.low.linkDown() },
    { name: "and up", act: (world) => world.nodes.low.linkUp() },
    { name: "the master loses its power", act: async (world) => world.director("high").crash() },
    { name: "and is started", act: (world) => world.start("high") },
    { name: "the master stops", act: (world) => world.director("high").stop() },
    { name: "and starts again", act: (world) => world.start("high") },
    { name: "the backup stops", act: (world) => world.director("low").stop() },
    { name: "and starts", act: (world) => world.start("low") },
    { name: "the switch drops what the master sends", act: (world) => world.nodes.high.cut() },
    { name: "and forwards it again", act: (world) => world.nodes.high.uncut() },
    { name: "the master stands still", act: async (world) => world.director("high").freeze() },
    { name: "and goes on", act: async (world) => world.director("high").thaw() },
  ],
};

const TRACKED: Story = {
  name: "what is tracked, and what is taken away",
  long: true,
  plan: {
    ...PLAN,
    before: [
      "vrrp_script check {\n    script DIR/check.sh\n    interval 1\n    timeout 10\n    fall 1\n    rise 1\n}\n",
      "vrrp_script weighted {\n    script DIR/weighted.sh\n    interval 1\n    timeout 10\n    fall 1\n    rise 1\n    weight -60\n}\n",
      "track_file value {\n    file DIR/value\n}\n",
    ],
    instances: {
      VI_1: {
        ...INSTANCE,
        routes: ["203.0.113.0/24 dev eth0", "203.0.113.0/25 via 198.51.100.254 dev eth1 no_track"],
        rules: ["from 203.0.113.0/24 table 100 priority 1000"],
        more: ["track_script {\n        check\n        weighted\n    }", "track_file {\n        value weight 1\n    }", "track_interface {\n        eth1\n    }"],
      },
    },
  },
  steps: [
    ...START,
    { name: "a script fails on the master", act: (world) => world.write("check", "1", ["high"]) },
    { name: "and recovers", act: (world) => world.write("check", "0", ["high"]) },
    { name: "a script with a weight fails on the master", act: (world) => world.write("weighted", "1", ["high"]) },
    { name: "and recovers with a weight", act: (world) => world.write("weighted", "0", ["high"]) },
    { name: "a script fails on the backup", act: (world) => world.write("check", "1", ["low"]) },
    { name: "and recovers on the backup", act: (world) => world.write("check", "0", ["low"]) },
    { name: "a file takes 60 from the master's priority", act: (world) => world.write("value", "-60", ["high"]) },
    { name: "and gives 20 to it", act: (world) => world.write("value", "20", ["high"]) },
    { name: "a file says FAULT", act: (world) => world.write("value", "-254", ["high"]), differs: { in: ["fifo", "scripts"], because: "keepalived tells the priority that it had before, with the 20; Regent the one that it has" } },
    { name: "and no longer", act: (world) => world.write("value", "0", ["high"]) },
    { name: "another interface goes down on the master", act: (world) => world.nodes.high.linkDown("eth1") },
    { name: "and comes up again", act: (world) => world.nodes.high.linkUp("eth1") },
    { name: "a virtual address is deleted on the master", act: (world) => run(["ip", "-n", world.nodes.high.name, "addr", "del", "192.0.2.100/32", "dev", "eth0"]) },
    { name: "a route is deleted on the master", act: (world) => run(["ip", "-n", world.nodes.high.name, "route", "del", "203.0.113.0/24"]) },
    { name: "a rule is deleted on the master", act: (world) => run(["ip", "-n", world.nodes.high.name, "rule", "del", "priority", "1000"]) },
    { name: "the backup's own address is deleted", act: (world) => run(["ip", "-n", world.nodes.low.name, "addr", "del", "192.0.2.12/24", "dev", "eth0"]) },
    { name: "and added again", act: (world) => run(["ip", "-n", world.nodes.low.name, "addr", "add", "192.0.2.12/24", "dev", "eth0"]) },
  ],
};

/** keepalived 2.2.7 tells a group's state when it changes, and so nothing of a group that a reload makes of MASTERs. */
const GROUP_IS_TOLD: Step["differs"] = { in: ["fifo"], because: "Regent tells whoever listens to a group that it is MASTER, also when a reload has made it" };

const other = (name: string, more: Partial<typeof INSTANCE> = {}) => ({ [name]: { ...INSTANCE, vrid: 52, vips: ["192.0.2.102/32"], ...more } });

const RELOADED: Story = {
  name: "reloads",
  plan: PLAN,
  steps: [
    ...START,
    { name: "nothing has changed", act: (world) => world.reload((plan) => plan) },
    { name: "the backup has the higher priority", act: (world) => world.rewrite(["low"], (config) => config.replace("priority 100", "priority 200")) },
    { name: "and the lower one again", act: (world) => world.change({}) },
    { name: "a virtual address more", act: (world) => world.change({ vips: ["192.0.2.100/32", "192.0.2.101/32"] }) },
    { name: "a virtual address less", act: (world) => world.change({ vips: ["192.0.2.101/32"] }) },
    { name: "excluded addresses", act: (world) => world.change({ excluded: ["198.51.100.100/32 dev eth1"] }) },
    { name: "no excluded addresses", act: (world) => world.change({ excluded: [] }) },
    { name: "another interval", act: (world) => world.change({ interval: 0.3 }) },
    { name: "a route and a rule, and the first interval", act: (world) => world.change({ interval: INSTANCE.interval, routes: ["203.0.113.0/24 dev eth0"], rules: ["from 203.0.113.0/24 table 100 priority 1000"] }) },
    { name: "another route, another rule", act: (world) => world.change({ routes: ["203.0.113.0/24 dev eth0 metric 7"], rules: ["from 203.0.113.0/25 table 100 priority 1000"] }) },
    { name: "no route, no rule", act: (world) => world.change({ routes: [], rules: [] }) },
    { name: "nopreempt", act: (world) => world.change({ more: ["nopreempt"] }) },
    { name: "an instance more", act: (world) => world.reload((plan) => ({ ...plan, instances: { ...plan.instances, ...other("VI_2") } }), ["high", "low"]) },
    { name: "which has another name", act: (world) => world.reload((plan) => ({ ...plan, instances: { VI_1: plan.instances["VI_1"] ?? INSTANCE, ...other("VI_3") } })) },
    { name: "both in a group", act: (world) => world.reload((plan) => ({ ...plan, groups: ["vrrp_sync_group G1 {\n    group {\n        VI_1\n        VI_3\n    }\n}\n"] })), differs: GROUP_IS_TOLD },
    { name: "the group has another name", act: (world) => world.reload((plan) => ({ ...plan, groups: plan.groups.map((block) => block.replace("G1", "G2")) })), differs: GROUP_IS_TOLD },
    { name: "no group", act: (world) => world.reload((plan) => ({ ...plan, groups: [] })) },
    { name: "an instance less", act: (world) => world.reload((plan) => ({ ...plan, instances: { VI_1: plan.instances["VI_1"] ?? INSTANCE } }), ["low", "high"]) },
    { name: "version 2", act: (world) => world.change({ interval: 1, more: ["version 2"] }) },
    { name: "with a password", act: (world) => world.change({ more: ["version 2", "authentication {\n        auth_type PASS\n        auth_pass secret\n    }"] }) },
    { name: "a configuration that is wrong", act: (world) => world.rewrite(SIDES, (config) => `${config}vrrp_instance {\n`) },
    { name: "and right again", act: (world) => world.change({}) },
  ],
};

export const STORIES: readonly Story[] = [ELECTIONS, TRACKED, RELOADED];
