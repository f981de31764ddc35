import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { GLOBAL, instance, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import type { DirectorKind } from "./lib/director.ts";
import { monotonicUs, sleep } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import type { Node } from "./lib/lan.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

// The same files, changed in the same ways at the same times, under keepalived and under Regent.

type Write = (name: string, text: string | undefined) => Promise<void>;

function writers(node: Node): Readonly<Record<"inPlace" | "byRename", Write>> {
  return {
    inPlace: (name, text) => (text === undefined ? rm(join(node.dir, name)) : writeFile(join(node.dir, name), text)),
    byRename: async (name, text) => {
      if (text === undefined) return rm(join(node.dir, name));
      await writeFile(join(node.dir, `.${name}.new`), text);
      await rename(join(node.dir, `.${name}.new`), join(node.dir, name));
    },
  };
}

/** A file, its new text, and what that leads to: a MASTER with this priority, or FAULT. */
const CHANGES: readonly (readonly [file: string, text: string | undefined, leadsTo: number | "FAULT" | "nothing"])[] = [
  ["load", "020 rest", 116], // octal
  ["load", "0x20", 132],
  ["load", "nonsense", 100],
  ["load", "-7", 93],
  ["load", "99999999999", "nothing"],
  ["stop", "1", "FAULT"],
  ["stop", "0", 93],
  ["load", "-254", "FAULT"],
  ["load", undefined, 100],
  ["wrong", "5", 95], // reversed
  ["wrong", "", 100],
];
/** An election, or two intervals, on a busy machine. */
const SEEN_MS = 15_000;
const IGNORED_MS = 1_600;

/** What a third host and the log show. */
function observed(kind: DirectorKind, how: "inPlace" | "byRename"): Promise<{ readonly states: string[]; readonly priorities: number[]; readonly initialised: string; readonly lines: string[] }> {
  return withLan(1, async ([node], observer) => {
    assert.ok(node);
    const write = writers(node)[how];
    const capture = await Capture.start(observer);
    await write("stop", "0");
    const path = (name: string) => join(node.dir, name);
    const files = `track_file load {
    file ${path("load")}
    init_file 3
}
track_file stop {
    file ${path("stop")}
    weight 0
}
vrrp_track_file wrong {
    file ${path("wrong")}
    weight 1 reverse
}
`;
    const one = await startDirector(node, kind, GLOBAL + files + instance({ priority: 100, more: ["track_file {", "    load", "    stop", "    wrong", "}"] }));
    const masterWith = async (priority: number, sinceUs: number): Promise<void> => {
      await capture.waitFor((frame) => (advertBy(VRID, node.address)(frame)?.priority === priority ? true : undefined), SEEN_MS, sinceUs);
      await one.waitFor("MASTER");
    };
    await one.waitFor("MASTER");
    await masterWith(103, 0);
    const initialised = await node.exec("cat", path("load"));
    for (const [name, text, leadsTo] of CHANGES) {
      const since = monotonicUs();
      await write(name, text);
      if (leadsTo === "nothing") await sleep(IGNORED_MS);
      else if (leadsTo === "FAULT") await one.waitFor("FAULT", SEEN_MS);
      else await masterWith(leadsTo, since);
    }
    const priorities = capture.all(advertBy(VRID, node.address)).map(({ priority }) => priority);
    const lines = one.logs().flatMap((line) => /tracked file.*FAULT state|Invalid number \S+/.exec(line)?.[0] ?? []);
    return { states: one.states(), priorities: priorities.filter((priority, i) => priority !== priorities[i - 1]), initialised, lines };
  });
}

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const how of ["inPlace", "byRename"] as const) {
      test(`tracked files changed ${how}: the same states, priorities and lines`, async () => {
        const [theirs, ours] = await beside(subject, (kind) => observed(kind, how));
        assert.deepEqual(ours, theirs);
        // The story told something.
        assert.deepEqual(theirs.priorities, [103, 116, 132, 100, 93, 0, 93, 0, 100, 95, 100]);
        assert.equal(theirs.states.filter((state) => state === "FAULT").length, 2);
      });
    }
  });
}
