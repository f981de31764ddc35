import { createToken } from "chevrotain";
import type { IToken, TokenType } from "chevrotain";
import { isBlank } from "./piece.ts";

// The second layer's lower half: lines of the consolidated text become the three tokens that the structure is made of.
// chevrotain's own lexer made a token of every word and of every end of line, a million objects for a large pool; here
// the words of a line travel in one token (doc/decisions/0006-loading.md).

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

/** The words of one line up to a brace or its end; never none. */
export const Line = createToken({ name: "Line" });
export const BlockStart = createToken({ name: "BlockStart" });
export const BlockEnd = createToken({ name: "BlockEnd" });
export const TOKENS = [Line, BlockStart, BlockEnd];

export class StructureToken implements IToken {
  readonly tokenType: TokenType;
  readonly tokenTypeIdx: number;
  /** Of a brace, the brace alone. */
  readonly words: readonly Word[];

  constructor(tokenType: TokenType, words: readonly Word[]) {
    this.tokenType = tokenType;
    this.tokenTypeIdx = tokenType.tokenTypeIdx ?? 0;
    this.words = words;
  }

  // chevrotain's own notion of place and text, for messages of its own that nobody sees.
  get startOffset(): number {
    return 0;
  }

  get image(): string {
    return "";
  }

  get at(): Word {
    const [first] = this.words;
    if (first === undefined) throw new Error("a token without a word");
    return first;
  }
}

export interface TokenSink {
  token(token: StructureToken): void;
  /** `at.text` is what stood after the quote, and is lost. */
  unterminated(at: Word): void;
}

const QUOTED = /"[^"]*"/y;
const UNTERMINATED = /"[^"]*/y;
/** In the line of a command single quotes quote, too, and a backslash keeps the quote after it inside. */
const QUOTED_COMMAND = /"(?:[^"\\]|\\.)*"/sy;
const SINGLE_QUOTED_COMMAND = /'(?:[^'\\]|\\.)*'/sy;

const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const OPEN = 123;
const CLOSE = 125;

/** The words of the line that is being read: one array for all lines, each token gets a copy of the right size. */
const found: Word[] = [];

/**
 * Hands the tokens of one line to `sink`.
 *
 * @param line index of `text` in the consolidated lines
 * @param commands keywords whose argument is a command line
 */
export function tokenizeLine(text: string, line: number, commands: ReadonlySet<string>, sink: TokenSink): void {
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (isBlank(code)) {
      at++;
    } else if (code === OPEN || code === CLOSE) {
      endLine(sink);
      sink.token(new StructureToken(code === OPEN ? BlockStart : BlockEnd, [{ text: code === OPEN ? "{" : "}", line, offset: at, quoted: false }]));
      at++;
    } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      at = quotedPart(text, at, line, commands, sink);
    } else {
      at = plainWord(text, at, line);
    }
  }
  endLine(sink);
}

function endLine(sink: TokenSink): void {
  if (found.length > 0) sink.token(new StructureToken(Line, found.slice()));
  found.length = 0;
}

/** @returns where it ends */
function plainWord(text: string, from: number, line: number): number {
  let at = from + 1;
  while (at < text.length && !endsWord(text.charCodeAt(at))) at++;
  found.push({ text: text.slice(from, at), line, offset: from, quoted: false });
  return at;
}

/** A quoted word, a word that begins with a single quote, or what an unterminated quote loses. @returns where it ends */
function quotedPart(text: string, at: number, line: number, commands: ReadonlySet<string>, sink: TokenSink): number {
  const quote = text.charCodeAt(at);
  const command = isCommand(found[0], commands);
  const quoted = quotedAt(text, at, quote, command);
  if (quoted !== undefined) {
    found.push({ text: quoted.slice(1, -1), line, offset: at, quoted: true });
    return at + quoted.length;
  }
  if (quote === SINGLE_QUOTE) return plainWord(text, at, line);
  const rest = matchAt(UNTERMINATED, text, at) ?? "";
  // What is left of a command is none, and no word is missing either.
  if (command) found.length = 0;
  endLine(sink);
  sink.unterminated({ text: rest.slice(1), line, offset: at, quoted: true });
  return at + rest.length;
}

function endsWord(code: number): boolean {
  return isBlank(code) || code === OPEN || code === CLOSE || code === DOUBLE_QUOTE;
}

function isCommand(first: Word | undefined, commands: ReadonlySet<string>): boolean {
  return first !== undefined && !first.quoted && commands.has(first.text);
}

function quotedAt(text: string, at: number, quote: number, command: boolean): string | undefined {
  if (quote === SINGLE_QUOTE) return command ? matchAt(SINGLE_QUOTED_COMMAND, text, at) : undefined;
  return matchAt(command ? QUOTED_COMMAND : QUOTED, text, at);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
