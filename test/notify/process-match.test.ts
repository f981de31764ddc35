import assert from "node:assert/strict";
import { test } from "vitest";
import type { ProcessDescription } from "../../src/base/tracking.ts";
import { isTracked } from "../../src/notify/process-match.ts";
import { trackProcess } from "./support/configs.ts";

// What keepalived 2.2.7 was seen to count: each row was given to it while these processes ran.

const RUNNING: readonly (readonly [name: string, ...commandLine: string[]])[] = [
  ["slx", "./slx", "300"],
  ["slx", "/tmp/x/slx", "301"],
  ["slx", "renamed", "302"],
  ["averylongproces", "./averylongprocessname", "300"],
  ["scr.sh", "/bin/sh", "./scr.sh", "a", "b"],
  ["my title here", "my title here"],
  ["sleep", "sleep", "100"],
];

const rows: readonly (readonly [want: number, process: string, parameters: readonly string[], match?: "none" | "exact" | "initial" | "partial" | "full_command"])[] = [
  [3, "slx", []],
  [0, "./slx", []],
  [0, "/tmp/x/slx", []],
  [1, "./slx", [], "full_command"],
  [0, "slx", [], "full_command"],
  [0, "renamed", []],
  [1, "renamed", [], "full_command"],
  [0, "averylongprocessname", []],
  [1, "averylongproces", []],
  [1, "./averylongprocessname", [], "full_command"],
  [1, "scr.sh", []],
  [0, "./scr.sh", [], "full_command"],
  [1, "my title here", []],
  [1, "my title here", [], "full_command"],
  [0, "my", ["title", "here"], "exact"],
  [0, "slx", ["300"], "exact"],
  [1, "./slx", ["300"], "exact"],
  [1, "./slx", ["30"], "initial"],
  [0, "./slx", ["30"], "partial"],
  [0, "./slx", [], "exact"],
  [1, "./slx", [], "partial"],
  [1, "./slx", [], "initial"],
  [0, "slx", [], "partial"],
  [1, "/bin/sh", ["./scr.sh", "a"], "partial"],
  [0, "sh", ["./scr.sh", "a"], "partial"],
  [1, "/bin/sh", ["./scr.sh", "a", "b"], "exact"],
  [0, "/bin/sh", ["./scr.sh", "a"], "exact"],
  [0, "/bin/sh", ["./scr.sh", "a", "b", "c"], "partial"],
  [0, "/bin/sh", ["./scr.sh", "x"], "initial"],
  [1, "/bin/sh", ["./scr.sh", "a"], "initial"],
  [0, "/bin/sh", ["./scr", "a"], "initial"],
  [1, "sleep", ["100"], "exact"],
  [0, "sleep", [], "exact"],
  [1, "sleep", []],
];

for (const [want, process, parameters, match = "none"] of rows) {
  test(`process ${[process, ...parameters].join(" ")} ${match}: ${want}`, () => {
    const fullCommand = match === "full_command";
    const tracked = trackProcess("p", { process, parameters, fullCommand, paramMatch: match === "full_command" ? "none" : match });
    const descriptions: ProcessDescription[] = RUNNING.map(([name, ...commandLine]) => ({ name, commandLine }));
    assert.equal(descriptions.filter((one) => isTracked(tracked, one)).length, want);
  });
}

test("a kernel thread has no command line", () => {
  const thread: ProcessDescription = { name: "kthreadd", commandLine: [] };
  assert.ok(isTracked(trackProcess("p", { process: "kthreadd" }), thread));
  assert.ok(!isTracked(trackProcess("p", { process: "kthreadd", fullCommand: true }), thread));
});
