import { familyOf } from "../../base/ip.ts";
import type { CheckerDraft, RealServerDraft, SocketDraft } from "../drafts.ts";
import { argument, customBlock } from "../forms.ts";
import type { Statement, Word } from "../grammar.ts";
import { readBlock } from "../keyword.ts";
import type { Form, KeywordTable, Reader } from "../keyword.ts";
import { INT_MAX, readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";

// Checkers as blocks, and what belongs to a checker as a whole. Urls: url.ts; datagrams and queries: probe.ts.

function newChecker(type: CheckerDraft["type"], at: Word): CheckerDraft {
  return { at, type, httpProtocol: "1.0", fastRecovery: false, urls: [], tlsCompliant: false, dynamic: false, hosts: [] };
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

/** The old way to give SMTP_CHECK its sockets; what else stands in it is the checker's own. */
export function smtpHost(table: () => KeywordTable<CheckerDraft>): Form<CheckerDraft> {
  return customBlock((reading, draft, statement) => {
    const [at] = statement.words;
    if (at === undefined) return;
    reading.problem("deprecated", "The SMTP_CHECK host block is deprecated. Please define additional checkers.", at);
    const made = newChecker("SMTP_CHECK", at);
    reading.inBlock("host", "", () => readBlock(reading, table(), made, statement.block ?? []));
    const { alpha, retry, delayBeforeRetryUs, delayLoopUs, warmupUs, logAllFailures } = made;
    const schedule = { alpha, retry, delayBeforeRetryUs, delayLoopUs, warmupUs, logAllFailures };
    Object.assign(draft, Object.fromEntries(Object.entries(schedule).filter(([, value]) => value !== undefined)));
    draft.hosts.push(made);
  });
}

/** Whether the block says enough to check anything. */
function complete(reading: Reading, server: RealServerDraft, made: CheckerDraft): boolean {
  const { at, type } = made;
  for (const socket of [made, ...made.hosts]) dropForeignSource(reading, server, socket, at);
  const missing = (message: string): boolean => {
    reading.problem("general-error", message, at);
    return false;
  };
  switch (type) {
    case "MISC_CHECK":
      return made.script !== undefined || missing("No script path has been specified for MISC_CHECKER - skipping");
    case "FILE_CHECK":
      return made.trackFile !== undefined || missing("FILE_CHECK has no track_file specified - ignoring");
    case "BFD_CHECK":
      return made.bfd !== undefined || missing(`(${reading.subject}) No name has been specified for BFD_CHECKER - skipping`);
    case "UDP_CHECK":
      checkReplyLengths(reading, made);
      return true;
    case "HTTP_GET":
    case "SSL_GET":
      return hasUrl(reading, made);
    default:
      return true;
  }
}

function dropForeignSource(reading: Reading, server: RealServerDraft, socket: SocketDraft, at: Word): void {
  const { bindAddress, connectAddress = server.address } = socket;
  if (bindAddress === undefined || familyOf(bindAddress) === familyOf(connectAddress)) return;
  reading.problem("general-error", `bindto address ${bindAddress} does not match address family of connect_ip - skipping`, at);
  delete socket.bindAddress;
}

function checkReplyLengths(reading: Reading, { at, minReplyLength = 0, maxReplyLength = LONGEST_REPLY }: CheckerDraft): void {
  if (minReplyLength <= maxReplyLength) return;
  reading.problem("general-error", `UDP_CHECK min_reply length ${minReplyLength} > max_reply_length ${maxReplyLength} - will always fail`, at);
}

/** keepalived's default of `max_reply_length`, in octets. */
export const LONGEST_REPLY = 255;

function hasUrl(reading: Reading, made: CheckerDraft): boolean {
  for (const url of made.urls) {
    if (url.path === undefined) reading.problem("general-error", "HTTP/SSL_GET checker url has no path - ignoring", made.at, { code: "incomplete-block", remedy: "write 'path /...' in each of its url blocks" });
  }
  const usable = made.urls.filter(({ path }) => path !== undefined);
  made.urls.splice(0, made.urls.length, ...usable);
  if (usable.length === 0) reading.problem("general-error", "HTTP/SSL_GET checker has no urls specified - ignoring", made.at, { code: "incomplete-block", remedy: "write a 'url { path /... }' block in it" });
  return usable.length > 0;
}

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
  const word = argument(reading, statement, { absent: "Missing http_protocol version" });
  if (word === undefined) return;
  if (word.text === "1.0" || word.text === "1.1") draft.httpProtocol = word.text;
  else if (word.text === "1.0C" || word.text === "1.0c") draft.httpProtocol = "1.0C";
  else reading.problem("general-error", `Invalid http_protocol version ${word.text}`, word);
};

/** `track_file NAME` of FILE_CHECK; whether it is defined is seen when all is read. */
export const readCheckedFile: Reader<CheckerDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word !== undefined) draft.trackFile = word;
};

/** `INTEGER [reverse|noreverse]`. */
export const readFileWeight: Reader<CheckerDraft> = (reading, draft, statement) => {
  const [keyword, word, option] = statement.words;
  if (word === undefined) return reading.problem("general-error", "track file weight missing", keyword);
  const weight = readInteger(reading, word, -INT_MAX, INT_MAX);
  if (weight === undefined) {
    return reading.problem("general-error", `weight for track file must be in [-${INT_MAX}..${INT_MAX}] inclusive. Ignoring...`, word);
  }
  if (option !== undefined && option.text !== "reverse" && option.text !== "noreverse") {
    return reading.problem("general-error", `unknown track file weight option ${option.text} - ignoring`, option);
  }
  draft.weight = weight;
  if (option !== undefined) draft.reverse = option.text === "reverse";
};

/** `name NAME` of BFD_CHECK. */
export const readBfdName: Reader<CheckerDraft> = (reading, draft, statement) => {
  const [keyword, word] = statement.words;
  if (word === undefined || statement.words.length > 2) {
    return reading.problem("general-error", `(${reading.subject}) BFD_CHECK - No or too many names specified - skipping checker`, keyword);
  }
  if (draft.bfd !== undefined) return reading.problem("general-error", `(${reading.subject}) BFD_CHECK - BFD ${word.text} already specified as ${draft.bfd.text}`, word);
  draft.bfd = word;
};
