import type { Draft, InstanceDraft, SyncGroupDraft, TrackersDraft, TrackScriptDraft } from "../drafts.ts";
import { readBlock } from "../keyword.ts";
import type { Reader } from "../keyword.ts";
import { VRRP_SYNC_GROUP } from "../keywords/sync-group.ts";
import { VRRP_SCRIPT } from "../keywords/track.ts";
import { VRRP_INSTANCE } from "../keywords/vrrp-instance.ts";
import { alreadyDefined } from "./shared.ts";

function noTrackers(): TrackersDraft {
  return { trackInterfaces: [], trackScripts: [], trackFiles: [], trackProcesses: [], trackBfds: [] };
}

export const readInstance: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at, more] = statement.words;
  if (at === undefined || more !== undefined) return reading.problem("general-error", "vrrp_instance must have a name", more ?? keyword);
  const known = draft.instances.find(({ name }) => name === at.text);
  if (known !== undefined) reading.problem("general-error", `vrrp instance ${at.text} already defined`, at, alreadyDefined(known));
  const instance: InstanceDraft = {
    at,
    name: at.text,
    useVmacAddr: false,
    vmacXmitBase: false,
    priorityInvalid: false,
    nopreempt: false,
    trackSrcIp: false,
    unicastPeers: [],
    unicastFaultNoPeer: false,
    checkUnicastSrc: false,
    addresses: [],
    excluded: [],
    noVirtualIpaddress: false,
    promoteSecondaries: false,
    onDeleted: "release",
    routes: [],
    rules: [],
    garp: {},
    garpExtra: [],
    holdIfFiltered: false,
    // Wherever it stands in the block: it decides what the lines before it may say.
    ...((statement.block ?? []).some(({ words }) => words[0]?.text === "dual_stack") ? { dualStack: true, family: 4 } : { dualStack: false }),
    debug: 0,
    trackPrimary: true,
    linkbeatUsePolling: false,
    ...noTrackers(),
    notify: { notifyDeleted: false },
  };
  // The second of a name is read for its errors and then forgotten.
  if (known === undefined) draft.instances.push(instance);
  reading.inBlock("vrrp_instance", at.text, () => readBlock(reading, VRRP_INSTANCE, instance, statement.block ?? []));
};

export const readSyncGroup: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at, more] = statement.words;
  if (at === undefined || more !== undefined) return reading.problem("general-error", "vrrp_sync_group must have a name - skipping", more ?? keyword);
  const known = draft.syncGroups.find(({ name }) => name === at.text);
  if (known !== undefined) reading.problem("general-error", `vrrp sync group ${at.text} already defined`, at, alreadyDefined(known));
  const group: SyncGroupDraft = { at, name: at.text, ...noTrackers(), notify: { notifyDeleted: false }, trackingWeight: false };
  if (known === undefined) draft.syncGroups.push(group);
  reading.inBlock("vrrp_sync_group", at.text, () => readBlock(reading, VRRP_SYNC_GROUP, group, statement.block ?? []));
};

export const readTrackScript: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const script: TrackScriptDraft = { at, name: at.text, rise: 1, fall: 1, weight: 0, reverse: false };
  reading.inBlock("vrrp_script", at.text, () => readBlock(reading, VRRP_SCRIPT, script, statement.block ?? []));
  if (script.script === undefined) return reading.problem("general-error", `No script set for vrrp_script ${at.text} - removing`, at, { code: "incomplete-block", remedy: "write 'script' and the command in it" });
  const known = draft.scripts.find(({ name }) => name === at.text);
  if (known !== undefined) return reading.problem("general-error", `Script ${at.text} already defined`, at, alreadyDefined(known));
  draft.scripts.push(script);
};
