// A director that is started in one network namespace and lives in another, as Neutron and operators of several directors on
// one host start it.

import assert from "node:assert/strict";
import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP } from "./lib/configs.ts";
import { runtimeDir, startDirector } from "./lib/director.ts";
import type { Director } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { advertOf } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";
import { run, signal } from "./lib/run.ts";

const GUARDIAN = fileURLToPath(new URL("../build/guardian", import.meta.url));

const start = (home: Node, config: string, ...args: readonly string[]): Promise<Director> => startDirector(home, "regentd", config, { args });

const inside = (namespace: Node, text: string) => `net_namespace ${namespace.name}\n${text}`;

describe.concurrent("net_namespace", () => {
  test("addresses, adverts and scripts are there and not here; the log's ident names it; a reload does not move", () =>
    withLan(2, async ([home, there], observer) => {
      assert.ok(home && there);
      const script = await home.write("where.sh", `#!/bin/sh\nreadlink /proc/self/ns/net >"${home.dir}/where.$2.$3"\n`, 0o755);
      const capture = await Capture.start(observer);
      const text = director({ priority: 200, more: [`notify "${script}"`] });
      const regent = await start(home, inside(there, text));
      await regent.waitFor("MASTER");
      await eventually(true, () => there.holds(VIP), 5_000);
      assert.equal(await home.holds(VIP), false);
      assert.equal((await capture.waitFor(advertOf, 5_000)).source, there.address);
      const expected = (await there.exec("readlink", "/proc/self/ns/net")).trim();
      await eventually(expected, async () => (await readFile(join(home.dir, "where.VI_1.MASTER"), "utf8").catch(() => "")).trim(), 5_000);
      const [, daemon] = regent.processes();
      assert.equal(await readlink(`/proc/${daemon}/ns/net`), expected);
      await regent.waitForLog(new RegExp(`Changing syslog ident to Keepalived_${there.name}$`));

      await regent.reload(inside(home, text));
      await regent.waitForLog(/Cannot change network namespace at a reload - please restart keepalived/);
      assert.equal(await there.holds(VIP), true);
      await regent.reload(inside(there, director({ priority: 200, vips: [`${VIP}/24`, "192.0.2.101/24"] })));
      await eventually(true, () => there.holds("192.0.2.101"), 10_000);
      await capture.stop();
      assert.equal(await regent.stop(), 0);
      assert.equal(await there.holds(VIP), false);
    }));

  test("a daemon that is killed leaves nothing there; a host whose guardian is killed too is cleaned by the release", () =>
    withLan(2, async ([home, there]) => {
      assert.ok(home && there);
      const regent = await start(home, director({ priority: 255 }), "-s", there.name);
      await regent.waitFor("MASTER");
      await eventually(true, () => there.holds(VIP), 5_000);
      const masters = () => regent.states().filter((state) => state === "MASTER").length;
      const [, daemon] = regent.processes();
      assert.ok(daemon);
      signal(daemon, "SIGKILL");
      await eventually(2, masters, 15_000); // by way of no address: kill.test.ts measures that
      await eventually(true, () => there.holds(VIP), 5_000);
      regent.crash();
      await sleep(200);
      assert.equal(await there.holds(VIP), true);
      const record = (await home.exec("sh", "-c", `ls ${runtimeDir(home)}/*.installed`)).trim();
      await run([GUARDIAN, "--release", record]);
      assert.equal(await there.holds(VIP), false);
    }));

  test("what a host that was killed has left there goes when the next life is elsewhere, and the other way round", () =>
    withLan(2, async ([home, there]) => {
      assert.ok(home && there);
      for (const [before, now, args, next] of [[there, home, ["-s", there.name], []], [home, there, [], ["-s", there.name]]] as const) {
        const pidFile = ["-p", `${home.dir}/one.pid`]; // by which the record is named
        const killed = await start(home, director({ priority: 255 }), ...pidFile, ...args);
        await eventually(true, () => before.holds(VIP), 20_000);
        killed.crash();
        const regent = await start(home, director({ priority: 255 }), ...pidFile, ...next);
        await eventually([false, true], async () => [await before.holds(VIP), await now.holds(VIP)], 20_000);
        assert.equal(await regent.stop(), 0);
      }
    }));

  test("one that does not exist is named at start; -t looks for interfaces where the daemon will be", () =>
    withLan(1, async ([home]) => {
      assert.ok(home);
      const nowhere = await start(home, `net_namespace ${home.name}-no\n${director()}`);
      await nowhere.ended();
      assert.equal(nowhere.exitStatus, 1);
      assert.match(nowhere.logs().join("\n"), /Unable to set network namespace \S+-no - exiting: open \S+: ENOENT/);
      // The tests' own namespace has no eth7, the node has.
      await home.exec("ip", "link", "add", "eth7", "type", "veth", "peer", "name", "eth8");
      const file = await home.write("t.conf", inside(home, director({ interface: "eth7" })));
      const regentd = fileURLToPath(new URL("../bin/regentd", import.meta.url));
      assert.equal(await run([regentd, "-t", "-f", file]), "");
      const check = (...files: string[]) => run([fileURLToPath(new URL("../bin/regent", import.meta.url)), "check", ...files]).then(() => "fine", (error: Error) => error.message);
      assert.equal(await check(file), "fine");
      assert.match(await check(file, await home.write("u.conf", director({ interface: "eth7" }))), /u\.conf.*interface eth7 for vrrp_instance VI_1 doesn't exist/s, "each file by its own namespace");
      assert.equal(await run([regentd, "-t", "-s", home.name, "-f", await home.write("s.conf", director({ interface: "eth7" }))]), "");
    }));
});
