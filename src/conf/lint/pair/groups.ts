import { pairRule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { SyncGroup } from "../../model.ts";
import { usualPriority, weightsOf } from "../tracked.ts";
import { list } from "../words.ts";
import { matchInstances } from "./matching.ts";

type Code = "pair-group-differs" | "pair-group-split";

/** Sync groups of the two directors. */
export const PAIR_GROUPS = pairRule<Code>({
  subject: "The pair: sync groups",
  codes: {
    "pair-group-differs": {
      severity: "warning",
      title: "different sync groups",
      explanation:
        "Instances that move together on one director do not on the other: after a takeover they can end up on different directors, and what was meant to stay together (an inner and an outer address, IPv4 and IPv6) is split.",
    },
    "pair-group-split": {
      severity: "error",
      title: "members of a group that prefer different directors",
      explanation:
        "Of one sync group some members have the higher priority here and some there. A group becomes MASTER only when all its members want to, so each director waits for the other, or both keep taking over from each other. All members of a group must have the higher priority on the same director.",
    },
  },
  find: (first, second) => [...membership(first, second), ...splits(first, second)],
});

/** Members by what adverts say, since names may differ. */
function routersOf(file: LintedFile, group: SyncGroup): string[] {
  return group.members
    .flatMap((name) => file.config.vrrp.instances.find((instance) => instance.name === name) ?? [])
    .map(({ family, vrid }) => `IPv${family} virtual router ${vrid}`)
    .sort();
}

function* membership(first: LintedFile, second: LintedFile): Generator<Found<Code>, void> {
  for (const [here, there] of [[first, second], [second, first]] as const) {
    const others = there.config.vrrp.syncGroups.map((group) => ({ group, routers: routersOf(there, group) }));
    for (const group of here.config.vrrp.syncGroups) {
      const routers = routersOf(here, group);
      if (others.some((other) => other.routers.join() === routers.join())) continue;
      const nearest = others.find((other) => other.routers.some((router) => routers.includes(router)));
      if (nearest !== undefined && here === second) continue; // said from the other side
      yield {
        code: "pair-group-differs",
        at: here.outline.named("vrrp_sync_group", group.name)?.place(1) ?? here.outline.top,
        reason: nearest === undefined ? `${group.name} has no counterpart in ${there.path}` : `${group.name} has ${list(routers)} here and ${list(nearest.routers)} there`,
        remedy: "write the same sync groups on both",
        related: nearest === undefined ? [] : [there.outline.named("vrrp_sync_group", nearest.group.name)?.related("the other director's", 1)].filter((place) => place !== undefined),
      };
    }
  }
}

function* splits(first: LintedFile, second: LintedFile): Generator<Found<Code>, void> {
  const { pairs } = matchInstances(first, second);
  for (const group of first.config.vrrp.syncGroups) {
    const members = pairs.filter(([half]) => group.members.includes(half.instance.name));
    const lead = members.map(([a, b]) => usualPriority(a.instance, weightsOf(a.file, a.instance)) - usualPriority(b.instance, weightsOf(b.file, b.instance)));
    const names = (wanted: (difference: number) => boolean): string[] => members.flatMap(([half], i) => (wanted(lead[i] ?? 0) ? [half.instance.name] : []));
    const [here, there] = [names((difference) => difference > 0), names((difference) => difference < 0)];
    if (here.length === 0 || there.length === 0) continue;
    yield {
      code: "pair-group-split",
      at: first.outline.named("vrrp_sync_group", group.name)?.place(1) ?? first.outline.top,
      reason: `${group.name}: ${list(here)} prefer this director and ${list(there)} the other`,
      remedy: "give all members of the group the higher priority on the same director",
      related: there.flatMap((name) => first.outline.instance(name)?.last("priority")?.related(`${name} has the lower priority here`, 1) ?? []),
    };
  }
}
