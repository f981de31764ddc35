import assert from "node:assert/strict";
import { type DirectorKind, startDirector } from "./director.ts";
import { eventually, sleep } from "./eventually.ts";
import { type Node, withLan } from "./lan.ts";
import { beside } from "./pairs.ts";
import { awaitRouting, countOf, type Routing, routingOf } from "./routing.ts";

type Counts = ReturnType<typeof countOf>;

export interface RoutingAct {
  readonly act: (node: Node, observer: Node) => Promise<unknown>;
  /** What the instance goes through. */
  readonly states: readonly string[];
  /** How much more there is then than before the start; all of it unless said. */
  readonly left?: Counts;
  /** The same for Regent, where it differs. */
  readonly ours?: Counts;
}

/** What happens to a director's routes and rules, and what follows. */
export interface RoutingStory {
  readonly name: string;
  /** Commands of `ip` before the start. */
  readonly setup?: readonly string[];
  readonly config: string;
  /** MASTER unless said. */
  readonly starts?: "MASTER" | "FAULT";
  /** How much more there is than before the start, with the routes that addresses bring. */
  readonly has: Counts;
  readonly acts: readonly RoutingAct[];
}

export async function ip(node: Node, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) await node.exec("ip", ...line.split(" "));
}

/** Long enough for a second answer to the same event to show. */
const QUIET_MS = 600;

/** What there is at first, and after each act; fails when it is not what the story says. */
function told(kind: DirectorKind, { setup = [], config, starts = "MASTER", has, acts }: RoutingStory): Promise<Routing[]> {
  return withLan(
    1,
    async ([node], observer) => {
      assert.ok(node);
      await ip(node, ...setup);
      const before = await routingOf(node);
      const seen: Routing[] = [];
      const director = await startDirector(node, kind, config);
      await director.waitFor(starts);
      seen.push(await awaitRouting(node, has, before));
      if (starts === "FAULT") await sleep(QUIET_MS); // it is said once for each reason
      for (const { act, states, left = has, ours } of acts) {
        const from = director.states().length;
        await act(node, observer);
        await eventually(states, () => director.states().slice(from), 10_000);
        const wanted = kind === "regentd" && ours !== undefined ? ours : left;
        await awaitRouting(node, wanted, before);
        await sleep(QUIET_MS);
        const routing = await routingOf(node, before);
        seen.push(routing);
        assert.deepEqual([director.states().slice(from), countOf(routing)], [states, wanted], director.logs().join("\n"));
      }
      const others = (await routingOf(node, before)).routes.filter((line) => line.includes("proto kernel") && line.includes("198.18.0."));
      await director.stop();
      // A link that is down took its own along; one that the story made brings its own.
      assert.deepEqual(await routingOf(node, before), { routes: others, rules: [] });
      return seen;
    },
    { lans: 2 },
  );
}

/** Tells it with keepalived and with `subject`, and compares what the kernel holds after each act. */
export async function tellBeside(subject: DirectorKind, story: RoutingStory): Promise<void> {
  const [theirs, ours] = await beside(subject, (kind) => told(kind, story));
  ours.forEach((one, i) => {
    const own = subject === "regentd" ? story.acts[i - 1]?.ours : undefined;
    // What is put back later stands at another place of the list.
    if (own === undefined) assert.deepEqual(sorted(one), sorted(theirs[i]));
    else if (own.routes === story.has.routes && own.rules === story.has.rules) assert.deepEqual(sorted(one), sorted(ours[0]));
  });
}

function sorted(routing: Routing | undefined): Routing | undefined {
  return routing && { routes: [...routing.routes].sort(), rules: [...routing.rules].sort() };
}
