import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { director, VIP } from "./lib/configs.ts";
import { type Director, type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { PAIRS } from "./lib/pairs.ts";
import { mulberry32 } from "./lib/random.ts";

// SOAK_ROUNDS misfortunes in a row befall a pair, chosen by SOAK_SEED; after each, exactly one director holds the VIP.
const ROUNDS = Number(process.env["SOAK_ROUNDS"] ?? "4");
const SEED = Number(process.env["SOAK_SEED"] ?? "20261121");
/** A master's death, its successor's Master_Down_Interval, its own return and preemption, on a busy machine. */
const SETTLE_MS = 20_000;
const GROWTH_KIB = 48 * 1024;

interface Place {
  readonly node: Node;
  readonly kind: DirectorKind;
  readonly config: string;
  director: Director;
}

type Misfortune = (place: Place) => Promise<void>;

async function restart(place: Place): Promise<void> {
  place.director = await startDirector(place.node, place.kind, place.config);
}

const MISFORTUNES: Readonly<Record<string, Misfortune>> = {
  "loses power": async (place) => {
    place.director.crash();
    await place.director.ended();
    await restart(place);
  },
  "is restarted": async (place) => {
    await place.director.stop();
    await restart(place);
  },
  "stalls for two seconds": async (place) => {
    place.director.freeze();
    await sleep(2_000);
    place.director.thaw();
  },
  "stalls for five seconds": async (place) => {
    place.director.freeze();
    await sleep(5_000);
    place.director.thaw();
  },
  "is cut off for five seconds": async ({ node }) => {
    await node.cut();
    await sleep(5_000);
    await node.uncut();
  },
  "loses its carrier for a second": async ({ node }) => {
    await node.carrierDown();
    await sleep(1_000);
    await node.carrierUp();
  },
  "is reloaded": (place) => place.director.reload(place.config),
  "has its VIP deleted": async ({ node }) => {
    if (await node.holds(VIP)) await node.exec("ip", "addr", "del", `${VIP}/24`, "dev", "eth0");
  },
};

/** Resident memory of a process tree, in KiB. */
function residentKib(director: Director): number {
  return director
    .processes()
    .map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0))
    .reduce((sum, kib) => sum + kib, 0);
}

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    test(`${ROUNDS} misfortunes (seed ${SEED}): after each, the higher priority holds the VIP, alone`, { timeout: 60_000 + ROUNDS * 40_000 }, () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        const random = mulberry32(SEED);
        const places: Place[] = [];
        for (const [node, kind, priority] of [[high, roles.master, 150], [low, roles.backup, 100]] as const) {
          const config = director({ priority });
          places.push({ node, kind, config, director: await startDirector(node, kind, config) });
        }
        const holders = (): Promise<boolean[]> => Promise.all(places.map(({ node }) => node.holds(VIP)));
        await eventually([true, false], holders, SETTLE_MS);
        const before = places.map(({ director }) => residentKib(director));

        const names = Object.keys(MISFORTUNES);
        for (let round = 0; round < ROUNDS; round++) {
          const name = names[Math.floor(random() * names.length)] ?? "";
          const place = places[Math.floor(random() * places.length)];
          assert.ok(place);
          await MISFORTUNES[name]?.(place);
          try {
            await eventually([true, false], holders, SETTLE_MS);
            await eventually(["MASTER", "BACKUP"], () => places.map(({ director }) => director.state()), SETTLE_MS);
          } catch (error) {
            const logs = places.map(({ director }) => director.logs().slice(-40).join("\n")).join("\n---\n");
            throw new Error(`round ${round}: ${place.kind} on ${place.node.address} ${name}\n${logs}`, { cause: error });
          }
          assert.deepEqual(places.map(({ director }) => director.running), [true, true]);
        }

        for (const [i, { director, kind }] of places.entries()) {
          const grown = residentKib(director) - (before[i] ?? 0);
          assert.ok(grown < GROWTH_KIB, `${kind} grew by ${grown} KiB`);
        }
      }),
    );
  });
}
