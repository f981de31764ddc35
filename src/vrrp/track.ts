import type { ScriptExit } from "../base/ports.ts";
import type { SyncGroup, TrackedInterface, TrackedObject, TrackedScript, TrackScript, VrrpInstance } from "../conf/model.ts";
import { PRIORITY_OWNER } from "./advert.ts";
import { addressesOf } from "./placement.ts";
import type { Contribution } from "./priority.ts";

/** A track script's memory: keepalived's counter 0..rise+fall-1, up from `rise` on. */
export interface ScriptState {
  readonly counter: number;
  /** Has reported at least once. */
  readonly hasRun: boolean;
  /** What it last exited with; a signal or time-out is negative. For "now returning". */
  readonly lastCode: number | undefined;
}

/** One result decides after the start: the counter stands right below up, and a failure there is down at once. */
export function newScriptState(script: TrackScript): ScriptState {
  return { counter: script.rise - 1, hasRun: false, lastCode: undefined };
}

export function scriptIsUp(script: TrackScript, state: ScriptState): boolean {
  return state.counter >= script.rise;
}

/** The counter after one result, exactly keepalived's rule. */
export function countResult(script: TrackScript, counter: number, ok: boolean): number {
  const { rise, fall } = script;
  if (ok) return counter < rise - 1 ? counter + 1 : rise + fall - 1;
  if (counter <= rise) return 0; // down, or the last failure that is needed: one failure undoes a partial rise
  return counter - 1;
}

export interface ScriptStep {
  readonly state: ScriptState;
  readonly lines: readonly string[];
}

/** What one run of a track script means, with keepalived's log lines. */
export function judgeScript(script: TrackScript, before: ScriptState, exit: ScriptExit): ScriptStep {
  const ok = exit.type === "exited" && exit.code === 0;
  const code = codeOf(exit);
  const state: ScriptState = { counter: countResult(script, before.counter, ok), hasRun: true, lastCode: code };
  const lines: string[] = [];
  if (before.lastCode !== undefined && before.lastCode !== code && exit.type === "exited") {
    lines.push(`Script \`${script.name}\` now returning ${code}`);
  }
  const up = scriptIsUp(script, state);
  if (!before.hasRun || up !== scriptIsUp(script, before)) {
    lines.push(up ? `VRRP_Script(${script.name}) succeeded` : `VRRP_Script(${script.name}) ${failure(exit)}`);
  }
  return { state, lines };
}

function codeOf(exit: ScriptExit): number {
  if (exit.type === "exited") return exit.code;
  return exit.type === "signalled" ? -exit.signal : -1;
}

function failure(exit: ScriptExit): string {
  switch (exit.type) {
    case "exited":
      return `failed (exited with status ${exit.code})`;
    case "signalled":
      return `failed (due to signal ${exit.signal})`;
    case "timedOut":
      return "timed_out";
    case "failed":
      return `failed (${exit.reason})`;
  }
}

/** What an instance tracks: its own trackers and its sync group's, interfaces that it stands on included. */
export interface Trackers {
  readonly interfaces: readonly TrackedInterface[];
  readonly scripts: readonly TrackedScript[];
  readonly files: readonly TrackedObject[];
  readonly processes: readonly TrackedObject[];
  readonly bfds: readonly TrackedObject[];
}

/**
 * Joins an instance's trackers with its group's by keepalived's rules: in a group, members lose their weighted scripts
 * and their weighted interfaces become a matter of FAULT, unless `sync_group_tracking_weight`; with an owner among the
 * members the group's own weights are zeroed too.
 *
 * @param followed interfaces of what is static and names a `track_group` that the instance is in
 */
export function trackersOf(instance: VrrpInstance, group: SyncGroup | undefined, ownerInGroup: boolean, followed: readonly string[] = []): Trackers {
  const implied = impliedInterfaces(instance, followed);
  const files = [...instance.trackFiles, ...(group?.trackFiles ?? [])];
  const processes = [...instance.trackProcesses, ...(group?.trackProcesses ?? [])];
  const bfds = [...instance.trackBfds, ...(group?.trackBfds ?? [])];
  if (group === undefined) {
    return { interfaces: merge([...instance.trackInterfaces, ...implied]), scripts: instance.trackScripts, files, processes, bfds };
  }
  const keepWeights = group.syncGroupTrackingWeight && !ownerInGroup;
  const weigh = <T extends { readonly weight: number }>(keep: boolean, items: readonly T[]): T[] =>
    items.map((item) => (keep ? item : { ...item, weight: 0 }));
  const ownScripts = keepWeights ? instance.trackScripts : instance.trackScripts.filter((s) => s.weight === 0);
  return {
    interfaces: merge([
      ...weigh(keepWeights, instance.trackInterfaces),
      ...weigh(!ownerInGroup, group.trackInterfaces),
      ...implied,
    ]),
    scripts: [...ownScripts, ...weigh(!ownerInGroup, group.trackScripts)],
    // What a group makes of their weights the loader has settled.
    files,
    processes,
    bfds,
  };
}

/**
 * The own interface unless `dont_track_primary`, and unless `no_track` the devices of virtual addresses, routes and rules,
 * the incoming and the outgoing ones.
 */
function impliedInterfaces(instance: VrrpInstance, followed: readonly string[]): TrackedInterface[] {
  const names = new Set<string>();
  if (instance.trackPrimary && instance.interface !== "") names.add(instance.interface);
  const follow = (name: string | undefined, track: boolean): void => {
    if (track && name !== undefined && name !== instance.interface) names.add(name);
  };
  for (const vip of addressesOf(instance)) follow(vip.interface, vip.track);
  for (const route of instance.virtualRoutes) follow(route.interface, route.track);
  for (const rule of instance.virtualRules) for (const name of [rule.iif, rule.oif]) follow(name, rule.track);
  for (const name of followed) follow(name, true);
  return [...names].map((name) => ({ interface: name, weight: 0, reverse: false }));
}

/** An interface that was written down with a weight is not also a matter of FAULT because it is implied. */
function merge(interfaces: readonly TrackedInterface[]): TrackedInterface[] {
  const byName = new Map<string, TrackedInterface>();
  for (const tracked of interfaces) {
    if (!byName.has(tracked.interface)) byName.set(tracked.interface, tracked);
  }
  return [...byName.values()];
}

/** Anyone in the group, the instance included, that owns its addresses. */
export function hasOwner(members: readonly VrrpInstance[]): boolean {
  return members.some((member) => member.priority === PRIORITY_OWNER);
}

export interface Tracked {
  readonly contributions: readonly Contribution[];
  /** Each is one reason for FAULT. */
  readonly faults: readonly Fault[];
  /** Unweighted scripts that have not reported yet: the instance waits in INIT. */
  readonly pending: readonly string[];
}

export interface Fault {
  /** One phrase, e.g. "interface eth0 down"; identifies the reason. */
  readonly reason: string;
  /** keepalived's line when this is found at start or reload. */
  readonly startLine: string;
  /** What is told to enter and leave FAULT while running, e.g. "tracked file load"; undefined: other lines tell it. */
  readonly subject?: string;
}

/** The number in a tracked file; "absent": its directory does not exist, and it does not count. */
export type FileValue = number | "absent";

/** What the tracked objects say now; undefined: nothing yet. */
export interface TrackSources {
  readonly interfaceUp: (interfaceName: string) => boolean;
  readonly scriptUp: (script: string) => boolean | undefined;
  readonly fileValue: (file: string) => FileValue | undefined;
  readonly processUp: (process: string) => boolean | undefined;
  /** False before anything was heard of it, as with keepalived: BFD begins down. */
  readonly bfdUp: (bfdInstance: string) => boolean;
}

/** What one tracker makes of what its object says. */
type Judgement = { readonly pending: string } | { readonly contribution: Contribution } | { readonly fault: Fault } | undefined;

/** What the trackers say now. Weight 0: down (up with `reverse`) is a FAULT. Every reason counts by itself. */
export function evaluate(name: string, trackers: Trackers, sources: TrackSources): Tracked {
  const judged = [
    ...trackers.interfaces.map((tracked) => judgeInterface(name, tracked, sources)),
    ...trackers.scripts.map((tracked) => judgeTrackedScript(name, tracked, sources)),
    ...trackers.files.map((tracked) => judgeFile(name, tracked, sources)),
    ...trackers.processes.map((tracked) => judgeProcess(name, tracked, sources)),
    ...trackers.bfds.map((tracked) => judgeBfd(name, tracked, sources)),
  ];
  return {
    contributions: judged.flatMap((one) => (one !== undefined && "contribution" in one ? [one.contribution] : [])),
    faults: judged.flatMap((one) => (one !== undefined && "fault" in one ? [one.fault] : [])),
    pending: judged.flatMap((one) => (one !== undefined && "pending" in one ? [one.pending] : [])),
  };
}

function judgeInterface(name: string, { interface: link, weight, reverse }: TrackedInterface, { interfaceUp }: TrackSources): Judgement {
  const up = interfaceUp(link);
  const word = `interface ${link} ${up ? "up" : "down"}`;
  const good = up !== reverse;
  if (weight !== 0) return { contribution: { from: word, weight, up: good } };
  return good ? undefined : { fault: { reason: word, startLine: `(${name}): entering FAULT state (${word})` } };
}

function judgeTrackedScript(name: string, { script, weight, reverse }: TrackedScript, { scriptUp }: TrackSources): Judgement {
  const up = scriptUp(script);
  const word = `script ${script} ${up === true ? "up" : "down"}`;
  const good = (up ?? false) !== reverse;
  if (weight !== 0) return { contribution: { from: word, weight, up: good } };
  if (up === undefined) return { pending: script };
  return good ? undefined : { fault: { reason: word, startLine: `(${name}): entering FAULT state due to script ${script}` } };
}

/** Value times weight; -254 and less is a FAULT. Weight 0: any value but 0 is one (0 itself with `reverse`). */
function judgeFile(name: string, { name: file, weight, reverse }: TrackedObject, { fileValue }: TrackSources): Judgement {
  const value = fileValue(file);
  if (value === undefined) return { pending: file };
  if (value === "absent") return undefined;
  const sum = weight === 0 ? ((value !== 0) === reverse ? 0 : FILE_FAULT) : Math.min(253, value * (reverse ? -weight : weight));
  if (sum > FILE_FAULT) return { contribution: { from: `file ${file} ${value}`, weight: sum, up: sum > 0 } };
  const subject = `tracked file ${file}`;
  return { fault: { reason: `file ${file} ${value}`, startLine: `(${name}): entering FAULT state (${subject} has status ${FILE_FAULT})`, subject } };
}

const FILE_FAULT = -254;

function judgeProcess(name: string, { name: process, weight, reverse }: TrackedObject, { processUp }: TrackSources): Judgement {
  const up = processUp(process);
  if (up === undefined) return { pending: process };
  const word = `process ${process} ${up ? "up" : "down"}`;
  const good = up !== reverse;
  if (weight !== 0) return { contribution: { from: word, weight, up: good } };
  return good ? undefined : { fault: { reason: word, startLine: `(${name}) entering FAULT state (tracked process ${process} quorum not achieved)` } };
}

function judgeBfd(name: string, { name: bfd, weight, reverse }: TrackedObject, { bfdUp }: TrackSources): Judgement {
  const up = bfdUp(bfd);
  const word = `BFD instance ${bfd} ${up ? "up" : "down"}`;
  const good = up !== reverse;
  if (weight !== 0) return { contribution: { from: word, weight, up: good } };
  return good ? undefined : { fault: { reason: word, startLine: `(${name}): entering FAULT state (${word})` } };
}
