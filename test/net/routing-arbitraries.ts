import fc from "fast-check";
import { formatIpAddress, ipAddress } from "../../src/base/ip.ts";
import type { IpAddress, IpFamily } from "../../src/base/ip.ts";
import { ROUTE_METRICS } from "../../src/base/routing.ts";
import type { Encap, KernelNexthop, KernelRoute, KernelRule, NumberRange, Prefix, RouteMetrics, RuleAction } from "../../src/base/routing.ts";

const u8 = fc.nat(255);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.bigInt(0n, 2n ** 64n - 1n).map(String);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const deviceName = fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/);

function address(family: IpFamily): fc.Arbitrary<IpAddress> {
  const octets = family === 4 ? 4 : 16;
  return fc.uint8Array({ minLength: octets, maxLength: octets }).map(formatIpAddress);
}

/** Without a length there is no address in the message. */
function prefix(family: IpFamily, shortest: number): fc.Arbitrary<Prefix> {
  const everything = ipAddress(family === 4 ? "0.0.0.0" : "::");
  return fc.record({ address: address(family), prefixLength: fc.integer({ min: shortest, max: family === 4 ? 32 : 128 }) }).map((one) => (one.prefixLength === 0 ? { ...one, address: everything } : one));
}

/** Realms 0/0 and no realms are the same. */
const realms = fc.record({ from: u16, to: fc.integer({ min: 1, max: 0xffff }) });

export const encap: fc.Arbitrary<Encap> = fc.oneof(
  fc.record({ type: fc.constant("ip" as const), id: maybe(u64), dst: maybe(address(4)), src: maybe(address(4)), tos: maybe(u8), ttl: maybe(u8), flags: maybe(u16) }),
  fc.record({ type: fc.constant("ip6" as const), id: maybe(u64), dst: maybe(address(6)), src: maybe(address(6)), tc: maybe(u8), hoplimit: maybe(u8), flags: maybe(u16) }),
  fc.record({ type: fc.constant("mpls" as const), labels: fc.array(fc.nat(2 ** 20 - 1), { minLength: 1, maxLength: 5 }) }),
  fc.record({ type: fc.constant("ila" as const), locator: fc.tuple(u16, u16, u16, u16).map((groups) => groups.map((group) => group.toString(16)).join(":")) }),
);

const metrics: fc.Arbitrary<RouteMetrics> = fc
  .record(Object.fromEntries(ROUTE_METRICS.map((name) => [name, maybe(fc.record({ value: fc.nat(960_000), lock: fc.boolean() }))])))
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

function nexthop(family: IpFamily): fc.Arbitrary<KernelNexthop> {
  return fc.record({
    interfaceIndex: fc.nat(0x7fff_ffff),
    via: maybe(fc.oneof(address(family), address(family === 4 ? 6 : 4))),
    onlink: fc.boolean(),
    encap: maybe(encap),
    weight: fc.integer({ min: 1, max: 256 }),
    realms: maybe(realms),
  });
}

export const route: fc.Arbitrary<KernelRoute> = fc.constantFrom(4 as const, 6 as const).chain((family) =>
  fc.record({
    family: fc.constant(family),
    type: fc.constantFrom("unicast" as const, "local" as const, "broadcast" as const, "multicast" as const, "throw" as const, "unreachable" as const, "prohibit" as const, "blackhole" as const, "nat" as const),
    to: prefix(family, 0),
    from: maybe(prefix(family, 1)),
    src: maybe(address(family)),
    via: maybe(fc.oneof(address(family), address(family === 4 ? 6 : 4))),
    interfaceIndex: maybe(u32),
    table: fc.oneof(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 256, max: 0xffff_ffff })),
    metric: u32,
    scope: u8,
    protocol: u8,
    tos: u8,
    onlink: fc.boolean(),
    encap: maybe(encap),
    expiresS: maybe(u32),
    metrics,
    congctl: maybe(fc.record({ name: fc.stringMatching(/^[a-z0-9-]{1,15}$/), lock: fc.boolean() })),
    realms: maybe(realms),
    pref: maybe(fc.constantFrom("low" as const, "medium" as const, "high" as const)),
    ttlPropagate: maybe(fc.boolean()),
    nexthops: fc.array(nexthop(family), { maxLength: 4 }),
  }),
);

const action: fc.Arbitrary<RuleAction> = fc.oneof(
  fc.record({ type: fc.constant("table" as const), table: fc.oneof(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 256, max: 0xffff_ffff })) }),
  fc.record({ type: fc.constant("goto" as const), preference: u32 }),
  fc.record({ type: fc.constantFrom("nop" as const, "blackhole" as const, "unreachable" as const, "prohibit" as const, "l3mdev" as const) }),
);

const range = (max: number): fc.Arbitrary<NumberRange> => fc.record({ from: fc.nat(max), to: fc.nat(max) });
/** 2^32-1 means that nothing is suppressed. */
const suppressor = maybe(fc.nat(0x7fff_ffff));

export const rule: fc.Arbitrary<KernelRule> = fc.constantFrom(4 as const, 6 as const).chain((family) =>
  fc.record({
    family: fc.constant(family),
    not: fc.boolean(),
    from: maybe(prefix(family, 1)),
    to: maybe(prefix(family, 1)),
    preference: u32,
    action,
    tos: u8,
    fwmark: maybe(fc.record({ value: u32, mask: u32 })),
    realms: maybe(realms),
    suppressPrefixlength: suppressor,
    suppressIfgroup: suppressor,
    iif: maybe(deviceName),
    oif: maybe(deviceName),
    tunnelId: maybe(u64),
    uidrange: maybe(range(0xffff_ffff)),
    protocol: u8,
    ipproto: maybe(u8),
    sport: maybe(range(0xffff)),
    dport: maybe(range(0xffff)),
  }),
);
