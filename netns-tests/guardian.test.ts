import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AddressMonitor } from "../bench/lib/address-monitor.ts";
import { ipAddress } from "../src/base/ip.ts";
import type { OwnLink } from "../src/base/network.ts";
import type { KernelRoute, KernelRule } from "../src/base/routing.ts";
import { encodeDeleteLink } from "../src/net/links.ts";
import { encodeInstalledRecord } from "../src/sys/installed-record.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import type { Node } from "./lib/lan.ts";

const GUARDIAN = join(import.meta.dirname, "../build/guardian");
const VIP = "192.0.2.200";
const MAC = "00:00:5e:00:01:33";

const own = (name: string, base: number): OwnLink => ({ name, stacked: { kind: "macvlan", base, mode: "private" }, hardwareAddress: Uint8Array.of(0, 0, 0x5e, 0, 1, 0x33) });

/** The layout of src/sys/installed-record.ts: one IPv4 address, as the RTM_DELADDR that removes it. */
function recordOf(interfaceIndex: number): Buffer {
  const bytes = Buffer.alloc(2 * 64);
  bytes.write("REGENT02", 0, "latin1");
  bytes.writeUInt32LE(1, 8);
  bytes.set([40, 0, 0, 0, 21, 0, 1], 64);
  bytes.set([2, 24], 64 + 16);
  bytes.writeUInt32LE(interfaceIndex, 64 + 20);
  bytes.set([8, 0, 2, 0, 192, 0, 2, 200, 8, 0, 1, 0, 192, 0, 2, 200], 64 + 24);
  return bytes;
}

/** A daemon in shell: writes its pid, says what the guardian waits for, and obeys TERM with an orderly end. */
function daemonScript(node: Node, body: string): Promise<string> {
  return node.write("daemon.sh", `echo $$ >> ${node.dir}/pids\ntrap 'echo "bye 0" >&3; exit 0' TERM\necho "record ${node.dir}/record" >&3\n${body}\n`);
}

/** Appends every datagram on a Unix socket to a file, each followed by "|". */
const LISTENER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])
while True: open(sys.argv[2], "a").write(s.recv(4096).decode() + "|")`;

const LIVE = `sleep 1000 & echo $! >> PIDS_OF_CHILDREN
echo ready >&3
wait`;

async function pids(node: Node, file = "pids"): Promise<number[]> {
  const text = await readFile(join(node.dir, file), "utf8").catch(() => "");
  return text.trim().split("\n").filter(Boolean).map(Number);
}

function alive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function index(node: Node, device: string): Promise<number> {
  const [link] = JSON.parse(await node.exec("ip", "-j", "link", "show", "dev", device)) as { ifindex: number }[];
  return link?.ifindex ?? 0;
}

async function withRecord(node: Node): Promise<void> {
  await node.exec("ip", "addr", "add", `${VIP}/24`, "dev", "eth0");
  await writeFile(join(node.dir, "record"), recordOf(await index(node, "eth0")));
}

const live = (node: Node): string => LIVE.replace("PIDS_OF_CHILDREN", join(node.dir, "children"));

test("a killed daemon's addresses go within 200 ms, its children die, and it runs again", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    await withRecord(node);
    const guardian = node.spawn([GUARDIAN, "/bin/sh", await daemonScript(node, live(node)), "-n"], "ignore");
    await eventually(1, async () => (await pids(node, "children")).length, 5_000);
    const [first = 0] = await pids(node);
    const [child = 0] = await pids(node, "children");

    const monitor = await AddressMonitor.start(node);
    const gone = () => monitor.events().find(({ added, address }) => !added && address === VIP);
    const killedAtUs = Date.now() * 1_000;
    process.kill(first, "SIGKILL");

    await eventually(true, () => gone() !== undefined, 2_000);
    expect((gone()?.at ?? Infinity) - killedAtUs).toBeLessThan(200_000);
    expect(await node.holds(VIP)).toBe(false);
    monitor.stop();
    await eventually(false, () => alive(child), 2_000);
    await eventually(2, async () => (await pids(node)).length, 2_000);
    guardian.kill("SIGTERM");
    await eventually(0, () => guardian.exitCode, 3_000);
  }));

test("an orderly end keeps its code and touches no address; its own fault at the first start is passed on", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    await withRecord(node);
    const orderly = await daemonScript(node, `echo ready >&3; echo "bye 6" >&3; exit 6`);
    await expect(node.exec(GUARDIAN, "/bin/sh", orderly, "-n")).rejects.toMatchObject({ status: 6 });
    expect(await node.holds(VIP)).toBe(true);
    const broken = await node.write("broken.sh", "exit 3\n");
    await expect(node.exec(GUARDIAN, "/bin/sh", broken, "-n")).rejects.toMatchObject({ status: 3 });
  }));

test("a start in the background returns when the daemon is ready, with its status when it never is", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    await node.exec(GUARDIAN, "/bin/sh", await daemonScript(node, `exec >/dev/null 2>&1\n${live(node)}`));
    const [daemon = 0] = await pids(node);
    expect(alive(daemon)).toBe(true);
    const parent = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${daemon}/status`, "utf8"))?.[1]);
    process.kill(parent, "SIGTERM");
    await eventually(false, () => alive(parent) || alive(daemon), 3_000);
    const refusing = await node.write("refusing.sh", `echo "bye 2" >&3\nexit 2\n`);
    await expect(node.exec(GUARDIAN, "/bin/sh", refusing)).rejects.toMatchObject({ status: 2 });
  }));

test("a daemon that ignores TERM is killed and its addresses released", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    await withRecord(node);
    const deaf = await daemonScript(node, `trap '' TERM\necho ready >&3\necho "stopping 300" >&3\necho $$ >${node.dir}/deaf\nsleep 1000`);
    const guardian = node.spawn([GUARDIAN, "/bin/sh", deaf, "-n"], "ignore");
    await eventually(1, async () => (await pids(node, "deaf")).length, 5_000);
    guardian.kill("SIGTERM");
    await eventually(1, () => guardian.exitCode, 5_000);
    expect(await node.holds(VIP)).toBe(false);
  }));

test("--release undoes routes, rules, links, settings and tables too, what cannot be undone aside", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    const route = (index: number, to: string, hops = 0): KernelRoute => ({
      family: 4, type: "unicast", to: { address: ipAddress(to), prefixLength: 24 }, from: undefined, src: undefined, via: undefined,
      interfaceIndex: hops === 0 ? index : undefined, table: 1000, metric: 7, scope: 0, protocol: 18, tos: 0, onlink: false, encap: undefined, expiresS: undefined, metrics: {},
      congctl: undefined, realms: undefined, pref: undefined, ttlPropagate: undefined,
      nexthops: Array.from({ length: hops }, (_, i) => ({ via: ipAddress(`192.0.2.${70 + i}`), interfaceIndex: index, weight: 1, onlink: false, encap: undefined, realms: undefined })),
    });
    const rule = (preference: number): KernelRule => ({
      family: 4, not: false, from: { address: ipAddress("192.0.2.0"), prefixLength: 24 }, to: undefined, preference, action: { type: "table", table: 1000 }, tos: 0,
      fwmark: undefined, realms: undefined, suppressPrefixlength: undefined, suppressIfgroup: undefined, iif: undefined, oif: undefined, tunnelId: undefined,
      uidrange: undefined, protocol: 18, ipproto: undefined, sport: undefined, dport: undefined,
    });
    const eth0 = await index(node, "eth0");
    for (const words of ["route add 198.51.100.0/24 dev eth0 scope global table 1000 metric 7 proto 18", "route add 203.0.113.0/24 table 1000 metric 7 proto 18 nexthop via 192.0.2.70 nexthop via 192.0.2.71 nexthop via 192.0.2.72", "rule add from 192.0.2.0/24 table 1000 preference 1001 proto 18", `addr add ${VIP}/24 dev eth0`]) {
      await node.exec("ip", ...words.split(" "));
    }
    await node.exec("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1");
    await node.exec("ip", ...`link add link eth0 name vrrp.51 address ${MAC} type macvlan mode private`.split(" "));
    for (const table of ["ip keepalived", "ip6 keepalived", "ip6 only_ip6", "ip other"]) await node.exec("nft", "add", "table", ...table.split(" "));
    const record = encodeInstalledRecord({
      rules: [rule(1000), rule(1001)],
      routes: [route(eth0, "198.51.101.0"), route(eth0, "198.51.100.0"), route(eth0, "203.0.113.0", 3)],
      addresses: [{ interfaceIndex: eth0, address: ipAddress(VIP), prefixLength: 24, scope: 0 }],
      links: ["gone.51", "vrrp.51"].map((name) => own(name, eth0)),
      settings: [{ name: "net/ipv4/conf/gone/promote_secondaries", value: 0 }, { name: "net/ipv4/conf/eth0/promote_secondaries", value: 0 }],
      tables: ["keepalived", "only_ip6", "never_there"],
    });
    await writeFile(join(node.dir, "record"), record);

    await node.exec(GUARDIAN, "--release", join(node.dir, "record"));

    expect(await node.exec("ip", "route", "show", "table", "all", "proto", "18")).toBe("");
    expect(await node.exec("ip", "rule")).not.toContain("192.0.2.0/24");
    expect(await node.holds(VIP)).toBe(false);
    expect(await node.exec("sysctl", "-n", "net.ipv4.conf.eth0.promote_secondaries")).toBe("0\n");
    expect(await node.exec("ip", "-br", "link")).not.toContain("vrrp.51");
    expect(await node.exec("nft", "list", "tables")).toBe("table ip other\n");
  }));

test("--release deletes a link only when it is what is recorded: name, kind, mode, interface below, MAC address", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    const make = (name: string, on: string, words: string) => node.exec("ip", "link", "add", "link", on, "name", name, ...words.split(" "));
    await node.exec("ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1");
    await make("ours", "eth0", "address 02:00:00:00:00:51 type macvlan mode private");
    await make("mac", "eth0", "address 02:00:00:00:00:52 type macvlan mode private");
    await make("mode", "eth0", "address 02:00:00:00:00:53 type macvlan mode bridge");
    await make("below", "other0", "address 02:00:00:00:00:54 type macvlan mode private");
    await node.exec("ip", "link", "add", "kind", "address", "02:00:00:00:00:55", "type", "veth", "peer", "name", "kind1");
    await make("alone", "eth0", "address 02:00:00:00:00:56 type macvlan mode private");
    await make("grouped", "eth0", "address 02:00:00:00:00:57 group 9 type macvlan mode private");
    const eth0 = await index(node, "eth0");
    const names = ["gone", "kind", "mac", "mode", "below", "alone", "ours", "grouped"];
    const mac = { ours: 0x51, mac: 0x99, mode: 0x53, below: 0x54, kind: 0x55, alone: 0x56, grouped: 0x57, gone: 0x58 };
    const links = names.map((name) => ({ ...own(name, eth0), hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, mac[name as keyof typeof mac]) }));
    const record = encodeInstalledRecord({ rules: [], routes: [], addresses: [], links, settings: [], tables: [] });
    // As it once was: the name, and nothing that tells it from others.
    const slot = 64 + 128 * names.indexOf("alone");
    record.fill(0, slot, slot + 128);
    record.set(encodeDeleteLink("alone"), slot);
    await writeFile(join(node.dir, "record"), record);

    await node.exec(GUARDIAN, "--release", join(node.dir, "record"));

    const left = (JSON.parse(await node.exec("ip", "-j", "link")) as { ifname: string }[]).map(({ ifname }) => ifname);
    expect(left.filter((name) => names.includes(name)).sort()).toEqual(["alone", "below", "kind", "mac", "mode"]);
  }));

test("--release removes what the record names, and is content when there is none", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    await withRecord(node);
    await node.exec(GUARDIAN, "--release", join(node.dir, "record"));
    expect(await node.holds(VIP)).toBe(false);
    await node.exec(GUARDIAN, "--release", join(node.dir, "record"));
    await node.exec(GUARDIAN, "--release", join(node.dir, "never-written"));
  }));

test("options that only print are handed to the daemon's program as they are", () => {
  const { stdout, status } = spawnSync(GUARDIAN, ["/bin/echo", "main", "-v"], { encoding: "utf8" });
  expect([stdout, status]).toEqual(["main -v\n", 0]);
});

test("the init system hears what it hears from keepalived", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    const socket = join(node.dir, "notify");
    const heard = join(node.dir, "heard");
    node.spawn(["python3", "-u", "-c", LISTENER, socket, heard], "ignore");
    await eventually(true, () => existsSync(socket), 5_000);
    const script = await daemonScript(node, `echo ready >&3\nsleep 0.2\necho reloading >&3\nsleep 0.2\necho ready >&3\nsleep 0.2\necho "stopping 1000" >&3\nsleep 0.2\necho "bye 0" >&3`);
    const guardian = node.spawn(["env", `NOTIFY_SOCKET=${socket}`, GUARDIAN, "/bin/sh", script, "-n"], "ignore");
    await eventually(0, () => guardian.exitCode, 5_000);
    const ready = `READY=1\nMAINPID=${guardian.pid}`;
    await eventually([ready, "RELOADING=1", ready, "STOPPING=1", ""], async () => (await readFile(heard, "utf8")).split("|"), 5_000);
  }));

test("as the first process of a container it reaps whoever is left to it, and its daemon's end is still its own", () =>
  withLan(1, async ([node]) => {
    if (node === undefined) throw new Error("no node");
    // The shell between ends at once; what it started is then the first process's child, and ends later.
    const orphan = `sh -c 'sleep 0.2 & echo $! >${node.dir}/orphan'`;
    const script = await daemonScript(node, `echo ready >&3\n${orphan}\nwhile [ -e /proc/$(cat ${node.dir}/orphan) ]; do sleep 0.02; done\necho "bye 7" >&3\nexit 7`);
    const container = node.spawn(["unshare", "--pid", "--fork", "--mount-proc", GUARDIAN, "/bin/sh", script, "-n"], "ignore");
    await eventually(7, () => container.exitCode, 5_000);
  }));
