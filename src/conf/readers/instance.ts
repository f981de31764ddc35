import { parseIpAddress } from "../../base/ip.ts";
import type { InstanceDraft, TrackScriptDraft } from "../drafts.ts";
import type { Statement } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readDecimal, readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { readScript } from "../script.ts";

export const readState: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text === "MASTER") {
    draft.state = "MASTER";
  } else if (word.text !== "BACKUP") {
    reading.problem("general-error", `(${draft.name}) unknown state '${word.text}', defaulting to BACKUP`, word);
    draft.state ??= "BACKUP";
  } else if (draft.state === "MASTER") {
    reading.problem("general-error", `(${draft.name}) state previously set as MASTER - ignoring BACKUP`, word);
  } else {
    draft.state = "BACKUP";
  }
};

export const readInterface: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  delete draft.interface;
  if (word.text === "lo") {
    return reading.problem("general-error", `(${draft.name}) cannot use a loopback interface (${word.text}) for vrrp - ignoring`, word);
  }
  draft.interface = word;
};

export const readSourceAddress: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const address = parseIpAddress(word.text);
  if (address === undefined) reading.problem("general-error", `Configuration error: VRRP instance[${draft.name}] malformed src address[${word.text}]. Skipping...`, word);
  else draft.sourceAddress = address;
};

export const readPriority: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const priority = readInteger(reading, word, 1, 255);
  draft.priorityInvalid = priority === undefined;
  if (priority !== undefined) draft.priority = priority;
  else reading.problem("general-error", `(${draft.name}) Priority not valid! must be between 1 & 255. Using default 100`, word);
};

export const readAdvertInterval: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const interval = readDecimal(reading, word, 6, 10_000, 255_000_000);
  if (interval !== undefined) draft.advertIntervalUs = interval;
  else reading.problem("general-error", `(${draft.name}) Advert interval (${word.text}) not valid! Must be > 0 - ignoring`, word);
};

export const readAuthType: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text === "AH") reading.refuse("auth_type AH", word);
  if (word.text === "AH" || word.text === "PASS") draft.authType = word.text;
  else reading.problem("general-error", `(${draft.name}) unknown authentication type '${word.text}'`, word);
};

/** Octets of a password on the wire. */
const PASSWORD_LENGTH = 8;

export const readAuthPass: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (Buffer.byteLength(word.text) > PASSWORD_LENGTH) reading.problem("general-error", `Truncating auth_pass to ${PASSWORD_LENGTH} characters`, word);
  draft.authPass = word.text;
};

/** Bare: DELETED is told, without a script. */
export const readNotifyDeleted: Reader<InstanceDraft> = (reading, draft, statement) => {
  draft.notify.notifyDeleted = true;
  if (statement.words.length < 2) return;
  const script = readScript(reading, statement);
  if (script !== undefined) draft.notify.deleted = script;
};

export const readScriptInterval: Reader<TrackScriptDraft> = (reading, draft, statement) => {
  const interval = readScriptTime(reading, statement, (text) => `(${draft.name}): vrrp script interval '${text}' must be between 1 and 4294 - ignoring`);
  if (interval !== undefined) draft.intervalUs = interval;
};

export const readScriptTimeout: Reader<TrackScriptDraft> = (reading, draft, statement) => {
  const timeout = readScriptTime(reading, statement, (text) => `(${draft.name}): vrrp script timeout '${text}' invalid - ignoring`);
  if (timeout !== undefined) draft.timeoutUs = timeout;
};

/** Three decimal places; 0 becomes one second. */
function readScriptTime(reading: Reading, statement: Statement, message: (text: string) => string): number | undefined {
  const word = reading.word(statement, 1);
  if (word === undefined) return undefined;
  const time = readDecimal(reading, word, 3, 0, 4_294_000);
  if (time === undefined) reading.problem("general-error", message(word.text), word);
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
