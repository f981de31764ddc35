import assert from "node:assert/strict";
import { test } from "vitest";
import { DIAGNOSTIC_KINDS } from "../../src/conf/diagnostic.ts";
import { explainDiagnostic, formatDiagnostic } from "../../src/conf/load.ts";
import { mulberry32 } from "../../netns-tests/lib/random.ts";
import { corpus } from "./corpus.ts";
import { cpuMs } from "./cpu-time.ts";
import { load } from "./memory-environment.ts";
import { mutate } from "./mutate.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_123);
/** 5,000 with the other tests, 100,000 in `make fuzz`. */
const rounds = Math.min(Number(process.env["FUZZ_ROUNDS"] ?? 5_000), 100_000);
/** Processor time of one input: a sequence may make 65,000 lines of one (3 s); a thousandth of that is usual. */
const ONE_MS = 15_000;

test(`${rounds} changed files of the corpus load without a throw, in time, and what is said of them is whole (seed ${seed})`, { timeout: 60_000 + rounds * 50 }, () => {
  const files = corpus();
  assert.ok(files.length >= 150, `${files.length} files`);
  const random = mulberry32(seed);
  const codes = new Map<number, number>();
  let starts = 0;
  for (let i = 0; i < rounds; i++) {
    const file = files[i % files.length];
    const other = files[Math.floor(random() * files.length)];
    assert.ok(file !== undefined && other !== undefined);
    const text = mutate(file.text, other.text, random);
    const started = process.cpuUsage();
    let result;
    try {
      result = load(text, { "/etc/keepalived/part.conf": "smtp_alert\n" }, { testing: i % 2 === 0 });
    } catch (error) {
      throw new Error(`round ${i}, from ${file.name}: ${JSON.stringify(text)}`, { cause: error });
    }
    assert.ok(cpuMs(started) < ONE_MS, `slow: ${JSON.stringify(text)}`);
    codes.set(result.exitCodeTest, (codes.get(result.exitCodeTest) ?? 0) + 1);
    if (result.exitCodeDaemon === undefined) starts++;
    for (const diagnostic of result.diagnostics) {
      assert.ok(DIAGNOSTIC_KINDS.includes(diagnostic.kind));
      const said = formatDiagnostic(diagnostic) + explainDiagnostic(diagnostic);
      assert.ok(!/undefined|\[object|NaN|Infinity/.test(said.replaceAll(text, "")), `${said}\n${JSON.stringify(text)}`);
    }
  }
  assert.deepEqual([...codes.keys()].sort((a, b) => a - b).filter((code) => ![0, 2, 4, 5, 6].includes(code)), []);
  const [good = 0, missing = 0, faulty = 0, insecure = 0] = [0, 2, 5, 6].map((code) => codes.get(code) ?? 0);
  assert.ok(good > rounds / 20 && missing > 0 && faulty > rounds / 20 && insecure > 0 && starts > rounds / 20, `one side is hardly reached: ${JSON.stringify([...codes])}, ${starts} start`);
});
