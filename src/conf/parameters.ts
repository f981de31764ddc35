import { cut, columnAt, join, replacement } from "./piece.ts";
import type { Piece } from "./piece.ts";

// Parameters: `$NAME=VALUE` defines, `$NAME` (before blank, `,`, `)` or the end) and `${NAME}` use. Expansion is
// recursive and at use time; an undefined name is left as text.

/** One line of a value; most values have one, `\` at the end of a line adds another. */
export type ParameterValue = readonly string[];

export interface ParameterScope {
  readonly values: Map<string, ParameterValue>;
  /** `$_PWD`, `$_INSTANCE`, `${_RANDOM ...}`, `${_ENV NAME}`, `$_HASH`, `$_BANG`; undefined: not predefined. */
  predefined(name: string, words: readonly string[]): string | undefined;
}

export type Expansion =
  | { readonly ok: true; readonly lines: readonly Piece[] }
  | { readonly ok: false; readonly message: string };

/** keepalived's line buffer, without the terminating zero. */
export const LONGEST_LINE = 1023;
/** A value that uses itself would otherwise never end. */
const MOST_REPLACEMENTS = 1_000;

const DEFINITION = /^\$([A-Za-z_][A-Za-z0-9_]*)=/;
const USE = /\$(?:([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)|\{([A-Za-z_][A-Za-z0-9_]*)((?:[ \t]+[^{}\s]+)*)[ \t]*\})/g;

/** The name a line defines and where its value begins; undefined when the line defines nothing. */
export function definitionIn(text: string): { readonly name: string; readonly valueAt: number } | undefined {
  const match = DEFINITION.exec(text);
  return match === null ? undefined : { name: match[1] ?? "", valueAt: match[0].length };
}

/**
 * Replaces the parameters of one line. Each line of a multi-line value becomes a line of its own, so such a parameter is
 * one at the end of a line only; elsewhere it stays as text.
 */
export function expandParameters(line: Piece, scope: ParameterScope): Expansion {
  if (!line.text.includes("$")) return { ok: true, lines: [line] };
  const done: Piece[] = [];
  const waiting: Piece[] = [line];
  let replacements = 0;
  for (;;) {
    const current = waiting.shift();
    if (current === undefined) return { ok: true, lines: done };
    const use = firstUse(current.text, scope);
    if (use === undefined) {
      done.push(current);
      continue;
    }
    const [first = "", ...more] = use.value;
    const column = columnAt(current, use.from);
    const parts = [join([cut(current, 0, use.from), replacement(first, column), cut(current, use.to)]), ...more.map((text) => replacement(text, column))];
    if (++replacements > MOST_REPLACEMENTS || parts.some((part) => part.text.length > LONGEST_LINE)) {
      return { ok: false, message: `Parameter substitution on line '${line.text}' would exceed maximum line length` };
    }
    waiting.unshift(...parts);
  }
}

function firstUse(text: string, scope: ParameterScope): { from: number; to: number; value: ParameterValue } | undefined {
  for (const match of text.matchAll(USE)) {
    const name = match[1] ?? match[2] ?? "";
    const words = (match[3] ?? "").split(/[ \t]+/).filter((word) => word !== "");
    const value = words.length === 0 ? scope.values.get(name) : undefined;
    const found = value ?? one(scope.predefined(name, words));
    const to = match.index + match[0].length;
    if (found !== undefined && (found.length === 1 || to === text.length)) return { from: match.index, to, value: found };
  }
  return undefined;
}

function one(text: string | undefined): ParameterValue | undefined {
  return text === undefined ? undefined : [text];
}
