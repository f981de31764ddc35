import { codeOfKind } from "./diagnostic-codes.ts";
import type { PlacedDiagnostic, Severity, DiagnosticKind } from "./diagnostic.ts";
import type { LoadEnvironment, LoadRequest } from "./environment.ts";
import { ALL_CLASSES, directoryOf, findFiles, includeCheckIn, includeIn, TOP_CLASSES } from "./include.ts";
import type { FoundFile, IncludeClass } from "./include.ts";
import { definitionIn, expandParameters, LONGEST_LINE } from "./parameters.ts";
import type { ParameterScope, ParameterValue } from "./parameters.ts";
import { columnAt, cut, join, trim, withoutComment } from "./piece.ts";
import type { Piece } from "./piece.ts";
import { sequenceIn } from "./sequences.ts";
import type { Bindings } from "./sequences.ts";

// The first layer: from files to one text without comments, conditions, parameters and includes, in which every
// character still knows its file, line and column. It knows no keyword but those of the reader itself.

/** Where a line of the consolidated text came from. */
export interface LineOrigin {
  readonly file: string;
  readonly line: number;
  /** The whole line as it stands in the file. */
  readonly source: string;
  /** See Piece.columns. */
  readonly columns: Piece["columns"];
}

export interface ConsolidatedText {
  /** None is empty or begins or ends with a blank; line i came from `origins[i]`. */
  readonly lines: readonly string[];
  readonly origins: readonly LineOrigin[];
  readonly diagnostics: readonly PlacedDiagnostic[];
  /** All files read, in order of reading. */
  readonly files: readonly string[];
  /** The `-f` pattern names no usable file: there is nothing to read. */
  readonly nothingToRead: boolean;
  /** An include problem that was asked to be an error. */
  readonly includeFailed: boolean;
  /** Reading was given up; there are no lines. */
  readonly tooLarge: boolean;
}

/** What a line without it can be is taken as it stands: nine of ten lines, and all others take ten times as long. */
const NEEDS_READING = /[\0$@~#!\\]|include/;
/** Octets of UTF-8 for one UTF-16 unit, at most. */
const LONGEST_CHARACTER = 3;
/** Deeper nesting of includes than any sane layout; keepalived runs out of descriptors instead. */
const DEEPEST_INCLUDE = 32;
/** A runaway sequence or include must end in a message, not in exhausted memory. */
const MOST_LINES = 500_000;
/** Of all sequences together, nested ones multiplied. */
const MOST_REPETITIONS = 200_000;
const MOST_FILES = 10_000;

export function readSource(environment: LoadEnvironment, request: LoadRequest): ConsolidatedText {
  return new SourceReader(environment, request).read();
}

/** The file being read, with what ends when it ends. */
interface OpenFile {
  readonly path: string;
  readonly directory: string;
  readonly depth: number;
  readonly rawLines: readonly string[];
  at: number;
}

interface At {
  readonly file: string;
  readonly line: number;
  readonly source: string;
}

class SourceReader {
  readonly #environment: LoadEnvironment;
  readonly #request: LoadRequest;
  readonly #parameters = new Map<string, ParameterValue>();
  readonly #lines: string[] = [];
  readonly #origins: LineOrigin[] = [];
  readonly #diagnostics: PlacedDiagnostic[] = [];
  readonly #files: string[] = [];
  readonly #open: string[] = [];
  #classes: ReadonlySet<IncludeClass>;
  #includeFailed = false;
  #full = false;
  #repetitions = 0;

  constructor(environment: LoadEnvironment, request: LoadRequest) {
    this.#environment = environment;
    this.#request = request;
    this.#classes = new Set(request.allConfig ? ALL_CLASSES : []);
  }

  read(): ConsolidatedText {
    const at: At = { file: this.#request.path, line: 0, source: "" };
    const { found, problems } = findFiles(this.#environment.files, this.#request.path, ".");
    for (const problem of problems) {
      const asked = found.length > 0 && TOP_CLASSES.includes(problem.class);
      this.#report(at, asked ? "error" : "note", "file-not-found", problem.message, 0);
      if (asked) this.#includeFailed = true;
    }
    for (const file of found) this.#readFile(file, 0);
    return {
      // A part of a configuration is none: what is too large is not read at all.
      lines: this.#full ? [] : this.#lines,
      origins: this.#origins,
      diagnostics: this.#diagnostics,
      files: this.#files,
      nothingToRead: found.length === 0,
      includeFailed: this.#includeFailed,
      tooLarge: this.#full,
    };
  }

  #readFile(file: FoundFile, depth: number): void {
    const classes = this.#classes;
    this.#files.push(file.path);
    this.#open.push(this.#identity(file.path));
    const reading: OpenFile = { path: file.path, directory: directoryOf(file.path), depth, rawLines: file.text.split("\n"), at: 0 };
    for (let raw = nextLine(reading); raw !== undefined && !this.#full; raw = nextLine(reading)) {
      if (raw.length * LONGEST_CHARACTER <= LONGEST_LINE && !NEEDS_READING.test(raw)) {
        this.#keep(trim({ text: raw, columns: 1 }), file.path, reading.at, raw);
        continue;
      }
      const at = { file: file.path, line: reading.at, source: raw };
      if (raw.includes("\0")) continue; // keepalived drops such a line without a word
      for (const piece of this.#cutLongLine(raw, at)) this.#rawLine(piece, at, reading);
    }
    this.#open.pop();
    this.#classes = classes; // what include_check set ends with its file
  }

  /** A line beyond the buffer: its first part is dropped, the rest is a line of its own. */
  *#cutLongLine(raw: string, at: At): Generator<Piece, void> {
    let rest: Piece = { text: raw.endsWith("\r") ? raw.slice(0, -1) : raw, columns: 1 };
    for (;;) {
      const length = lengthOfFirst(rest.text, LONGEST_LINE);
      if (length === undefined) {
        yield rest;
        return;
      }
      this.#report(at, "error", "general-error", "line too long - ignoring", columnAt(rest, 0));
      rest = cut(rest, length);
    }
  }

  #rawLine(raw: Piece, at: At, reading: OpenFile): void {
    let line = trim(withoutComment(raw));
    while (line.text.startsWith("@")) {
      const kept = this.#condition(line);
      if (kept === undefined) return;
      line = kept;
    }
    if (line.text === "") return;
    const definition = definitionIn(line.text);
    if (definition === undefined) return this.#sequences(line, at, reading, new Map());
    this.#define(definition.name, cut(line, definition.valueAt).text, reading);
  }

  /** @returns the text of a line whose `@ID` or `@^ID` holds; undefined drops the line */
  #condition(line: Piece): Piece | undefined {
    const match = /^@(\^?)(\S*)[ \t]+/.exec(line.text);
    if (match === null) return undefined;
    const equal = match[2] === this.#request.configId;
    return equal === (match[1] === "") ? trim(cut(line, match[0].length)) : undefined;
  }

  #define(name: string, first: string, reading: OpenFile): void {
    const value: string[] = [];
    let text = first;
    while (text.endsWith("\\")) {
      const part = text.slice(0, -1).trim();
      if (part !== "") value.push(part);
      const next = nextLine(reading);
      text = next === undefined ? "" : trim(withoutComment({ text: next, columns: 1 })).text;
    }
    if (text !== "" || value.length === 0) value.push(text);
    this.#parameters.set(name, value);
  }

  /** `~SEQ` and `~LST` at the start of the line; the leftmost varies slowest. */
  #sequences(line: Piece, at: At, reading: OpenFile, bindings: Bindings): void {
    if (this.#full) return;
    if (!line.text.startsWith("~")) return this.#expanded(line, at, reading, bindings);
    const close = line.text.indexOf(")");
    const head = expandParameters(cut(line, 0, close + 1), this.#scope(bindings, reading));
    const [only] = head.ok ? head.lines : [];
    const sequence = sequenceIn(only === undefined ? line : join([only, cut(line, close + 1)]));
    if (sequence === undefined) return this.#expanded(line, at, reading, bindings);
    if (!sequence.ok) return this.#report(at, "error", "general-error", sequence.message, columnAt(line, 0));
    const rest = trim(sequence.rest);
    if (rest.text === "") return;
    for (const repetition of sequence.repetitions) {
      if (++this.#repetitions > MOST_REPETITIONS) {
        this.#full = true;
        return this.#report(at, "error", "fatal", `sequences repeat more than ${MOST_REPETITIONS} lines`, columnAt(line, 0));
      }
      this.#sequences(rest, at, reading, new Map([...bindings, ...repetition]));
      if (this.#full) return;
    }
  }

  #expanded(line: Piece, at: At, reading: OpenFile, bindings: Bindings): void {
    const expansion = expandParameters(line, this.#scope(bindings, reading));
    if (!expansion.ok) return this.#report(at, "error", "general-error", expansion.message, columnAt(line, 0));
    for (const expanded of expansion.lines) this.#finished(trim(expanded), at, reading);
  }

  #finished(line: Piece, at: At, reading: OpenFile): void {
    if (line.text === "") return;
    const include = line.text.startsWith("include") ? includeIn(line.text) : undefined;
    if (include !== undefined) return this.#include(include, line, at, reading);
    const check = line.text.startsWith("include_check") ? includeCheckIn(line.text, this.#classes) : undefined;
    if (check !== undefined) {
      if (!this.#request.allConfig) this.#classes = check.classes;
      for (const word of check.unknown) this.#report(at, "error", "general-error", `include_check - unknown option '${word}'`, columnAt(line, 0));
    }
    this.#keep(line, at.file, at.line, at.source);
  }

  #keep({ text, columns }: Piece, file: string, line: number, source: string): void {
    if (text === "") return;
    if (this.#lines.length >= MOST_LINES) {
      this.#full = true;
      return this.#report({ file, line, source }, "error", "fatal", `the configuration has more than ${MOST_LINES} lines`, columnAt({ text, columns }, 0));
    }
    this.#lines.push(text);
    this.#origins.push({ file, line, source, columns });
  }

  #include(include: { classes: readonly IncludeClass[]; pattern: string }, line: Piece, at: At, reading: OpenFile): void {
    const column = columnAt(line, 0);
    const fail = (message: string): void => {
      this.#includeFailed = true;
      this.#report(at, "error", "file-not-found", message, column);
    };
    if (include.pattern === "") return fail(`include needs a file name or pattern`);
    if (reading.depth >= DEEPEST_INCLUDE) return fail(`includes are nested more than ${DEEPEST_INCLUDE} deep at '${include.pattern}'`);
    const { found, problems } = findFiles(this.#environment.files, include.pattern, reading.directory);
    for (const problem of problems) {
      const asked = include.classes.includes(problem.class) || this.#classes.has(problem.class);
      if (asked) fail(problem.message);
      else if (problem.class !== "wildcard_match") this.#report(at, "note", "file-not-found", problem.message, column);
    }
    for (const file of found) {
      if (this.#open.includes(this.#identity(file.path))) fail(`'${file.path}' includes itself`);
      else if (this.#files.length >= MOST_FILES) return fail(`more than ${MOST_FILES} files are included`);
      else this.#readFile(file, reading.depth + 1);
    }
  }

  #identity(path: string): string {
    return this.#environment.files.realPath(path) ?? path;
  }

  #scope(bindings: Bindings, reading: OpenFile): ParameterScope {
    if (bindings.size === 0) return { values: this.#parameters, predefined: (name, words) => this.#predefined(name, words, reading) };
    const values = new Map(this.#parameters);
    for (const [name, value] of bindings) values.set(name, [value]);
    return { values, predefined: (name, words) => this.#predefined(name, words, reading) };
  }

  #predefined(name: string, words: readonly string[], reading: OpenFile): string | undefined {
    switch (name) {
      case "_PWD":
        return this.#environment.files.realPath(reading.directory) ?? reading.directory;
      case "_INSTANCE":
        return this.#request.configId;
      case "_HASH":
        return "#";
      case "_BANG":
        return "!";
      case "_ENV":
        return words[0] === undefined ? undefined : (this.#environment.env[words[0]] ?? "");
      case "_RANDOM": {
        const limits = words.map(Number);
        if (limits.length > 2 || limits.some((limit) => !Number.isSafeInteger(limit))) return undefined;
        const max = limits.at(-1) ?? 32_767;
        const min = limits.length === 2 ? (limits[0] ?? 0) : 0;
        return min > max ? undefined : String(this.#environment.random(min, max));
      }
      default:
        return undefined;
    }
  }

  #report(at: At, severity: Severity, kind: DiagnosticKind, message: string, column: number): void {
    const diagnostic = { file: at.file, line: at.line, column, severity, kind, code: codeOfKind(kind, true), message, whileReading: true, position: this.#lines.length, sourceLine: at.source };
    this.#diagnostics.push({ diagnostic, order: this.#lines.length });
  }
}

function nextLine(reading: OpenFile): string | undefined {
  return reading.rawLines[reading.at++];
}

/** How many characters fill `limit` octets; undefined when the whole text fits. */
function lengthOfFirst(text: string, limit: number): number | undefined {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return undefined;
  let octets = 0;
  let length = 0;
  for (const character of text) {
    octets += Buffer.byteLength(character);
    if (octets > limit) return length;
    length += character.length;
  }
  return length;
}
