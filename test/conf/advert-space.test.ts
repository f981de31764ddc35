import assert from "node:assert/strict";
import { test } from "vitest";
import { load } from "./memory-environment.ts";

// Seen of keepalived 2.2.7's -t with 300 addresses: "max N addresses".
const OBSERVED: readonly (readonly [mtu: number, lines: string, family: 4 | 6, most: number])[] = [
  [1500, "", 4, 255],
  [1280, "authentication {\nauth_type AH\nauth_pass x\n}", 4, 255],
  [577, "", 4, 131],
  [578, "", 4, 132],
  [577, "version 3", 4, 133],
  [578, "version 3", 4, 134],
  [577, "authentication {\nauth_type PASS\nauth_pass x\n}", 4, 131],
  [577, "authentication {\nauth_type AH\nauth_pass x\n}", 4, 125],
  [578, "authentication {\nauth_type AH\nauth_pass x\n}", 4, 126],
  [576, "unicast_peer {\n192.0.2.9\n}", 4, 131],
  [1280, "", 6, 76],
  [1293, "", 6, 76],
  [1294, "", 6, 77],
  [1500, "", 6, 89],
  [1500, "unicast_peer {\n2001:db8::9\n}", 6, 89],
  [9000, "", 6, 255],
];

const addresses = (family: 4 | 6, count: number) =>
  Array.from({ length: count }, (_, i) => (family === 4 ? `198.18.${i >> 8}.${i & 255}` : i === 0 ? "fe80::1" : `2001:db8::${i.toString(16)}`)).join("\n");
const config = (family: 4 | 6, count: number, lines: string) =>
  `vrrp_instance V {\ninterface eth0\nvirtual_router_id 5\n${lines}\nvirtual_ipaddress {\n${addresses(family, count)}\n}\nvirtual_ipaddress_excluded {\n192.0.2.77\n}\n}\n`;
const loaded = (text: string, interfaceMtu: (name: string) => number | undefined) => {
  const { diagnostics, config: whole } = load(text, {}, {}, { interfaceMtu });
  const [instance] = whole?.vrrp.instances ?? [];
  return {
    said: diagnostics.flatMap(({ message }) => /\((max \d+) addresses\)/.exec(message)?.[1] ?? []),
    counts: [instance?.virtualAddresses.length, instance?.excludedAddresses.length],
    lastExcluded: instance?.excludedAddresses.at(-1)?.address,
  };
};

test.each(OBSERVED)("MTU %i, %j, IPv%i: %i fit, the others are excluded ones", (mtu, lines, family, most) => {
  assert.deepEqual(
    loaded(config(family, 300, lines), (name) => (name === "eth0" ? mtu : undefined)),
    { said: [`max ${most}`], counts: [most, 301 - most], lastExcluded: "192.0.2.77" },
  );
});

test("exactly as many as fit are all advertised; auth_hmac's trailer takes the place of seven", () => {
  const fits = (count: number, lines = "version 3") => loaded(config(4, count, lines), () => 600).said;
  assert.deepEqual([fits(139), fits(140)], [[], ["max 139"]]);
  const signed = "version 3\nauth_hmac {\nkey 1 01234567890123456789012345678901\nactive_key 1\n}";
  assert.deepEqual([fits(132, signed), fits(133, signed)], [[], ["max 132"]]);
});

test("auth_hmac that only receives sends no trailer, and in strict mode it does not only receive", () => {
  const lines = (more: string) => `version 3\n${more}\nauth_hmac {\nkey 1 01234567890123456789012345678901\nactive_key 1\nmode receive-only\n}`;
  assert.deepEqual(loaded(config(4, 140, lines("")), () => 600).said, ["max 139"]);
  assert.deepEqual(loaded(config(4, 140, lines("strict_mode on")), () => 600).said, ["max 132"]);
});

test("an interface that is not there sets no limit, and the MTU is not asked for when they fit anyway", () => {
  assert.deepEqual(loaded(config(6, 100, ""), () => undefined).said, []);
  const never = () => {
    throw new Error("asked");
  };
  assert.deepEqual([loaded(config(4, 125, ""), never).said, loaded(config(6, 76, ""), never).said], [[], []]);
});
