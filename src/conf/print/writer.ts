/** Collects configuration lines with the indentation of their block. */
export class Writer {
  readonly #lines: string[] = [];
  #depth = 0;

  /** One line; a word that is undefined is left out. */
  line(...words: readonly (string | number | undefined)[]): void {
    const written = words.filter((word) => word !== undefined);
    this.#lines.push(`${"    ".repeat(this.#depth)}${written.join(" ")}`);
  }

  /** `HEAD {` ... `}`. */
  block(head: string, body: () => void): void {
    this.line(head, "{");
    this.#depth++;
    body();
    this.#depth--;
    this.line("}");
  }

  /** A block with one line per entry; nothing at all when there is none. */
  list(head: string, entries: readonly string[]): void {
    if (entries.length > 0) {
      this.block(head, () => {
        for (const entry of entries) this.line(entry);
      });
    }
  }

  /** A keyword that stands alone: written when `on`. */
  flag(keyword: string, on: boolean): void {
    if (on) this.line(keyword);
  }

  /** A keyword with one value, when there is one. */
  value(keyword: string, value: string | number | undefined): void {
    if (value !== undefined) this.line(keyword, value);
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

/** Microseconds as decimal seconds without needless digits: 1500000 is "1.5". */
export function secondsText(us: number): string {
  return (us / 1_000_000).toFixed(6).replace(/\.?0+$/, "");
}

/** A word as it must stand in a line, so that it reads back as one word: in quotes where something in it has a meaning. */
export function quoted(text: string): string {
  return text === "" || /[\s{}#!]|^[@~$]/.test(text) ? `"${text}"` : text;
}
