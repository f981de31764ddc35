import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { pcreDifferences } from "../../../src/conf/lint/pcre.ts";

/** Kind, where, and how long. */
const REFUSED: readonly (readonly [pattern: string, from: number, length: number])[] = [
  ["a++", 1, 2],
  ["a*+b", 1, 2],
  ["x{2,}+", 1, 5],
  ["(?>a+)b", 0, 3],
  ["(?P<name>x)", 0, 4],
  ["(?<n>x)(?P=n)", 7, 4],
  ["(?'name'x)", 0, 3],
  ["\\((?:[^()]|(?R))*\\)", 11, 4],
  ["(a)(?1)", 3, 4],
  ["(?<w>a)(?&w)", 7, 5],
  ["(a)?(?(1)b|c)", 4, 3],
  ["(?|a|b)", 0, 3],
  ["a(?#remark)b", 1, 3],
  ["(?i)ok", 0, 4],
  ["(?i:ok)", 0, 4],
  ["(?-s)a", 0, 5],
  ["(*UTF8)a", 0, 2],
];
const DIFFERENT: readonly (readonly [pattern: string, from: number, length: number])[] = [
  ["\\AOK", 0, 2],
  ["OK\\Z", 2, 2],
  ["OK\\z", 2, 2],
  ["a\\hb", 1, 2],
  ["foo\\Kbar", 3, 2],
  ["\\R", 0, 2],
  ["\\Qa.b\\E+", 0, 7],
  ["[[:alpha:]]", 1, 9],
  ["[^[:space:]x]", 2, 9],
  ["[]a]", 0, 2],
  ["[^]a]", 0, 3],
  ["\\x{41}", 0, 6],
  ["(a)\\g{1}", 3, 5],
  ["\\p{L}", 0, 5],
  ["[\\h]", 1, 2],
  ["^OK$", 3, 1],
];
const SLOW = ["(a+)+", "(.*,)*x", "(?:a*b*)+", "((a+)b?)*", "(x+){2,}"];
const SAME = ["OK", "^OK", "a+?b", "(?:a|b)+", "(?<n>x)\\k<n>", "[a-z0-9_.-]+", "a{2,3}", "\\d+\\s\\w\\b", "(?=a)b", "(?<!a)b", "[\\]]", "\\[[:]", "(a+)(b+)", "(?:ab)+c*", "a\\$", "[$]", "\\n?$", "\\.", "x\\x41", "\\\\A"];

describe("what PCRE means and JavaScript does not", () => {
  for (const [kind, cases] of [["refused", REFUSED], ["different", DIFFERENT]] as const) {
    for (const [pattern, from, length] of cases) {
      test(`${kind}: ${pattern}`, () => {
        const found = pcreDifferences(pattern).filter((one) => one.kind === kind);
        assert.deepEqual(
          found.map((one) => [one.from, one.length]),
          [[from, length]],
        );
      });
    }
  }

  test("what is called refused is refused", () => {
    const accepted = REFUSED.map(([pattern]) => pattern).filter(compiles);
    assert.deepEqual(accepted, []);
  });

  test("what is called different compiles, so that nothing else would say so", () => {
    const refused = DIFFERENT.map(([pattern]) => pattern).filter((pattern) => !compiles(pattern));
    assert.deepEqual(refused, []);
  });

  for (const pattern of SLOW) {
    test(`slow: ${pattern}`, () => assert.ok(pcreDifferences(pattern).some(({ kind }) => kind === "slow")));
  }

  for (const pattern of SAME) {
    test(`the same: ${pattern}`, () => {
      assert.deepEqual(pcreDifferences(pattern), []);
      assert.ok(compiles(pattern));
    });
  }

  test("options that make $ mean the same", () => {
    assert.deepEqual(pcreDifferences("^OK$", new Set(["multiline"])), []);
    assert.deepEqual(pcreDifferences("^OK$", new Set(["dollar_endonly"])), []);
  });

  test("what a pattern proposes instead compiles", () => {
    const proposed = [...REFUSED, ...DIFFERENT].flatMap(([pattern]) => pcreDifferences(pattern)).flatMap(({ instead }) => /^write ([\\(^$[].*?)(?: \(.*)?$/.exec(instead)?.[1] ?? []);
    assert.ok(proposed.length > 10);
    assert.deepEqual(proposed.filter((pattern) => !/\.\.\.|HH|name/.test(pattern) && !compiles(pattern)), []);
  });
});

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
