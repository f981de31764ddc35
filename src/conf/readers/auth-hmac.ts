import { KernelError } from "../../base/errors.ts";
import type { AuthHmacDraft } from "../drafts.ts";
import type { Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

/** Octets of a key. */
const SHORTEST_KEY = 32;
const LONGEST_KEY = 64;

/** `ID VALUE`, where the value is `hex:DIGITS`, `file:PATH` or the key itself. Messages never hold the key. */
export const readHmacKey: Reader<AuthHmacDraft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  const value = at === undefined ? undefined : reading.word(statement, 2);
  if (at === undefined || value === undefined) return;
  const id = readInteger(reading, at, 1, 255);
  if (id === undefined) return reading.problem("general-error", `(${reading.subject}) auth_hmac key id '${at.text}' not valid - must be between 1 & 255`, at);
  const other = draft.keys.find((key) => key.id === id);
  if (other !== undefined) {
    return reading.problem("general-error", `(${reading.subject}) auth_hmac key ${id} already specified - ignoring`, at, { related: [{ at: other.at, note: "the first one is here" }] });
  }
  const file = value.text.startsWith("file:") ? value.text.slice("file:".length) : undefined;
  const text = file === undefined ? value.text : readKeyFile(reading, id, file, value);
  const secret = text === undefined ? undefined : decodeKey(reading, id, text, at);
  if (secret !== undefined) draft.keys.push({ at, id, secret, file });
};

function readKeyFile(reading: Reading, id: number, path: string, at: Word): string | undefined {
  try {
    return reading.environment.files.readText(path).replace(/[\r\n]+$/, "");
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    reading.problem("general-error", `(${reading.subject}) auth_hmac key ${id}: cannot read ${path} (${error.code}) - ignoring`, at);
    return undefined;
  }
}

function decodeKey(reading: Reading, id: number, text: string, at: Word): Uint8Array | undefined {
  const digits = text.startsWith("hex:") ? text.slice("hex:".length) : undefined;
  if (digits !== undefined && !/^(?:[0-9a-fA-F]{2})*$/.test(digits)) {
    reading.problem("general-error", `(${reading.subject}) auth_hmac key ${id}: invalid hexadecimal digits - ignoring`, at);
    return undefined;
  }
  const secret = Uint8Array.from(digits === undefined ? Buffer.from(text) : Buffer.from(digits, "hex"));
  if (secret.length >= SHORTEST_KEY && secret.length <= LONGEST_KEY) return secret;
  reading.problem("general-error", `(${reading.subject}) auth_hmac key ${id} has ${secret.length} bytes - must be ${SHORTEST_KEY} to ${LONGEST_KEY}, ignoring`, at);
  return undefined;
}

export const readActiveKey: Reader<AuthHmacDraft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const id = readInteger(reading, at, 1, 255);
  if (id === undefined) reading.problem("general-error", `(${reading.subject}) auth_hmac active_key '${at.text}' not valid - must be between 1 & 255`, at);
  else draft.activeKey = { at, id };
};

export const readAntiReplay: Reader<AuthHmacDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text === "time" || word.text === "monotonic") draft.antiReplay = word.text;
  else reading.problem("general-error", `(${reading.subject}) unknown auth_hmac anti_replay '${word.text}' - ignoring`, word);
};

export const readHmacMode: Reader<AuthHmacDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text === "enforce" || word.text === "permissive" || word.text === "receive-only") draft.mode = word.text;
  else reading.problem("general-error", `(${reading.subject}) unknown auth_hmac mode '${word.text}' - ignoring`, word);
};
