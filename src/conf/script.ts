import type { Statement, Word } from "./grammar.ts";
import type { AccountDraft } from "./drafts.ts";
import type { Reading } from "./reading.ts";

// Script keywords are split twice: the line into words, then the command word into arguments, where '...', "..." and
// backslashes work; a backslash in a quoted command is thus read twice, as keepalived 2.2.7 was seen to do. After the
// command stand user and group.

/** A command as written. */
export interface ScriptDraft {
  readonly at: Word;
  readonly text: string;
  readonly argv: readonly string[];
  /** undefined: none was written. */
  readonly account?: AccountDraft;
}

export type SplitCommand = { readonly ok: true; readonly argv: readonly string[] } | { readonly ok: false; readonly message: string };

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", E: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** Splits a command into its arguments. */
export function splitCommand(command: string): SplitCommand {
  const argv: string[] = [];
  let current: string | undefined;
  let quote = "";
  for (let i = 0; i < command.length; i++) {
    const c = command[i] ?? "";
    if (c === "\\" && i + 1 < command.length) {
      const escape = readEscape(command, i + 1);
      current = (current ?? "") + escape.text;
      i = escape.last;
    } else if (quote !== "") {
      if (c === quote) quote = "";
      else current = (current ?? "") + c;
    } else if (c === "'" || c === '"') {
      quote = c;
      current ??= "";
    } else if (/\s/.test(c)) {
      if (current !== undefined) argv.push(current);
      current = undefined;
    } else {
      current = (current ?? "") + c;
    }
  }
  if (quote !== "") return { ok: false, message: `String '${command}': missing terminating ${quote}` };
  if (current !== undefined) argv.push(current);
  return { ok: true, argv };
}

/** The first of the two readings: escapes become characters, quotes stay. */
function unescapeOnce(command: string): string {
  let plain = "";
  for (let i = 0; i < command.length; i++) {
    const c = command[i] ?? "";
    if (c !== "\\" || i + 1 === command.length) {
      plain += c;
      continue;
    }
    const escape = readEscape(command, i + 1);
    plain += escape.text;
    i = escape.last;
  }
  return plain;
}

/** What follows a backslash: a letter, octal, hexadecimal or control code, or the character itself. */
function readEscape(command: string, at: number): { readonly text: string; readonly last: number } {
  const rest = command.slice(at, at + 4);
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) return { text: String.fromCharCode(Number.parseInt(octal, 8) & 0xff), last: at + octal.length - 1 };
  const hexadecimal = /^x[0-9a-fA-F]{1,2}/.exec(rest)?.[0];
  if (hexadecimal !== undefined) return { text: String.fromCharCode(Number.parseInt(hexadecimal.slice(1), 16)), last: at + hexadecimal.length - 1 };
  if (rest[0] === "c" && rest.length > 1) return { text: String.fromCharCode(rest.charCodeAt(1) & 0x1f), last: at + 1 };
  const c = rest[0] ?? "";
  return { text: (Object.hasOwn(ESCAPES, c) ? ESCAPES[c] : undefined) ?? c, last: at };
}

/** The command and the account of a script keyword; undefined after a message. */
export function readScript(reading: Reading, statement: Statement, absent?: string): ScriptDraft | undefined {
  const word = absent === undefined ? reading.word(statement, 1) : statement.words[1];
  if (word === undefined) {
    if (absent !== undefined) reading.problem("general-error", absent, statement.words[0], { code: "missing-word", remedy: "write the command behind it" });
    return undefined;
  }
  const command = word.quoted ? unescapeOnce(word.text) : word.text;
  const split = splitCommand(command);
  if (!split.ok) {
    reading.problem("unmatched-quote", split.message, word, { remedy: "write the closing quote in the command" });
    return undefined;
  }
  const account = statement.words.length > 2 ? readAccount(reading, statement.words.slice(2)) : undefined;
  return { at: word, text: command, argv: split.argv, ...(account === undefined ? {} : { account }) };
}

/**
 * `USER [[:] GROUP]`; the group defaults to the user's own. A name that does not exist is reported here.
 *
 * @param words at least one
 */
export function readAccount(reading: Reading, words: readonly Word[]): AccountDraft {
  const parts = words.flatMap((word) => word.text.split(":").filter((part) => part !== "").map((text) => ({ ...word, text })));
  const [user, group] = parts;
  const name = user?.text ?? "";
  const written = parts.slice(0, 2).map(({ text }) => text);
  const missing: AccountDraft = { uid: undefined, gid: 0, user: name, written };
  const found = accountOf(reading, name);
  if (found === undefined) {
    reading.note(`Script user '${name}' does not exist`, user ?? words[0], { code: "script-unusable", remedy: "name an account of this machine" });
    return missing;
  }
  if (group === undefined) return { ...found, user: name, written };
  const gid = /^[0-9]+$/.test(group.text) ? Number(group.text) : reading.environment.accounts.group(group.text)?.gid;
  if (gid === undefined) {
    reading.note(`Script group '${group.text}' does not exist`, group, { code: "script-unusable", remedy: "name a group of this machine" });
    return missing;
  }
  return { uid: found.uid, gid, user: name, written };
}

function accountOf(reading: Reading, name: string): { readonly uid: number; readonly gid: number } | undefined {
  const known = reading.environment.accounts.user(name);
  if (known !== undefined) return { uid: known.uid, gid: known.gid };
  return /^[0-9]+$/.test(name) ? { uid: Number(name), gid: Number(name) } : undefined;
}
