import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { test } from "vitest";

/** Folder of src -> folders it may import. `types` = with `import type` only. */
const ALLOWED: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  base: { values: [] },
  net: { values: ["base"] },
  sys: { values: ["base", "net"] },
  conf: { values: ["base"] },
  vrrp: { values: ["base", "net"], types: ["conf"] },
  bfd: { values: ["base", "net"], types: ["conf"] },
  ipvs: { values: ["base", "net"] },
  check: { values: ["base", "ipvs"], types: ["conf"] },
  notify: { values: ["base"], types: ["conf"] },
  control: { values: ["base"], types: ["conf", "vrrp", "bfd", "check", "ipvs", "notify"] },
  cli: { values: ["base", "conf"], types: ["control"] },
  daemon: { values: ["base", "net", "sys", "conf", "vrrp", "bfd", "ipvs", "check", "notify", "control"] },
  // cli for keepalived -T alone: the daemon answers to genhash, and loads it only then.
  "main.ts": { values: ["base", "daemon", "conf", "cli"] },
  "regent.ts": { values: ["base", "daemon", "conf", "cli"] },
};

/** Where time passes and chance falls; everything else is given a Clock, or the value. */
const EDGES = ["sys", "notify", "daemon"];
const TIME_OR_CHANCE = /\b(?:setTimeout|setInterval|setImmediate|Date\.now|Math\.random|performance\.now|process\.hrtime|randomInt|randomBytes|randomUUID)\b|new Date\(\)/;
const MAX_LINES = 450;

interface Import {
  readonly from: string;
  readonly onlyTypes: boolean;
}

/** Static imports, re-exports and dynamic imports of a module, packages and relative paths alike. */
function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const statements = [...code.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?\sfrom\s+"([^"]+)"/gm)].map(([, type, from = ""]) => ({ from, onlyTypes: type !== undefined }));
  const bare = [...code.matchAll(/^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm)].map(([, plain, dynamic]) => ({ from: plain ?? dynamic ?? "", onlyTypes: false }));
  return [...statements, ...bare];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function sources(): { readonly file: string; readonly folder: string; readonly text: string }[] {
  return readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ file, folder: file.split(sep)[0] ?? "", text: readFileSync(join("src", file), "utf8") }));
}

/** What is wrong with the imports of one file; also fed with made-up files, to see it find something. */
function brokenImports(file: string, text: string): string[] {
  const folder = file.split(sep)[0] ?? "";
  const rule = ALLOWED[folder];
  if (rule === undefined) return [`${file}: ${folder} is no folder of the design`];
  return importsOf(text).flatMap(({ from, onlyTypes }) => {
    if (!from.startsWith(".")) return [];
    if (!from.endsWith(".ts")) return [`${file} imports ${from}, which does not end in .ts`];
    const to = normalize(join(dirname(file), from)).split(sep)[0] ?? "";
    if (to === folder || rule.values.includes(to) || (onlyTypes && rule.types?.includes(to))) return [];
    return [`${file} imports ${to}/${onlyTypes ? " (types)" : ""}`];
  });
}

test("folders import only what the architecture allows", () => {
  assert.deepEqual(
    sources().flatMap(({ file, text }) => brokenImports(file, text)),
    [],
  );
});

test("the rule finds what it forbids", () => {
  assert.deepEqual(brokenImports("vrrp/a.ts", 'import { x } from "../sys/b.ts";'), ["vrrp/a.ts imports sys/"]);
  assert.deepEqual(brokenImports("vrrp/a.ts", 'import {\n  x,\n} from "../conf/model.ts";'), ["vrrp/a.ts imports conf/"]);
  assert.deepEqual(brokenImports("vrrp/a.ts", 'import type { X } from "../conf/model.ts";'), []);
  assert.deepEqual(brokenImports("check/a.ts", 'const y = await import("../sys/b.ts");'), ["check/a.ts imports sys/"]);
  assert.deepEqual(brokenImports("check/a.ts", 'export { x } from "../ipvs/b.ts";\n// import { x } from "../sys/b.ts";'), []);
  assert.deepEqual(brokenImports("stray/a.ts", ""), ["stray/a.ts: stray is no folder of the design"]);
});

test("clock and randomness are touched at the edges only", () => {
  const touched = sources()
    .filter(({ folder }) => !EDGES.includes(folder))
    .filter(({ text }) => TIME_OR_CHANCE.test(withoutComments(text)))
    .map(({ file }) => file);
  assert.deepEqual(touched, []);
});

test("the engine of VRRP holds no promise: nothing can happen between two of its lines", () => {
  const waiting = sources()
    .filter(({ folder }) => folder === "vrrp")
    .filter(({ text }) => /\basync\b|\bawait\b|\bPromise\b/.test(withoutComments(text)))
    .map(({ file }) => file);
  assert.deepEqual(waiting, []);
});

test("native packages stand behind the ports of src/sys", () => {
  const direct = sources()
    .filter(({ folder }) => folder !== "sys")
    .flatMap(({ file, text }) => importsOf(text).map(({ from }) => `${file} imports ${from}`))
    .filter((line) => / (?:raw-socket|koffi|cap|netlink)$/.test(line));
  assert.deepEqual(direct, []);
});

test(`no file of src is longer than ${MAX_LINES} lines`, () => {
  const long = sources()
    .map(({ file, text }) => ({ file, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});
