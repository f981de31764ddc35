import assert from "node:assert/strict";
import { test } from "vitest";
import { mulberry32 } from "../../netns-tests/lib/random.ts";
import { printConfig } from "../../src/conf/print/print.ts";
import { corpus } from "./corpus.ts";
import { load } from "./memory-environment.ts";
import { mutate } from "./mutate.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_121);
/** A fifth of the loader's: 1,000 with the other tests, 20,000 in `make fuzz`. */
const rounds = Math.min(Number(process.env["FUZZ_ROUNDS"] ?? 5_000), 100_000) / 5;
const FILES = { "/etc/keepalived/part.conf": "smtp_alert\n" };

function sameAgain(name: string, text: string): void {
  const first = load(text, FILES, { testing: false });
  if (first.config === undefined) return;
  const printed = printConfig(first.config);
  const again = load(printed, FILES, { testing: false });
  assert.deepEqual(again.config, first.config, `${name}: ${JSON.stringify(text)}\n${printed}`);
}

test("every file of the corpus, printed and loaded again, is the same model", () => {
  for (const { name, text } of corpus()) sameAgain(name, text);
});

test(`${rounds} changed files of the corpus, too (seed ${seed})`, { timeout: 60_000 + rounds * 40 }, () => {
  const files = corpus();
  const random = mulberry32(seed);
  for (let i = 0; i < rounds; i++) {
    const file = files[i % files.length];
    const other = files[Math.floor(random() * files.length)];
    assert.ok(file !== undefined && other !== undefined);
    sameAgain(`round ${i}, from ${file.name}`, mutate(file.text, other.text, random));
  }
});
