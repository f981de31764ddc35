import { familyOf, hostPrefixLength, parseIpAddress } from "../../base/ip.ts";
import type { IpAddress } from "../../base/ip.ts";
import type { ForwardingDraft, VirtualServerDraft } from "../drafts.ts";
import { argument, custom } from "../forms.ts";
import type { Statement, Word } from "../grammar.ts";
import type { Form, Reader } from "../keyword.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { readForwarding } from "./forwarding.ts";

const SCHEDULERS = new Set(["rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos"]);

export const readFamily: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const family = word.text === "inet" ? 4 : word.text === "inet6" ? 6 : undefined;
  if (family === undefined) return reading.problem("general-error", `unknown address family ${word.text}`, word);
  if (draft.family !== undefined && draft.family !== family) {
    return reading.problem("general-error", `Virtual server specified family ${word.text} conflicts with server family`, word);
  }
  draft.family = family;
};

export const readScheduler: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (!SCHEDULERS.has(word.text)) return reading.problem("general-error", `Invalid lvs_scheduler '${word.text}' - ignoring`, word);
  draft.scheduler = word.text;
};

export const readHashed: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  if (draft.scheduler === "sh" || draft.scheduler === "mh") return;
  reading.problem("general-error", "hashed only applies to sh scheduler - ignoring", statement.words[0]);
};

/** A flag that has a name of its own with one scheduler, which must have been chosen before. */
export function schedulerFlag(scheduler: "sh" | "mh", flag: "flag-1" | "flag-2"): Form<VirtualServerDraft> {
  return custom((reading, draft, statement) => {
    const [keyword] = statement.words;
    if (draft.scheduler === scheduler) draft.schedulerFlags.add(flag);
    else reading.problem("general-error", `${keyword?.text ?? ""} only applies to ${scheduler} scheduler - ignoring`, keyword);
  });
}

/** keepalived's default when the keyword stands alone. */
const DEFAULT_PERSISTENCE_S = 360;

export const readPersistenceTimeout: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const [, word] = statement.words;
  if (word === undefined) {
    draft.persistenceTimeoutS = DEFAULT_PERSISTENCE_S;
    return;
  }
  const timeout = readInteger(reading, word, 1, 2_678_400);
  if (timeout === undefined) reading.problem("general-error", "persistence_timeout invalid", word);
  else draft.persistenceTimeoutS = timeout;
};

/** The kernel keeps 15 characters. */
const LONGEST_ENGINE = 15;

export const readPersistenceEngine: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text.length > LONGEST_ENGINE) reading.problem("general-error", `persistence_name too long, truncating - ${word.text}`, word);
  draft.persistenceEngine = word.text.slice(0, LONGEST_ENGINE);
};

/** `snmp_name NAME`, of a virtual or a real server. */
export function snmpName<Draft extends { snmpName?: string }>(what: string): Form<Draft> {
  const message = `${what} server snmp_name missing or extra parameters`;
  return custom((reading, draft, statement) => {
    const word = argument(reading, statement, { absent: message });
    if (word === undefined) return;
    if (statement.words.length > 2) reading.problem("general-error", message, word);
    else draft.snmpName = word.text;
  });
}

/** A netmask for IPv4, a prefix length for IPv6. */
export const readGranularity: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (/^[0-9]+$/.test(word.text)) {
    const prefixLength = readInteger(reading, word, 1, 128);
    if (prefixLength === undefined) reading.problem("general-error", `Invalid IPv6 persistence_granularity specified - ${word.text}`, word);
    else setGranularity(draft, { at: word, prefixLength, family: 6 });
    return;
  }
  const mask = parseIpAddress(word.text);
  const prefixLength = mask === undefined ? undefined : prefixOfMask(mask);
  if (prefixLength === undefined) reading.problem("general-error", `Invalid IPv4 persistence_granularity specified - ${word.text}`, word);
  else if (prefixLength === "scattered") reading.refuse(`persistence_granularity ${word.text}, whose bits are not contiguous`, word);
  else setGranularity(draft, { at: word, prefixLength, family: 4 });
};

/** It also says the family of a service that does not have one yet. */
function setGranularity(draft: VirtualServerDraft, granularity: NonNullable<VirtualServerDraft["persistenceGranularity"]>): void {
  draft.persistenceGranularity = granularity;
  draft.family ??= granularity.family;
}

function prefixOfMask(mask: IpAddress): number | "scattered" | undefined {
  if (familyOf(mask) !== 4) return undefined;
  const bits = mask.split(".").map((octet) => Number(octet).toString(2).padStart(8, "0")).join("");
  const length = bits.indexOf("0");
  if (length < 0) return hostPrefixLength(4);
  return bits.includes("1", length) ? "scattered" : length;
}

export const readProtocol: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const name = word.text.toLowerCase();
  if (name === "tcp" || name === "udp" || name === "sctp") draft.protocol = name;
  else reading.problem("general-error", `Unknown protocol ${word.text} - ignoring`, word);
};

/**
 * Whether a server is of another family than its service, where it may not be: TUN may mix them. The first real server
 * says the family of a service that has none. Judged as far as the text has been read, as keepalived does.
 */
export function familyConflict(draft: VirtualServerDraft, address: IpAddress, own: ForwardingDraft | undefined): boolean {
  if ((own ?? draft.forwarding)?.method === "TUN") return false;
  draft.family ??= familyOf(address);
  return draft.family !== familyOf(address);
}

/** When the block of the service has been read. */
export function judgeSorryServer(reading: Reading, draft: VirtualServerDraft): void {
  const { sorryServer } = draft;
  if (sorryServer === undefined || !familyConflict(draft, sorryServer.address, draft.sorryServerForwarding)) return;
  reading.problem("general-error", `Address family of virtual server and sorry server ${sorryServer.at.text} don't match - skipping sorry server.`, sorryServer.at);
  delete draft.sorryServer;
}

export const readSorryServer: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const address = parseIpAddress(word.text);
  if (address === undefined) return reading.problem("general-error", `Invalid sorry server IP address ${word.text} - skipping`, word);
  const [, , portWord] = statement.words;
  const port = portWord === undefined ? undefined : readInteger(reading, portWord, 0, 65_535);
  if (portWord !== undefined && port === undefined) return reading.problem("general-error", `Invalid sorry server port ${portWord.text} - skipping`, portWord);
  draft.sorryServer = { at: word, address, port };
};

export const readSorryServerInhibit: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  if (draft.sorryServer === undefined) reading.problem("general-error", "Ignoring sorry_server inhibit used before or without sorry_server", statement.words[0]);
  else draft.sorryServerInhibit = true;
};

export const readSorryServerForwarding: Reader<VirtualServerDraft> = (reading, draft, statement) => {
  if (draft.sorryServer === undefined) return reading.problem("general-error", "sorry_server forwarding used without sorry_server", statement.words[0]);
  const value = readForwarding(reading, statement, "sorry server");
  if (value !== undefined) draft.sorryServerForwarding = value;
};

/** The address and port of a `real_server`; undefined after a message. */
export function readRealServerAddress(reading: Reading, statement: Statement): { at: Word; address: IpAddress; port: number | undefined } | undefined {
  const at = reading.word(statement, 1);
  if (at === undefined) return undefined;
  const [, , portWord] = statement.words;
  const port = portWord === undefined ? undefined : readInteger(reading, portWord, 0, 65_535);
  const address = parseIpAddress(at.text);
  if (address === undefined || (portWord !== undefined && port === undefined)) {
    reading.problem("general-error", `Invalid real server ip address/port ${at.text}/${portWord?.text ?? ""} - skipping`, at);
    return undefined;
  }
  return { at, address, port };
}
