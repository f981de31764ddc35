import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { corpus, CORPUS, differences } from "../test/conf/corpus.ts";
import { REFUSED, STARTED } from "../test/conf/faulty-texts.ts";
import { mutate } from "../test/conf/mutate.ts";
import { crashed, keepalivedVerdicts, regentVerdict, writeAll } from "./lib/config-judges.ts";
import type { Verdict } from "./lib/config-judges.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { mulberry32 } from "./lib/random.ts";

// The corpus, and changes of it by seed, before keepalived -t (Debian's 2.2.7) and before the loader: the same exit status,
// or a difference that test/conf/corpus/differences.json names with its reason, and doc/compatibility.md lists.

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_124);
/** Changed files; keepalived takes 20 ms for each. */
const rounds = Math.min(Number(process.env["FUZZ_ROUNDS"] ?? 400), 20_000);

const known = differences();

async function alone(story: (node: Node) => Promise<void>): Promise<void> {
  await withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("a node was asked for");
    await story(node);
  }, { lans: 2 });
}

function describeVerdicts(name: string, theirs: Verdict, ours: Verdict): string {
  const first = (text: string): string => [...new Set(text.split("\n"))].slice(0, 12).join("\n    ");
  return `${name}: keepalived ${theirs.code}, regentd ${ours.code}\n  keepalived:\n    ${first(theirs.said)}\n  regentd:\n    ${first(ours.said)}`;
}

/** The reason by which a difference of a changed file is known. */
function reasonOf(theirs: Verdict, ours: Verdict): string | undefined {
  const says = (pattern: string | undefined, text: string): boolean => pattern === undefined || new RegExp(pattern, "m").test(text);
  const bothFail = theirs.code !== 0 && ours.code !== 0;
  return known.messages.find((rule) => says(rule.keepalived, theirs.said) && says(rule.regent, ours.said) && (bothFail || rule.bothFail !== true))?.reason;
}

test("every reason is in use, and stands in doc/compatibility.md", () => {
  const used = new Set([...Object.values(known.files), ...known.messages.map(({ reason }) => reason)]);
  assert.deepEqual([...used].sort(), Object.keys(known.reasons).sort());
  const page = readFileSync("doc/compatibility.md", "utf8").replaceAll(/\s+/g, " ");
  assert.deepEqual(Object.values(known.reasons).filter((sentence) => !page.includes(sentence)), []);
});

test("the corpus: the same exit status, or a difference that is listed", { timeout: 300_000 }, () =>
  alone(async (node) => {
    const files = corpus();
    const theirs = await keepalivedVerdicts(node, files.map(({ name }) => join(CORPUS, `${name}.conf`)));
    let agreed = 0;
    let died = 0;
    const wrong: string[] = [];
    files.forEach(({ name }, i) => {
      const [their, our] = [theirs[i], regentVerdict(join(CORPUS, `${name}.conf`))];
      assert.ok(their);
      const differs = crashed(their) || their.code !== our.code;
      const listed = Object.hasOwn(known.files, `${name}.conf`);
      if (crashed(their)) died++;
      else if (!differs) agreed++;
      if (differs && !listed) wrong.push(describeVerdicts(name, their, our));
      if (!differs && listed) wrong.push(`${name}: listed as a difference, and there is none (${our.code})`);
    });
    const absent = Object.keys(known.files).filter((name) => !files.some((file) => `${file.name}.conf` === name));
    assert.deepEqual(absent, [], "listed, and not in the corpus");
    console.log(`${files.length} configurations before keepalived -t and regentd -t: ${agreed} the same exit status, ${Object.keys(known.files).length} listed differences (${died} of them where keepalived dies)`);
    assert.ok(wrong.length === 0, `${wrong.length} differences:\n${wrong.join("\n")}`);
    assert.ok(files.length >= 150);
  }));

test("faulty texts: the same exit status in each row of doc/compatibility.md", () =>
  alone(async (node) => {
    const texts = [...REFUSED, ...STARTED];
    const paths = await writeAll(node, "faulty", texts.map(({ text }) => text));
    const theirs = await keepalivedVerdicts(node, paths);
    const judged = texts.map(({ name }, i) => ({ name, keepalived: theirs[i]?.code, regentd: regentVerdict(paths[i] ?? "").code }));
    assert.deepEqual(judged, texts.map(({ name }) => ({ name, keepalived: 5, regentd: 5 })));
  }));

test(`${rounds} changes of the corpus: the same exit status, or a known reason (seed ${seed})`, { timeout: 120_000 + rounds * 200 }, () =>
  alone(async (node) => {
    const files = corpus().filter(({ name }) => !Object.hasOwn(known.files, `${name}.conf`));
    const random = mulberry32(seed);
    const changed = Array.from({ length: rounds }, (...[, i]) => {
      const file = files[i % files.length];
      const other = files[Math.floor(random() * files.length)];
      assert.ok(file !== undefined && other !== undefined);
      // A line with NUL is read up to there by 2.2.7, and dropped by 2.4.
      return { name: file.name, text: mutate(file.text, other.text, random).replaceAll("\0", "") };
    });
    const paths = await writeAll(node, "changed", changed.map(({ text }) => text));
    const theirs = await keepalivedVerdicts(node, paths);
    const codes = new Map<number, number>();
    const reasons = new Map<string, number>();
    const wrong: string[] = [];
    paths.forEach((path, i) => {
      const [their, our] = [theirs[i], regentVerdict(path)];
      assert.ok(their);
      if (!crashed(their)) codes.set(their.code, (codes.get(their.code) ?? 0) + 1);
      const reason = crashed(their) ? "keepalived dies" : their.code === our.code ? "agreed" : reasonOf(their, our);
      if (reason === undefined) wrong.push(`${describeVerdicts(changed[i]?.name ?? "", their, our)}\n${JSON.stringify(changed[i]?.text)}`);
      else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    });
    console.log(`${rounds} changed configurations: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ")}; keepalived's exit codes ${[...codes].map(([code, count]) => `${code}: ${count}`).join(", ")}`);
    assert.ok(wrong.length === 0, `${wrong.length} differences:\n${wrong.join("\n\n")}`);
    assert.ok((codes.get(0) ?? 0) > rounds / 20 && (codes.get(5) ?? 0) > rounds / 20, "both sides are reached");
  }));
