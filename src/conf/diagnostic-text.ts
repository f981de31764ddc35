import type { Diagnostic, FilePlace, RelatedPlace } from "./diagnostic.ts";

// Diagnostics as text for people: place, line, caret, and what helps.

/** Of a longer line only the part around the word is shown. */
const LONGEST_SHOWN = 160;
/** How much of a cut line stands before the word. */
const SHOWN_BEFORE = 60;
const INDENT = "    ";

/** What there is to say at a place: a diagnostic, or what the linter found. */
export interface Explained extends FilePlace {
  readonly severity: string;
  readonly message: string;
  readonly expected?: string;
  readonly suggestion?: string;
  readonly remedy?: string;
  readonly related?: readonly RelatedPlace[];
}

/** file:line:column, the source line with the word underlined, what was expected, what to do, and the other places. Several lines. */
export function explainDiagnostic(diagnostic: Diagnostic): string {
  return explainAtOnePlace([diagnostic]);
}

/** All of them, ordered by place through all includes; what is about one word shows its line once. */
export function explainDiagnostics(diagnostics: readonly Diagnostic[]): string[] {
  const groups: Diagnostic[][] = [];
  for (const diagnostic of diagnostics.toSorted(byPlace)) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && isSamePlace(last[0], diagnostic)) last.push(diagnostic);
    else groups.push([diagnostic]);
  }
  return groups.map(explainAtOnePlace);
}

/** The order of the text, includes at their place; what is about no place comes last, as it was said. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.position === b.position) return a.column - b.column;
  return a.position < b.position ? -1 : 1;
}

function isSamePlace(a: Diagnostic, b: Diagnostic): boolean {
  return a.position === b.position && a.file === b.file && a.line === b.line && a.column === b.column && a.line > 0;
}

/** @param diagnostics all of one place: its line is shown once */
export function explainAtOnePlace(diagnostics: readonly Explained[]): string {
  const [first] = diagnostics;
  if (first === undefined) return "";
  const lines = diagnostics.map(({ severity, message, ...place }) => `${placeText(place)}: ${severity}: ${visible(message)}`);
  lines.push(...excerpt(first, INDENT));
  const advice = diagnostics.flatMap(({ expected, suggestion, remedy }) => [
    ...(expected === undefined ? [] : [`${INDENT}expected: ${visible(expected)}`]),
    ...(suggestion === undefined ? [] : [`${INDENT}did you mean '${suggestion}'?`]),
    ...(remedy === undefined ? [] : [`${INDENT}to do: ${visible(remedy)}`]),
  ]);
  const others = diagnostics.flatMap(({ related = [] }) => related.map((place) => relatedLines(place).join("\n")));
  lines.push(...new Set(advice), ...new Set(others));
  return lines.join("\n");
}

function relatedLines(place: RelatedPlace): string[] {
  return [`  ${placeText(place)}: ${visible(place.note)}`, ...excerpt(place, INDENT)];
}

function placeText({ file, line, column }: FilePlace): string {
  return line === 0 ? file : column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`;
}

/** The line and, below its word, a caret. */
function excerpt({ sourceLine, column, endColumn = column + 1 }: FilePlace, indent: string): string[] {
  if (sourceLine === undefined || column === 0) return [];
  const { text, start } = shown(sourceLine, column - 1);
  const from = column - 1 - start;
  const length = Math.max(1, Math.min(endColumn - column, text.length - from));
  // Tabs are kept as tabs, so that the caret stands below its word whatever the width of a tab.
  const before = text.slice(0, from).replace(/[^\t]/g, " ");
  return [`${indent}${visible(text)}`, `${indent}${before}^${"~".repeat(length - 1)}`];
}

/** @returns the part of the line to show and where in the line it begins, marks of the cuts included */
function shown(line: string, at: number): { text: string; start: number } {
  const whole = line.trimEnd();
  if (whole.length <= LONGEST_SHOWN) return { text: whole, start: 0 };
  const from = Math.max(0, at - SHOWN_BEFORE);
  const to = from + LONGEST_SHOWN;
  const mark = "...";
  const left = from === 0 ? "" : mark;
  return { text: `${left}${whole.slice(from, to)}${to < whole.length ? mark : ""}`, start: from - left.length };
}

/** Control characters of the file do not reach the terminal. One for one, so that columns stay. */
function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "\ufffd");
}
