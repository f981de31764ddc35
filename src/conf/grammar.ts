import { createToken, EmbeddedActionsParser, Lexer } from "chevrotain";
import type { IToken } from "chevrotain";

// The second layer: words, lines, blocks. It knows no keyword, for any keyword is also a legal instance name, and it
// accepts every text: what is wrong with braces and quotes becomes a value, so one error never hides the next.

/** A word with its place in the consolidated text. */
export interface Word {
  readonly text: string;
  /** Index into the consolidated lines. */
  readonly line: number;
  /** Index of its first character in that line. */
  readonly offset: number;
  /** It stood in double quotes, which are not part of `text`. */
  readonly quoted: boolean;
}

/** One line of words and the block that belongs to it, if any. Always at least one word. */
export interface Statement {
  readonly words: readonly Word[];
  readonly block: readonly Statement[] | undefined;
}

export interface StructureError {
  readonly kind: "unterminated-quote" | "stray-open" | "stray-close" | "missing-close" | "too-deep";
  readonly at: Word;
}

export interface Structure {
  readonly statements: readonly Statement[];
  readonly errors: readonly StructureError[];
}

/** keepalived's deepest block is the sixth; the parser's recursion needs a bound of its own. */
const DEEPEST_BLOCK = 64;

const Blank = createToken({ name: "Blank", pattern: /[ \t\r\v\f]+/, group: Lexer.SKIPPED });
const EndOfLine = createToken({ name: "EndOfLine", pattern: /\n/, line_breaks: true });
/** In the line of a command single quotes quote, too, and a backslash keeps the quote after it inside. */
const Quoted = createToken({
  name: "Quoted",
  pattern: (text, offset, matched) => {
    const single = text[offset] === "'";
    if (!single && text[offset] !== '"') return null;
    const command = isCommandLine(matched);
    if (single && !command) return null;
    const pattern = single ? SINGLE_QUOTED_COMMAND : command ? QUOTED_COMMAND : QUOTED;
    pattern.lastIndex = offset;
    return pattern.exec(text);
  },
  start_chars_hint: ['"', "'"],
  line_breaks: false,
});
const Unterminated = createToken({ name: "Unterminated", pattern: /"[^"\n]*/, line_breaks: false });
const BlockStart = createToken({ name: "BlockStart", pattern: /\{/ });
const BlockEnd = createToken({ name: "BlockEnd", pattern: /\}/ });
const QUOTED = /"[^"\n]*"/y;
const QUOTED_COMMAND = /"(?:[^"\\\n]|\\[^\n])*"/y;
const SINGLE_QUOTED_COMMAND = /'(?:[^'\\\n]|\\[^\n])*'/y;
/** Keywords whose argument is a command; the only ones that the structure of the text depends on. */
let commandKeywords: ReadonlySet<string> = new Set();

/** Whether the first word of the statement that the next token belongs to is such a keyword. */
function isCommandLine(matched: readonly IToken[]): boolean {
  let first: IToken | undefined;
  for (let i = matched.length - 1; i >= 0; i--) {
    const token = matched[i];
    if (token === undefined || token.tokenType === EndOfLine || token.tokenType === BlockStart || token.tokenType === BlockEnd) break;
    first = token;
  }
  return first !== undefined && commandKeywords.has(first.image);
}

/** Only these blanks separate: a no-break space is part of a word, as it is to keepalived. */
const Text = createToken({ name: "Text", pattern: /[^ \t\r\v\f\n{}"]+/, line_breaks: false });
const TOKENS = [Blank, EndOfLine, Quoted, Text, Unterminated, BlockStart, BlockEnd];

class StructureParser extends EmbeddedActionsParser {
  #lineStarts: readonly number[] = [];
  #structureErrors: StructureError[] = [];
  #line = 0;

  constructor() {
    super(TOKENS, { maxLookahead: 1 });
    this.performSelfAnalysis();
  }

  /** @throws Error when the grammar refuses a sequence of tokens, which would be a bug of the grammar */
  structure(tokens: IToken[], lineStarts: readonly number[]): { statements: Statement[]; errors: StructureError[] } {
    this.#lineStarts = lineStarts;
    this.#structureErrors = [];
    this.#line = 0;
    this.input = tokens;
    const statements = this.file();
    const [refused] = this.errors;
    if (refused !== undefined) throw refused;
    return { statements, errors: this.#structureErrors };
  }

  /** Where a token stands. Tokens come nearly in order, so the search goes on from the last one. */
  place(token: IToken): { line: number; offset: number } {
    const starts = this.#lineStarts;
    while (this.#line > 0 && (starts[this.#line] ?? 0) > token.startOffset) this.#line--;
    while (this.#line + 1 < starts.length && (starts[this.#line + 1] ?? 0) <= token.startOffset) this.#line++;
    return { line: this.#line, offset: token.startOffset - (starts[this.#line] ?? 0) };
  }

  readonly file = this.RULE("file", (): Statement[] => {
    const statements: Statement[] = [];
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(EndOfLine) },
        { ALT: () => this.keep(statements, this.SUBRULE(this.statement)) },
        { ALT: () => this.stray("stray-open", this.CONSUME(BlockStart)) },
        { ALT: () => this.stray("stray-close", this.CONSUME(BlockEnd)) },
      ]);
    });
    return statements;
  });

  readonly statement = this.RULE("statement", (): Statement => {
    const words: Word[] = [];
    let block: Statement[] | undefined;
    this.AT_LEAST_ONE(() => {
      this.OR([
        { ALT: () => words.push(this.word(this.CONSUME(Text), false)) },
        { ALT: () => words.push(this.word(this.CONSUME(Quoted), true)) },
        { ALT: () => this.unterminated(this.CONSUME(Unterminated)) },
      ]);
    });
    this.OPTION(() => {
      block = this.SUBRULE(this.block);
    });
    return { words, block };
  });

  readonly block = this.RULE("block", (): Statement[] => {
    const statements: Statement[] = [];
    const open = this.CONSUME(BlockStart);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(EndOfLine) },
        { ALT: () => this.keep(statements, this.SUBRULE(this.statement)) },
        { ALT: () => this.stray("stray-open", this.CONSUME1(BlockStart)) },
      ]);
    });
    let closed = false;
    this.OPTION(() => {
      this.CONSUME(BlockEnd);
      closed = true;
    });
    if (!closed) this.stray("missing-close", open);
    return statements;
  });

  private word(token: IToken, quoted: boolean): Word {
    return { ...this.place(token), text: quoted ? token.image.slice(1, -1) : token.image, quoted };
  }

  /** A line of nothing but an unterminated quote says nothing. */
  private keep(statements: Statement[], statement: Statement): void {
    this.ACTION(() => {
      if (statement.words.length > 0) statements.push(statement);
    });
  }

  /** The quoted remainder is lost. */
  private unterminated(token: IToken): void {
    const at = { ...this.place(token), text: token.image.slice(1), quoted: true };
    this.ACTION(() => this.#structureErrors.push({ kind: "unterminated-quote", at }));
  }

  private stray(kind: StructureError["kind"], token: IToken): void {
    const at = { ...this.place(token), text: token.image, quoted: false };
    this.ACTION(() => this.#structureErrors.push({ kind, at }));
  }
}

const lexer = new Lexer(TOKENS, { positionTracking: "onlyOffset" });
const parser = new StructureParser();

/**
 * The structure of a consolidated text, whatever the text is.
 *
 * @param commands keywords whose argument is a command line, in which `\"` does not end the quoted word
 */
export function parseStructure(text: string, commands: ReadonlySet<string> = new Set()): Structure {
  commandKeywords = commands;
  const { tokens, tooDeep } = settleBraces(lexer.tokenize(text).tokens);
  const { statements, errors } = parser.structure(tokens, lineStartsOf(text));
  return { statements, errors: [...errors, ...tooDeep.map((token) => ({ kind: "too-deep", at: { ...parser.place(token), text: "{", quoted: false } }) as const)] };
}

/** A `{` that begins a later line belongs to the last word before it; so the ends of line between them go. */
function settleBraces(tokens: readonly IToken[]): { tokens: IToken[]; tooDeep: IToken[] } {
  const settled: IToken[] = [];
  const tooDeep: IToken[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.tokenType === BlockEnd && depth > 0) depth--;
    if (token.tokenType === BlockStart) {
      let last = settled.length - 1;
      while (settled[last]?.tokenType === EndOfLine) last--;
      const before = settled[last]?.tokenType;
      if (before === Text || before === Quoted) {
        if (depth === DEEPEST_BLOCK) {
          tooDeep.push(token);
          continue;
        }
        settled.length = last + 1;
        depth++;
      }
    }
    settled.push(token);
  }
  return { tokens: settled, tooDeep };
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
