import { familyOf, parseIpAddress } from "../../base/ip.ts";
import type { Draft, RealServerDraft, ServiceDraft, VirtualServerDraft } from "../drafts.ts";
import type { Statement } from "../grammar.ts";
import { readBlock } from "../keyword.ts";
import type { Reader } from "../keyword.ts";
import { REAL_SERVER, VIRTUAL_SERVER } from "../keywords/virtual-server.ts";
import { readInteger, UINT_MAX } from "../numbers.ts";
import type { Advice, Reading } from "../reading.ts";
import { familyConflict, judgeSorryServer, readRealServerAddress } from "./service.ts";

export const readVirtualServer: Reader<Draft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const service = readService(reading, statement);
  // A service whose address cannot be read is still read for its other errors.
  const server: VirtualServerDraft = {
    at,
    service: service ?? { type: "fwmark", fwmark: 0 },
    schedulerFlags: new Set(),
    onePacket: false,
    haSuspend: false,
    omega: false,
    quorum: 1,
    hysteresis: 0,
    inhibitOnFailure: false,
    sorryServerInhibit: false,
    realServers: [],
  };
  if (service?.type === "address") server.family = familyOf(service.address);
  if (service !== undefined) draft.virtualServers.push(server);
  const name = statement.words.slice(1).map(({ text }) => text).join(" ");
  reading.inBlock("virtual_server", name, () => readBlock(reading, VIRTUAL_SERVER, server, statement.block ?? []));
  judgeSorryServer(reading, server);
};

/** Whoever writes address and port in one word. */
function portRemedy(text: string): Advice {
  const [, address = "", port = ""] = /^\[?([0-9A-Fa-f.:]+?)\]?:([0-9]+)$/.exec(text) ?? [];
  return parseIpAddress(address) === undefined ? {} : { remedy: `write address and port as two words: ${address} ${port}` };
}

/** `IP [PORT]`, `fwmark N` or `group NAME`. */
function readService(reading: Reading, statement: Statement): ServiceDraft | undefined {
  const [, first, second] = statement.words;
  if (first === undefined) return undefined;
  if (first.text === "group") {
    const name = reading.word(statement, 2);
    reading.refuse("virtual_server group", first);
    return name === undefined ? undefined : { type: "group", name };
  }
  if (first.text === "fwmark") {
    const word = reading.word(statement, 2);
    const fwmark = word === undefined ? undefined : readInteger(reading, word, 1, UINT_MAX);
    if (word !== undefined && fwmark === undefined) reading.problem("general-error", `Invalid virtual server fwmark ${word.text} - skipping`, word);
    return fwmark === undefined ? undefined : { type: "fwmark", fwmark };
  }
  const port = second === undefined ? 0 : readInteger(reading, second, 0, 65_535);
  const address = parseIpAddress(first.text);
  if (address !== undefined && port !== undefined) return { type: "address", address, port };
  reading.problem("general-error", `Invalid virtual server IP address/port ${first.text}/${second?.text ?? ""} - skipping`, first, portRemedy(first.text));
  return undefined;
}

export function readRealServer(reading: Reading, draft: VirtualServerDraft, statement: Statement): void {
  const head = readRealServerAddress(reading, statement);
  const at = statement.words[1];
  if (at === undefined) return;
  const server: RealServerDraft = { at, address: head?.address ?? UNREADABLE, port: head?.port, upperThreshold: 0, lowerThreshold: 0, checkers: [] };
  const name = statement.words.slice(1).map(({ text }) => text).join(" ");
  reading.inBlock("real_server", name, () => readBlock(reading, REAL_SERVER, server, statement.block ?? []));
  if (head === undefined) return;
  if (!familyConflict(draft, server.address, server.forwarding)) draft.realServers.push(server);
  else reading.problem("general-error", `Address family of virtual server and real server ${at.text} don't match - skipping real server.`, at);
}

/** Stands in a real server that is read for its errors alone. */
const UNREADABLE = "0.0.0.0" as RealServerDraft["address"];
