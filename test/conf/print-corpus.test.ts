import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { printConfig } from "../../src/conf/print/print.ts";
import { mulberry32 } from "../../netns-tests/lib/random.ts";
import { corpus } from "./corpus.ts";
import { load } from "./memory-environment.ts";
import { mutate } from "./mutate.ts";

// What was loaded, printed, and loaded again is the same model: for every file of the corpus, faulty ones included (their
// model is what is left of them), and for changes of them by seed.

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_126);
const rounds = Math.min(Number(process.env["FUZZ_ROUNDS"] ?? 1_000), 50_000);

/** @returns what went wrong, if anything did */
function roundTrip(text: string): string | undefined {
  const { config } = load(text);
  if (config === undefined) return undefined;
  const printed = printConfig(config);
  const again = load(printed);
  try {
    assert.deepEqual(again.config, config);
    return undefined;
  } catch (error) {
    const said = again.diagnostics.map(({ line, message }) => `${line}: ${message}`).join("\n");
    return `${error instanceof Error ? error.message : String(error)}\nof\n${text}\nprinted as\n${printed}\n${said}`;
  }
}

describe("print, then load, is the identity", () => {
  for (const { name, text } of corpus()) test(name, () => assert.equal(roundTrip(text), undefined));

  test(`for ${rounds} changes of the corpus (seed ${seed})`, { timeout: 60_000 + rounds * 50 }, () => {
    const files = corpus();
    const random = mulberry32(seed);
    for (let i = 0; i < rounds; i++) {
      const other = files[Math.floor(random() * files.length)];
      assert.equal(roundTrip(mutate(files[i % files.length]?.text ?? "", other?.text ?? "", random)), undefined);
    }
  });
});
