import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { testConfig } from "../../src/daemon/config-test.ts";
import { readOptions } from "../../src/daemon/options.ts";

const directory = mkdtempSync(join(tmpdir(), "regent-config-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** @returns exit code and what `-t=FILE` appended */
function judge(text: string, ...options: string[]): { code: number; said: string } {
  const config = join(directory, "keepalived.conf");
  const output = join(directory, "said");
  writeFileSync(config, text);
  writeFileSync(output, "before\n");
  const command = readOptions(["-f", config, `--config-test=${output}`, ...options]);
  if (command.type !== "configTest") throw new Error(`not a test: ${command.type}`);
  const code = testConfig(command.options, command.output);
  return { code, said: readFileSync(output, "utf8").replaceAll(`${directory}/`, "") };
}

const WRONG = "global_defs {\n smtp_alrt\n}\n";

test("short is keepalived's line, appended; nothing when all is well", () => {
  expect(judge(WRONG)).toEqual({ code: 5, said: "before\n(keepalived.conf: Line 2) Unknown keyword 'smtp_alrt'\n" });
  expect(judge("global_defs {\n}\n")).toEqual({ code: 0, said: "before\n" });
});

test("full has line and caret", () => {
  expect(judge(WRONG, "--diagnostics=full")).toEqual({
    code: 5,
    said: "before\nkeepalived.conf:2:2: error: Unknown keyword 'smtp_alrt'\n     smtp_alrt\n     ^~~~~~~~~\n    did you mean 'smtp_alert'?\n",
  });
});

test("json is a document, also when all is well", () => {
  const document = (text: string): unknown => JSON.parse(judge(text, "--format=json").said.replace("before\n", ""));
  expect(document(WRONG)).toMatchObject({ format: "regent-diagnostics", results: [{ exitStatus: 5, runs: true, diagnostics: [{ line: 2, code: "unknown-keyword", suggestion: "smtp_alert" }] }] });
  expect(document("global_defs {\n}\n")).toMatchObject({ results: [{ exitStatus: 0, diagnostics: [] }] });
});
