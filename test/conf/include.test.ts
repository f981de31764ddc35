import { describe, expect, test } from "vitest";
import { faults, load, MAIN } from "./memory-environment.ts";
import type { MemoryFile } from "./memory-environment.ts";

// Which trouble with which form of include is an error (exit code 6), and what is said of the others.

const FILES: Readonly<Record<string, string | MemoryFile>> = {
  "/etc/keepalived/a.conf": "",
  "/etc/keepalived/exec.conf": { text: "", mode: 0o755 },
  "/etc/keepalived/secret/x": "",
  "/etc/keepalived/d/keep": "",
  "/etc/keepalived/d/inner.conf": "include no.conf\n",
  "/etc/keepalived/d/lax.conf": "global_defs {\n include_check -match\n}\ninclude no.conf\n",
};

const TROUBLE = {
  read: ["exec.conf", "d", "{a,exec}.conf", "[e]xec.conf"],
  match: ["no.conf", "/no/such/file"],
  wildcard: ["no*.conf", "n[o].conf", "?", "no\\.conf", "{no,nix}*.conf"],
  brace: ["{a,no}.conf", "{no,nix}.conf", "no{.conf", "{no}.conf"],
} as const;
type Trouble = keyof typeof TROUBLE;

const ASKED: Readonly<Record<string, readonly Trouble[]>> = {
  include: [],
  includer: ["read"],
  includem: ["read", "match"],
  includew: ["read", "match", "wildcard"],
  includeb: ["read", "brace"],
  includea: ["read", "match", "wildcard", "brace"],
};

for (const [form, asked] of Object.entries(ASKED)) {
  describe(form, () => {
    for (const [trouble, patterns] of Object.entries(TROUBLE) as [Trouble, readonly string[]][]) {
      const fails = asked.includes(trouble);
      test(`${fails ? "fails" : "goes on"} when it is about ${trouble}`, () => {
        for (const pattern of patterns) {
          const result = load(`${form} ${pattern}\n`, FILES);
          expect([pattern, result.exitCodeTest, result.exitCodeDaemon]).toEqual([pattern, fails ? 6 : 0, fails ? 6 : undefined]);
          // What is no error is said all the same, but for wildcards that match nothing.
          const said = fails || trouble !== "wildcard";
          expect([pattern, result.diagnostics.length > 0]).toEqual([pattern, said]);
        }
      });
    }
  });
}

test("one match is enough for wildcards, and every name without must be there, whatever the others have", () => {
  const code = (line: string): number => load(`${line}\n`, FILES).exitCodeTest;
  expect(["includea {a,no}*.conf", "includea {no*,a}.conf", "includew {no*,nix}.conf"].map(code)).toEqual([0, 0, 0]);
  expect(["includea {a*,no}.conf", "includeb {no*,nix}.conf", "includew {no,nix}*.conf"].map(code)).toEqual([6, 6, 6]);
});

describe("include_check", () => {
  const cases: readonly { name: string; text: string; code: number }[] = [
    { name: "adds its class to what follows", text: "global_defs {\n include_check match\n}\ninclude no.conf", code: 6 },
    { name: "not to what came before", text: "include no.conf\nglobal_defs {\n include_check match\n}", code: 0 },
    { name: "bare: all of them", text: "global_defs {\n include_check\n}\ninclude no*.conf", code: 6 },
    { name: "one class is not another", text: "global_defs {\n include_check wildcard_match\n}\ninclude no.conf", code: 0 },
    { name: "replaces without a sign", text: "global_defs {\n include_check match\n include_check read\n}\ninclude no.conf", code: 0 },
    { name: "+ adds", text: "global_defs {\n include_check match\n include_check +read\n}\ninclude no.conf", code: 6 },
    { name: "- takes away", text: "global_defs {\n include_check\n include_check -match\n}\ninclude no.conf", code: 0 },
    { name: "a form may ask for more", text: "global_defs {\n include_check read\n}\nincludem no.conf", code: 6 },
    { name: "holds in included files", text: "global_defs {\n include_check match\n}\ninclude d/inner.conf", code: 6 },
    { name: "what a file sets ends with the file", text: "global_defs {\n include_check match\n}\ninclude d/lax.conf\ninclude no.conf", code: 6 },
    { name: "and within it holds", text: "global_defs {\n include_check match\n}\ninclude d/lax.conf", code: 0 },
  ];
  for (const { name, text, code } of cases) test(name, () => expect(load(text, FILES).exitCodeTest).toBe(code));

  test("-e asks for everything, whatever include_check says", () => {
    expect(load("include no.conf", FILES, { allConfig: true }).exitCodeTest).toBe(6);
    expect(load("global_defs {\n include_check -match\n}\ninclude no.conf", FILES, { allConfig: true }).exitCodeTest).toBe(6);
  });
});

describe("the pattern of -f", () => {
  const cases: readonly { name: string; path: string; test: number; daemon: number | undefined }[] = [
    { name: "a file that does not exist", path: "/no.conf", test: 0, daemon: 6 },
    { name: "a directory", path: "/etc/keepalived", test: 0, daemon: 6 },
    { name: "an executable file", path: "/etc/keepalived/exec.conf", test: 0, daemon: 6 },
    { name: "wildcards that match nothing", path: "/etc/keepalived/no*", test: 0, daemon: 6 },
    { name: "a file", path: "/etc/keepalived/a.conf", test: 0, daemon: undefined },
    { name: "wildcards, one of the files executable", path: "/etc/keepalived/[ae]*.conf", test: 6, daemon: 6 },
  ];
  for (const { name, path, test: code, daemon } of cases) {
    test(name, () => {
      const result = load("", FILES, { path });
      expect([result.exitCodeTest, result.exitCodeDaemon, result.config === undefined]).toEqual([code, daemon, result.files.length === 0]);
      if (daemon !== undefined) expect(result.diagnostics.length).toBeGreaterThan(0);
    });
  }
});

describe("nesting", () => {
  const chain = (depth: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: depth }, (...[, i]) => [`/etc/keepalived/n${i}.conf`, i + 1 < depth ? `include n${i + 1}.conf\n` : "vrrp_sync_group G {\n}\nlast\n"]));

  test("a hundred files deep, as keepalived reads it", () => {
    const result = load("include n0.conf\n", chain(100));
    expect(faults(result)).toContain("Unknown keyword 'last'");
    expect(result.files.length).toBe(101);
  });

  test("too deep is an error and no crash", () => {
    const result = load("include n0.conf\n", chain(2_000));
    expect([faults(result), result.exitCodeTest]).toEqual([["includes are nested more than 500 deep at 'n500.conf'"], 6]);
  });

  test("a file that includes itself, by whatever way", () => {
    expect(faults(load("include keepalived.conf\n"))).toEqual([`'${MAIN}' includes itself`]);
    const round = { "/etc/keepalived/p.conf": "include q.conf\n", "/etc/keepalived/q.conf": "include p.conf\n" };
    expect(faults(load("include p.conf\n", round))).toEqual(["'/etc/keepalived/p.conf' includes itself"]);
    expect(faults(load("include *.conf\n", round)).length).toBe(2 + 1);
  });
});
