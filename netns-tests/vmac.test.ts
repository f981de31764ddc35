import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, GLOBAL, instance, type InstanceOptions, VIP, VRID } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, monotonicUs } from "./lib/eventually.ts";
import { advertBy, announcementOf, expanded, type Frame, macAt } from "./lib/frames.ts";
import { heldStart } from "./lib/held-start.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { macvlans, settings } from "./lib/macvlans.ts";
import { beside, PAIRS, SUBJECTS } from "./lib/pairs.ts";
import { supervision } from "./lib/processes.ts";
import { signal } from "./lib/run.ts";

const MAC = "00:00:5e:00:01:33";
/** By name instead of by number; the interfaces' own, which their MAC addresses make, likewise. */
async function addresses(node: Node): Promise<string[]> {
  const all = await node.addresses();
  const own = new Map(all.filter(({ local, device }) => local.startsWith("fe80:") && device.startsWith("eth")).map(({ local, device }) => [local, `link-local of ${device}`]));
  return all.filter(({ device }) => device !== "lo").map(({ device, local, prefixlen, scope, flags }) => `${own.get(local) ?? local}/${prefixlen} dev ${device} ${scope} ${flags.includes("deprecated") ? "deprecated" : ""}`).sort();
}

/** Who says what: source MAC address and kind of frame. Nothing that the kernel says by itself. */
function saying(own: string): (frame: Frame) => string | undefined {
  return ({ bytes }) => {
    const source = macAt(bytes, 6);
    const type = bytes.readUInt16BE(12);
    const what = type === 0x0806 ? "ARP" : bytes[type === 0x0800 ? 23 : 20] === 112 ? `advert IPv${type === 0x0800 ? 4 : 6}` : type === 0x86dd && bytes[54] === 136 ? "NA" : undefined;
    return what === undefined ? undefined : `${what} from ${source === own ? "its own" : source}`;
  };
}

interface Seen {
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  readonly settings: readonly string[];
  readonly frames: readonly string[];
  readonly linksAfter: readonly string[];
  readonly addressesAfter: readonly string[];
  /** What is otherwise than before the start. */
  readonly settingsAfter: readonly string[];
}

/** One director alone, until all its instances are MASTER, and what it leaves behind. */
function alone(kind: DirectorKind, text: string, names: readonly string[], prepare: readonly string[] = []): Promise<Seen> {
  return withLan(1, async ([node], observer) => {
    assert.ok(node);
    if (prepare.length > 0) await node.exec("sysctl", "-qw", ...prepare);
    // A director that finds no link-local address yet may start otherwise.
    await eventually(2, async () => (await node.addresses()).filter(({ local, flags }) => local.startsWith("fe80:") && !flags.includes("tentative")).length, 10_000);
    const before = await settings(node);
    const capture = await Capture.start(observer, { filter: "proto 112 or arp or ip6" });
    const started = await startDirector(node, kind, text);
    for (const name of names) await started.waitFor("MASTER", 30_000, name);
    await eventually(true, () => names.every((name) => started.state(name) === "MASTER"), 10_000);
    const virtual = [...text.matchAll(/(\S+)\/\d+( dev eth1)?/g)].map(([, address = "", elsewhere]) => ({ address, heard: elsewhere === undefined }));
    const held = async () => (await node.addresses()).filter(({ local }) => virtual.some(({ address }) => address === local)).length;
    await eventually(virtual.length, held, 10_000);
    // An instance's first advert is before its first announcement.
    const announced = () => new Set(capture.all(announcementOf).map(({ address }) => address));
    await eventually([], () => virtual.filter(({ address, heard }) => heard && !announced().has(expanded(address))), 10_000);
    const during = { links: await macvlans(node), addresses: await addresses(node), settings: await settings(node) };
    const frames = [...new Set(capture.all(saying(await node.mac())))].filter((one) => !one.startsWith("ARP from its own")).sort();
    await started.stop();
    const after = await settings(node);
    return { ...during, frames, linksAfter: await macvlans(node), addressesAfter: await addresses(node), settingsAfter: after.filter((one) => !before.includes(one)) };
  }, { lans: 2 });
}

const IPV6 = ["fe80::100/64", "2001:db8::100/64"];
const block = (name: string, more: readonly string[], options: InstanceOptions = {}) => instance({ name, more, ...options });

const CASES: readonly { readonly name: string; readonly text: string; readonly instances: readonly string[]; readonly prepare?: readonly string[] }[] = [
  {
    name: "IPv4 and IPv6 with one VRID, and one that speaks on the interface below",
    text: block("A", ["use_vmac"]) + block("B", ["use_vmac"], { vips: IPV6 }) + block("C", ["use_vmac", "vmac_xmit_base"], { vrid: 52, vips: ["192.0.2.101/24"] }),
    instances: ["A", "B", "C"],
  },
  {
    name: "addresses elsewhere, names and MAC addresses of one's own, unicast",
    text:
      "global_defs {\n vmac_prefix vrrpv\n vmac_addr_prefix va\n}\n" +
      block("A", ["use_vmac", "use_vmac_addr", "virtual_ipaddress_excluded {", "2001:db8::9/64", "2001:db8::19/64 dev eth1", "}"], { vips: [`${VIP}/24`, "198.51.100.100/24 dev eth1"] }) +
      block("B", ["use_vmac vrrp.mine 02:00:00:00:00"], { vrid: 52, vips: ["192.0.2.101/24", "198.51.100.101/24 dev eth1 use_vmac", "198.51.100.102/24 dev eth1"] }) +
      block("C", ["use_vmac", "unicast_peer {", "192.0.2.99", "}"], { vrid: 53, vips: ["192.0.2.102/24"] }),
    instances: ["A", "B", "C"],
  },
  { name: "a filter of all interfaces", text: block("A", ["use_vmac"]), instances: ["A"], prepare: ["net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.eth1.rp_filter=2"] },
];

describe("beside keepalived: the same macvlans, addresses, settings and frames; Regent leaves nothing", () => {
  for (const subject of SUBJECTS) {
    for (const { name, text, instances, prepare } of CASES) {
      test.concurrent(name, { timeout: 90_000 }, async () => {
        const [theirs, ours] = await beside(subject, (kind) => alone(kind, text, instances, prepare));
        for (const what of ["links", "addresses", "settings", "frames", "linksAfter", "addressesAfter"] as const) assert.deepEqual(ours[what], theirs[what], what);
        assert.ok(ours.links.length > 0 && ours.frames.length > 1);
        assert.deepEqual(ours.linksAfter, []);
        // keepalived leaves arp_ignore and arp_filter of the interface below.
        if (subject !== "keepalived") assert.deepEqual(ours.settingsAfter, []);
      });
    }
  }
});

const VMAC = (priority: number) => director({ priority, more: ["use_vmac"] });
const onMacvlan = async (node: Node) => (await node.addresses("vrrp.51").catch(() => [])).some(({ local }) => local === VIP);

describe("a pair with use_vmac", () => {
  for (const { master, backup, name } of PAIRS) {
    test.concurrent(name, { timeout: 90_000 }, () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const first = await startDirector(high, master, VMAC(150));
        await first.waitFor("MASTER");
        const second = await startDirector(low, backup, VMAC(100));
        await second.waitFor("BACKUP");
        await eventually([true, false], async () => [await onMacvlan(high), await onMacvlan(low)], 5_000);
        await first.stop();
        await second.waitFor("MASTER");
        await eventually(true, () => onMacvlan(low), 5_000);
        assert.deepEqual(await macvlans(high), []);
        const since = monotonicUs();
        assert.equal((await capture.waitFor(advertBy(VRID, low.address), 5_000, since)).sourceMac, MAC);
        const again = await startDirector(high, master, VMAC(150));
        await again.waitFor("MASTER");
        await second.waitFor("BACKUP");
        await eventually([true, false], async () => [await onMacvlan(high), await onMacvlan(low)], 5_000);
        assert.equal((await capture.waitFor(advertBy(VRID, high.address), 5_000, monotonicUs())).sourceMac, MAC);
      }),
    );
  }
});

describe("a macvlan of regentd", () => {
  test.concurrent("goes when the daemon is killed, and when all is killed with the next start", { timeout: 90_000 }, () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      const before = await settings(node);
      const pidFile = `${node.dir}/same.pid`;
      const director = await startDirector(node, "regentd", VMAC(150), { args: ["-p", pidFile] });
      await director.waitFor("MASTER");
      await eventually(true, () => onMacvlan(node), 5_000);
      const { daemon } = supervision("regentd", pidFile, "") ?? assert.fail("no daemon");
      const next = await heldStart(node);
      await writeFile(director.configFile, next.config(VMAC(150)));
      signal(daemon, "SIGKILL");
      await eventually([[], before], async () => [await macvlans(node), await settings(node)], 1_500);
      await next.letGo();
      await eventually(true, () => onMacvlan(node), 20_000); // it runs again
      director.crash();
      await director.ended();
      assert.deepEqual(await macvlans(node), [`vrrp.51 on eth0 ${MAC} private up`]);
      const again = await startDirector(node, "regentd", VMAC(150), { args: ["-p", pidFile] });
      await again.waitFor("BACKUP");
      assert.equal(await onMacvlan(node), false, "what a crash left is no BACKUP's");
      await again.waitFor("MASTER");
      await again.stop();
      assert.deepEqual([await macvlans(node), await settings(node)], [[], before]);
    }),
  );

  test.concurrent("is another's when all was killed and somebody made one with its name: it stays, also at the stop", { timeout: 90_000 }, () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      const same = { args: ["-p", `${node.dir}/same.pid`] };
      const director = await startDirector(node, "regentd", VMAC(150), same);
      await director.waitFor("MASTER");
      director.crash();
      await director.ended();
      await node.exec("ip", "link", "del", "vrrp.51");
      await node.exec("ip", ..."link add link eth0 name vrrp.51 address 02:00:00:00:00:09 type macvlan mode bridge".split(" "));
      const theirs = "vrrp.51 on eth0 02:00:00:00:00:09 bridge down";
      const again = await startDirector(node, "regentd", VMAC(150), same);
      await again.waitFor("MASTER");
      assert.deepEqual(await macvlans(node), [theirs, `vrrp1.51 on eth0 ${MAC} private up`].sort());
      await again.stop();
      assert.deepEqual(await macvlans(node), [theirs]);
    }),
  );

  test.concurrent("is made again, follows the interface below, and a reload", { timeout: 90_000 }, () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      const before = await settings(node);
      const started = await startDirector(node, "regentd", VMAC(255));
      await started.waitFor("MASTER");
      await eventually(true, () => onMacvlan(node), 5_000);
      await node.exec("ip", "link", "del", "vrrp.51");
      await eventually(true, () => onMacvlan(node), 10_000);
      await node.linkDown();
      await started.waitFor("FAULT");
      await eventually(false, () => onMacvlan(node), 5_000);
      await node.linkUp();
      await eventually(true, () => onMacvlan(node), 10_000);
      await started.reload(GLOBAL + instance({ priority: 255 }));
      await eventually([[], before], async () => [await macvlans(node), await settings(node)], 10_000);
      await eventually([VIP], async () => (await node.addresses("eth0")).filter(({ local }) => local === VIP).map(({ local }) => local), 10_000);
      await started.reload(GLOBAL + instance({ priority: 255, more: ["use_vmac other 02:00:00:00:00:07"] }));
      await eventually([["other on eth0 02:00:00:00:00:07 private up"], true], async () => [await macvlans(node), (await node.addresses("other").catch(() => [])).some(({ local }) => local === VIP)], 10_000);
      await started.stop();
      assert.deepEqual([await macvlans(node), await settings(node)], [[], before]);
    }),
  );
});
