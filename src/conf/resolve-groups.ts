import type { Draft, SyncGroupDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import type { SyncGroup, VrrpInstance } from "./model.ts";
import type { Context } from "./resolve-vrrp.ts";
import { nearest } from "./nearest.ts";
import { resolveTrackedInterfaces, resolveTrackedScripts } from "./resolve-vrrp.ts";

/** The sync groups, and the instances with what membership does to their trackers. */
export function resolveSyncGroups(context: Context, all: Draft, instances: readonly VrrpInstance[]): { groups: SyncGroup[]; members: VrrpInstance[] } {
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const taken = new Map<string, SyncGroup>();
  const written: Written = { instances: new Map(all.instances.map(({ name, at }) => [name, at])), members: new Map() };
  const groups = all.syncGroups.flatMap((draft) => {
    const members = resolveMembers(context, draft, byName, written);
    if (members === undefined) return [];
    const group: SyncGroup = {
      name: draft.name,
      members: members.map(({ name }) => name),
      trackInterfaces: resolveTrackedInterfaces(context, draft.name, draft.trackInterfaces),
      trackScripts: resolveTrackedScripts(context, draft.name, draft.trackScripts),
      syncGroupTrackingWeight: draft.trackingWeight,
    };
    for (const { name } of members) taken.set(name, group);
    return [group];
  });
  return { groups, members: instances.map((instance) => withoutWeights(instance, taken.get(instance.name), byName)) };
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
    reading.problem("general-error", `Sync group ${name} has no virtual router(s). removing`, at);
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
    reading.problem("general-error", `Sync group ${name}, no matching virtual router found in group declaration - removing`, at);
    return undefined;
  }
  if (found.length === 1) reading.problem("general-error", `Sync group ${name} has only 1 virtual router(s) - this probably isn't what you want`, at);
  const owners = found.filter(({ priority }) => priority === 255).length;
  if (owners > 0 && owners < found.length) {
    reading.problem("general-error", `Sync group ${name} has some member(s) as address owner and some not as address owner. This won't work.`, at);
  }
  return found;
}

/**
 * In a group, weights would move members apart: without `sync_group_tracking_weight` weighted scripts are dropped from
 * the members and weighted interfaces become plain ones. In a group with an owner no weight counts at all.
 */
function withoutWeights(instance: VrrpInstance, group: SyncGroup | undefined, byName: ReadonlyMap<string, VrrpInstance>): VrrpInstance {
  if (group === undefined) return instance;
  const owner = group.members.some((name) => byName.get(name)?.priority === 255);
  if (group.syncGroupTrackingWeight && !owner) return instance;
  const trackInterfaces = instance.trackInterfaces.map((tracked) => ({ ...tracked, weight: 0 }));
  if (group.syncGroupTrackingWeight) return { ...instance, trackInterfaces, trackScripts: instance.trackScripts.map((tracked) => ({ ...tracked, weight: 0 })) };
  return { ...instance, trackInterfaces, trackScripts: instance.trackScripts.filter(({ weight }) => weight === 0) };
}
