import { chmodSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptAccount, ScriptExit } from "../../src/base/ports.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import { setCloseOnExec } from "../../src/sys/libc.ts";
import { NodeProcessRunner } from "../../src/sys/process-runner.ts";

const isRoot = process.getuid?.() === 0;
const runner = new NodeProcessRunner();
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "regent-runner-"));
  chmodSync(directory, 0o755);
});

afterAll(() => rmSync(directory, { recursive: true }));

const sh = (text: string) => ({ argv: ["/bin/sh", "-c", text] });
const limits = { killAfterUs: 300 * MILLISECOND };

/** The processes of a group, from /proc. */
function membersOf(group: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
        return Number(fields[2]) === group && fields[0] !== "Z";
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}

/** Runs `text` with its output in a file; returns the lines. */
async function output(text: string, account?: ScriptAccount): Promise<string[]> {
  const file = join(directory, `out-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, "");
  chmodSync(file, 0o666);
  const { exit } = runner.run({ ...sh(`(${text}) >>${file} 2>&1`), ...(account && { account }) }, limits);
  expect(await exit).toEqual({ type: "exited", code: 0 });
  return readFileSync(file, "utf8").trimEnd().split("\n");
}

describe("how it ended", () => {
  const cases: { name: string; argv: string[]; want: ScriptExit }[] = [
    { name: "success", argv: ["/bin/true"], want: { type: "exited", code: 0 } },
    { name: "a code", argv: ["/bin/sh", "-c", "exit 42"], want: { type: "exited", code: 42 } },
    { name: "a signal", argv: ["/bin/sh", "-c", "kill -USR1 $$"], want: { type: "signalled", signal: 10 } },
    { name: "arguments arrive as they are", argv: ["/bin/sh", "-c", '[ "$1" = "a b" ] && [ "$2" = "*" ] && [ -z "$3" ]', "sh", "a b", "*", ""], want: { type: "exited", code: 0 } },
    { name: "a program that is not there", argv: ["/nonexistent/program"], want: { type: "exited", code: 127 } },
    { name: "arguments that look like setpriv's", argv: ["/bin/echo", "--reuid", "1"], want: { type: "exited", code: 0 } },
  ];
  for (const { name, argv, want } of cases) {
    test(name, async () => expect(await runner.run({ argv }, limits).exit).toEqual(want));
  }

  test("a text file without an interpreter line goes through sh", async () => {
    const script = join(directory, "bare");
    writeFileSync(script, "exit 7\n", { mode: 0o755 });
    expect(await runner.run({ argv: [script] }, limits).exit).toEqual({ type: "exited", code: 7 });
  });

  test("what cannot be started at all has pid 0 and a reason", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = directory;
    try {
      const script = runner.run({ argv: ["/bin/true"] }, limits);
      expect(script.pid).toBe(0);
      script.stop();
      expect(await script.exit).toEqual({ type: "failed", reason: expect.stringContaining("ENOENT") as string });
    } finally {
      process.env["PATH"] = path;
    }
  });
});

describe("what it inherits", () => {
  test("no descriptor but 0, 1 and 2, all on /dev/null", async () => {
    const ours = openSync("/dev/zero", "r"); // close-on-exec, as everything of Node's is
    const lines = await output("ls -l /proc/$$/fd");
    const targets = lines.filter((line) => line.includes("->")).map((line) => line.replace(/^.* (\d+) -> /, "$1 "));
    expect(targets.filter((line) => line.startsWith("0 "))).toEqual(["0 /dev/null"]);
    expect(targets.map((line) => line.split(" ")[0])).toEqual(["0", "1", "2"]);
    // The proof that this test can fail: a descriptor that is not close-on-exec is seen.
    setCloseOnExec(ours, false);
    expect((await output("ls -l /proc/$$/fd")).join("\n")).toContain("/dev/zero");
    setCloseOnExec(ours, true);
  });

  test("a process group and session of its own, default signals", async () => {
    const file = join(directory, "stat");
    const script = runner.run(sh(`cat /proc/$$/stat /proc/self/status > ${file}`), limits);
    await script.exit;
    const text = readFileSync(file, "utf8");
    const [, , group, session] = text.split("\n")[0]?.replace(/^.*\) /, "").split(" ") ?? [];
    expect([Number(group), Number(session)]).toEqual([script.pid, script.pid]);
    expect(text).toMatch(/SigBlk:\s0+\n/);
    // Node ignores SIGPIPE for itself; the script does not.
    expect(parseInt(/SigIgn:\s([0-9a-f]+)/.exec(text)?.[1] ?? "1", 16) & (1 << 12)).toBe(0);
  });

  test("the environment without IFS, LD_PRELOAD and LD_LIBRARY_PATH", async () => {
    const before = { ...process.env };
    Object.assign(process.env, { IFS: "x", LD_PRELOAD: "", LD_LIBRARY_PATH: "/nonexistent", REGENT_TEST: "yes" });
    try {
      const lines = await output("tr '\\0' '\\n' < /proc/$$/environ");
      expect(lines).toContain("REGENT_TEST=yes");
      expect(lines.filter((line) => /^(IFS|LD_)/.test(line))).toEqual([]);
    } finally {
      for (const name of ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "REGENT_TEST"]) delete process.env[name];
      Object.assign(process.env, before);
    }
  });
});

describe("credentials", () => {
  test.runIf(isRoot)("an account without supplementary groups", async () => {
    const account = { uid: 65534, gid: 4, supplementaryGroups: false };
    expect(await output("id -u; id -g; id -G", account)).toEqual(["65534", "4", "4"]);
  });

  test.runIf(isRoot)("an account with the groups that it has in the system", async () => {
    const account = { uid: 65534, gid: 65534, user: "nobody", supplementaryGroups: true };
    const [groups] = await output("id -G", account);
    expect(groups).toBe((await output("id -G nobody"))[0]);
  });

  test("the daemon's own account needs no privilege", async () => {
    const account = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, supplementaryGroups: false };
    expect(await output("id -u", account)).toEqual([String(account.uid)]);
  });
});

describe("ending it", () => {
  test("a timeout is TERM to the whole group, KILL later, and timedOut", async () => {
    const marker = join(directory, "termed");
    const script = runner.run(sh(`trap '' TERM; (trap 'echo > ${marker}; exit 0' TERM; while :; do sleep 0.05; done) & while :; do sleep 0.05; done`), {
      timeoutUs: 300 * MILLISECOND,
      killAfterUs: 300 * MILLISECOND,
    });
    const started = performance.now();
    expect(await script.exit).toEqual({ type: "timedOut" });
    const took = performance.now() - started;
    expect(took, "TERM was ignored, so KILL ended it").toBeGreaterThanOrEqual(590);
    expect(took).toBeLessThan(3_000);
    expect(existsSync(marker), "the background process was asked first").toBe(true);
    await expect.poll(() => membersOf(script.pid), { timeout: 2_000 }).toEqual([]);
  });

  test("one that obeys TERM ends at once; stop is idempotent", async () => {
    const script = runner.run({ argv: ["/bin/sleep", "60"] }, { killAfterUs: 10 * SECOND });
    const started = performance.now();
    script.stop();
    script.stop();
    expect(await script.exit).toEqual({ type: "signalled", signal: 15 });
    expect(performance.now() - started).toBeLessThan(2_000);
    script.stop();
  });

  test("what the leader leaves behind is killed too", async () => {
    const script = runner.run(sh("(trap '' TERM; while :; do sleep 0.05; done) & wait"), limits);
    await expect.poll(() => membersOf(script.pid).length, { timeout: 2_000 }).toBeGreaterThan(1);
    script.stop();
    expect(await script.exit).toEqual({ type: "signalled", signal: 15 });
    await expect.poll(() => membersOf(script.pid), { timeout: 2_000 }).toEqual([]);
  });

  test("the registry hears of every group once, also when it was stopped", async () => {
    const heard: string[] = [];
    const registered = new NodeProcessRunner({ onStart: (group) => heard.push(`start ${group}`), onEnd: (group) => heard.push(`end ${group}`) });
    const quick = registered.run({ argv: ["/bin/true"] }, limits);
    await quick.exit;
    const stopped = registered.run({ argv: ["/bin/sleep", "60"] }, limits);
    stopped.stop();
    await stopped.exit;
    await expect.poll(() => heard, { timeout: 2_000 }).toEqual([`start ${quick.pid}`, `end ${quick.pid}`, `start ${stopped.pid}`, `end ${stopped.pid}`]);
  });

  test("it is ended with the thread that started it", async () => {
    const code = `
      const { spawn } = require("node:child_process");
      const { parentPort } = require("node:worker_threads");
      const child = spawn("setpriv", ["--pdeathsig", "TERM", "--reuid", "65534", "--clear-groups", "--", "/bin/sleep", "60"], { stdio: "ignore", detached: true });
      parentPort.postMessage(child.pid);`;
    const worker = new Worker(isRoot ? code : code.replace(`"--reuid", "65534", "--clear-groups", `, ""), { eval: true });
    const pid = await new Promise<number>((resolve) => worker.once("message", resolve));
    await expect.poll(() => readFileSync(`/proc/${pid}/comm`, "utf8"), { timeout: 2_000 }).toBe("sleep\n");
    await worker.terminate();
    await expect.poll(() => membersOf(pid), { timeout: 2_000 }).toEqual([]);
  });
});
