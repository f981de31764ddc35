import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import type { TrackedObject, TrackFile } from "../../src/conf/model.ts";
import { effectivePriority } from "../../src/vrrp/priority.ts";
import { evaluate } from "../../src/vrrp/track.ts";
import type { FileValue, Trackers } from "../../src/vrrp/track.ts";
import { config, group, instance } from "./support/config.ts";
import { Segment } from "./support/node.ts";

const NOTHING: Trackers = { interfaces: [], scripts: [], files: [], processes: [], bfds: [] };

function tracked(name: string, weight: number, reverse = false): TrackedObject {
  return { name, weight, reverse };
}

function trackFile(name: string): TrackFile {
  return { name, file: `/run/t/${name}`, weight: 1, reverse: false, init: undefined };
}

describe("what a tracked file means: value times weight", () => {
  // Observed with keepalived 2.2.7: 100 is the base; "FAULT" below -253.
  const rows: { weight: number; reverse?: boolean; value: FileValue | undefined; want: number | "FAULT" | "INIT" }[] = [
    { weight: 2, value: 5, want: 110 },
    { weight: 2, value: -20, want: 60 },
    { weight: 1, value: -253, want: 1 },
    { weight: 1, value: -254, want: "FAULT" },
    { weight: 2, value: -200, want: "FAULT" },
    { weight: 1, value: 2147483647, want: 254 },
    { weight: 1, reverse: true, value: 5, want: 95 },
    { weight: 1, reverse: true, value: 254, want: "FAULT" },
    { weight: 1, reverse: true, value: -300, want: 254 },
    { weight: -3, value: 5, want: 85 },
    { weight: 0, value: 0, want: 100 },
    { weight: 0, value: 1, want: "FAULT" },
    { weight: 0, value: -1, want: "FAULT" },
    { weight: 0, reverse: true, value: 0, want: "FAULT" },
    { weight: 0, reverse: true, value: 3, want: 100 },
    { weight: 0, reverse: true, value: "absent", want: 100 },
    { weight: 2, value: "absent", want: 100 },
    { weight: 2, value: undefined, want: "INIT" },
    { weight: 0, value: undefined, want: "INIT" },
  ];
  for (const { weight, reverse = false, value, want } of rows) {
    test(`weight ${weight}${reverse ? " reverse" : ""}, ${String(value)}: ${want}`, () => {
      const sources = { interfaceUp: () => true, scriptUp: () => undefined, fileValue: () => value, processUp: () => undefined, bfdUp: () => false };
      const { contributions, faults, pending } = evaluate("VI_1", { ...NOTHING, files: [tracked("f", weight, reverse)] }, sources);
      const { priority } = effectivePriority(100, contributions);
      assert.equal(faults.length > 0 ? "FAULT" : pending.length > 0 ? "INIT" : priority, want);
      for (const { startLine } of faults) assert.equal(startLine, "(VI_1): entering FAULT state (tracked file f has status -254)");
    });
  }
});

test("what a tracked process means", () => {
  const of = (weight: number, reverse: boolean, up: boolean | undefined) => {
    const sources = { interfaceUp: () => true, scriptUp: () => undefined, fileValue: () => undefined, processUp: () => up, bfdUp: () => false };
    const { contributions, faults, pending } = evaluate("VI_1", { ...NOTHING, processes: [tracked("p", weight, reverse)] }, sources);
    return faults[0]?.startLine ?? pending[0] ?? effectivePriority(100, contributions).priority;
  };
  const line = "(VI_1) entering FAULT state (tracked process p quorum not achieved)";
  assert.deepEqual([of(10, false, true), of(10, false, false), of(-10, false, true), of(-10, false, false), of(10, true, false)], [110, 100, 100, 90, 110]);
  assert.deepEqual([of(0, false, true), of(0, false, false), of(0, true, true), of(0, false, undefined)], [100, line, line, "p"]);
});

describe("a running instance and its tracked files", () => {
  test("it starts when the value is known, follows it, and says when it enters and leaves FAULT", () => {
    const segment = new Segment();
    const a = segment.node().start(config([instance({ trackFiles: [tracked("load", 2)] })], { trackFiles: [trackFile("load")] }));
    const set = (value: number): string[] => {
      a.takeLines();
      a.engine.trackResult({ type: "file", name: "load", value });
      return a.takeLines();
    };
    segment.clock.advance(20 * SECOND);
    assert.deepEqual([a.state(), a.engine.status().instances[0]?.pending], ["INIT", ["load"]]);
    assert.deepEqual(set(5), ["(VI_1) Changing effective priority from 100 to 110", "(VI_1) Entering BACKUP STATE (init)", "BACKUP of VI_1: started with priority 110"]);
    segment.clock.advance(4 * SECOND);
    assert.equal(a.state(), "MASTER");
    assert.deepEqual(a.engine.status().instances[0]?.priorityWhy, ["base 100", "file load 5 +10"]);
    assert.deepEqual(set(-127), ["(VI_1): tracked file load now FAULT state", "(VI_1) Changing effective priority from 110 to 100", "(VI_1) Entering FAULT STATE", "FAULT of VI_1: file load -127"]);
    assert.deepEqual(a.details.filter((line) => /effective priority|in FAULT/.test(line)), [
      "(VI_1) effective priority 110: base 100, file load 5 +10",
      "(VI_1) effective priority 100: base 100",
      "(VI_1) in FAULT: file load -127",
    ]);
    assert.deepEqual(set(-128), [], "another value that is a FAULT as well");
    assert.deepEqual(a.engine.status().instances[0]?.faults, ["file load -128"]);
    assert.deepEqual(set(1), ["(VI_1): tracked file load leaving FAULT state", "(VI_1) Changing effective priority from 100 to 102", "(VI_1) Entering BACKUP STATE", "BACKUP of VI_1: fault cleared (was: file load -127)"]);
  });

  test("a group's file counts for every member; a result that nobody asked for for none", () => {
    const segment = new Segment();
    const two = [instance(), instance({ name: "VI_2", vrid: 52, virtualAddresses: [] })];
    const a = segment.node().start(config(two, { syncGroups: [group("G", ["VI_1", "VI_2"], { trackFiles: [tracked("f", 0)] })], trackFiles: [trackFile("f")] }));
    a.engine.trackResult({ type: "file", name: "unknown", value: 1 });
    a.engine.trackResult({ type: "file", name: "f", value: 0 });
    segment.clock.advance(5 * SECOND);
    assert.deepEqual(a.states(), ["MASTER", "MASTER"]);
    a.engine.trackResult({ type: "file", name: "f", value: 1 });
    assert.deepEqual(a.states(), ["FAULT", "FAULT"]);
  });

  test("reload: a file with the same path keeps its value, a new one counts nothing until it is read", () => {
    const segment = new Segment();
    const of = (name: string, path: string) => config([instance({ trackFiles: [tracked(name, 1)] })], { trackFiles: [{ ...trackFile(name), file: path }] });
    const a = segment.node().start(of("f", "/run/x"));
    a.engine.trackResult({ type: "file", name: "f", value: 7 });
    segment.clock.advance(5 * SECOND);
    a.engine.reload(of("g", "/run/x"));
    assert.deepEqual([a.state(), a.engine.status().instances[0]?.effectivePriority], ["MASTER", 107]);
    a.engine.reload(of("g", "/run/y"));
    assert.deepEqual([a.state(), a.engine.status().instances[0]?.effectivePriority], ["MASTER", 100]);
  });
});
