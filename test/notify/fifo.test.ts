import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "vitest";
import type { Fifo } from "../../src/base/ports.ts";
import { FifoWriters } from "../../src/notify/fifos.ts";
import { makeFifo } from "../../src/sys/fifo.ts";
import { FakeClock, FakeLog, FakeRunner } from "./support/fakes.ts";

// The real makeFifo, in a directory of the test's own.

let directory = "";
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "regent-fifo-"))));
afterEach(() => rmSync(directory, { recursive: true }));

function opened(path: string, owner?: { uid: number; gid: number }): Fifo {
  const result = makeFifo(path, owner && { ...owner, supplementaryGroups: false });
  assert.ok(result.ok, JSON.stringify(result));
  return result.fifo;
}

function readAll(descriptor: number): string {
  const buffer = Buffer.alloc(70_000);
  return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, null));
}

test("created 0644 with the owner given, octets pass unchanged, the reader sees the end after close, removed", () => {
  const path = join(directory, "f");
  const root = process.getuid?.() === 0;
  const fifo = opened(path, root ? { uid: 65_534, gid: 65_533 } : undefined);
  const status = statSync(path);
  assert.ok(status.isFIFO());
  assert.equal(status.mode & 0o777, 0o644 & ~process.umask());
  if (root) assert.deepEqual([status.uid, status.gid], [65_534, 65_533]);
  assert.equal(fifo.created, true);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  assert.equal(fifo.write(Buffer.from("VS [192.0.2.1]:tcp:80 UP\n\0")), undefined);
  assert.equal(readAll(reader), "VS [192.0.2.1]:tcp:80 UP\n\0");
  fifo.close();
  fifo.close();
  assert.equal(readAll(reader), "");
  closeSync(reader);
  assert.equal(fifo.remove(), undefined);
  assert.equal(fifo.remove(), undefined);
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
});

test("an existing FIFO is used and known not to be ours", () => {
  const path = join(directory, "f");
  execFileSync("mkfifo", [path]);
  const fifo = opened(path);
  assert.equal(fifo.created, false);
  fifo.close();
});

test("nobody reads: writing never blocks, and a line is written whole or not at all", () => {
  const path = join(directory, "f");
  const fifo = opened(path);
  const line = Buffer.from(`${"x".repeat(98)}\n\0`);
  let written = 0;
  let refusal: string | undefined;
  while (written < 10_000 && (refusal = fifo.write(line)) === undefined) written++;
  assert.equal(refusal, "Resource temporarily unavailable");
  assert.ok(written > 500, `${written} lines`);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  assert.equal(readAll(reader), line.toString("latin1").repeat(written));
  closeSync(reader);
  fifo.close();
});

test("the descriptor is close-on-exec", () => {
  const fifo = opened(join(directory, "f"));
  const links = execFileSync("sh", ["-c", "ls -l /proc/self/fd"], { encoding: "utf8" });
  assert.ok(!links.includes(directory), links);
  fifo.close();
});

test("what is in the way is named with keepalived's lines, and left alone", () => {
  const file = join(directory, "file");
  writeFileSync(file, "precious");
  const log = new FakeLog();
  const clock = new FakeClock();
  const writers = new FifoWriters({ clock, log, runner: new FakeRunner(clock), makeFifo });
  const at = (path: string) => ({ path, owner: undefined, script: undefined });
  writers.configure({ fifo: at(file), vrrpFifo: at(join(directory, "no", "f")), lvsFifo: at("") });
  writers.write("vrrp", Buffer.from("x"));
  assert.deepEqual(log.lines, [
    `notify fifo ${file} is not a fifo we own - not using`,
    `Unable to create vrrp notify fifo ${join(directory, "no", "f")} (ENOENT)`,
    "Unable to create lvs notify fifo  (ENOENT)",
  ]);
  assert.equal(statSync(file).size, "precious".length);
});
