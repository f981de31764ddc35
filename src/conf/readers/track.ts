import type { SyncGroupDraft, TrackDraft, TrackersDraft } from "../drafts.ts";
import type { Statement, Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

// Lines of `track_interface`, `track_script` ...: `NAME [weight N [reverse|noreverse]]`. keepalived words its messages a
// little differently for each.

type Tracker = TrackersDraft & { readonly name: string };

interface EntryKind {
  readonly list: (draft: TrackersDraft) => TrackDraft[];
  readonly keyword: string;
  /** What is tracked, in messages. */
  readonly what: string;
  readonly limit: number;
  readonly noreverse: boolean;
  /** -254 and 254 are read and become -253 and 253. */
  readonly clamp: boolean;
  readonly unknownOption: (name: string, option: string) => string;
  readonly unknownWeightOption: (name: string, option: string) => string;
  readonly outOfRange: (name: string, value: string) => string;
}

const INTERFACE: EntryKind = {
  list: (draft) => draft.trackInterfaces,
  keyword: "track_interface",
  what: "track_interface",
  limit: 254,
  noreverse: false,
  clamp: true,
  unknownOption: (name, option) => `unknown track_interface ${name} option ${option} - ignoring`,
  unknownWeightOption: (name, option) => `unknown track_interface ${name} weight option ${option} - ignoring`,
  outOfRange: (name, value) => `weight ${value} for ${name} must be between [-253..253] inclusive. Ignoring...`,
};

const SCRIPT: EntryKind = {
  list: (draft) => draft.trackScripts,
  keyword: "track_script",
  what: "track script",
  limit: 254,
  noreverse: true,
  clamp: true,
  unknownOption: (...[, option]) => `unknown track script option ${option} - ignoring`,
  unknownWeightOption: (name, option) => `unknown track_script ${name} weight option ${option} - ignoring`,
  outOfRange: (name) => `track script ${name}: weight must be between [-253..253] inclusive, ignoring...`,
};

const FILE: EntryKind = {
  list: (draft) => draft.trackFiles,
  keyword: "track_file",
  what: "track file",
  limit: 254,
  noreverse: true,
  clamp: false,
  unknownOption: (...[, option]) => `unknown track file option ${option} - ignoring`,
  unknownWeightOption: (name, option) => `unknown track file ${name} weight option ${option} - ignoring`,
  outOfRange: (name) => `weight for track file ${name} must be in [-254..254] inclusive. Ignoring...`,
};

const PROCESS: EntryKind = {
  list: (draft) => draft.trackProcesses,
  keyword: "track_process",
  what: "track process",
  limit: 254,
  noreverse: true,
  clamp: false,
  unknownOption: (...[, option]) => `unknown track process option ${option} - ignoring`,
  unknownWeightOption: (name, option) => `unknown track_process ${name} weight option ${option} - ignoring`,
  outOfRange: (name) => `weight for track process ${name} must be in [-254..254] inclusive. Ignoring...`,
};

const BFD: EntryKind = {
  list: (draft) => draft.trackBfds,
  keyword: "track_bfd",
  what: "track bfd",
  limit: 253,
  noreverse: true,
  clamp: false,
  unknownOption: (name, option) => `unknown track bfd ${name} option ${option} - ignoring`,
  unknownWeightOption: (name, option) => `unknown track bfd ${name} weight option ${option} - ignoring`,
  outOfRange: (name) => `weight for track bfd ${name} must be in [-253..253] inclusive. Ignoring...`,
};

export const readTrackInterface = entryReader(INTERFACE);
export const readTrackScriptEntry = entryReader(SCRIPT);
export const readTrackFileEntry = entryReader(FILE);
export const readTrackProcessEntry = entryReader(PROCESS);
export const readTrackBfdEntry = entryReader(BFD);

function entryReader(kind: EntryKind): Reader<Tracker> {
  return (reading, draft, statement) => {
    const entry = readEntry(reading, draft, statement, kind);
    if (entry === undefined) return;
    const list = kind.list(draft);
    const first = list.find(({ name }) => name === entry.name);
    if (first === undefined) return void list.push(entry);
    reading.problem("general-error", `(${draft.name}) duplicate ${kind.keyword} ${entry.name} - ignoring`, entry.at, {
      code: "duplicate-entry",
      related: [{ at: first.at, note: "the first one is here" }],
    });
  };
}

function readEntry(reading: Reading, draft: Tracker, statement: Statement, kind: EntryKind): TrackDraft | undefined {
  const [at, option, value, ...rest] = statement.words;
  if (at === undefined) return undefined;
  const entry: TrackDraft = { at, name: at.text };
  if (option === undefined) return entry;
  const gone = (message: string, word: Word): undefined => {
    reading.problem("general-error", `(${draft.name}) ${message}`, word);
    return undefined;
  };
  if (option.text !== "weight") return gone(kind.unknownOption(at.text, option.text), option);
  if (value === undefined) return gone(`weight without value specified for ${kind.what} ${at.text} - ignoring`, option);
  readEntryWeight(reading, draft, entry, value, kind);
  for (const word of rest) {
    if (word.text === "reverse") entry.reverse = true;
    else if (word.text === "noreverse" && kind.noreverse) entry.reverse = false;
    else return gone(kind.unknownWeightOption(at.text, word.text), word);
  }
  return entry;
}

function readEntryWeight(reading: Reading, draft: Tracker, entry: TrackDraft, value: Word, kind: EntryKind): void {
  const weight = readInteger(reading, value, -kind.limit, kind.limit);
  if (weight === undefined) return reading.problem("general-error", `(${draft.name}) ${kind.outOfRange(entry.name, value.text)}`, value);
  if (!kind.clamp) {
    entry.weight = weight;
    return;
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
