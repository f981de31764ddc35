import assert from "node:assert/strict";
import { test } from "vitest";
import { interfaceAddress } from "../../src/vrrp/network.ts";
import { vip } from "./support/config.ts";

for (const { name, address, preferredLifetimeS, want } of [
  { name: "IPv4 has none, `preferred_lft 0` or not", address: "192.0.2.100", preferredLifetimeS: 0, want: undefined },
  { name: "IPv6 as configured", address: "2001:db8::1", preferredLifetimeS: 0, want: 0 },
  { name: "IPv6 with a time", address: "2001:db8::1", preferredLifetimeS: 300, want: 300 },
  { name: "IPv6 with `preferred_lft forever`, a host address too", address: "2001:db8::1", preferredLifetimeS: undefined, want: undefined },
]) {
  test(`preferred lifetime: ${name}`, () => {
    assert.equal(interfaceAddress(vip(address, { preferredLifetimeS }), 2).preferredLifetimeS, want);
  });
}
