import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { KernelRoute, KernelRule } from "../../src/base/routing.ts";
import { decodeKernelEvent } from "../../src/net/kernel-events.ts";
import { RTM_DELROUTE, RTM_DELRULE, RTM_NEWROUTE, RTM_NEWRULE } from "../../src/net/linux-rtnetlink.ts";
import { decodeMessages, encodeMessage } from "../../src/net/netlink.ts";
import type { NetlinkMessage } from "../../src/net/netlink.ts";
import { decodeRoute, describeRoute, encodeDeleteRoute, encodeNewRoute, encodeRouteDump } from "../../src/net/routes.ts";
import { decodeRule, describeRule, encodeDeleteRule, encodeNewRule, encodeRuleDump } from "../../src/net/rules.ts";
import { route as anyRoute, rule as anyRule } from "./routing-arbitraries.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const only = (datagram: Uint8Array): NetlinkMessage => {
  const [message] = decodeMessages(datagram) ?? [];
  if (message === undefined) throw new Error("no message");
  return message;
};

const ROUTE: KernelRoute = {
  family: 4,
  type: "unicast",
  to: { address: ipAddress("203.0.113.0"), prefixLength: 24 },
  from: undefined,
  src: undefined,
  via: ipAddress("192.0.2.254"),
  interfaceIndex: 3,
  table: 254,
  metric: 0,
  scope: 0,
  protocol: 18,
  tos: 0,
  onlink: false,
  encap: undefined,
  expiresS: undefined,
  metrics: {},
  congctl: undefined,
  realms: undefined,
  pref: undefined,
  ttlPropagate: undefined,
  nexthops: [],
};

const RULE: KernelRule = {
  family: 4,
  not: false,
  from: { address: ipAddress("192.0.2.0"), prefixLength: 24 },
  to: undefined,
  preference: 1000,
  action: { type: "table", table: 100 },
  tos: 0,
  fwmark: undefined,
  realms: undefined,
  suppressPrefixlength: undefined,
  suppressIfgroup: undefined,
  iif: undefined,
  oif: undefined,
  tunnelId: undefined,
  uidrange: undefined,
  protocol: 18,
  ipproto: undefined,
  sport: undefined,
  dport: undefined,
};

const ROUTE_HEADER = "02180000" + "fe120001" + "00000000"; // rtmsg: a /24 in main, keepalived's, global, unicast
const ROUTE_WAY = "08000100cb007100" + "08000500c00002fe" + "0800040003000000"; // RTA_DST, RTA_GATEWAY, RTA_OIF

describe("routes", () => {
  test("what is encoded is decoded", () => {
    fc.assert(fc.property(anyRoute, fc.constantFrom("prepend" as const, "append" as const, "add" as const), (route, mode) => {
      const message = only(encodeNewRoute(route, mode));
      expect(message.type).toBe(RTM_NEWROUTE);
      expect(decodeRoute(message.payload)).toEqual(route);
    }));
  });

  test("a deletion names what identifies, and nothing that changes", () => {
    fc.assert(fc.property(anyRoute, (route) => {
      const message = only(encodeDeleteRoute(route));
      expect(message.type).toBe(RTM_DELROUTE);
      const metric = route.family === 6 && route.metric === 0 ? 1024 : route.metric;
      expect(decodeRoute(message.payload)).toEqual({ ...route, metric, metrics: {}, congctl: undefined, expiresS: undefined, pref: undefined, ttlPropagate: undefined });
    }));
  });

  test("the bytes of an addition; the three ways to add differ in flags alone", () => {
    expect(hex(encodeNewRoute(ROUTE, "prepend"))).toBe("34000000" + "1800" + "0104" + "00000000" + "00000000" + ROUTE_HEADER + ROUTE_WAY);
    expect((["prepend", "append", "add"] as const).map((mode) => only(encodeNewRoute(ROUTE, mode)).flags)).toEqual([0x401, 0xc01, 0x601]);
  });

  test("the bytes of next hops, of a table beyond an octet and of realms", () => {
    const hop = { via: ipAddress("192.0.2.253"), interfaceIndex: 3, weight: 2, onlink: true, encap: undefined, realms: { from: 0, to: 5 } };
    const { payload } = only(encodeNewRoute({ ...ROUTE, via: undefined, interfaceIndex: undefined, table: 1000, realms: { from: 3, to: 4 }, nexthops: [hop] }, "prepend"));
    expect(hex(payload)).toBe(
      "02180000" + "00120001" + "00000000" + "08000100cb007100" + "08000f00e8030000" + "08000b0004000300" +
        "1c000900" + "1800" + "04" + "01" + "03000000" + "08000500c00002fd" + "08000b0005000000",
    );
  });

  test("times are told to the kernel in its own parts of a millisecond", () => {
    const { payload } = only(encodeNewRoute({ ...ROUTE, metrics: { rtt: { value: 1500, lock: true }, rttvar: { value: 300, lock: false }, rto_min: { value: 250, lock: false } } }, "prepend"));
    expect(hex(payload).slice(24 + ROUTE_WAY.length)).toBe("24000880" + "0800010010000000" + "08000400e02e0000" + "08000500b0040000" + "08000d00fa000000");
  });

  test("a gateway of the other family", () => {
    const { payload } = only(encodeNewRoute({ ...ROUTE, via: ipAddress("fe80::1"), interfaceIndex: undefined }, "prepend"));
    expect(hex(payload).slice(40)).toBe("16001200" + "0a00" + "fe800000000000000000000000000001" + "0000");
  });

  test("what is no route is refused", () => {
    const { payload } = only(encodeNewRoute({ ...ROUTE, nexthops: [{ via: undefined, interfaceIndex: 3, weight: 1, onlink: false, encap: undefined, realms: undefined }] }, "prepend"));
    const changed = (at: number, value: number) => Uint8Array.from(payload, (octet, i) => (i === at ? value : octet));
    expect(decodeRoute(payload)).toBeDefined();
    for (const [what, bytes] of [["family", changed(0, 7)], ["a long prefix", changed(1, 33)], ["a long source prefix", changed(2, 33)], ["anycast", changed(7, 4)], ["no type", changed(7, 11)], ["cut", payload.subarray(0, 11)], ["an attribute", changed(12, 3)], ["a next hop", changed(payload.length - 8, 9)]] as const) {
      expect(decodeRoute(bytes), what).toBeUndefined();
    }
  });

  test("dumps ask for one family and one originator", () => {
    expect(hex(encodeRouteDump(6, 18))).toBe("1c000000" + "1a00" + "0103" + "00000000".repeat(2) + "0a000000" + "00120000" + "00000000");
  });

  test("for people", () => {
    expect(describeRoute(ROUTE)).toBe("203.0.113.0/24 via 192.0.2.254 dev 3 table 254");
    expect(describeRoute({ ...ROUTE, type: "blackhole", via: undefined, interfaceIndex: undefined })).toBe("blackhole 203.0.113.0/24 table 254");
  });
});

describe("rules", () => {
  test("what is encoded is decoded, a deletion as well", () => {
    fc.assert(fc.property(anyRule, (rule) => {
      const [added, deleted] = [only(encodeNewRule(rule)), only(encodeDeleteRule(rule))];
      expect([added.type, deleted.type]).toEqual([RTM_NEWRULE, RTM_DELRULE]);
      expect(decodeRule(added.payload)).toEqual(rule);
      expect(deleted.payload).toEqual(added.payload);
    }));
  });

  test("the bytes of an addition: exclusive, or the kernel would take the same rule twice", () => {
    expect(hex(encodeNewRule(RULE))).toBe(
      "34000000" + "2000" + "0106" + "00000000" + "00000000" + "02001800" + "64000001" + "00000000" + "08000200c0000200" + "08000600e8030000" + "0500150012000000",
    );
  });

  test("nothing is suppressed by all ones", () => {
    const { payload } = only(encodeNewRule({ ...RULE, suppressPrefixlength: 0xffff_ffff, suppressIfgroup: 0xffff_ffff }));
    expect(decodeRule(payload)).toEqual(RULE);
  });

  test("what is no rule is refused", () => {
    const { payload } = only(encodeNewRule(RULE));
    const changed = (at: number, value: number) => Uint8Array.from(payload, (octet, i) => (i === at ? value : octet));
    for (const [what, bytes] of [["family", changed(0, 7)], ["a long prefix", changed(1, 33)], ["a long source prefix", changed(2, 33)], ["no action", changed(7, 4)], ["a goto without its target", changed(7, 2)], ["cut", payload.subarray(0, 11)], ["an attribute", changed(12, 3)]] as const) {
      expect(decodeRule(bytes), what).toBeUndefined();
    }
  });

  test("dumps, and for people", () => {
    expect(hex(encodeRuleDump(4))).toBe("1c000000" + "2200" + "0103" + "00000000".repeat(2) + "02" + "00".repeat(11));
    expect(describeRule(RULE)).toBe("1000: IPv4 from 192.0.2.0/24 table 100");
    expect(describeRule({ ...RULE, from: undefined, action: { type: "goto", preference: 5 } })).toBe("1000: IPv4 goto 5");
  });
});

describe("events", () => {
  const event = (type: number, payload: Uint8Array) => decodeKernelEvent(only(encodeMessage(type, 0, [payload])));
  const route = only(encodeNewRoute(ROUTE, "prepend")).payload;
  const rule = only(encodeNewRule(RULE)).payload;

  test("deletions are told, additions are not", () => {
    expect(event(RTM_DELROUTE, route)).toEqual({ type: "routeDeleted", route: ROUTE });
    expect(event(RTM_DELRULE, rule)).toEqual({ type: "ruleDeleted", rule: RULE });
    expect([event(RTM_NEWROUTE, route), event(RTM_NEWRULE, rule)]).toEqual([undefined, undefined]);
  });

  test("what cannot be ours is none of our business", () => {
    const anycast = Uint8Array.from(route, (octet, i) => (i === 7 ? 4 : octet));
    expect([event(RTM_DELROUTE, anycast), event(RTM_DELRULE, Uint8Array.from(rule, (octet, i) => (i === 0 ? 128 : octet)))]).toEqual([undefined, undefined]);
  });
});
