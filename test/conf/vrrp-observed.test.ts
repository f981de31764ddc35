import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import { load } from "./memory-environment.ts";

// What `keepalived -t` (2.2.7) was seen to say of one line at a time, in vrrp-observed.txt: "KIND: LINE" and below it the
// messages, each once; `\n` in a line stands for a line's end. Lines of which 2.4 says something else are not there.

const EVERYWHERE = "global_defs {\ndynamic_interfaces\n}\n";
const VIPS = "virtual_ipaddress {\n192.0.2.1\n}\n";
const instance = (lines: string, vips = VIPS): string => `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 5\n${vips}${lines}\n}\n`;
const block = (head: string, line: string): string => `${head} {\n${line}\n}\n`;
const TRACKED = 'track_file T {\nfile /run/x\n}\nvrrp_track_process P {\nprocess foo\n}\nbfd_instance B {\nneighbor_ip 192.0.2.7\n}\nvrrp_script S {\nscript "/bin/true"\n}\n';

/** The configuration in which a line of each kind was tried. */
const FRAMES: Readonly<Record<string, (line: string) => string>> = {
  route: (line) => instance(block("virtual_routes", line)),
  rule: (line) => instance(block("virtual_rules", line)),
  inst: (line) => instance(line),
  bare: (line) => instance(line, ""),
  root: (line) => `${line}\n${instance("")}`,
  bfdn: (line) => `${block("bfd_instance B", `neighbor_ip 192.0.2.7\n${line}`)}${instance("")}`,
  tfile: (line) => `${block("track_file T", line)}${instance("track_file {\nT\n}")}`,
  tproc: (line) => `${block("vrrp_track_process T", line)}${instance("track_process {\nT\n}")}`,
  track: (line) => `${TRACKED}${instance(line)}`,
  saddr: (line) => `${block("static_ipaddress", line)}${instance("")}`,
};

const FILES = { "/etc/iproute2/rt_realms": "0 cosmos\n", "/etc/iproute2/group": "0 default\n" };
const INTERFACES = ["lo", "eth0", "ifb0", "ifb1"];

/** Where Regent goes by keepalived 2.4, which 2.2.7 does not know (doc/compatibility.md). */
const LATER: Readonly<Record<string, readonly string[]>> = {
  "strict_mode\\nunicast_peer {\\n192.0.2.7\\n}": ["(VI) strict mode does not allow unicast peers"],
};

const observed: { readonly kind: string; readonly line: string; readonly messages: string[] }[] = [];
for (const text of readFileSync("test/conf/vrrp-observed.txt", "utf8").trimEnd().split("\n")) {
  const [, kind = "", line = ""] = /^(\w+): (.*)$/.exec(text) ?? [];
  if (text.startsWith("  ")) observed.at(-1)?.messages.push(text.slice(2));
  else observed.push({ kind, line, messages: [] });
}

test("the observations are there", () => {
  assert.ok(observed.length >= 500, `${observed.length}`);
});

describe.each(Object.keys(FRAMES))("%s", (kind) => {
  test.each(observed.filter((one) => one.kind === kind))("$line", ({ line, messages }) => {
    const text = EVERYWHERE + (FRAMES[kind]?.(line.replaceAll("\\n", "\n")) ?? "");
    const { diagnostics } = load(text, FILES, {}, { interfaceNames: () => INTERFACES });
    const said = diagnostics.flatMap((one) => (one.severity === "note" || one.kind === "security" ? [] : [one.message]));
    assert.deepEqual([...new Set(said)].sort(), [...(LATER[line] ?? messages)].sort());
  });
});
