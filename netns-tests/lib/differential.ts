// A pair of directors of one kind goes through a list of events; what the outside sees of each is written down, so that two
// kinds can be compared event by event.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Capture } from "./capture.ts";
import { startDirector } from "./director.ts";
import type { Director, DirectorKind } from "./director.ts";
import { eventually, monotonicUs, sleep } from "./eventually.ts";
import { withLan } from "./lan.ts";
import type { Node } from "./lan.ts";
import { routingOf } from "./routing.ts";
import { vrrpFrameOf } from "./vrrp-frames.ts";

export const SIDES = ["high", "low"] as const;
export type Side = (typeof SIDES)[number];

/** One vrrp_instance of both directors. */
export interface InstancePlan {
  readonly vrid: number;
  /** high's; low has 50 less. */
  readonly priority: number;
  readonly vips: readonly string[];
  readonly excluded: readonly string[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  /** Seconds. */
  readonly interval: number;
  readonly more: readonly string[];
}

/** What both directors are configured with. */
export interface Plan {
  /** Blocks before the instances. */
  readonly before: readonly string[];
  readonly instances: Readonly<Record<string, InstancePlan>>;
  /** Blocks of sync groups. */
  readonly groups: readonly string[];
}

/** Master_Down_Interval of the slower one is 1.8 s. */
export const INSTANCE: InstancePlan = { vrid: 51, priority: 150, vips: ["192.0.2.100/32"], excluded: [], routes: [], rules: [], interval: 0.5, more: [] };
export const PLAN: Plan = { before: [], instances: { VI_1: INSTANCE }, groups: [] };

/** What the outside saw of one event. Everything but the times is compared word for word. */
export interface Seen {
  /** Lines of the FIFOs, by side, in their order. */
  readonly fifo: readonly string[];
  /** Arguments of the notify scripts, by side, sorted: they run side by side. */
  readonly scripts: readonly string[];
  /** Who has sent priority 0. */
  readonly goodbyes: readonly string[];
  /** At the end: who sends which adverts, all fields. */
  readonly adverts: readonly string[];
  readonly addresses: readonly string[];
  readonly routing: readonly string[];
  /** When each line of `fifo` came, in milliseconds after the event. */
  readonly times: readonly number[];
}

export type Aspect = Exclude<keyof Seen, "times">;
export const ASPECTS: readonly Aspect[] = ["fifo", "scripts", "goodbyes", "adverts", "addresses", "routing"];

export interface Step {
  readonly name: string;
  readonly act: (world: World) => Promise<unknown>;
  /** How the two are allowed to differ, and why; such a difference must be seen. */
  readonly differs?: { readonly in: readonly Aspect[]; readonly because: string };
}

/** Nothing was told for so long: longer than any script's interval. */
const QUIET_MS = 3_000;
/** And than any Master_Down_Interval, by the longest advertisement interval (in seconds); the lowest priority is 100. */
const MASTER_DOWN_MS = 3_700;
const LONGEST_MS = 40_000;
const SCRIPTS_MS = 5_000;
/** Of the end, in which adverts are looked at: two intervals of version 3, and one of version 2. */
const ADVERTS_US = 1_500_000;

/** A LAN with two directors of one kind, "high" and "low" by priority. */
export class World {
  readonly kind: DirectorKind;
  readonly nodes: Readonly<Record<Side, Node>>;
  readonly directors: Partial<Record<Side, Director>> = {};
  plan: Plan;
  /** In this step, how long a program takes to start or to read its configuration is no matter: times count from the first line. */
  #fromFirstLine = false;
  readonly #told: { readonly side: Side; readonly line: string; readonly at: number }[] = [];

  constructor(kind: DirectorKind, nodes: Readonly<Record<Side, Node>>, plan: Plan) {
    this.kind = kind;
    this.nodes = nodes;
    this.plan = plan;
  }

  path(side: Side, file: string): string {
    return join(this.nodes[side].dir, file);
  }

  /** FIFOs with a reader that stays, notify scripts, and files to be tracked. */
  async prepare(): Promise<void> {
    for (const side of SIDES) {
      const node = this.nodes[side];
      await node.write("notify.sh", `#!/bin/sh\necho "$@" >> ${this.path(side, "notified")}\n`, 0o755);
      await node.write("notified", "");
      // At the start an instance waits for the first alone: the other one's result is to be there by then.
      for (const [file, takes] of [["check", 0.5], ["weighted", 0]] as const) await node.write(`${file}.sh`, `#!/bin/sh\nsleep ${takes}\nexit $(cat ${this.path(side, file)})\n`, 0o755);
      for (const file of ["check", "weighted", "value"]) await node.write(file, "0\n");
      await node.exec("mkfifo", this.path(side, "fifo"));
      const reader = node.spawn(["bash", "-c", `exec 3<>${this.path(side, "fifo")}; while read -r line <&3; do echo "$line"; done`], "pipe");
      let text = "";
      reader.stdout?.on("data", (chunk: Buffer) => {
        const lines = (text + chunk.toString()).split("\n");
        text = lines.pop() ?? "";
        // How many adverts of lower priority arrive depends on when the other one hears ours.
        for (const line of lines) if (!line.includes("MASTER_RX_LOWER_PRI")) this.#told.push({ side, line, at: performance.now() });
      });
    }
  }

  /** Returns when it has told its first state. */
  async start(side: Side): Promise<void> {
    const heard = () => this.#told.filter((one) => one.side === side).length;
    const before = heard();
    this.directors[side] = await startDirector(this.nodes[side], this.kind, this.config(side));
    await eventually(true, () => heard() > before, LONGEST_MS);
    this.#fromFirstLine = true;
  }

  director(side: Side): Director {
    const director = this.directors[side];
    if (director === undefined) throw new Error(`no director on ${side}`);
    return director;
  }

  /** Both are given a new configuration, at the same time, or where the order matters one after the other. */
  async reload(change: (plan: Plan) => Plan, order?: readonly Side[]): Promise<void> {
    this.plan = change(this.plan);
    for (const sides of order?.map((side) => [side]) ?? [SIDES]) await this.rewrite(sides, (config) => config);
  }

  /** Directors on `sides` are given what `change` makes of their configuration. Returns when they have taken it, or refused it. */
  async rewrite(sides: readonly Side[], change: (config: string) => string): Promise<void> {
    this.#fromFirstLine = true;
    await Promise.all(
      sides.map(async (side) => {
        const director = this.director(side);
        const done = () => director.logs().filter((line) => /Reload complete|failed validation/.test(line)).length;
        const before = done();
        await director.reload(change(this.config(side)));
        await eventually(before + 1, done, LONGEST_MS);
      }),
    );
  }

  /** Both are given a new configuration of VI_1. */
  change(instance: Partial<InstancePlan>): Promise<void> {
    return this.reload((plan) => ({ ...plan, instances: { ...plan.instances, VI_1: { ...(plan.instances["VI_1"] ?? INSTANCE), ...instance } } }));
  }

  config(side: Side): string {
    const blocks = Object.entries(this.plan.instances).map(([name, one]) => {
      const list = (word: string, lines: readonly string[]) => (lines.length === 0 ? "" : `    ${word} {\n        ${lines.join("\n        ")}\n    }\n`);
      const words = [`state BACKUP`, "interface eth0", `virtual_router_id ${one.vrid}`, `priority ${one.priority - (side === "low" ? 50 : 0)}`, `advert_int ${one.interval}`, ...one.more, `notify ${this.path(side, "notify.sh")}`];
      return `vrrp_instance ${name} {\n    ${words.join("\n    ")}\n${list("virtual_ipaddress", one.vips)}${list("virtual_ipaddress_excluded", one.excluded)}${list("virtual_routes", one.routes)}${list("virtual_rules", one.rules)}}\n`;
    });
    const global = `global_defs {\n    router_id TEST\n    script_user root\n    enable_script_security\n    vrrp_version 3\n    vrrp_notify_fifo ${this.path(side, "fifo")}\n}\n`;
    return [global, ...this.plan.before, ...blocks, ...this.plan.groups].join("").replaceAll("DIR", this.nodes[side].dir);
  }

  /** Writes a file on both nodes. */
  async write(file: string, text: string, sides: readonly Side[] = SIDES): Promise<void> {
    for (const side of sides) await writeFile(this.path(side, file), `${text}\n`);
  }

  /** Lets `step` happen and waits until nobody says anything more. */
  async see(step: Step, capture: Capture): Promise<Seen> {
    const first = this.#told.length;
    const scriptsBefore = await this.#scripts();
    this.#fromFirstLine = false;
    const begun = performance.now();
    const begunUs = monotonicUs();
    await step.act(this);
    const acted = performance.now();
    const quietMs = Math.max(QUIET_MS, ...Object.values(this.plan.instances).map(({ interval }) => interval * MASTER_DOWN_MS));
    await eventually(true, () => performance.now() - Math.max(acted, this.#told.at(-1)?.at ?? 0) > quietMs, LONGEST_MS);
    const endUs = monotonicUs();
    const told = SIDES.flatMap((side) => this.#told.slice(first).filter((one) => one.side === side));
    await this.#scriptsRan(told.filter(({ line }) => line.startsWith("INSTANCE")).length, scriptsBefore);
    await sleep(100); // what the capture has not handed over yet
    const since = this.#fromFirstLine ? (this.#told[first]?.at ?? begun) : begun;
    const macs = new Map(await Promise.all(SIDES.map(async (side) => [(await this.nodes[side].mac()).replaceAll(":", ""), side] as const)));
    const frames = capture.all(vrrpFrameOf, begunUs).flatMap((frame) => ({ ...frame, side: macs.get(frame.sourceMac) ?? frame.sourceMac }));
    const scripts = await this.#scripts();
    return {
      fifo: told.map(({ side, line }) => `${side} ${line}`),
      times: told.map(({ at }) => Math.round(at - since)),
      scripts: SIDES.flatMap((side) => scripts[side].slice(scriptsBefore[side].length).sort().map((line) => `${side} ${line}`)),
      goodbyes: unique(frames.filter(({ priority }) => priority === 0).map(({ side, vrid }) => `${side} ${vrid}`)),
      adverts: unique(frames.filter(({ at }) => at > endUs - ADVERTS_US && at <= endUs).map(({ side, vrid, priority, fields }) => `${side} ${vrid} ${priority} ${JSON.stringify(fields)}`)),
      ...(await this.#held()),
    };
  }

  /** A busy machine starts a script late; one that never runs is a difference. */
  async #scriptsRan(count: number, before: Record<Side, string[]>): Promise<void> {
    const deadline = performance.now() + SCRIPTS_MS;
    for (;;) {
      const now = await this.#scripts();
      const ran = SIDES.reduce((sum, side) => sum + now[side].length - before[side].length, 0);
      if (ran >= count || performance.now() > deadline) return;
      await sleep(50);
    }
  }

  async #scripts(): Promise<Record<Side, string[]>> {
    const linesOf = async (side: Side) => (await readFile(this.path(side, "notified"), "utf8")).split("\n").filter((line) => line !== "");
    return { high: await linesOf("high"), low: await linesOf("low") };
  }

  async #held(): Promise<Pick<Seen, "addresses" | "routing">> {
    const addresses: string[] = [];
    const routing: string[] = [];
    for (const side of SIDES) {
      const node = this.nodes[side];
      addresses.push(...(await node.addresses()).filter(({ local }) => !local.startsWith("fe80:")).map((one) => `${side} ${JSON.stringify(one)}`));
      const { routes, rules } = await routingOf(node);
      routing.push(...[...routes, ...rules].map((line) => `${side} ${line}`).sort());
    }
    return { addresses: addresses.sort(), routing };
  }
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}

/** Two directors of `kind` go through `steps`, one after the other. @returns what was seen, a row for each step */
export async function tell(kind: DirectorKind, plan: Plan, steps: readonly Step[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  await withLan(
    2,
    async ([high, low], observer) => {
      if (high === undefined || low === undefined) throw new Error("two nodes were asked for");
      const world = new World(kind, { high, low }, plan);
      await world.prepare();
      const capture = await Capture.start(observer, { filter: "proto 112" });
      for (const step of steps) {
        try {
          seen.push(await world.see(step, capture));
        } catch (error) {
          const logs = SIDES.map((side) => `${side}:\n${world.directors[side]?.logs().slice(-40).join("\n")}`);
          throw new Error(`${kind}, ${step.name}\n${logs.join("\n")}`, { cause: error });
        }
      }
    },
    { lans: 2 },
  );
  return seen;
}
