import { isMulticast, parseIpAddress } from "../../base/ip.ts";
import type { GlobalDraft, SyncDaemonDraft } from "../drafts.ts";
import type { Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

const SYNC_OPTIONS = {
  id: { min: 0, max: 255, bad: (text: string) => `Invalid syncid (${text}) - defaulting to vrid`, absent: "No value specified for lvs_sync_daemon id, defaulting to vrid" },
  maxlen: { min: 1, max: 65_507, bad: invalid("maxlen"), absent: noValue("maxlen") },
  port: { min: 1, max: 65_535, bad: invalid("port"), absent: noValue("port") },
  ttl: { min: 1, max: 255, bad: invalid("ttl"), absent: noValue("ttl") },
} as const;

function invalid(option: string): (text: string) => string {
  return (text) => `Invalid lvs_sync_daemon ${option} (${text}) - ignoring`;
}

function noValue(option: string): string {
  return `No value specified for lvs_sync_daemon ${option} - ignoring`;
}

/** `IF [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group IP]`. */
export const readSyncDaemon: Reader<GlobalDraft> = (reading, draft, statement) => {
  const [keyword, link] = statement.words;
  if (keyword === undefined || link === undefined) return reading.problem("general-error", "lvs_sync_daemon requires interface", keyword);
  if (draft.lvsSyncDaemon !== undefined) {
    const { interface: first, instance } = draft.lvsSyncDaemon;
    const known = [first, instance].flatMap((word) => (word === undefined ? [] : [word.text])).join(" ");
    return reading.problem("general-error", `lvs_sync_daemon has already been specified as ${known} - ignoring`, keyword);
  }
  const daemon: SyncDaemonDraft = { at: keyword, interface: link };
  draft.lvsSyncDaemon = daemon;
  let rest = statement.words.slice(2);
  const [first] = rest;
  if (first?.text === "inst") {
    const instance = reading.word(statement, 3);
    if (instance !== undefined) daemon.instance = instance;
    rest = rest.slice(2);
  } else if (first !== undefined && first.text !== "group" && !Object.hasOwn(SYNC_OPTIONS, first.text)) {
    daemon.instance = first;
    rest = rest.slice(1);
  }
  const [syncId] = rest;
  if (syncId !== undefined && syncId.text !== "group" && !Object.hasOwn(SYNC_OPTIONS, syncId.text)) {
    readBareSyncId(reading, daemon, syncId);
    rest = rest.slice(1);
  }
  readSyncOptions(reading, daemon, rest);
};

/** The old form: the number alone. */
function readBareSyncId(reading: Reading, daemon: SyncDaemonDraft, word: Word): void {
  const id = readInteger(reading, word, 0, 255);
  if (id === undefined) return reading.problem("general-error", SYNC_OPTIONS.id.bad(word.text), word);
  daemon.id = id;
  reading.problem("deprecated", 'Please use keyword "id" before lvs_sync_daemon SYNCID', word);
}

function readSyncOptions(reading: Reading, daemon: SyncDaemonDraft, words: readonly Word[]): void {
  for (let i = 0; i < words.length; i++) {
    const option = words[i];
    const value = words[i + 1];
    if (option === undefined) return;
    const { text: name } = option;
    if (name === "group") readSyncGroup(reading, daemon, option, value);
    else if (name === "id" || name === "maxlen" || name === "port" || name === "ttl") readSyncNumber(reading, daemon, name, option, value);
    else {
      reading.problem("general-error", `Unknown option ${name} specified for lvs_sync_daemon`, option);
      continue;
    }
    i++;
  }
}

function readSyncNumber(reading: Reading, daemon: SyncDaemonDraft, name: keyof typeof SYNC_OPTIONS, option: Word, word: Word | undefined): void {
  const { min, max, bad, absent } = SYNC_OPTIONS[name];
  if (word === undefined) return reading.problem("general-error", absent, option);
  const value = readInteger(reading, word, min, max);
  if (value === undefined) reading.problem("general-error", bad(word.text), word);
  else daemon[name] = value;
}

function readSyncGroup(reading: Reading, daemon: SyncDaemonDraft, option: Word, word: Word | undefined): void {
  if (word === undefined) return reading.problem("general-error", noValue("group"), option);
  const group = parseIpAddress(word.text);
  if (group === undefined) return reading.problem("general-error", invalid("group")(word.text), word);
  if (!isMulticast(group)) return reading.problem("general-error", `lvs_sync_daemon group address ${word.text} is not multicast - ignoring`, word);
  daemon.group = group;
}
