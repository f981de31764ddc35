import assert from "node:assert/strict";
import { test } from "vitest";
import { explainDiagnostics } from "../../src/conf/load.ts";
import type { Diagnostic } from "../../src/conf/load.ts";
import { load } from "./memory-environment.ts";

const explain = (text: string, files: Record<string, string> = {}): string[] => explainDiagnostics(load(text, files).diagnostics).map((part) => part.replaceAll("/etc/keepalived/", ""));

test("two messages about one word show its line once, underlined, with what the keyword takes", () => {
  const [first] = explain("vrrp_instance A {\n\tpriority\t300 # high\n\tinterface eth0\n\tvirtual_router_id 1\n\tvirtual_ipaddress { 192.0.2.1 }\n}\n");
  assert.equal(
    first,
    [
      "keepalived.conf:2:11: error: number '300' outside range [1, 255]",
      "keepalived.conf:2:11: error: (A) Priority not valid! must be between 1 & 255. Using default 100",
      "    \tpriority\t300 # high",
      "    \t        \t^~~",
      "    expected: a whole number from 1 to 255",
    ].join("\n"),
  );
});

test("ordered by place, includes at theirs, what concerns the parts together too", () => {
  const files = { "/etc/keepalived/b.conf": "vrrp_instance B {\n interface eth0\n xb\n}\n" };
  const places = explain("vrrp_instance A {\n interface eth0\n}\ninclude b.conf\nxc\n", files).map((text) => text.split("\n")[0]);
  assert.deepEqual(places, [
    "keepalived.conf:1:15: error: (A) the virtual router id must be set",
    "b.conf:1:15: error: (B) the virtual router id must be set",
    "b.conf:3:2: error: Unknown keyword 'xb'",
    "keepalived.conf:5:1: error: Unknown keyword 'xc'",
  ]);
});

test("a long line is cut around the word", () => {
  const [, line = "", caret = ""] = explain(`${"x".repeat(300)} nonsense\n`)[0]?.split("\n") ?? [];
  assert.ok(line.length < 180 && line.endsWith("..."), line);
  assert.match(caret, /^ {4}\^~{100,170}$/);
  const [, cut = "", below = ""] = explain(`${" ".repeat(300)}nonsense y\n`)[0]?.split("\n") ?? [];
  assert.equal(cut.slice(below.indexOf("^"), below.length), "nonsense");
  assert.ok(cut.startsWith("    ..."), cut);
});

test("control characters do not reach the terminal", () => {
  const [text = ""] = explain("bad\u001b[31m 1\n");
  assert.ok(!text.includes("\u001b") && text.includes("'bad\ufffd[31m'"), JSON.stringify(text));
});

test("a place in quotes and one that a parameter stands for are underlined whole", () => {
  const carets = (text: string): string[] => explain(text).map((part) => part.split("\n").find((line) => /^ *\^~*$/.test(line)) ?? "");
  assert.deepEqual(carets('global_defs {\n router_id a\n smtp_connect_timeout "9x"\n}\n'), ["                          ^~~~"]);
  assert.deepEqual(carets("$LONG_NAME=9x\nglobal_defs {\n smtp_connect_timeout ${LONG_NAME}\n}\n"), ["                          ^~~~~~~~~~~~"]);
});

test("other places have their own line and caret", () => {
  const at = { file: "a.conf", line: 2, column: 1, sourceLine: "one two", position: 2 };
  const diagnostic: Diagnostic = {
    ...at,
    severity: "error",
    kind: "general-error",
    code: "duplicate-name",
    message: "two of them",
    whileReading: true,
    remedy: "rename one",
    related: [{ file: "b.conf", line: 9, column: 3, endColumn: 6, sourceLine: "\tx one", note: "the other one is here" }],
  };
  assert.deepEqual(explainDiagnostics([diagnostic]), [
    "a.conf:2:1: error: two of them\n    one two\n    ^\n    to do: rename one\n  b.conf:9:3: the other one is here\n    \tx one\n    \t ^~~",
  ]);
});
