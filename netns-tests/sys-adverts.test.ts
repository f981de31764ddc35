// Advert sockets beyond IPv4 multicast (sys-vrrp-io.test.ts), on a real kernel: IPv6, unicast, AH. Two namespaces, one veth
// pair, and this process moving between them.

import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ipAddress } from "../src/base/ip.ts";
import type { IpAddress } from "../src/base/ip.ts";
import type { Link } from "../src/base/network.ts";
import type { AdvertSocketOptions, Datagram } from "../src/base/ports.ts";
import { CENTISECOND } from "../src/base/time.ts";
import { internetChecksum } from "../src/net/checksum.ts";
import { encodeIpv4 } from "../src/net/ipv4.ts";
import { NETLINK_ROUTE } from "../src/net/linux-netlink.ts";
import { pseudoHeader } from "../src/net/pseudo-header.ts";
import { RawAdvertSocket } from "../src/sys/advert-socket.ts";
import { PacketFrameSocket } from "../src/sys/frame-socket.ts";
import { KernelHostNetwork } from "../src/sys/host-network.ts";
import { closeDescriptor } from "../src/sys/libc.ts";
import { KernelNetlinkClient } from "../src/sys/netlink-client.ts";
import { AF_PACKET, SOCK_RAW, bindSocket, linkLayerAddress, openSocket, receiveFrom } from "../src/sys/sockets.ts";
import { encodeAdvert } from "../src/vrrp/advert.ts";
import { encodeAhPacket } from "../src/vrrp/ah.ts";
import { addressed, addressedIpv6 } from "../src/vrrp/receive.ts";
import { enterNetworkNamespace } from "../src/sys/network-namespace.ts";

const LEFT = `regent-adv-l-${process.pid}`;
const RIGHT = `regent-adv-r-${process.pid}`;
const GROUP4 = ipAddress("224.0.0.18");
const GROUP6 = ipAddress("ff02::12");
const ETHERNET_LEN = 14;
const NOBODY = () => undefined;

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });
const inNamespace = <T>(name: string, act: () => T): T => {
  enterNetworkNamespace(`/run/netns/${name}`);
  return act();
};

let left: Link;
let right: Link;

function linkOf(name: string): Link {
  return inNamespace(name, () => {
    const netlink = KernelNetlinkClient.open(NETLINK_ROUTE);
    const link = new KernelHostNetwork(netlink).links().find((candidate) => candidate.name === "eth0");
    netlink.close();
    if (link === undefined) throw new Error("no eth0");
    return link;
  });
}

beforeAll(async () => {
  ip("netns", "add", LEFT);
  ip("netns", "add", RIGHT);
  ip("-n", LEFT, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", RIGHT);
  for (const [name, host] of [[LEFT, 1], [RIGHT, 2]] as const) {
    ip("netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.eth0.accept_dad=0", "net.ipv6.conf.eth0.addr_gen_mode=1");
    for (const last of [host, host + 10]) {
      ip("-n", name, "addr", "add", `198.51.100.${last}/24`, "dev", "eth0");
      ip("-n", name, "addr", "add", `fe80::${last}/64`, "dev", "eth0", "nodad");
      ip("-n", name, "addr", "add", `2001:db8::${last}/64`, "dev", "eth0", "nodad");
    }
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "link", "set", "eth0", "up");
  }
  [left, right] = [linkOf(LEFT), linkOf(RIGHT)];
  // A fresh address or group is not used at once by every kernel: the advert is repeated, as VRRP does.
  const [a, b] = [open(LEFT, multicast6()), open(RIGHT, multicast6())];
  const deadline = performance.now() + 5_000;
  do {
    if (performance.now() > deadline) throw new Error("no advert crosses the pair");
    a.send(advert6(), GROUP6, { source: ipAddress("fe80::1") });
    await sleep(50);
  } while (drain(b).length === 0);
  for (const socket of [a, b]) socket.close();
});

afterAll(() => {
  ip("netns", "del", LEFT);
  ip("netns", "del", RIGHT);
});

const open = (name: string, options: AdvertSocketOptions) => {
  const link = name === LEFT ? left : right;
  const placed = options.interfaceName === undefined ? options : { ...options, interfaceIndex: link.index };
  return inNamespace(name, () => RawAdvertSocket.open(placed));
};
const on = { interfaceName: "eth0", interfaceIndex: 0, protocol: 112, wake: NOBODY };
const multicast6 = (): AdvertSocketOptions => ({ ...on, family: 6, group: GROUP6 });
const multicast4 = (protocol = 112): AdvertSocketOptions => ({ ...on, family: 4, protocol, group: GROUP4 });
const unicast = (source: string, withInterface = true): AdvertSocketOptions => {
  const family = source.includes(":") ? 6 : 4;
  return { ...(withInterface ? on : { protocol: 112, wake: NOBODY }), family, source: ipAddress(source) };
};

function drain(socket: RawAdvertSocket): Datagram[] {
  const all: Datagram[] = [];
  for (let next = socket.receive(); next !== undefined; next = socket.receive()) all.push(next);
  return all;
}

/** The datagrams that are wanted, when so many have come: a busy machine delivers late. */
async function arrived(socket: RawAdvertSocket, count: number, wanted: (one: Datagram) => boolean = () => true): Promise<Datagram[]> {
  const all: Datagram[] = [];
  const drained = () => all.push(...drain(socket).filter(wanted));
  await expect.poll(drained, { timeout: 3_000 }).toBe(count);
  return all;
}

function advert6(addresses = ["fe80::100", "2001:db8::100"], pseudo?: Uint8Array): Uint8Array {
  const advert = { version: 3, type: 1, vrid: 51, priority: 150, authType: 0, authData: new Uint8Array(8), advertIntervalUs: 100 * CENTISECOND, addresses: addresses.map(ipAddress) };
  return encodeAdvert(advert, 6, pseudo);
}

function advert4(source: string, destination: IpAddress, timeToLive = 255): Uint8Array {
  const advert = { version: 2, type: 1, vrid: 51, priority: 150, authType: 0, authData: new Uint8Array(8), advertIntervalUs: 100 * CENTISECOND, addresses: [ipAddress("192.0.2.100")] };
  return encodeIpv4({ typeOfService: 0xc0, identification: 1, timeToLive, protocol: 112, source: ipAddress(source), destination, payload: encodeAdvert(advert, 4) });
}

function ipv6Frame(hopLimit: number, source: string, destination: IpAddress, payload: Uint8Array): Uint8Array {
  const mac = destination === GROUP6 ? [0x33, 0x33, 0, 0, 0, 0x12] : [...right.hardwareAddress];
  const addresses = pseudoHeader(ipAddress(source), destination, 112, 0).subarray(0, 32);
  return Uint8Array.from([...mac, ...left.hardwareAddress, 0x86, 0xdd, 0x60, 0, 0, 0, 0, payload.length, 112, hopLimit, ...addresses, ...payload]);
}

test("IPv6 multicast: from the address that is asked for, hop limit 255, class CS6, a checksum of the kernel's over the pseudo-header", async () => {
  const [a, b] = [open(LEFT, multicast6()), open(RIGHT, multicast6())];
  const capture = captureRight();
  const sources = ["fe80::1", "fe80::11", "2001:db8::1"];
  for (const source of sources) a.send(advert6(), GROUP6, { source: ipAddress(source) });
  const heard = await arrived(b, sources.length);
  expect(heard.map(({ source, ipv6 }) => [source, ipv6])).toEqual(sources.map((source) => [source, { destination: GROUP6, hopLimit: 255 }]));
  for (const { source, packet, ageUs } of heard) {
    expect(internetChecksum(pseudoHeader(source, GROUP6, 112, packet.length), packet)).toBe(0);
    expect(Buffer.from(packet).toString("hex")).toBe(Buffer.from(advert6(undefined, pseudoHeader(source, GROUP6, 112, packet.length))).toString("hex"));
    expect(ageUs).toBeGreaterThan(0);
    expect(addressedIpv6(packet, source, GROUP6, 255)).toMatchObject({ vrid: 51 });
  }
  expect(drain(a), "not looped back").toEqual([]);
  const trafficClass = ([first = 0, second = 0]: Uint8Array) => ((first << 4) | (second >> 4)) & 0xff;
  expect(capture().map((packet) => [trafficClass(packet), packet[7]])).toEqual(sources.map(() => [0xc0, 255]));
  for (const socket of [a, b]) socket.close();
});

/** IPv6 packets of protocol 112 as the right side's interface gets them, whatever other sockets make of them. */
function captureRight(): () => Uint8Array[] {
  const etherType = 0x86dd;
  const fd = inNamespace(RIGHT, () => openSocket("capture", AF_PACKET, SOCK_RAW, ((etherType & 0xff) << 8) | (etherType >> 8)));
  bindSocket("capture", fd, linkLayerAddress(right.index, etherType));
  return () => {
    const packets: Uint8Array[] = [];
    const frame = new Uint8Array(2_000);
    for (let length = receiveFrom("capture", fd, frame, new Uint8Array(20)); length !== undefined; length = receiveFrom("capture", fd, frame, new Uint8Array(20))) {
      if (frame[ETHERNET_LEN + 6] === 112) packets.push(frame.slice(ETHERNET_LEN, length));
    }
    closeDescriptor(fd);
    return packets;
  };
}

test("IPv6: the kernel drops what has a wrong checksum; hop limit and destination are told", async () => {
  const b = open(RIGHT, multicast6());
  const frames = inNamespace(LEFT, () => PacketFrameSocket.open());
  const peer = ipAddress("fe80::2");
  const right6 = (destination: IpAddress) => advert6(undefined, pseudoHeader(ipAddress("fe80::1"), destination, 112, 40));
  const sent = [
    ipv6Frame(255, "fe80::1", GROUP6, advert6()),
    ipv6Frame(254, "fe80::1", GROUP6, right6(GROUP6)),
    ipv6Frame(255, "fe80::1", GROUP6, right6(GROUP6)),
    ipv6Frame(255, "fe80::1", peer, right6(GROUP6)),
    ipv6Frame(64, "fe80::1", peer, right6(peer)),
  ];
  expect(frames.sendAll(left.index, sent)).toEqual([]);
  expect((await arrived(b, 3)).map(({ source, ipv6 }) => [source, ipv6?.destination, ipv6?.hopLimit])).toEqual([
    ["fe80::1", GROUP6, 254],
    ["fe80::1", GROUP6, 255],
    ["fe80::1", peer, 64],
  ]);
  for (const socket of [b, frames]) socket.close();
});

test("IPv6 unicast: one address, no group joined, hop limit as asked or the kernel's; sockets of both kinds beside each other", async () => {
  const a = open(LEFT, unicast("2001:db8::1"));
  const b = open(RIGHT, unicast("2001:db8::2"));
  const other = open(RIGHT, unicast("2001:db8::12", false));
  expect(ip("-n", RIGHT, "maddr", "show", "dev", "eth0")).not.toContain("ff02::12");
  const group = open(RIGHT, multicast6());
  expect(ip("-n", RIGHT, "maddr", "show", "dev", "eth0")).toContain("ff02::12");
  const sender = open(LEFT, multicast6());
  const to = ipAddress("2001:db8::2");

  a.send(advert6(), to);
  a.send(advert6(), to, { hopLimit: 255 });
  a.send(advert6(), to, { hopLimit: 9 });
  a.send(advert6(), to);
  sender.send(advert6(), GROUP6, { source: ipAddress("fe80::1") });
  a.send(advert6(), ipAddress("2001:db8::12"), { hopLimit: 7 });

  const seen = (datagrams: Datagram[]) => datagrams.map(({ source, ipv6 }) => [source, ipv6?.destination, ipv6?.hopLimit]);
  const fromA = "2001:db8::1";
  expect(seen(await arrived(b, 4))).toEqual([[fromA, to, 64], [fromA, to, 255], [fromA, to, 9], [fromA, to, 64]]);
  expect(seen(await arrived(other, 1))).toEqual([[fromA, "2001:db8::12", 7]]);
  // The group's own socket hears unicast, too: an advert to a multicast instance by unicast is to be refused by name.
  expect(seen(await arrived(group, 1, ({ ipv6 }) => ipv6?.destination === GROUP6))).toEqual([["fe80::1", GROUP6, 255]]);
  for (const socket of [a, b, other, group, sender]) socket.close();
});

test("IPv6 unicast over link-local addresses", async () => {
  const [a, b] = [open(LEFT, unicast("fe80::1")), open(RIGHT, unicast("fe80::2"))];
  a.send(advert6(), ipAddress("fe80::2"));
  expect((await arrived(b, 1)).map(({ source, ipv6 }) => [source, ipv6?.destination])).toEqual([["fe80::1", "fe80::2"]]);
  for (const socket of [a, b]) socket.close();
});

test("IPv4 unicast: one address, no group, with and without an interface, the TTL of the packet", async () => {
  const a = open(LEFT, unicast("198.51.100.1", false));
  const b = open(RIGHT, unicast("198.51.100.2", false));
  const other = open(RIGHT, unicast("198.51.100.12"));
  expect(ip("-n", RIGHT, "maddr", "show", "dev", "eth0")).not.toContain("224.0.0.18");
  const group = open(RIGHT, multicast4());
  const sender = open(LEFT, multicast4());
  a.send(advert4("198.51.100.1", ipAddress("198.51.100.2"), 77), ipAddress("198.51.100.2"));
  sender.send(advert4("198.51.100.1", GROUP4), GROUP4);
  a.send(advert4("198.51.100.1", ipAddress("198.51.100.12")), ipAddress("198.51.100.12"));
  const seen = (datagrams: Datagram[]) => datagrams.map(({ packet }) => addressed(packet)).map((target) => [target?.destination, target?.hopLimit]);
  expect(seen(await arrived(b, 1))).toEqual([["198.51.100.2", 77]]);
  expect(seen(await arrived(other, 1))).toEqual([["198.51.100.12", 255]]);
  expect(seen(await arrived(group, 1, ({ packet }) => addressed(packet)?.destination === GROUP4))).toEqual([[GROUP4, 255]]);
  for (const socket of [a, b, other, group, sender]) socket.close();
});

test("AH has a protocol of its own: heard by its sockets, and by no other", async () => {
  const [a, b, plain] = [open(LEFT, multicast4(51)), open(RIGHT, multicast4(51)), open(RIGHT, multicast4())];
  const key = Uint8Array.from(Buffer.from("s3cret\0\0"));
  const advert = { version: 2, type: 1, vrid: 51, priority: 150, authType: 2, authData: new Uint8Array(8), advertIntervalUs: 100 * CENTISECOND, addresses: [ipAddress("192.0.2.100")] };
  const fields = { typeOfService: 0xc0, identification: 1, timeToLive: 255, protocol: 51, source: ipAddress("198.51.100.1"), destination: GROUP4 };
  const packet = encodeAhPacket({ ...fields, payload: encodeAdvert(advert, 4) }, key, 7, false);
  a.send(packet, GROUP4);
  const [heard] = await arrived(b, 1);
  expect(Buffer.from(heard?.packet ?? []).toString("hex"), "untouched on its way").toBe(Buffer.from(packet).toString("hex"));
  expect(addressed(heard?.packet ?? new Uint8Array(0))).toMatchObject({ vrid: 51, ah: { sequence: 7, nextHeader: 112 } });
  expect(drain(plain)).toEqual([]);
  for (const socket of [a, b, plain]) socket.close();
});

test("what cannot be: a source that is not ours, another family, a socket that was closed", () => {
  expect(() => open(LEFT, unicast("2001:db8::99"))).toThrow(expect.objectContaining({ name: "KernelError", code: "EADDRNOTAVAIL" }));
  expect(() => open(LEFT, unicast("198.51.100.99"))).toThrow(expect.objectContaining({ name: "KernelError", code: "EADDRNOTAVAIL" }));
  expect(() => open(LEFT, { ...unicast("2001:db8::1"), family: 4 })).toThrow(RangeError);
  const a = open(LEFT, multicast6());
  expect(() => a.send(advert6(), GROUP6, { source: ipAddress("2001:db8::99") })).toThrow(expect.objectContaining({ name: "KernelError", code: "EINVAL" }));
  expect(() => a.send(new Uint8Array(9_217), GROUP6)).toThrow(RangeError);
  a.send(advert6(), GROUP6, { source: ipAddress("fe80::1") });
  a.close();
  expect(() => a.send(advert6(), GROUP6)).toThrow(/EBADF/);
  expect(() => a.receive()).toThrow(/EBADF/);
});
