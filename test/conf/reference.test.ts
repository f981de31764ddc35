import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { BLOCKS } from "../../src/conf/compatibility.ts";
import { keywordText } from "../../src/conf/reference/describe.ts";
import { DEPRECATED_PATHS, deprecation } from "../../src/conf/reference/deprecated.ts";
import { expectation } from "../../src/conf/reference/expectation.ts";
import { codesTable, keywordsPage, manualPage } from "../../src/conf/reference/pages.ts";
import { lookUp, REFERENCE } from "../../src/conf/reference/reference.ts";
import { RETIRED } from "../../src/conf/reference/retired.ts";

const pages: readonly { readonly path: string; readonly text: () => string; readonly begin?: string; readonly end?: string }[] = [
  { path: "doc/man/regentd.conf.5", text: manualPage },
  { path: "doc/keywords.md", text: keywordsPage },
  { path: "doc/diagnostics.md", text: codesTable, begin: "<!-- codes:begin -->\n", end: "\n<!-- codes:end -->" },
];

describe("generated pages are those of the tables (UPDATE=1 rewrites them)", () => {
  test.each(pages)("$path", ({ path, text, begin, end }) => {
    const made = text();
    const [before, after] = begin === undefined || end === undefined ? ["", ""] : around(readFileSync(path, "utf8"), begin, end);
    if (process.env["UPDATE"] === "1") {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, before + made + after);
    }
    expect(readFileSync(path, "utf8")).toBe(before + made + after);
  });
});

function around(page: string, begin: string, end: string): [string, string] {
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end, from);
  if (from < begin.length || to < 0) throw new Error(`a page lacks ${begin}`);
  return [page.slice(0, from), page.slice(to)];
}

test("groff renders the manual page without a warning, every keyword in it", () => {
  const { stdout, stderr, error } = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-P-bcou", "doc/man/regentd.conf.5"], { encoding: "utf8" });
  expect([error, stderr]).toEqual([undefined, ""]);
  const missing = REFERENCE.flatMap(({ keywords }) => keywords).filter(({ name }) => !stdout.includes(name));
  expect(missing.map(({ path }) => path)).toEqual([]);
});

test("every keyword of the tables is in the reference, and is found by its path", () => {
  const all = REFERENCE.flatMap(({ keywords }) => keywords);
  expect(all.length).toBe(BLOCKS.flatMap(({ entries }) => Object.keys(entries)).length);
  const lost = all.filter((keyword) => {
    const result = lookUp(keyword.path);
    return result.found !== "keywords" || !result.keywords.includes(keyword);
  });
  expect(lost.map(({ path }) => path)).toEqual([]);
});

const paths = (query: string): readonly string[] => {
  const result = lookUp(query);
  return result.found === "keywords" ? result.keywords.map(({ path }) => path) : result.found === "nothing" ? [`? ${result.nearest.join(" ")}`] : [result.found];
};

describe("look-up", () => {
  const cases: readonly { readonly query: string; readonly found: readonly string[] }[] = [
    { query: "vrrp_instance.preempt_delay", found: ["vrrp_instance.preempt_delay"] },
    { query: "preempt_delay", found: ["vrrp_instance.preempt_delay"] },
    { query: "real_server.HTTP_GET.url.digest", found: ["virtual_server.real_server.HTTP_GET.url.digest"] },
    { query: "virtual_server/real_server/HTTP_GET/url/digest", found: ["virtual_server.real_server.HTTP_GET.url.digest"] },
    { query: "virtual_server.HTTP_GET.path", found: ["virtual_server.real_server.HTTP_GET.url.path"] },
    { query: "virtual_ipaddress.label", found: ["address.label"] },
    { query: "smtp_alert", found: ["global_defs.smtp_alert", "vrrp_sync_group.smtp_alert", "vrrp_instance.smtp_alert", "virtual_server.smtp_alert", "virtual_server.real_server.smtp_alert"] },
    { query: "vrrp_instance.preempt_dela", found: ["? vrrp_instance.preempt_delay"] },
    { query: "vrrp_instance.misc_path", found: ["? virtual_server.real_server.MISC_CHECK.misc_path"] },
    { query: "HTTP_GET.interval", found: ["? vrrp_script.interval"] },
    { query: "lvs_id", found: ["retired"] },
    { query: "route", found: ["block"] },
    { query: "zzzzzzzzzzzz", found: ["? "] },
    { query: "constructor", found: ["? "] },
    { query: "", found: ["? "] },
  ];
  test.each(cases)("$query", ({ query, found }) => expect(paths(query)).toEqual(found));
});

test("deprecated and retired names have successors that exist", () => {
  const dead = DEPRECATED_PATHS.filter((path) => lookUp(path).found !== "keywords");
  const successors = [...DEPRECATED_PATHS.map((path) => deprecation(path)?.successor), ...Object.values(RETIRED).map(({ successor }) => successor)];
  const nowhere = successors.filter((path) => path !== undefined && !paths(path).includes(path));
  expect([dead, nowhere]).toEqual([[], []]);
});

test("what a keyword takes, in words", () => {
  const entry = { meaning: "", effect: "acted" } as const;
  const cases = [
    [{ ...entry, argument: "INTEGER", range: "1-255" }, "a whole number from 1 to 255"],
    [{ ...entry, argument: "INTEGER", range: "0-UINT_MAX (0 becomes 1)", unit: "bytes" }, "a whole number from 0 to 4294967295 (0 becomes 1), in bytes"],
    [{ ...entry, argument: "SECONDS(decimal)", range: "0.000001 up", unit: "s" }, "a number of seconds from 0.000001 up, decimals allowed"],
    [{ ...entry, argument: "INTEGER", range: "-253..253" }, "a whole number from -253 to 253"],
    [{ ...entry, argument: "INTEGER", range: "2|3" }, "a whole number: 2 or 3"],
    [{ ...entry, argument: "MASTER|BACKUP" }, "MASTER or BACKUP"],
    [{ ...entry, argument: "flag" }, undefined],
  ] as const;
  expect(cases.map(([row]) => expectation(row))).toEqual(cases.map(([, words]) => words));
});

test("the text of a keyword", () => {
  const [found] = REFERENCE.flatMap(({ keywords }) => keywords).filter(({ path }) => path === "vrrp_instance.preempt_delay");
  expect(found && keywordText(found)).toBe(
    "vrrp_instance.preempt_delay SECONDS(decimal)\n    Wait before displacing a lower-priority master.\n    Takes:      a number of seconds from 0 to 1000, decimals allowed\n    Default:    0\n",
  );
});
