import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { everyDiagnostic } from "../../src/conf/diagnostic-json.ts";
import { explainDiagnostics } from "../../src/conf/load.ts";
import { load } from "./memory-environment.ts";

// Configurations as a newcomer writes them, each broken in one way, and what is said: NAME.conf and NAME.said.
// UPDATE=1 rewrites what is said; read it as that newcomer would before it is committed.

const FOLDER = "test/conf/newcomer";
const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".conf") ? [file.slice(0, -".conf".length)] : []));

function said(name: string): { text: string; helpless: string[] } {
  const result = load(readFileSync(join(FOLDER, `${name}.conf`), "utf8"));
  const all = everyDiagnostic(result);
  // What is said of one word is read together.
  const helped = new Set(all.flatMap(({ line, column, expected, suggestion, remedy }) => ((expected ?? suggestion ?? remedy) === undefined ? [] : [`${line}:${column}`])));
  const helpless = all.filter(({ line, column }) => !helped.has(`${line}:${column}`));
  const end = `keepalived -t: exit status ${result.exitCodeTest}; regentd ${result.exitCodeDaemon === undefined ? "starts" : "does not start"}`;
  return { text: `${[...explainDiagnostics(all), end].join("\n").replaceAll("/etc/keepalived/", "")}\n`, helpless: helpless.map(({ line, message }) => `${line}: ${message}`) };
}

describe("what a newcomer is told", () => {
  test("of each kind of mistake there is one", () => expect(names.length).toBeGreaterThanOrEqual(20));

  test.each(names)("%s", (name) => {
    const path = join(FOLDER, `${name}.said`);
    const { text } = said(name);
    if (process.env["UPDATE"] === "1") writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, "utf8"));
  });

  test.each(names)("%s: every error names its line and what to do", (name) => expect(said(name).helpless).toEqual([]));
});
