import { familyOf, isMulticast, parseIpAddress } from "../../base/ip.ts";
import type { IpAddress } from "../../base/ip.ts";
import type { InstanceDraft } from "../drafts.ts";
import type { Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { booleanWord, readDecimal, readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { readScript } from "../script.ts";
import { readRoute } from "./route.ts";
import { readRule } from "./rule.ts";

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

export const readOnDeleted: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text === "release" || word.text === "restore") draft.onDeleted = word.text;
  else reading.problem("general-error", `(${draft.name}) unknown on_deleted '${word.text}', it is release or restore`, word);
};

/** IFNAMSIZ without the terminating NUL. */
const LONGEST_INTERFACE_NAME = 15;

export const readInterface: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  delete draft.interface;
  if (word.text.length > LONGEST_INTERFACE_NAME) return reading.problem("general-error", `Interface name '${word.text}' too long - ignoring`, word);
  if (word.text === "lo") {
    return reading.problem("general-error", `(${draft.name}) cannot use a loopback interface (${word.text}) for vrrp - ignoring`, word);
  }
  if (draft.vrf !== undefined) {
    reading.problem("general-error", `(${draft.name}) Cannot specify VRF interface and interface - ignoring`, draft.vrf);
    delete draft.vrf;
  }
  draft.interface = word;
};

/** The first address decides the instance's family; @returns false when this one does not belong to it. */
export function joinFamily(draft: InstanceDraft, address: IpAddress): boolean {
  draft.family ??= familyOf(address);
  return draft.family === familyOf(address);
}

/** `mcast_src_ip` and `unicast_src_ip`. */
export function readSource(reading: Reading, draft: InstanceDraft, word: Word): void {
  const address = parseIpAddress(word.text);
  if (address === undefined) return reading.problem("general-error", `Configuration error: VRRP instance[${draft.name}] malformed src address[${word.text}]. Skipping...`, word);
  if (joinFamily(draft, address)) draft.sourceAddress = address;
  else reading.problem("general-error", `Configuration error: VRRP instance[${draft.name}] and src address[${word.text}] MUST be of the same family !!! Skipping...`, word);
}

export const readMulticastSource: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word !== undefined) readSource(reading, draft, word);
};

export const readMulticastGroup: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const { name } = draft;
  const address = parseIpAddress(word.text);
  if (address === undefined) reading.problem("general-error", `(${name}) malformed mcast dest address ${word.text}. Skipping...`, word);
  else if (!isMulticast(address)) reading.problem("general-error", `(${name}) mcast_dst_ip ${word.text} not multicast. Skipping...`, word);
  else if (!joinFamily(draft, address)) reading.problem("general-error", `(${name}) mcast dest address ${word.text} MUST match VRRP instance family. Skipping...`, word);
  else draft.multicastGroup = address;
};

export const readNativeIpv6: Reader<InstanceDraft> = (reading, draft, statement) => {
  draft.family ??= 6;
  if (draft.family === 4) reading.problem("general-error", `(${draft.name}) Cannot specify native_ipv6 with IPv4 addresses`, statement.words[0]);
};

export const readVersion: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const version = readInteger(reading, word, 2, 3);
  if (version === 2 || version === 3) draft.version = version;
  else reading.problem("general-error", `(${draft.name}): Version must be either 2 or 3`, word);
};

export const readStrictMode: Reader<InstanceDraft> = (reading, draft, statement) => {
  const [, word] = statement.words;
  const value = word === undefined ? true : booleanWord(word.text);
  if (value === undefined) return reading.problem("general-error", `(${draft.name}) invalid strict_mode ${word?.text ?? ""} specified`, word);
  draft.strictMode = value;
};

/** What the word alone means. */
const HIGHEST_OTHER_PRIORITY = 254;

export const readTimerExpiredBackup: Reader<InstanceDraft> = (reading, draft, statement) => {
  const [keyword, word] = statement.words;
  const priority = word === undefined || keyword?.text === "thread_timer_expired" ? HIGHEST_OTHER_PRIORITY : readInteger(reading, word, 1, HIGHEST_OTHER_PRIORITY);
  if (priority !== undefined) draft.timerExpiredBackup = priority;
  else if (word !== undefined) reading.problem("general-error", `(${draft.name}) timer_expired_backup '${word.text}' not valid - must be between 1 & ${HIGHEST_OTHER_PRIORITY}`, word);
};

export const readLinkbeatPolling: Reader<InstanceDraft> = (reading, draft, statement) => {
  reading.problem("deprecated", `(${draft.name}) 'linkbeat_use_polling' in vrrp instance deprecated - use linkbeat_interfaces block`, statement.words[0]);
  draft.linkbeatUsePolling = true;
};

export const readSyncDaemonInterface: Reader<InstanceDraft> = (reading, draft, statement) => {
  reading.problem("deprecated", `(${draft.name}) Specifying lvs_sync_daemon_interface against a vrrp is deprecated. Please use global lvs_sync_daemon`, statement.words[0]);
  const word = reading.word(statement, 1);
  if (word !== undefined) draft.lvsSyncDaemonInterface = word;
};

/** Only for an instance without an interface; the two may come in either order. */
export const readVrf: Reader<InstanceDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (draft.interface === undefined) draft.vrf = word;
  else reading.problem("general-error", `(${draft.name}) Cannot specify VRF interface and interface - ignoring`, word);
};

export const readVirtualRoute: Reader<InstanceDraft> = (reading, draft, statement) => {
  const route = readRoute(reading, statement, false);
  if (route !== undefined) draft.routes.push(route);
};

export const readVirtualRule: Reader<InstanceDraft> = (reading, draft, statement) => {
  const rule = readRule(reading, statement, false);
  if (rule !== undefined) draft.rules.push(rule);
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
