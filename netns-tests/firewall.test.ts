import assert from "node:assert/strict";
import { test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { GLOBAL, VRID, instance } from "./lib/configs.ts";
import { type Director, type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, monotonicUs } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { CommandError, signal } from "./lib/run.ts";

// Both directors are MASTER of the same sort of virtual routers on one LAN, the observer is the client: what it sees of the
// addresses, and what the nft command says of the tables, has to be the same.

/** The last part of the addresses of each, and of its VRIDs. */
const OF = { keepalived: { host: 100, vrid: 50 }, regentd: { host: 150, vrid: 60 } } as const;

function config(kind: DirectorKind, globals = "", more: readonly string[] = ["no_accept"]): string {
  const { host, vrid } = OF[kind];
  const router = (name: string, number: number, vips: readonly string[], lines: readonly string[]) => instance({ name, vrid: vrid + number, priority: 150, vips, more: lines });
  return `global_defs {\n router_id T\n ${globals}\n}\n${[
    router("V4", 1, [`192.0.2.${host}/24`], [...more, `virtual_ipaddress_excluded {\n 2001:db8::${host}1/64\n}`]),
    router("V6", 2, [`fe80::${host}`, `2001:db8::${host}2/64`], [...more, "version 3"]),
    router("OPEN", 3, [`192.0.2.${host + 1}/24`], []),
  ].join("")}`;
}

async function startMaster(node: Node, kind: DirectorKind, text: string): Promise<Director> {
  const director = await startDirector(node, kind, text);
  await Promise.all(["V4", "V6", "OPEN"].map((name) => director.waitFor("MASTER", 30_000, name)));
  return director;
}

/** The rule set with the addresses of the one in place of those of the other. */
async function rules(node: Node, kind: DirectorKind): Promise<unknown> {
  const text = await node.exec("nft", "-j", "list", "ruleset");
  const { host } = OF[kind];
  const { nftables } = JSON.parse(text.replaceAll(new RegExp(`(192\\.0\\.2\\.|fe80::|2001:db8::)(?:${host}|${host + 1})`, "g"), "$1HOST")) as { nftables: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[] };
  // Handles are the kernel's numbers in the order of making.
  const objects = nftables.flatMap((one) => Object.entries(one)).filter(([type]) => type !== "metainfo").map(([type, { handle: _, ...object }]) => JSON.stringify([type, object]));
  return objects.sort().map((object) => JSON.parse(object) as unknown);
}

/** What a client sees: whether it answers, and what a connection to a port without a listener meets. */
async function asClient(client: Node, address: string): Promise<string> {
  const target = address.startsWith("fe80") ? `${address}%eth0` : address;
  const connect = `import socket,sys
a=socket.getaddrinfo(sys.argv[1],81,0,socket.SOCK_STREAM)[0]
s=socket.socket(a[0],a[1]); s.settimeout(1)
try: s.connect(a[4]); print("connected")
except ConnectionRefusedError: print("refused")
except socket.timeout: print("no answer")`;
  const [ping, tcp] = await Promise.all([succeeds(client, "ping", "-n", "-c", "1", "-W", "1", target), client.exec("python3", "-c", connect, target)]);
  return `ping ${ping ? "answered" : "lost"}, connect ${tcp.trim()}`;
}

async function succeeds(node: Node, ...argv: string[]): Promise<boolean> {
  try {
    await node.exec(...argv);
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.status === 1) return false;
    throw error;
  }
}

const BLOCKED = "ping lost, connect no answer";
const OPEN = "ping answered, connect refused";

async function seen(client: Node, kind: DirectorKind): Promise<Readonly<Record<string, string>>> {
  const { host } = OF[kind];
  const addresses = { v4: `192.0.2.${host}`, excluded: `2001:db8::${host}1`, v6: `2001:db8::${host}2`, linkLocal: `fe80::${host}`, open: `192.0.2.${host + 1}` };
  return Object.fromEntries(await Promise.all(Object.entries(addresses).map(async ([name, address]) => [name, await asClient(client, address)] as const)));
}

/** The link-layer address that the client found for an IPv6 address: neighbour discovery got through. */
async function neighbour(client: Node, address: string): Promise<string | undefined> {
  const found = JSON.parse(await client.exec("ip", "-j", "-6", "neigh", "show", "to", address)) as readonly { readonly lladdr?: string }[];
  return found[0]?.lladdr;
}

async function tables(node: Node): Promise<string> {
  return (await node.exec("nft", "list", "tables")).trim();
}

test("a no_accept address answers nobody, with the rules that keepalived makes, IPv4 and IPv6", () =>
  withLan(2, async ([one, other], client) => {
    assert.ok(one && other);
    await Promise.all([one, other, client].map((node) => node.exec("ip", "addr", "add", `2001:db8::${node.address.split(".")[3] ?? ""}:1/64`, "dev", "eth0", "nodad")));
    const [keepalived, regentd] = await Promise.all([startMaster(one, "keepalived", config("keepalived")), startMaster(other, "regentd", config("regentd"))]);
    const want = { v4: BLOCKED, excluded: BLOCKED, v6: BLOCKED, linkLocal: BLOCKED, open: OPEN };
    assert.deepEqual(await seen(client, "keepalived"), want);
    assert.deepEqual(await seen(client, "regentd"), want);
    for (const address of [`2001:db8::${OF.regentd.host}2`, `fe80::${OF.regentd.host}`]) assert.equal(await neighbour(client, address), await other.mac());
    assert.deepEqual(await rules(other, "regentd"), await rules(one, "keepalived"));

    // Somebody reloads his own rules and takes everything along: keepalived's are gone for good, ours come back.
    await other.exec("nft", "flush", "ruleset");
    await eventually("table ip keepalived\ntable ip6 keepalived", () => tables(other), 3_000);
    assert.deepEqual(await seen(client, "regentd"), want);
    assert.deepEqual(await rules(other, "regentd"), await rules(one, "keepalived"));

    await regentd.stop();
    await keepalived.stop();
    assert.deepEqual([await tables(one), await tables(other)], ["", ""]);
  }));

test("table, priority and counters as the keywords say, link-local addresses by name, and strict mode", () =>
  withLan(2, async ([one, other], client) => {
    assert.ok(one && other);
    const globals = "nftables mine\n nftables_priority -7\n nftables_counters\n vrrp_strict";
    const text = (kind: DirectorKind) => config(kind, globals, ["dont_track_primary"]);
    await Promise.all([startMaster(one, "keepalived", text("keepalived")), startMaster(other, "regentd", text("regentd"))]);
    const counted = (objects: unknown) => JSON.stringify(objects).replaceAll(/"(packets|bytes)":\d+/g, '"$1":0');
    assert.equal(counted(await rules(other, "regentd")), counted(await rules(one, "keepalived")));
    // Strict mode is no_accept: the third one is closed, too.
    assert.deepEqual([await asClient(client, `192.0.2.${OF.keepalived.host + 1}`), await asClient(client, `192.0.2.${OF.regentd.host + 1}`)], [BLOCKED, BLOCKED]);
  }));

test("no table is left by a kill -9 of the daemon, of everything, nor by keepalived before us", () =>
  withLan(1, async ([node]) => {
    assert.ok(node);
    const text = config("regentd");
    const keepalived = await startMaster(node, "keepalived", text);
    keepalived.crash();
    await keepalived.ended();
    assert.equal(await tables(node), "table ip keepalived\ntable ip6 keepalived");
    // The record of what is installed goes by the pid file.
    const same = { args: ["-p", `${node.dir}/same.pid`] };
    const first = await startDirector(node, "regentd", text, same);
    await first.waitFor("BACKUP", 30_000, "V4");
    assert.equal(await tables(node), "");

    await first.waitFor("MASTER", 30_000, "V6");
    const both = "table ip keepalived\ntable ip6 keepalived";
    await eventually(both, () => tables(node), 5_000);
    const [, daemon = 0] = first.processes();
    signal(daemon, "SIGKILL");
    await eventually("", () => tables(node), 1_000); // the guardian; the next MASTER comes three seconds later
    assert.deepEqual((await node.addresses("eth0")).filter(({ local }) => local === "192.0.2.150"), []);

    await eventually(both, () => tables(node), 30_000);
    first.crash();
    await first.ended();
    assert.equal(await tables(node), "table ip keepalived\ntable ip6 keepalived");
    const second = await startDirector(node, "regentd", config("regentd", "", ["accept"]), same);
    await second.waitFor("BACKUP", 30_000, "V4");
    assert.equal(await tables(node), "");
    await second.stop();
  }));

test("an advert that the host's own firewall keeps back leaves long before the next one would, once the rule is gone", () =>
  withLan(1, async ([node], observer) => {
    assert.ok(node);
    const capture = await Capture.start(observer);
    const text = GLOBAL + instance({ priority: 255, vips: ["192.0.2.11/24"] }).replace("advert_int 1", "advert_int 5");
    const director = await startDirector(node, "regentd", text);
    await director.waitFor("MASTER");
    await capture.waitFor(advertBy(VRID), 10_000);
    await node.exec("nft", "add table ip own; add chain ip own out { type filter hook output priority 0; }; add rule ip own out ip protocol 112 drop");
    await director.waitForLog(/send advert error \(.*EPERM; a packet filter of this host keeps it back\)/, 10_000);
    await node.exec("nft", "delete", "table", "ip", "own");
    const gone = monotonicUs();
    const { at } = await capture.waitFor((frame) => (advertBy(VRID)(frame) === undefined ? undefined : frame), 10_000, gone);
    assert.ok(at - gone < 3_000_000, `after ${(at - gone) / 1_000_000} s`); // a fifth of the interval, and a busy machine
  }));
