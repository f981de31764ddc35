// What a real kernel does with IPv6 addresses around an instance: source addresses that go and come, duplicates.

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { GLOBAL } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { eventually, monotonicUs } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";
import { vrrpFrameOf } from "./lib/vrrp-frames.ts";

const VIP = "2001:db8:1::100";
const config = (...vips: readonly string[]) =>
  `${GLOBAL}vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\nversion 3\nadvert_int 0.2\nvirtual_ipaddress {\n${vips.join("\n")}\n}\n}\n`;
const address = (node: Node, action: "add" | "del", ...what: readonly string[]) => node.exec("ip", "addr", action, ...what, "dev", "eth0");

/** Link-local addresses are the test's own matter. */
async function withoutLinkLocal(node: Node): Promise<void> {
  await node.exec("sysctl", "-qw", "net.ipv6.conf.eth0.addr_gen_mode=1");
  for (const { local, prefixlen, family } of await node.addresses("eth0")) if (family === "inet6") await address(node, "del", `${local}/${prefixlen}`);
}

describe.concurrent("IPv6", () => {
  test("no link-local address is a FAULT that is named; with one it speaks, from that one while it is there", () =>
    withLan(1, async ([node], observer) => {
      assert.ok(node);
      await withoutLinkLocal(node);
      const capture = await Capture.start(observer, { filter: "ip6 proto 112" });
      const director = await startDirector(node, "regentd", config("fe80::1:100/64", `${VIP}/64`));
      await director.waitForLog(/\(VI_1\) entering FAULT state \(no IPv6 address for interface\)/);
      await address(node, "add", "fe80::9/64", "nodad");
      await director.waitFor("MASTER");
      await address(node, "add", "fe80::5/64", "nodad");
      const sourceAt = async (since: number) => (await capture.waitFor(vrrpFrameOf, 5_000, since)).source.replace(/(?::0000)+:/, "::");
      assert.equal(await sourceAt(monotonicUs() + 300_000), "fe80::0009");
      await address(node, "del", "fe80::9/64");
      await eventually("fe80::0005", () => sourceAt(monotonicUs()), 5_000);
      // FAULT twice: the reason's line names it, too.
      assert.deepEqual(director.states(), ["FAULT", "FAULT", "BACKUP", "MASTER"]);
      await address(node, "del", "fe80::5/64");
      await director.waitFor("FAULT");
      await eventually(false, () => node.holds(VIP), 3_000);
    }));

  test("an address that is tentative is waited for", () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      await withoutLinkLocal(node);
      await node.exec("sysctl", "-qw", "net.ipv6.conf.eth0.dad_transmits=5");
      const director = await startDirector(node, "regentd", config("fe80::1:100/64"));
      await director.waitFor("FAULT");
      await address(node, "add", "fe80::9/64");
      await director.waitFor("MASTER");
      assert.deepEqual((await node.addresses("eth0")).find(({ local }) => local === "fe80::9")?.flags.includes("tentative"), false);
    }));

  test("a virtual address that failed duplicate detection (-nodad) is made again until no other host has it", () =>
    withLan(1, async ([node], observer) => {
      assert.ok(node);
      await address(observer, "add", `${VIP}/64`, "nodad");
      // While the address it speaks from is tentative it would begin in FAULT, which is another test's matter.
      await eventually(true, async () => (await node.addresses("eth0")).some(({ local, flags }) => local.startsWith("fe80:") && !flags.includes("tentative")), 5_000);
      const director = await startDirector(node, "regentd", config("fe80::1:100/64", `${VIP}/64 -nodad`, "2001:db8:1::101/64"));
      await director.waitFor("MASTER");
      await director.waitForLog(/address 2001:db8:1::100 is held by another host, too/);
      const usable = async (one: string) => (await node.addresses("eth0")).some(({ local, flags }) => local === one && !flags.includes("tentative"));
      assert.deepEqual([await usable(VIP), await usable("2001:db8:1::101")], [false, true]);
      await address(observer, "del", `${VIP}/64`);
      await eventually(true, () => usable(VIP), 15_000);
      assert.deepEqual(director.states(), ["BACKUP", "MASTER"]);
      assert.equal(director.logs().filter((line) => line.includes("is held by another host")).length, 1);
    }));
});
