import type { Micros } from "../../base/time.ts";
import type { TrackFileDraft, TrackProcessDraft } from "../drafts.ts";
import { custom } from "../forms.ts";
import type { Statement } from "../grammar.ts";
import type { Form, Reader } from "../keyword.ts";
import { INT_MAX, readDecimal, readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

// What stands in `track_file` and `vrrp_track_process`.

export const readTrackedPath: Reader<TrackFileDraft> = (reading, draft, statement) => {
  const [keyword, path] = statement.words;
  if (path === undefined) reading.problem("general-error", "track file file name missing", keyword);
  else if (draft.file !== undefined) reading.problem("general-error", `File already set for track file ${draft.name} - ignoring ${path.text}`, path);
  else draft.file = path;
};

export const readTrackFileWeight: Reader<TrackFileDraft> = (reading, draft, statement) => {
  const [keyword, value] = statement.words;
  if (value === undefined) return reading.problem("general-error", `No weight specified for track file ${draft.name} - ignoring`, keyword);
  const { name } = draft;
  readWeight(reading, draft, statement, 254, (text) => `Weight (${text}) for track_file ${name} must be between [-254..254] inclusive. Ignoring...`, (text) => `track_file ${name} unknown weight option ${text}`);
};

/** `[VALUE] [overwrite]`, in either order. */
export const readInitFile: Reader<TrackFileDraft> = (reading, draft, statement) => {
  let value = 0;
  let overwrite = false;
  for (const word of statement.words.slice(1)) {
    if (word.text === "overwrite") overwrite = true;
    else if (/^[+-]?[0-9]/.test(word.text)) value = readInteger(reading, word, -INT_MAX - 1, INT_MAX) ?? value;
    else reading.problem("general-error", `Unknown track file init option ${word.text}`, word);
  }
  draft.init = { value, overwrite };
};

/** `NAME [PARAMETERS...]`; a quoted word is one of them, blanks included. */
export const readProcessName: Reader<TrackProcessDraft> = (reading, draft, statement) => {
  const name = reading.word(statement, 1);
  if (name === undefined) return;
  if (draft.process !== undefined) return reading.problem("general-error", `Process already set for track process ${draft.name} - ignoring ${name.text}`, name);
  draft.process = name.text;
  draft.parameters = statement.words.slice(2).map(({ text }) => text);
};

/** Bare: the parameters as written, none included. */
export const readParamMatch: Reader<TrackProcessDraft> = (reading, draft, statement) => {
  const [, word] = statement.words;
  if (word === undefined) draft.paramMatch = "exact";
  else if (word.text === "initial" || word.text === "partial") draft.paramMatch = word.text;
  else reading.problem("general-error", `Invalid param_match type ${word.text} - ignoring`, word);
};

export const readProcessWeight: Reader<TrackProcessDraft> = (reading, draft, statement) => {
  if (reading.word(statement, 1) === undefined) return;
  const { name } = draft;
  readWeight(reading, draft, statement, 254, (text) => `Weight (${text}) for vrrp_track_process ${name} must be between [-254..254] inclusive. Ignoring...`, (text) => `vrrp_track_process ${name} unknown weight option ${text}`);
};

/** A count of processes. */
export function processCount(min: number, label: string, set: (draft: TrackProcessDraft, value: number) => void): Form<TrackProcessDraft> {
  return custom((reading, draft, statement) => {
    const word = reading.word(statement, 1);
    if (word === undefined) return;
    const value = readInteger(reading, word, min, 65_535);
    if (value !== undefined) set(draft, value);
    else reading.problem("general-error", `${label} (${word.text}) for vrrp_track_process ${draft.name} must be between [${min}..65535] inclusive. Ignoring...`, word);
  });
}

const LONGEST_DELAY_US = 3600 * 1_000_000;

export function processDelay(set: (draft: TrackProcessDraft, value: Micros) => void): Form<TrackProcessDraft> {
  return custom((reading, draft, statement) => {
    const word = reading.word(statement, 1);
    if (word === undefined) return;
    const value = readDecimal(reading, word, 6, 1, LONGEST_DELAY_US);
    if (value !== undefined) return set(draft, value);
    const keyword = statement.words[0]?.text ?? "";
    reading.problem("general-error", `${keyword} (${word.text}) for vrrp_track_process ${draft.name} must be between [0.000001..3600] inclusive. Ignoring...`, word);
  });
}

/** `INTEGER [reverse]`. */
export function readWeight(
  reading: Reading,
  draft: { weight?: number; reverse: boolean },
  statement: Statement,
  limit: number,
  bad: (text: string) => string,
  unknownOption: (text: string) => string,
): void {
  const [, value, option] = statement.words;
  if (value === undefined) return;
  const weight = readInteger(reading, value, -limit, limit);
  if (weight === undefined) return reading.problem("general-error", bad(value.text), value);
  draft.weight = weight;
  if (option?.text === "reverse") draft.reverse = true;
  else if (option !== undefined) reading.problem("general-error", unknownOption(option.text), option);
}
