import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { instance } from "./lib/configs.ts";
import { type Director, type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { type Frame, macAt } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { signal } from "./lib/run.ts";

// What the kernel of a VMAC says by itself would teach a switch the virtual MAC on a BACKUP's port.

/** The last part of the addresses of each, and of its VRIDs. */
const OF = { keepalived: { host: 100, vrid: 51 }, regentd: { host: 150, vrid: 61 } } as const;
const BOTH = "table ip keepalived\ntable ip6 keepalived";
const LOCAL_REPORTS = "net.ipv4.igmp_link_local_mcast_reports";

function config(kind: DirectorKind, globals = "", more: readonly string[] = []): string {
  const { host, vrid } = OF[kind];
  const router = (name: string, number: number, vips: readonly string[], lines: readonly string[]) => instance({ name, vrid: vrid + number, vips, more: ["use_vmac", ...lines, ...more] });
  return `global_defs {\n router_id T\n ${globals}\n}\n${router("V4", 0, [`192.0.2.${host}/24`], [])}${router("V6", 1, [`fe80::${host}`, `2001:db8::${host}/64`], ["version 3"])}`;
}

/** As the nft command prints it, tables in the order of their names, with the numbers of the one in place of those of the other. */
async function rules(node: Node, kind: DirectorKind): Promise<string> {
  const { host, vrid } = OF[kind];
  const text = await node.exec("nft", "list", "ruleset");
  const sorted = text.split(/^(?=table )/m).sort().join("");
  return sorted.replaceAll(new RegExp(`(192\\.0\\.2\\.|fe80::|2001:db8::)${host}`, "g"), "$1HOST").replaceAll(`vrrp.${vrid}`, "vrrp.FIRST").replaceAll(`vrrp.${vrid + 1}`, "vrrp.SECOND");
}

async function tables(node: Node): Promise<string> {
  return (await node.exec("nft", "list", "tables")).trim();
}

/** A director that finds no link-local address yet may start otherwise. */
async function hasLinkLocal(node: Node): Promise<void> {
  await eventually(1, async () => (await node.addresses("eth0")).filter(({ local, flags }) => local.startsWith("fe80:") && !flags.includes("tentative")).length, 10_000);
}

const inState = (director: Director, state: "BACKUP" | "MASTER") => Promise.all(["V4", "V6"].map((name) => director.waitFor(state, 30_000, name)));

describe("the rules are keepalived's", () => {
  const rows: { name: string; globals?: string; more?: readonly string[]; tables: string; contains: string }[] = [
    { name: "accept", tables: BOTH, contains: 'icmpv6 type mld2-listener-report meta oifkind "macvlan" dup to ip6 daddr device oif map @vmac_map drop' },
    { name: "no_accept", more: ["no_accept"], tables: BOTH, contains: "ip saddr @vips drop" },
    { name: "vmac_xmit_base", more: ["vmac_xmit_base"], tables: BOTH, contains: 'ip protocol igmp meta oifkind "macvlan" dup to ip daddr device oif map @vmac_map drop' },
    { name: "disable_local_igmp and no_accept", globals: "disable_local_igmp", more: ["no_accept"], tables: BOTH, contains: "nd-router-solicit" },
    { name: "disable_local_igmp", globals: "disable_local_igmp", tables: "table ip6 keepalived", contains: "nd-router-solicit" },
  ];
  for (const { name, globals, more, tables: want, contains } of rows) {
    test(name, () =>
      withLan(2, async ([one, other]) => {
        assert.ok(one && other);
        await Promise.all([one, other].map(hasLinkLocal));
        const [keepalived, regentd] = await Promise.all([startDirector(one, "keepalived", config("keepalived", globals, more)), startDirector(other, "regentd", config("regentd", globals, more))]);
        await Promise.all([keepalived, regentd].map((director) => inState(director, "MASTER")));
        const reference = await rules(one, "keepalived");
        assert.ok(reference.includes(contains), reference);
        await eventually(reference, () => rules(other, "regentd"), 5_000);
        assert.equal(await tables(other), want);
        const setting = async (node: Node) => (await node.exec("sysctl", "-n", LOCAL_REPORTS)).trim();
        assert.deepEqual([await setting(other), await setting(one)], globals === undefined ? ["1", "1"] : ["0", "0"]);
        await Promise.all([keepalived.stop(), regentd.stop()]);
        assert.deepEqual([await tables(one), await tables(other), await setting(other)], ["", "", "1"]);
      }));
  }

  test("a BACKUP's are there from the start, and go with everything", () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      await hasLinkLocal(node);
      const args = ["-p", `${node.dir}/same.pid`]; // the record of what is installed goes by it
      const first = await startDirector(node, "regentd", config("regentd"), { args });
      await inState(first, "BACKUP");
      assert.equal(await tables(node), BOTH);
      const [, daemon = 0] = first.processes();
      signal(daemon, "SIGKILL");
      await eventually(4, () => Promise.resolve(first.logs().filter((line) => line.includes("Entering BACKUP STATE")).length), 30_000);
      assert.equal(await tables(node), BOTH);
      first.crash();
      await first.ended();
      assert.equal(await tables(node), BOTH);
      const second = await startDirector(node, "regentd", config("regentd").replaceAll("use_vmac", ""), { args });
      await inState(second, "BACKUP");
      await eventually("", () => tables(node), 5_000);
      await second.stop();
    }));
});

/** What a kernel says of itself, and the hardware address that it says it from. */
function kernelSays({ bytes }: Frame): string | undefined {
  const type = bytes.readUInt16BE(12);
  const source = macAt(bytes, 6);
  if (type === 0x0800 && bytes[23] === 2) return `IGMP ${source} ${bytes.subarray(14 + (bytes.readUInt8(14) & 0x0f) * 4).toString("hex")}`;
  if (type !== 0x86dd) return undefined;
  // MLD stands behind a hop-by-hop header, RFC 3810 section 5.
  const at = bytes[20] === 0 ? 54 + 8 * (bytes.readUInt8(55) + 1) : 54;
  const protocol = bytes[20] === 0 ? bytes[54] : bytes[20];
  if (protocol !== 58 || (bytes[at] !== 143 && bytes[at] !== 133)) return undefined;
  return `${bytes[at] === 143 ? "MLD" : "RS"} ${source} ${bytes.subarray(at).toString("hex")}`;
}

test("reports of groups leave with the MAC address of the interface below, router solicitations not at all", () =>
  withLan(1, async ([node], observer) => {
    assert.ok(node);
    await hasLinkLocal(node);
    const capture = await Capture.start(observer, { filter: "igmp or ip6" });
    const director = await startDirector(node, "regentd", config("regentd", "nftables_counters"));
    await inState(director, "BACKUP");
    // Any program of the host, on the two macvlans.
    const join = `import socket,struct,sys,time
four=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); six=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM)
index=socket.if_nametoindex
four.setsockopt(socket.IPPROTO_IP,socket.IP_ADD_MEMBERSHIP,struct.pack("=4s4si",socket.inet_aton("233.252.0.7"),bytes(4),index("vrrp.61")))
six.setsockopt(socket.IPPROTO_IPV6,socket.IPV6_JOIN_GROUP,socket.inet_pton(socket.AF_INET6,"ff05::db8:7")+struct.pack("=I",index("vrrp.62")))
time.sleep(60)`;
    const member = node.spawn(["python3", "-c", join], "ignore");
    const own = await node.mac();
    const heard = (start: string, group: string) => capture.waitFor((frame) => (kernelSays(frame)?.startsWith(start) === true && kernelSays(frame)?.includes(group) === true ? true : undefined), 20_000);
    await heard(`IGMP ${own}`, "e9fc0007");
    await heard(`MLD ${own}`, "ff05" + "0".repeat(20) + "0db80007");
    const kept = async () => [...(await node.exec("nft", "list", "ruleset")).matchAll(/counter packets (\d+)/g)].map(([, packets]) => Number(packets) > 0);
    await eventually([true, true, true], kept, 20_000); // IGMP, MLD, router solicitations
    if (member.pid !== undefined) signal(member.pid, "SIGKILL");
    await director.stop(); // the links leave their groups
    const said = capture.all(kernelSays).map((text) => text.split(" ").slice(0, 2).join(" "));
    assert.deepEqual(said.filter((text) => text.includes(" 00:00:5e:")), []);
  }));
