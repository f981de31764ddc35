import { cut } from "./piece.ts";
import type { Piece } from "./piece.ts";

// `~SEQ(VAR, START, STEP, END) text`, `~SEQx(...)` and `~LST(VAR, a, b)` at the start of a line repeat the rest of it.
// What keepalived accepts was observed: any variable name, blanks around members but not inside them.

/** The names that one repetition sets. */
export type Bindings = ReadonlyMap<string, string>;

export type Sequence =
  | { readonly ok: true; readonly rest: Piece; readonly repetitions: Iterable<Bindings> }
  | { readonly ok: false; readonly message: string };

/** One line may not become more lines than this; a typing error in END would otherwise fill the memory. */
const MOST_REPETITIONS = 100_000;
const INTEGER = /^[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;

/**
 * Undefined when the line begins with no sequence.
 *
 * @param expand replaces the parameters of a number; members of a list keep theirs until they are used
 */
export function sequenceIn(line: Piece, expand: (text: string) => string): Sequence | undefined {
  const match = /^~(SEQx?|LST)[ \t]*\(/.exec(line.text);
  if (match === null) return undefined;
  const open = match[0].length;
  const close = line.text.indexOf(")", open);
  if (close < 0) return bad(line, "has no closing parenthesis");
  const words = splitArguments(line.text.slice(open, close));
  const rest = cut(line, close + 1);
  if (match[1] === "LST") return list(line, words, rest);
  const [name = "", ...values] = words;
  return numbers(line, name, values.map(expand), match[1] === "SEQx" ? 16 : 10, rest);
}

function numbers(line: Piece, name: string, values: readonly string[], base: 10 | 16, rest: Piece): Sequence {
  if (name === "") return bad(line, "has no variable name");
  if (values.length < 1 || values.length > 3) return bad(line, "needs one to three numbers");
  const wrong = values.find((value) => !INTEGER.test(value));
  if (wrong !== undefined) return bad(line, `has an invalid number '${wrong}'`);
  const parsed = values.map(parseInteger);
  const end = parsed.at(-1) ?? 0;
  const start = parsed.length > 1 ? (parsed[0] ?? 1) : 1;
  const step = parsed.length > 2 ? (parsed[1] ?? 1) : start <= end ? 1 : -1;
  if (step === 0) return bad(line, "has a step of 0");
  if (base === 16 && (start < 0 || end < 0)) return bad(line, "in hexadecimal cannot count below 0");
  const count = Math.floor((end - start) / step) + 1;
  if (count > MOST_REPETITIONS) return bad(line, `would give more than ${MOST_REPETITIONS} lines`);
  return { ok: true, rest, repetitions: counting(name, start, step, count, base) };
}

function* counting(name: string, start: number, step: number, count: number, base: 10 | 16): Generator<Bindings> {
  for (let i = 0; i < count; i++) yield new Map([[name, (start + i * step).toString(base)]]);
}

/** strtol with base 0: 0x is hexadecimal, a leading 0 is octal. */
function parseInteger(text: string): number {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  const base = /^0[xX]/.test(digits) ? 16 : /^0[0-7]+$/.test(digits) ? 8 : 10;
  const value = Number.parseInt(digits, base);
  return negative ? -value : value;
}

function list(line: Piece, words: readonly string[], rest: Piece): Sequence {
  const [head = "", ...items] = words;
  const names = members(head);
  if (head === "" || names === undefined) return bad(line, "has no variable name, or one with blanks or braces");
  if (items.length === 0) return bad(line, "has no values");
  const repetitions: Bindings[] = [];
  for (const item of items) {
    const values = members(item);
    if (values === undefined) return bad(line, `has a value with blanks or braces: '${item}'`);
    if (values.length > names.length) return bad(line, `has too many values: '${item}'`);
    repetitions.push(new Map(names.map((name, i) => [name, values[i] ?? ""])));
  }
  return { ok: true, rest, repetitions };
}

/** One member, or those of a tuple in braces; undefined when one holds a blank or a brace. */
function members(text: string): string[] | undefined {
  const tuple = text.startsWith("{") && text.endsWith("}");
  const parts = tuple ? text.slice(1, -1).split(",").map((part) => part.trim()) : [text];
  return parts.some((part) => /[ \t{}]/.test(part)) ? undefined : parts;
}

/** Splits at commas that stand in no braces. */
function splitArguments(text: string): string[] {
  const words: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === "{") depth++;
    if (c === "}") depth--;
    if (i < text.length && (c !== "," || depth > 0)) continue;
    words.push(text.slice(from, i).trim());
    from = i + 1;
  }
  return words;
}

function bad(line: Piece, what: string): Sequence {
  const name = line.text.slice(0, line.text.indexOf("("));
  return { ok: false, message: `${name} ${what} - ignoring line '${line.text}'` };
}
