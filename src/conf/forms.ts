import type { IpAddress } from "../base/ip.ts";
import { parseIpAddress } from "../base/ip.ts";
import type { Micros } from "../base/time.ts";
import type { Statement, Word } from "./grammar.ts";
import { readBlock } from "./keyword.ts";
import type { Form, KeywordTable, Reader } from "./keyword.ts";
import { booleanWord, readDecimal, readInteger } from "./numbers.ts";
import type { Reading } from "./reading.ts";

// The forms that a keyword's argument takes. In messages %s is the word, %n the name of the enclosing object.

export interface FormMessages {
  /** After a value that was dropped. */
  readonly bad?: string;
  /** When the argument is missing; without it keepalived ends with exit code 2. "" means that it may be missing. */
  readonly absent?: string;
}

type Set<Draft, Value> = (draft: Draft, value: Value) => void;

/** Fills a message's template. */
export function fillMessage(template: string, reading: Reading, text: string): string {
  return template.replaceAll("%n", reading.subject).replaceAll("%s", text);
}

/** The first argument, with keepalived's reaction when there is none. */
export function argument(reading: Reading, statement: Statement, messages: FormMessages): Word | undefined {
  const word = statement.words[1];
  if (word !== undefined) return word;
  if (messages.absent === undefined) return reading.word(statement, 1);
  if (messages.absent !== "") reading.problem("general-error", fillMessage(messages.absent, reading, ""), statement.words[0]);
  return undefined;
}

export function complain(reading: Reading, messages: FormMessages, word: Word): void {
  if (messages.bad !== undefined && messages.bad !== "") reading.problem("general-error", fillMessage(messages.bad, reading, word.text), word);
}

function form<Draft>(read: Reader<Draft>, block: Form<Draft>["block"] = "none"): Form<Draft> {
  return { read, block };
}

export function custom<Draft>(read: Reader<Draft>): Form<Draft> {
  return form(read);
}

export function customBlock<Draft>(read: Reader<Draft>): Form<Draft> {
  return form(read, "keywords");
}

/** A block of entries that are read together. */
export function customList<Draft>(read: Reader<Draft>): Form<Draft> {
  return form(read, "list");
}

export function flag<Draft>(set: (draft: Draft) => void): Form<Draft> {
  return form((...[, draft]) => set(draft));
}

export function integer<Draft>(min: number, max: number, set: Set<Draft, number>, messages: FormMessages = {}): Form<Draft> {
  return form((reading, draft, statement) => {
    const word = argument(reading, statement, messages);
    if (word === undefined) return;
    const value = readInteger(reading, word, min, max);
    if (value === undefined) complain(reading, messages, word);
    else set(draft, value);
  });
}

/** Whole seconds in the configuration, microseconds in the draft. */
export function wholeSeconds<Draft>(min: number, max: number, set: Set<Draft, Micros>, messages: FormMessages = {}): Form<Draft> {
  return integer(min, max, (draft, value) => set(draft, value * 1_000_000), messages);
}

/** Decimal seconds, `places` digits behind the point count; microseconds in the draft. `min`, `max` in seconds. */
export function seconds<Draft>(min: number, max: number, set: Set<Draft, Micros>, messages: FormMessages & { readonly places?: number } = {}): Form<Draft> {
  const places = messages.places ?? 6;
  const unit = 10 ** places;
  return form((reading, draft, statement) => {
    const word = argument(reading, statement, messages);
    if (word === undefined) return;
    const value = readDecimal(reading, word, places, Math.round(min * unit), Math.round(max * unit));
    if (value === undefined) complain(reading, messages, word);
    else set(draft, value * 10 ** (6 - places));
  });
}

/** `on`/`off` and their synonyms; bare means on. */
export function bool<Draft>(set: Set<Draft, boolean>, messages: FormMessages = {}): Form<Draft> {
  return form((reading, draft, statement) => {
    const word = statement.words[1];
    const value = word === undefined ? true : booleanWord(word.text);
    if (value !== undefined) set(draft, value);
    else if (word !== undefined) complain(reading, { bad: `Invalid value '%s' for ${statement.words[0]?.text ?? ""} specified`, ...messages }, word);
  });
}

/** One word, as it is. */
export function text<Draft>(set: Set<Draft, string>, messages: FormMessages = {}): Form<Draft> {
  return form((reading, draft, statement) => {
    const word = argument(reading, statement, messages);
    if (word !== undefined) set(draft, word.text);
  });
}

/** A word that may be missing. */
export function optionalText<Draft>(set: Set<Draft, string | undefined>): Form<Draft> {
  return form((...[, draft, statement]) => set(draft, statement.words[1]?.text));
}

/** A word, or `bare` when it is missing. */
export function flagOrText<Draft>(set: Set<Draft, string>, bare: string): Form<Draft> {
  return form((...[, draft, statement]) => set(draft, statement.words[1]?.text ?? bare));
}

export function address<Draft>(set: Set<Draft, IpAddress>, messages: FormMessages = {}): Form<Draft> {
  return form((reading, draft, statement) => {
    const word = argument(reading, statement, messages);
    if (word === undefined) return;
    const value = parseIpAddress(word.text);
    if (value === undefined) complain(reading, messages, word);
    else set(draft, value);
  });
}

/** All words of all lines of the block. */
export function names<Draft>(add: Set<Draft, Word>, whenEmpty?: string): Form<Draft> {
  return form((reading, draft, statement) => {
    const words = (statement.block ?? []).flatMap((line) => line.words);
    if (words.length === 0 && whenEmpty !== undefined) reading.problem("general-error", fillMessage(whenEmpty, reading, ""), statement.words[0]);
    for (const word of words) add(draft, word);
    refuseInnerBlocks(reading, statement);
  }, "list");
}

/** One entry per line of the block. */
export function entries<Draft>(read: Reader<Draft>): Form<Draft> {
  return form((reading, draft, statement) => {
    for (const line of statement.block ?? []) read(reading, draft, line);
    refuseInnerBlocks(reading, statement);
  }, "list");
}

function refuseInnerBlocks(reading: Reading, statement: Statement): void {
  for (const line of statement.block ?? []) {
    if (line.block === undefined) continue;
    reading.problem("unexpected-brace", "Unexpected '{' - ignoring", line.words[0]);
    reading.refuse(`a block inside '${statement.words[0]?.text ?? ""}'`, line.words[0]);
  }
}

/** A block of lines that `read` goes through by itself. */
export function list<Draft>(read: Reader<Draft>): Form<Draft> {
  return form((reading, draft, statement) => {
    read(reading, draft, statement);
    refuseInnerBlocks(reading, statement);
  }, "list");
}

/** A block with keywords of its own. */
export function block<Draft, Inner>(table: () => KeywordTable<Inner>, inner: (draft: Draft) => Inner): Form<Draft> {
  return form((reading, draft, statement) => {
    const [keyword, name] = statement.words;
    reading.inBlock(keyword?.text ?? "", name?.text ?? "", () => readBlock(reading, table(), inner(draft), statement.block ?? []));
  }, "keywords");
}

/** Understood but without effect here: only the number of its words is checked. */
export function ignored<Draft>(messages: FormMessages = { absent: "" }): Form<Draft> {
  return form((...[reading, , statement]) => {
    argument(reading, statement, messages);
  });
}
