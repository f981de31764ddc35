import { parseIpAddress } from "../../base/ip.ts";
import type { InstanceDraft, PeerDraft } from "../drafts.ts";
import type { Statement, Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { joinFamily, readSource } from "./instance.ts";

/** Remembers that a keyword was used that makes sense only with peers. */
function wantsPeers(draft: InstanceDraft, keyword: Word | undefined): void {
  if (keyword !== undefined) draft.unicastKeyword ??= keyword;
}

/** `[IP]`. */
export const readUnicastSource: Reader<InstanceDraft> = (reading, draft, statement) => {
  const [keyword, word] = statement.words;
  wantsPeers(draft, keyword);
  if (word !== undefined) readSource(reading, draft, word);
};

export const readCheckUnicastSource: Reader<InstanceDraft> = (...[, draft, statement]) => {
  wantsPeers(draft, statement.words[0]);
  draft.checkUnicastSrc = true;
};

export const readOldChecksum: Reader<InstanceDraft> = (reading, draft, statement) => {
  const [keyword, mode] = statement.words;
  wantsPeers(draft, keyword);
  if (mode === undefined) draft.oldUnicastChecksum = "always";
  else if (mode.text === "never") draft.oldUnicastChecksum = "never";
  else reading.problem("general-error", `(${draft.name}) Unknown old_unicast_chksum mode ${mode.text} - ignoring`, mode);
};

/** The block: one peer a line. */
export const readPeers: Reader<InstanceDraft> = (reading, draft, statement) => {
  wantsPeers(draft, statement.words[0]);
  for (const line of statement.block ?? []) readPeer(reading, draft, line);
};

/** `IP [min_ttl N] [max_ttl N]`. */
function readPeer(reading: Reading, draft: InstanceDraft, line: Statement): void {
  const [at, ...options] = line.words;
  if (at === undefined) return;
  const { name } = draft;
  const address = parseIpAddress(at.text);
  if (address === undefined) return reading.problem("general-error", `Configuration error: VRRP instance[${name}] malformed unicast peer address[${at.text}]. Skipping...`, at);
  if (!joinFamily(draft, address)) {
    return reading.problem("general-error", `Configuration error: VRRP instance[${name}] and unicast peer address[${at.text}] MUST be of the same family !!! Skipping...`, at);
  }
  const peer: PeerDraft = { at, address };
  for (let i = 0; i < options.length; i += 2) {
    const [option, value] = options.slice(i, i + 2);
    if (option !== undefined) readPeerOption(reading, name, peer, option, value);
  }
  const { minTtl = 0, maxTtl = 255 } = peer;
  if (minTtl > maxTtl) reading.problem("general-error", `(${name}) min_ttl ${minTtl} > max_ttl ${maxTtl} - all packets will be discarded`, at);
  draft.unicastPeers.push(peer);
}

function readPeerOption(reading: Reading, name: string, peer: PeerDraft, option: Word, value: Word | undefined): void {
  if (value === undefined) return reading.problem("general-error", `(${name}) ${option.text} is missing a value`, option);
  if (option.text !== "min_ttl" && option.text !== "max_ttl") return reading.problem("general-error", `(${name}) unknown unicast_peer option ${option.text}`, option);
  const ttl = readInteger(reading, value, 0, 255);
  if (ttl !== undefined) peer[option.text === "min_ttl" ? "minTtl" : "maxTtl"] = ttl;
}
