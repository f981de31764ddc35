import type { TrackScriptDraft } from "../drafts.ts";
import type { Statement } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readDecimal, readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

export const readScriptInterval: Reader<TrackScriptDraft> = (reading, draft, statement) => {
  const interval = readScriptTime(reading, statement, `(${draft.name}): vrrp script interval`, (text) => `(${draft.name}): vrrp script interval '${text}' must be between 1 and 4294 - ignoring`);
  if (interval !== undefined) draft.intervalUs = interval;
};

export const readScriptTimeout: Reader<TrackScriptDraft> = (reading, draft, statement) => {
  const timeout = readScriptTime(reading, statement, `(${draft.name}): vrrp script timeout`, (text) => `(${draft.name}): vrrp script timeout '${text}' invalid - ignoring`);
  if (timeout !== undefined) draft.timeoutUs = timeout;
};

/** Three decimal places; 0 becomes one second, and is said. */
function readScriptTime(reading: Reading, statement: Statement, what: string, message: (text: string) => string): number | undefined {
  const word = reading.word(statement, 1);
  if (word === undefined) return undefined;
  const time = readDecimal(reading, word, 3, 0, 4_294_000);
  if (time === undefined) reading.problem("general-error", message(word.text), word);
  if (time === 0) reading.problem("general-error", `${what} must be greater than 0, setting to 1`, word);
  return time === undefined ? undefined : (time || 1_000) * 1_000;
}

export const readScriptWeight: Reader<TrackScriptDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const weight = readInteger(reading, word, -253, 253);
  if (weight === undefined) return reading.problem("general-error", `vrrp_script ${draft.name} weight ${word.text} must be in [-253, 253]`, word);
  draft.weight = weight;
  const [, , option] = statement.words;
  if (option?.text === "reverse") draft.reverse = true;
  else if (option !== undefined) reading.problem("general-error", `vrrp_script ${draft.name} unknown weight option ${option.text}`, option);
};
