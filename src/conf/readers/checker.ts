import { familyOf } from "../../base/ip.ts";
import type { CheckerDraft, RealServerDraft, UrlDraft } from "../drafts.ts";
import { customBlock } from "../forms.ts";
import type { Statement, Word } from "../grammar.ts";
import { readBlock } from "../keyword.ts";
import type { Form, KeywordTable, Reader } from "../keyword.ts";
import { readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";

function newChecker(type: CheckerDraft["type"], at: Word): CheckerDraft {
  return { at, type, fwmark: 0, httpProtocol: "1.0", fastRecovery: false, urls: [], dynamic: false };
}

/** A checker's block. */
export function checker(type: CheckerDraft["type"], table: () => KeywordTable<CheckerDraft>): Form<RealServerDraft> {
  return customBlock((reading, draft, statement) => {
    const [at] = statement.words;
    if (at === undefined) return;
    const made = newChecker(type, at);
    reading.inBlock(type, "", () => readBlock(reading, table(), made, statement.block ?? []));
    if (complete(reading, draft, made)) draft.checkers.push(made);
  });
}

/** A checker that is not built: read for its errors alone. */
export function checkedBlock(table: () => KeywordTable<CheckerDraft>): Form<RealServerDraft> {
  return customBlock((...[reading, , statement]) => {
    const [at] = statement.words;
    if (at === undefined) return;
    const made = newChecker("HTTP_GET", at);
    reading.inBlock(at.text, "", () => readBlock(reading, table(), made, statement.block ?? []));
  });
}

/** Whether the block says enough to check anything. */
function complete(reading: Reading, server: RealServerDraft, made: CheckerDraft): boolean {
  const { at, type, bindAddress, connectAddress = server.address } = made;
  if (bindAddress !== undefined && familyOf(bindAddress) !== familyOf(connectAddress)) {
    reading.problem("general-error", `bindto address ${bindAddress} does not match address family of connect_ip - skipping`, at);
    delete made.bindAddress;
  }
  if (type === "MISC_CHECK" && made.script === undefined) {
    reading.problem("general-error", "No script path has been specified for MISC_CHECKER - skipping", at);
    return false;
  }
  if (type !== "HTTP_GET") return true;
  for (const url of made.urls) {
    if (url.path === undefined) reading.problem("general-error", "HTTP/SSL_GET checker url has no path - ignoring", at);
  }
  const usable = made.urls.filter(({ path }) => path !== undefined);
  made.urls.splice(0, made.urls.length, ...usable);
  if (usable.length === 0) reading.problem("general-error", "HTTP/SSL_GET checker has no urls specified - ignoring", at);
  return usable.length > 0;
}

export function newUrl(draft: CheckerDraft): UrlDraft {
  const url: UrlDraft = {};
  draft.urls.push(url);
  return url;
}

export const readDigest: Reader<UrlDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const { text } = word;
  if (text.length !== 32) return reading.problem("general-error", `digest '${text}' character length should be 32 rather than ${text.length}`, word);
  const wrong = text.search(/[^0-9a-fA-F][0-9a-fA-F]*$/); // keepalived names the last of several
  if (wrong < 0) {
    draft.digest = text.toLowerCase();
    return;
  }
  const pair = wrong - (wrong % 2);
  reading.problem("general-error", `Unable to interpret hex digit in '${text}' at offset ${pair}/${pair + 1}`, word);
};

/** `CODE` and `CODE-CODE`, several; each line adds. */
export const readStatusCodes: Reader<UrlDraft> = (reading, draft, statement) => {
  const codes = [...(draft.statusCodes ?? [])];
  for (const word of statement.words.slice(1)) {
    const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(word.text);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (match === null || from < 100 || to > 599 || from > to) reading.problem("general-error", `Invalid HTTP_GET status code '${word.text}'`, word);
    else codes.push({ from, to });
  }
  if (codes.length > 0) draft.statusCodes = codes;
};

/** The old name of `retry`. */
export const readNbGetRetry: Reader<CheckerDraft> = (reading, draft, statement: Statement) => {
  reading.problem("deprecated", "nb_get_retry is deprecated - please use 'retry'", statement.words[0]);
  const word = reading.word(statement, 1);
  if (word === undefined) return;
  const retry = readInteger(reading, word, 0, UINT_MAX);
  if (retry === undefined) reading.problem("general-error", `Invalid nb_get_retry value '${word.text}'`, word);
  else draft.retry = retry;
};

export const readHttpProtocol: Reader<CheckerDraft> = (reading, draft, statement) => {
  const [keyword, word] = statement.words;
  if (word === undefined) return reading.problem("general-error", "Missing http_protocol version", keyword);
  if (word.text === "1.0" || word.text === "1.1") draft.httpProtocol = word.text;
  else if (word.text === "1.0C" || word.text === "1.0c") draft.httpProtocol = "1.0C";
  else reading.problem("general-error", `Invalid http_protocol version ${word.text}`, word);
};
