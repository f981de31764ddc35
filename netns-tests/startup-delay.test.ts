import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { test } from "vitest";
import { director } from "./lib/configs.ts";
import { Director, startDirector } from "./lib/director.ts";
import { withLan } from "./lib/lan.ts";

const REGENTD = fileURLToPath(new URL("../bin/regentd", import.meta.url));

async function uptimeS(): Promise<number> {
  return Math.floor(Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]));
}

// A keyword of 2.4: Debian's keepalived does not know it. A time namespace is a host that was booted a moment ago.
test("vrrp_delay_after_boot: nothing before the host has been up so long, and no delay once it has", () =>
  withLan(2, async ([young, old]) => {
    assert.ok(young && old);
    const config = director().replace("global_defs {", "global_defs {\n    vrrp_delay_after_boot 15");
    const file = await young.write("young.conf", config);
    const pidFiles = ["-p", `${file}.pid`, "-r", `${file}-vrrp.pid`, "-c", `${file}-checkers.pid`];
    const booted = performance.now();
    const namespace = ["unshare", "--time", "--fork", "--boottime", `-${await uptimeS()}`];
    const one = new Director(young, "regentd", young.spawn([...namespace, REGENTD, "-f", file, "-n", "-l", "-D", ...pidFiles], "pipe"), file);
    await one.waitForLog(/Delaying startup for 1[0-9.]+ seconds/);
    await one.waitForLog(/Delayed start completed/);
    const at = (performance.now() - booted) / 1_000;
    // The uptime was cut to whole seconds.
    assert.ok(at >= 13.9 && at < 17, `the start was ${at} s after the boot`);
    await one.waitFor("BACKUP");
    const other = await startDirector(old, "regentd", config);
    await other.waitFor("BACKUP");
    assert.deepEqual(other.logs().filter((line) => line.includes("Delaying startup")), []);
  }));
