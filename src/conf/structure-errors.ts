import { BraceHints } from "./brace-hint.ts";
import type { StructureError, Word } from "./grammar.ts";
import type { Advice, Reading } from "./reading.ts";
import type { ConsolidatedText } from "./source.ts";

/**
 * Says what is wrong with braces and quotes. Where braces do not match, two readers of the file may differ about what
 * belongs to what: nobody starts with that.
 */
export class StructureErrors {
  readonly #reading: Reading;
  readonly #lines: readonly string[];
  readonly #hints: BraceHints;
  readonly #unclosed: Word[] = [];

  constructor(reading: Reading, source: ConsolidatedText) {
    this.#reading = reading;
    this.#lines = source.lines;
    this.#hints = new BraceHints(source.lines, source.origins);
  }

  report({ kind, at }: StructureError): void {
    const reading = this.#reading;
    switch (kind) {
      case "unterminated-quote":
        return reading.problem("unmatched-quote", `Unmatched quote: '${at.text}'`, at, { remedy: 'write the closing " on the same line' });
      case "stray-open": {
        const remedy = "remove it, or write the keyword of its block before it";
        reading.problem("unexpected-brace", "Unexpected '{' - ignoring", at, { remedy });
        return reading.refuse("unexpected '{'", at, { code: "unexpected-brace", remedy });
      }
      case "too-deep": {
        const remedy = "end a block before this one";
        reading.problem("unexpected-brace", "Unexpected '{' - blocks are nested too deeply", at, { remedy });
        return reading.refuse("unexpected '{'", at, { code: "unexpected-brace", remedy });
      }
      case "stray-close": {
        const advice = this.#extraAdvice();
        reading.problem("unknown-keyword", "Extra '}' found", at, advice);
        return reading.refuse("extra '}'", at, { code: "extra-brace" });
      }
      case "missing-close":
        this.#unclosed.push(at);
        return reading.refuse("missing '}' of the block that begins here", at, { code: "missing-brace" });
    }
  }

  /** keepalived counts them when it has read everything. */
  end(): void {
    const [first] = this.#unclosed;
    if (first === undefined) return;
    this.#reading.whileReading = false;
    this.#reading.problem("missing-brace", `There are ${this.#unclosed.length} missing '}'s or extra '{'s`, first, this.#missingAdvice());
  }

  #missingAdvice(): Advice {
    const hint = this.#hints.missing;
    if (hint === undefined) return { remedy: "write the '}' that ends this block" };
    const keyword = this.#wordAt(hint.opener);
    return {
      remedy: `write the '}' that ends '${keyword.text}'`,
      related: [
        { at: keyword, note: `'${keyword.text}' probably lacks its '}'` },
        { at: this.#wordAt(hint.line), note: "before this line, which is indented as if the block had ended" },
      ],
    };
  }

  #extraAdvice(): Advice {
    const hint = this.#hints.extra;
    if (hint === undefined) return { code: "extra-brace", remedy: "remove it, or write the '{' that is missing above" };
    const keyword = this.#wordAt(hint.opener);
    return {
      code: "extra-brace",
      remedy: "remove one '}'",
      related: [{ at: this.#wordAt(hint.line), note: `probably this one: it ends '${keyword.text}', though it is indented deeper` }],
    };
  }

  #wordAt(line: number): Word {
    const text = /^[^ \t{]+|^./.exec(this.#lines[line] ?? "")?.[0] ?? "";
    return { text, line, offset: 0, quoted: false };
  }
}
