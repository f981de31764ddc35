import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { GLOBAL, instance } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { type KernelAddress, withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

/** The addresses that a master has beyond those it had, as the kernel lists them, and those that are left after its stop. */
async function addressesOf(kind: DirectorKind, vips: readonly string[], excluded: readonly string[]): Promise<{ during: KernelAddress[]; after: string[] }> {
  const found: { during: KernelAddress[]; after: string[] } = { during: [], after: [] };
  await withLan(
    1,
    async ([node]) => {
      assert.ok(node);
      const before = (await node.addresses()).map((a) => a.local);
      const more = excluded.length === 0 ? [] : ["virtual_ipaddress_excluded {", ...excluded, "}"];
      const director = await startDirector(node, kind, GLOBAL + instance({ priority: 255, vips, more }));
      await director.waitFor("MASTER");
      const count = before.length + vips.length + excluded.length;
      await eventually(count, async () => (await node.addresses()).length, 3_000);
      found.during = (await node.addresses()).filter((a) => !before.includes(a.local));
      await director.stop();
      found.after = (await node.addresses()).map((a) => a.local).filter((local) => !before.includes(local));
    },
    { lans: 2 },
  );
  return found;
}

const CASES: readonly { readonly name: string; readonly vips: readonly string[]; readonly excluded?: readonly string[] }[] = [
  { name: "prefixes, with and without", vips: ["192.0.2.100", "192.0.2.101/24", "192.0.2.102/32", "203.0.113.1/28"] },
  { name: "dev", vips: ["192.0.2.100/24 dev eth0", "198.51.100.100/24 dev eth1"] },
  { name: "label", vips: ["192.0.2.100/24 dev eth0 label eth0:vip", "192.0.2.101/24 label eth0:1"] },
  // Each in a subnet of its own: the kernel refuses two scopes in one.
  { name: "scope", vips: ["203.0.113.1/28 scope link", "203.0.113.17/28 scope host", "203.0.113.33/28 scope global", "203.0.113.49/28 scope site", "203.0.113.65/28 scope 100"] },
  { name: "broadcast", vips: ["192.0.2.100/24 brd 192.0.2.255", "192.0.2.101/25 brd +", "192.0.2.102/25 brd -", "192.0.2.103/24 broadcast 192.0.2.127"] },
  // Without prefixes: Debian's keepalived loses the peer of 203.0.113.5/32 peer 203.0.113.6/32.
  { name: "peer", vips: ["203.0.113.1 peer 203.0.113.2"] },
  { name: "flags and lifetimes", vips: ["203.0.113.1/28 noprefixroute", "203.0.113.33/28 preferred_lft 0", "203.0.113.49/28 preferred_lft forever", "192.0.2.100/24 no_track"] },
  { name: "virtual_ipaddress_excluded, IPv6 too", vips: ["192.0.2.100/24"], excluded: ["192.0.2.101/24", "203.0.113.1/28 dev eth1 label eth1:x", "2001:db8::1/64", "2001:db8::2", "2001:db8::3/128 preferred_lft forever", "2001:db8:1::1/64 dev eth1 preferred_lft 0"] },
];

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const { name, vips, excluded } of CASES) {
      test(`addresses as the kernel lists them: ${name}`, async () => {
        const [theirs, ours] = await beside(subject, (kind) => addressesOf(kind, vips, excluded ?? []));
        assert.equal(theirs.during.length, vips.length + (excluded ?? []).length, JSON.stringify(theirs.during));
        assert.deepEqual(ours.during, theirs.during);
        // Debian's keepalived leaves the addresses behind that have a peer.
        if (subject === "regentd") assert.deepEqual(ours.after, []);
      });
    }
  });
}
