import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { SECOND } from "../../src/base/time.ts";
import type { DirectoryListener } from "../../src/base/tracking.ts";
import type { TrackFile } from "../../src/conf/model.ts";
import { TrackFiles } from "../../src/notify/track-files.ts";
import { readTrackValue } from "../../src/notify/track-value.ts";
import { FakeClock, FakeLog } from "./support/fakes.ts";

describe("the number in a tracked file, as strtol with base 0 reads it", () => {
  const rows: [text: string, want: number | string][] = [
    ["5\n", 5],
    ["  \t\n-7 and more", -7],
    ["+3", 3],
    ["010", 8],
    ["09", 0],
    ["0x10 rest", 16],
    ["-0X1f", -31],
    ["0x", 0],
    ["", 0],
    ["abc", 0],
    ["- 5", 0],
    ["2147483647", 2147483647],
    ["-2147483648", -2147483648],
    ["2147483648", "2147483648"],
    ["99999999999999999999", "9223372036854775807"],
    ["-99999999999999999999", "-9223372036854775808"],
  ];
  for (const [text, want] of rows) {
    test(JSON.stringify(text), () => {
      const read = readTrackValue(text);
      assert.deepEqual(read.ok ? read.value : read.text, want);
    });
  }
});

function file(name: string, more: Partial<TrackFile> = {}): TrackFile {
  return { name, file: `/run/t/${name}`, weight: 1, reverse: false, init: undefined, ...more };
}

/** Files in memory; directories exist when they are in `watches`. */
class World {
  readonly clock = new FakeClock();
  readonly log = new FakeLog();
  readonly texts = new Map<string, string>();
  readonly directories = new Set(["/run/t"]);
  readonly watches = new Map<string, DirectoryListener>();
  failure = "ENOENT";
  told: string[] = [];
  readonly files = new TrackFiles({
    clock: this.clock,
    log: this.log,
    files: {
      read: (path) => this.texts.get(path),
      initialise: (path, text, replace) => {
        if (path.startsWith("/no/")) return { errno: 2, text: "No such file or directory" };
        if (replace || !this.texts.has(path)) this.texts.set(path, text);
        return undefined;
      },
    },
    watch: (path, listener) => {
      if (!this.directories.has(path)) throw new KernelError(`inotify_add_watch ${path}`, this.failure);
      this.watches.set(path, listener);
      return { close: () => void (this.watches.get(path) === listener && this.watches.delete(path)) };
    },
    result: (name, value) => void this.told.push(`${name} ${value}`),
  });

  write(name: string, text: string): string[] {
    this.texts.set(`/run/t/${name}`, text);
    this.watches.get("/run/t")?.changed(name);
    return this.take();
  }

  take(): string[] {
    return this.told.splice(0);
  }
}

describe("track files", () => {
  test("every value is told at once, and then when it changes", () => {
    const world = new World();
    world.texts.set("/run/t/a", "5");
    world.files.configure([file("a"), file("b")], true);
    assert.deepEqual(world.take(), ["a 5", "b 0"]);
    assert.deepEqual(world.write("a", "5\n"), []);
    assert.deepEqual(world.write("a", "6"), ["a 6"]);
    assert.deepEqual(world.write("other", "9"), []);
    world.texts.delete("/run/t/a");
    world.watches.get("/run/t")?.changed("a");
    assert.deepEqual(world.take(), ["a 0"]);
  });

  test("a number that is none is said and the old value stays, over a reload too", () => {
    const world = new World();
    world.texts.set("/run/t/a", "5");
    world.files.configure([file("a")], true);
    world.take();
    assert.deepEqual(world.write("a", "99999999999"), []);
    assert.deepEqual(world.log.lines, ["Invalid number 99999999999 read from /run/t/a - ignoring"]);
    world.files.configure([file("a", { name: "renamed" })], false);
    assert.deepEqual(world.take(), ["renamed 5"]);
  });

  test("lost events: everything is read again", () => {
    const world = new World();
    world.files.configure([file("a"), file("b")], true);
    world.take();
    world.texts.set("/run/t/a", "1").set("/run/t/b", "2");
    world.watches.get("/run/t")?.changed(undefined);
    assert.deepEqual(world.take(), ["a 1", "b 2"]);
  });

  test("a missing directory: the file does not count until it is there; and again when it goes", async () => {
    const world = new World();
    world.directories.clear();
    world.files.configure([file("a")], true);
    assert.deepEqual(world.take(), ["a undefined"]);
    await world.clock.advance(3 * SECOND);
    assert.deepEqual(world.log.lines, ["Track file directory for a does not exist - removing until it does"]);
    world.directories.add("/run/t");
    world.texts.set("/run/t/a", "4");
    await world.clock.advance(SECOND);
    assert.deepEqual(world.take(), ["a 4"]);
    world.directories.clear();
    world.watches.get("/run/t")?.gone();
    assert.deepEqual(world.take(), ["a undefined"]);
    assert.equal(world.log.lines.length, 2);
  });

  test("a directory that cannot be watched for want of inotify is looked at every second", async () => {
    const world = new World();
    world.directories.clear();
    world.failure = "ENOSPC";
    world.texts.set("/run/t/a", "4");
    world.files.configure([file("a")], true);
    assert.deepEqual(world.take(), ["a 4"]);
    world.texts.set("/run/t/a", "5");
    await world.clock.advance(2 * SECOND);
    assert.deepEqual(world.take(), ["a 5"]);
    assert.deepEqual(world.log.lines, ["Unable to monitor track files: inotify_add_watch /run/t: ENOSPC"]);
  });

  test("and then what is no number there is said once", async () => {
    const world = new World();
    world.directories.clear();
    world.failure = "EMFILE";
    world.texts.set("/run/t/a", "99999999999");
    world.files.configure([file("a")], true);
    await world.clock.advance(3 * SECOND);
    const invalid = (text: string): string => `Invalid number ${text} read from /run/t/a - ignoring`;
    assert.deepEqual(world.log.lines, ["Unable to monitor track files: inotify_add_watch /run/t: EMFILE", invalid("99999999999")]);
    for (const text of ["88888888888", "1", "88888888888"]) {
      world.texts.set("/run/t/a", text);
      await world.clock.advance(2 * SECOND);
    }
    assert.deepEqual(world.log.lines.slice(2), [invalid("88888888888"), invalid("88888888888")]);
  });

  test("a directory that is there and cannot be watched, and then goes: each reason is said", async () => {
    const world = new World();
    world.directories.clear();
    world.failure = "EMFILE";
    world.texts.set("/run/t/a", "4");
    world.files.configure([file("a")], true);
    world.failure = "ENOENT";
    await world.clock.advance(2 * SECOND);
    assert.deepEqual(world.take(), ["a 4", "a undefined"]);
    assert.deepEqual(world.log.lines, ["Unable to monitor track files: inotify_add_watch /run/t: EMFILE", "Track file directory for a does not exist - removing until it does"]);
    world.directories.add("/run/t");
    await world.clock.advance(2 * SECOND);
    assert.deepEqual(world.take(), ["a 4"]);
  });

  test("init_file: written when missing; overwritten only at the daemon's start", () => {
    const world = new World();
    const files = [file("new", { init: { value: 7, overwrite: false } }), file("over", { init: { value: 9, overwrite: true } }), file("kept", { init: { value: 1, overwrite: false } })];
    world.texts.set("/run/t/over", "1").set("/run/t/kept", "3");
    world.files.configure(files, true);
    assert.deepEqual(world.take(), ["new 7", "over 9", "kept 3"]);
    world.write("over", "4");
    world.take();
    world.texts.delete("/run/t/new");
    world.files.configure(files, false);
    assert.deepEqual(world.take(), ["new 7", "over 4", "kept 3"]);
    world.files.configure([file("x", { file: "/no/x", init: { value: 1, overwrite: false } })], false);
    assert.deepEqual(world.log.lines.slice(0, 2), ["Unable to open '/no/x' - errno 2 (No such file or directory)", "Unable to initialise track file x"]);
  });

  test("after a stop nothing is told", async () => {
    const world = new World();
    world.directories.clear();
    world.files.configure([file("a")], true);
    world.take();
    world.files.stop();
    world.directories.add("/run/t");
    await world.clock.advance(5 * SECOND);
    assert.deepEqual(world.take(), []);
  });
});
