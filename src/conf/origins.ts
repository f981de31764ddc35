import type { Piece } from "./piece.ts";

/** Where a line of the consolidated text came from. */
export interface LineOrigin {
  readonly file: string;
  readonly line: number;
  /** The whole line as it stands in the file. */
  readonly source: string;
  /** See Piece.columns. */
  readonly columns: Piece["columns"];
}

/** By index of the consolidated line. */
export interface LineOrigins {
  at(line: number): LineOrigin | undefined;
}

/** A file with its text, in which lines are found when somebody asks. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  #starts: readonly number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** @param line from 1 */
  line(line: number): string {
    this.#starts ??= startsOf(this.text);
    const from = this.#starts[line - 1] ?? this.text.length;
    const next = this.#starts[line];
    return this.text.slice(from, next === undefined ? undefined : next - 1);
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Numbers that a line takes in `#places`: its file, its line there, the column of its first character. */
const NUMBERS = 3;
const FIRST_CAPACITY = 1_024 * NUMBERS;
/** In place of the file: the origin is in `#others`. */
const OTHER = -1;

/** A line that stands in its file as it is costs twelve octets, and no object until somebody asks for its origin. */
export class Origins implements LineOrigins {
  readonly #texts: SourceText[] = [];
  readonly #others = new Map<number, LineOrigin>();
  #places = new Int32Array(FIRST_CAPACITY);
  #length = 0;

  /** @returns the file's number, for `addPlain` */
  addText(text: SourceText): number {
    return this.#texts.push(text) - 1;
  }

  addPlain(text: number, line: number, column: number): void {
    const at = this.#length++ * NUMBERS;
    if (at === this.#places.length) {
      const larger = new Int32Array(2 * at);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[at] = text;
    this.#places[at + 1] = line;
    this.#places[at + 2] = column;
  }

  add(origin: LineOrigin): void {
    this.#others.set(this.#length, origin);
    this.addPlain(OTHER, 0, 0);
  }

  at(line: number): LineOrigin | undefined {
    if (line < 0 || line >= this.#length) return undefined;
    const [number = OTHER, lineInFile = 0, columns = 1] = this.#places.subarray(line * NUMBERS);
    const text = this.#texts[number];
    return text === undefined ? this.#others.get(line) : { file: text.path, line: lineInFile, source: text.line(lineInFile), columns };
  }
}
