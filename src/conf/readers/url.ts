import type { CheckerDraft, UrlDraft } from "../drafts.ts";
import { argument } from "../forms.ts";
import type { Reader } from "../keyword.ts";
import { INT_MAX } from "../numbers.ts";

export function newUrl(draft: CheckerDraft): UrlDraft {
  const url: UrlDraft = { regexNoMatch: false, regexOptions: [], regexMinOffset: 0 };
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

/** PCRE2's compile options, by the names that keepalived.conf(5) gives them. */
const REGEX_OPTIONS: ReadonlySet<string> = new Set([
  "allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly", "dotall", "dupnames", "extended", "firstline", "match_unset_backref",
  "multiline", "never_ucp", "never_utf", "no_auto_capture", "no_auto_possess", "no_dotstar_anchor", "no_start_optimize", "ucp", "ungreedy", "utf",
  "never_backslash_c", "alt_circumflex", "alt_verbnames", "use_offset_limit",
]);

// keepalived 2.2.7 has been seen to judge none of these lines with -t: a wrong value is a note here, so that both halves
// of a pair take the same file.

export const readRegexOptions: Reader<UrlDraft> = (reading, draft, statement) => {
  const options: string[] = [];
  for (const word of statement.words.slice(1)) {
    const name = word.text.toLowerCase();
    if (!REGEX_OPTIONS.has(name)) reading.note(`Unknown regex_options option ${word.text} - ignoring`, word);
    else if (!options.includes(name)) options.push(name);
  }
  draft.regexOptions = options;
};

export const readRegexMinOffset: Reader<UrlDraft> = (reading, draft, statement) => {
  const word = argument(reading, statement, { absent: "" });
  if (word === undefined) return;
  const offset = bytes(word.text);
  if (offset === undefined) reading.note(`Invalid regex_min_offset ${word.text} - ignoring`, word);
  else draft.regexMinOffset = offset;
};

export const readRegexMaxOffset: Reader<UrlDraft> = (reading, draft, statement) => {
  const word = argument(reading, statement, { absent: "" });
  if (word === undefined) return;
  const offset = bytes(word.text);
  if (offset === undefined) reading.note(`Invalid regex_max_offset ${word.text} - ignoring`, word);
  else draft.regexMaxOffset = offset;
};

/** `START MAX`. */
export const readRegexStack: Reader<UrlDraft> = (reading, draft, statement) => {
  const [keyword, first, second] = statement.words;
  const start = bytes(first?.text ?? "");
  const max = bytes(second?.text ?? "");
  if (start === undefined || max === undefined || start > max) reading.note("regex_stack needs START and MAX with START <= MAX - ignoring", keyword);
  else draft.regexStack = { start, max };
};

function bytes(text: string): number | undefined {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return value <= INT_MAX ? value : undefined;
}
