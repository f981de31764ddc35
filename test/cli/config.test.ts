import { describe, expect, test } from "vitest";
import { regent } from "../../src/cli/regent.ts";
import { environment, load } from "../conf/memory-environment.ts";

const OLD = "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 150\n    authentication {\n        auth_type PASS\n        auth_pass hidden\n    }\n    virtual_ipaddress {\n        192.0.2.1/24\n    }\n}\n";
const FILES = { "/old.conf": OLD, "/same.conf": `# a remark\n${OLD}`, "/new.conf": OLD.replace("150", "140"), "/faulty.conf": OLD.replace("150", "1500"), "/refused.conf": `global_defs {\n    nftables_ipvs\n}\n${OLD}`, "/far.conf": OLD.replace("eth0", "bond0"), "/named.conf": `instance two\n${OLD}` };

async function run(...argv: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const host = { out: (text: string) => void (out += text), error: (text: string) => void (error += text), environment: () => environment(FILES), version: () => "9.9.9" };
  return { status: await regent(["config", ...argv], host), out, error };
}

describe("regent config", () => {
  test("prints what loads again to the same", async () => {
    const { status, out, error } = await run("/old.conf");
    expect([status, error]).toEqual([0, ""]);
    expect(load(out).config).toEqual(load(OLD).config);
  });

  test("as JSON, secrets only when asked", async () => {
    expect((await run("--format=json", "/old.conf")).out).toContain('"password": "********"');
    expect((await run("--format=json", "--secrets", "/old.conf")).out).toContain('"password": "68696464656e0000"');
  });

  test("of a faulty file what remains, and what is wrong on standard error", async () => {
    const { status, out, error } = await run("/faulty.conf");
    expect(status).toBe(1);
    expect(out).toContain("priority 100\n");
    expect(error).toContain("/faulty.conf:4");
  });

  test("of a file for another machine", async () => {
    expect((await run("/far.conf")).status).toBe(1);
    expect(await run("--elsewhere", "/far.conf")).toMatchObject({ status: 0, error: "" });
  });

  test("2 without a file, or for a command line that is not understood", async () => {
    for (const argv of [["/none.conf"], [], ["/old.conf", "/new.conf"], ["diff", "/old.conf"], ["diff", "/old.conf", "/none.conf"], ["--format=xml", "/old.conf"]]) {
      const { status, out, error } = await run(...argv);
      expect([argv, status, out, error === ""]).toEqual([argv, 2, "", false]);
    }
  });
});

describe("regent config diff", () => {
  test("0 and untouched when nothing would change", async () => {
    expect(await run("diff", "/old.conf", "/same.conf")).toEqual({ status: 0, out: "vrrp_instance VI_1: untouched\nglobal_defs: untouched\n", error: "" });
  });

  test("1 and what would change", async () => {
    expect(await run("diff", "/old.conf", "/new.conf")).toEqual({ status: 1, out: "vrrp_instance VI_1: changed\n    priority: 150 -> 140\nglobal_defs: untouched\n", error: "" });
  });

  test("as JSON", async () => {
    const { out } = await run("diff", "--format=json", "/old.conf", "/new.conf");
    expect(JSON.parse(out)).toMatchObject({ format: "regent-config-diff", version: 1, same: false });
  });

  test("2 when the new file would not be taken, and what it would have changed", async () => {
    const { status, out, error } = await run("diff", "/old.conf", "/faulty.conf");
    expect([status, out]).toEqual([2, "vrrp_instance VI_1: changed\n    priority: 150 -> 100\nglobal_defs: untouched\n"]);
    expect(error).toContain("a reload with /faulty.conf as it is would change nothing");
    expect((await run("diff", "/old.conf", "/refused.conf")).status).toBe(2);
  });

  test("2 when a running daemon cannot become it, and why", async () => {
    const { status, out, error } = await run("diff", "/old.conf", "/named.conf");
    expect([status, error]).toEqual([2, "regent config: Cannot change instance name at a reload - please restart keepalived\nregent config: a reload with /named.conf as it is would change nothing\n"]);
    expect(out).toContain("global.instance: none -> two");
  });

  test("an old file with faults is what the daemon runs without them", async () => {
    expect((await run("diff", "/faulty.conf", "/old.conf")).status).toBe(1);
  });
});
