import { existsSync, lstatSync } from "node:fs";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { director, GLOBAL, instance, VIP } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { heldStart } from "./lib/held-start.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";

// What an operator meets around the elections: options, exit codes, streams, signals, and what is said when something is missing.

const REGENTD = join(import.meta.dirname, "../bin/regentd");

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the node's namespace to its end. */
function end(node: Node, argv: readonly string[]): Promise<Ended> {
  const child = node.spawn(argv, "pipe");
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, stdout, stderr })));
}

/** Arguments that keep a daemon's files in the node's scratch folder. */
function own(node: Node): string[] {
  return ["-p", join(node.dir, "parent.pid"), "-r", join(node.dir, "vrrp.pid"), "-c", join(node.dir, "checkers.pid"), `--runtime-dir=${join(node.dir, "run")}`];
}

async function alone(story: (node: Node) => Promise<void>): Promise<void> {
  await withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    await story(node);
  });
}

async function pidIn(node: Node, file: string): Promise<number> {
  return Number(await readFile(join(node.dir, file), "utf8"));
}

describe("what ends by itself", () => {
  test("through a link named keepalived the version has keepalived's form, on standard error", () =>
    alone(async (node) => {
      const link = join(node.dir, "keepalived");
      await symlink(REGENTD, link);
      const version = await end(node, [link, "--version"]);
      expect(version).toMatchObject({ status: 0, stdout: "" });
      expect(version.stderr).toMatch(/^Keepalived v\d+\.\d+\.\d+ \(\d\d\/\d\d,\d{4}\)/);
      expect((await end(node, [REGENTD, "-v"])).stderr).toMatch(/^Regent v/);
      expect(await end(node, [REGENTD, "--signum=RELOAD"])).toMatchObject({ status: 0, stdout: "1\n" });
      expect(await end(node, [REGENTD, "--signum=NONSENSE"])).toMatchObject({ status: 1 });
    }));

  test("-t: silent when all is well, every fault otherwise, appended to the file of -t=FILE", () =>
    alone(async (node) => {
      const good = await node.write("good.conf", director());
      const bad = await node.write("bad.conf", director({ more: ["priorty 7", "advert_int nine"] }));
      expect(await end(node, [REGENTD, "-t", "-f", good])).toEqual({ status: 0, stdout: "", stderr: "" });
      const judged = await end(node, [REGENTD, "-t", "-f", bad]);
      expect(judged.status).toBe(5);
      expect(judged.stderr).toContain("Unknown keyword 'priorty'");
      expect(judged.stderr).toContain("nine");
      const output = await node.write("out", "before\n");
      expect(await end(node, [REGENTD, `--config-test=${output}`, "-f", bad])).toEqual({ status: 5, stdout: "", stderr: "" });
      const said = await readFile(output, "utf8");
      expect(said).toMatch(/^before\n/);
      expect(said).toContain("priorty");
    }));

  test("what is missing is named with the remedy and keepalived's exit code", () =>
    alone(async (node) => {
      const start = (config: string, ...more: string[]) => end(node, [REGENTD, "-n", "-l", "-f", config, ...own(node), ...more]);
      const noFile = await start(join(node.dir, "none.conf"));
      expect(noFile.status).toBe(6);
      expect(noFile.stderr).toContain("none.conf");

      const noInterface = await start(await node.write("interface.conf", director({ interface: "eth7" })));
      expect(noInterface.status).toBe(2);
      expect(noInterface.stderr).toMatch(/interface eth7 .*doesn't exist/);

      const refused = await start(await node.write("refused.conf", director({ more: ["lvs_sync_daemon_interface eth0", "priority 999"] })));
      expect(refused.status).toBe(2);
      expect(refused.stderr).toMatch(/'lvs_sync_daemon_interface' is not supported/);
      expect(refused.stderr).toContain("999"); // all of it in one run

      const good = await node.write("good.conf", director());
      const noDirectory = await end(node, [REGENTD, "-n", "-l", "-f", good, "-p", "/proc/no/such.pid", `--runtime-dir=${node.dir}/run`]);
      expect(noDirectory.status).toBe(1);
      expect(noDirectory.stderr).toMatch(/pid file \/proc\/no\/such.pid: .*-p/);

      const nobody = join(node.dir, "nobody");
      await mkdir(nobody);
      await chmod(nobody, 0o777);
      await chmod(node.dir, 0o755);
      const files = ["-p", `${nobody}/p`, "-r", `${nobody}/v`, "-c", `${nobody}/c`, `--runtime-dir=${nobody}`];
      const unprivileged = await end(node, ["setpriv", "--reuid", "65534", "--clear-groups", REGENTD, "-n", "-l", "-f", good, ...files]);
      expect(unprivileged.status).toBe(4);
      expect(unprivileged.stderr).toMatch(/EPERM.*CAP_NET_ADMIN and CAP_NET_RAW/);
    }));
});

test("what a start that fails has to say arrives, however late the thread that says it", () =>
  alone(async (node) => {
    await mkdir(join(node.dir, "run"));
    await node.write("run/hook-services-late", "");
    const failed = await end(node, ["env", "REGENT_TEST_HOOKS=1", REGENTD, "-n", "-l", "-f", join(node.dir, "none.conf"), ...own(node)]);
    expect(failed.status).toBe(6);
    expect(failed.stderr).toContain("none.conf");
  }));

test("in the background: the command returns when the daemon is ready, a second one is refused, TERM leaves nothing", () =>
  alone(async (node) => {
    const config = await node.write("a.conf", director({ priority: 255 }));
    expect((await end(node, [REGENTD, "-f", config, ...own(node)])).status).toBe(0);
    expect(await pidIn(node, "parent.pid")).not.toBe(await pidIn(node, "vrrp.pid"));
    await eventually(true, () => node.holds(VIP), 5_000);

    const second = await end(node, [REGENTD, "-n", "-l", "-f", config, ...own(node)]);
    expect(second.status).toBe(0);
    expect(second.stderr).toContain("daemon is already running");
    expect(await node.holds(VIP)).toBe(true);

    process.kill(await pidIn(node, "parent.pid"), "SIGTERM");
    await eventually(false, () => existsSync(join(node.dir, "parent.pid")), 10_000);
    expect(await node.holds(VIP)).toBe(false);
  }));

test("USR1 and USR2 write keepalived's files and follow no link; other signals change nothing", () =>
  alone(async (node) => {
    const config = await node.write("a.conf", director({ priority: 255 }));
    const dumps = join(node.dir, "dumps");
    await mkdir(dumps);
    const victim = await node.write("victim", "precious\n");
    await symlink(victim, join(dumps, "keepalived.stats"));
    const child = node.spawn(["env", `TMPDIR=${dumps}`, REGENTD, "-n", "-f", config, ...own(node)], "ignore");
    await eventually(true, () => node.holds(VIP), 30_000);

    child.kill("SIGUSR1");
    await eventually(true, () => existsSync(join(dumps, "keepalived.data")), 5_000);
    child.kill("SIGUSR2");
    await eventually(false, () => lstatSync(join(dumps, "keepalived.stats")).isSymbolicLink(), 5_000);
    expect(await readFile(join(dumps, "keepalived.stats"), "utf8")).toMatch(/^VRRP Instance: VI_1\n {2}Advertisements:\n {4}Received: 0\n {4}Sent: \d+\n/);
    expect(await readFile(join(dumps, "keepalived.data"), "utf8")).toContain("VRRP Instance = VI_1");
    expect(await readFile(victim, "utf8")).toBe("precious\n");

    const daemon = await pidIn(node, "vrrp.pid");
    for (const pid of [daemon, child.pid ?? 0]) process.kill(pid, 36); // SIGRTMIN+2, which exporters send
    process.kill(daemon, "SIGPIPE");
    await eventually(true, () => node.holds(VIP), 1_000);
    expect(await pidIn(node, "vrrp.pid")).toBe(daemon);
    expect(child.exitCode).toBeNull();
  }));

test("a reload and a dump that are asked for during the start come after it, whichever process was asked", () =>
  alone(async (node) => {
    for (const asked of ["guardian", "daemon"] as const) {
      const dumps = join(node.dir, asked);
      await mkdir(dumps);
      const held = await heldStart(node);
      const config = (vip: string): string => held.config(GLOBAL.replace("}", `    state_dump_file ${dumps}/\n}`) + instance({ priority: 255, vips: [`${vip}/24`] }));
      const one = await startDirector(node, "regentd", config(VIP), { args: [`--runtime-dir=${dumps}`] });
      await held.begun(30_000);
      const pid = asked === "guardian" ? one.pid : Number(await readFile(one.configFile.replace(/\.conf$/, "-vrrp.pid"), "utf8"));
      await writeFile(one.configFile, config("192.0.2.101"));
      for (const name of ["SIGHUP", "SIGUSR1"] as const) process.kill(pid, name);
      await sleep(500); // the signals arrive while nothing can be done about them
      await held.letGo();

      await one.waitForLog(/Reload complete/);
      await eventually([false, true], async () => [await node.holds(VIP), await node.holds("192.0.2.101")], 10_000);
      await eventually(true, () => existsSync(join(dumps, "keepalived_parent.data")), 10_000);
      expect(await one.stop()).toBe(0);
    }
  }));

test("a faulty file on HUP changes nothing and is named; the mended one is taken over", () =>
  alone(async (node) => {
    const one = await startDirector(node, "regentd", director({ priority: 255 }));
    await one.waitFor("MASTER");
    await one.reload(GLOBAL + instance({ priority: 255, vips: ["192.0.2.101/24"], more: ["advert_int soon"] }));
    await one.waitForLog(/New config failed validation/);
    expect(one.logs().join("\n")).toContain("soon");
    expect([await node.holds(VIP), await node.holds("192.0.2.101")]).toEqual([true, false]);
    await one.reload(director({ priority: 255, vips: ["192.0.2.101/24"] }));
    await eventually([false, true], async () => [await node.holds(VIP), await node.holds("192.0.2.101")], 10_000);
    await one.stop();
  }));

test("-d tells the configuration in the log", () =>
  alone(async (node) => {
    const one = await startDirector(node, "regentd", director(), { args: ["-d"] });
    await one.waitForLog(/VRRP Instance = VI_1/);
    await one.stop();
  }));
