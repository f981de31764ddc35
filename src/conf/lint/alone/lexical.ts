import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import { COMMAND_KEYWORDS } from "../../keywords/commands.ts";
import type { Entry } from "../outline.ts";

type Code = "quote-ends-word" | "single-quotes" | "parameter-undefined";

/** Keywords whose value may hold any character, so that `'` and `$` in it are what they are. */
const FREE_TEXT = new Set(["regex", "path", "payload", "require_reply", "digest"]);

/** Whose words are not repeated. */
const SECRET_WORDS = new Set(["auth_pass", "key", "password"]);

/** Legal lines that say something else than they look like. */
export const LEXICAL = rule<Code>({
  subject: "Quotes, comments and parameters",
  codes: {
    "quote-ends-word": {
      severity: "warning",
      title: "a quoted part ends its word",
      explanation: "ab\"cd\" is two words, ab and cd, not one. Quote the whole word.",
    },
    "single-quotes": {
      severity: "warning",
      title: "single quotes are part of the word",
      explanation: "Outside commands only the double quote quotes. auth_pass 'secret' has the password 'secret' with its quotes, of which the first eight characters count.",
    },
    "parameter-undefined": {
      severity: "warning",
      title: "a parameter that is not defined",
      explanation: "$NAME that nothing defines stays in the text as it is, without a message, and becomes part of a name, a path or a password. Define it ('$NAME=VALUE') before the line, or correct the name.",
    },
  },
  find: (file) => [...words(file)],
});

function* words({ outline }: LintedFile): Generator<Found<Code>, void> {
  for (const entry of outline.everything()) {
    const command = COMMAND_KEYWORDS.has(entry.keyword);
    yield* quotes(entry, command);
    if (!command && !FREE_TEXT.has(entry.keyword)) yield* plainWords(entry);
  }
}

function* quotes(entry: Entry, command: boolean): Generator<Found<Code>, void> {
  const { words: all } = entry.statement;
  for (let i = 1; i < all.length; i++) {
    const [before, word] = [all[i - 1], all[i]];
    if (before === undefined || word === undefined || before.line !== word.line) continue;
    if (!before.quoted && !word.quoted) continue;
    if (before.offset + before.text.length + (before.quoted ? 2 : 0) !== word.offset) continue;
    // In a command the second of the two readings joins what single quotes keep apart.
    if (command && (before.text.includes("'") || word.text.includes("'"))) continue;
    yield { code: "quote-ends-word", at: entry.place(i), reason: `'${before.text}' and '${word.text}' are two words`, remedy: "put the whole word into quotes, or a blank between the two" };
  }
}

function* plainWords(entry: Entry): Generator<Found<Code>, void> {
  for (const [i, { text, quoted }] of entry.statement.words.entries()) {
    if (quoted || i === 0) continue;
    if (text.startsWith("'") && text.length > 1) {
      const whole = text.endsWith("'") ? "the quotes are part of the word" : "the quote is part of the word, which ends at the blank";
      yield { code: "single-quotes", at: entry.place(i), reason: SECRET_WORDS.has(entry.keyword) ? whole : `${whole}: ${text}`, remedy: "use double quotes, or none" };
    }
    const parameter = /\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*[^}]*\}?)/.exec(text)?.[0];
    if (parameter !== undefined && !SECRET_WORDS.has(entry.keyword)) {
      yield { code: "parameter-undefined", at: entry.place(i), reason: `nothing defines ${parameter}, which stays in the text`, remedy: `define it before this line: ${parameter.replace(/[{}]/g, "")}=VALUE` };
    }
  }
}
