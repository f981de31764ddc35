import { dirname, isAbsolute, join } from "node:path";
import type { Files } from "../base/ports.ts";

// The six forms of include differ only in which of four kinds of trouble are errors; the others are printed.

/** READ: directory, executable or unreadable; MATCH: a plain name that does not exist; WILDCARD: matches nothing; BRACE: an alternative is missing. */
export type IncludeClass = "read" | "match" | "wildcard_match" | "brace_match";

export const ALL_CLASSES: readonly IncludeClass[] = ["read", "match", "wildcard_match", "brace_match"];

/** What reading the `-f` pattern itself is checked for. */
export const TOP_CLASSES: readonly IncludeClass[] = ["read", "match", "wildcard_match"];

const FORMS: Readonly<Record<string, readonly IncludeClass[]>> = {
  include: [],
  includer: ["read"],
  includem: ["read", "match"],
  includew: ["read", "match", "wildcard_match"],
  includeb: ["read", "brace_match"],
  includea: ALL_CLASSES,
};

export interface IncludeProblem {
  readonly class: IncludeClass;
  readonly message: string;
}

export interface FoundFile {
  readonly path: string;
  readonly text: string;
  readonly octets: number;
}

/**
 * `include`, `includer`, `includem`, `includew`, `includeb` or `includea` at the start of the line, and its pattern: all the
 * rest of the line, quotes and closing braces included, as keepalived has it. The bare word is an unknown keyword there.
 */
export function includeIn(text: string): { readonly classes: readonly IncludeClass[]; readonly pattern: string } | undefined {
  const match = /^(include[rmwba]?)[ \t]+(\S[^]*)$/.exec(text);
  if (match === null) return undefined;
  const classes = FORMS[match[1] ?? ""];
  return classes === undefined ? undefined : { classes, pattern: match[2] ?? "" };
}

/** `include_check` with its words; undefined when the line is something else. Bare means all. */
export function includeCheckIn(text: string, current: ReadonlySet<IncludeClass>): { readonly classes: Set<IncludeClass>; readonly unknown: string[] } | undefined {
  const [keyword, ...words] = text.split(/[ \t]+/);
  if (keyword !== "include_check") return undefined;
  if (words.length === 0) return { classes: new Set(ALL_CLASSES), unknown: [] };
  const relative = words.every((word) => /^[+-]/.test(word));
  const classes = new Set(relative ? current : []);
  const unknown: string[] = [];
  for (const word of words) {
    const name = ALL_CLASSES.find((known) => known === word.replace(/^[+-]/, ""));
    if (name === undefined) unknown.push(word);
    else if (word.startsWith("-")) classes.delete(name);
    else classes.add(name);
  }
  return { classes, unknown };
}

export interface Found {
  readonly found: readonly FoundFile[];
  readonly problems: readonly IncludeProblem[];
  /** What was not read because it would be more than `most`. */
  readonly tooLarge: string | undefined;
}

/**
 * Reads what a pattern names, in the order of glob(3); relative patterns start at `directory`.
 *
 * @param most octets that may be read
 */
export function findFiles(files: Files, pattern: string, directory: string, most: number): Found {
  const found: FoundFile[] = [];
  let left = most;
  const problems: IncludeProblem[] = [];
  const alternatives = expandBraces(pattern);
  const braces = pattern.includes("{");
  let missing = 0;
  let unmatched = 0;
  let matched = 0;
  for (const alternative of alternatives.filter((name) => name !== "")) {
    const globbed = globSafely(files, alternative, directory);
    if (globbed.problem !== undefined) problems.push(globbed.problem);
    const { paths } = globbed;
    if (globbed.problem !== undefined) continue;
    // A backslash makes a pattern too; so keepalived was seen to judge.
    const wild = /[*?[\\]/.test(alternative);
    if (paths.length === 0 && wild) unmatched++;
    else if (paths.length === 0) missing++;
    matched += paths.length;
    for (const path of paths) {
      const whole = isAbsolute(path) ? path : join(directory, path);
      const read = readConfiguration(files, whole, left);
      if (read.ok) found.push(read.file);
      else if (read.problem === undefined) return { found: [], problems, tooLarge: whole };
      else problems.push(read.problem);
      left -= read.ok ? read.file.octets : 0;
    }
  }
  const some = alternatives.length > 1 ? `Some config files missing: "${pattern}".` : `Config files missing '${pattern}'.`;
  if (missing > 0) problems.push({ class: braces ? "brace_match" : "match", message: some });
  else if (unmatched > 0 && matched === 0 && problems.length === 0) problems.push({ class: "wildcard_match", message: `No config files matched '${pattern}'.` });
  return { found, problems, tooLarge: undefined };
}

function globSafely(files: Files, pattern: string, directory: string): { readonly paths: readonly string[]; readonly problem?: IncludeProblem } {
  try {
    return { paths: files.glob(pattern, directory) };
  } catch (error) {
    // A directory that may not be read, and the like: a problem of this one pattern.
    return { paths: [], problem: { class: "read", message: `Error reading config file(s) '${pattern}' - ${error instanceof Error ? error.message : String(error)}` } };
  }
}

type Read = { readonly ok: true; readonly file: FoundFile } | { readonly ok: false; readonly problem: IncludeProblem | undefined };

/** Without a problem when it is larger than `most`. */
function readConfiguration(files: Files, path: string, most: number): Read {
  const refuse = (message: string) => ({ ok: false, problem: { class: "read", message } }) as const;
  const status = files.stat(path);
  if (status === undefined) return refuse(`Unable to find config file '${path}' - skipping`);
  if (status.kind === "directory") return refuse(`Configuration file '${path}' is a directory - skipping`);
  if (status.kind !== "file" || (status.mode & 0o111) !== 0) {
    return refuse(`Configuration file '${path}' is not a regular non-executable file - skipping`);
  }
  if (status.size > most) return { ok: false, problem: undefined };
  try {
    return { ok: true, file: { path, text: files.readText(path), octets: status.size } };
  } catch (error) {
    // Whatever the file system says (permission, vanished, not text) is a problem of this one file.
    return refuse(`Unable to open config file '${path}' - ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The directory that relative patterns inside `path` start at. */
export function directoryOf(path: string): string {
  return dirname(path);
}

/** More would be a typing error; glob(3) has no limit of its own. */
const MOST_ALTERNATIVES = 1_000;

/** csh braces: `a{b,c}d` gives abd, acd; nested braces too. Unbalanced ones stay as they are. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const waiting = [pattern];
  while (waiting.length > 0 && done.length + waiting.length <= MOST_ALTERNATIVES) {
    const current = waiting.shift() ?? "";
    const open = current.indexOf("{");
    const close = open < 0 ? -1 : closingBrace(current, open);
    if (close < 0) {
      done.push(current);
      continue;
    }
    const head = current.slice(0, open);
    const tail = current.slice(close + 1);
    waiting.unshift(...alternativesIn(current.slice(open + 1, close)).map((part) => head + part + tail));
  }
  return done;
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i;
  }
  return -1;
}

function alternativesIn(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}") depth--;
    if (i < text.length && (text[i] !== "," || depth > 0)) continue;
    parts.push(text.slice(from, i));
    from = i + 1;
  }
  return parts;
}
