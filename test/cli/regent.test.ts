import { describe, expect, test } from "vitest";
import { regent } from "../../src/cli/regent.ts";
import { environment, MAIN } from "../conf/memory-environment.ts";

const GOOD = "vrrp_instance A {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n  192.0.2.1\n }\n}\n";

async function run(argv: readonly string[], files: Readonly<Record<string, string>> = { [MAIN]: GOOD }): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const host = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (error += text),
    environment: () => environment(files),
    version: () => "9.9.9",
  };
  const status = await regent(argv, host);
  return { status, out, error };
}

describe("the dispatcher", () => {
  test("help names every command, help COMMAND and COMMAND --help its usage", async () => {
    const { status, out } = await run([]);
    expect([status, out]).toEqual([0, (await run(["--help"])).out]);
    const names = [...out.matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name]) => (name === undefined || name === "version" || name === "help" ? [] : [name]));
    expect(names).toContain("check");
    for (const name of names) {
      const { out: usage, status: ok } = await run(["help", name]);
      expect([ok, usage.startsWith(`Usage: regent ${name}`)]).toEqual([0, true]);
      expect((await run([name, "--help"])).out).toBe(usage);
    }
  });

  test("what is not understood is said on standard error, with status 1", async () => {
    expect(await run(["nonsense"])).toMatchObject({ status: 1, out: "", error: expect.stringContaining("no such command 'nonsense'") as string });
    expect(await run(["failover"])).toMatchObject({ status: 1, out: "", error: expect.stringContaining("not in this version") as string });
    expect(await run(["help", "nonsense"])).toMatchObject({ status: 1 });
    expect(await run(["check"])).toMatchObject({ status: 1, error: expect.stringContaining("Usage: regent check") as string });
    expect(await run(["check", "--wrong", MAIN])).toMatchObject({ status: 1, error: expect.stringContaining("--wrong") as string });
    expect(await run(["check", "--format=xml", MAIN])).toMatchObject({ status: 1, error: expect.stringContaining("'xml'") as string });
  });

  test("version", async () => expect(await run(["version"])).toEqual({ status: 0, out: "Regent 9.9.9\n", error: "" }));
});

describe("regent check", () => {
  test("says nothing when all is well", async () => expect(await run(["check", MAIN])).toEqual({ status: 0, out: "", error: "" }));

  test("explains every fault, and what regentd refuses, ordered by place", async () => {
    const bad = GOOD.replace(" virtual_ipaddress", " use_nothing\n priority 300\n virtual_ipaddress").replace("51", "51\n\n use_vmac");
    const { status, out, error } = await run(["check", MAIN], { [MAIN]: bad });
    expect([status, out]).toEqual([5, ""]);
    const heads = error.split("\n").filter((line) => line.startsWith(MAIN));
    expect(heads.map((line) => line.slice(MAIN.length + 1, MAIN.length + 4))).toEqual(heads.map((line) => line.slice(MAIN.length + 1, MAIN.length + 4)).toSorted());
    expect(error).toContain("Unknown keyword 'use_nothing'");
  });

  test("of several files the highest status counts", async () => {
    const files = { "/a.conf": GOOD, "/b.conf": GOOD.replace("51", "512"), "/c.conf": GOOD.replace("virtual_router_id 51", "virtual_router_id") };
    expect((await run(["check", "/a.conf", "/c.conf"], files)).status).toBe(2);
    expect((await run(["check", "/c.conf", "/b.conf", "/a.conf"], files)).status).toBe(5);
  });

  test("a file that is not there is an error", async () => {
    const { status, error } = await run(["check", "/no.conf"]);
    expect([status, error]).toEqual([6, expect.stringMatching(/^\/no\.conf: error: /)]);
  });

  test("-i chooses the lines of an id", async () => {
    const files = { [MAIN]: `${GOOD}@other nonsense\n` };
    expect((await run(["check", MAIN], files)).status).toBe(0);
    expect((await run(["check", "-i", "other", MAIN], files)).status).toBe(5);
  });

  test("--format=json is one document, the other half of a conflict in it", async () => {
    const twice = GOOD + GOOD.replace("A {", "B {").replace("192.0.2.1", "192.0.2.2");
    const { status, out, error } = await run(["check", "--format=json", MAIN, "/fine.conf"], { [MAIN]: twice, "/fine.conf": GOOD });
    expect([status, error]).toEqual([5, ""]);
    expect(JSON.parse(out)).toEqual({
      format: "regent-diagnostics",
      version: 1,
      results: [
        {
          path: MAIN,
          files: [MAIN],
          exitStatus: 5,
          runs: false,
          diagnostics: [
            {
              file: MAIN,
              line: 10,
              column: 2,
              endColumn: 19,
              severity: "error",
              code: "duplicate-vrid",
              message: "A and B both use VRID 51 with IPv4 on interface eth0",
              counts: true,
              remedy: "give one of the two another virtual_router_id, on both directors",
              related: [{ file: MAIN, line: 3, column: 2, endColumn: 19, note: "in vrrp_instance A it is here" }],
            },
          ],
        },
        { path: "/fine.conf", files: ["/fine.conf"], exitStatus: 0, runs: true, diagnostics: [] },
      ],
    });
  });

  test("--format=json says of a fault what keyword it is about and what was expected; what regentd refuses does not count", async () => {
    const { out } = await run(["check", "--format=json", MAIN], { [MAIN]: `${GOOD}global_defs {\n nftables_ipvs\n}\nvrrp_instance B {\n priority 300\n}\n` });
    const { results } = JSON.parse(out) as { results: { runs: boolean; diagnostics: Record<string, unknown>[] }[] };
    const diagnostics = results[0]?.diagnostics ?? [];
    expect(diagnostics.find(({ code }) => code === "invalid-number")).toMatchObject({ line: 12, column: 11, endColumn: 14, keyword: "vrrp_instance.priority", expected: "a whole number from 1 to 255", counts: true });
    expect(diagnostics.find(({ code }) => code === "not-supported")).toMatchObject({ line: 9, counts: false });
    expect(results[0]?.runs).toBe(false);
  });
});

describe("regent explain", () => {
  test("one keyword, by its path or alone", async () => {
    const { status, out } = await run(["explain", "vrrp_instance.preempt_delay"]);
    expect([status, out.split("\n")[0]]).toEqual([0, "vrrp_instance.preempt_delay SECONDS(decimal)"]);
    expect((await run(["explain", "preempt_delay"])).out).toBe(out);
  });

  test("a block with what may stand in it, the lines of a list, a retired name", async () => {
    expect((await run(["explain", "vrrp_script"])).out).toContain("    rise INTEGER");
    expect((await run(["explain", "rule"])).out).toContain("Lines of virtual_rules and static_rules");
    expect((await run(["explain", "lvs_id"])).out).toBe("'lvs_id' was renamed in keepalived 1.1.8: write 'router_id' (global_defs.router_id)\n");
    expect((await run(["explain"])).out).toContain("vrrp_instance NAME { ... }");
  });

  test("an unknown one gets the nearest, and status 1", async () => {
    expect(await run(["explain", "vrrp_instance.preempt_dela", "interval"])).toMatchObject({ status: 1, error: "regent explain: no keyword 'vrrp_instance.preempt_dela'; did you mean vrrp_instance.preempt_delay?\n" });
  });
});
