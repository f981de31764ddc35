import type { DiagnosticKind, PlacedDiagnostic, Severity } from "./diagnostic.ts";
import type { LoadEnvironment } from "./environment.ts";
import type { Statement, Word } from "./grammar.ts";
import { nearestWord } from "./nearest.ts";
import { columnAt } from "./piece.ts";
import type { LineOrigin } from "./source.ts";

/** A keyword that was understood but is not acted upon. */
export interface Unsupported {
  readonly keyword: string;
  /** "FILE:LINE, BLOCK". */
  readonly where: string;
  /** refuse: the daemon must not start or reload with it; report: said once, harmless. */
  readonly effect: "refuse" | "report";
}

/** Where something is: a word of the text, or undefined for the configuration as a whole. */
export type Place = Word | undefined;

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
  readonly #origins: readonly LineOrigin[];
  readonly #mainFile: string;
  #unsupportedDepth = 0;
  readonly #reported = new Set<string>();
  readonly #blocks: { readonly keyword: string; readonly name: string }[] = [];

  constructor(environment: LoadEnvironment, testing: boolean, origins: readonly LineOrigin[], mainFile: string) {
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
    this.#blocks.push({ keyword, name });
    read();
    this.#blocks.pop();
  }

  /** Something that makes `-t` fail. */
  problem(kind: DiagnosticKind, message: string, at: Place, suggestion?: string): void {
    const severity = kind === "warning" || kind === "deprecated" || kind === "security" ? "warning" : "error";
    this.#add(severity, kind, message, at, suggestion);
  }

  /** A problem after which keepalived does not start; `-t` goes on to find the rest. */
  fatalProblem(kind: DiagnosticKind, message: string, at: Place): void {
    this.fatal = true;
    this.problem(kind, message, at);
  }

  /** A problem of the text that only the knowledge of all parts shows. */
  lateProblem(kind: DiagnosticKind, message: string, at: Place): void {
    this.whileReading = true;
    this.problem(kind, message, at);
    this.whileReading = false;
  }

  /** Something worth saying that is no error. */
  note(message: string, at: Place): void {
    this.#add("note", "ok", message, at);
  }

  unknownKeyword(statement: Statement, table: Readonly<Record<string, unknown>>): void {
    const [word] = statement.words;
    const name = word?.text ?? "";
    const known = Object.keys(table).filter((keyword) => !keyword.startsWith("<"));
    this.problem("unknown-keyword", `Unknown keyword '${name}'`, word, nearestWord(name, known));
    // keepalived reads the lines of such a block as lines of the enclosing one and its brace as the end of that one.
    if (statement.block !== undefined) this.unsupported.push({ keyword: `unknown block '${name}'`, where: this.#where(word), effect: "refuse" });
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

  refuse(keyword: string, at: Place): void {
    if (this.#unsupportedDepth > 0) return;
    this.unsupported.push({ keyword, where: this.#where(at), effect: "refuse" });
  }

  /** Each keyword once, however often it is written. */
  report(keyword: string, at: Place): void {
    if (this.#unsupportedDepth > 0 || this.#reported.has(keyword)) return;
    this.#reported.add(keyword);
    this.unsupported.push({ keyword, where: this.#where(at), effect: "report" });
  }

  #where(at: Place): string {
    const origin = at === undefined ? undefined : this.#origins[at.line];
    const place = origin === undefined ? this.#mainFile : `${origin.file}:${origin.line}`;
    const { keyword = "top level", name = "" } = this.#blocks.at(-1) ?? {};
    return `${place}, ${keyword}${name && ` ${name}`}`;
  }

  #add(severity: Severity, kind: DiagnosticKind, message: string, at: Place, suggestion?: string): void {
    const origin = at === undefined ? undefined : this.#origins[at.line];
    const diagnostic = {
      file: origin?.file ?? this.#mainFile,
      line: origin?.line ?? 0,
      column: at === undefined || origin === undefined ? 0 : columnAt({ text: "", columns: origin.columns }, at.offset),
      severity,
      kind,
      message,
      whileReading: this.whileReading,
      ...(origin === undefined ? {} : { sourceLine: origin.source }),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
    // What holds between the parts comes after what is wrong in the text.
    this.diagnostics.push({ diagnostic, order: this.whileReading ? (at?.line ?? 0) : Number.POSITIVE_INFINITY });
  }
}
