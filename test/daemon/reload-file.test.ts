import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import type { Log } from "../../src/base/log.ts";
import { whileReloading } from "../../src/daemon/reload-file.ts";
import { load } from "../conf/memory-environment.ts";

function global(text: string) {
  const { config } = load(text);
  assert.ok(config);
  return config.global;
}

function logInto(lines: string[]): Log {
  const write = (text: string) => void lines.push(text);
  return { write: (...[, text]) => write(text), info: write, warning: write, error: write, detail: write };
}

test("the file is there, empty, while the configuration is read, and gone afterwards, whatever came of it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "regent-reload-"));
  try {
    const path = join(directory, "reloading");
    const configured = global(`global_defs {\nreload_file ${path}\n}\n`);
    assert.equal(await whileReloading(configured, logInto([]), async () => Promise.resolve(readFileSync(path, "utf8"))), "");
    assert.equal(existsSync(path), false);
    await assert.rejects(whileReloading(configured, logInto([]), () => Promise.reject(new Error("a bug"))), /a bug/);
    assert.equal(existsSync(path), false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a path that cannot be written is named, and the reload goes on", async () => {
  const lines: string[] = [];
  assert.equal(await whileReloading(global("global_defs {\nreload_file /proc/no/such\n}\n"), logInto(lines), () => Promise.resolve(7)), 7);
  assert.match(lines.join(), /reload file \/proc\/no\/such: ENOENT/);
});

test("without the keyword there is none", async () => {
  assert.equal(await whileReloading(global(""), logInto([]), () => Promise.resolve(7)), 7);
});
