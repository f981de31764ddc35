import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "vitest";
import { DIAGNOSTIC_CODES } from "../../../src/conf/diagnostic-codes.ts";
import { codesMarkdown, explainCode, nearestCode } from "../../../src/conf/lint/explain.ts";
import { LINT_CODES, PAIR_RULES, RULES } from "../../../src/conf/lint/rules.ts";

const FILE = "doc/lint.md";
const MARK = "<!-- Generated from the rules; UPDATE=1 npx vitest run --project unit test/conf/lint/document.test.ts -->\n";

test(`${FILE} has every code of the rules as they are`, () => {
  const page = readFileSync(FILE, "utf8");
  const at = page.indexOf(MARK);
  assert.ok(at > 0);
  const wanted = `${page.slice(0, at)}${MARK}\n${codesMarkdown()}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(FILE, wanted);
  assert.equal(process.env["UPDATE"] === "1" ? wanted : page, wanted);
});

test("no code stands for two things, and none is a code of the loader", () => {
  const all = [...RULES, ...PAIR_RULES].flatMap(({ codes }) => Object.keys(codes));
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(all.filter((code) => Object.hasOwn(DIAGNOSTIC_CODES, code)), []);
  assert.equal(LINT_CODES.size, all.length);
});

test("every code is explained at length", () => {
  for (const [code, { title, explanation }] of LINT_CODES) {
    assert.ok(explanation.length > 60 && explanation.endsWith("."), code);
    assert.ok(!title.endsWith("."), code);
    assert.ok(explainCode(code)?.startsWith(`${code} (`), code);
  }
  assert.match(explainCode("unknown-keyword") ?? "", /No keyword of this name/);
  assert.equal(explainCode("none-such"), undefined);
  assert.equal(nearestCode("nopreempt-with-mastr"), "nopreempt-with-master");
});
