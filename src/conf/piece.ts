/**
 * A part of a line that still knows which column of the file each character came from, through comments, conditions,
 * parameters and sequences. Columns count from 1.
 */
export interface Piece {
  readonly text: string;
  /** Column of the first character when the piece stands in the file as it is; otherwise one column per character. */
  readonly columns: number | readonly number[];
}

export const NO_TEXT: Piece = { text: "", columns: 1 };

/** Column of the character at `index`; just past the end is allowed. */
export function columnAt(piece: Piece, index: number): number {
  if (typeof piece.columns === "number") return piece.columns + index;
  return piece.columns[Math.min(index, piece.columns.length - 1)] ?? 1;
}

export function cut(piece: Piece, from: number, to = piece.text.length): Piece {
  const text = piece.text.slice(from, to);
  if (typeof piece.columns === "number") return { text, columns: piece.columns + from };
  return { text, columns: piece.columns.slice(from, to) };
}

/** Text that replaces something standing at `column`. */
export function replacement(text: string, column: number): Piece {
  return { text, columns: new Array<number>(text.length).fill(column) };
}

export function join(pieces: readonly Piece[]): Piece {
  const [only] = pieces;
  if (only === undefined) return NO_TEXT;
  if (pieces.length === 1) return only;
  const columns: number[] = [];
  for (const piece of pieces) {
    for (let i = 0; i < piece.text.length; i++) columns.push(columnAt(piece, i));
  }
  return { text: pieces.map((piece) => piece.text).join(""), columns };
}

const SPACE = 32;
const TAB = 9;
const VERTICAL_TAB = 11;
const CARRIAGE_RETURN = 13;

/** Only these: a no-break space is part of a word, as it is to keepalived. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || (code >= VERTICAL_TAB && code <= CARRIAGE_RETURN);
}

export function trim(piece: Piece): Piece {
  let from = 0;
  let to = piece.text.length;
  while (from < to && isBlank(piece.text.charCodeAt(from))) from++;
  while (to > from && isBlank(piece.text.charCodeAt(to - 1))) to--;
  return from === 0 && to === piece.text.length ? piece : cut(piece, from, to);
}

/** Drops a comment (`!` or `#` outside double quotes) and turns `\#` and `\!` into the character. */
export function withoutComment(piece: Piece): Piece {
  const { text } = piece;
  if (!/[#!]/.test(text)) return piece;
  const kept: Piece[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    if (quoted || (c !== "#" && c !== "!")) continue;
    if (text[i - 1] !== "\\") {
      kept.push(cut(piece, from, i));
      return join(kept);
    }
    kept.push(cut(piece, from, i - 1));
    from = i;
  }
  kept.push(cut(piece, from));
  return join(kept);
}

/** A condition, a definition, a sequence or an include after a brace. */
const READERS_WORD_AFTER_BRACE = /[{}][ \t\r\v\f]*(?=@|\$[A-Za-z_]\w*=|~(?:SEQ|LST)|include)/g;

/**
 * Where a further line begins in one that goes on after a brace with something that the reader itself understands; what
 * else follows a brace is left to the grammar.
 */
export function furtherLineAt(text: string): number | undefined {
  for (const match of text.matchAll(READERS_WORD_AFTER_BRACE)) {
    const quotes = text.slice(0, match.index).match(/"/g)?.length ?? 0;
    if (quotes % 2 === 0) return match.index + match[0].length;
  }
  return undefined;
}
