import { describe, expect, test } from "vitest";
import { BraceHints } from "../../src/conf/brace-hint.ts";
import type { LineOrigin } from "../../src/conf/source.ts";

/** Lines of one file, or of several where a line begins with "FILE:". */
function hints(text: string): BraceHints {
  const origins: LineOrigin[] = text.split("\n").map((source, i) => {
    const [, file = "main", rest = source] = /^(\w+):(.*)$/.exec(source) ?? [];
    return { file, line: i + 1, source: rest, columns: 1 };
  });
  return new BraceHints(origins.map(({ source }) => source.trim()), origins);
}

const cases: readonly { readonly name: string; readonly text: string; readonly missing?: readonly [number, number]; readonly extra?: readonly [number, number] }[] = [
  { name: "nothing in a file whose braces fit", text: "a {\n  b {\n    c\n  }\n  d\n}\ne" },
  { name: "a line as deep as its block's opener", text: "a {\n  b\nc {\n  d\n}", missing: [0, 2] },
  { name: "the inner block, not the outer one that lacks the last brace", text: "a {\n  b {\n    c\n  d {\n    e\n  }\n}", missing: [1, 3] },
  { name: "a brace that is less deep than the block it ends", text: "a {\n  b {\n    c\n}", missing: [1, 3] },
  { name: "a brace that is deeper than the block it ends", text: "a {\n  b\n  }\n  c\n}", extra: [0, 2] },
  { name: "tabs count to the next eighth column", text: "a {\n\tb {\n\t\tc\n        }\n}" },
  { name: "no guess where contents are not indented", text: "a {\nb\nc {\nd\n" },
  { name: "no guess across files", text: "main:a {\npart:b\nmain:  c" },
  { name: "braces in quotes are text", text: 'a {\n  b "}{"\n  c\n}\nd' },
];

describe("where a brace is probably missing or too many", () => {
  test.each(cases)("$name", ({ text, missing, extra }) => {
    const found = hints(text);
    expect([found.missing, found.extra].map((hint) => hint && [hint.opener, hint.line])).toEqual([missing, extra]);
  });
});
