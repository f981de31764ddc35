import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey } from "../../src/base/ipvs.ts";
import type { InterfaceAddress } from "../../src/base/network.ts";
import { decodeAddress, encodeAddressDump, encodeDeleteAddress, encodeNewAddress } from "../../src/net/addresses.ts";
import { HOST_LE, attribute, concatBytes, decodeAttributes, nestedAttribute, readBe16, readString, readU16, readU32, readU8, stringAttribute, u16Attribute, u32Attribute, u8Attribute } from "../../src/net/attributes.ts";
import { decodeFamily, encodeGeneric, encodeGetFamily } from "../../src/net/genetlink.ts";
import { decodeConfig, decodeDestination, decodeInfo, decodeService, encodeDestination, encodeService, encodeSetConfig } from "../../src/net/ipvs-codec.ts";
import { decodeKernelEvent } from "../../src/net/kernel-events.ts";
import { decodeLink, encodeLinkDump } from "../../src/net/links.ts";
import { NLMSG_ERROR, NLMSG_HDRLEN, NLMSG_OVERRUN, NLM_F_ACK_TLVS, NLM_F_CAPPED } from "../../src/net/linux-netlink.ts";
import { RTM_DELADDR, RTM_DELLINK, RTM_NEWADDR, RTM_NEWLINK } from "../../src/net/linux-rtnetlink.ts";
import { decodeAcknowledgement, decodeDone, decodeMessages, encodeMessage, retypedMessage, stampMessage } from "../../src/net/netlink.ts";
import type { NetlinkMessage } from "../../src/net/netlink.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text.replace(/\s/g, ""), "hex"));
const only = (datagram: Uint8Array): NetlinkMessage => {
  const [message] = decodeMessages(datagram) ?? [];
  if (message === undefined) throw new Error("no message");
  return message;
};

/** Byte images are those of a little-endian host, as every director in sight is. */
test("the host is little-endian", () => expect(HOST_LE).toBe(true));

describe("attributes", () => {
  test("of every kind, padded, in order", () => {
    const bytes = concatBytes([u8Attribute(1, 7), u16Attribute(2, 0x1234), u32Attribute(3, 0xfffffffe), stringAttribute(4, "eth0"), attribute(5, new Uint8Array(0))]);
    expect(hex(bytes)).toBe("0500010007000000" + "0600020034120000" + "08000300feffffff" + "09000400" + "6574683000000000" + "04000500");
    const [a, b, c, d, e] = decodeAttributes(bytes) ?? [];
    expect([readU8(a?.value), readU16(b?.value), readU32(c?.value), d && readString(d.value), e?.value.length]).toEqual([7, 0x1234, 0xfffffffe, "eth0", 0]);
    expect([readU8(b?.value), readU16(a?.value), readU32(a?.value), readBe16(a?.value)], "another size is not read").toEqual([undefined, undefined, undefined, undefined]);
  });

  test("the flag bits of nested ones are no part of the type", () => {
    expect(decodeAttributes(nestedAttribute(2, [u8Attribute(1, 1)]))?.[0]?.type).toBe(2);
  });

  for (const [name, image] of [
    ["a header that is cut", "080001"],
    ["a length below the header's", "03000100"],
    ["a length beyond the end", "0900010001020304"],
    ["rubbish after the last", "05000100070000000000"],
  ] as const) {
    test(`refused: ${name}`, () => expect(decodeAttributes(bytesOf(image))).toBeUndefined());
  }
});

describe("messages", () => {
  test("another type makes another message of it; the first stays as it was", () => {
    const message = encodeMessage(20, 1, [Uint8Array.of(1, 2, 3)]);
    expect(hex(retypedMessage(message, 1))).toBe("13000000" + "0100" + "0100" + "00000000" + "00000000" + "01020300");
    expect(hex(message)).toBe("13000000" + "1400" + "0100" + "00000000" + "00000000" + "01020300");
  });

  test("several in one datagram", () => {
    const first = encodeMessage(20, 1, [Uint8Array.of(1, 2, 3)]);
    stampMessage(new DataView(first.buffer, first.byteOffset), 0, 0x01020304, 4);
    const datagram = concatBytes([first, encodeMessage(21, 0, [])]);
    expect(hex(first)).toBe("13000000" + "1400" + "0500" + "04030201" + "00000000" + "01020300");
    expect(decodeMessages(datagram)).toEqual([
      { type: 20, flags: 5, sequence: 0x01020304, port: 0, payload: Uint8Array.of(1, 2, 3) },
      { type: 21, flags: 0, sequence: 0, port: 0, payload: new Uint8Array(0) },
    ]);
  });

  test("cut anywhere but at the padding, it is refused", () => {
    const whole = encodeMessage(20, 1, [Uint8Array.of(1, 2, 3, 4, 5)]);
    for (let length = 1; length < NLMSG_HDRLEN + 5; length++) expect(decodeMessages(whole.subarray(0, length))).toBeUndefined();
    expect(decodeMessages(whole.subarray(0, NLMSG_HDRLEN + 5))).toHaveLength(1);
    expect(decodeMessages(new Uint8Array(0))).toEqual([]);
  });

  const request = encodeMessage(20, 5, [Uint8Array.of(9, 9, 9, 9)]);
  const errno = (code: number) => new Uint8Array(Int32Array.of(-code).buffer);
  const sentence = stringAttribute(1, "Missing device");
  const acknowledgement = (flags: number, ...parts: Uint8Array[]) => only(encodeMessage(NLMSG_ERROR, flags, parts));

  test("acknowledgements: success, refusal, the kernel's own sentence, with and without the repeated request", () => {
    const header = request.subarray(0, NLMSG_HDRLEN);
    expect(decodeAcknowledgement(acknowledgement(NLM_F_CAPPED, errno(0), header))).toEqual({ errno: 0, detail: "" });
    expect(decodeAcknowledgement(acknowledgement(0, errno(17), request))).toEqual({ errno: 17, detail: "" });
    expect(decodeAcknowledgement(acknowledgement(NLM_F_ACK_TLVS, errno(22), request, sentence))).toEqual({ errno: 22, detail: "Missing device" });
    expect(decodeAcknowledgement(acknowledgement(NLM_F_ACK_TLVS | NLM_F_CAPPED, errno(22), header, sentence))).toEqual({ errno: 22, detail: "Missing device" });
    // A success repeats the header alone, whatever length that header names.
    expect(decodeAcknowledgement(acknowledgement(NLM_F_ACK_TLVS, errno(0), header, sentence))).toEqual({ errno: 0, detail: "Missing device" });
  });

  test("acknowledgements that are too short or positive are refused", () => {
    expect(decodeAcknowledgement(acknowledgement(0, errno(17)))).toBeUndefined();
    expect(decodeAcknowledgement(acknowledgement(0, errno(-17), request))).toBeUndefined();
    expect(decodeAcknowledgement(acknowledgement(NLM_F_ACK_TLVS, errno(22), request.subarray(0, 16)))).toBeUndefined();
  });

  test("the end of a dump may carry an errno", () => {
    expect(decodeDone(acknowledgement(0))).toBe(0);
    expect(decodeDone(acknowledgement(0, errno(0)))).toBe(0);
    expect(decodeDone(acknowledgement(0, errno(4)))).toBe(4);
  });
});

describe("addresses", () => {
  const plain: InterfaceAddress = { interfaceIndex: 3, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 };
  const cases: { name: string; address: InterfaceAddress }[] = [
    { name: "IPv4", address: plain },
    { name: "everything IPv4 has", address: { ...plain, label: "eth0:1", broadcast: ipAddress("192.0.2.255"), peer: ipAddress("198.51.100.1"), scope: 253, noPrefixRoute: true, protocol: 18 } },
    { name: "IPv6", address: { ...plain, address: ipAddress("2001:db8::1"), prefixLength: 64, noDuplicateDetection: true } },
    {
      name: "everything IPv6 has",
      address: { ...plain, address: ipAddress("2001:db8::1"), peer: ipAddress("2001:db8::2"), home: true, managedTemporary: true, autojoin: true, preferredLifetimeS: 0, protocol: 18 },
    },
    { name: "a lifetime that ends", address: { ...plain, preferredLifetimeS: 3_600 } },
  ];
  for (const { name, address } of cases) {
    test(`what is encoded is decoded: ${name}`, () => {
      const message = only(encodeNewAddress(address));
      expect([message.type, message.flags]).toEqual([RTM_NEWADDR, 0x601]);
      expect(decodeAddress(message.payload)).toEqual(address);
    });
  }

  test("the bytes of an addition", () => {
    expect(hex(encodeNewAddress({ ...plain, protocol: 18 }))).toBe(
      "30000000" + "1400" + "0106" + "00000000" + "00000000" + // nlmsghdr: create, exclusive
        "02" + "18" + "00" + "00" + "03000000" + // ifaddrmsg
        "08000200c0000201" + "08000100c0000201" + // IFA_LOCAL, IFA_ADDRESS
        "05000b0012000000", // IFA_PROTO
    );
  });

  test("a deletion names interface, address, prefix length and peer, nothing that someone may have changed", () => {
    const message = only(encodeDeleteAddress({ ...plain, label: "eth0:1", peer: ipAddress("198.51.100.1"), protocol: 18 }));
    expect(message.type).toBe(RTM_DELADDR);
    expect(decodeAddress(message.payload)).toEqual({ ...plain, peer: ipAddress("198.51.100.1") });
  });

  test("what is no address is refused", () => {
    const { payload } = only(encodeNewAddress({ ...plain, label: "eth0" }));
    const changed = (at: number, value: number) => Uint8Array.from(payload, (octet, i) => (i === at ? value : octet));
    expect(decodeAddress(changed(0, 7)), "family").toBeUndefined();
    expect(decodeAddress(changed(1, 33)), "prefix length").toBeUndefined();
    expect(decodeAddress(payload.subarray(0, 7))).toBeUndefined();
    expect(decodeAddress(payload.subarray(0, 8)), "no address").toBeUndefined();
    expect(decodeAddress(changed(8, 3)), "an attribute's length").toBeUndefined();
  });

  test("dumps ask for everything", () => {
    expect(hex(encodeAddressDump())).toBe("18000000" + "1600" + "0103" + "00000000".repeat(2) + "00".repeat(8));
    expect(only(encodeLinkDump()).type).toBe(18);
  });
});

describe("links and events", () => {
  const IFNAME = 3;
  const link = (family: number, flags: number, ...attributes: Uint8Array[]) =>
    concatBytes([Uint8Array.of(family, 0, 1, 0), new Uint8Array(Uint32Array.of(5, flags, 0).buffer), ...attributes]);
  const eth0 = link(0, 0x1 | 0x40, stringAttribute(IFNAME, "eth0"), u32Attribute(4, 1_500), attribute(1, Uint8Array.of(2, 0, 0, 0, 0, 1)));

  test("up is IFF_UP and IFF_RUNNING", () => {
    const name = stringAttribute(IFNAME, "x");
    expect(decodeLink(eth0)).toEqual({ index: 5, name: "eth0", up: true, loopback: false, arp: true, mtu: 1_500, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) });
    expect([0, 0x1, 0x40, 0x41].map((flags) => decodeLink(link(0, flags, name))?.up)).toEqual([false, false, false, true]);
    expect(decodeLink(link(0, 0x88, name))).toMatchObject({ loopback: true, arp: false, mtu: 0, hardwareAddress: new Uint8Array(0) });
  });

  test("a VRF has a table, and what else is told in the same place is none", () => {
    const withInfo = (kind: string, ...data: Uint8Array[]) => link(0, 0x41, stringAttribute(IFNAME, "blue"), nestedAttribute(18, [stringAttribute(1, kind), ...data]));
    expect(decodeLink(withInfo("vrf", nestedAttribute(2, [u32Attribute(1, 1001)])))?.vrfTable).toBe(1001);
    for (const other of [withInfo("macvlan", nestedAttribute(2, [u32Attribute(1, 1001)])), withInfo("vrf"), withInfo("vrf", attribute(2, Uint8Array.of(1))), eth0]) {
      expect(decodeLink(other)).not.toHaveProperty("vrfTable");
    }
  });

  const event = (type: number, payload: Uint8Array) => decodeKernelEvent(only(encodeMessage(type, 0, [payload])));

  test("messages become events", () => {
    const address: InterfaceAddress = { interfaceIndex: 3, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 };
    const { payload } = only(encodeNewAddress(address));
    expect(event(RTM_NEWLINK, eth0)).toMatchObject({ type: "link", link: { name: "eth0", up: true } });
    expect(event(RTM_DELLINK, eth0)).toEqual({ type: "linkDeleted", index: 5, name: "eth0" });
    expect(event(RTM_NEWADDR, payload)).toEqual({ type: "addressAdded", address });
    expect(event(RTM_DELADDR, payload)).toEqual({ type: "addressDeleted", address });
    expect(event(NLMSG_OVERRUN, new Uint8Array(0))).toEqual({ type: "lost" });
    expect(event(99, payload)).toBeUndefined();
  });

  test("a port that leaves a bridge is not an interface that is gone", () => {
    expect(event(RTM_DELLINK, link(7, 0x41, stringAttribute(IFNAME, "eth0")))).toBeUndefined();
  });

  test("a malformed address report means that something was lost", () => {
    expect(event(RTM_DELADDR, Uint8Array.of(1))).toEqual({ type: "lost" });
  });
});

describe("generic netlink and IPVS", () => {
  const keys: IpvsServiceKey[] = [
    { type: "address", family: 4, protocol: "tcp", address: ipAddress("192.0.2.10"), port: 80 },
    { type: "address", family: 6, protocol: "udp", address: ipAddress("2001:db8::10"), port: 65_535 },
    { type: "address", family: 4, protocol: "sctp", address: ipAddress("192.0.2.10"), port: 0 },
    { type: "fwmark", family: 4, fwmark: 0xffffffff },
    { type: "fwmark", family: 6, fwmark: 1 },
  ];
  const service = (key: IpvsServiceKey, more: Partial<IpvsService> = {}): IpvsService => ({
    key,
    scheduler: "wlc",
    persistent: false,
    hashed: false,
    onePacket: false,
    schedFlags: 0,
    timeoutS: 0,
    prefixLength: key.family === 4 ? 32 : 128,
    persistenceEngine: undefined,
    ...more,
  });

  for (const key of keys) {
    for (const more of [{}, { persistent: true, timeoutS: 360, prefixLength: 24, persistenceEngine: "sip" }, { onePacket: true, schedFlags: 0x38, prefixLength: 0 }]) {
      test(`a service is decoded as encoded: ${JSON.stringify({ ...key, ...more })}`, () => {
        expect(decodeService(only(encodeService(30, 1, service(key, more))).payload)).toEqual(service(key, more));
      });
    }
  }

  test("the bytes of a service", () => {
    const [key] = keys;
    if (key === undefined) throw new Error();
    expect(hex(encodeService(0x1e, 1, service(key, { persistent: true, timeoutS: 300, prefixLength: 24 })))).toBe(
      "68000000" + "1e00" + "0100" + "00000000".repeat(2) + "01010000" + "54000180" + // nlmsghdr, genlmsghdr, nested
        "0600010002000000" + "0600020006000000" + "14000300c000020a" + "00".repeat(12) + "0600040000500000" +
        "080006" + "00776c6300" + "0c00070001000000ffffffff" + "080008002c010000" + "08000900ffffff00",
    );
  });

  const destination: IpvsDestination = { address: ipAddress("198.51.100.1"), family: 4, port: 8_080, forwarding: "NAT", weight: 1, upperThreshold: 0, lowerThreshold: 0 };

  test("a destination is decoded as encoded", () => {
    const key = keys[0] as IpvsServiceKey;
    for (const more of [
      ...(["NAT", "DR", "TUN", "LOCAL", "BYPASS"] as const).map((forwarding) => ({ forwarding })),
      { address: ipAddress("2001:db8:1::1"), family: 6 as const, port: 0, weight: 65_535, upperThreshold: 10, lowerThreshold: 5 },
    ]) {
      const { payload } = only(encodeDestination(30, 5, key, { ...destination, ...more }));
      expect(decodeDestination(payload, 4)).toEqual({ ...destination, ...more, activeConnections: 0, inactiveConnections: 0 });
    }
  });

  test("a destination without a family of its own has its service's", () => {
    const parts = [attribute(1, bytesOf("20010db8 00000000 00000000 00000001")), attribute(2, Uint8Array.of(0, 80)), u32Attribute(3, 3), u32Attribute(4, 2)];
    const { payload } = only(encodeGeneric({ family: 30, command: 5, version: 1, attributes: [nestedAttribute(2, parts)] }));
    expect(decodeDestination(payload, 6)).toMatchObject({ address: "2001:db8::1", port: 80, forwarding: "DR", weight: 2 });
  });

  test("version, timeouts and the family's number", () => {
    const reply = (...attributes: Uint8Array[]) => only(encodeGeneric({ family: 30, command: 14, version: 1, attributes })).payload;
    expect(decodeInfo(reply(u32Attribute(1, 0x010201)))).toBe("1.2.1");
    expect(decodeInfo(reply())).toBeUndefined();
    expect(decodeConfig(only(encodeSetConfig(30, { tcpS: 900, tcpFinS: 120, udpS: 300 })).payload)).toEqual({ tcpS: 900, tcpFinS: 120, udpS: 300 });
    expect(decodeConfig(reply(u32Attribute(4, 1)))).toBeUndefined();
    expect(hex(encodeGetFamily("IPVS"))).toBe("20000000" + "1000" + "0100" + "00000000".repeat(2) + "03010000" + "09000200" + "4950565300000000");
    expect(decodeFamily(only(encodeGeneric({ family: 16, command: 1, version: 2, attributes: [u16Attribute(1, 33)] })).payload)).toBe(33);
    expect(decodeFamily(only(encodeGetFamily("IPVS")).payload)).toBeUndefined();
  });

  test("what is no service or destination is refused", () => {
    const key = keys[0] as IpvsServiceKey;
    const { payload } = only(encodeService(30, 1, service(key)));
    for (let length = 0; length < payload.length; length++) expect(decodeService(payload.subarray(0, length))).toBeUndefined();
    const mask = Buffer.from(payload).indexOf(Buffer.from("08000900", "hex")) + 4;
    expect(decodeService(Uint8Array.from(payload, (octet, i) => (i === mask + 1 ? 0x0f : octet))), "a mask with holes").toBeUndefined();
    const member = only(encodeDestination(30, 5, key, destination)).payload;
    for (let length = 0; length < member.length; length++) expect(decodeDestination(member.subarray(0, length), 4)).toBeUndefined();
  });
});
