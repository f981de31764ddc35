// Real inotify, in a directory of the test's own.

import { appendFileSync, closeSync, linkSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync, writeSync, ftruncateSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DirectoryWatch } from "../../src/base/tracking.ts";
import { watchDirectory } from "../../src/sys/directory-watch.ts";
import { trackFileAccess } from "../../src/sys/track-file-access.ts";

let root: string;
let directory: string;
let count = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "regent-watch-"));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  directory = join(root, String(count++));
  mkdirSync(directory);
});

/** What was told, until `want` of them or a second has passed. */
async function watched(act: (path: (name: string) => string, told: readonly string[]) => Promise<void> | void, want: number): Promise<string[]> {
  const told: string[] = [];
  const watcher: DirectoryWatch = watchDirectory(directory, { changed: (name) => void told.push(name ?? "*"), gone: () => void told.push("gone") });
  try {
    await act((name) => join(directory, name), told);
    for (const end = performance.now() + 1_000; told.length < want && performance.now() < end; ) await sleep(5);
    return told;
  } finally {
    watcher.close();
    watcher.close();
  }
}

describe("directory watch", () => {
  test("a file is told when its writer has closed it, not when it was emptied", async () => {
    writeFileSync(join(directory, "f"), "5");
    const told = await watched(async (path, now) => {
      const fd = openSync(path("f"), "r+");
      ftruncateSync(fd);
      await sleep(100);
      writeSync(fd, "6");
      await sleep(400);
      expect(now).toEqual([]);
      closeSync(fd);
    }, 1);
    expect(told).toEqual(["f"]);
  });

  test("created, replaced by rename, linked, renamed away and removed", async () => {
    const after = async (name: string, now: readonly string[]): Promise<void> => {
      for (const end = performance.now() + 1_000; now.at(-1) !== name && performance.now() < end; ) await sleep(5);
      expect(now.at(-1)).toBe(name);
      await sleep(50); // further reports of the same
      (now as string[]).length = 0;
    };
    await watched(async (path, now) => {
      writeFileSync(path("f"), "1");
      await after("f", now);
      writeFileSync(path(".new"), "2");
      await after(".new", now);
      renameSync(path(".new"), path("f"));
      await after("f", now);
      appendFileSync(path("f"), "3");
      await after("f", now);
      linkSync(path("f"), path("g"));
      await after("g", now);
      renameSync(path("g"), join(root, "elsewhere"));
      await after("g", now);
      unlinkSync(path("f"));
      await after("f", now);
    }, 0);
  });

  test("a directory that is removed, and one that is not there", async () => {
    expect(await watched(() => rmSync(directory, { recursive: true }), 1)).toEqual(["gone"]);
    expect(() => watchDirectory(directory, { changed: () => undefined, gone: () => undefined })).toThrow(/ENOENT/);
    writeFileSync(directory, "");
    expect(() => watchDirectory(directory, { changed: () => undefined, gone: () => undefined })).toThrow(/ENOTDIR/);
  });
});

describe("track file access", () => {
  test("what can be read, and what cannot", () => {
    const path = (name: string) => join(directory, name);
    writeFileSync(path("f"), "12\n");
    symlinkSync(path("f"), path("link"));
    execFileSync("mkfifo", [path("fifo")]); // nobody writes: a blocking open would hang
    expect(["f", "link", "missing", "fifo", "."].map((name) => trackFileAccess.read(path(name)))).toEqual(["12\n", "12\n", undefined, undefined, undefined]);
  });

  test("initialised when missing, replaced when asked, and what stands in the way is named", () => {
    const path = join(directory, "f");
    expect(trackFileAccess.initialise(path, "1\n", false)).toBeUndefined();
    expect(trackFileAccess.initialise(path, "2\n", false)).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe("1\n");
    expect(trackFileAccess.initialise(path, "3\n", true)).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe("3\n");
    expect(trackFileAccess.initialise(join(directory, "no/f"), "1\n", true)).toEqual({ errno: 2, text: "no such file or directory" });
  });
});
