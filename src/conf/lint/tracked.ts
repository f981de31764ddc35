import type { LintedFile } from "./input.ts";
import type { VrrpInstance } from "../model.ts";
import type { Entry } from "./outline.ts";

// Weights as the rules about elections need them: which sums a priority can reach.

/** One thing whose state moves a priority. */
export interface Weight {
  /** `track_script` and its like. */
  readonly keyword: string;
  readonly name: string;
  readonly weight: number;
  readonly reverse: boolean;
  /** A file's value multiplies it, so that any sum is possible. */
  readonly anyValue: boolean;
}

const LOWEST = 1;
const HIGHEST = 254;
export const OWNER = 255;

/** A priority never leaves 1..254 by weights. */
export function clamp(priority: number): number {
  return Math.min(HIGHEST, Math.max(LOWEST, priority));
}

/** What an instance is tracked by, its sync group's trackers included; only what has a weight. */
export function weightsOf(file: LintedFile, instance: VrrpInstance): Weight[] {
  const { syncGroups } = file.config.vrrp;
  const trackers = [instance, ...syncGroups.filter(({ members }) => members.includes(instance.name))];
  const weights = trackers.flatMap((tracker): Weight[] => [
    ...tracker.trackInterfaces.map(({ interface: name, weight, reverse }) => ({ keyword: "track_interface", name, weight, reverse, anyValue: false })),
    ...tracker.trackScripts.map(({ script, weight, reverse }) => ({ keyword: "track_script", name: script, weight, reverse, anyValue: false })),
    ...tracker.trackFiles.map((tracked) => ({ ...tracked, keyword: "track_file", anyValue: true })),
    ...tracker.trackProcesses.map((tracked) => ({ ...tracked, keyword: "track_process", anyValue: false })),
    ...tracker.trackBfds.map((tracked) => ({ ...tracked, keyword: "track_bfd", anyValue: false })),
  ]);
  return weights.filter(({ weight }) => weight !== 0);
}

/** Every priority, before the limits, that some combination of tracked things being up and down leads to. */
export function reachableSums(base: number, weights: readonly Weight[]): ReadonlySet<number> {
  let sums = new Set([base]);
  for (const { weight, anyValue } of weights) {
    if (anyValue) return new Set(Array.from({ length: HIGHEST }, (_, i) => LOWEST + i));
    sums = new Set([...sums].flatMap((sum) => [sum, sum + weight]));
  }
  return sums;
}

/** With everything as it should be: interfaces up, scripts succeeding. */
export function usualPriority({ priority }: VrrpInstance, weights: readonly Weight[]): number {
  if (priority === OWNER) return OWNER;
  const added = weights.filter(({ weight, reverse, anyValue }) => !anyValue && weight > 0 !== reverse);
  return clamp(added.reduce((sum, { weight }) => sum + weight, priority));
}

/** Every effective priority that the instance can have. */
export function priorities(instance: VrrpInstance, weights: readonly Weight[]): ReadonlySet<number> {
  if (instance.priority === OWNER) return new Set([OWNER]);
  return new Set([...reachableSums(instance.priority, weights)].map(clamp));
}

/** The line that tracks `name`, in the instance or in its group. */
export function trackerEntry(file: LintedFile, instance: string, keyword: string, name: string): Entry | undefined {
  const { outline, config } = file;
  const group = config.vrrp.syncGroups.find(({ members }) => members.includes(instance));
  const blocks = [outline.instance(instance), group && outline.named("vrrp_sync_group", group.name)];
  return blocks.flatMap((block) => block?.all(keyword) ?? []).flatMap(({ entries }) => entries).find((entry) => entry.keyword === name);
}
