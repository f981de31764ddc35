import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "vitest";
import { GLOBAL, instance } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import type { Director, DirectorKind } from "./lib/director.ts";
import { monotonicUs, sleep } from "./lib/eventually.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";
import { keptWaitingUs } from "./lib/witness.ts";

// An interface that flaps, disappears, comes back and changes its name, under keepalived and under Regent: the states and
// when they came.

type Change = readonly [words: string, ...commands: string[]];

const CREATE = ["link add v0 type veth peer name v1", "link set v1 up", "link set v0 up", "addr add 198.18.0.1/24 dev v0"];

/** A bridge with a port that has its carrier. */
const BRIDGE = ["link add v0 type bridge", "link add v2 type veth peer name v3", "link set v2 master v0", "link set v3 up", "link set v2 up", "link set v0 up", "addr add 198.18.0.1/24 dev v0"];

const FLAPS: readonly Change[] = [
  ["down for 0.5 s", "link set v1 down", "0.5", "link set v1 up", "2"],
  ["down for 3 s", "link set v1 down", "3", "link set v1 up"],
  ["up for 0.2 s while down", "link set v1 down", "2.5", "link set v1 up", "0.2", "link set v1 down", "2", "link set v1 up"],
];

const IDENTITY: readonly Change[] = [
  ["deleted and created again", "link del v0", "2", ...CREATE],
  ["renamed and renamed back", "link set v0 down", "link set v0 name v9", "link set v9 up", "2", "link set v9 down", "link set v9 name v0", "link set v0 up"],
  ["created again as another kind", "link del v0", "1", ...BRIDGE],
];

interface Seen {
  readonly change: string;
  /** States without repetitions, and seconds since the change began. */
  readonly states: readonly string[];
  readonly at: readonly number[];
  /** How much of that the machine kept everybody waiting, in seconds. */
  readonly waited: readonly number[];
}

function observed(kind: DirectorKind, changes: readonly Change[], more: string): Promise<Seen[]> {
  return withLan(1, async ([node]) => {
    assert.ok(node);
    for (const command of CREATE) await node.exec("ip", ...command.split(" "));
    const global = GLOBAL.replace("global_defs {", "global_defs {\n    dynamic_interfaces allow_if_changes");
    const director = await startDirector(node, kind, global + more + instance({ interface: "v0", vips: ["198.18.0.100/24"] }));
    await director.waitFor("MASTER");
    const seen: Seen[] = [];
    for (const [change, ...commands] of changes) seen.push({ change, ...(await during(node, director, commands)) });
    return seen;
  });
}

/** Until it is MASTER and stays so. */
async function during(node: Node, director: Director, commands: readonly string[]): Promise<Omit<Seen, "change">> {
  // One process that carries out each line as it comes, and is there: on a busy machine a fork for each would lengthen what is to be short.
  const ip = node.spawn(["ip", "-batch", "-"], "pipe");
  const { stdin, stdout, stderr } = ip;
  assert.ok(stdin && stdout && stderr);
  let complaint = "";
  stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => ip.once("close", resolve));
  stdin.write("link show lo\n");
  await once(stdout, "data");
  const begun = performance.now();
  const begunUs = monotonicUs();
  const from = director.states().length;
  const states: string[] = [];
  const at: number[] = [];
  let ended: number | undefined;
  const carryOut = (async () => {
    for (const command of commands) {
      if (/^[0-9.]+$/.test(command)) await sleep(Number(command) * 1_000);
      else stdin.write(`${command}\n`);
    }
    stdin.end();
    assert.equal(await exit, 0, complaint);
    ended = performance.now();
  })();
  while (performance.now() < begun + 30_000) {
    for (const state of director.states().slice(from).filter((one, i, all) => one !== all[i - 1]).slice(states.length)) {
      states.push(state);
      at.push((performance.now() - begun) / 1_000);
    }
    const master = states.length === 0 || states.at(-1) === "MASTER";
    if (ended !== undefined && performance.now() > ended + 1_800 && master) break;
    await sleep(20);
  }
  await carryOut;
  const waited = await Promise.all(at.map(async (seconds) => (await keptWaitingUs(begunUs, begunUs + seconds * 1_000_000)) / 1_000_000));
  return { states, at, waited };
}

/** Both processes' own delays, on a busy machine. */
const TOLERANCE_S = 0.7;

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const [name, changes, more, want] of [
      ["interface_up_down_delays", FLAPS, "interface_up_down_delays {\n    v0 1.5 0.7\n}\n", [[], ["FAULT", "BACKUP", "MASTER"], ["FAULT", "BACKUP", "MASTER"]]],
      ["dynamic_interfaces allow_if_changes", IDENTITY, "", [["FAULT", "BACKUP", "MASTER"], ["FAULT", "BACKUP", "MASTER"], ["FAULT", "BACKUP", "MASTER"]]],
    ] as const) {
      test(`${name}: the same states at the same times`, async () => {
        const [theirs, ours] = await beside(subject, (kind) => observed(kind, changes, more));
        assert.deepEqual(theirs.map(({ states }) => states), want);
        assert.deepEqual(ours.map(({ states }) => states), want);
        ours.forEach(({ change, at, waited }, i) => {
          at.forEach((time, k) => {
            const their = theirs[i]?.at[k] ?? Number.NaN;
            const excused = Math.max(waited[k] ?? 0, theirs[i]?.waited[k] ?? 0);
            assert.ok(Math.abs(time - their) < TOLERANCE_S + excused, `${change}, ${want[i]?.[k]}: ${time} s, keepalived's ${their} s`);
          });
        });
      });
    }
  });
}
