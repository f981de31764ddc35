import type { BfdDraft, Draft, GarpGroupDraft, TrackFileDraft, TrackGroupDraft, TrackProcessDraft } from "../drafts.ts";
import { readBlock } from "../keyword.ts";
import type { Reader } from "../keyword.ts";
import { BFD_INSTANCE } from "../keywords/bfd.ts";
import { GARP_GROUP, TRACK_GROUP } from "../keywords/interfaces.ts";
import { TRACK_FILE, TRACK_PROCESS } from "../keywords/track.ts";
import { alreadyDefined } from "./shared.ts";

// The blocks of the top level, instances and sync groups aside, that VRRP is made of.

/** `track_file NAME`, `vrrp_track_file NAME`. */
export const readTrackFile: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const file: TrackFileDraft = { at, name: at.text, reverse: false };
  reading.inBlock("track_file", at.text, () => readBlock(reading, TRACK_FILE, file, statement.block ?? []));
  if (file.file === undefined) return reading.problem("general-error", `No file set for track_file ${at.text} - ignoring`, at);
  const known = draft.trackFiles.find(({ name }) => name === at.text);
  if (known !== undefined) return reading.problem("general-error", `track_file ${at.text} already defined`, at, alreadyDefined(known));
  draft.trackFiles.push(file);
};

/** `vrrp_track_process NAME`. */
export const readTrackProcess: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const process: TrackProcessDraft = {
    at,
    name: at.text,
    parameters: [],
    weight: 0,
    reverse: false,
    quorum: 1,
    terminateDelayUs: 0,
    forkDelayUs: 0,
    fullCommand: false,
  };
  reading.inBlock("vrrp_track_process", at.text, () => readBlock(reading, TRACK_PROCESS, process, statement.block ?? []));
  if (process.process === undefined) return reading.problem("general-error", `track process '${at.text}' process name not specified`, at);
  const known = draft.trackProcesses.find(({ name }) => name === at.text);
  if (known !== undefined) return reading.problem("general-error", `vrrp track process ${at.text} already defined`, at, alreadyDefined(known));
  if (process.quorumMax !== undefined && process.quorumMax > 0 && process.quorumMax < process.quorum) {
    reading.problem("general-error", "quorum_max is less than quorum - ignoring", at);
    delete process.quorumMax;
  }
  draft.trackProcesses.push(process);
};

export const readTrackGroup: Reader<Draft> = (reading, draft, statement) => {
  const [keyword, at] = statement.words;
  if (at === undefined) return reading.problem("general-error", "track_group must have a name - skipping", keyword);
  const known = draft.trackGroups.find(({ name }) => name === at.text);
  if (known !== undefined) reading.problem("general-error", `track_group ${at.text} already defined`, at, alreadyDefined(known));
  const group: TrackGroupDraft = { at, name: at.text, members: [] };
  if (known === undefined) draft.trackGroups.push(group);
  reading.inBlock("track_group", at.text, () => readBlock(reading, TRACK_GROUP, group, statement.block ?? []));
};

export const readGarpGroup: Reader<Draft> = (reading, draft, statement) => {
  const [at] = statement.words;
  if (at === undefined) return;
  const group: GarpGroupDraft = { at, interfaces: [] };
  reading.inBlock("garp_group", "", () => readBlock(reading, GARP_GROUP, group, statement.block ?? []));
  if (group.garpIntervalUs !== undefined || group.gnaIntervalUs !== undefined) return void draft.garpGroups.push(group);
  reading.problem("general-error", `garp group ${draft.garpGroups.length} does not have any delay set - removing`, at);
};

/** Of a BFD instance. */
const LONGEST_NAME = 31;

export const readBfdInstance: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const bfd: BfdDraft = { at, name: at.text, unusable: false, passive: false, multihop: false, weight: 0, reverse: false, vrrp: false, checker: false };
  reading.inBlock("bfd_instance", at.text, () => readBlock(reading, BFD_INSTANCE, bfd, statement.block ?? []));
  if (Buffer.byteLength(at.text) > LONGEST_NAME) {
    return reading.problem("general-error", `Configuration error: BFD instance ${at.text} name too long (maximum length is ${LONGEST_NAME} characters) - ignoring`, at);
  }
  const known = draft.bfds.find(({ name }) => name === at.text);
  if (known !== undefined) return reading.problem("general-error", `Configuration error: BFD instance ${at.text} already configured - ignoring`, at, alreadyDefined(known));
  draft.bfds.push(bfd);
};
