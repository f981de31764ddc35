import { addressBytes, compareAddresses, familyOf, formatIpAddress, hostPrefixLength, parseIpAddress } from "../../base/ip.ts";
import type { IpAddress } from "../../base/ip.ts";
import type { Draft, GroupDraft, TlsCredentialsDraft } from "../drafts.ts";
import type { Statement, Word } from "../grammar.ts";
import { readBlock } from "../keyword.ts";
import type { Reader } from "../keyword.ts";
import { SSL } from "../keywords/lvs.ts";
import type { GroupEntry } from "../model.ts";
import { readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";

// virtual_server_group, and the credentials of the SSL block.

/** `NAME { entries }`. */
export const readServerGroup: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const group: GroupDraft = { at, name: at.text, entries: [] };
  reading.inBlock("virtual_server_group", at.text, () => {
    for (const line of statement.block ?? []) {
      const entry = readEntry(reading, at.text, line);
      if (entry !== undefined) group.entries.push(entry);
    }
  });
  if (group.entries.length === 0) reading.problem("general-error", `virtual server group ${at.text} has no entries - removing`, at);
  else draft.serverGroups.push(group);
};

function readEntry(reading: Reading, group: string, line: Statement): GroupEntry | undefined {
  const [at, second] = line.words;
  if (at === undefined) return undefined;
  if (line.block !== undefined) {
    reading.problem("unexpected-brace", "Unexpected '{' - ignoring", at);
    reading.refuse("a block inside 'virtual_server_group'", at);
  }
  if (at.text === "fwmark") return readMark(reading, group, line);
  const port = second === undefined ? 0 : readInteger(reading, second, 0, 65_535);
  const [from = "", to, ...more] = at.text.split("-");
  const [network = "", length, ...others] = from.split("/");
  const address = parseIpAddress(network);
  if (address === undefined || port === undefined || more.length > 0 || others.length > 0 || (to !== undefined && length !== undefined)) {
    reading.problem("general-error", `Invalid virtual server group IP address ${at.text} ${second === undefined ? "" : `/port/${second.text}`} - skipping`, at);
    return undefined;
  }
  if (length !== undefined) return readNetwork(reading, at, address, length, port);
  if (to !== undefined) return readRange(reading, at, address, to, port);
  return { type: "address", address, port };
}

/** `fwmark N [inet|inet6]`. */
function readMark(reading: Reading, group: string, line: Statement): GroupEntry | undefined {
  const word = reading.word(line, 1);
  if (word === undefined) return undefined;
  const fwmark = readInteger(reading, word, 0, UINT_MAX);
  const [, , family] = line.words;
  if (fwmark === undefined) {
    reading.problem("general-error", `(${group}): fwmark '${word.text}' must be in [0, ${UINT_MAX}] - ignoring`, word);
    return undefined;
  }
  if (family === undefined) return { type: "fwmark", fwmark, family: undefined };
  if (family.text === "inet" || family.text === "inet6") return { type: "fwmark", fwmark, family: family.text === "inet" ? 4 : 6 };
  reading.problem("general-error", `(${group}): fwmark '${word.text}' family ${family.text} unknown - ignoring`, family);
  return undefined;
}

/** `IP/LEN`. */
function readNetwork(reading: Reading, at: Word, address: IpAddress, length: string, port: number): GroupEntry | undefined {
  const prefixLength = /^[0-9]+$/.test(length) ? Number(length) : -1;
  if (prefixLength < 0 || prefixLength > hostPrefixLength(familyOf(address))) {
    reading.problem("general-error", `Invalid netmask - ${at.text} - skipping`, at);
    return undefined;
  }
  const hostBits = addressBytes(address).some((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, prefixLength - 8 * i)))) !== 0);
  if (!hostBits) return { type: "network", address, prefixLength, port };
  reading.problem("general-error", `Address mask bits not empty - ${at.text} - skipping`, at);
  return undefined;
}

/** `IP-N` (decimal for IPv4, hexadecimal for IPv6) or `IP-IP`. */
function readRange(reading: Reading, at: Word, first: IpAddress, to: string, port: number): GroupEntry | undefined {
  const whole = parseIpAddress(to);
  const last = whole ?? rangeEnd(reading, at, first, to);
  if (last === undefined) return undefined;
  // keepalived takes a range of one, but only as two whole addresses.
  if (familyOf(last) !== familyOf(first) || compareAddresses(first, last) > 0 || (whole === undefined && first === last)) {
    reading.problem("general-error", `Address range end is not greater than address range start - ${at.text} - skipping`, at);
    return undefined;
  }
  const octets = familyOf(first) === 4 ? 1 : 2;
  const [start, end] = [addressBytes(first), addressBytes(last)];
  if (start.some((byte, i) => i < start.length - octets && byte !== end[i])) {
    // keepalived takes the file and counts in the last octet alone; nobody meant that.
    reading.refuse(`virtual_server_group range ${at.text}, whose ends differ in more than the last ${octets === 1 ? "octet" : "hextet"}`, at);
  }
  return { type: "range", first, last, port };
}

function rangeEnd(reading: Reading, at: Word, first: IpAddress, to: string): IpAddress | undefined {
  const four = familyOf(first) === 4;
  const digits = (four ? /^[0-9]+/ : /^[0-9a-fA-F]+/).exec(to)?.[0] ?? "";
  if (digits !== to || digits === "") {
    reading.problem("general-error", `Virtual server group range '${at.text}' has extra characters at end '${to.slice(digits.length)}'`, at);
    return undefined;
  }
  const end = Number.parseInt(digits, four ? 10 : 16);
  if (end > (four ? 0xff : 0xffff)) {
    reading.problem("general-error", `Virtual server group range '${at.text}' end '${digits}' too large`, at);
    return undefined;
  }
  const bytes = Uint8Array.from(addressBytes(first));
  bytes[bytes.length - 1] = end & 0xff;
  if (!four) bytes[bytes.length - 2] = end >> 8;
  return formatIpAddress(bytes);
}

/** A second block replaces the first. */
export const readTlsCredentials: Reader<Draft> = (reading, draft, statement) => {
  const credentials: TlsCredentialsDraft = {};
  reading.inBlock("SSL", "", () => readBlock(reading, SSL, credentials, statement.block ?? []));
  if (draft.ssl !== undefined) reading.problem("general-error", "SSL context already specified - replacing", statement.words[0]);
  draft.ssl = credentials;
};
