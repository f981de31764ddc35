import type { SyncGroupDraft } from "./drafts.ts";
import type { SyncGroup, VrrpInstance } from "./model.ts";
import type { Context } from "./resolve-vrrp.ts";
import { resolveTrackedInterfaces, resolveTrackedScripts } from "./resolve-vrrp.ts";

/** The sync groups, and the instances with what membership does to their trackers. */
export function resolveSyncGroups(context: Context, drafts: readonly SyncGroupDraft[], instances: readonly VrrpInstance[]): { groups: SyncGroup[]; members: VrrpInstance[] } {
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  const taken = new Map<string, SyncGroup>();
  const groups = drafts.flatMap((draft) => {
    const members = resolveMembers(context, draft, byName, taken);
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

/** Undefined, after a message, when the group has no member. */
function resolveMembers({ reading }: Context, draft: SyncGroupDraft, byName: ReadonlyMap<string, VrrpInstance>, taken: ReadonlyMap<string, SyncGroup>): VrrpInstance[] | undefined {
  const { name, at, members: words = [] } = draft;
  if (words.length === 0) {
    reading.problem("general-error", `Sync group ${name} has no virtual router(s). removing`, at);
    return undefined;
  }
  const members = new Map<string, VrrpInstance>();
  for (const word of words) {
    const instance = byName.get(word.text);
    if (instance === undefined) {
      reading.problem("general-error", `Virtual router ${word.text} specified in sync group ${name} doesn't exist - ignoring`, word);
    } else if (taken.has(word.text) || members.has(word.text)) {
      reading.problem("general-error", `Virtual router ${word.text} cannot exist in more than one sync group; ignoring ${name}`, word);
    } else {
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
