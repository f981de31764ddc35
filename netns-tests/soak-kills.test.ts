import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "vitest";
import { GLOBAL, instance } from "./lib/configs.ts";
import { type Director, startDirector, statesIn } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { type Holdings, holdingsOf } from "./lib/holdings.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { alive, processesIn, supervision } from "./lib/processes.ts";
import { mulberry32 } from "./lib/random.ts";
import { entries } from "./lib/routing.ts";
import { signal } from "./lib/run.ts";

// SOAK_KILLS kills (SIGKILL) at random moments, chosen by SOAK_SEED, of a process or of all processes of one of a pair: then
// the one of the higher priority holds everything again, the other what a BACKUP holds, and nobody anything else.

const KILLS = Number(process.env["SOAK_KILLS"] ?? "4");
const SEED = Number(process.env["SOAK_SEED"] ?? "20261121");
/** A start with both cores busy; Master_Down_Interval is 0.3 s at an interval of 0.1 s. */
const SETTLE_MS = 30_000;
/** A process that was killed alone is replaced by its partner within this, or the partner has ended too. */
const ALONE_MS = 10_000;

const INSTANCES = ["VI_1", "VI_2", "VI_6"] as const;
const STATES = [INSTANCES.map(() => "MASTER"), INSTANCES.map(() => "BACKUP")];

/** What the MASTER and the BACKUP have more than a host without a director; routes with those that addresses bring. A macvlan is silenced whoever is MASTER. */
const MORE = [
  ["9 routes", "3 rules", "4 addresses", "1 macvlans", "1 tables"],
  ["0 routes", "0 rules", "0 addresses", "1 macvlans", "1 tables"],
];

interface Place {
  readonly node: Node;
  readonly config: string;
  readonly logs: Director[];
}

function config(priority: number): string {
  const quick = ["version 3", "advert_int 0.1"];
  const routing = (route: string, rule: string): string[] => [entries("virtual_routes", [route]), entries("virtual_rules", [rule])];
  return (
    GLOBAL +
    instance({ priority, more: [...quick, ...routing("203.0.113.0/28 dev eth0", "from 203.0.113.1 table 100 preference 1000"), "no_accept"] }) +
    instance({ name: "VI_2", vrid: 52, priority, vips: ["192.0.2.102/24"], more: [...quick, ...routing("203.0.113.16/28 dev eth0", "from 203.0.113.2 table 100 preference 1001"), "use_vmac"] }) +
    instance({ name: "VI_6", vrid: 53, priority, vips: ["fe80::100/64", "2001:db8::100/64"], more: [...quick, ...routing("2001:db8:1::/48 dev eth0", "from 2001:db8:1::/48 table 100 preference 1002")] })
  );
}

const pidFiles = ({ dir }: Node): [string, string] => [join(dir, "same.pid"), join(dir, "same-vrrp.pid")];
const whole = ({ node }: Place): boolean => supervision("regentd", ...pidFiles(node)) !== undefined;

/** With the same pid files each time: what the one before left is known by them. */
async function start({ node, config, logs }: Place): Promise<void> {
  const [parent, vrrp] = pidFiles(node);
  logs.push(await startDirector(node, "regentd", config, { args: ["-p", parent, "-r", vrrp] }));
}

/** @param which 0..1: one of its processes, or beyond the last of them all at once */
async function kill(place: Place, which: number): Promise<string> {
  const pids = await processesIn(place.node);
  const one = pids[Math.floor(which * (pids.length + 1))];
  const victims = one === undefined ? pids : [one];
  for (const name of ["SIGSTOP", "SIGKILL"] as const) for (const pid of victims) signal(pid, name);
  await eventually([], () => victims.filter(alive), ALONE_MS);
  return one === undefined ? `all ${pids.length}` : `${one} of ${pids.join(", ")}`;
}

/** Waits until its pair of processes is whole again; starts it when none is left. */
async function runs(place: Place): Promise<void> {
  await eventually(true, async () => whole(place) || (await processesIn(place.node)).length === 0, ALONE_MS);
  if (!whole(place)) await start(place);
}

/** What the instances are, by the log of the daemon that runs now; what a dead one said counts no more. */
function states({ node, logs }: Place): (string | undefined)[] {
  const daemon = supervision("regentd", ...pidFiles(node))?.daemon;
  const log = logs.flatMap((one) => one.logs()).join("\n");
  const since = log.lastIndexOf(`Starting VRRP child process, pid=${daemon}\n`);
  return since < 0 ? [] : INSTANCES.map((name) => statesIn(log.slice(since), name).at(-1));
}

function more(now: Holdings, before: Holdings): string[] {
  return Object.entries(now).map(([what, lines]: [string, readonly string[]]) => `${lines.length - before[what as keyof Holdings].length} ${what}`);
}

test(`${KILLS} kills at random moments (seed ${SEED}): each time the higher priority holds all, the other nothing, and nothing stale is left`, { timeout: 120_000 + KILLS * 60_000 }, () =>
  withLan(2, async ([high, low]) => {
    assert.ok(high && low);
    const places = [high, low].map((node, i): Place => ({ node, config: config(i === 0 ? 150 : 100), logs: [] }));
    const holdings = (): Promise<Holdings[]> => Promise.all(places.map(({ node }) => holdingsOf(node)));
    await eventually(true, async () => (await Promise.all(places.map(({ node }) => node.addresses("eth0")))).flat().every(({ flags }) => !flags.includes("tentative")), 10_000);
    const before = await holdings();
    for (const place of places) await start(place);
    await eventually(STATES, () => places.map(states), SETTLE_MS);
    await eventually(MORE, async () => (await holdings()).map((now, i) => more(now, before[i] ?? now)), SETTLE_MS);
    const settled = await holdings();

    const random = mulberry32(SEED);
    for (let round = 0; round < KILLS; round++) {
      const place = places[Math.floor(random() * 2)];
      assert.ok(place);
      await sleep(random() * 2_000);
      let story = `round ${round}, ${place.node.name}: ${await kill(place, random())}`;
      if (random() < 0.5) {
        // And again, while it starts.
        const againMs = random() * 1_000;
        await sleep(againMs);
        story += `, ${againMs.toFixed(0)} ms later ${await kill(place, random())}`;
      }
      try {
        await runs(place);
        await eventually([...STATES, ...settled], async () => [...places.map(states), ...(await holdings())], SETTLE_MS);
      } catch (error) {
        const logs = places.map(({ logs }) => logs.flatMap((one) => one.logs()).slice(-60).join("\n"));
        throw new Error(`${story}\n${logs.join("\n---\n")}`, { cause: error });
      }
      if (KILLS > 20) console.log(story);
    }

    for (const { node } of places) {
      const supervisor = supervision("regentd", ...pidFiles(node))?.supervisor;
      assert.ok(supervisor);
      signal(supervisor, "SIGTERM");
      await eventually([], () => processesIn(node), 15_000);
    }
    assert.deepEqual(await holdings(), before);
  }),
);
