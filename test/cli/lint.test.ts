import { describe, expect, test } from "vitest";
import { regent } from "../../src/cli/regent.ts";
import type { LintDocument } from "../../src/conf/lint/report.ts";
import { environment } from "../conf/memory-environment.ts";
import type { MemoryFile } from "../conf/memory-environment.ts";

const director = (priority: number, lines = ""): string =>
  `vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority ${priority}\n${lines}    virtual_ipaddress {\n        192.0.2.1/24\n    }\n}\n`;

async function run(argv: readonly string[], texts: Readonly<Record<string, string>>): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const files = Object.fromEntries(Object.entries(texts).map(([path, text]): [string, MemoryFile] => [path, { text, mode: 0o600 }]));
  const host = { out: (text: string) => void (out += text), error: (text: string) => void (error += text), environment: () => environment(files), version: () => "9.9.9" };
  return { status: await regent(argv, host), out, error };
}

const SOUND = { "/a.conf": director(150) };
const INFO = { "/a.conf": director(150, "    state MASTER\n") };
const WARNING = { "/a.conf": director(150, "    state MASTER\n    nopreempt\n") };
const ERROR = { "/a.conf": director(150, "    advert_int 0.5\n") };

describe("the exit status", () => {
  test.each([
    ["nothing found", SOUND, [], 0],
    ["a remark passes", INFO, [], 0],
    ["a remark does not pass --fail-on=info", INFO, ["--fail-on=info"], 1],
    ["a warning does not pass", WARNING, [], 1],
    ["a warning passes --fail-on=error", WARNING, ["--fail-on=error"], 0],
    ["an error never passes", ERROR, ["--fail-on=error"], 1],
  ] as const)("%s", async (_, files, options, status) => {
    const { status: got, error } = await run(["lint", ...options, "/a.conf"], files);
    expect([got, error]).toEqual([status, ""]);
  });

  test("2 when a file is not there, whatever the others say", async () => {
    const { status, out, error } = await run(["lint", "/a.conf", "/none.conf"], SOUND);
    expect([status, out]).toEqual([2, ""]);
    expect(error).toContain("/none.conf cannot be loaded");
  });

  test("2 for a command line that is not understood", async () => {
    for (const argv of [[], ["--fail-on=never", "/a.conf"], ["--format=xml", "/a.conf"], ["--wrong"]]) {
      expect(await run(["lint", ...argv], SOUND)).toMatchObject({ status: 2, out: "" });
    }
    expect((await run(["lint", "--explain", "none-such"], SOUND)).status).toBe(2);
  });
});

test("the whole text of one file", async () => {
  const { out } = await run(["lint", "/a.conf"], WARNING);
  expect(out).toBe(`/a.conf:5:5: info: VI_1 starts as BACKUP all the same and waits 3 s and its skew, since its priority is 150 [state-master-without-effect]
        state MASTER
        ^~~~~
    to do: write 'state BACKUP'; the higher priority decides

/a.conf:6:5: warning: VI_1 has 'state MASTER', so nopreempt is dropped: it takes the addresses back when it returns [nopreempt-with-master]
        nopreempt
        ^~~~~~~~~
    to do: write 'state BACKUP' in both directors
  /a.conf:5:11: the state is written here
        state MASTER
              ^~~~~~

timing:
  vrrp_instance VI_1: takes over 3.42 s after the last advert, 0.42 s after an orderly stop, with priority 150

0 errors, 1 warning, 1 remark; 'regent lint --explain CODE' says more about one
`);
});

describe("two files", () => {
  const PAIR = { "/a.conf": director(150), "/b.conf": director(150) };

  test("are the pair", async () => {
    const { status, out } = await run(["lint", "/a.conf", "/b.conf"], PAIR);
    expect(status).toBe(1);
    expect(out).toContain("[pair-priority-equal]");
    expect(out).toContain("timing of /b.conf:");
  });

  test("are not with --alone, nor are three", async () => {
    expect((await run(["lint", "--alone", "/a.conf", "/b.conf"], PAIR)).status).toBe(0);
    expect((await run(["lint", "/a.conf", "/b.conf", "/a.conf"], PAIR)).status).toBe(0);
  });

  test("may be one file for two directors, told apart by their ids", async () => {
    const both = { "/a.conf": director(150).replace("    priority 150\n", "    @lb1 priority 150\n    @lb2 priority 100\n") };
    expect((await run(["lint", "-i", "lb1", "-i", "lb2", "/a.conf", "/a.conf"], both)).status).toBe(0);
    expect((await run(["lint", "-i", "lb1", "/a.conf", "/a.conf"], both)).status).toBe(1);
  });

  test("name interfaces of other machines", async () => {
    const other = { "/a.conf": director(150).replace("eth0", "bond0"), "/b.conf": director(100).replace("eth0", "bond0") };
    expect((await run(["lint", "/a.conf", "/b.conf"], other)).status).toBe(0);
    expect((await run(["lint", "/a.conf"], other)).status).toBe(1);
    expect((await run(["lint", "--elsewhere", "/a.conf"], other)).status).toBe(0);
  });
});

test("JSON has everything but the lines themselves", async () => {
  const secret = director(150, "    authentication {\n        auth_type PASS\n        auth_pass correcthorse\n    }\n");
  const { out } = await run(["lint", "--format=json", "/a.conf", "/b.conf"], { "/a.conf": secret, "/b.conf": secret });
  const document = JSON.parse(out) as LintDocument;
  expect([document.format, document.version, document.results.map(({ path, files }) => [path, files])]).toEqual(["regent-lint", 1, [["/a.conf", ["/a.conf"]], ["/b.conf", ["/b.conf"]]]]);
  const finding = document.results[0]?.findings.find(({ code }) => code === "auth-pass-too-long");
  expect(finding).toEqual({
    file: "/a.conf",
    line: 7,
    column: 19,
    endColumn: 31,
    code: "auth-pass-too-long",
    severity: "warning",
    reason: "VI_1: the password has 12 octets, of which the first 8 count",
    remedy: "write at most eight octets, the same on both directors",
    related: [],
  });
  expect(document.pair?.map(({ code }) => code)).toEqual(["pair-priority-equal"]);
  expect(document.results[0]?.timing.instances[0]).toMatchObject({ name: "VI_1", downUs: 3_414_063 });
  expect(out).not.toContain("correcthorse");
});

test("the text shows where a password stands, and not the password", async () => {
  const secret = director(150, "    authentication {\n        auth_type PASS\n        auth_pass correcthorse\n    }\n");
  const { out } = await run(["lint", "/a.conf"], { "/a.conf": secret });
  expect(out).toContain("            auth_pass ************\n                      ^~~~~~~~~~~~\n");
  expect(out).not.toContain("correcthorse");
});

test("--explain says more about a code", async () => {
  const { status, out } = await run(["lint", "--explain", "nopreempt-with-master"], {});
  expect(status).toBe(0);
  expect(out).toMatch(/^nopreempt-with-master \(warning\): nopreempt together with state MASTER\n\nkeepalived drops nopreempt/);
});
