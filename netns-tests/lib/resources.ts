import { readdirSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Director } from "./director.ts";
import { eventually } from "./eventually.ts";
import type { Node } from "./lan.ts";
import { descriptors, threads } from "./processes.ts";

const PROBE = fileURLToPath(new URL("../../scripts/netns/resources.cjs", import.meta.url));
const ANSWERED_MS = 10_000;

interface ThreadResources {
  readonly thread: number;
  readonly timers: number;
  /** Octets after a collection. */
  readonly heapUsed: number;
}

/** What a director of Regent's holds: descriptors and threads of its first two processes, timers and heaps of its JavaScript threads. */
export interface Resources {
  readonly descriptors: readonly number[];
  readonly threads: readonly number[];
  readonly timers: readonly number[];
  /** MiB. */
  readonly heaps: readonly number[];
}

/** Gives a director's threads the probe that `resourcesOf` asks. */
export function probed(node: Node): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--require=${PROBE}`, RESOURCES: probeFile(node) };
}

function probeFile(node: Node): string {
  return join(node.dir, "resources");
}

let asked = 0;

/**
 * @param director started with `probed` as its environment, with nothing to do at the moment
 * @param count how many JavaScript threads it has
 * @throws Error when fewer, or more, of them answered within ten seconds
 */
export async function resourcesOf(director: Director, count: number): Promise<Resources> {
  const file = probeFile(director.node);
  const word = `asked${++asked}`;
  await writeFile(`${file}.new`, word);
  await rename(`${file}.new`, file);
  const answers = (): string[] => readdirSync(director.node.dir).filter((name) => name.startsWith(`${basename(file)}.${word}.`) && !name.endsWith(".new"));
  await eventually(count, () => answers().length, ANSWERED_MS);
  const each = answers().map((name) => JSON.parse(readFileSync(join(director.node.dir, name), "utf8")) as ThreadResources).sort((a, b) => a.thread - b.thread);
  const processes = director.processes().slice(0, 2);
  return {
    descriptors: processes.map((pid) => descriptors(pid).size),
    threads: processes.map(threads),
    timers: each.map(({ timers }) => timers),
    heaps: each.map(({ heapUsed }) => heapUsed / 2 ** 20),
  };
}
