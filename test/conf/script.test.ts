import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { splitCommand } from "../../src/conf/script.ts";
import type { Script } from "../../src/conf/model.ts";
import { faults, load } from "./memory-environment.ts";
import type { MemoryFile } from "./memory-environment.ts";

const commands: { command: string; argv: string[] }[] = [
  { command: "/x/y 'a b' c", argv: ["/x/y", "a b", "c"] },
  { command: '/x "a b"c', argv: ["/x", "a bc"] },
  { command: "/x '' end", argv: ["/x", "", "end"] },
  { command: "/x a\\ b \\x41\\102\\n", argv: ["/x", "a b", "AB\n"] },
  { command: "/x '\\n' \\'a", argv: ["/x", "\n", "'a"] },
  { command: "  /x   y  ", argv: ["/x", "y"] },
];

describe("a command is split once more", () => {
  for (const { command, argv } of commands) test(command, () => expect(splitCommand(command)).toEqual({ ok: true, argv }));
  test("an open quote", () => expect(splitCommand("/x 'a")).toEqual({ ok: false, message: "String '/x 'a': missing terminating '" }));
});

const SECURE = "global_defs {\n enable_script_security\n script_user root\n}\n";

function judged(global: string, script: string, files: Record<string, MemoryFile>): { script: Script | undefined; faults: string[]; code: number } {
  const result = load(`${global}vrrp_instance A {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress { 192.0.2.1 }\n notify_master ${script}\n}\n`, files);
  return { script: result.config?.notify.instances.get("A")?.master, faults: faults(result), code: result.exitCodeTest };
}

const OPEN: Record<string, MemoryFile> = { "/opt/x.sh": { text: "#!/bin/sh", mode: 0o777 } };
const OWNED: Record<string, MemoryFile> = { "/opt/x.sh": { text: "#!/bin/sh", mode: 0o755, uid: 1_000 } };
const IN_OPEN_FOLDER: Record<string, MemoryFile> = { "/opt": { kind: "directory", mode: 0o777 }, "/opt/x.sh": { text: "#!/bin/sh", mode: 0o755 } };
const IN_STICKY_FOLDER: Record<string, MemoryFile> = { "/opt": { kind: "directory", mode: 0o1777 }, "/opt/x.sh": { text: "#!/bin/sh", mode: 0o755 } };
const VIOLATION = "SECURITY VIOLATION - scripts are being executed but script_security not enabled.";

describe("script security", () => {
  const cases: { name: string; global: string; script: string; files: Record<string, MemoryFile>; disabled: string | undefined; faults: string[]; code: number }[] = [
    { name: "safe", global: SECURE, script: "/bin/true", files: {}, disabled: undefined, faults: [], code: 0 },
    { name: "writable by all", global: SECURE, script: "/opt/x.sh", files: OPEN, disabled: "insecure", faults: [], code: 0 },
    { name: "owned by somebody", global: SECURE, script: "/opt/x.sh", files: OWNED, disabled: "insecure", faults: [], code: 0 },
    { name: "in a folder writable by all", global: SECURE, script: "/opt/x.sh", files: IN_OPEN_FOLDER, disabled: "insecure", faults: [], code: 0 },
    { name: "in a sticky folder", global: SECURE, script: "/opt/x.sh", files: IN_STICKY_FOLDER, disabled: undefined, faults: [], code: 0 },
    { name: "run by somebody else, who may own it", global: SECURE, script: "/opt/x.sh nobody", files: OWNED, disabled: undefined, faults: [], code: 0 },
    { name: "without security a safe one", global: "", script: "/bin/true", files: {}, disabled: undefined, faults: [VIOLATION], code: 6 },
    { name: "without security an unsafe one still runs", global: "", script: "/opt/x.sh", files: OPEN, disabled: undefined, faults: [`${VIOLATION} There are insecure scripts.`], code: 6 },
    { name: "missing", global: "", script: "/opt/none", files: {}, disabled: "not found", faults: [], code: 0 },
    { name: "not executable", global: SECURE, script: "/opt/x", files: { "/opt/x": { text: "" } }, disabled: "not executable", faults: [], code: 0 },
    { name: "unknown user", global: SECURE, script: "/bin/true ghost", files: {}, disabled: "user 'ghost' or its group does not exist", faults: [], code: 0 },
  ];
  for (const { name, global, script, files, disabled, faults: said, code } of cases) {
    test(name, () => {
      const result = judged(global, script, files);
      expect([result.script?.disabled, result.faults, result.code]).toEqual([disabled, said, code]);
    });
  }

  // What keepalived 2.2.7 passed to a script that wrote down its arguments.
  const seen: { written: string; argv: string[] }[] = [
    { written: '"/bin/echo \\"a b\\" c \'d e\' f\\ g"', argv: ["a b", "c", "d e", "f", "g"] },
    { written: '"/bin/echo \\x41 \\\\x42"', argv: ["A", "B"] },
    { written: '"/bin/echo a\\\\\\"b \\\\\'c \\\\ d"', argv: ['a"b', "'c", " d"] },
    { written: "'/bin/echo a b'", argv: ["a", "b"] },
    { written: '"/bin/echo a#b {c}"', argv: ["a#b", "{c}"] },
  ];
  for (const { written, argv } of seen) {
    test(`arguments of ${written}`, () => expect(judged(SECURE, written, {}).script?.argv).toEqual(["/bin/echo", ...argv]));
  }

  test("a bare name is looked up in PATH; user and group become the account", () => {
    assert.deepEqual(judged(SECURE, "echo nobody nogroup", {}).script, {
      text: "echo",
      argv: ["/bin/echo"],
      account: { uid: 65_534, gid: 65_534, user: "nobody", supplementaryGroups: false },
    });
  });
});
