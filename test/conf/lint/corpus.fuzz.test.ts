import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { mulberry32 } from "../../../netns-tests/lib/random.ts";
import { configJson } from "../../../src/conf/config-json.ts";
import { configDiff, diffText, isSame } from "../../../src/conf/diff.ts";
import { explainCode } from "../../../src/conf/lint/explain.ts";
import { lintFile, lintPair } from "../../../src/conf/lint/lint.ts";
import { lintJson, lintText } from "../../../src/conf/lint/report.ts";
import { corpus } from "../corpus.ts";
import { mutate } from "../mutate.ts";
import { opened, PEER } from "./support.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_124);
const rounds = Math.min(Number(process.env["FUZZ_ROUNDS"] ?? 1_000), 20_000);
/** What no configuration can make differ between a file and itself, taken for the two directors. */
const OWN_PAIR = new Set(["pair-priority-equal", "pair-two-owners", "pair-peer-not-named", "pair-weight-never-decides", "pair-weight-only-ties", "pair-weight-stopped-by-nopreempt"]);

test(`${rounds} changed files of the corpus are linted and compared without a throw, and what is said is whole (seed ${seed})`, { timeout: 60_000 + rounds * 60 }, () => {
  const files = corpus();
  const random = mulberry32(seed);
  const codes = new Set<string>();
  let before: ReturnType<typeof opened> | undefined;
  for (let i = 0; i < rounds; i++) {
    const file = files[i % files.length];
    const other = files[Math.floor(random() * files.length)];
    assert.ok(file !== undefined && other !== undefined);
    // The first pass takes the files as they are.
    const text = i < files.length ? file.text : mutate(file.text, other.text, random);
    try {
      const one = opened(text);
      const result = lintFile(one, []);
      const pair = lintPair(one, before ?? one);
      for (const { code } of [...result.findings, ...pair]) codes.add(code);
      const report = { results: [result], pair };
      const said = lintText(report);
      // Neither a line of the file nor a code of ours is meant.
      const ours = said.replaceAll(/^ {4}.*$/gm, "").replaceAll("[parameter-undefined]", "");
      assert.ok(!/undefined|\[object|NaN|Infinity/.test(ours) || /undefined|NaN|Infinity/.test(text), said);
      JSON.parse(lintJson(report));
      JSON.parse(configJson(one.config, false));
      diffText(configDiff((before ?? one).config, one.config));
      const again = opened(text, {}, PEER);
      assert.ok(isSame(configDiff(one.config, again.config)), "a configuration differs from itself");
      assert.deepEqual(lintPair(one, again).map(({ code }) => code).filter((code) => !OWN_PAIR.has(code)), [], "a file differs from itself as a pair");
      before = one;
    } catch (error) {
      throw new Error(`round ${i}, from ${file.name}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
  expect([...codes].filter((code) => explainCode(code) === undefined)).toEqual([]);
  assert.ok(codes.size > 50, `only ${codes.size} codes were reached`);
});
