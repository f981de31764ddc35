import { EmbeddedActionsParser } from "chevrotain";
import type { IToken } from "chevrotain";
import { BlockEnd, BlockStart, Line, TOKENS, tokenizeLine } from "./tokens.ts";
import type { StructureToken, TokenSink, Word } from "./tokens.ts";

// The second layer: words, lines, blocks. It knows no keyword, for any keyword is also a legal instance name, and it
// accepts every text: what is wrong with braces and quotes becomes a value, so one error never hides the next.

export type { Word } from "./tokens.ts";

/** One line of words and the block that belongs to it, if any. Always at least one word. */
export interface Statement {
  readonly words: readonly Word[];
  readonly block: readonly Statement[] | undefined;
}

export interface StructureError {
  readonly kind: "unterminated-quote" | "stray-open" | "stray-close" | "missing-close" | "too-deep";
  readonly at: Word;
}

/** Some whole statements of the top level, in the order of the text. */
export interface Structure {
  readonly statements: readonly Statement[];
  readonly errors: readonly StructureError[];
}

/** keepalived's deepest block is the sixth; the parser's recursion needs a bound of its own. */
const DEEPEST_BLOCK = 64;
/** What is parsed at once: short-lived objects stay few, and thousands of one-line statements do not pay for thousands of starts. */
const TOKENS_AT_ONCE = 1_000;

class StructureParser extends EmbeddedActionsParser {
  #structureErrors: StructureError[] = [];

  constructor() {
    super(TOKENS, { maxLookahead: 1 });
    this.performSelfAnalysis();
  }

  /** @throws Error when the grammar refuses a sequence of tokens, which would be a bug of the grammar */
  structure(tokens: IToken[]): { statements: Statement[]; errors: StructureError[] } {
    this.#structureErrors = [];
    this.input = tokens;
    const statements = this.file();
    const [refused] = this.errors;
    if (refused !== undefined) throw refused;
    return { statements, errors: this.#structureErrors };
  }

  /** Where statements go. What MANY, OR and OPTION are given is made once: it is asked for at every line. */
  #into: Statement[] = [];
  #block: readonly Statement[] | undefined;

  readonly #openBlock = [0, 1].map((occurrence) => (): void => {
    this.#block = this.subrule(occurrence, this.block);
  });
  /** Statements come in runs: one question for each, and only what is no statement is told apart. */
  readonly #statement = (): void => this.statement(0);
  readonly #afterStray = (): void => this.statement(1);
  readonly #strayBraces = [
    { ALT: () => this.stray("stray-open", this.CONSUME(BlockStart)) },
    { ALT: () => this.stray("stray-close", this.CONSUME(BlockEnd)) },
  ];
  readonly #strayAtTop = (): void => {
    this.OR(this.#strayBraces);
    this.MANY2(this.#afterStray);
  };
  readonly #strayInBlock = (): void => {
    this.stray("stray-open", this.CONSUME1(BlockStart));
    this.MANY2(this.#afterStray);
  };

  readonly file = this.RULE("file", (): Statement[] => {
    const statements: Statement[] = [];
    this.#into = statements;
    this.MANY(this.#statement);
    this.MANY1(this.#strayAtTop);
    return statements;
  });

  readonly block = this.RULE("block", (): Statement[] => {
    const outer = this.#into;
    const statements: Statement[] = [];
    const open = this.CONSUME(BlockStart);
    this.#into = statements;
    this.MANY(this.#statement);
    this.MANY1(this.#strayInBlock);
    this.#into = outer;
    let closed = false;
    this.OPTION2(() => {
      this.CONSUME(BlockEnd);
      closed = true;
    });
    if (!closed) this.stray("missing-close", open);
    return statements;
  });

  /** Part of both rules and none of its own: most statements are one line, and entering a rule costs more than the line. */
  private statement(occurrence: 0 | 1): void {
    const line = this.consume(occurrence, Line);
    this.#block = undefined;
    this.option(occurrence, this.#openBlock[occurrence] as () => void);
    const block = this.#block;
    this.ACTION(() => this.#into.push({ words: (line as StructureToken).words, block }));
  }

  private stray(kind: StructureError["kind"], token: IToken): void {
    this.ACTION(() => this.#structureErrors.push({ kind, at: (token as StructureToken).at }));
  }
}

const parser = new StructureParser();

/**
 * The structure of a consolidated text, whatever the text is, a few top-level statements at a time, so that what one
 * of them is made of can be forgotten before the next comes. The last piece may be empty.
 *
 * @param commands keywords whose argument is a command line, in which `\"` does not end the quoted word
 */
export function* parseStructure(lines: readonly string[], commands: ReadonlySet<string> = new Set()): Generator<Structure, void> {
  const feeder = new TokenFeeder();
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i] ?? "";
    if (feeder.mayCutBefore(text)) yield feeder.take();
    tokenizeLine(text, i, commands, feeder);
  }
  yield feeder.take();
}

/** Settles what the grammar cannot say with one token of lookahead, and finds where the top level may be cut. */
class TokenFeeder implements TokenSink {
  #tokens: StructureToken[] = [];
  #errors: StructureError[] = [];
  #depth = 0;
  /** A `{` that begins a later line belongs to the line before it; so nothing but a line's words may stand between. */
  #mayOpen = false;
  #tooDeep = false;

  /** Whether enough was fed, and can be parsed without `next` and what follows it. */
  mayCutBefore(next: string): boolean {
    return this.#depth === 0 && this.#tokens.length >= TOKENS_AT_ONCE && !next.startsWith("{");
  }

  token(token: StructureToken): void {
    const { tokenType } = token;
    if (tokenType === BlockStart && this.#mayOpen) {
      if (this.#depth === DEEPEST_BLOCK) return this.#refuseDepth(token);
      this.#depth++;
    }
    if (tokenType === BlockEnd && this.#depth > 0) this.#depth--;
    this.#mayOpen = tokenType === Line;
    this.#tokens.push(token);
  }

  /** The quoted remainder is lost. */
  unterminated(at: Word): void {
    this.#errors.push({ kind: "unterminated-quote", at });
    this.#mayOpen = false;
  }

  take(): Structure {
    const { statements, errors } = parser.structure(this.#tokens);
    const all = [...this.#errors, ...errors];
    this.#tokens = [];
    this.#errors = [];
    return { statements, errors: all };
  }

  /** Said once: whoever nests that deep nests deeper still. */
  #refuseDepth(token: StructureToken): void {
    if (!this.#tooDeep) this.#errors.push({ kind: "too-deep", at: token.at });
    this.#tooDeep = true;
  }
}
