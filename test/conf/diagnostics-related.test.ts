import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/conf/load.ts";
import { load } from "./memory-environment.ts";

// The other half of a conflict, by line.

const instance = (name: string, vrid: number, address: string, more = ""): string =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${vrid}\n virtual_ipaddress {\n  ${address}\n  ${more}\n }\n}\n`;
const service = (servers: string): string => `virtual_server 192.0.2.9 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n ${servers}\n}\n`;
const A = instance("A", 51, "192.0.2.1");

interface Case {
  readonly name: string;
  readonly text: string;
  readonly code: string;
  readonly line: number;
  /** Lines of the other places. */
  readonly others: readonly number[];
  readonly suggestion?: string;
}

const cases: readonly Case[] = [
  { name: "one VRID twice", text: A + instance("B", 51, "192.0.2.2"), code: "duplicate-vrid", line: 11, others: [3] },
  { name: "nopreempt of an initial master", text: A.replace("interface", "nopreempt\n state MASTER\n priority 150\n interface"), code: "contradiction", line: 2, others: [3] },
  { name: "one address in two instances", text: A + instance("B", 52, "192.0.2.1"), code: "duplicate-address", line: 13, others: [5] },
  { name: "one address twice in an instance", text: instance("A", 51, "192.0.2.1", "192.0.2.1"), code: "duplicate-address", line: 6, others: [5] },
  { name: "two instances of one name", text: A + instance("A", 52, "192.0.2.2"), code: "duplicate-name", line: 9, others: [1] },
  { name: "two groups of one name", text: `${A}vrrp_sync_group G {\n group {\n A\n }\n}\nvrrp_sync_group G {\n}\n`, code: "duplicate-name", line: 14, others: [9] },
  { name: "two scripts of one name", text: `vrrp_script s {\n script /bin/true\n}\nvrrp_script s {\n script /bin/true\n}\n`, code: "duplicate-name", line: 4, others: [1] },
  { name: "a member that does not exist", text: `${instance("LAN_1", 51, "192.0.2.1")}vrrp_sync_group G {\n group {\n LAN_2\n }\n}\n`, code: "unknown-name", line: 11, others: [], suggestion: "LAN_1" },
  { name: "a member that cannot be used", text: `${A.replace("interface eth0", "")}vrrp_sync_group G {\n group {\n A\n }\n}\n`, code: "unknown-name", line: 11, others: [1] },
  { name: "a member of two groups", text: `${A}vrrp_sync_group G {\n group {\n A\n }\n}\nvrrp_sync_group H {\n group {\n A\n }\n}\n`, code: "duplicate-entry", line: 16, others: [11] },
  { name: "a track script that does not exist", text: `vrrp_script chk_web {\n script /bin/true\n}\n${A.replace("}\n}", "}\n track_script {\n chk_wed\n }\n}")}`, code: "unknown-name", line: 12, others: [], suggestion: "chk_web" },
  { name: "a real server twice", text: service("real_server 192.0.2.2 80 {\n }\n real_server 192.0.2.2 {\n }"), code: "duplicate-real-server", line: 7, others: [5] },
  { name: "a virtual server twice", text: service("real_server 192.0.2.2 80 {\n }") + service("real_server 192.0.2.3 80 {\n }"), code: "duplicate-virtual-server", line: 8, others: [1] },
];

describe("the other half of a conflict", () => {
  test.each(cases)("$name", ({ text, code, line, others, suggestion }) => {
    const { diagnostics, unsupported } = load(text);
    const all: readonly Diagnostic[] = [...diagnostics, ...unsupported.map(({ diagnostic }) => diagnostic)];
    const found = all.filter((diagnostic) => diagnostic.code === code);
    expect(found.map((diagnostic) => [diagnostic.line, (diagnostic.related ?? []).map((other) => other.line), diagnostic.suggestion])).toEqual([[line, others, suggestion]]);
    expect(found[0]?.remedy).toBeTypeOf("string");
  });
});
