import type { Draft, InstanceDraft, SyncGroupDraft, TrackScriptDraft } from "../drafts.ts";
import type { Word } from "../grammar.ts";
import { readBlock } from "../keyword.ts";
import type { Reader } from "../keyword.ts";
import { VRRP_SYNC_GROUP } from "../keywords/sync-group.ts";
import { VRRP_SCRIPT } from "../keywords/track.ts";
import { VRRP_INSTANCE } from "../keywords/vrrp-instance.ts";
import type { Advice } from "../reading.ts";

/** Of the second block of a name, which is dropped. */
function alreadyDefined(first: { readonly at: Word }): Advice {
  return { code: "duplicate-name", remedy: "give one of the two another name; this one is not used", related: [{ at: first.at, note: "the first one is here" }] };
}

export const readInstance: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at] = statement.words;
  if (at === undefined) return reading.problem("general-error", "vrrp_instance must have a name", keyword);
  const known = draft.instances.find(({ name }) => name === at.text);
  if (known !== undefined) reading.problem("general-error", `vrrp instance ${at.text} already defined`, at, alreadyDefined(known));
  const instance: InstanceDraft = {
    at,
    name: at.text,
    priorityInvalid: false,
    nopreempt: false,
    addresses: [],
    excluded: [],
    garp: {},
    trackPrimary: true,
    trackInterfaces: [],
    trackScripts: [],
    notify: { notifyDeleted: false },
  };
  // The second of a name is read for its errors and then forgotten.
  if (known === undefined) draft.instances.push(instance);
  reading.inBlock("vrrp_instance", at.text, () => readBlock(reading, VRRP_INSTANCE, instance, statement.block ?? []));
};

export const readSyncGroup: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at] = statement.words;
  if (at === undefined) return reading.problem("general-error", "vrrp_sync_group must have a name - skipping", keyword);
  const known = draft.syncGroups.find(({ name }) => name === at.text);
  if (known !== undefined) reading.problem("general-error", `vrrp sync group ${at.text} already defined`, at, alreadyDefined(known));
  const group: SyncGroupDraft = { at, name: at.text, trackInterfaces: [], trackScripts: [], notify: { notifyDeleted: false }, trackingWeight: false };
  if (known === undefined) draft.syncGroups.push(group);
  reading.inBlock("vrrp_sync_group", at.text, () => readBlock(reading, VRRP_SYNC_GROUP, group, statement.block ?? []));
};

export const readTrackScript: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const script: TrackScriptDraft = { at, name: at.text, rise: 1, fall: 1, weight: 0, reverse: false };
  reading.inBlock("vrrp_script", at.text, () => readBlock(reading, VRRP_SCRIPT, script, statement.block ?? []));
  if (script.script === undefined) return reading.problem("general-error", `No script set for vrrp_script ${at.text} - removing`, at);
  const known = draft.scripts.find(({ name }) => name === at.text);
  if (known !== undefined) return reading.problem("general-error", `Script ${at.text} already defined`, at, alreadyDefined(known));
  draft.scripts.push(script);
};
