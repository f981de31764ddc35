import type { LoadEnvironment, LoadRequest } from "../environment.ts";
import type { FilePlace, RelatedPlace } from "../diagnostic.ts";
import { parseStructure } from "../grammar.ts";
import type { Statement, Word } from "../grammar.ts";
import { COMMAND_KEYWORDS } from "../keywords/commands.ts";
import { columnAt } from "../piece.ts";
import { readSource } from "../source.ts";
import type { LineOrigins } from "../source.ts";

// The text as it was written, block by block: the model has values, the rules need places and what stood there before it
// was rounded, cut or dropped.

/** One block or line, with its place. */
export class Entry {
  readonly statement: Statement;
  readonly #outline: Outline;
  #entries: readonly Entry[] | undefined;

  constructor(statement: Statement, outline: Outline) {
    this.statement = statement;
    this.#outline = outline;
  }

  get keyword(): string {
    return this.statement.words[0]?.text ?? "";
  }

  /** The word after the keyword, e.g. the name of an instance; "" when there is none. */
  get name(): string {
    return this.text(1);
  }

  /** The word at `index`, 0 being the keyword; "" when there is none. */
  text(index: number): string {
    return this.statement.words[index]?.text ?? "";
  }

  get texts(): readonly string[] {
    return this.statement.words.map(({ text }) => text);
  }

  /** Where the word at `index` stands; of the last one, when there are not so many. */
  place(index = 0): FilePlace {
    return this.#outline.place(this.statement.words[index] ?? this.statement.words.at(-1));
  }

  /** A part of the word at `index`: `length` characters from `from` on, quotes not counted. */
  placeWithin(index: number, from: number, length: number): FilePlace {
    const word = this.statement.words[index];
    if (word === undefined) return this.place(index);
    const { line, offset, quoted, text } = word;
    return this.#outline.place({ line, offset: offset + (quoted ? 1 : 0) + from, text: text.slice(from, from + length), quoted: false });
  }

  related(note: string, index = 0): RelatedPlace {
    return { ...this.place(index), note };
  }

  /** The lines of the block. */
  get entries(): readonly Entry[] {
    this.#entries ??= (this.statement.block ?? []).map((statement) => new Entry(statement, this.#outline));
    return this.#entries;
  }

  /** All lines with this keyword, in all blocks that `path` leads through: `all("authentication", "auth_pass")`. */
  all(...path: readonly string[]): readonly Entry[] {
    return allOf(this.entries, path);
  }

  /** The last one, which is the one that counts when a keyword is written twice. */
  last(...path: readonly string[]): Entry | undefined {
    return this.all(...path).at(-1);
  }

  has(keyword: string): boolean {
    return this.last(keyword) !== undefined;
  }

  /** Where a keyword of this block stands; of the block itself when it is not written. */
  placeOf(...path: readonly string[]): FilePlace {
    return this.last(...path)?.place() ?? this.place();
  }
}

/** All lines of the keyword that `path` ends with, in order. */
function allOf(entries: readonly Entry[], [keyword, ...rest]: readonly string[]): readonly Entry[] {
  const found = entries.filter((entry) => entry.keyword === keyword);
  return rest.length === 0 ? found : found.flatMap((entry) => allOf(entry.entries, rest));
}

/** A whole text. */
export class Outline {
  /** Everything outside the blocks, and the blocks. */
  readonly entries: readonly Entry[];
  readonly #origins: LineOrigins;
  readonly #mainFile: string;
  readonly #named = new Map<string, Entry>();

  constructor(statements: readonly Statement[], origins: LineOrigins, mainFile: string) {
    this.entries = statements.map((statement) => new Entry(statement, this));
    this.#origins = origins;
    this.#mainFile = mainFile;
    for (const entry of this.entries) {
      const key = `${entry.keyword} ${entry.name}`;
      if (!this.#named.has(key)) this.#named.set(key, entry);
    }
  }

  all(...path: readonly string[]): readonly Entry[] {
    return allOf(this.entries, path);
  }

  last(...path: readonly string[]): Entry | undefined {
    return this.all(...path).at(-1);
  }

  /** A line of `global_defs`, the last one when it is written more than once. */
  global(keyword: string): Entry | undefined {
    return this.last("global_defs", keyword);
  }

  /** The block of a name; of two with one name the first, which is the one that keepalived keeps. */
  named(keyword: string, name: string): Entry | undefined {
    return this.#named.get(`${keyword} ${name}`);
  }

  instance(name: string): Entry | undefined {
    return this.named("vrrp_instance", name);
  }

  /** The file as a whole. */
  get top(): FilePlace {
    return { file: this.#mainFile, line: 0, column: 0 };
  }

  place(word: Word | undefined): FilePlace {
    const origin = word === undefined ? undefined : this.#origins.at(word.line);
    if (word === undefined || origin === undefined) return this.top;
    const at = { text: "", columns: origin.columns };
    const column = columnAt(at, word.offset);
    const endColumn = columnAt(at, word.offset + Math.max(1, word.text.length + (word.quoted ? 2 : 0)) - 1) + 1;
    return { file: origin.file, line: origin.line, column, endColumn: Math.max(endColumn, column + 1), sourceLine: origin.source };
  }

  /** Every line and block at any depth, in order. */
  *everything(entries: readonly Entry[] = this.entries): Generator<Entry, void> {
    for (const entry of entries) {
      yield entry;
      yield* this.everything(entry.entries);
    }
  }
}

/** Reads the text once more, for its places alone. */
export function outlineOf(environment: LoadEnvironment, request: LoadRequest): Outline {
  const source = readSource(environment, request);
  const statements = [...parseStructure(source.lines, COMMAND_KEYWORDS)].flatMap((part) => part.statements);
  return new Outline(statements, source.origins, source.files[0] ?? request.path);
}
