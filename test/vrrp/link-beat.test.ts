import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import type { VrrpConfig } from "../../src/conf/model.ts";
import { config, instance } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";

const VMAC = { name: undefined, mac: Uint8Array.of(0, 0, 0x5e, 0, 1, 51), netlinkNotifyMsg: false, group: undefined, xmitBase: false };
type Interfaces = VrrpConfig["linkbeat"]["interfaces"];

/** A MASTER whose driver says at first that there is a link. */
function started(linkbeat: Partial<VrrpConfig["linkbeat"]>, more: Parameters<typeof instance>[0] = {}, methods: ("MII" | "ETHTOOL" | "IOCTL")[] = ["MII", "ETHTOOL", "IOCTL"]): { segment: Segment; node: Node; driver: (up: boolean) => void } {
  const segment = new Segment();
  const node = segment.node();
  const driver = (up: boolean) => void node.kernel.drivers.set("eth0", Object.fromEntries(methods.map((method) => [method, up])));
  driver(true);
  node.start(config([instance(more)], { linkbeat: { usePolling: false, interfaces: [], ...linkbeat } }));
  segment.clock.advance(5 * SECOND);
  assert.equal(node.state(), "MASTER");
  return { segment, node, driver };
}

const listed = (method?: "MII" | "ETHTOOL" | "IOCTL"): { interfaces: Interfaces } => ({ interfaces: [{ interface: "eth0", method }] });
const about = (node: Node) => node.takeLines().filter((line) => /linkbeat|Linkbeat|Netlink/.test(line));

describe("an interface whose link is polled", () => {
  const ways = { "linkbeat_use_polling": [{ usePolling: true }, {}], "linkbeat_interfaces": [listed(), {}], "linkbeat_use_polling of an instance": [{}, { linkbeatUsePolling: true }] } as const;
  for (const [name, [linkbeat, more]] of Object.entries(ways)) {
    test(`${name}: the driver's word counts within a second, netlink's is neither heeded nor told`, () => {
      const { segment, node, driver } = started(linkbeat, more);
      node.kernel.setLink(2, "eth0", false);
      segment.clock.advance(5 * SECOND);
      assert.deepEqual([node.state(), about(node)], ["MASTER", []]);
      driver(false);
      segment.clock.advance(SECOND);
      assert.deepEqual([node.state(), about(node)], ["FAULT", ["Linkbeat reports eth0 down"]]);
      driver(true);
      segment.clock.advance(SECOND);
      assert.deepEqual([node.state(), about(node)], ["BACKUP", ["Linkbeat reports eth0 up"]]);
    });
  }

  test("is asked once a second, and not with every turn", () => {
    const { segment, node } = started(listed());
    const before = node.kernel.beatsAsked;
    for (let i = 0; i < 100; i++) {
      node.kernel.setLink(3, "eth1", i % 2 === 0);
      segment.clock.advance(SECOND / 10);
    }
    assert.equal(node.kernel.beatsAsked - before, 10);
  });

  test("that is down at the start is a FAULT at the start", () => {
    const segment = new Segment();
    const node = segment.node();
    node.kernel.drivers.set("eth0", { MII: false });
    node.start(config([instance()], { linkbeat: { usePolling: true, interfaces: [] } }));
    assert.equal(node.state(), "FAULT");
  });

  test("a driver that knows no other way is asked so, and a way that was asked for in vain is told", () => {
    assert.deepEqual(about(started(listed("MII"), {}, ["ETHTOOL", "IOCTL"]).node), ["(eth0): Configured linkbeat type MII not supported, using ETHTOOL"]);
    assert.deepEqual(about(started(listed("ETHTOOL"), {}, ["IOCTL"]).node), ["(eth0): Configured linkbeat type ETHTOOL not supported, using IOCTL"]);
    assert.deepEqual(about(started(listed("IOCTL")).node), []);
    assert.deepEqual(about(started(listed(), {}, ["IOCTL"]).node), []);
  });

  test("that is deleted and created again is asked anew, and the delays count from what the driver says", () => {
    const { segment, node, driver } = started(listed());
    node.kernel.deleteLink(2);
    segment.clock.advance(0);
    assert.equal(node.state(), "FAULT");
    driver(false);
    node.kernel.setLink(7, "eth0");
    segment.clock.advance(0);
    assert.deepEqual(node.engine.status().instances[0]?.faults.includes("interface eth0 down"), true);

    const delayed = new Segment();
    const b = delayed.node();
    b.kernel.drivers.set("eth0", { MII: true });
    b.start(config([instance()], { linkbeat: { usePolling: true, interfaces: [] }, interfaceUpDownDelays: [{ interface: "eth0", downUs: 2 * SECOND, upUs: 0 }] }));
    delayed.clock.advance(5 * SECOND);
    b.kernel.drivers.set("eth0", { MII: false });
    delayed.clock.advance(2 * SECOND);
    assert.equal(b.state(), "MASTER");
    delayed.clock.advance(SECOND);
    assert.equal(b.state(), "FAULT");
  });
});

test("a macvlan follows the interface below by netlink, and an interface that nobody tracks is not asked", () => {
  const { segment, node, driver } = started({ usePolling: true }, { vmac: VMAC });
  driver(false);
  node.kernel.setLink(2, "eth0", false);
  segment.clock.advance(0);
  assert.deepEqual(about(node), ["Netlink reports vrrp.51 down"]);

  const { node: other } = started({ interfaces: [{ interface: "eth1", method: undefined }] });
  assert.deepEqual([about(other), other.kernel.beatsAsked], [["Turning off linkbeat for eth1 since not used for tracking"], 0]);
});

test("a reload that names another way has it asked that way", () => {
  const { segment, node } = started(listed("MII"));
  node.kernel.drivers.set("eth0", { MII: true, ETHTOOL: false });
  node.engine.reload(config([instance()], { linkbeat: { usePolling: false, ...listed("ETHTOOL") } }));
  segment.clock.advance(SECOND);
  assert.equal(node.state(), "FAULT");
});

test("a reload begins and ends it", () => {
  const { segment, node, driver } = started({});
  const reload = (usePolling: boolean) => node.engine.reload(config([instance()], { linkbeat: { usePolling, interfaces: [] } }));
  driver(false);
  reload(true);
  assert.equal(node.state(), "FAULT");
  reload(false);
  assert.equal(node.state(), "BACKUP");
  const asked = node.kernel.beatsAsked;
  segment.clock.advance(10 * SECOND);
  assert.deepEqual([node.state(), node.kernel.beatsAsked], ["MASTER", asked]);
});
