import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { BLOCKS } from "../../src/conf/compatibility.ts";
import type { LoadResult } from "../../src/conf/load.ts";
import type { Config } from "../../src/conf/model.ts";
import { printConfig } from "../../src/conf/print/print.ts";
import { CHECK_EXAMPLES } from "./examples/check.ts";
import type { BlockExamples, Example } from "./examples/example.ts";
import { GLOBAL_EXAMPLES } from "./examples/global.ts";
import { VRRP_EXAMPLES } from "./examples/vrrp.ts";
import { load } from "./memory-environment.ts";

// Every keyword of every block, as a user would write it: it loads without a fault, it changes the model, and the model
// printed and loaded again is the same model.

const SOURCES: readonly (readonly [block: string, examples: BlockExamples])[] = [GLOBAL_EXAMPLES, VRRP_EXAMPLES, CHECK_EXAMPLES].flatMap((source) => Object.entries(source));

/** By "BLOCK KEYWORD". */
const EXAMPLES: ReadonlyMap<string, Example & Required<Pick<Example, "frame">>> = new Map(
  SOURCES.flatMap(([block, { frame, keywords }]) => Object.entries(keywords).map(([keyword, example]) => [`${block} ${keyword}`, { frame, ...example }] as const)),
);
const ROWS = BLOCKS.flatMap(({ block, entries }) => Object.entries(entries).map(([keyword, { effect }]) => ({ block, keyword, effect, name: `${block} ${keyword}` })));

test("every row of the tables has an example, and no example stands for nothing", () => {
  const examples = [...EXAMPLES.keys()];
  const rows = new Set(ROWS.map(({ name }) => name));
  assert.deepEqual(examples.filter((name) => !rows.has(name)), [], "examples of rows that do not exist");
  assert.deepEqual([...rows].filter((name) => !EXAMPLES.has(name)), [], "rows without an example");
});

const REFERENCE = "../shared/reference/keepalived-keywords.tsv";

test.runIf(existsSync(REFERENCE))("every row of the reference has an example", () => {
  const wanted = readFileSync(REFERENCE, "utf8").trimEnd().split("\n").slice(1).map((line) => line.split("\t").slice(0, 2));
  const missing = wanted.map((row) => row.join(" ")).filter((name) => !EXAMPLES.has(name));
  assert.deepEqual(missing, []);
});

function loadExample(text: string, example: Example): LoadResult {
  return load(text, example.files ?? {});
}

/** What `-t` complains about, words that ought to be replaced aside. */
function complaints({ diagnostics }: LoadResult): string[] {
  return diagnostics.flatMap(({ severity, kind, message }) => (severity === "note" || kind === "deprecated" ? [] : [message]));
}

function configOf(result: LoadResult): Config {
  assert.ok(result.config, "nothing was loaded");
  return result.config;
}

for (const { block, entries } of BLOCKS) {
  const written = Object.entries(entries).flatMap(([keyword, entry]) => {
    const example = EXAMPLES.get(`${block} ${keyword}`);
    return example === undefined ? [] : [{ keyword, entry, example }];
  });
  if (written.length === 0) continue;
  describe(block, () => {
    for (const { keyword, entry, example } of written) {
      const { frame, lines, beside = "", outside = "", faults = [], same } = example;
      const withIt = `${outside}\n${frame(`${beside}\n${lines}`)}`;
      const without = `${outside}\n${frame(beside)}`;

      if (!keyword.startsWith("<") && block !== "<lexer>") {
        test(`${keyword}: the example writes it`, () => {
          assert.ok(lines.split(/[\s{}]+/).includes(keyword), lines);
        });
      }

      if (entry.effect === "rejected") {
        test(`${keyword}: is unknown, as it is to keepalived's parser`, () => {
          assert.deepEqual(complaints(loadExample(withIt, example)), [`Unknown keyword '${keyword}'`]);
        });
        continue;
      }

      test(`${keyword}: loads without a fault`, () => {
        assert.deepEqual(complaints(loadExample(withIt, example)), faults);
      });

      test(same === undefined ? `${keyword}: lands in the model` : `${keyword}: leaves the model as it is: ${same}`, () => {
        const [one, other] = [configOf(loadExample(withIt, example)), configOf(loadExample(without, example))];
        if (same === undefined) assert.notDeepEqual(one, other);
        else assert.deepEqual(one, other);
      });

      test(`${keyword}: printed and loaded again it is the same model`, () => {
        const first = loadExample(withIt, example);
        const printed = printConfig(configOf(first));
        const again = loadExample(printed, example);
        assert.deepEqual(configOf(again), configOf(first), printed);
        // Printing defaults must not bring in a word with which the daemon would not start.
        assert.equal(again.exitCodeDaemon, first.exitCodeDaemon, printed);
      });
    }
  });
}
