import assert from "node:assert/strict";
import { test } from "vitest";
import { startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";

const [V4, V6] = ["192.0.2.100", "2001:db8::100"];
const config = (priority: number): string =>
  `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n dual_stack\n virtual_ipaddress {\n  ${V4}/24\n  fe80::100\n  ${V6}/64\n }\n}\n`;

test("dual_stack: the addresses of both families are on one director, and move together", () =>
  withLan(2, async ([high, low]) => {
    assert.ok(high && low);
    const held = async (): Promise<boolean[]> => [await high.holds(V4), await high.holds(V6), await low.holds(V4), await low.holds(V6)];
    const master = await startDirector(high, "regentd", config(150));
    await master.waitFor("MASTER", undefined, "VI_1-6");
    const backup = await startDirector(low, "regentd", config(100));
    await backup.waitFor("BACKUP", undefined, "VI_1-6");
    await eventually([true, true, false, false], held, 10_000);
    await high.linkDown();
    await eventually([false, false, true, true], held, 15_000);
    for (const name of ["VI_1", "VI_1-6"]) await backup.waitFor("MASTER", undefined, name);
  }));
