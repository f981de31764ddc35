import { codeOfKind } from "./diagnostic-codes.ts";
import type { Diagnostic, DiagnosticKind, PlacedDiagnostic, Severity } from "./diagnostic.ts";
import type { LoadEnvironment, LoadRequest } from "./environment.ts";
import { ALL_CLASSES, directoryOf, findFiles, includeCheckIn, includeIn, TOP_CLASSES } from "./include.ts";
import type { FoundFile, IncludeClass, IncludeProblem } from "./include.ts";
import { Origins, SourceText } from "./origins.ts";
import type { LineOrigins } from "./origins.ts";
import { definitionIn, expandParameters, LONGEST_LINE } from "./parameters.ts";
import type { ParameterScope, ParameterValue } from "./parameters.ts";
import { columnAt, cut, furtherLineAt, isBlank, trim, withoutComment } from "./piece.ts";
import type { Piece } from "./piece.ts";
import { predefined } from "./predefined.ts";
import { sequenceIn } from "./sequences.ts";

// The first layer: from files to one text without comments, conditions, parameters and includes, in which every
// character still knows its file, line and column. It knows no keyword but those of the reader itself.

export type { LineOrigin, LineOrigins } from "./origins.ts";

export interface ConsolidatedText {
  /** None is empty or begins or ends with a blank; line i came from `origins.at(i)`. */
  readonly lines: readonly string[];
  readonly origins: LineOrigins;
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
/** Deeper nesting of includes than any sane layout; keepalived runs out of descriptors instead, at about a thousand. */
const DEEPEST_INCLUDE = 500;
/** A runaway sequence or include must end in a message, not in exhausted memory. */
const MOST_LINES = 500_000;
/** Of all sequences together, nested ones multiplied. */
const MOST_REPETITIONS = 200_000;
const MOST_FILES = 10_000;
/** Of all files together: twice what the most lines of usual length have. */
const MOST_OCTETS = 32 * 2 ** 20;

export function readSource(environment: LoadEnvironment, request: LoadRequest): ConsolidatedText {
  return new SourceReader(environment, request).read();
}

/** The file being read, with what ends when it ends. */
interface OpenFile {
  readonly path: string;
  readonly directory: string;
  readonly depth: number;
  readonly source: SourceText;
  /** In `#origins`. */
  readonly number: number;
  /** The line that was read last, from 1. */
  line: number;
  /** Where the next one begins; undefined after the last. */
  next: number | undefined;
}

type SourceAdvice = Partial<Pick<Diagnostic, "code" | "expected" | "remedy">>;

const SEQUENCE_FORMS = "~SEQ(NAME, [START, [STEP,]] END) TEXT, or ~LST(NAME, VALUE, ...) TEXT";

function includeRemedy(problem: IncludeProblem, directory: string): string {
  return problem.class === "read" ? "make it a plain file that may be read and is not executable" : `create the file or correct its path, which begins at ${directory}`;
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
  readonly #origins = new Origins();
  readonly #diagnostics: PlacedDiagnostic[] = [];
  readonly #files: string[] = [];
  readonly #open: string[] = [];
  #classes: ReadonlySet<IncludeClass>;
  #includeFailed = false;
  #full = false;
  #repetitions = 0;
  #octets = 0;

  constructor(environment: LoadEnvironment, request: LoadRequest) {
    this.#environment = environment;
    this.#request = request;
    this.#classes = new Set(request.allConfig ? ALL_CLASSES : []);
  }

  read(): ConsolidatedText {
    const at: At = { file: this.#request.path, line: 0, source: "" };
    const { found, problems, tooLarge } = findFiles(this.#environment.files, this.#request.path, ".", MOST_OCTETS);
    if (tooLarge !== undefined) this.#refuseSize(tooLarge, at, undefined);
    for (const problem of problems) {
      const asked = found.length > 0 && TOP_CLASSES.includes(problem.class);
      this.#report(at, asked ? "error" : "note", "file-not-found", problem.message, undefined, { remedy: includeRemedy(problem, "the working directory") });
      if (asked) this.#includeFailed = true;
    }
    for (const file of found) this.#readFile(file, 0);
    return {
      // A part of a configuration is none: what is too large is not read at all.
      lines: this.#full ? [] : this.#lines,
      origins: this.#origins,
      diagnostics: this.#diagnostics,
      files: this.#files,
      nothingToRead: found.length === 0 && tooLarge === undefined,
      includeFailed: this.#includeFailed,
      tooLarge: this.#full,
    };
  }

  #readFile(file: FoundFile, depth: number): void {
    const classes = this.#classes;
    this.#files.push(file.path);
    this.#octets += file.octets;
    this.#open.push(this.#identity(file.path));
    const source = new SourceText(file.path, file.text);
    const reading: OpenFile = { path: file.path, directory: directoryOf(file.path), depth, source, number: this.#origins.addText(source), line: 0, next: 0 };
    for (let raw = nextLine(reading); raw !== undefined && !this.#full; raw = nextLine(reading)) {
      if (raw.length * LONGEST_CHARACTER <= LONGEST_LINE && !NEEDS_READING.test(raw)) {
        this.#keepPlain(raw, reading);
        continue;
      }
      const at = { file: file.path, line: reading.line, source: raw };
      if (raw.includes("\0")) continue; // keepalived drops such a line without a word
      const kept = withoutComment(this.#withinBuffer(raw, at));
      this.#noteComment(kept, raw, at);
      this.#line(trim(kept), at, reading);
    }
    this.#open.pop();
    this.#classes = classes; // what include_check set ends with its file
  }

  /** What is beyond the buffer: the first part is dropped, the rest is a line of its own. Said once a line. */
  #withinBuffer(raw: string, at: At): Piece {
    let from = 0;
    const end = raw.endsWith("\r") ? raw.length - 1 : raw.length;
    for (let length = lengthOfFirst(raw, from, end); length !== undefined; length = lengthOfFirst(raw, from, end)) from += length;
    if (from > 0) this.#report(at, "error", "general-error", "line too long - ignoring", { text: raw, columns: 1 }, { code: "line-too-long", remedy: `break it into lines of at most ${LONGEST_LINE} octets` });
    return { text: raw.slice(from, end), columns: from + 1 };
  }

  /** A comment that begins within a word was probably meant to be part of it, such as the end of a password. */
  #noteComment(kept: Piece, raw: string, at: At): void {
    if (kept.text === "" || /[\s{}]$/.test(kept.text)) return;
    const from = columnAt(kept, kept.text.length - 1);
    const mark = raw[from];
    if (mark !== "#" && mark !== "!") return;
    const remedy = `write \\${mark} or put the word in double quotes; if it is a comment, put a blank before it`;
    this.#report(at, "note", "ok", `the '${mark}' begins a comment`, { text: mark, columns: from + 1 }, { code: "comment-in-word", remedy });
  }

  /** A line, what follows a sequence, or what follows a brace: the reader's own words are looked for at its start. */
  #line(line: Piece, at: At, reading: OpenFile, repeated = false): void {
    if (this.#full) return;
    const kept = line.text.startsWith("@") ? this.#condition(line) : line;
    if (kept === undefined || kept.text === "") return;
    const definition = definitionIn(kept.text);
    if (definition !== undefined) return this.#define(definition.name, cut(kept, definition.valueAt), at, repeated ? undefined : reading);
    if (kept.text.startsWith("~")) return this.#sequence(kept, at, reading);
    this.#expanded(kept, at, reading);
  }

  /** @returns the text of a line whose `@ID` or `@^ID` holds; undefined drops the line */
  #condition(line: Piece): Piece | undefined {
    const match = /^@(\^?)(\S*)[ \t]+/.exec(line.text);
    if (match === null) return undefined;
    const equal = match[2] === this.#request.configId;
    return equal === (match[1] === "") ? trim(cut(line, match[0].length)) : undefined;
  }

  /** @param reading where the further lines of a value come from; undefined where there can be none */
  #define(name: string, first: Piece, at: At, reading: OpenFile | undefined): void {
    const value: string[] = [];
    let text = first.text;
    while (text.endsWith("\\")) {
      if (reading === undefined) return this.#report(at, "error", "general-error", `a value of several lines cannot be repeated or follow a brace - ignoring $${name}`, first, { code: "bad-parameter", remedy: "write the value in one line" });
      const part = text.slice(0, -1).trim();
      if (part !== "") value.push(part);
      text = this.#continuation(reading);
    }
    if (text !== "" || value.length === 0) value.push(text);
    this.#parameters.set(name, value);
  }

  /** The next line of a value; one whose condition does not hold is passed over. */
  #continuation(reading: OpenFile): string {
    for (let next = nextLine(reading); next !== undefined; next = nextLine(reading)) {
      const line = trim(withoutComment({ text: next, columns: 1 }));
      const kept = line.text.startsWith("@") ? this.#condition(line) : line;
      if (kept !== undefined) return kept.text;
    }
    return "";
  }

  /** `~SEQ` and `~LST`; the leftmost varies slowest, and keeps its last value, as keepalived has it. */
  #sequence(line: Piece, at: At, reading: OpenFile): void {
    const sequence = sequenceIn(line, (text) => this.#oneLine(text, reading));
    if (sequence === undefined) return this.#expanded(line, at, reading);
    if (!sequence.ok) return this.#report(at, "error", "general-error", sequence.message, line, { code: "bad-sequence", expected: SEQUENCE_FORMS });
    const rest = trim(sequence.rest);
    if (rest.text === "") return;
    for (const repetition of sequence.repetitions) {
      if (++this.#repetitions > MOST_REPETITIONS) {
        this.#full = true;
        return this.#report(at, "error", "fatal", `sequences repeat more than ${MOST_REPETITIONS} lines`, line, { remedy: "repeat less often: a number is probably wrong" });
      }
      for (const [name, value] of repetition) this.#parameters.set(name, [value]);
      this.#line(rest, at, reading, true);
      if (this.#full) return;
    }
  }

  /** `text` with its parameters replaced, when that is one line. */
  #oneLine(text: string, reading: OpenFile): string {
    const expansion = expandParameters({ text, columns: 1 }, this.#scope(reading));
    const [only, ...more] = expansion.ok ? expansion.lines : [];
    return only === undefined || more.length > 0 ? text : only.text;
  }

  #expanded(line: Piece, at: At, reading: OpenFile): void {
    const expansion = expandParameters(line, this.#scope(reading));
    if (!expansion.ok) return this.#report(at, "error", "general-error", expansion.message, line, { code: "bad-parameter" });
    for (const expanded of expansion.lines) this.#finished(trim(expanded), at, reading);
  }

  #finished(line: Piece, at: At, reading: OpenFile): void {
    if (line.text === "") return;
    const definition = definitionIn(line.text);
    if (definition !== undefined) return this.#define(definition.name, cut(line, definition.valueAt), at, undefined);
    const include = line.text.startsWith("include") ? includeIn(line.text) : undefined;
    if (include !== undefined) return this.#include(include, line, at, reading);
    const check = line.text.startsWith("include_check") ? includeCheckIn(line.text, this.#classes) : undefined;
    if (check !== undefined) {
      if (!this.#request.allConfig) this.#classes = check.classes;
      for (const word of check.unknown) this.#report(at, "error", "general-error", `include_check - unknown option '${word}'`, line, { expected: ALL_CLASSES.join(", ") });
    }
    const further = furtherLineAt(line.text);
    this.#keep(further === undefined ? line : trim(cut(line, 0, further)), at);
    // The second time around nothing of it is expanded again but what it defines.
    if (further !== undefined) this.#line(trim(cut(line, further)), at, reading, true);
  }

  /** A line that stands as it is. */
  #keepPlain(raw: string, reading: OpenFile): void {
    let from = 0;
    let to = raw.length;
    while (from < to && isBlank(raw.charCodeAt(from))) from++;
    while (to > from && isBlank(raw.charCodeAt(to - 1))) to--;
    if (from === to) return;
    const text = raw.slice(from, to);
    if (!this.#mayGrow({ file: reading.path, line: reading.line, source: raw }, { text, columns: from + 1 })) return;
    this.#lines.push(text);
    this.#origins.addPlain(reading.number, reading.line, from + 1);
  }

  #keep({ text, columns }: Piece, at: At): void {
    if (text === "" || !this.#mayGrow(at, { text, columns })) return;
    this.#lines.push(text);
    this.#origins.add({ ...at, columns });
  }

  #mayGrow(at: At, line: Piece): boolean {
    if (this.#lines.length < MOST_LINES) return true;
    this.#full = true;
    this.#report(at, "error", "fatal", `the configuration has more than ${MOST_LINES} lines`, line);
    return false;
  }

  #include(include: { classes: readonly IncludeClass[]; pattern: string }, line: Piece, at: At, reading: OpenFile): void {
    const fail = (message: string, remedy: string): void => {
      this.#includeFailed = true;
      this.#report(at, "error", "file-not-found", message, line, { remedy });
    };
    if (reading.depth >= DEEPEST_INCLUDE) return fail(`includes are nested more than ${DEEPEST_INCLUDE} deep at '${include.pattern}'`, "include fewer files from within files");
    const { found, problems, tooLarge } = findFiles(this.#environment.files, include.pattern, reading.directory, MOST_OCTETS - this.#octets);
    if (tooLarge !== undefined) return this.#refuseSize(tooLarge, at, line);
    for (const problem of problems) {
      const asked = include.classes.includes(problem.class) || this.#classes.has(problem.class);
      const remedy = includeRemedy(problem, reading.directory);
      if (asked) fail(problem.message, remedy);
      else if (problem.class !== "wildcard_match") this.#report(at, "note", "file-not-found", problem.message, line, { remedy: `${remedy}; what there is is read without it` });
    }
    for (const file of found) {
      if (this.#open.includes(this.#identity(file.path))) fail(`'${file.path}' includes itself`, "remove this line, or correct its path");
      else if (this.#files.length >= MOST_FILES) return fail(`more than ${MOST_FILES} files are included`, "correct the pattern, or put the files together");
      else this.#readFile(file, reading.depth + 1);
    }
  }

  #identity(path: string): string {
    return this.#environment.files.realPath(path) ?? path;
  }

  #refuseSize(path: string, at: At, where: Piece | undefined): void {
    this.#full = true;
    this.#report(at, "error", "fatal", `the configuration is larger than ${MOST_OCTETS / 2 ** 20} MiB with '${path}'`, where, { remedy: "name the configuration's files only" });
  }

  #scope(reading: OpenFile): ParameterScope {
    return { values: this.#parameters, predefined: (name, words) => predefined(this.#environment, this.#request.configId, reading.directory, name, words) };
  }

  /** @param where the part of the line that it is about */
  #report(at: At, severity: Severity, kind: DiagnosticKind, message: string, where: Piece | undefined, advice: SourceAdvice = {}): void {
    const { file, line, source } = at;
    const column = where === undefined ? 0 : columnAt(where, 0);
    const end = where === undefined ? {} : { endColumn: Math.max(column, columnAt(where, where.text.length - 1)) + 1 };
    const order = this.#lines.length;
    const code = codeOfKind(kind, true);
    this.#diagnostics.push({ diagnostic: { file, line, column, ...end, severity, kind, code, message, whileReading: true, position: order, sourceLine: source, ...advice }, order });
  }
}

function nextLine(reading: OpenFile): string | undefined {
  const { next, source } = reading;
  if (next === undefined) return undefined;
  reading.line++;
  const end = source.text.indexOf("\n", next);
  reading.next = end < 0 ? undefined : end + 1;
  return source.text.slice(next, end < 0 ? undefined : end);
}

/** How many characters from `from` on fill the buffer; undefined when all of them up to `end` fit. */
function lengthOfFirst(text: string, from: number, end: number): number | undefined {
  if ((end - from) * LONGEST_CHARACTER <= LONGEST_LINE) return undefined;
  const first = text.slice(from, Math.min(end, from + LONGEST_LINE + 1));
  let octets = Buffer.byteLength(first);
  if (octets === first.length) return octets > LONGEST_LINE ? LONGEST_LINE : undefined;
  octets = 0;
  let length = 0;
  for (const character of first) {
    octets += Buffer.byteLength(character);
    if (octets > LONGEST_LINE) return length;
    length += character.length;
  }
  return undefined;
}
