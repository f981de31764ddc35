import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { largeConfig } from "../test/conf/large-config.ts";
import { sleep } from "./lib/eventually.ts";
import { processTree } from "./lib/run.ts";

// `regentd -t` itself, as tools call it: exit status, streams, files, and what it costs.

const REGENTD = fileURLToPath(new URL("../bin/regentd", import.meta.url));
let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "regent-t-"))));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** The largest resident set of its processes, as often as one can look. */
  readonly megabytes: number;
}

async function end(...args: readonly string[]): Promise<Ended> {
  const started = performance.now();
  const child = spawn(REGENTD, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr, largestKb] = ["", "", 0];
  child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
  let closed = false;
  const status = new Promise<number | null>((resolve) => child.once("close", (code) => {
    closed = true;
    resolve(code);
  }));
  for (; !closed; await sleep(5)) largestKb = Math.max(largestKb, ...processTree(child.pid ?? 0).map(highWaterKb));
  return { status: await status, stdout, stderr, ms: performance.now() - started, megabytes: (largestKb * 1_024) / 1e6 };
}

function highWaterKb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended since it was listed
  }
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const GROUP = "vrrp_instance A {\n  interface lo\n  virtual_router_id 5\n  virtual_ipaddress {\n    192.0.2.1\n  }\n}\n";

describe.concurrent("exit status", () => {
  const cases: readonly { name: string; text: string; status: number; says: RegExp }[] = [
    { name: "0 and not a word when all is well", text: "global_defs {\n router_id X\n}\n", status: 0, says: /^$/ },
    { name: "2 for a word that is missing", text: GROUP.replace(" 5", ""), status: 2, says: /Line 3\) .*missing a parameter after keyword `virtual_router_id`/ },
    { name: "4 for what is fatal", text: "~SEQ(A,1,90000) x\n".repeat(3), status: 4, says: /sequences repeat more than 200000 lines/ },
    { name: "5 for any other fault", text: "foo\n", status: 5, says: /^\(.*: Line 1\) Unknown keyword 'foo'\n$/ },
    { name: "6 for a failed include", text: "includem none.conf\nfoo\n", status: 6, says: /Config files missing 'none.conf'\.\n.*Unknown keyword 'foo'/ },
    { name: "6 for scripts without script security, whatever else", text: `foo\n${GROUP.replace("interface", "notify /bin/true\n  interface")}`, status: 6, says: /SECURITY VIOLATION/ },
  ];
  for (const [i, { name, text, status, says }] of cases.entries()) {
    test(name, async () => {
      const ended = await end("-t", "-f", file(`status${i}.conf`, text));
      expect([ended.status, ended.stdout]).toEqual([status, ""]);
      expect(ended.stderr).toMatch(says);
    });
  }

  test("0 and a message for a missing file", async () => {
    const ended = await end("-t", "-f", join(folder, "none.conf"));
    expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, "", `Config files missing '${join(folder, "none.conf")}'.\n`]);
  });
});

test("--config-test=FILE appends, is made for its owner, and nothing goes to the streams", async () => {
  const said = join(folder, "said");
  const bad = file("bad.conf", "foo\n");
  const line = `(${bad}: Line 1) Unknown keyword 'foo'\n`;
  expect(await end(`--config-test=${said}`, "-f", bad)).toMatchObject({ status: 5, stdout: "", stderr: "" });
  expect(await end(`-t${said}`, "-f", bad)).toMatchObject({ status: 5, stdout: "", stderr: "" });
  expect(readFileSync(said, "utf8")).toBe(line + line);
  expect(statSync(said).mode & 0o777).toBe(0o600);
  const empty = join(folder, "empty");
  expect(await end(`--config-test=${empty}`, "-f", file("good.conf", ""))).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(readFileSync(empty, "utf8")).toBe("");
  const nowhere = await end("--config-test=/nonexistent/said", "-f", bad);
  expect([nowhere.status, nowhere.stdout]).toEqual([1, ""]);
  expect(nowhere.stderr).toMatch(/^Unable to open config-test log file \/nonexistent\/said - .*ENOENT/);
});

test("92,000 lines: 250 MB at most, and no second more than a busy machine takes", async () => {
  const ended = await end("-t", "-f", file("large.conf", largeConfig(2_000)));
  expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, "", ""]);
  assert.ok(ended.megabytes > 60 && ended.megabytes < 250, `${ended.megabytes.toFixed(0)} MB`);
  // Under 1.0 s on an idle machine: bench/run.sh load.
  assert.ok(ended.ms < 6_000, `${ended.ms.toFixed(0)} ms`);
});
