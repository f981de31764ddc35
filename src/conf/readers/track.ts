import type { InstanceDraft, SyncGroupDraft, TrackDraft } from "../drafts.ts";
import type { Statement, Word } from "../grammar.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

interface Tracker {
  readonly name: string;
  readonly trackInterfaces: TrackDraft[];
  readonly trackScripts: TrackDraft[];
}

/** A line of `track_interface`: `IFNAME [weight N [reverse]]`. */
export function readTrackInterface(reading: Reading, draft: InstanceDraft | SyncGroupDraft, statement: Statement): void {
  const entry = readEntry(reading, draft, statement, "track_interface", 254);
  if (entry === undefined) return;
  if (draft.trackInterfaces.some(({ name }) => name === entry.name)) {
    return reading.problem("general-error", `(${draft.name}) duplicate track_interface ${entry.name} - ignoring`, entry.at);
  }
  draft.trackInterfaces.push(entry);
}

/** A line of `track_script`: `NAME [weight N [reverse|noreverse]]`. */
export function readTrackScriptEntry(reading: Reading, draft: InstanceDraft | SyncGroupDraft, statement: Statement): void {
  const entry = readEntry(reading, draft, statement, "track_script", 253);
  if (entry === undefined) return;
  if (draft.trackScripts.some(({ name }) => name === entry.name)) {
    return reading.problem("general-error", `(${draft.name}) duplicate track_script ${entry.name} - ignoring`, entry.at);
  }
  draft.trackScripts.push(entry);
}

function readEntry(reading: Reading, draft: Tracker, statement: Statement, keyword: string, limit: number): TrackDraft | undefined {
  const [at, option, value, ...rest] = statement.words;
  if (at === undefined) return undefined;
  const entry: TrackDraft = { at, name: at.text };
  if (option === undefined) return entry;
  if (option.text !== "weight") {
    reading.problem("general-error", `(${draft.name}) unknown ${keyword} ${at.text} option ${option.text} - ignoring`, option);
    return undefined;
  }
  if (value === undefined) {
    reading.problem("general-error", `(${draft.name}) weight without value specified for ${keyword} ${at.text} - ignoring`, option);
    return undefined;
  }
  readEntryWeight(reading, draft, entry, value, limit);
  for (const word of rest) {
    if (word.text === "reverse") entry.reverse = true;
    else if (word.text === "noreverse") entry.reverse = false;
    else {
      reading.problem("general-error", `(${draft.name}) unknown ${keyword} ${at.text} weight option ${word.text} - ignoring`, word);
      return undefined;
    }
  }
  return entry;
}

function readEntryWeight(reading: Reading, draft: Tracker, entry: TrackDraft, value: Word, limit: number): void {
  const weight = readInteger(reading, value, -limit, limit);
  if (weight === undefined) {
    return reading.problem("general-error", `(${draft.name}) weight ${value.text} for ${entry.name} must be between [-253..253] inclusive. Ignoring...`, value);
  }
  if (Math.abs(weight) === 254) reading.problem("general-error", `(${draft.name}) weight for ${entry.name} cannot be +/-254. Setting to +/-253`, value);
  entry.weight = Math.max(-253, Math.min(253, weight));
}

/** `group { NAME ... }`, once per group. */
export function readMembers(reading: Reading, draft: SyncGroupDraft, statement: Statement): void {
  if (draft.members !== undefined) {
    return reading.problem("general-error", `Group list already specified for sync group ${draft.name}`, statement.words[0]);
  }
  draft.members = (statement.block ?? []).flatMap((line) => line.words);
}
