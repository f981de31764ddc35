import type { CheckerDraft } from "../drafts.ts";
import { argument } from "../forms.ts";
import type { Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import type { DnsType, ReplyOctet } from "../model.ts";

// What UDP_CHECK sends and expects, and what DNS_CHECK and SMTP_CHECK say.

/** `payload HEX`: digits in any grouping. */
export const readPayload: Reader<CheckerDraft> = (reading, draft, statement) => {
  const words = statement.words.slice(1);
  if (words.length === 0) return reading.problem("general-error", "UDP_CHECK payload requires a payload", statement.words[0]);
  const octets = octetsOf(words, false);
  if (octets === undefined) reading.problem("general-error", "Invalid hex string for UDP_CHECK payload", words[0]);
  else draft.payload = octets.map(({ value }) => value);
};

/** `require_reply [HEX]`; x stands for any four bits. */
export const readRequireReply: Reader<CheckerDraft> = (reading, draft, statement) => {
  const words = statement.words.slice(1);
  const octets = octetsOf(words, true);
  if (octets === undefined) reading.problem("general-error", "Invalid hex string for UDP_CHECK reply", words[0]);
  else draft.requireReply = octets;
};

/**
 * keepalived's reading: two digits an octet; a digit that is left over at the end of a group is an octet of its own
 * ("Ab12f 3" is AB 12 0F 03). Undefined when something else stands there.
 */
function octetsOf(words: readonly Word[], wildcards: boolean): ReplyOctet[] | undefined {
  const octets: ReplyOctet[] = [];
  for (const group of words.flatMap(({ text }) => text.split(/\s+/)).filter((text) => text !== "")) {
    if (!(wildcards ? /^[0-9a-fA-FxX]+$/ : /^[0-9a-fA-F]+$/).test(group)) return undefined;
    for (const pair of group.match(/..?/g) ?? []) octets.push(octetOf(pair.length === 2 ? pair : `0${pair}`));
  }
  return octets;
}

function octetOf(pair: string): ReplyOctet {
  return { value: Number.parseInt(pair.replaceAll(/x/gi, "0"), 16), mask: Number.parseInt([...pair].map((digit) => (/x/i.test(digit) ? "0" : "f")).join(""), 16) };
}

const DNS_TYPES: Readonly<Record<DnsType, true>> = { A: true, NS: true, CNAME: true, SOA: true, MX: true, TXT: true, AAAA: true, RRSIG: true, DNSKEY: true };

function isDnsType(name: string): name is DnsType {
  return Object.hasOwn(DNS_TYPES, name);
}

export const readDnsType: Reader<CheckerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const name = word.text.toUpperCase();
  if (isDnsType(name)) draft.dnsType = name;
  else reading.problem("general-error", `Unknown DNS check type ${word.text} - ignoring`, word);
};

export const readDnsName: Reader<CheckerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  if (word.text.includes("..")) return reading.problem("general-error", `DNS_CHECK name '${word.text}' has empty label - ignoring`, word);
  draft.dnsName = word.text === "" ? "." : word.text;
};

export const readHeloName: Reader<CheckerDraft> = (reading, draft, statement) => {
  const word = argument(reading, statement, { absent: "SMTP_CHECK helo name missing" });
  if (word !== undefined) draft.heloName = word.text;
};
