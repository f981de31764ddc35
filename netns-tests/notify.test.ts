import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { GLOBAL, instance } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { beside, KINDS, SUBJECTS } from "./lib/pairs.ts";

/** Writes one line with its own name and arguments, a bar after each, to calls.log beside it. */
const RECORDER = `#!/bin/sh
line=$(basename "$0")
for argument in "$@"; do line="$line|$argument"; done
echo "$line" >>"$(dirname "$0")/calls.log"
`;

/** Lists its own open descriptors and where they lead ("… 0 -> /dev/null"), one per line, in fds.log beside it. */
const DESCRIPTORS = `#!/bin/sh
ls -l "/proc/$$/fd" >"$(dirname "$0")/fds.tmp"
mv "$(dirname "$0")/fds.tmp" "$(dirname "$0")/fds.log"
`;

const WORDS = ["master", "backup", "fault", "stop"] as const;

async function recorded(node: Node, file = "calls.log"): Promise<string[]> {
  try {
    return (await readFile(join(node.dir, file), "utf8")).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Everything that a director calls from its start over MASTER, FAULT and back to its stop. */
async function calls(kind: DirectorKind): Promise<string[]> {
  let lines: string[] = [];
  await withLan(1, async ([node]) => {
    assert.ok(node);
    for (const name of ["generic", "group", ...WORDS.flatMap((word) => [`i-${word}`, `g-${word}`])]) await node.write(name, RECORDER, 0o755);
    const scripts = (prefix: string): string[] => WORDS.map((word) => `notify_${word} "${node.dir}/${prefix}-${word} 'a b' c"`);
    const config = `${GLOBAL}vrrp_sync_group G1 {
    group {
        VI_1
    }
    notify "${node.dir}/group for G1"
    ${scripts("g").join("\n    ")}
}
${instance({ priority: 150, more: [`notify ${node.dir}/generic`, ...scripts("i")] })}`;
    const director = await startDirector(node, kind, config);
    await director.waitFor("MASTER");
    await eventually(true, async () => (await recorded(node)).includes("generic|INSTANCE|VI_1|MASTER|150"), 5_000);
    await node.linkDown();
    await director.waitFor("FAULT");
    await eventually(true, async () => (await recorded(node)).includes("generic|INSTANCE|VI_1|FAULT|150"), 5_000);
    await node.linkUp();
    await director.waitFor("MASTER");
    await eventually(2, async () => (await recorded(node)).filter((line) => line === "generic|INSTANCE|VI_1|MASTER|150").length, 5_000);
    await director.stop();
    await eventually(true, async () => (await recorded(node)).some((line) => line.startsWith("i-stop")), 3_000);
    lines = await recorded(node);
  });
  return lines;
}

/** What is called when a reload removes a sync group with one of its members, which says DELETED, and another, which does not. */
async function callsOfRemoval(kind: DirectorKind): Promise<string[]> {
  let lines: string[] = [];
  await withLan(1, async ([node]) => {
    assert.ok(node);
    const scripts = (prefix: string, words: readonly string[]): string[] => words.map((word) => `notify_${word} ${node.dir}/${prefix}-${word}`);
    for (const name of ["generic", "group", "a-deleted", ...WORDS.flatMap((word) => [`a-${word}`, `b-${word}`, `g-${word}`])]) await node.write(name, RECORDER, 0o755);
    const group = `vrrp_sync_group G1 {
    group {
        VI_1
        VI_2
    }
    notify ${node.dir}/group
    ${scripts("g", WORDS).join("\n    ")}
}
`;
    const stays = instance({ name: "VI_3", vrid: 53, priority: 150, vips: ["192.0.2.103/24"] });
    const members = [
      instance({ priority: 150, more: [`notify ${node.dir}/generic`, ...scripts("a", [...WORDS, "deleted"])] }),
      instance({ name: "VI_2", vrid: 52, priority: 150, vips: ["192.0.2.102/24"], more: [`notify ${node.dir}/generic`, ...scripts("b", WORDS)] }),
    ];
    const director = await startDirector(node, kind, GLOBAL + group + members.join("") + stays);
    for (const name of ["VI_1", "VI_2", "VI_3"]) await director.waitFor("MASTER", undefined, name);
    await eventually(true, async () => (await recorded(node)).includes("group|GROUP|G1|MASTER|0"), 5_000);
    await director.reload(GLOBAL + stays);
    await eventually(true, async () => (await recorded(node)).some((line) => line.startsWith("generic|INSTANCE|VI_2|FAULT")), 15_000);
    await sleep(1_000);
    lines = await recorded(node);
    assert.equal(director.state("VI_3"), "MASTER");
  });
  return lines;
}

for (const subject of SUBJECTS) {
  test(`${subject}: a reload that removes a sync group and its members calls what keepalived calls`, async () => {
    const [theirs, ours] = await beside(subject, callsOfRemoval);
    assert.ok(theirs.includes("a-deleted") && theirs.includes("generic|INSTANCE|VI_1|DELETED|150"));
    assert.deepEqual(ours.toSorted(), theirs.toSorted());
  });

  test(`${subject}: scripts are called with keepalived's arguments, as often`, async () => {
    const [theirs, ours] = await beside(subject, calls);
    assert.ok(theirs.includes("generic|INSTANCE|VI_1|MASTER|150") && theirs.includes("i-master|a b|c"));
    // keepalived starts the scripts of one event without waiting for any: their order is chance.
    assert.deepEqual(ours.toSorted(), theirs.toSorted());
  });
}

// Not keepalived: Debian's 2.2.7 leaves some of its own open.
for (const kind of KINDS.filter((one) => one === "regentd")) {
  test(`${kind}: no descriptor of the daemon is open in a notify script`, () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      const script = await node.write("descriptors", DESCRIPTORS, 0o755);
      const director = await startDirector(node, kind, GLOBAL + instance({ priority: 150, more: [`notify_master ${script}`] }));
      await director.waitFor("MASTER");
      await eventually(true, async () => (await recorded(node, "fds.log")).length > 0, 5_000);
      const open = (await recorded(node, "fds.log")).flatMap((line) => / (\d+ -> .*)$/.exec(line)?.[1] ?? []);
      // The shell holds the script that it reads and what it redirects; what this process was itself born with is no
      // descriptor of the daemon's.
      const expected = [" -> /dev/null", ` -> ${script}`, ` -> ${join(node.dir, "fds.tmp")}`, ...inherited().map((link) => ` -> ${link}`)];
      assert.deepEqual(open.filter((line) => !expected.some((end) => line.endsWith(end))), []);
      assert.ok(open.includes("0 -> /dev/null") && open.includes("2 -> /dev/null"), open.join("\n"));
    }));
}

/** The pipes and files, /dev/null aside, that this process has open. */
function inherited(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const link = readlinkSync(`/proc/self/fd/${fd}`);
      return link === "/dev/null" ? [] : [link];
    } catch (error) {
      // The descriptor with which the folder itself was read is closed by now.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  });
}
