import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { OPTIONS } from "../../src/daemon/options.ts";

const DOCUMENT = readFileSync("doc/compatibility.md", "utf8");

/** The text between one heading of level two and the next. */
function section(title: string): string {
  return new RegExp(`^## ${title}\\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(DOCUMENT)?.[1] ?? "";
}

test("doc/compatibility.md names every option", () => {
  const rows = section("Options").split("\n").filter((line) => line.startsWith("|"));
  const missing = OPTIONS.filter(({ long, short }) => !rows.some((row) => row.includes(`\`--${long}\``) && (short === undefined || row.includes(`\`-${short}\``))));
  assert.deepEqual(missing.map(({ long }) => long), []);
});

test("doc/compatibility.md has its sections", () => {
  for (const title of ["Options", "Signals", "Log lines", "Deliberate differences"]) assert.ok(section(title).length > 200, title);
});
