import { codeOfKind } from "./diagnostic-codes.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import type { Diagnostic, DiagnosticKind, FilePlace, PlacedDiagnostic, RelatedPlace, Severity } from "./diagnostic.ts";
import type { LoadEnvironment } from "./environment.ts";
import type { Statement, Word } from "./grammar.ts";
import type { KeywordEntry } from "./keyword.ts";
import { columnAt } from "./piece.ts";
import { deprecation } from "./reference/deprecated.ts";
import { Candidates } from "./nearest.ts";
import { expectedArgument } from "./reference/expectation.ts";
import { aboutUnknown } from "./reference/unknown.ts";
import type { LineOrigins } from "./source.ts";

/** A keyword that was understood but is not acted upon. */
export interface Unsupported {
  readonly keyword: string;
  /** "FILE:LINE, BLOCK". */
  readonly where: string;
  /** refuse: the daemon must not start or reload with it; report: said once, harmless. */
  readonly effect: "refuse" | "report";
  /** What is said after the keyword, in one phrase: why it is not acted upon, and what to do. */
  readonly reason: string;
  /** The same for people, with its place. It has no part in the exit code of `-t`, which judges as keepalived's does. */
  readonly diagnostic: Diagnostic;
}

/** Where something is: a word of the text, or undefined for the configuration as a whole. */
export type Place = Word | undefined;

/** Beside its sentence, what makes a message one that can be acted upon. What is left out is found out where it can be. */
export interface Advice {
  /** Default: by the kind. */
  readonly code?: DiagnosticCode;
  /** "warning": what it says was put right as anybody would, so that a reload takes it, whatever `-t` exits with. Default: by the kind. */
  readonly severity?: "warning";
  /** What would be right there. Default for a bad argument: what the keyword's row in the table says. */
  readonly expected?: string;
  /** A word that exists and was probably meant. */
  readonly suggestion?: string;
  /** What to do, as an imperative sentence. */
  readonly remedy?: string;
  /** Other places, each with what stands there: "the other one is here". Those without a place are left out. */
  readonly related?: readonly { readonly at: Place; readonly note: string }[];
}

/** The statement that is being read. */
export interface Current {
  readonly statement: Statement;
  readonly entry: KeywordEntry;
}

interface Block {
  readonly keyword: string;
  readonly name: string;
  /** Its keyword in the text. */
  readonly at: Place;
}

/** One reading of one configuration: what was found, and what may be asked. Handed to every keyword's reader. */
export class Reading {
  readonly environment: LoadEnvironment;
  /** `-t`. */
  readonly testing: boolean;
  readonly diagnostics: PlacedDiagnostic[] = [];
  readonly unsupported: Unsupported[] = [];
  /** A mandatory word is missing: keepalived exits with 2 at once. */
  missingParameter = false;
  /** Something with which keepalived's daemon does not start either (exit code 2). */
  fatal = false;
  /** False once the text has been read: what follows concerns the parts together. */
  whileReading = true;
  readonly #origins: LineOrigins;
  readonly #mainFile: string;
  #unsupportedDepth = 0;
  readonly #reported = new Set<string>();
  readonly #blocks: Block[] = [];
  /** The last one outside every other that was read. */
  #lastBlock: (Block & { readonly hasBraces: boolean }) | undefined;
  #current: Current | undefined;
  readonly #known = new Map<Readonly<Record<string, KeywordEntry>>, Candidates>();
  /** By the line of the block: its keywords, the last of each. */
  readonly #written = new Map<number, Map<string, Word>>();

  constructor(environment: LoadEnvironment, testing: boolean, origins: LineOrigins, mainFile: string) {
    this.environment = environment;
    this.testing = testing;
    this.#origins = origins;
    this.#mainFile = mainFile;
  }

  /** The name of the instance, script, service ... that is being read, for messages. */
  get subject(): string {
    return this.#blocks.findLast((block) => block.name !== "")?.name ?? "";
  }

  get insideBlock(): boolean {
    return this.#blocks.length > 0;
  }

  inBlock(keyword: string, name: string, read: () => void): void {
    const current = this.#current;
    const block = { keyword, name, at: current?.statement.words[0] };
    this.#blocks.push(block);
    this.#current = undefined;
    read();
    this.#current = current;
    this.#blocks.pop();
    if (this.#blocks.length === 0) this.#lastBlock = { ...block, hasBraces: current?.statement.block !== undefined };
  }

  /**
   * A statement begins to be read; until `leave` messages know which keyword they are about. A pair of calls, since a
   * function for each of a hundred thousand statements is felt.
   */
  enter(statement: Statement, entry: KeywordEntry): Current | undefined {
    const outer = this.#current;
    this.#current = { statement, entry };
    const [block] = this.#blocks;
    if (block?.at !== undefined && this.#blocks.length === 1) this.#remember(block.at, statement);
    return outer;
  }

  /** @param outer what `enter` returned */
  leave(outer: Current | undefined): void {
    this.#current = outer;
  }

  #remember({ line }: Word, { words: [word] }: Statement): void {
    if (word === undefined) return;
    const known = this.#written.get(line);
    if (known === undefined) this.#written.set(line, new Map([[word.text, word]]));
    else known.set(word.text, word);
  }

  /**
   * Where a keyword was written last, for messages about several of them together; undefined where it was not.
   *
   * @param block a word of the head of its block, which stands outside every other
   */
  written(block: Word, keyword: string): Place {
    return this.#written.get(block.line)?.get(keyword);
  }

  /** Something that makes `-t` fail. */
  problem(kind: DiagnosticKind, message: string, at: Place, advice: Advice = {}): void {
    const mild = kind === "warning" || kind === "deprecated" || kind === "security";
    this.#add(advice.severity ?? (mild ? "warning" : "error"), kind, message, at, advice);
  }

  /** A problem after which keepalived does not start; `-t` goes on to find the rest. */
  fatalProblem(kind: DiagnosticKind, message: string, at: Place, advice: Advice = {}): void {
    this.fatal = true;
    this.problem(kind, message, at, advice);
  }

  /** A problem of the text that only the knowledge of all parts shows. */
  lateProblem(kind: DiagnosticKind, message: string, at: Place, advice: Advice = {}): void {
    this.whileReading = true;
    this.problem(kind, message, at, advice);
    this.whileReading = false;
  }

  /** Something worth saying that is no error. */
  note(message: string, at: Place, advice: Advice = {}): void {
    this.#add("note", "ok", message, at, advice);
  }

  unknownKeyword(statement: Statement, table: Readonly<Record<string, KeywordEntry>>): void {
    const [word] = statement.words;
    const name = word?.text ?? "";
    const { leftOpen = 0, endedEarly = false, ...about } = aboutUnknown(name, this.#knownIn(table), this.#blocks.map(({ keyword }) => keyword), this.#lastBlock);
    const open = leftOpen > 0 ? this.#blocks.slice(-leftOpen).reverse() : endedEarly && this.#lastBlock !== undefined ? [this.#lastBlock] : [];
    const related = open.map((block) => ({ at: block.at, note: `${[block.keyword, block.name].join(" ").trim()} begins here` }));
    const advice: Advice = { ...about, related };
    this.problem("unknown-keyword", `Unknown keyword '${name}'`, word, advice);
    // keepalived reads the lines of such a block as lines of the enclosing one and its brace as the end of that one.
    if (statement.block !== undefined) this.#unsupported(`unknown block '${name}'`, "refuse", word, advice);
  }

  /** What may stand in a block. Kept: a file that is no configuration asks thousands of times. */
  #knownIn(table: Readonly<Record<string, KeywordEntry>>): Candidates {
    let known = this.#known.get(table);
    if (known === undefined) {
      known = new Candidates(Object.entries(table).flatMap(([keyword, { effect }]) => (keyword.startsWith("<") || effect === "rejected" ? [] : [keyword])));
      this.#known.set(table, known);
    }
    return known;
  }

  /** @returns undefined, after a message, when the word is missing; keepalived ends there with exit code 2 */
  word(statement: Statement, index: number): Word | undefined {
    const word = statement.words[index];
    if (word !== undefined) return word;
    this.missingParameter = true;
    const [first] = statement.words;
    const last = statement.words.at(-1);
    const message = `*** Configuration line starting \`${first?.text ?? ""}\` is missing a parameter after keyword \`${last?.text ?? ""}\` at word position ${statement.words.length + 1}`;
    this.problem("missing-parameter", message, last);
    return undefined;
  }

  /** Inside something that is refused or reported as a whole, its words need not be named one by one. */
  withinUnsupported(read: () => void): void {
    this.#unsupportedDepth++;
    read();
    this.#unsupportedDepth--;
  }

  refuse(keyword: string, at: Place, advice: Advice = {}): void {
    if (this.#unsupportedDepth === 0) this.#unsupported(keyword, "refuse", at, advice);
  }

  /** Each keyword once, however often it is written. */
  report(keyword: string, at: Place, instead?: string): void {
    if (this.#unsupportedDepth > 0 || this.#reported.has(keyword)) return;
    this.#reported.add(keyword);
    this.#unsupported(keyword, "report", at, {}, instead);
  }

  #unsupported(keyword: string, effect: Unsupported["effect"], at: Place, advice: Advice, instead?: string): void {
    const refused = "is not supported in this version and may not be ignored: refusing this configuration";
    const reason = effect === "refuse" ? refused : instead === undefined ? "has no effect in this version" : `is not honoured: ${instead}`;
    const message = effect === "refuse" ? `regentd refuses to run this: ${keyword}` : `${keyword} ${reason}`;
    const diagnostic = this.#diagnostic(effect === "refuse" ? "error" : "note", "ok", message, at, { code: "not-supported", ...advice });
    this.unsupported.push({ keyword, where: this.#where(at), effect, reason, diagnostic });
  }

  #where(at: Place): string {
    const origin = at === undefined ? undefined : this.#origins.at(at.line);
    const place = origin === undefined ? this.#mainFile : `${origin.file}:${origin.line}`;
    const { keyword = "top level", name = "" } = this.#blocks.at(-1) ?? {};
    return `${place}, ${keyword}${name && ` ${name}`}`;
  }

  #add(severity: Severity, kind: DiagnosticKind, message: string, at: Place, advice: Advice): void {
    // What holds between the parts comes after what is wrong in the text.
    const order = this.whileReading ? (at?.line ?? 0) : Number.POSITIVE_INFINITY;
    this.diagnostics.push({ diagnostic: this.#diagnostic(severity, kind, message, at, advice), order });
  }

  #diagnostic(severity: Severity, kind: DiagnosticKind, message: string, at: Place, advice: Advice): Diagnostic {
    const { code = codeOfKind(kind, this.whileReading), expected = this.#expectation(kind, at), suggestion, related = [] } = advice;
    const keyword = this.#path();
    const remedy = advice.remedy ?? (kind === "deprecated" && keyword !== undefined ? deprecation(keyword)?.advice : punctuation(at));
    const { file, line, column, endColumn, sourceLine } = this.#placeOf(at);
    // Property by property: thousands of these are made for a file that is no configuration.
    const made: { -readonly [K in keyof Diagnostic]: Diagnostic[K] } = { file, line, column, severity, kind, code, message, whileReading: this.whileReading, position: at?.line ?? Number.POSITIVE_INFINITY };
    if (endColumn !== undefined) made.endColumn = endColumn;
    if (sourceLine !== undefined) made.sourceLine = sourceLine;
    if (keyword !== undefined) made.keyword = keyword;
    if (expected !== undefined) made.expected = expected;
    if (suggestion !== undefined) made.suggestion = suggestion;
    if (remedy !== undefined) made.remedy = remedy;
    const places = related.flatMap(({ at: other, note }): RelatedPlace[] => (other === undefined ? [] : [{ ...this.#placeOf(other), note }]));
    if (places.length > 0) made.related = places;
    return made;
  }

  #placeOf(at: Place): FilePlace {
    const origin = at === undefined ? undefined : this.#origins.at(at.line);
    if (at === undefined || origin === undefined) return { file: this.#mainFile, line: 0, column: 0 };
    const { file, line, source, columns } = origin;
    const column = columnAt({ text: "", columns }, at.offset);
    const last = columnAt({ text: "", columns }, at.offset + Math.max(at.text.length + (at.quoted ? 2 : 0), 1) - 1);
    // What a parameter or a sequence put there is as long as the parameter's name.
    const [parameter = ""] = (source[column - 1] === "$" && /^\$(?:\{[^}]*\}|\w+)/.exec(source.slice(column - 1))) || [];
    return { file, line, column, endColumn: Math.max(last + 1, column + parameter.length), sourceLine: source };
  }

  /** "vrrp_instance.priority"; undefined outside every statement. */
  #path(): string | undefined {
    const path = this.#blocks.map(({ keyword }) => keyword);
    const own = this.#current?.statement.words[0]?.text;
    if (own !== undefined) path.push(own);
    return path.length === 0 ? undefined : path.join(".");
  }

  /** Of a keyword whose argument is bad or missing. */
  #expectation(kind: DiagnosticKind, at: Place): string | undefined {
    if (this.#current === undefined || at === undefined) return undefined;
    const { statement, entry } = this.#current;
    const [keyword] = statement.words;
    const isArgument = keyword !== undefined && at.line >= keyword.line && (at.line > keyword.line || at.offset > keyword.offset);
    const bad = isArgument && (kind === "invalid-number" || kind === "general-error");
    return bad || kind === "missing-parameter" ? expectedArgument(entry) : undefined;
  }
}

/** What other languages write between and behind words. */
function punctuation(at: Place): string | undefined {
  if (at === undefined || at.quoted) return undefined;
  if (at.text === "=" || at.text === ":") return `write no '${at.text}' between a keyword and its words`;
  return /^.*[^;,][;,]$/.test(at.text) ? `write no '${at.text.slice(-1)}' behind a word` : undefined;
}
