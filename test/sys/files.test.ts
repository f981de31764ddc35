import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accounts } from "../../src/sys/accounts.ts";
import { files } from "../../src/sys/files.ts";

let directory: string;

beforeAll(() => {
  directory = join(mkdtempSync(join(tmpdir(), "regent-files-")), "with [brackets] and * and {braces}");
  mkdirSync(join(directory, "conf.d"), { recursive: true });
  for (const name of ["b.conf", "a.conf", "c.txt", ".hidden.conf", "conf.d/x.conf"]) writeFileSync(join(directory, name), name, { mode: 0o640 });
  symlinkSync("a.conf", join(directory, "link.conf"));
  symlinkSync("gone", join(directory, "dangling.conf"));
  execFileSync("mkfifo", [join(directory, "pipe")]);
});

afterAll(() => rmSync(join(directory, ".."), { recursive: true }));

describe("glob", () => {
  const cases: { pattern: string; want: string[] }[] = [
    { pattern: "*.conf", want: ["a.conf", "b.conf", "dangling.conf", "link.conf"] },
    { pattern: "[ab].conf", want: ["a.conf", "b.conf"] },
    { pattern: "?.txt", want: ["c.txt"] },
    { pattern: "{b,a}.conf", want: ["b.conf", "a.conf"] },
    { pattern: "conf.d/*", want: ["conf.d/x.conf"] },
    { pattern: "a.conf", want: ["a.conf"] },
    { pattern: "none*", want: [] },
    { pattern: "none", want: [] },
    { pattern: "dangling.conf", want: ["dangling.conf"] },
    { pattern: "a.conf/below", want: [] },
    { pattern: "x".repeat(300), want: [] },
  ];
  for (const { pattern, want } of cases) {
    test(`${pattern}, relative to a directory whose name looks like a pattern`, () => expect(files.glob(pattern, directory)).toEqual(want));
  }

  test("an absolute pattern ignores the directory", () => {
    expect(files.glob("/etc/pass[w]d", directory)).toEqual(["/etc/passwd"]);
  });
});

test("stat and realPath", () => {
  expect(files.stat(join(directory, "a.conf"))).toMatchObject({ kind: "file", mode: 0o640, size: 6, uid: process.getuid?.() });
  expect(files.stat(join(directory, "link.conf"))?.kind).toBe("file");
  expect(files.stat(directory)?.kind).toBe("directory");
  expect(files.stat(join(directory, "pipe"))?.kind).toBe("fifo");
  expect(files.stat("/dev/null")?.kind).toBe("other");
  expect(files.stat(join(directory, "dangling.conf"))).toBeUndefined();
  expect(files.stat(join(directory, "a.conf/below"))).toBeUndefined();
  expect(files.realPath(join(directory, "link.conf"))).toBe(join(directory, "a.conf"));
  expect(files.realPath(join(directory, "dangling.conf"))).toBeUndefined();
});

test("readText, and its refusals by code", () => {
  expect(files.readText(join(directory, "a.conf"))).toBe("a.conf");
  expect(() => files.readText(join(directory, "gone"))).toThrow(expect.objectContaining({ name: "KernelError", code: "ENOENT" }));
  expect(() => files.readText(directory)).toThrow(expect.objectContaining({ code: "EISDIR" }));
});

test("accounts are the system's", () => {
  expect(accounts.user("root")).toEqual({ uid: 0, gid: 0 });
  const [, , uid, gid] = execFileSync("getent", ["passwd", "nobody"], { encoding: "utf8" }).split(":");
  expect(accounts.user("nobody")).toEqual({ uid: Number(uid), gid: Number(gid) });
  const [, , group] = execFileSync("getent", ["group", "adm"], { encoding: "utf8" }).split(":");
  expect(accounts.group("adm")).toEqual({ gid: Number(group) });
  expect(accounts.user("no-such-account")).toBeUndefined();
  expect(accounts.group("no-such-account")).toBeUndefined();
});
