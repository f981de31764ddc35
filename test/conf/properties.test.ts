import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { BLOCKS } from "../../src/conf/compatibility.ts";
import { parseStructure } from "../../src/conf/grammar.ts";
import type { Statement } from "../../src/conf/grammar.ts";
import { readSource } from "../../src/conf/source.ts";
import { corpus } from "./corpus.ts";
import { cpuMs } from "./cpu-time.ts";
import { environment, load, MAIN } from "./memory-environment.ts";

fc.configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? 20_261_125) });

const KEYWORDS = BLOCKS.flatMap(({ entries }) => Object.keys(entries)).filter((keyword) => !keyword.startsWith("<"));
const MARKS = ["{", "}", "{\n", "}\n", "\n", '"', "'", "#", "!", "\\", "\\\n", "$A", "${A}", "$A=", "@director1 ", "@^x ", "~SEQ(A,1,3) ", "~LST({A,B},{1,2}) ", "include *\n", "192.0.2.1/24", "2001:db8::1", "eth0", "5", "0.5", "-1", "on"];

/** Whatever the octets, and texts of the language's own words in any order. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.array(fc.oneof(fc.constantFrom(...MARKS), fc.constantFrom(...KEYWORDS), fc.string({ maxLength: 8 })), { maxLength: 120 }).map((words) => words.join(" ")),
);

describe("any text", () => {
  test("loads, in time, with an exit code of keepalived's", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, testing) => {
        const started = process.cpuUsage();
        const { exitCodeTest, exitCodeDaemon } = load(text, {}, { testing });
        assert.ok(cpuMs(started) < 3_000);
        assert.ok([0, 2, 4, 5, 6].includes(exitCodeTest));
        assert.ok(exitCodeDaemon === undefined || [2, 6].includes(exitCodeDaemon));
      }),
      { numRuns: 1_000 },
    );
  });

  test("is read the same way twice", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.deepEqual(load(text), load(text));
      }),
      { numRuns: 200 },
    );
  });
});

/** The lines of the consolidated text. */
function lines(text: string): readonly string[] {
  return readSource(environment({ [MAIN]: text }), { path: MAIN, configId: "director1", testing: true, allConfig: false }).lines;
}

describe("the reader", () => {
  // The quick way for plain lines, and the long way that a comment makes necessary.
  const plain = fc.array(fc.string({ maxLength: 300 }).filter((line) => !/[\n\r\0$@~#!\\"]|include/.test(line)), { maxLength: 20 });

  test("gives plain lines as they stand, without blanks around them and without empty ones", () => {
    fc.assert(
      fc.property(plain, (texts) => {
        const want = texts.map((text) => text.replace(/^[ \t\r\v\f]+|[ \t\r\v\f]+$/g, "")).filter((text) => text !== "");
        assert.deepEqual(lines(texts.join("\n")), want);
        assert.deepEqual(lines(texts.map((text) => `${text} # comment`).join("\n")), want);
        assert.deepEqual(lines(texts.map((text) => `@director1 ${text}`).join("\r\n")), want);
      }),
    );
  });
});

interface Tree {
  readonly words: readonly string[];
  readonly block: readonly Tree[] | undefined;
}

const word = fc.oneof(fc.constantFrom("a", "vrrp_instance", "192.0.2.1/24", "x{y", "", "two words", "é"), fc.string({ minLength: 1, maxLength: 6 }).filter((text) => !/["\n\r#!$@~\\]/.test(text)));
const trees = fc.letrec<{ trees: Tree[]; tree: Tree }>((tie) => ({
  trees: fc.array(tie("tree"), { maxLength: 4 }),
  tree: fc.record({ words: fc.array(word, { minLength: 1, maxLength: 4 }), block: fc.option(tie("trees"), { nil: undefined, depthSize: "small" }) }, { noNullPrototype: true }),
})).trees;

/** One of the ways to lay it out, by `style`. */
function printed(tree: readonly Tree[], style: (choices: number) => number, out: string[] = []): string[] {
  for (const { words, block } of tree) {
    const quoted = words.map((text) => (/^[^\s{}"']+$/.test(text) ? text : `"${text}"`)).join([" ", "\t", "  "][style(3)]);
    if (block === undefined) {
      out.push(quoted);
      continue;
    }
    switch (style(4)) {
      case 0:
        out.push(quoted, "{");
        break;
      case 1:
        out.push(`${quoted}{`);
        break;
      default:
        out.push(`${quoted} {`);
    }
    const inner = printed(block, style, []);
    // The first line may follow the brace, the closing one the last line.
    const first = style(2) === 0 ? inner.shift() : undefined;
    if (first !== undefined) out.push(`${out.pop() ?? ""} ${first}`);
    out.push(...inner);
    if (style(2) === 0) out.push(`${out.pop() ?? ""} }`);
    else out.push("}");
  }
  return out;
}

function shape(statements: readonly Statement[]): Tree[] {
  return statements.map(({ words, block }) => ({ words: words.map(({ text }) => text), block: block && shape(block) }));
}

describe("the structure", () => {
  test("of a tree is the tree, however its braces are laid out", () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.nat()), (tree, choices) => {
        const style = (count: number): number => Number(choices.next().value) % count;
        const text = printed(tree, style);
        const parts = [...parseStructure(text)];
        assert.deepEqual(parts.flatMap(({ errors }) => errors), []);
        assert.deepEqual(shape(parts.flatMap(({ statements }) => statements)), tree, text.join("\n"));
      }),
      { numRuns: 500 },
    );
  });

  test("of a long text is that of its parts: nothing happens where it is cut", () => {
    fc.assert(
      fc.property(trees.filter((tree) => tree.length > 0), fc.boolean(), (tree, onTheNextLine) => {
        // A `{` that begins a line belongs to the line before it, wherever the text is cut.
        const text = printed(tree, (choices) => (choices === 4 && onTheNextLine ? 0 : 1));
        const many = Math.ceil(2_500 / text.length);
        const parts = [...parseStructure(Array.from({ length: many }, () => text).flat())];
        assert.ok(parts.length > 1 || text.length * many < 1_000);
        assert.deepEqual(shape(parts.flatMap(({ statements }) => statements)), Array.from({ length: many }, () => tree).flat());
      }),
      { numRuns: 60 },
    );
  });
});

test("no file of the corpus depends on what was loaded before it", () => {
  const files = corpus();
  const first = files.map(({ text }) => load(text).exitCodeTest);
  assert.deepEqual(files.toReversed().map(({ text }) => load(text).exitCodeTest).toReversed(), first);
});
