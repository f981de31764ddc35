import type { Draft, InstanceDraft, SyncGroupDraft, TrackDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import type { SyncGroup, VrrpInstance } from "./model.ts";
import { nearest } from "./nearest.ts";
import type { Context } from "./resolve-context.ts";
import { resolveTrackers } from "./resolve-tracking.ts";
import type { ResolvedTrackers } from "./resolve-tracking.ts";

const OWNER_PRIORITY = 255;

/** The sync groups, and the instances with what membership does to their trackers. */
export function resolveSyncGroups(context: Context, all: Draft, instances: readonly VrrpInstance[]): { groups: SyncGroup[]; members: VrrpInstance[] } {
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const taken = new Map<string, SyncGroup>();
  const written: Written = { instances: new Map(all.instances.map(({ name, at }) => [name, at])), members: new Map() };
  const groups = all.syncGroups.flatMap((draft) => {
    const members = resolveMembers(context, draft, byName, written);
    if (members === undefined) return [];
    const owner = members.some(({ priority }) => priority === OWNER_PRIORITY);
    const trackers = resolveTrackers(context, draft.name, draft);
    const group: SyncGroup = {
      name: draft.name,
      members: members.map(({ name }) => name),
      ...(owner ? withoutOwnWeights(context, draft, trackers) : trackers),
      syncGroupTrackingWeight: draft.trackingWeight,
    };
    for (const member of members) reportOwnInterface(context, member, group, draft.at);
    for (const { name } of members) taken.set(name, group);
    return [group];
  });
  return { groups, members: instances.map((instance) => withoutWeights(context, instance, taken.get(instance.name), byName, all.instances.find(({ name }) => name === instance.name))) };
}

/** Where names stand in the text. */
interface Written {
  /** The blocks of the instances, unusable ones included. */
  readonly instances: ReadonlyMap<string, Word>;
  /** Members in the group that has them. */
  readonly members: Map<string, Word>;
}

/** Undefined, after a message, when the group has no member. */
function resolveMembers({ reading }: Context, draft: SyncGroupDraft, byName: ReadonlyMap<string, VrrpInstance>, written: Written): VrrpInstance[] | undefined {
  const { name, at, members: words = [] } = draft;
  if (words.length === 0) {
    reading.problem("general-error", `Sync group ${name} has no virtual router(s). removing`, at, { code: "incomplete-block", remedy: "write a 'group { ... }' block with the names of its instances" });
    return undefined;
  }
  const members = new Map<string, VrrpInstance>();
  for (const word of words) {
    const instance = byName.get(word.text);
    if (instance === undefined) {
      const unusable = written.instances.get(word.text);
      reading.problem("general-error", `Virtual router ${word.text} specified in sync group ${name} doesn't exist - ignoring`, word, {
        code: "unknown-name",
        remedy: unusable === undefined ? "name a vrrp_instance of this configuration, or remove the line" : "mend the instance; the group then has its member",
        related: [{ at: unusable, note: "it is here, and cannot be used as it stands" }],
        ...nearest(word.text, byName.keys()),
      });
    } else if (written.members.has(word.text)) {
      reading.problem("general-error", `Virtual router ${word.text} cannot exist in more than one sync group; ignoring ${name}`, word, {
        code: "duplicate-entry",
        remedy: "leave it in one group",
        related: [{ at: written.members.get(word.text), note: "it is a member already here" }],
      });
    } else {
      written.members.set(word.text, word);
      members.set(word.text, instance);
    }
  }
  const found = [...members.values()];
  if (found.length === 0) {
    reading.problem("general-error", `Sync group ${name}, no matching virtual router found in group declaration - removing`, at, { code: "incomplete-block", remedy: "mend the names of its members" });
    return undefined;
  }
  if (found.length === 1) reading.problem("general-error", `Sync group ${name} has only 1 virtual router(s) - this probably isn't what you want`, at, { remedy: "name every instance that is to change state with it; alone it needs no group" });
  const owners = found.filter(({ priority }) => priority === OWNER_PRIORITY).length;
  if (owners > 0 && owners < found.length) {
    reading.problem("general-error", `Sync group ${name} has some member(s) as address owner and some not as address owner. This won't work.`, at, { code: "contradiction", remedy: "give all members priority 255, or none" });
  }
  return found;
}

/** Where one member owns its addresses no weight of the group can mean anything. */
function withoutOwnWeights({ reading }: Context, { name, at }: SyncGroupDraft, trackers: ResolvedTrackers): ResolvedTrackers {
  const zero = <T extends { readonly weight: number }>(list: readonly T[], what: string, nameOf: (tracked: T) => string, end: string): T[] =>
    list.map((tracked) => {
      if (tracked.weight === 0) return tracked;
      reading.problem("general-error", `(${name}) Cannot have weighted track ${what} '${nameOf(tracked)}' with member having priority ${OWNER_PRIORITY} - ${end}`, at);
      return { ...tracked, weight: 0 };
    });
  const byName = (tracked: { readonly name: string }) => tracked.name;
  return {
    trackInterfaces: zero(trackers.trackInterfaces, "interface", (tracked) => tracked.interface, "clearing weight"),
    trackScripts: zero(trackers.trackScripts, "script", (tracked) => tracked.script, "clearing weight"),
    trackFiles: zero(trackers.trackFiles, "file", byName, "setting weight 0"),
    trackProcesses: zero(trackers.trackProcesses, "process", byName, "setting weight 0"),
    trackBfds: zero(trackers.trackBfds, "bfd", byName, "setting weight 0"),
  };
}

function reportOwnInterface({ reading }: Context, { name, interface: own }: VrrpInstance, { trackInterfaces }: SyncGroup, at: Word): void {
  if (!trackInterfaces.some((tracked) => tracked.interface === own)) return;
  reading.problem("general-error", `(${name}) track_interface ${own} is configured on VRRP instance and sync group. Remove vrrp instance or sync group config`, at);
}

/**
 * In a group, weights would move members apart: without `sync_group_tracking_weight` weighted scripts, files and BFD are
 * dropped from the members and weighted interfaces become plain ones. In a group with an owner no weight counts at all.
 */
function withoutWeights(context: Context, instance: VrrpInstance, group: SyncGroup | undefined, byName: ReadonlyMap<string, VrrpInstance>, draft: InstanceDraft | undefined): VrrpInstance {
  if (group === undefined) return instance;
  const owner = group.members.some((name) => byName.get(name)?.priority === OWNER_PRIORITY);
  if (group.syncGroupTrackingWeight && !owner) return instance;
  const zero = <T extends { readonly weight: number }>(list: readonly T[]): T[] => list.map((tracked) => ({ ...tracked, weight: 0 }));
  if (group.syncGroupTrackingWeight) {
    const { trackInterfaces, trackScripts, trackFiles, trackProcesses, trackBfds } = instance;
    return {
      ...instance,
      trackInterfaces: zero(trackInterfaces),
      trackScripts: zero(trackScripts),
      trackFiles: zero(trackFiles),
      trackProcesses: zero(trackProcesses),
      trackBfds: zero(trackBfds),
    };
  }
  return { ...instance, ...withoutMemberWeights(context, instance, draft) };
}

/** keepalived's treatment of each kind, which differs; tracked processes keep their weights. */
function withoutMemberWeights({ reading }: Context, instance: VrrpInstance, draft: InstanceDraft | undefined): Pick<VrrpInstance, "trackInterfaces" | "trackScripts" | "trackFiles" | "trackBfds"> {
  const say = (message: string, list: readonly TrackDraft[] | undefined, name: string): void => {
    const at = list?.find((entry) => entry.name === name)?.at ?? draft?.at;
    reading.problem("general-error", `(${instance.name}) ${message}`, at, { remedy: "write 'weight 0' here, or track it in the sync group" });
  };
  const unweighted = (what: string, list: readonly TrackDraft[] | undefined, { name, weight }: { readonly name: string; readonly weight: number }): boolean => {
    if (weight !== 0) say(`ignoring tracked ${what} ${name} with weight ${weight} due to SYNC group`, list, name);
    return weight === 0;
  };
  return {
    trackInterfaces: instance.trackInterfaces.map((tracked) => {
      if (tracked.weight !== 0) say(`ignoring ${tracked.interface} tracked interface weight due to SYNC group`, draft?.trackInterfaces, tracked.interface);
      return { ...tracked, weight: 0 };
    }),
    trackScripts: instance.trackScripts.filter(({ script, weight }) => {
      if (weight !== 0) say(`ignoring tracked script ${script} with weights due to SYNC group`, draft?.trackScripts, script);
      return weight === 0;
    }),
    trackFiles: instance.trackFiles
      .map((tracked) => {
        // The weight that nobody wrote.
        if (tracked.weight !== 1) return tracked;
        say(`ignoring weight from tracked file ${tracked.name} due to SYNC group. specify weight 0`, draft?.trackFiles, tracked.name);
        return { ...tracked, weight: 0 };
      })
      .filter((tracked) => unweighted("file", draft?.trackFiles, tracked)),
    trackBfds: instance.trackBfds.filter((tracked) => unweighted("bfd", draft?.trackBfds, tracked)),
  };
}
