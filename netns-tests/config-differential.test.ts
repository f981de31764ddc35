import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { loadConfig } from "../src/conf/load.ts";
import { accounts } from "../src/sys/accounts.ts";
import { files } from "../src/sys/files.ts";

// The same files given to Debian's keepalived -t and to the loader: the exit codes must agree. Nothing is configured.

const link = Object.keys(networkInterfaces()).find((name) => name !== "lo") ?? "";
let folder = "";
beforeAll(() => {
  assert.equal(spawnSync("keepalived", ["--version"]).status, 0, "keepalived is required");
  assert.notEqual(link, "", "an interface besides lo is required");
  folder = mkdtempSync(join(tmpdir(), "regent-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const instance = (lines: string, entries = ""): string =>
  `vrrp_instance A {\n interface ${link}\n virtual_router_id 51\n ${lines}\n virtual_ipaddress {\n  192.0.2.1/24\n  ${entries}\n }\n}\n`;
const service = (lines: string, head = "192.0.2.1 80"): string => `virtual_server ${head} {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n ${lines}\n}\n`;
const real = (lines: string): string => service(`real_server 192.0.2.2 80 {\n  weight 1\n  ${lines}\n }`);
const secure = (text: string): string => `global_defs {\n enable_script_security\n script_user root\n}\n${text}`;
const group = (lines: string, second = "", vrid = 52): string =>
  `${instance("")}${instance(second).replace("_instance A", "_instance B").replace("id 51", `id ${vrid}`).replace("192.0.2.1/", "192.0.2.9/")}vrrp_sync_group G {\n ${lines}\n}\n`;

const cases: Record<string, { text: string; code: number }> = {
  "empty file": { text: "", code: 0 },
  "one instance": { text: instance(""), code: 0 },
  "brace glued to the keyword, and on the next line": { text: "global_defs{ router_id X}\nvrrp_sync_group\tG\n{\n}\n", code: 5 },
  "unknown keyword": { text: "foo bar\n", code: 5 },
  "unknown block": { text: "global_defs {\n foo {\n router_id X\n }\n}\n", code: 5 },
  "extra closing brace": { text: "global_defs {\n}\n}\n", code: 5 },
  "missing closing brace": { text: "global_defs {\n router_id X\n", code: 5 },
  "opening brace without keyword": { text: "{\n", code: 5 },
  "unterminated quote": { text: 'global_defs {\n router_id "X\n}\n', code: 5 },
  "text in braces inside quotes": { text: 'global_defs {\n router_id "{X}"\n}\n', code: 0 },
  "comments": { text: "! a\n# b\nglobal_defs { # c\n router_id X! d\n}\n", code: 0 },
  "carriage returns": { text: "global_defs {\r\n router_id X\r\n}\r\n", code: 0 },
  "parameter": { text: "$ID=X\nglobal_defs {\n router_id $ID\n}\n", code: 0 },
  "braced parameter": { text: `$N=5\n${instance("priority ${N}0")}`, code: 0 },
  "sequence": { text: `~SEQ(N,1,2) vrrp_script s$N { script /bin/true }\n`, code: 0 },
  "condition that does not hold": { text: "@nosuchhost foo\n", code: 0 },
  "missing include": { text: "include /nonexistent.conf\n", code: 0 },
  "missing include that must match": { text: "includem /nonexistent.conf\n", code: 6 },
  "missing parameter": { text: instance("priority"), code: 2 },
  "missing router_id": { text: "global_defs {\n router_id\n}\n", code: 5 },
  "number with a letter": { text: instance("priority 5x"), code: 5 },
  "number out of range": { text: instance("priority 300"), code: 5 },
  "negative number": { text: instance("garp_master_delay -1"), code: 5 },
  "too many decimal places": { text: instance("preempt_delay 1.1234567"), code: 5 },
  "interval that is not whole": { text: instance("advert_int 2.6"), code: 5 },
  "interval beyond the wire": { text: instance("advert_int 300"), code: 5 },
  "no vrid": { text: `vrrp_instance A {\n interface ${link}\n virtual_ipaddress {\n 192.0.2.1\n }\n}\n`, code: 5 },
  "no interface": { text: "vrrp_instance A {\n virtual_router_id 5\n virtual_ipaddress {\n 192.0.2.1\n }\n}\n", code: 5 },
  "absent interface": { text: instance("").replace(`interface ${link}`, "interface nosuch"), code: 5 },
  "absent interface, dynamic": { text: `global_defs {\n dynamic_interfaces\n}\n${instance("").replace(`interface ${link}`, "interface nosuch")}`, code: 0 },
  "no addresses": { text: `vrrp_instance A {\n interface ${link}\n virtual_router_id 5\n}\n`, code: 5 },
  "nopreempt as MASTER": { text: instance("state MASTER\n nopreempt"), code: 5 },
  "preempt_delay without preemption": { text: instance("nopreempt\n preempt_delay 10"), code: 5 },
  "unknown state": { text: instance("state xx"), code: 5 },
  "BACKUP after MASTER": { text: instance("state MASTER\n state BACKUP"), code: 5 },
  "password too long": { text: instance("authentication {\n auth_type PASS\n auth_pass 123456789\n }"), code: 5 },
  "no password": { text: instance("authentication {\n auth_type PASS\n }"), code: 5 },
  "password": { text: instance("authentication {\n auth_type PASS\n auth_pass abc\n }"), code: 0 },
  "address options": { text: instance("", "192.0.2.2/24 brd + scope link label x:1 home noprefixroute"), code: 0 },
  "address label too long": { text: instance("", "192.0.2.2/24 label abcdefghijklmnopqrst"), code: 5 },
  "address option unknown": { text: instance("", "192.0.2.2/24 foo bar"), code: 5 },
  "address of the other family": { text: instance("", "2001:db8::1"), code: 5 },
  "address twice": { text: instance("", "192.0.2.1/24"), code: 0 },
  "own interface tracked": { text: instance(`track_interface {\n ${link}\n }`), code: 5 },
  "own interface tracked instead": { text: instance(`dont_track_primary\n track_interface {\n ${link} weight 5\n }`), code: 5 },
  "unknown tracked script": { text: instance("track_script {\n nosuch\n }"), code: 5 },
  "script without security": { text: instance("notify_master /bin/true"), code: 6 },
  "script with security": { text: secure(instance("notify_master /bin/true")), code: 0 },
  "script with security and no account": { text: `global_defs {\n enable_script_security\n}\n${instance("notify_master /bin/true")}`, code: 5 },
  "missing notify script": { text: instance("notify_master /nosuch"), code: 0 },
  "missing tracked script": { text: `vrrp_script s {\n script /nosuch\n}\n${instance("track_script {\n s\n }")}`, code: 5 },
  "escaped quotes in a command": { text: secure(instance('notify_master "/bin/echo \\"a b\\" c"')), code: 0 },
  "unterminated quote in a command": { text: secure(instance("notify_master \"/bin/echo 'a b\"")), code: 5 },
  "sync group": { text: group("group {\n A\n B\n }"), code: 0 },
  "sync group of one": { text: group("group {\n A\n }"), code: 5 },
  "sync group with a stranger": { text: group("group {\n A\n B\n C\n }"), code: 5 },
  "sync group with a member twice": { text: group("group {\n A\n B\n A\n }"), code: 5 },
  "empty sync group": { text: group(""), code: 5 },
  "vrid twice on an interface": { text: group("group {\n A\n B\n }", "", 51), code: 5 },
  "instance twice": { text: instance("") + instance(""), code: 5 },
  "unused script": { text: secure(`vrrp_script s {\n script /bin/true\n}\n${instance("")}`), code: 0 },
  "script without command": { text: `vrrp_script s {\n}\n${instance("")}`, code: 5 },
  "service": { text: real(""), code: 0 },
  "service without real server": { text: service(""), code: 5 },
  "service without protocol": { text: real("").replace(" protocol TCP\n", ""), code: 5 },
  "service without scheduler": { text: real("").replace(" lb_algo rr\n", ""), code: 5 },
  "service without method": { text: real("").replace(" lb_kind NAT\n", ""), code: 5 },
  "invalid service address": { text: real("").replace("192.0.2.1 80", "192.0.2.300 80"), code: 5 },
  "service by fwmark with a protocol": { text: real("").replace("192.0.2.1 80", "fwmark 3"), code: 5 },
  "service without port": { text: real("").replace("192.0.2.1 80", "192.0.2.1"), code: 5 },
  "quorum beyond the weights": { text: service("quorum 5\n real_server 192.0.2.2 80 {\n }"), code: 5 },
  "hysteresis beyond the quorum": { text: service("hysteresis 3\n real_server 192.0.2.2 80 {\n }"), code: 5 },
  "real server twice": { text: service("real_server 192.0.2.2 80 {\n }\n real_server 192.0.2.2 80 {\n }"), code: 5 },
  "real server of the other family": { text: service("real_server 2001:db8::1 80 {\n }"), code: 5 },
  "sorry server's flag without it": { text: service("sorry_server_inhibit\n real_server 192.0.2.2 80 {\n }"), code: 5 },
  "thresholds": { text: real("uthreshold 5\n lthreshold 10"), code: 0 },
  "scheduler flags": { text: service("lb_algo sh\n sh-port\n sh-fallback\n real_server 192.0.2.2 80 {\n }"), code: 0 },
  "scheduler flag of another scheduler": { text: service("sh-port\n real_server 192.0.2.2 80 {\n }"), code: 5 },
  "HTTP_GET": { text: real("HTTP_GET {\n url {\n path /\n digest 640205b7b0fc66c1ea91c463fac6334d\n }\n }"), code: 0 },
  "HTTP_GET with a short digest": { text: real("HTTP_GET {\n url {\n path /\n digest 64\n }\n }"), code: 5 },
  "HTTP_GET with impossible status codes": { text: real("HTTP_GET {\n url {\n path /\n status_code 99 700\n }\n }"), code: 5 },
  "HTTP_GET with the old retry": { text: real("HTTP_GET {\n nb_get_retry 3\n url {\n path /\n }\n }"), code: 5 },
  "TCP_CHECK": { text: real("TCP_CHECK {\n connect_timeout 3\n }"), code: 0 },
  "TCP_CHECK with no time": { text: real("TCP_CHECK {\n connect_timeout 0\n }"), code: 5 },
  "TCP_CHECK bound to the other family": { text: real("TCP_CHECK {\n bindto 2001:db8::1\n }"), code: 5 },
  "TCP_CHECK with an unknown keyword": { text: real("TCP_CHECK {\n foo 3\n }"), code: 5 },
  "TCP_CHECK without block": { text: real("TCP_CHECK"), code: 5 },
  "MISC_CHECK without path": { text: real("MISC_CHECK {\n }"), code: 5 },
  "MISC_CHECK without security": { text: real("MISC_CHECK {\n misc_path /bin/true\n }"), code: 6 },
  "MISC_CHECK of an unknown user": { text: secure(real("MISC_CHECK {\n misc_path /bin/true\n user nosuchuser\n }")), code: 5 },
  "a line that is too long": { text: `global_defs {\n router_id X # ${"x".repeat(2_000)}\n}\n`, code: 5 },
};

for (const [name, { text, code }] of Object.entries(cases)) {
  test(`-t: ${name}`, () => {
    const path = join(folder, `${name.replace(/[^a-z]+/gi, "-")}.conf`);
    writeFileSync(path, text);
    const theirs = spawnSync("keepalived", ["-t", "-f", path], { encoding: "utf8", timeout: 20_000 });
    const ours = loadConfig(
      { files, accounts, interfaceNames: () => [link, "lo"], interfaceMtu: () => 1500, hostName: "director1", env: process.env, random: (min) => min },
      { path, configId: "director1", testing: true, allConfig: false },
    );
    const said = ours.diagnostics.map(({ message }) => message);
    assert.deepEqual({ keepalived: theirs.status, regent: ours.exitCodeTest }, { keepalived: code, regent: code }, `${theirs.stderr}\nours: ${said.join("\n")}`);
  });
}
