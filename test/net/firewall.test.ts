import { describe, expect, test } from "vitest";
import type { BlockedAddress, FirewallPlace, SilencedLink } from "../../src/base/firewall.ts";
import { ipAddress } from "../../src/base/ip.ts";
import { encodeFirewallChange, tablesOf } from "../../src/net/firewall.ts";
import { decodeMessages } from "../../src/net/netlink.ts";
import { batchBegin, batchEnd, getGeneration } from "../../src/net/nftables.ts";

// The bytes are those of keepalived 2.2.7 as strace shows them, but for sequence numbers and NLM_F_ACK, which the socket adds,
// and for the ids of sets. The nft command prints the same for both; netns-tests/firewall.test.ts compares.

const PLACE: FirewallPlace & { readonly silenced: readonly SilencedLink[] } = { table: "keepalived", priority: -1, counters: false, linkLocalBy: "index", silenced: [] };
const silent = (index: number, families: SilencedLink["families"], base = 3): SilencedLink => ({ index, base, families });
const on = (address: string, index = 3, name = "eth0"): BlockedAddress => ({ address: ipAddress(address), interface: { index, name } });
const TABLE = "0f0001006b656570616c697665640000"; // NFTA_TABLE_NAME "keepalived", padded

/** Type and attributes of each message, in hex. */
function messages(...[before, after]: Parameters<typeof encodeFirewallChange>): string[] {
  return encodeFirewallChange(before, after).map(({ message }) => {
    const [decoded] = decodeMessages(message) ?? [];
    if (decoded === undefined) throw new Error("not a message");
    return `${decoded.type.toString(16)} ${decoded.flags.toString(16)} ${Buffer.from(decoded.payload).toString("hex")}`;
  });
}

describe("keepalived's own bytes", () => {
  const four = messages(undefined, { ...PLACE, blocked: [on("192.0.2.100"), on("192.0.2.101")] });
  const six = messages(undefined, { ...PLACE, blocked: [on("2001:db8::77"), on("fe80::100")] });

  test("the batch", () => {
    expect(Buffer.from(batchBegin()).toString("hex")).toBe("140000001000010000000000000000000000000a");
    expect(Buffer.from(batchEnd()).toString("hex")).toBe("140000001100010000000000000000000000000a");
    expect(Buffer.from(getGeneration()).toString("hex")).toBe("14000000100a0100000000000000000000000000");
  });

  test("whatever has the name goes first, in the same transaction", () => {
    expect(four.slice(0, 3)).toEqual([`a00 401 02000000${TABLE}`, `a02 1 02000000${TABLE}`, `a00 401 02000000${TABLE}`]);
    expect(six.slice(0, 3)).toEqual([`a00 401 0a000000${TABLE}`, `a02 1 0a000000${TABLE}`, `a00 401 0a000000${TABLE}`]);
  });

  test("chains", () => {
    expect(four[3]).toBe(`a03 401 02000000${TABLE}080003006f757400` + "14000480" + "080001000000000308000200ffffffff" + "0800050000000001" + "0b00070066696c7465720000");
    expect(four[4]).toBe(`a03 401 02000000${TABLE}07000300696e0000` + "14000480" + "080001000000000108000200ffffffff" + "0800050000000001" + "0b00070066696c7465720000");
    expect(six[5]).toBe(`a03 401 0a000000${TABLE}12000300696e5f6c696e6b5f6c6f63616c000000`);
  });

  test("sets", () => {
    expect(four[5]).toBe(`a09 401 02000000${TABLE}090002007669707300000000` + "0800040000000007" + "0800050000000004" + "08000a0000000001" + "0a000d000004020000000000");
    expect(six[7]).toBe(`a09 401 0a000000${TABLE}090002007669707300000000` + "0800040000000008" + "0800050000000010" + "08000a0000000002" + "0a000d000004020000000000");
    expect(six[8]).toBe(`a09 401 0a000000${TABLE}170002006e65696768626f722d646973636f766572790000` + "0800030000000002" + "080004000000001d" + "0800050000000001" + "08000a0000000003" + "0a000d000004010000000000");
    expect(six[9]).toBe(`a0c 401 0a000000170002006e65696768626f722d646973636f766572790000${TABLE}` + "24000380" + "100001800c0001800500010087000000100002800c0001800500010088000000");
    expect(six[10]).toBe(`a09 401 0a000000${TABLE}14000200766970735f6c696e6b5f6c6f63616c00` + "0800040000000214" + "0800050000000014" + "08000a0000000004" + "0a000d000004010000000000");
  });

  test("rules", () => {
    const drop = "300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000";
    const lookup = "280001800b0001006c6f6f6b75700000180002800800020000000001090001007669707300000000";
    const payload = (offset: string, length: string) => `340001800c0001007061796c6f61640024000280080001000000000108000200000000010800030000${offset}0800040000${length}`;
    expect(four[6]).toBe(`a06 c01 02000000${TABLE}07000200696e0000` + "90000480" + payload("000010", "000004") + lookup + drop);
    expect(four[7]).toBe(`a06 c01 02000000${TABLE}080002006f757400` + "90000480" + payload("00000c", "000004") + lookup + drop);
    expect(six[11]).toBe(
      `a06 c01 0a000000${TABLE}07000200696e0000fc000480340001800c0001007061796c6f6164002400028008000100000000010800020000000001080003000000000608000400000000012c00018008000100636d700020000280080001000000000108000200000000000c000380050001003a000000340001800c0001007061796c6f616400240002800800010000000001080002000000000208000300000000000800040000000001340001800b0001006c6f6f6b75700000240002800800020000000001170001006e65696768626f722d646973636f766572790000300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001`,
    );
    expect(six[12]).toContain(
      "340001800c0001007061796c6f6164002400028008000100000000010800020000000001080003000000001808000400000000105c0001800c00010062697477697365004c0002800800010000000001080002000000000108000300000000101800048014000100ffc000000000000000000000000000001800058014000100000000000000000000000000000000003800018008000100636d70002c000280080001000000000108000200000000001800038014000100fe800000000000000000000000000000440001800e000100696d6d656469617465000000300002800800010000000000240002802000028008000100fffffffc12000200696e5f6c696e6b5f6c6f63",
    );
    expect(six[14]).toBe(
      `a06 c01 0a000000${TABLE}12000200696e5f6c696e6b5f6c6f63616c000000bc000480340001800c0001007061796c6f61640024000280080001000000000108000200000000010800030000000018080004000000001024000180090001006d657461000000001400028008000200000000040800010000000002300001800b0001006c6f6f6b7570000020000280080002000000000114000100766970735f6c696e6b5f6c6f63616c00300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000`,
    );
  });

  test("elements", () => {
    expect(four[8]).toBe(`a0c 401 02000000090002007669707300000000${TABLE}` + "24000380" + "100001800c00018008000100c0000264100002800c00018008000100c0000265");
    expect(six[19]).toBe(`a0c 401 0a000000090002007669707300000000${TABLE}` + "20000380" + "1c000180180001801400010020010db8000000000000000000000077");
    expect(six[20]).toBe(`a0c 401 0a00000014000200766970735f6c696e6b5f6c6f63616c00${TABLE}` + "24000380" + "200001801c00018018000100fe80000000000000000000000000010003000000");
    expect([four.length, six.length]).toEqual([9, 21]);
  });
});

describe("keepalived's own bytes for links", () => {
  const four = messages(undefined, { ...PLACE, blocked: [], silenced: [silent(4, [4])] });
  const six = messages(undefined, { ...PLACE, blocked: [], silenced: [silent(4, [6])] });
  const OUT = "080003006f757400" + "14000480" + "080001000000000308000200ffffffff" + "0800050000000001" + "0b00070066696c7465720000";
  const MAP = "0d000200766d61635f6d617000000000" + "0800030000000008" + "0800040000000014" + "0800050000000004" + "0800060000000014" + "0800070000000004";

  test("table and chain", () => {
    expect(four.slice(0, 4)).toEqual([`a00 401 02000000${TABLE}`, `a02 1 02000000${TABLE}`, `a00 401 02000000${TABLE}`, `a03 401 02000000${TABLE}${OUT}`]);
    expect(six.slice(0, 4)).toEqual([`a00 401 0a000000${TABLE}`, `a02 1 0a000000${TABLE}`, `a00 401 0a000000${TABLE}`, `a03 401 0a000000${TABLE}${OUT}`]);
  });

  test("map and set", () => {
    const orders = "10000d00000401000000010401000000";
    expect(four[4]).toBe(`a09 401 02000000${TABLE}${MAP}` + "08000a0000000005" + orders);
    expect(six[4]).toBe(`a09 401 0a000000${TABLE}${MAP}` + "08000a0000000006" + orders);
    expect(six[5]).toBe(`a09 401 0a000000${TABLE}0d000200766d61635f73657400000000` + "0800040000000014" + "0800050000000004" + "08000a0000000007" + "0a000d000004010000000000");
  });

  test("rules", () => {
    const payload = (base: string, offset: string, length: string) => `340001800c0001007061796c6f616400240002800800010000000001080002000000000${base}08000300000000${offset}08000400000000${length}`;
    const octet = (value: string) => `2c00018008000100636d700020000280080001000000000108000200000000000c00038005000100${value}000000`;
    const meta = (key: string, register: string) => `24000180090001006d657461000000001400028008000200000000${key}0800010000000${register}`;
    const macvlan = meta("1b", "002") + "3800018008000100636d70002c0002800800010000000002080002000000000018000380140001006d6163766c616e000000000000000000" + meta("05", "002");
    const mapped = "340001800b0001006c6f6f6b7570000024000280080002000000000208000300000000020d000100766d61635f6d617000000000";
    const isIn = "2c0001800b0001006c6f6f6b757000001c00028008000200000000020d000100766d61635f73657400000000";
    const dup = "2000018008000100647570001400028008000100000000010800020000000002";
    const drop = "300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000";
    const icmpv6 = meta("10", "001") + octet("3a");
    expect(four[5]).toBe(`a06 c01 02000000${TABLE}080002006f7574009c010480` + payload("1", "09", "01") + octet("02") + payload("1", "10", "04") + macvlan + mapped + dup + drop);
    expect(six[6]).toBe(`a06 c01 0a000000${TABLE}080002006f757400ec010480` + icmpv6 + payload("2", "00", "01") + octet("8f") + payload("1", "18", "10") + macvlan + mapped + dup + drop);
    expect(six[7]).toBe(`a06 c01 0a000000${TABLE}080002006f75740090010480` + icmpv6 + payload("2", "00", "01") + octet("85") + macvlan + isIn + drop);
  });

  test("elements, coming and going", () => {
    const map = (index: string) => `0d000200766d61635f6d617000000000${TABLE}` + `200003801c0001800c00018008000100${index}0000000c0002800800010003000000`;
    const set = (index: string) => `0d000200766d61635f73657400000000${TABLE}` + `14000380100001800c00018008000100${index}000000`;
    expect(four.slice(6)).toEqual([`a0c 401 02000000${map("04")}`]);
    expect(six.slice(8)).toEqual([`a0c 401 0a000000${map("04")}`, `a0c 401 0a000000${set("04")}`]);
    const changed = messages({ ...PLACE, blocked: [], silenced: [silent(4, [4, 6])] }, { ...PLACE, blocked: [], silenced: [silent(5, [6, 4])] });
    expect(changed).toEqual([
      `a0e 1 02000000${map("04")}`, `a0c 401 02000000${map("05")}`,
      `a0e 1 0a000000${map("04")}`, `a0e 1 0a000000${set("04")}`, `a0c 401 0a000000${map("05")}`, `a0c 401 0a000000${set("05")}`,
    ]);
  });
});

describe("links and addresses in one table", () => {
  const ANEW = ["NEWTABLE ip keepalived", "DELTABLE ip keepalived", "NEWTABLE ip keepalived", "NEWCHAIN ip keepalived out"];
  const SILENCING = ["NEWSET ip keepalived vmac_map", "NEWRULE ip keepalived out"];
  const BLOCKING = ["NEWCHAIN ip keepalived in", "NEWSET ip keepalived vips", "NEWRULE ip keepalived in", "NEWRULE ip keepalived out"];
  const [link, vip] = ["NEWSETELEM ip keepalived vmac_map", "NEWSETELEM ip keepalived vips"];
  const rows: { name: string; before: readonly [links: number, vips: number]; after: readonly [links: number, vips: number]; want: readonly string[] }[] = [
    { name: "links come first", before: [0, 0], after: [2, 0], want: [...ANEW, ...SILENCING, link] },
    { name: "addresses join: it is made anew", before: [2, 0], after: [2, 1], want: [...ANEW, ...SILENCING, ...BLOCKING, link, vip] },
    { name: "one more of each", before: [2, 1], after: [3, 2], want: [link, vip] },
    { name: "one of each goes", before: [3, 2], after: [2, 1], want: ["DELSETELEM ip keepalived vmac_map", "DELSETELEM ip keepalived vips"] },
    { name: "the links go: anew", before: [2, 1], after: [0, 1], want: [...ANEW, ...BLOCKING, vip] },
    { name: "all of it goes", before: [1, 1], after: [0, 0], want: ["DELTABLE ip keepalived"] },
  ];
  for (const { name, before, after, want } of rows) {
    test(name, () => {
      const table = ([links, vips]: readonly [number, number]) => ({
        ...PLACE,
        silenced: Array.from({ length: links }, (...[, i]) => silent(10 + i, [4])),
        blocked: Array.from({ length: vips }, (...[, i]) => on(`192.0.2.${i}`)),
      });
      expect(encodeFirewallChange(table(before), table(after)).map(({ operation }) => operation.replace("NFT_MSG_", ""))).toEqual(want);
    });
  }
});

describe("only what differs", () => {
  const rows: { name: string; before?: readonly string[]; after?: readonly string[]; want: readonly string[] }[] = [
    { name: "nothing", before: ["192.0.2.1"], after: ["192.0.2.1"], want: [] },
    { name: "one comes", before: ["192.0.2.1"], after: ["192.0.2.1", "192.0.2.2"], want: ["NEWSETELEM ip keepalived vips"] },
    { name: "one goes, before one comes", before: ["192.0.2.1"], after: ["192.0.2.2"], want: ["DELSETELEM ip keepalived vips", "NEWSETELEM ip keepalived vips"] },
    { name: "a family goes", before: ["192.0.2.1", "2001:db8::1"], after: ["2001:db8::1"], want: ["DELTABLE ip keepalived"] },
    { name: "all of it goes", before: ["192.0.2.1", "fe80::1"], want: ["DELTABLE ip keepalived", "DELTABLE ip6 keepalived"] },
    { name: "link-local has its own set", before: ["fe80::1", "2001:db8::1"], after: ["fe80::2", "2001:db8::1"], want: ["DELSETELEM ip6 keepalived vips_link_local", "NEWSETELEM ip6 keepalived vips_link_local"] },
  ];
  for (const { name, before, after, want } of rows) {
    test(name, () => {
      const table = (list: readonly string[] | undefined) => list && { ...PLACE, blocked: list.map((address) => on(address)) };
      expect(encodeFirewallChange(table(before), table(after)).map(({ operation }) => operation.replace("NFT_MSG_", ""))).toEqual(want);
    });
  }

  test("the same link-local address on two interfaces is two", () => {
    const before = { ...PLACE, blocked: [on("fe80::1")] };
    const messagesOf = (linkLocalBy: "index" | "name") => messages({ ...before, linkLocalBy }, { ...before, linkLocalBy, blocked: [on("fe80::1"), on("fe80::1", 4, "eth1")] });
    expect(messagesOf("index")).toEqual([expect.stringContaining(`fe80${"00".repeat(13)}0104000000`)]);
    expect(messagesOf("name")).toEqual([expect.stringContaining(`fe80${"00".repeat(13)}0165746831${"00".repeat(12)}`)]);
  });
});

test("thousands of elements come in messages that their 16-bit lengths can hold", () => {
  const blocked = Array.from({ length: 2_500 }, (...[, i]) => on(`2001:db8::${i.toString(16)}`));
  const added = encodeFirewallChange({ ...PLACE, blocked: [on("2001:db8::ffff")] }, { ...PLACE, blocked: [on("2001:db8::ffff"), ...blocked] });
  expect(added.map(({ message }) => message.length < 65_536)).toEqual([true, true, true]);
});

test("counters stand before the verdict of every rule", () => {
  const rules = messages(undefined, { ...PLACE, counters: true, blocked: [on("fe80::1")], silenced: [silent(4, [4, 6])] }).filter((message) => message.startsWith("a06"));
  expect(rules).toHaveLength(11);
  for (const rule of rules) expect(rule).toMatch(/140001800c000100636f756e74657200040002803?/);
});

test("what has to be asked for to see the whole", () => {
  expect(tablesOf({ ...PLACE, blocked: [on("192.0.2.1")] })).toEqual([{ at: { family: 2, table: "keepalived" }, sets: ["vips"] }]);
  expect(tablesOf({ ...PLACE, blocked: [on("192.0.2.1")], silenced: [silent(4, [4, 6])] })).toEqual([
    { at: { family: 2, table: "keepalived" }, sets: ["vips", "vmac_map"] },
    { at: { family: 10, table: "keepalived" }, sets: ["vmac_map", "vmac_set"] },
  ]);
  const many = Array.from({ length: 1001 }, (...[, i]) => on(`198.18.${i >> 8}.${i & 255}`));
  expect(tablesOf({ ...PLACE, blocked: many, silenced: [silent(4, [4])] })).toEqual([{ at: { family: 2, table: "keepalived" }, sets: ["vmac_map"] }]);
  expect(tablesOf({ ...PLACE, linkLocalBy: "name", blocked: [on("2001:db8::1")] })).toEqual([{ at: { family: 10, table: "keepalived" }, sets: ["vips", "vips_link_local_name"] }]);
});
