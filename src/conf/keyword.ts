import type { Statement } from "./grammar.ts";
import type { Reading } from "./reading.ts";

/**
 * What becomes of a keyword. acted: it has its effect. refuse: its absence would change an election, the wire, an
 * address, a namespace, or what is checked or balanced, so the daemon does not start with it. report: harmless, said
 * once. rejected: keepalived's own parser does not know the word although its manual does.
 */
export type Effect = "acted" | "refuse" | "report" | "rejected";

/** What a keyword means to people: the source of the keyword reference and of completion. */
export interface KeywordEntry {
  /** Form of what follows the keyword; "-" for nothing. */
  readonly argument: string;
  readonly unit?: string;
  readonly range?: string;
  readonly default?: string;
  readonly meaning: string;
  readonly effect: Effect;
  /** Of a reported one: why it is not honoured, and what to do. */
  readonly instead?: string;
  /** Regent's own: keepalived does not know it. */
  readonly own?: true;
  /** Which values are treated otherwise than `effect` says. */
  readonly except?: string;
}

/** Reads the words and the block of a statement into a draft; reports what is wrong with them. */
export type Reader<Draft> = (reading: Reading, draft: Draft, statement: Statement) => void;

export interface Form<Draft> {
  /** Whether `{` ... `}` follows, and whether it holds a list or keywords of its own. */
  readonly block: "none" | "list" | "keywords";
  readonly read: Reader<Draft>;
}

export interface Keyword<Draft> extends KeywordEntry {
  readonly form: Form<Draft>;
}

/** Names beginning with "<" stand for entries that are no keyword, such as an address; they are never looked up. */
export type KeywordTable<Draft> = Readonly<Record<string, Keyword<Draft>>>;
export type EntryTable = Readonly<Record<string, KeywordEntry>>;

/** Reads a block into a draft. Whatever is unknown or wrong is reported and skipped, and the rest still read. */
export function readBlock<Draft>(reading: Reading, table: KeywordTable<Draft>, draft: Draft, block: readonly Statement[]): void {
  for (const statement of block) readStatement(reading, table, draft, statement);
}

function readStatement<Draft>(reading: Reading, table: KeywordTable<Draft>, draft: Draft, statement: Statement): void {
  const [word] = statement.words;
  const name = word?.text ?? "";
  const keyword = Object.hasOwn(table, name) ? table[name] : undefined;
  if (keyword === undefined || keyword.effect === "rejected") return reading.unknownKeyword(statement, table);
  const outer = reading.enter(statement, keyword);
  readKnown(reading, keyword, draft, statement);
  reading.leave(outer);
}

function readKnown<Draft>(reading: Reading, keyword: Keyword<Draft>, draft: Draft, statement: Statement): void {
  const [word] = statement.words;
  const name = word?.text ?? "";
  if (keyword.effect === "refuse") reading.refuse(name, word);
  if (keyword.effect === "report") reading.report(name, word, keyword.instead);
  if (keyword.form.block === "none" && statement.block !== undefined) {
    const remedy = `'${name}' has no block: remove the '{' and its '}'`;
    reading.problem("unexpected-brace", "Unexpected '{' - ignoring", word, { remedy });
    // Here too keepalived reads the lines at the enclosing level and ends that level early.
    reading.refuse(`a block after '${name}'`, word, { code: "unexpected-brace", remedy });
  }
  if (keyword.form.block !== "none" && statement.block === undefined) {
    const remedy = keyword.form.block === "list" ? `write '${name} {', then each entry on a line of its own, then '}'` : "write '{' at the end of this line";
    // keepalived says so only inside a block, and of a block with keywords; of the others it takes what follows for the contents.
    if (keyword.form.block === "keywords" && reading.insideBlock) reading.problem("missing-brace", "Missing '{' at beginning of configuration block", word, { remedy });
    reading.refuse(`'${name}' without its block`, word, { code: "missing-brace", remedy });
  }
  const [, extra] = statement.words;
  if (keyword.argument === "list-block" && statement.block !== undefined && extra !== undefined) {
    reading.problem("general-error", `Block ${name} has extra parameters ${extra.text} ...`, extra, { remedy: "write the entries between the braces, each on a line of its own" });
  }
  if (keyword.effect === "acted") keyword.form.read(reading, draft, statement);
  else reading.withinUnsupported(() => keyword.form.read(reading, draft, statement));
}
