import type { Draft, InstanceDraft, SyncGroupDraft, TrackScriptDraft } from "../drafts.ts";
import { readBlock } from "../keyword.ts";
import type { Reader } from "../keyword.ts";
import { VRRP_SYNC_GROUP } from "../keywords/sync-group.ts";
import { VRRP_SCRIPT } from "../keywords/track.ts";
import { VRRP_INSTANCE } from "../keywords/vrrp-instance.ts";

export const readInstance: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at] = statement.words;
  if (at === undefined) return reading.problem("general-error", "vrrp_instance must have a name", keyword);
  const known = draft.instances.some(({ name }) => name === at.text);
  if (known) reading.problem("general-error", `vrrp instance ${at.text} already defined`, at);
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
  if (!known) draft.instances.push(instance);
  reading.inBlock("vrrp_instance", at.text, () => readBlock(reading, VRRP_INSTANCE, instance, statement.block ?? []));
};

export const readSyncGroup: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at] = statement.words;
  if (at === undefined) return reading.problem("general-error", "vrrp_sync_group must have a name - skipping", keyword);
  const known = draft.syncGroups.some(({ name }) => name === at.text);
  if (known) reading.problem("general-error", `vrrp sync group ${at.text} already defined`, at);
  const group: SyncGroupDraft = { at, name: at.text, trackInterfaces: [], trackScripts: [], notify: { notifyDeleted: false }, trackingWeight: false };
  if (!known) draft.syncGroups.push(group);
  reading.inBlock("vrrp_sync_group", at.text, () => readBlock(reading, VRRP_SYNC_GROUP, group, statement.block ?? []));
};

export const readTrackScript: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const script: TrackScriptDraft = { at, name: at.text, rise: 1, fall: 1, weight: 0, reverse: false };
  reading.inBlock("vrrp_script", at.text, () => readBlock(reading, VRRP_SCRIPT, script, statement.block ?? []));
  if (script.script === undefined) return reading.problem("general-error", `No script set for vrrp_script ${at.text} - removing`, at);
  if (draft.scripts.some(({ name }) => name === at.text)) return reading.problem("general-error", `Script ${at.text} already defined`, at);
  draft.scripts.push(script);
};
