import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import type { Director } from "./lib/director.ts";
import { always, eventually, monotonicUs, sleep } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";

// A BACKUP whose own firewall drops VRRP. Master_Down_Interval of priority 100 is 3.609 s.

const NAMED = (address: string): RegExp => new RegExp(`\\(VI_1\\) adverts of ${address} \\(priority 150\\) reach eth0 but not our socket: .* drops IP protocol 112`);

/** Where rules may drop them: behind routing, or already on the device. */
const FIREWALLS = {
  input: "table inet f {\n chain c {\n  type filter hook input priority 0;\n  meta l4proto 112 drop\n }\n}\n",
  ingress: "table netdev f {\n chain c {\n  type filter hook ingress device eth0 priority 0;\n  ip protocol 112 drop\n }\n}\n",
} as const;

async function dropAdverts(node: Node, where: keyof typeof FIREWALLS): Promise<void> {
  await node.exec("nft", "-f", await node.write("drop.nft", FIREWALLS[where]));
}

async function elected(high: Node, low: Node, more: readonly string[]): Promise<{ master: Director; backup: Director }> {
  const master = await startDirector(high, "regentd", director({ priority: 150 }));
  await master.waitFor("MASTER");
  const backup = await startDirector(low, "regentd", director({ priority: 100, more: [...more] }));
  await backup.waitFor("BACKUP");
  await backup.waitForLog(new RegExp(`router ${high.address} heard, priority 150`));
  return { master, backup };
}

describe.concurrent("a BACKUP whose firewall drops adverts", () => {
  for (const where of ["input", "ingress"] as const) {
    test(`takes over as keepalived does, and says why there are two masters (${where})`, () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        const { backup } = await elected(high, low, []);
        await dropAdverts(low, where);
        await backup.waitFor("MASTER");
        assert.match(await backup.waitForLog(NAMED(high.address)), /taking over all the same$/);
        assert.match(await backup.waitForLog(/MASTER of VI_1: /), new RegExp(`from ${high.address} \\(priority 150\\); this host drops the adverts of ${high.address}`));
      }));
  }

  test("hold_if_filtered: does not take over while they come, and is healed when the rule goes", () =>
    withLan(2, async ([high, low], observer) => {
      assert.ok(high && low);
      const capture = await Capture.start(observer);
      const { backup } = await elected(high, low, ["hold_if_filtered"]);
      await dropAdverts(low, "input");
      assert.match(await backup.waitForLog(NAMED(high.address)), /not taking over while they come$/);
      await always([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 10_000);
      await low.exec("nft", "flush", "ruleset");
      await backup.waitForLog(/\(VI_1\) adverts reach our socket again/);
      await always([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 5_000);
      assert.deepEqual(capture.all(advertBy(VRID, low.address)), []);
    }));

  test("hold_if_filtered: takes over within Master_Down_Interval when they really stop", () =>
    withLan(2, async ([high, low], observer) => {
      assert.ok(high && low);
      const capture = await Capture.start(observer);
      const { master, backup } = await elected(high, low, ["hold_if_filtered"]);
      await dropAdverts(low, "input");
      await backup.waitForLog(NAMED(high.address));
      await sleep(3_000);
      master.crash();
      const last = capture.all(advertBy(VRID, high.address)).at(-1);
      assert.ok(last);
      const first = await capture.waitFor(advertBy(VRID, low.address), 10_000, monotonicUs());
      const waited = (first.at - last.at) / 1_000;
      assert.ok(waited >= 3_500 && waited <= 6_000, `${waited} ms after the last advert`);
      await eventually(true, () => low.holds(VIP), 2_000);
    }));

  test("hold_if_filtered over IPv6", () =>
    withLan(2, async ([high, low]) => {
      assert.ok(high && low);
      const six = (priority: number): string =>
        `global_defs {\n vrrp_version 3\n}\nvrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n hold_if_filtered\n virtual_ipaddress {\n  fe80::100\n  2001:db8::100\n }\n}\n`;
      const master = await startDirector(high, "regentd", six(150));
      await master.waitFor("MASTER");
      const backup = await startDirector(low, "regentd", six(100));
      await backup.waitForLog(/router fe80::.* heard, priority 150/);
      await dropAdverts(low, "input");
      await backup.waitForLog(/adverts of fe80::\S+ \(priority 150\) reach eth0 but not our socket.*not taking over/);
      await always(false, () => low.holds("2001:db8::100"), 6_000);
    }));
});
