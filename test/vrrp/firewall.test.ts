import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { FirewallConfig, VrrpConfig, VrrpInstance } from "../../src/conf/model.ts";
import { FIREWALL, config, instance, ipv6, vip } from "./support/config.ts";
import { Segment } from "./support/node.ts";
import type { Node } from "./support/node.ts";

const nftables = (overrides: Partial<FirewallConfig["nftables"]>): Pick<VrrpConfig, "firewall"> => ({ firewall: { ...FIREWALL, nftables: { ...FIREWALL.nftables, ...overrides } } });
const blocking = (overrides: Partial<VrrpInstance> = {}): VrrpInstance => instance({ accept: false, ...overrides });

/** What the kernel was told about rules and addresses. */
const changes = (node: Node): string[] => node.takeTrace().filter((entry) => /^(?:[+-]|block|unblock|no table)/.test(entry));

function master(vrrp: VrrpConfig): { readonly segment: Segment; readonly node: Node } {
  const segment = new Segment();
  const node = segment.node().start(vrrp);
  segment.clock.advance(5 * SECOND);
  assert.deepEqual(new Set(node.states()), new Set(["MASTER"]));
  return { segment, node };
}

describe("rules come before the addresses and go after them", () => {
  test("an IPv4 instance, excluded addresses too", () => {
    const { node } = master(config([blocking({ excludedAddresses: [vip("198.51.100.7")] })]));
    assert.deepEqual(changes(node), ["block 192.0.2.100", "block 198.51.100.7", "+192.0.2.100", "+198.51.100.7"]);
    assert.deepEqual(node.recordedAll.tables, ["keepalived"]);
    node.engine.stop();
    assert.deepEqual(changes(node), ["-192.0.2.100", "-198.51.100.7", "no table keepalived/4"]);
    assert.deepEqual([node.firewall.tables, node.recordedAll.tables], [{}, []]);
  });

  test("IPv6: a link-local address with its interface", () => {
    const { node } = master(config([blocking(ipv6())]));
    assert.deepEqual(node.firewall.tables, { "keepalived/6": ["fe80::100%eth0", "2001:db8::100"] });
  });

  test("the table is recorded before the kernel is told, and keepalived's lines come in its places", () => {
    const segment = new Segment();
    const node = segment.node();
    const recorded: (readonly string[])[] = [];
    const change = node.firewall.change.bind(node.firewall);
    node.firewall.change = (before, after) => {
      recorded.push(node.recordedAll.tables);
      change(before, after);
    };
    node.start(config([blocking()]));
    segment.clock.advance(5 * SECOND);
    assert.deepEqual(recorded, [["keepalived"]]);
    const lines = [...node.lines, ...node.details];
    assert.equal(lines[0], "use_vmac or no_accept/strict specified, but no firewall configured - using nftables");
    assert.deepEqual(node.details.slice(0, 3), ["(VI_1) Receive advertisement timeout", "(VI_1) setting firewall drop rule", "(VI_1) setting VIPs."]);
    node.engine.stop();
    assert.deepEqual(node.details.slice(-2), ["(VI_1) removing VIPs.", "(VI_1) removing firewall drop rule"]);
  });

  test("two instances share the table; the one that leaves takes its own addresses alone", () => {
    const { segment, node } = master(config([blocking(), blocking({ name: "VI_2", vrid: 52, virtualAddresses: [vip("192.0.2.200")] })]));
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.100", "192.0.2.200"] });
    node.takeTrace();
    node.engine.reload(config([blocking()]));
    segment.clock.advance(SECOND);
    assert.deepEqual(changes(node), ["-192.0.2.200", "unblock 192.0.2.200"]);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.100"] });
  });

  test("an address that cannot be removed stays blocked", () => {
    const { segment, node } = master(config([blocking({ virtualAddresses: [vip("192.0.2.100"), vip("192.0.2.101")] })]));
    node.kernel.stuck.add("192.0.2.101");
    node.engine.reload(config([]));
    segment.clock.advance(SECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.101"] });
  });

  test("a rule that the kernel refuses is said once, the address comes all the same, and we try again", () => {
    const segment = new Segment();
    const node = segment.node();
    node.firewall.failure = new KernelError("NFT_MSG_NEWTABLE ip keepalived", "EOPNOTSUPP");
    node.start(config([blocking()]));
    segment.clock.advance(8 * SECOND);
    const said = node.lines.filter((line) => line.startsWith("cannot keep packets"));
    assert.deepEqual(said, ["cannot keep packets from no_accept addresses: NFT_MSG_NEWTABLE ip keepalived: EOPNOTSUPP"]);
    assert.ok(node.kernel.holds("192.0.2.100"));
    node.firewall.failure = undefined;
    segment.clock.advance(1_100 * MILLISECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.100"] });
  });
});

describe("who is not blocked", () => {
  for (const [name, one] of [["accept", instance()], ["an owner", blocking({ priority: 255, initialState: "MASTER" })]] as const) {
    test(name, () => {
      const { node } = master(config([one], nftables({ table: "mine" })));
      assert.deepEqual([node.firewall.tables, node.recordedAll.tables, node.firewall.looks], [{}, [], 0]);
      node.engine.stop();
      assert.deepEqual(changes(node).filter((entry) => !/^[+-]/.test(entry)), []);
    });
  }

  test("a BACKUP has no table", () => {
    const node = new Segment().node().start(config([blocking()]));
    assert.deepEqual([node.state(), node.firewall.tables], ["BACKUP", {}]);
  });
});

describe("global_defs", () => {
  test("table, priority, counters; nothing is said when a table is configured", () => {
    const { node } = master(config([blocking()], nftables({ table: "mine", priority: -7, counters: true })));
    assert.deepEqual(node.firewall.tables, { "mine/4": ["192.0.2.100"] });
    const { last } = node.firewall;
    assert.deepEqual([last?.priority, last?.counters], [-7, true]);
    assert.ok(!node.lines.some((line) => line.includes("using nftables")));
  });

  // keepalived 2.2.7, observed: sets by name exactly when an instance has dont_track_primary.
  const rows: { trackPrimary: boolean; ifindex: boolean; by: string }[] = [
    { trackPrimary: true, ifindex: false, by: "index" },
    { trackPrimary: false, ifindex: false, by: "name" },
    { trackPrimary: false, ifindex: true, by: "index" },
  ];
  for (const { trackPrimary, ifindex, by } of rows) {
    test(`link-local by ${by} with trackPrimary ${trackPrimary}, nftables_ifindex ${ifindex}`, () => {
      const { node } = master(config([blocking({ ...ipv6(), trackPrimary })], nftables({ ifindex })));
      assert.equal(node.firewall.last?.linkLocalBy, by);
    });
  }
});

describe("reload", () => {
  test("accept becomes no_accept and back without a flap", () => {
    const { segment, node } = master(config([instance()]));
    node.takeTrace();
    node.engine.reload(config([blocking()]));
    segment.clock.advance(SECOND);
    assert.deepEqual(changes(node), ["block 192.0.2.100"]);
    node.engine.reload(config([instance()]));
    segment.clock.advance(SECOND);
    assert.deepEqual([changes(node), node.firewall.tables, node.recordedAll.tables], [["no table keepalived/4"], {}, []]);
  });

  test("counters and priority make it anew, the name stays until the next start", () => {
    const { segment, node } = master(config([blocking()]));
    node.engine.reload(config([blocking()], nftables({ counters: true })));
    segment.clock.advance(SECOND);
    assert.equal(node.firewall.last?.counters, true);
    node.engine.reload(config([blocking()], nftables({ table: "other" })));
    segment.clock.advance(SECOND);
    assert.deepEqual(Object.keys(node.firewall.tables), ["keepalived/4"]);
    assert.ok(node.lines.includes("Cannot change nftables table name at a reload - please restart regentd"));
  });
});

describe("somebody else", () => {
  test("flushes everything: our rules are back within a quarter of a second, which is said", () => {
    const { segment, node } = master(config([blocking(), blocking({ ...ipv6(), name: "V6", vrid: 6 })]));
    const before = node.firewall.tables;
    node.firewall.flush();
    segment.clock.advance(251 * MILLISECOND);
    assert.deepEqual(node.firewall.tables, before);
    assert.equal(node.lines.at(-1), "Somebody has changed nftables table keepalived: putting our rules back");
  });

  test("takes one address out, or puts another one in", () => {
    const { segment, node } = master(config([blocking({ excludedAddresses: [vip("198.51.100.7")] })]));
    for (const blocked of [["192.0.2.100"], ["192.0.2.100", "198.51.100.7", "192.0.2.1"]]) {
      node.firewall.put("keepalived", 4, blocked);
      segment.clock.advance(251 * MILLISECOND);
      assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.100", "198.51.100.7"] });
    }
  });

  test("changes other rules: ours are looked at and left", () => {
    const { segment, node } = master(config([blocking()]));
    const { looks } = node.firewall;
    segment.clock.advance(10 * SECOND);
    assert.equal(node.firewall.looks, looks);
    node.takeTrace();
    node.firewall.changeElsewhere();
    segment.clock.advance(10 * SECOND);
    assert.deepEqual([node.firewall.looks, changes(node)], [looks + 1, []]);
  });

  test("flushes just before an instance becomes MASTER: all addresses are blocked before the new ones come", () => {
    const { node } = master(config([blocking()]));
    node.takeTrace();
    node.firewall.flush();
    node.engine.reload(config([blocking({ virtualAddresses: [vip("192.0.2.100"), vip("192.0.2.101")] })]));
    assert.deepEqual(changes(node), ["block 192.0.2.100", "block 192.0.2.101", "+192.0.2.101"]);
  });
});

describe("what was taken away is put back once, and nobody waits for it", () => {
  const TWO = config([blocking({ virtualAddresses: [vip("192.0.2.100"), vip("192.0.2.101")] })]);

  test("a table that only blocks an address which could not be removed", () => {
    const { segment, node } = master(TWO);
    node.kernel.stuck.add("192.0.2.101");
    node.engine.reload(config([]));
    segment.clock.advance(SECOND);
    node.firewall.flush();
    segment.clock.advance(SECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.101"] });
    const { looks } = node.firewall;
    segment.clock.advance(SECOND);
    assert.equal(node.firewall.looks, looks, "it turns round and round");
  });

  test("the kernel refuses, and the instance is BACKUP before we try again", () => {
    const { segment, node } = master(config([blocking({ priority: 100 })]));
    const other = segment.node();
    node.firewall.flush();
    node.firewall.refusal = new KernelError("NFT_MSG_NEWTABLE ip keepalived", "EPERM");
    segment.clock.advance(260 * MILLISECOND);
    other.start(config([instance({ priority: 200 })]));
    segment.clock.advance(5 * SECOND);
    assert.equal(node.state(), "BACKUP");
    node.firewall.refusal = undefined;
    segment.clock.advance(5 * SECOND);
    const { asked } = node.firewall;
    segment.clock.advance(5 * SECOND);
    assert.deepEqual([node.firewall.tables, node.firewall.asked, node.recordedAll.tables], [{}, asked, []]);
  });

  test("a table of ours with another's rule in it goes when nobody wants it any more", () => {
    const { segment, node } = master(config([blocking()]));
    node.firewall.put("keepalived", 4, ["192.0.2.100", "192.0.2.1"]);
    node.firewall.refusal = new KernelError("NFT_MSG_NEWTABLE ip keepalived", "EPERM");
    segment.clock.advance(260 * MILLISECOND);
    node.engine.reload(config([]));
    node.firewall.refusal = undefined;
    segment.clock.advance(2 * SECOND);
    assert.deepEqual([node.firewall.tables, node.recordedAll.tables], [{}, []]);
  });

  test("flushed just before a reload that wants the same", () => {
    const { segment, node } = master(config([blocking()]));
    node.firewall.flush();
    node.engine.reload(config([blocking({ virtualAddresses: [vip("192.0.2.100", { prefixLength: 24 })] })]));
    segment.clock.advance(SECOND);
    assert.deepEqual(node.firewall.tables, { "keepalived/4": ["192.0.2.100"] });
  });

  test("flushed between the rules and the addresses", () => {
    const segment = new Segment();
    const node = segment.node();
    const add = node.kernel.addAddresses.bind(node.kernel);
    let flushes = 1;
    node.kernel.addAddresses = (addresses) => {
      if (flushes-- > 0) node.firewall.flush();
      return add(addresses);
    };
    node.start(config([blocking({ excludedAddresses: [...Array(1000).keys()].map((i) => vip(`198.18.${i >> 8}.${i & 255}`)) })]));
    segment.clock.advance(5 * SECOND);
    assert.equal(node.firewall.tables["keepalived/4"]?.length, 1001);
  });

  test("changes other rules while addresses come: nobody is accused, and what is blocked stays blocked", () => {
    const segment = new Segment();
    const node = segment.node();
    const add = node.kernel.addAddresses.bind(node.kernel);
    const change = node.firewall.change.bind(node.firewall);
    let [isComing, least] = [false, Infinity];
    node.kernel.addAddresses = (addresses) => {
      if (!isComing) node.firewall.changeElsewhere();
      isComing = true;
      return add(addresses);
    };
    node.firewall.change = (before, after) => {
      change(before, after);
      if (isComing) least = Math.min(least, node.firewall.tables["keepalived/4"]?.length ?? 0);
    };
    node.start(config([blocking({ excludedAddresses: [...Array(2000).keys()].map((i) => vip(`198.18.${i >> 8}.${i & 255}`)) })]));
    segment.clock.advance(5 * SECOND);
    assert.deepEqual([isComing, least], [true, 2001]);
    assert.deepEqual(node.lines.filter((line) => line.includes("Somebody")), ["Somebody has changed nftables while table keepalived was being filled: making it anew"]);
  });

  test("thousands of addresses are blocked a few hundred at a time, all of them before the first one comes; they go so, too", () => {
    const many = (n: number) => config([blocking({ excludedAddresses: [...Array(n).keys()].map((i) => vip(`198.18.${i >> 8}.${i & 255}`)) })]);
    const { segment, node } = master(many(2000));
    assert.equal(node.firewall.tables["keepalived/4"]?.length, 2001);
    const first = node.trace.findIndex((entry) => entry.startsWith("+"));
    assert.ok(node.trace.slice(0, first).filter((entry) => entry.startsWith("block")).length === 2001);
    node.engine.reload(many(1));
    segment.clock.advance(SECOND);
    assert.equal(node.firewall.tables["keepalived/4"]?.length, 2);
    assert.ok(node.firewall.largest <= 512, `${node.firewall.largest} in one transaction`);
  });
});

describe("what a previous run left", () => {
  test("a recorded table goes although nothing needs one now", () => {
    const node = new Segment().node();
    node.firewall.put("old", 4, ["192.0.2.100"]);
    node.firewall.put("theirs", 4, ["192.0.2.1"]);
    node.recordedAll = { ...node.recordedAll, tables: ["old"] };
    node.start(config([instance()]));
    assert.deepEqual([Object.keys(node.firewall.tables), node.recordedAll.tables], [["theirs/4"], []]);
  });

  test("a leftover address is gone before the table that blocks it", () => {
    const node = new Segment().node();
    node.kernel.put({ interfaceIndex: 2, address: vip("192.0.2.100").address, prefixLength: 32, scope: 0, protocol: 18 });
    node.firewall.put("keepalived", 4, ["192.0.2.100"]);
    node.firewall.put("keepalived", 6, []);
    node.recordedAll = { ...node.recordedAll, tables: ["keepalived"] };
    node.start(config([blocking()]));
    assert.deepEqual(changes(node), ["-192.0.2.100", "no table keepalived/4", "no table keepalived/6"]);
  });

  test("a table of the configured name goes, recorded or not, when one is needed", () => {
    const node = new Segment().node();
    node.firewall.put("mine", 6, ["2001:db8::9"]);
    node.start(config([blocking()], nftables({ table: "mine" })));
    assert.deepEqual(node.firewall.tables, {});
  });
});

test("the way out after a bug takes the rules along, behind the addresses", () => {
  const { node } = master(config([blocking()]));
  node.takeTrace();
  node.engine.release();
  assert.deepEqual(changes(node), ["-192.0.2.100", "no table keepalived/4"]);
});
