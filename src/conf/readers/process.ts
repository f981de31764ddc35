import type { GlobalDraft } from "../drafts.ts";
import { argument, bool, custom, flag, integer, text } from "../forms.ts";
import type { Form, Reader } from "../keyword.ts";
import { INT_MAX, readInteger, UINT_MAX } from "../numbers.ts";

// Forms of global_defs that concern the process: names, scheduling, buffers, firewall, reload.

/** The kernel keeps 15 characters. */
const LONGEST_PROCESS_NAME = 15;

export function processName(part: "parent" | "vrrp" | "checker" | "bfd"): Form<GlobalDraft> {
  return custom((reading, draft, statement) => {
    const word = reading.word(statement, 1);
    if (word === undefined) return;
    if (word.text.length > LONGEST_PROCESS_NAME) {
      reading.problem("general-error", `Process name ${word.text} more than ${LONGEST_PROCESS_NAME} characters, truncating`, word);
    }
    draft.processNames[part] = word.text.slice(0, LONGEST_PROCESS_NAME);
  });
}

type Process = "vrrp" | "checker" | "bfd";

/** `*_priority`. */
export function nice(process: Process): Form<GlobalDraft> {
  const messages = { bad: `Invalid ${process} process priority specified`, absent: `No ${process} process priority specified` };
  return integer(-20, 19, (draft, value) => { draft.scheduling[process].priority = value; }, messages);
}

export function noSwap(process: Process): Form<GlobalDraft> {
  return flag((draft) => { draft.scheduling[process].noSwap = true; });
}

/** `*_rt_priority`: what is out of range becomes the nearest possible. */
export function realtimePriority(process: Process): Form<GlobalDraft> {
  return custom((reading, draft, statement) => {
    const word = argument(reading, statement, { absent: `No ${process} process real-time priority specified` });
    if (word === undefined) return;
    const value = readInteger(reading, word, -INT_MAX, INT_MAX);
    const say = (what: string): void => reading.problem("general-error", `${process} process real-time priority ${what}`, word);
    if (value === undefined) return say(`'${word.text}' invalid`);
    if (value < 1) say(`${value} less than minimum 1 - setting to minimum`);
    if (value > 99) say(`${value} greater than maximum 99 - setting to maximum`);
    draft.scheduling[process].rtPriority = Math.min(Math.max(value, 1), 99);
  });
}

/** The largest set of CPUs that the kernel's interface holds. */
const LAST_CPU = 1023;

/** `*_cpu_affinity CPU...`. */
export function cpuAffinity(process: Process): Form<GlobalDraft> {
  return custom((reading, draft, statement) => {
    const words = statement.words.slice(1);
    if (words.length === 0) return reading.problem("general-error", `No ${process} cpu_id set specified`, statement.words[0]);
    const cpus: number[] = [];
    for (const word of words) {
      const cpu = readInteger(reading, word, 0, LAST_CPU);
      if (cpu === undefined) return reading.problem("general-error", `Invalid cpu_id:${Number.parseInt(word.text, 10) || 0} specified for ${process} process`, word);
      cpus.push(cpu);
    }
    draft.scheduling[process].cpuAffinity = cpus;
  });
}

export function rttimeLimit(process: Process): Form<GlobalDraft> {
  return integer(1, UINT_MAX, (draft, value) => { draft.scheduling[process].rlimitRttimeUs = value; }, { bad: `Invalid ${process} real-time limit - %s` });
}

type Buffer = keyof GlobalDraft["receiveBuffers"];

export function bufferSize(name: string, buffer: Buffer): Form<GlobalDraft> {
  return integer(0, UINT_MAX, (draft, value) => { draft.receiveBuffers[buffer].bytes = value; }, { bad: `${name} size (%s) invalid`, absent: `${name} size missing` });
}

export function bufferForce(name: string, buffer: Buffer): Form<GlobalDraft> {
  return bool((draft, value) => { draft.receiveBuffers[buffer].force = value; }, { bad: `Invalid value '%s' for global ${name}_force specified` });
}

/** A keyword that may be written once; keepalived keeps the first. */
export function once<Draft>(what: string, get: (draft: Draft) => unknown, set: (draft: Draft, value: string) => void, severity: "error" | "note"): Form<Draft> {
  return custom((reading, draft, statement) => {
    const word = argument(reading, statement, { absent: `${what} name missing - ignoring` });
    if (word === undefined) return;
    if (get(draft) === undefined) return set(draft, word.text);
    const message = `Duplicate ${what} definition ${word.text} - ignoring`;
    if (severity === "note") reading.note(message, word);
    else reading.problem("general-error", message, word);
  });
}

export const readRxBuffersPolicy: Reader<GlobalDraft> = (reading, draft, statement) => {
  const word = argument(reading, statement, { absent: "vrrp_rx_bufs_policy missing" });
  if (word === undefined) return;
  const name = word.text.toLowerCase();
  if (name === "mtu" || name === "advert") {
    draft.rxBuffersPolicy = name;
    return;
  }
  const bytes = readInteger(reading, word, 0, UINT_MAX);
  if (bytes === undefined) reading.problem("general-error", `Invalid vrrp_rx_bufs_policy ${word.text}`, word);
  else draft.rxBuffersPolicy = { bytes };
};

export const readIptables: Reader<GlobalDraft> = (...[, draft, statement]) => {
  const [, input, output] = statement.words;
  draft.firewall.iptables = { inChain: input?.text ?? "INPUT", outChain: output?.text ?? "OUTPUT" };
};

/** Names that are left out are made of those before, as keepalived makes its own: `_if`, `6`, `_igmp`, `_mld`, `_nd`. */
export const readIpsets: Reader<GlobalDraft> = (...[, draft, statement]) => {
  const [address, address6, addressIf6, igmp, mld, nd] = statement.words.slice(1).map((word) => word.text);
  if (address === undefined) {
    draft.firewall.ipsets = "off";
    return;
  }
  draft.firewall.ipsets = {
    address,
    address6: address6 ?? `${address}6`,
    addressIf6: addressIf6 ?? (address6 === undefined ? `${address}_if6` : `${address6.replace(/6$/, "")}_if6`),
    igmp: igmp ?? `${address}_igmp`,
    mld: mld ?? `${address}_mld`,
    nd: nd ?? `${address}_nd`,
  };
};

export const readSnmpSocket: Reader<GlobalDraft> = (reading, draft, statement) => {
  const [keyword, word] = statement.words;
  if (word === undefined) return reading.problem("general-error", "SNMP error : snmp socket name missing", keyword);
  if (statement.words.length > 2) return reading.problem("general-error", "Too many parameters specified for snmp_socket - ignoring", word);
  draft.snmp.socket = word.text;
};

export const readReloadFile: Reader<GlobalDraft> = (...[, draft, statement]) => {
  draft.reload.file = true;
  const path = statement.words[1]?.text;
  if (path === undefined) delete draft.reload.filePath;
  else draft.reload.filePath = path;
};

export const readReloadCheck: Reader<GlobalDraft> = (...[, draft, statement]) => {
  draft.reload.checkConfig = true;
  const log = statement.words[1]?.text;
  if (log !== undefined) draft.reload.checkLog = log;
};

/** `tmp_config_directory DIR`. */
export const tmpConfigDirectory: Form<GlobalDraft> = text((draft, value) => { draft.tmpConfigDirectory = value; }, { absent: "tmp_config_directory missing directory name" });
