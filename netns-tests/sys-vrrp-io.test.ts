// The VRRP engine's ports on a real kernel: two namespaces, one veth pair, and this process moving between them.
// vitest gives each file a process of its own, so the namespace of its main thread is ours to change.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ipAddress } from "../src/base/ip.ts";
import type { InterfaceAddress, KernelEvent, Link } from "../src/base/network.ts";
import { KEEPALIVED_PROTOCOL, SCOPE_GLOBAL } from "../src/base/network.ts";
import type { Datagram } from "../src/base/ports.ts";
import { KernelError } from "../src/base/errors.ts";
import { NETLINK_ROUTE } from "../src/net/linux-netlink.ts";
import { RawAdvertSocket } from "../src/sys/advert-socket.ts";
import { PacketFrameSocket } from "../src/sys/frame-socket.ts";
import { KernelHostNetwork } from "../src/sys/host-network.ts";
import { isCloseOnExec } from "../src/sys/libc.ts";
import { KernelLinkMonitor } from "../src/sys/link-monitor.ts";
import { KernelNetlinkClient } from "../src/sys/netlink-client.ts";
import { rehearsalPorts } from "../src/sys/rehearsal-ports.ts";
import { enterNetworkNamespace } from "../src/sys/network-namespace.ts";
import { eventually } from "./lib/eventually.ts";

const LEFT = `regent-sys-l-${process.pid}`;
const RIGHT = `regent-sys-r-${process.pid}`;
const GROUP4 = ipAddress("224.0.0.18");

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });
const inNamespace = <T>(name: string, act: () => T): T => {
  enterNetworkNamespace(`/run/netns/${name}`);
  return act();
};

interface Side {
  readonly netlink: KernelNetlinkClient;
  readonly host: KernelHostNetwork;
  readonly link: Link;
}

let left: Side;
let right: Side;

/** When its link is up. */
async function side(name: string): Promise<Side> {
  const opened = inNamespace(name, () => {
    const netlink = KernelNetlinkClient.open(NETLINK_ROUTE);
    return { netlink, host: new KernelHostNetwork(netlink) };
  });
  const eth0 = () => inNamespace(name, () => opened.host.links().find((candidate) => candidate.name === "eth0"));
  await eventually(true, () => eth0()?.up, 5_000);
  const link = eth0();
  if (link === undefined) throw new Error("no eth0");
  return { ...opened, link };
}

beforeAll(async () => {
  ip("netns", "add", LEFT);
  ip("netns", "add", RIGHT);
  ip("-n", LEFT, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", RIGHT);
  for (const [name, host] of [[LEFT, 1], [RIGHT, 2]] as const) {
    ip("netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.eth0.accept_dad=0");
    ip("-n", name, "addr", "add", `198.51.100.${host}/24`, "dev", "eth0");
    ip("-n", name, "addr", "add", `fe80::${host}/64`, "dev", "eth0", "nodad");
    ip("-n", name, "link", "set", "eth0", "up");
  }
  left = await side(LEFT);
  right = await side(RIGHT);
});

afterAll(() => {
  ip("netns", "del", LEFT);
  ip("netns", "del", RIGHT);
});

/** `ip -j addr` of the left side's eth0. */
function kernelAddresses(): Record<string, unknown>[] {
  const links = JSON.parse(ip("-n", LEFT, "-j", "addr", "show", "dev", "eth0")) as { addr_info: Record<string, unknown>[] }[];
  return links[0]?.addr_info ?? [];
}

const vip = (text: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress => ({
  interfaceIndex: left.link.index,
  address: ipAddress(text),
  prefixLength: text.includes(":") ? 128 : 32,
  scope: SCOPE_GLOBAL,
  protocol: KEEPALIVED_PROTOCOL,
  ...more,
});

test("links and addresses are those of the namespace", () => {
  expect(left.link).toMatchObject({ name: "eth0", up: true, arp: true, loopback: false, mtu: 1500 });
  const [reported] = JSON.parse(ip("-n", LEFT, "-j", "link", "show", "dev", "eth0")) as [{ ifindex: number; address: string }];
  expect(left.link.index).toBe(reported.ifindex);
  expect(Buffer.from(left.link.hardwareAddress).toString("hex")).toBe(reported.address.replaceAll(":", ""));
  expect(left.host.addresses().map(({ address }) => address)).toContain("198.51.100.1");
  expect(left.host.addresses().map(({ address }) => address)).not.toContain("198.51.100.2");
});

test("what is added is what `ip addr` shows, and what a dump decodes to", () => {
  const added = [
    vip("192.0.2.10", { label: "eth0:vip", prefixLength: 24, broadcast: ipAddress("192.0.2.255") }),
    vip("192.0.2.11", { peer: ipAddress("203.0.113.7"), scope: 253 }),
    vip("192.0.2.12", { noPrefixRoute: true, prefixLength: 24 }),
    vip("2001:db8::10", { preferredLifetimeS: 0, noDuplicateDetection: true }),
    vip("2001:db8::11", { prefixLength: 64, noPrefixRoute: true, noDuplicateDetection: true, home: true }),
    vip("2001:db8::12", { peer: ipAddress("2001:db8:1::1"), noDuplicateDetection: true }),
  ];

  expect(left.host.addAddresses(added)).toEqual(added.map(() => undefined));

  const shown = kernelAddresses();
  const row = (local: string) => shown.find((address) => address["local"] === local);
  expect(row("192.0.2.10")).toMatchObject({ label: "eth0:vip", prefixlen: 24, broadcast: "192.0.2.255", scope: "global" });
  expect(row("192.0.2.11")).toMatchObject({ address: "203.0.113.7", scope: "link" });
  expect(row("192.0.2.12")).toMatchObject({ noprefixroute: true });
  expect(row("2001:db8::10")).toMatchObject({ prefixlen: 128, deprecated: true, preferred_life_time: 0 });
  expect(row("2001:db8::11")).toMatchObject({ noprefixroute: true, home: true, nodad: true });
  expect(row("2001:db8::12")).toMatchObject({ address: "2001:db8:1::1" });

  const dumped = left.host.addresses();
  for (const address of added) {
    const found = dumped.find((candidate) => candidate.address === address.address);
    // The kernel labels every IPv4 address with the interface's name.
    const label = address.address.includes(":") ? {} : { label: address.label ?? "eth0" };
    expect(found).toEqual({ ...address, ...label });
  }

  expect(left.host.addAddresses(added), "being there already counts as success").toEqual(added.map(() => undefined));
  expect(left.host.deleteAddresses(added)).toEqual(added.map(() => undefined));
  expect(left.host.deleteAddresses(added), "being gone already counts as success").toEqual(added.map(() => undefined));
  for (const { address } of added) expect(JSON.stringify(kernelAddresses())).not.toContain(`"local":"${address}"`);
});

test("a refusal is a KernelError with its code, operation and the kernel's own sentence", () => {
  const nowhere = vip("192.0.2.20", { interfaceIndex: 4_000_000 });
  const [missing] = left.host.addAddresses([nowhere]);
  expect(missing).toBeInstanceOf(KernelError);
  expect(missing).toMatchObject({ code: "ENODEV", operation: "RTM_NEWADDR 192.0.2.20/32 dev 4000000" });
  expect(left.host.deleteAddresses([nowhere])).toEqual([undefined]);
  // Not a multicast address: the kernel explains itself in the extended acknowledgement.
  const [refused] = left.host.addAddresses([vip("192.0.2.21", { autojoin: true })]);
  expect(refused).toMatchObject({ code: "EINVAL" });
  expect(refused?.message).toMatch(/EINVAL \(.+\)$/);
});

test("one refusal among many does not disturb the others", () => {
  const many = Array.from(Array(1_008).keys(), (i) => vip(`198.18.${i >> 8}.${i & 255}`, i === 500 ? { interfaceIndex: 4_000_000 } : {}));
  const started = performance.now();
  const results = left.host.addAddresses(many);
  const took = performance.now() - started;
  expect(results.map((error, i) => (error === undefined ? -1 : i)).filter((i) => i >= 0)).toEqual([500]);
  expect(kernelAddresses().filter(({ local }) => String(local).startsWith("198.18."))).toHaveLength(1_007);
  expect(took).toBeLessThan(2_000);
  expect(left.host.deleteAddresses(many)).toEqual(many.map(() => undefined));
  expect(kernelAddresses().filter(({ local }) => String(local).startsWith("198.18."))).toHaveLength(0);
});

test("the link monitor is woken and tells links and addresses, and an overrun as lost", async () => {
  let woken = 0;
  const monitor = inNamespace(LEFT, () => KernelLinkMonitor.open(() => woken++));
  const drain = () => {
    const events: KernelEvent[] = [];
    for (let event = monitor.receive(); event !== undefined; event = monitor.receive()) events.push(event);
    return events;
  };
  expect(drain()).toEqual([]);

  left.host.addAddresses([vip("192.0.2.30")]);
  expect(drain(), "readable at once, before the loop turned").toMatchObject([{ type: "addressAdded", address: { address: "192.0.2.30", protocol: KEEPALIVED_PROTOCOL } }]);
  await expect.poll(() => woken, { timeout: 3_000 }).toBeGreaterThan(0);

  left.host.deleteAddresses([vip("192.0.2.30")]);
  ip("-n", RIGHT, "link", "set", "eth0", "down");
  const seen = drain();
  expect(seen).toContainEqual(expect.objectContaining({ type: "addressDeleted" }));
  await expect.poll(() => [...seen, ...drain()].some((event) => event.type === "link" && !event.link.up), { timeout: 3_000 }).toBe(true);
  ip("-n", RIGHT, "link", "set", "eth0", "up");
  await expect.poll(() => drain().some((event) => event.type === "link" && event.link.up), { timeout: 3_000 }).toBe(true);

  ip("-n", LEFT, "link", "add", "br7", "type", "bridge");
  const added = drain().find((event) => event.type === "link" && event.link.name === "br7");
  ip("-n", LEFT, "link", "del", "br7");
  expect(added).toBeDefined();
  await expect.poll(() => drain().some((event) => event.type === "linkDeleted" && event.name === "br7"), { timeout: 3_000 }).toBe(true);

  monitor.close();
  expect(() => monitor.receive()).toThrow(/closed/);
});

test("more events in one turn than any queue holds end in lost, not in the end of the process", async () => {
  const monitor = inNamespace(LEFT, () => KernelLinkMonitor.open(() => undefined));
  const flood = Array.from(Array(1_000).keys(), (i) => vip(`198.19.${i >> 8}.${i & 255}`));
  for (let round = 0; round < 12; round++) {
    left.host.addAddresses(flood);
    left.host.deleteAddresses(flood);
  }
  let lost = false;
  for (let event = monitor.receive(); event !== undefined; event = monitor.receive()) lost ||= event.type === "lost";
  expect(lost).toBe(true);
  await sleep(100); // the waker's own overrun would abort here
  left.host.addAddresses([vip("192.0.2.31")]);
  const next = monitor.receive();
  expect(next, "it goes on after an overrun").toMatchObject({ type: "addressAdded" });
  left.host.deleteAddresses([vip("192.0.2.31")]);
  monitor.close();
});

function openSockets(): number[] {
  return readdirSync("/proc/self/fd")
    .filter((fd) => linkOf(fd).startsWith("socket:"))
    .map(Number);
}

/** Empty for the descriptor of the listing itself, which is closed by now. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

/** IPv4 header, TTL 255, protocol 112, then `payload`. The kernel fills in checksum and length. */
function ipv4Packet(source: string, destination: string, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(20);
  header.set([0x45, 0xc0, 0, 0, 0, 0, 0, 0, 255, 112]);
  header.set(source.split(".").map(Number), 12);
  header.set(destination.split(".").map(Number), 16);
  return Uint8Array.from([...header, ...payload]);
}

/** Everything in the queue when so many have come: a busy machine delivers late. */
async function arrived(socket: RawAdvertSocket, count: number): Promise<Datagram[]> {
  const all: Datagram[] = [];
  const drained = () => {
    for (let next = socket.receive(); next !== undefined; next = socket.receive()) all.push(next);
    return all.length;
  };
  await expect.poll(drained, { timeout: 3_000 }).toBe(count);
  return all;
}

test("adverts cross the wire: pulled with their IP header, not looped back, close-on-exec", async () => {
  let woken = 0;
  const before = new Set(openSockets());
  const options = { family: 4, protocol: 112, interfaceName: "eth0", group: GROUP4 } as const;
  const a = inNamespace(LEFT, () => RawAdvertSocket.open({ ...options, interfaceIndex: left.link.index, wake: () => undefined }));
  const b = inNamespace(RIGHT, () => RawAdvertSocket.open({ ...options, interfaceIndex: right.link.index, wake: () => woken++ }));
  const sockets = openSockets().filter((fd) => !before.has(fd));
  expect(sockets).toHaveLength(2);
  for (const fd of sockets) expect(isCloseOnExec(fd)).toBe(true);
  expect(ip("-n", RIGHT, "maddr", "show", "dev", "eth0")).toContain("224.0.0.18");

  for (let i = 0; i < 5; i++) a.send(ipv4Packet("198.51.100.1", GROUP4, Uint8Array.of(0x31, i)), GROUP4);
  expect((await arrived(b, 5)).map(({ source, packet }) => [source, packet[8], packet[9], packet.at(-1)])).toEqual(
    [0, 1, 2, 3, 4].map((i) => ["198.51.100.1", 255, 112, i]),
  );
  b.send(ipv4Packet("198.51.100.2", GROUP4, Uint8Array.of(0x31, 7)), GROUP4);
  expect((await arrived(a, 1)).map(({ source }) => source), "not looped back").toEqual(["198.51.100.2"]);

  woken = 0;
  a.send(ipv4Packet("198.51.100.1", GROUP4, Uint8Array.of(9)), GROUP4);
  await expect.poll(() => woken, { timeout: 1_000 }).toBeGreaterThan(0);
  await sleep(100);
  const last = b.receive();
  expect(last?.packet.at(-1)).toBe(9);
  // The kernel says when it came, not when it was read.
  expect(last?.ageUs).toBeGreaterThanOrEqual(100_000);
  expect(last?.ageUs).toBeLessThan(5_000_000);

  a.close();
  a.close();
  expect(() => a.send(new Uint8Array(20), GROUP4)).toThrow(/EBADF/);
  expect(() => a.receive()).toThrow(/EBADF/);
  b.close();
});

function ipv4Frame(sequence: number, padding = 0): Uint8Array {
  const packet = ipv4Packet("198.51.100.1", GROUP4, Uint8Array.of(sequence >> 8, sequence & 255, ...new Array<number>(padding).fill(0)));
  packet[3] = packet.length;
  const sum = packet.subarray(0, 20).reduce((total, octet, i) => total + (i % 2 === 0 ? octet << 8 : octet), 0);
  const checksum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
  packet.set([checksum >> 8, checksum & 255], 10);
  return Uint8Array.from([0x01, 0, 0x5e, 0, 0, 0x12, ...left.link.hardwareAddress, 0x08, 0x00, ...packet]);
}

test("three hundred frames arrive in order; one that is refused keeps none of the others back", async () => {
  const receiver = inNamespace(RIGHT, () =>
    RawAdvertSocket.open({ family: 4, protocol: 112, interfaceName: "eth0", group: GROUP4, interfaceIndex: right.link.index, wake: () => undefined }),
  );
  const frames = inNamespace(LEFT, () => PacketFrameSocket.open());
  const sequences = async (count: number) => (await arrived(receiver, count)).map(({ packet }) => ((packet[20] ?? 0) << 8) | (packet[21] ?? 0));
  const numbers = [...Array(300).keys()];
  expect(frames.sendAll(left.link.index, numbers.map((i) => ipv4Frame(i)))).toEqual([]);
  expect(await sequences(300)).toEqual(numbers);

  const tooLong = new Set([0, 1, 130, 299]);
  try {
    ip("-n", LEFT, "link", "set", "eth0", "mtu", "70");
    const refused = frames.sendAll(left.link.index, numbers.map((i) => ipv4Frame(i, tooLong.has(i) ? 60 : 0)));
    expect(refused.map(({ at, error }) => [at, error instanceof KernelError ? error.code : error])).toEqual([...tooLong].map((i) => [i, "EMSGSIZE"]));
    expect(await sequences(296)).toEqual(numbers.filter((i) => !tooLong.has(i)));
  } finally {
    ip("-n", LEFT, "link", "set", "eth0", "mtu", "1500");
    ip("netns", "exec", LEFT, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"); // an MTU below 1280 took IPv6 away
    ip("netns", "exec", LEFT, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0");
    ip("-n", LEFT, "addr", "replace", "fe80::1/64", "dev", "eth0", "nodad");
  }
  expect(() => frames.sendAll(left.link.index, [new Uint8Array(13)])).toThrow(RangeError);
  for (const socket of [receiver, frames]) socket.close();
  expect(() => frames.sendAll(left.link.index, [])).toThrow(/EBADF/);
});

test("a rehearsal's requests are acknowledged and change nothing, its frames do not leave", () => {
  const receiver = inNamespace(RIGHT, () =>
    RawAdvertSocket.open({ family: 4, protocol: 112, interfaceName: "eth0", group: GROUP4, interfaceIndex: right.link.index, wake: () => undefined }),
  );
  const monitor = inNamespace(LEFT, () => KernelLinkMonitor.open(() => undefined));
  const before = JSON.stringify(kernelAddresses());
  const stage = inNamespace(LEFT, () => rehearsalPorts(left.netlink));
  const many = Array.from(Array(300).keys(), (i) => vip(`198.18.${i >> 8}.${i & 255}`));
  stage.network.prepare(many);
  expect(stage.network.addAddresses(many)).toEqual(many.map(() => undefined));
  expect(stage.network.deleteAddresses([vip("198.51.100.1", { prefixLength: 24 })])).toEqual([undefined]);
  expect(stage.network.addresses()).toEqual(left.host.addresses());
  expect(stage.frames.sendAll(left.link.index, [ipv4Frame(1)])).toEqual([]);
  const nothing = { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] };
  stage.record.write({ ...nothing, addresses: many });
  expect(stage.record.read()).toEqual(nothing);
  expect(JSON.stringify(kernelAddresses())).toBe(before);
  expect([monitor.receive(), receiver.receive()]).toEqual([undefined, undefined]);
  for (const one of [stage, monitor, receiver]) one.close();
});

test("what cannot be sent or opened is a KernelError with its code", () => {
  const options = { family: 4, protocol: 112, interfaceName: "eth0", group: GROUP4, wake: () => undefined } as const;
  const socket = inNamespace(LEFT, () => RawAdvertSocket.open({ ...options, interfaceIndex: left.link.index }));
  ip("-n", LEFT, "link", "set", "eth0", "down");
  expect(() => socket.send(ipv4Packet("198.51.100.1", GROUP4, Uint8Array.of(1)), GROUP4)).toThrow(
    expect.objectContaining({ name: "KernelError", code: expect.stringMatching(/^E(NETDOWN|NETUNREACH)$/) as string }),
  );
  const frames = inNamespace(LEFT, () => PacketFrameSocket.open());
  const frame = new Uint8Array(60);
  const refusedBy = (index: number) => frames.sendAll(index, [frame, frame]).map(({ at, error }) => [at, error instanceof KernelError ? error.code : error]);
  expect(refusedBy(left.link.index)).toEqual([[0, "ENETDOWN"], [1, "ENETDOWN"]]);
  expect(refusedBy(4_000_000)).toEqual([[0, "ENXIO"], [1, "ENXIO"]]);
  ip("-n", LEFT, "link", "set", "eth0", "up");
  const missing = { ...options, interfaceName: "nosuch0", interfaceIndex: 4_000_000 };
  expect(() => inNamespace(LEFT, () => RawAdvertSocket.open(missing))).toThrow(expect.objectContaining({ code: "ENODEV" }));
  socket.close();
  frames.close();
});

test("descriptors do not leak when opening fails", () => {
  const count = () => readdirSync("/proc/self/fd").length;
  const options = { family: 4, protocol: 112, interfaceName: "nosuch0", interfaceIndex: 4_000_000, group: GROUP4, wake: () => undefined } as const;
  const before = count();
  for (let i = 0; i < 5; i++) expect(() => inNamespace(LEFT, () => RawAdvertSocket.open(options))).toThrow(/ENODEV/);
  expect(count()).toBe(before);
  expect(readFileSync("/proc/thread-self/net/raw", "utf8").split("\n")).toHaveLength(2);
});
