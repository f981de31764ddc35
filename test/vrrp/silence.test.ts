import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { Vmac, VrrpConfig, VrrpInstance } from "../../src/conf/model.ts";
import { FIREWALL, config, instance, ipv6, vip } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";

// What a VMAC's kernel says by itself is kept off the wire, whatever the state. The first macvlan has index 100, eth0 is 2.

const vmac = (mac: Uint8Array): Vmac => ({ name: undefined, mac, netlinkNotifyMsg: false, group: undefined, xmitBase: false });
const router = (overrides: Partial<VrrpInstance> = {}) => instance({ vmac: vmac(Uint8Array.of(0, 0, 0x5e, 0, 1, overrides.vrid ?? 51)), ...overrides });
const router6 = (overrides: Partial<VrrpInstance> = {}) => instance({ ...ipv6(), vmac: vmac(Uint8Array.of(0, 0, 0x5e, 0, 2, overrides.vrid ?? 51)), ...overrides });
const WITHOUT_LOCAL_IGMP: Partial<VrrpConfig> = { firewall: { ...FIREWALL, disableLocalIgmp: true } };
const LOCAL_REPORTS = "net/ipv4/igmp_link_local_mcast_reports";
const USING_NFTABLES = "use_vmac or no_accept/strict specified, but no firewall configured - using nftables";
const KEPT = "cannot keep the kernel's own IGMP, MLD and router solicitations off VMAC interfaces: ";

/** Rules, and links as they come, come up and go, in one order. */
function watched(node: Node): { readonly takeChanges: () => string[] } {
  const [addLink, raiseLink, deleteLinks] = [node.kernel.addLink.bind(node.kernel), node.kernel.raiseLink.bind(node.kernel), node.kernel.deleteLinks.bind(node.kernel)];
  const told = (): void => void node.trace.push(...node.kernel.changes.splice(0).filter((entry) => /link|^up/.test(entry)));
  node.kernel.addLink = (link) => {
    addLink(link);
    told();
  };
  node.kernel.raiseLink = (index) => {
    raiseLink(index);
    told();
  };
  node.kernel.deleteLinks = (names) => {
    const result = deleteLinks(names);
    told();
    return result;
  };
  return { takeChanges: () => node.takeTrace().filter((entry) => /^(?:[+-]|up|un|block|silence|no table)/.test(entry)) };
}

function started(vrrp: VrrpConfig): { readonly segment: Segment; readonly node: Node; readonly takeChanges: () => string[] } {
  const segment = new Segment();
  const node = segment.node();
  const { takeChanges } = watched(node);
  node.start(vrrp);
  return { segment, node, takeChanges };
}

describe("silent before it is up and until it is gone", () => {
  test("many at start: all are made, then silenced by one transaction, then raised; a BACKUP's too", () => {
    const many = Array.from({ length: 255 }, (...[, i]) => router({ name: `V${i}`, vrid: i + 1, virtualAddresses: [vip(`198.51.100.${i}`)] }));
    const { node, takeChanges } = started(config(many));
    assert.deepEqual(new Set(node.states()), new Set(["BACKUP"]));
    const phases = takeChanges().map((entry) => entry.replace(/ .*/, "")).filter((word, i, all) => word !== all[i - 1]);
    assert.deepEqual(phases, ["+link", "silence", "up"]);
    assert.deepEqual([node.firewall.tables["keepalived/4"]?.length, node.firewall.largest], [255, 255]);
    assert.deepEqual(node.recordedAll.tables, ["keepalived"]);
  });

  test("at the stop the table goes after the links", () => {
    const { node, takeChanges } = started(config([router(), router6({ name: "V6", vrid: 6 })]));
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["vmac 100 over 2"], "keepalived/6": ["vmac 101 over 2"] });
    takeChanges();
    node.engine.stop();
    assert.deepEqual(takeChanges().filter((entry) => entry !== "-fe80::1"), ["-link vrrp.51", "-link vrrp.6", "no table keepalived/4", "no table keepalived/6"]);
    assert.deepEqual(node.recordedAll.tables, []);
  });

  test("the table is recorded before the kernel is told", () => {
    const node = new Segment().node();
    const recorded: (readonly string[])[] = [];
    const change = node.firewall.change.bind(node.firewall);
    node.firewall.change = (before, after) => {
      recorded.push(node.recordedAll.tables);
      change(before, after);
    };
    node.start(config([router()]));
    assert.deepEqual(recorded, [["keepalived"]]);
  });

  test("one that comes with a reload, and one that goes", () => {
    const { segment, node, takeChanges } = started(config([router()]));
    takeChanges();
    const other = router({ name: "V2", vrid: 52, virtualAddresses: [vip("192.0.2.101")] });
    node.engine.reload(config([router(), other]));
    assert.deepEqual(takeChanges(), ["+link vrrp.52", "silence vmac 101 over 2", "up vrrp.52"]);
    node.engine.reload(config([other]));
    segment.clock.advance(SECOND);
    assert.deepEqual(takeChanges(), ["-link vrrp.51", "unsilence vmac 100 over 2"]);
    node.engine.reload(config([instance()]));
    segment.clock.advance(SECOND);
    assert.deepEqual([takeChanges(), node.firewall.tables, node.recordedAll.tables], [["-link vrrp.52", "no table keepalived/4"], {}, []]);
  });

  test("several that go: one transaction when the last is gone", () => {
    const { segment, node, takeChanges } = started(config([router(), router({ name: "V2", vrid: 52 }), router({ name: "V3", vrid: 53 })]));
    takeChanges();
    node.engine.reload(config([router({ name: "V3", vrid: 53 })]));
    segment.clock.advance(SECOND);
    assert.deepEqual(takeChanges(), ["-link vrrp.51", "-link vrrp.52", "unsilence vmac 100 over 2", "unsilence vmac 101 over 2"]);
  });

  test("one that comes at once does not take away the rule of one that is still to go", () => {
    const other = router({ name: "V2", vrid: 52, virtualAddresses: [vip("192.0.2.101")], excludedAddresses: [vip("2001:db8::9")] });
    const { segment, node, takeChanges } = started(config([router(), other]));
    takeChanges();
    node.engine.reload(config([{ ...other, useVmacAddr: true }]));
    segment.clock.advance(SECOND);
    assert.deepEqual(takeChanges().filter((entry) => /51|52|vmac/.test(entry)), ["+link vrrp6.52", "silence vmac 102 over 2", "up vrrp6.52", "-link vrrp.51", "unsilence vmac 100 over 2"]);
  });

  test("somebody deletes it: it comes again with another index, silent before it is up", () => {
    const { segment, node, takeChanges } = started(config([router()]));
    takeChanges();
    node.kernel.deleteLink(100);
    segment.clock.advance(100 * MILLISECOND);
    const [came, silenced, up] = takeChanges().filter((entry) => !entry.startsWith("un") && !entry.startsWith("no table"));
    assert.deepEqual([came, silenced, up], ["+link vrrp.51", "silence vmac 101 over 2", "up vrrp.51"]);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["vmac 101 over 2"] });
  });

  test("the interface below goes for good: nothing is left to be silenced", () => {
    const { segment, node } = started(config([router()]));
    node.kernel.deleteLink(2);
    segment.clock.advance(SECOND);
    assert.deepEqual([node.firewall.tables, node.recordedAll.tables], [{}, []]);
  });

  test("one that cannot be brought up is told once, and tried every second with its rule there", () => {
    const segment = new Segment();
    const node = segment.node();
    const raise = node.kernel.raiseLink.bind(node.kernel);
    node.kernel.raiseLink = (index) => {
      if (index >= 100) throw new KernelError("RTM_NEWLINK up", "EBUSY");
      raise(index);
    };
    node.start(config([router()]));
    segment.clock.advance(5 * SECOND);
    assert.deepEqual(node.lines.filter((line) => line.includes("EBUSY")), ["(VI_1): Unable to create VMAC interface vrrp.51: RTM_NEWLINK up: EBUSY"]);
    node.kernel.raiseLink = raise;
    segment.clock.advance(SECOND);
    assert.deepEqual([node.firewall.tables, node.state()], [{ "keepalived/4": ["vmac 100 over 2"] }, "BACKUP"]);
  });
});

describe("who is silenced in which family", () => {
  const elsewhere: Partial<VrrpInstance> = { excludedAddresses: [vip("2001:db8::9")], useVmacAddr: true };
  const rows: { name: string; made: readonly VrrpInstance[]; more?: Partial<VrrpConfig>; want: Readonly<Record<string, readonly string[]>> }[] = [
    { name: "no macvlan", made: [instance()], want: {} },
    { name: "IPv4", made: [router()], want: { "keepalived/4": ["vmac 100 over 2"] } },
    { name: "IPv6", made: [router6()], want: { "keepalived/6": ["vmac 100 over 2"] } },
    // keepalived 2.2.7, observed: one of IPv4 that has IPv6 too is in both.
    { name: "IPv4 with IPv6 addresses elsewhere", made: [router(elsewhere)], want: { "keepalived/4": ["vmac 100 over 2"], "keepalived/6": ["vmac 100 over 2", "vmac 101 over 2"] } },
    { name: "vmac_xmit_base", made: [router({ vmac: { ...vmac(Uint8Array.of(0, 0, 0x5e, 0, 1, 51)), xmitBase: true } })], want: { "keepalived/4": ["vmac 100 over 2"] } },
    { name: "disable_local_igmp", made: [router(), router6({ name: "V6", vrid: 6 })], more: WITHOUT_LOCAL_IGMP, want: { "keepalived/6": ["vmac 101 over 2"] } },
    { name: "disable_local_igmp, IPv4 alone", made: [router()], more: WITHOUT_LOCAL_IGMP, want: {} },
  ];
  for (const { name, made, more, want } of rows) {
    test(name, () => {
      const { segment, node } = started(config(made, more));
      segment.clock.advance(10 * SECOND);
      assert.deepEqual(node.firewall.tables, want);
    });
  }

  test("a reload that gives it IPv6", () => {
    const { segment, node } = started(config([router()]));
    node.engine.reload(config([router({ excludedAddresses: [vip("2001:db8::9")] })]));
    segment.clock.advance(SECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["vmac 100 over 2"], "keepalived/6": ["vmac 100 over 2"] });
  });
});

describe("together with no_accept", () => {
  test("in one table: addresses come and go, the links stay", () => {
    const { segment, node, takeChanges } = started(config([router({ accept: false })]));
    segment.clock.advance(5 * SECOND);
    assert.equal(node.state(), "MASTER");
    assert.deepEqual(takeChanges(), ["+link vrrp.51", "silence vmac 100 over 2", "up vrrp.51", "block 192.0.2.100", "+192.0.2.100"]);
    node.kernel.setLink(2, "eth0", false);
    segment.clock.advance(SECOND);
    assert.deepEqual([node.state(), node.firewall.tables], ["FAULT", { "keepalived/4": ["vmac 100 over 2"] }]);
  });

  test("flushed by somebody: both are back within a quarter of a second", () => {
    const { master, segment } = settledMaster(config([router({ accept: false })]));
    const before = master.firewall.tables;
    assert.deepEqual(before, { "keepalived/4": ["vmac 100 over 2", "192.0.2.100"] });
    master.firewall.flush();
    segment.clock.advance(251 * MILLISECOND);
    assert.deepEqual(master.firewall.tables, before);
  });

  test("flushed on a BACKUP, which has links alone", () => {
    const { segment, node } = started(config([router()]));
    node.firewall.flush();
    segment.clock.advance(251 * MILLISECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["vmac 100 over 2"] });
  });
});

describe("a kernel that cannot", () => {
  for (const [what, error] of [["lacks an expression", new KernelError("NFT_MSG_NEWRULE ip keepalived out", "ENOENT")], ["has no nftables", new KernelError("NFT_MSG_NEWTABLE ip keepalived", "EOPNOTSUPP")]] as const) {
    test(`${what}: said once, addresses are blocked all the same, and a reload asks again`, () => {
      const segment = new Segment();
      const node = segment.node();
      node.firewall.lacks = error;
      node.start(config([router({ accept: false })]));
      segment.clock.advance(20 * SECOND);
      assert.deepEqual([node.state(), node.firewall.tables], ["MASTER", { "keepalived/4": ["192.0.2.100"] }]);
      assert.deepEqual(node.lines.filter((line) => line.includes("cannot")), [KEPT + error.message]);
      node.firewall.lacks = undefined;
      node.engine.reload(config([router({ accept: false })]));
      segment.clock.advance(SECOND);
      assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.100", "vmac 100 over 2"] });
    });
  }

  test("with links alone it is not asked again and again", () => {
    const segment = new Segment();
    const node = segment.node();
    node.firewall.lacks = new KernelError("NFT_MSG_NEWRULE ip keepalived out", "ENOENT");
    node.start(config([router()]));
    segment.clock.advance(SECOND);
    const { asked } = node.firewall;
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.firewall.asked, node.state(), node.firewall.tables, node.recordedAll.tables], [asked, "MASTER", {}, []]);
  });

  test("refuses for now: said once, tried every second", () => {
    const segment = new Segment();
    const node = segment.node();
    node.firewall.refusal = new KernelError("NFT_MSG_NEWTABLE ip keepalived", "ENOMEM");
    node.start(config([router()]));
    segment.clock.advance(5 * SECOND);
    assert.deepEqual(node.lines.filter((line) => line.includes("cannot")), [`${KEPT}NFT_MSG_NEWTABLE ip keepalived: ENOMEM`]);
    node.firewall.refusal = undefined;
    segment.clock.advance(1100 * MILLISECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["vmac 100 over 2"] });
  });
});

describe("lines", () => {
  const said = (node: Node) => node.lines.filter((line) => line === USING_NFTABLES).length;

  test("a VMAC alone has keepalived's line, before the interface is made; so has one that a reload brings", () => {
    const { node } = started(config([router()]));
    assert.deepEqual([said(node), node.lines.indexOf(USING_NFTABLES) < node.lines.findIndex((line) => line.includes("Success creating"))], [1, true]);
    const { node: other } = started(config([instance()]));
    assert.equal(said(other), 0);
    other.engine.reload(config([router()]));
    other.engine.reload(config([router()]));
    assert.equal(said(other), 1);
  });
});

describe("disable_local_igmp", () => {
  test("is set without a VMAC too, and put back at the stop", () => {
    const node = new Segment().node();
    node.kernel.routing.setSetting(LOCAL_REPORTS, 1);
    node.start(config([instance()], WITHOUT_LOCAL_IGMP));
    assert.deepEqual([node.kernel.readSetting(LOCAL_REPORTS), node.recordedAll.settings], [0, [{ name: LOCAL_REPORTS, value: 1 }]]);
    node.engine.stop();
    assert.deepEqual([node.kernel.readSetting(LOCAL_REPORTS), node.recordedAll.settings], [1, []]);
  });

  for (const [what, before, after, value, want] of [
    ["off", WITHOUT_LOCAL_IGMP, {}, 0, {}],
    ["on", {}, WITHOUT_LOCAL_IGMP, 1, { "keepalived/4": ["vmac 100 over 2"] }],
  ] as const) {
    test(`switched ${what} by a reload: said, and nothing changes before the next start`, () => {
      const node = new Segment().node();
      node.kernel.routing.setSetting(LOCAL_REPORTS, 1);
      node.start(config([router()], before));
      node.engine.reload(config([router()], after));
      assert.ok(node.lines.includes("Cannot change disable_local_igmp at a reload - please restart regentd"), node.lines.join("\n"));
      assert.deepEqual([node.kernel.readSetting(LOCAL_REPORTS), node.firewall.tables], [value, want]);
    });
  }
});
