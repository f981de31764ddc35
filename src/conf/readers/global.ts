import { familyOf, isMulticast, parseIpAddress } from "../../base/ip.ts";
import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { FifoDraft, GarpDraft, GlobalDraft } from "../drafts.ts";
import { argument, complain, custom } from "../forms.ts";
import type { FormMessages } from "../forms.ts";
import type { Statement } from "../grammar.ts";
import type { Form, Reader } from "../keyword.ts";
import { booleanWord, readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { readAccount } from "../script.ts";
import type { ScriptDraft } from "../script.ts";
import { script } from "./shared.ts";

/** An advert group. */
export function multicast<Draft>(family: IpFamily, set: (draft: Draft, value: IpAddress) => void, messages: FormMessages = {}): Form<Draft> {
  return custom((reading, draft, statement) => {
    const word = argument(reading, statement, messages);
    if (word === undefined) return;
    const value = parseIpAddress(word.text);
    if (value === undefined || familyOf(value) !== family || !isMulticast(value)) complain(reading, messages, word);
    else set(draft, value);
  });
}

/** `PATH [USER [GROUP]]`. */
export function fifo(part: (draft: GlobalDraft) => FifoDraft, absent: string): Form<GlobalDraft> {
  return custom((reading, draft, statement) => {
    const path = argument(reading, statement, { absent });
    if (path === undefined) return;
    if (part(draft).path !== undefined) return alreadySpecified(reading, statement, ` - ignoring ${path.text}`);
    part(draft).path = path;
    if (statement.words.length > 2) part(draft).owner = statement.words.slice(2);
  });
}

/** A script of the daemon's own, once: a second one is said and ignored. `named`: what keepalived calls it, when it names no command. */
export function daemonScript(current: (draft: GlobalDraft) => ScriptDraft | undefined, set: (draft: GlobalDraft, value: ScriptDraft) => void, absent: string, named?: string): Form<GlobalDraft> {
  const once = script(set, absent);
  return custom((reading, draft, statement) => {
    if (current(draft) === undefined) return once.read(reading, draft, statement);
    alreadySpecified(reading, statement, named === undefined ? ` - ignoring ${statement.words[1]?.text ?? ""}` : "", named);
  });
}

function alreadySpecified(reading: Reading, statement: Statement, ignoring: string, named?: string): void {
  const [keyword, at] = statement.words;
  reading.problem("general-error", `${named ?? keyword?.text ?? ""} already specified${ignoring}`, at ?? keyword);
}

/** An address or a name, and a port. */
export const readSmtpServer: Reader<GlobalDraft> = (reading, draft, statement) => {
  const host = reading.word(statement, 1);
  if (host === undefined) return;
  const [, , portWord] = statement.words;
  const port = portWord === undefined ? 25 : readInteger(reading, portWord, 1, 65_535);
  if (port === undefined) reading.problem("general-error", `Invalid smtp server ${host.text} ${portWord?.text ?? ""}`, host);
  else draft.smtpServer = { host: host.text, port };
};

export const readDynamicInterfaces: Reader<GlobalDraft> = (reading, draft, statement) => {
  draft.dynamicInterfaces = true;
  const [, option] = statement.words;
  if (option?.text === "allow_if_changes") draft.allowIfChanges = true;
  else if (option !== undefined) {
    reading.problem("general-error", `Unknown dynamic_interfaces option '${option.text}'`, option);
  }
};

const TIMEOUTS = { tcp: "tcpS", tcpfin: "tcpFinS", udp: "udpS" } as const;

export const readLvsTimeouts: Reader<GlobalDraft> = (reading, draft, statement) => {
  const timeouts: { tcpS?: number; tcpFinS?: number; udpS?: number } = {};
  for (let i = 1; i < statement.words.length; i += 2) {
    const [name, value] = statement.words.slice(i, i + 2);
    if (name === undefined) break;
    if (name.text !== "tcp" && name.text !== "tcpfin" && name.text !== "udp") {
      reading.problem("general-error", `Unknown option ${name.text} specified for lvs_timeouts`, name);
    } else if (value === undefined) {
      reading.problem("general-error", `No value specified for lvs_timeouts ${name.text} - ignoring`, name);
    } else {
      const timeout = readInteger(reading, value, 0, 2_678_400);
      if (timeout === undefined) reading.problem("general-error", `Invalid lvs_timeouts ${name.text} (${value.text}) - ignoring`, value);
      else timeouts[TIMEOUTS[name.text]] = timeout;
    }
  }
  if (Object.keys(timeouts).length > 0) draft.lvsTimeouts = timeouts;
  else reading.problem("general-error", "lvs_timeouts requires at least one option", statement.words[0]);
};

export const readFlushOnStop: Reader<GlobalDraft> = (reading, draft, statement) => {
  const [keyword, word] = statement.words;
  if (word === undefined) draft.lvsFlushOnStop = "all";
  else if (word.text === "VS") draft.lvsFlushOnStop = "services";
  else reading.problem("general-error", `Unknown ${keyword?.text ?? ""} type ${word.text}`, word);
};

export const readGlobalVersion: Reader<GlobalDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  const version = word === undefined ? undefined : readInteger(reading, word, 2, 3);
  if (version === 2 || version === 3) draft.version = version;
  else if (word !== undefined) reading.problem("general-error", "VRRP Error: Version must be either 2 or 3", word);
};

export const readGlobalStrict: Reader<GlobalDraft> = (...[, draft, statement]) => {
  const [, word] = statement.words;
  const value = word === undefined ? true : booleanWord(word.text);
  if (value !== undefined) draft.strict = value; // of another word keepalived says nothing
};

/** What the keyword means that stands alone. */
const BARE_AUTO_PRIORITY = 99;

export const readMaxAutoPriority: Reader<GlobalDraft> = (reading, draft, statement) => {
  const [, word] = statement.words;
  const value = word === undefined ? BARE_AUTO_PRIORITY : readInteger(reading, word, -1, 99);
  if (value !== undefined) draft.scheduling.maxAutoPriority = value;
  else if (word !== undefined) reading.problem("general-error", `max_auto_priority '${word.text}' must be in [0, 99] (or -1 to disable) - ignoring`, word);
};

export const readDefaultInterface: Reader<GlobalDraft> = (reading, draft, statement) => {
  const word = argument(reading, statement, { absent: "default_interface requires interface name" });
  if (word !== undefined) draft.defaultInterface = word;
};

export const readScriptUser: Reader<GlobalDraft> = (reading, draft, statement) => {
  if (statement.words.length < 2) return reading.problem("general-error", "No script username specified", statement.words[0]);
  const { uid, gid, user } = readAccount(reading, statement.words.slice(1));
  if (uid === undefined) reading.problem("general-error", "Error setting global script uid/gid", statement.words[1]);
  else draft.scriptUser = { uid, gid, user };
};

const UMASK_BITS: Readonly<Record<string, number>> = {
  IRUSR: 0o400, IWUSR: 0o200, IXUSR: 0o100, IRWXU: 0o700,
  IRGRP: 0o040, IWGRP: 0o020, IXGRP: 0o010, IRWXG: 0o070,
  IROTH: 0o004, IWOTH: 0o002, IXOTH: 0o001, IRWXO: 0o007,
};

/** A number by C's rules (0 octal, 0x hexadecimal) or names of bits joined by `|`. */
export const readUmask: Reader<GlobalDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (/^[0-9]/.test(word.text)) {
    const value = /^0[0-7]*$/.test(word.text) ? Number.parseInt(word.text, 8) : Number(word.text);
    if (Number.isInteger(value) && value <= 0o777) draft.umask = value;
    else reading.problem("general-error", `umask ${word.text} is invalid`, word);
    return;
  }
  let mask = 0;
  for (const name of statement.words.slice(1).flatMap(({ text }) => text.split("|")).filter((text) => text !== "")) {
    const bits = Object.hasOwn(UMASK_BITS, name) ? UMASK_BITS[name] : undefined;
    if (bits === undefined) return reading.problem("general-error", `Unknown umask bit ${name}`, word);
    mask |= bits;
  }
  draft.umask = mask;
};

const MINIMAL = { masterRepeat: [5, 1], masterDelayUs: [5_000_000, 0], masterRefreshRepeat: [1, 0] } as const;

/** `vrrp_min_garp` changes only what has its built-in value at that point of the file. */
export function applyMinimalGarp(garp: GarpDraft): void {
  for (const key of ["masterRepeat", "masterDelayUs", "masterRefreshRepeat"] as const) {
    const [builtIn, minimal] = MINIMAL[key];
    if (garp[key] === undefined || garp[key] === builtIn) garp[key] = minimal;
  }
}

