import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { printConfig } from "../../src/conf/print/print.ts";
import { faults, load } from "./memory-environment.ts";

const block = (lines: string, vips = "192.0.2.100/24\n2001:db8::100/64\nfe80::100"): string => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 150
  virtual_ipaddress {
${vips}
  }
  dual_stack
${lines}
}
`;

describe("dual_stack", () => {
  test("one block becomes two instances of one VRID in a sync group, wherever the keyword stands", () => {
    const { config } = load(block("virtual_ipaddress_excluded {\n 2001:db8::200\n 192.0.2.200\n }\n notify_master /bin/true\n mcast_src_ip 192.0.2.1"));
    assert.ok(config);
    assert.equal(load(block("")).exitCodeDaemon, undefined);
    assert.deepEqual(
      config.vrrp.instances.map(({ name, family, version, vrid, priority, sourceAddress, multicastGroup, virtualAddresses, excludedAddresses }) => ({
        name,
        family,
        version,
        vrid,
        priority,
        sourceAddress,
        multicastGroup,
        vips: virtualAddresses.map(({ address }) => address),
        excluded: excludedAddresses.map(({ address }) => address),
      })),
      [
        { name: "VI_1", family: 4, version: 2, vrid: 51, priority: 150, sourceAddress: "192.0.2.1", multicastGroup: "224.0.0.18", vips: ["192.0.2.100"], excluded: ["192.0.2.200"] },
        { name: "VI_1-6", family: 6, version: 3, vrid: 51, priority: 150, sourceAddress: undefined, multicastGroup: "ff02::12", vips: ["2001:db8::100", "fe80::100"], excluded: ["2001:db8::200"] },
      ],
    );
    assert.deepEqual(config.vrrp.syncGroups.map(({ name, members }) => ({ name, members })), [{ name: "VI_1-dual", members: ["VI_1", "VI_1-6"] }]);
    assert.deepEqual([config.notify.instances.get("VI_1")?.master?.argv, config.notify.instances.get("VI_1-6")?.master], [["/bin/true"], undefined]);
  });

  test("trackers with weights go to the group, where they count for both", () => {
    const { config } = load(`track_file f {\n file /tmp/f\n}\n${block("track_interface {\n eth1 weight -20\n }\n track_file {\n f weight 2\n }")}`);
    const [group] = config?.vrrp.syncGroups ?? [];
    assert.deepEqual([group?.trackInterfaces, group?.trackFiles.map(({ name, weight }) => [name, weight]), group?.syncGroupTrackingWeight], [[{ interface: "eth1", weight: -20, reverse: false }], [["f", 2]], true]);
    assert.deepEqual(config?.vrrp.instances.map(({ trackInterfaces, trackFiles }) => [trackInterfaces, trackFiles]), [[[], []], [[], []]]);
  });

  test("both are members of the sync group that the block is in", () => {
    const { config } = load(`vrrp_sync_group G {\n group {\n VI_1\n }\n}\n${block("")}`);
    assert.deepEqual(config?.vrrp.syncGroups.map(({ name, members }) => ({ name, members })), [{ name: "G", members: ["VI_1", "VI_1-6"] }]);
  });

  test("what is printed loads as the same two", () => {
    const { config } = load(block(""));
    assert.ok(config);
    const again = load(printConfig(config)).config;
    assert.deepEqual(again?.vrrp, config.vrrp);
  });

  test.each([
    ["one family only", block("", "192.0.2.100"), "(VI_1) dual_stack: no IPv6 address in virtual_ipaddress"],
    ["unicast", block("unicast_peer {\n 192.0.2.2\n }"), "(VI_1) dual_stack: unicast peers are of one family"],
    ["a VMAC with a name", block("use_vmac v4"), "(VI_1) dual_stack: both halves would have the use_vmac of one name or address"],
    ["a name that is taken", block("") + "vrrp_instance VI_1-6 {\n interface eth0\n virtual_router_id 52\n virtual_ipaddress {\n 192.0.2.101\n }\n}\n", "(VI_1) dual_stack: the name VI_1-6 is taken"],
  ])("refuses %s", (_, text, message) => {
    const loaded = load(text);
    assert.ok(faults(loaded).some((line) => line.includes(message)), JSON.stringify(faults(loaded)));
    assert.notEqual(loaded.exitCodeDaemon, undefined);
  });

  test("without it an address of the other family is refused, as in keepalived", () => {
    const loaded = load(block("").replace("  dual_stack\n", ""));
    assert.ok(faults(loaded).some((line) => line.includes("address family must match VRRP instance [2001:db8::100/64] - ignoring")));
    assert.deepEqual(loaded.config?.vrrp.instances.map(({ name }) => name), ["VI_1"]);
  });
});
