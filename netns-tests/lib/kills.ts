import { AddressMonitor } from "../../bench/lib/address-monitor.ts";
import { KernelCapture } from "../../bench/lib/kernel-capture.ts";
import { startQuietly, type Started } from "../../bench/lib/start.ts";
import { director, masterDownMs, VIP, VRID } from "./configs.ts";
import type { DirectorKind } from "./director.ts";
import { eventually, sleep } from "./eventually.ts";
import { advertBy } from "./frames.ts";
import { type Node, withLan } from "./lan.ts";
import { supervision, type Supervision } from "./processes.ts";
import { signal } from "./run.ts";

/** Which process of a director is killed, and how the director was started. */
export interface Kill {
  readonly victim: keyof Supervision;
  readonly daemonize: boolean;
  /** 255: MASTER at once. Others wait Master_Down_Interval after each start. */
  readonly priority: number;
}

/** What was seen of one kill, in milliseconds after it. */
export interface KillResult {
  /** At 200 ms. */
  readonly held: boolean;
  /** At 200 ms: both processes live, and the one that the pid file names watches the other. */
  readonly supervised: boolean;
  /** The kernel's event, or undefined when the address stayed. */
  readonly goneMs: number | undefined;
  /** Both live and the one watches the other, again; 200 when that was so at the first look. */
  readonly supervisedMs: number | undefined;
  /** The start that led to the next advert, that is that advert less the silence which the protocol demands before it. */
  readonly runsMs: number | undefined;
  /** The longest silence on the wire, from the last advert before the kill to the end of the round. */
  readonly longestGapMs: number;
}

/** The owner of the address is MASTER without waiting. */
const OWNER = 255;
const LOOK_MS = 200;
// Longer than what a supervisor takes for a crash loop, which it is meant to slow down.
const STEADY_MS = 3_500;
const BACK_MS = 6_000;

function config(priority: number): string {
  const text = director({ priority });
  return priority === OWNER ? text.replace("state BACKUP", "state MASTER") : text;
}

/** One director alone on a LAN, MASTER each time that one of its processes is killed. */
export function killRounds(kind: DirectorKind, kill: Kill, rounds: number): Promise<KillResult[]> {
  return withLan(1, async ([node], observer) => {
    if (node === undefined) throw new Error("a node was asked for");
    const capture = await KernelCapture.start(observer, { filter: "proto 112", snapshotLength: 256 });
    const results: KillResult[] = [];
    const started = await startQuietly(node, kind, config(kill.priority), { daemonize: kill.daemonize });
    for (let round = 0; round < rounds; round++) {
      await ready(node, kind, started);
      const result = await killOnce(node, kind, kill, started, capture);
      results.push(result);
      if (result.supervisedMs === undefined) break; // keepalived ends with its parent: nothing is left to kill
    }
    await capture.stop();
    return results;
  });
}

async function ready(node: Node, kind: DirectorKind, started: Started): Promise<void> {
  try {
    await eventually(true, async () => supervision(kind, started.pidFile, started.vrrpPidFile) !== undefined && (await node.holds(VIP)), 15_000);
  } catch (error) {
    throw new Error(`${kind} is not MASTER under supervision\n${started.director.logs().join("\n")}`, { cause: error });
  }
  await sleep(STEADY_MS);
}

async function killOnce(node: Node, kind: DirectorKind, kill: Kill, started: Started, capture: KernelCapture): Promise<KillResult> {
  const look = (): Supervision | undefined => supervision(kind, started.pidFile, started.vrrpPidFile);
  const before = look();
  if (before === undefined) throw new Error("the pair is not whole before the kill");
  const monitor = await AddressMonitor.start(node);
  const killedAt = Date.now();
  signal(before[kill.victim], "SIGKILL");

  await sleep(LOOK_MS);
  const held = await node.holds(VIP);
  const supervised = look() !== undefined;

  const whole = await within(BACK_MS, () => look() !== undefined);
  const supervisedMs = supervised ? LOOK_MS : whole === undefined ? undefined : Date.now() - killedAt;
  const wait = kill.priority === OWNER ? 0 : masterDownMs(kill.priority);
  const adverts = (): number[] => capture.all(advertBy(VRID)).map(({ at }) => at / 1e3);
  const goneAt = monitor.events().find((event) => !event.added && event.address === VIP)?.at;
  monitor.stop();
  // The next advert of a director that went on, or the first one of its successor.
  const since = goneAt === undefined ? killedAt : goneAt / 1e3;
  if (whole !== undefined) await within(BACK_MS + wait, () => adverts().some((at) => at > since));
  const times = adverts();
  const first = times.find((at) => at > since);
  return {
    held,
    supervised,
    goneMs: goneAt === undefined ? undefined : goneAt / 1e3 - killedAt,
    supervisedMs,
    runsMs: whole === undefined || first === undefined ? undefined : first - killedAt - (goneAt === undefined ? 0 : wait),
    longestGapMs: Math.max(...times.slice(1).map((at, i) => (at > killedAt ? at - (times[i] ?? at) : 0)), 0),
  };
}

/** @returns milliseconds until it was true, or undefined when it was not in time */
async function within(ms: number, probe: () => boolean): Promise<number | undefined> {
  const start = performance.now();
  for (;;) {
    if (probe()) return performance.now() - start;
    if (performance.now() - start > ms) return undefined;
    await sleep(10);
  }
}
