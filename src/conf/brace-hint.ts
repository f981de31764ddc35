import type { LineOrigins } from "./source.ts";

// Where a brace is probably missing or too many: people indent what they mean, and the first line whose indentation
// contradicts the braces is near the mistake. A guess for messages; nothing is read differently for it.

/** Indices of consolidated lines. */
export interface BraceHint {
  /** The line with the `{` of the block that the hint is about. */
  readonly opener: number;
  /** The first line that is not indented as the braces have it. */
  readonly line: number;
}

interface Open {
  readonly line: number;
  readonly indent: number;
  /** Indentation of its first line; undefined: it has none yet. */
  inner?: number;
}

export class BraceHints {
  readonly #lines: readonly string[];
  readonly #origins: LineOrigins;
  #found: { readonly missing: BraceHint | undefined; readonly extra: BraceHint | undefined } | undefined;

  /** Looks at nothing until it is asked. */
  constructor(lines: readonly string[], origins: LineOrigins) {
    this.#lines = lines;
    this.#origins = origins;
  }

  /** The block whose `}` is missing before `line`. */
  get missing(): BraceHint | undefined {
    return this.#search().missing;
  }

  /** The block that a `}` in `line` ends although it is indented deeper. */
  get extra(): BraceHint | undefined {
    return this.#search().extra;
  }

  #search(): { readonly missing: BraceHint | undefined; readonly extra: BraceHint | undefined } {
    if (this.#found !== undefined) return this.#found;
    let missing: BraceHint | undefined;
    let extra: BraceHint | undefined;
    const open: Open[] = [];
    for (const [line, text] of this.#lines.entries()) {
      const top = open.at(-1);
      const indent = this.#indentOf(line);
      if (top !== undefined && this.#origins.at(top.line)?.file === this.#origins.at(line)?.file) {
        const closes = text.startsWith("}");
        if (!closes) top.inner ??= indent;
        // Only a block whose contents are indented says something by indentation.
        if (top.inner !== undefined && top.inner > top.indent) {
          if (closes ? indent < top.indent : indent <= top.indent) missing ??= { opener: top.line, line };
          if (closes && indent > top.indent) extra ??= { opener: top.line, line };
        }
      }
      for (const brace of text.replace(/"[^"]*"?/g, "").matchAll(/[{}]/g)) {
        if (brace[0] === "}") open.pop();
        else open.push({ line, indent });
      }
    }
    this.#found = { missing, extra };
    return this.#found;
  }

  /** Columns before the first character; a tab goes to the next multiple of eight. */
  #indentOf(line: number): number {
    let indent = 0;
    for (const character of this.#origins.at(line)?.source ?? "") {
      if (character === " ") indent++;
      else if (character === "\t") indent += 8 - (indent % 8);
      else break;
    }
    return indent;
  }
}
