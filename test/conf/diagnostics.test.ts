import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { faults, load, loadGood } from "./memory-environment.ts";

// The wording is Debian's keepalived 2.2.7 -t for the same text, word for word; the exit code is its own.

const instance = (lines: string, entries = ""): string =>
  `vrrp_instance A {\n interface eth0\n virtual_router_id 51\n ${lines}\n virtual_ipaddress {\n  192.0.2.1/24\n  ${entries}\n }\n}\n`;
const service = (lines: string): string => `virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n ${lines}\n}\n`;
const real = (lines: string): string => service(`real_server 192.0.2.2 80 {\n ${lines}\n }`);

const cases: { text: string; want: string[]; code?: number; daemon?: number }[] = [
  { text: instance("priority"), want: ["*** Configuration line starting `priority` is missing a parameter after keyword `priority` at word position 2"], code: 2, daemon: 2 },
  { text: instance("virtual_router_id 5x"), want: ["invalid number '5x'", "(A): VRID '5x' not valid - must be between 1 & 255"] },
  { text: instance("advert_int 300"), want: ["number '300' outside range [0.010000, 255.000000]", "(A) Advert interval (300) not valid! Must be > 0 - ignoring"] },
  { text: instance("garp_master_delay -1"), want: ["negative number '-1'", "(A): garp_master_delay '-1' invalid - ignoring"] },
  { text: instance("advert_int 2.6"), want: ["(A) VRRPv2 advertisement interval 2.600000s must be an integer. rounding"] },
  { text: instance("advert_int 1.1234567"), want: ["number '1.1234567' has too many decimal places", "(A) VRRPv2 advertisement interval 1.123457s must be an integer. rounding"] },
  { text: instance("priority 255\n nopreempt"), want: ["(A) nopreempt is incompatible with priority 255. resetting nopreempt"] },
  { text: instance("state MASTER\n preempt_delay 10"), want: ["(A) Warning - preempt delay will not work with initial state MASTER - clearing"] },
  { text: instance("nopreempt\n preempt_delay 10"), want: ["(A) preempt_delay is incompatible with nopreempt mode - resetting"] },
  { text: instance("state xx"), want: ["(A) unknown state 'xx', defaulting to BACKUP"] },
  { text: instance("interface lo"), want: ["(A) cannot use a loopback interface (lo) for vrrp - ignoring", "(A) Unknown interface!"], daemon: 2 },
  {
    text: "vrrp_instance A {\n vrf nosuch\n virtual_router_id 1\n unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }\n virtual_ipaddress {\n 192.0.2.9 dev eth0\n }\n}\n",
    want: ["(A) WARNING - VRF interface nosuch doesn't exist", "Non-existent interface specified in configuration"],
    daemon: 2,
  },
  { text: instance("interface nosuch"), want: ["WARNING - interface nosuch for vrrp_instance A doesn't exist", "Non-existent interface specified in configuration"], daemon: 2 },
  { text: `global_defs {\n default_interface nosuch\n}\nstatic_ipaddress {\n 192.0.2.2/24\n}\n${instance("")}`, want: ["Static address 192.0.2.2/24 requires either an interface or default interface must exist", "Non-existent interface specified in configuration"], code: 4, daemon: 2 },
  { text: instance("authentication {\n auth_type PASS\n }"), want: ["(A) Authentication specified but no password given. Ignoring"] },
  { text: instance("state MASTER\n priority 100\n nopreempt\n authentication {\n auth_type AH\n auth_pass s3cret\n }"), want: ["(A) Initial state master is incompatible with AH authentication - clearing"] },
  { text: instance("track_interface {\n eth1 foo\n }"), want: ["(A) unknown track_interface eth1 option foo - ignoring"] },
  { text: instance("track_interface {\n eth1 weight 254\n }"), want: ["(A) weight for eth1 cannot be +/-254. Setting to +/-253"] },
  { text: instance("track_script {\n none\n }"), want: ["(A) track script none not found, ignoring..."] },
  { text: instance("", "192.0.2.2/40"), want: ["number '40' outside range [0, 32]", "Invalid address prefix len 40 for address 192.0.2.2/40 - using 32"] },
  { text: instance("", "192.0.2.2/24 scope foo"), want: ["Invalid scope 'foo' specified for 192.0.2.2/24 - ignoring"] },
  { text: instance("", "192.0.2.2/24 dev"), want: ["No dev parameter specified for 192.0.2.2/24"] },
  { text: instance("", "2001:db8::1"), want: ["(A): address family must match VRRP instance [2001:db8::1] - ignoring"] },
  { text: instance("") + instance("virtual_router_id 51").replace("_instance A", "_instance B"), want: ["A and B both use VRID 51 with IPv4 on interface eth0"], daemon: 2 },
  { text: `${instance("")}vrrp_sync_group G {\n group {\n A\n C\n }\n}\n`, want: ["Virtual router C specified in sync group G doesn't exist - ignoring", "Sync group G has only 1 virtual router(s) - this probably isn't what you want"] },
  { text: `${instance("")}vrrp_sync_group G {\n}\n`, want: ["Sync group G has no virtual router(s). removing"] },
  {
    text: `${instance("")}vrrp_sync_group G {\n group {\n A\n }\n}\nvrrp_sync_group H {\n group {\n A\n }\n}\n`,
    want: [
      "Sync group G has only 1 virtual router(s) - this probably isn't what you want",
      "Virtual router A cannot exist in more than one sync group; ignoring H",
      "Sync group H, no matching virtual router found in group declaration - removing",
    ],
  },
  { text: service(""), want: ["Virtual server [192.0.2.1]:tcp:80 has no real servers - ignoring"] },
  {
    text: "virtual_server 192.0.2.1 80 {\n real_server 192.0.2.2 80 {\n }\n}\n",
    want: [
      "Virtual server [192.0.2.1]:none:80: no protocol set - defaulting to UDP",
      "Virtual server [192.0.2.1]:udp:80: no scheduler set, setting default 'wlc'",
      "Virtual server [192.0.2.1]:udp:80: no forwarding method set, setting default NAT",
    ],
  },
  { text: service("quorum 5\n real_server 192.0.2.2 80 {\n }"), want: ["Warning - quorum 5 for [192.0.2.1]:tcp:80 exceeds total weight of real servers 1, reducing quorum to 1"] },
  { text: service("hysteresis 3\n real_server 192.0.2.2 80 {\n }"), want: ["Virtual server [192.0.2.1]:tcp:80: hysteresis 3 >= quorum 1; setting hysteresis to 0"] },
  { text: service("real_server 192.0.2.2 80 {\n }\n real_server 192.0.2.2 80 {\n }"), want: ["VS [192.0.2.1]:tcp:80: real server [192.0.2.2]:tcp:80 is duplicated - removing second rs"] },
  { text: real("HTTP_GET {\n url {\n path /\n status_code 99\n }\n }"), want: ["Invalid HTTP_GET status code '99'"] },
  { text: real("TCP_CHECK {\n bindto 2001:db8::1\n }"), want: ["bindto address 2001:db8::1 does not match address family of connect_ip - skipping"] },
  { text: real("MISC_CHECK {\n }"), want: ["No script path has been specified for MISC_CHECKER - skipping"] },
  // The last of keepalived's order of kinds decides, whatever was said last.
  { text: real("MISC_CHECK {\n misc_path /bin/true\n }") + instance("state xx"), want: ["(A) unknown state 'xx', defaulting to BACKUP", "SECURITY VIOLATION - check scripts are being executed but script_security not enabled."], code: 6 },
  { text: instance("notify_master /bin/true\n nopreempt\n preempt_delay 1"), want: ["SECURITY VIOLATION - scripts are being executed but script_security not enabled.", "(A) preempt_delay is incompatible with nopreempt mode - resetting"], code: 6 },
];

describe("what keepalived says, it says here", () => {
  for (const { text, want, code = 5, daemon } of cases) {
    test(want.join(" | "), () => {
      const result = load(text);
      expect([faults(result), result.exitCodeTest, result.exitCodeDaemon]).toEqual([want, code, daemon]);
    });
  }
});

test("all faults of a file in one run, in the order of the text, each with line and column of its word", () => {
  const result = load("global_defs {\n smtp_alrt\n router_id X Y\n smtp_connect_timeout   99999\n}\nvrrp_instance A {\n  interface eth0\n  priority 300 # high\n  virtual_ipaddress { 192.0.2.1 dev }\n}}\n");
  assert.deepEqual(
    result.diagnostics.map(({ line, column, message, suggestion }) => [line, column, message, suggestion]),
    [
      [2, 2, "Unknown keyword 'smtp_alrt'", "smtp_alert"],
      [4, 25, "number '99999' outside range [0, 4294]", undefined],
      [4, 25, "smtp_connect_timeout '99999' must be in [0, 4294] - ignoring", undefined],
      [8, 12, "number '300' outside range [1, 255]", undefined],
      [8, 12, "(A) Priority not valid! must be between 1 & 255. Using default 100", undefined],
      [9, 33, "No dev parameter specified for 192.0.2.1", undefined],
      [10, 2, "Extra '}' found", undefined],
      [6, 15, "(A) the virtual router id must be set", undefined],
    ],
  );
  assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon], [5, 2]);
});

test("defaults are keepalived's", () => {
  const config = loadGood(instance("") + service("real_server 192.0.2.2 {\n HTTP_GET { url { path / } }\n TCP_CHECK {\n }\n }"));
  const [a] = config.vrrp.instances;
  assert.ok(a);
  assert.deepEqual([a.priority, a.advertIntervalUs, a.downTimerAdverts, a.preempt, a.initialState, a.multicastGroup], [100, 1_000_000, 3, true, "BACKUP", "224.0.0.18"]);
  assert.deepEqual(a.garp, { masterDelayUs: 5_000_000, masterRepeat: 5, masterRefreshUs: 0, masterRefreshRepeat: 1, lowerPrioDelayUs: 5_000_000, lowerPrioRepeat: 5 });
  const [http, tcp] = config.check.virtualServers[0]?.realServers[0]?.checkers ?? [];
  assert.ok(http?.type === "HTTP_GET" && tcp?.type === "TCP_CHECK");
  assert.deepEqual([http.retry, http.delayBeforeRetryUs, http.delayLoopUs], [1, 3_000_000, 60_000_000]);
  assert.deepEqual([tcp.retry, tcp.delayBeforeRetryUs, tcp.warmupUs], [1, 1_000_000, 60_000_000]);
  assert.deepEqual([config.global.childWaitTimeUs, config.notify.mail.from], [5_000_000, "root@director1"]);
  assert.equal(config.notify.virtualServers.get("[192.0.2.1]:tcp:80")?.realServers.get("[192.0.2.2]:tcp:80")?.smtpAlert, true);
});

test("vrrp_min_garp changes what still has its built-in value at that point", () => {
  const garp = (lines: string) => loadGood(`global_defs {\n ${lines}\n}\n${instance("")}`).vrrp.instances[0]?.garp;
  assert.deepEqual([garp("vrrp_min_garp")?.masterRepeat, garp("vrrp_min_garp")?.masterDelayUs, garp("vrrp_min_garp")?.lowerPrioRepeat], [1, 0, 1]);
  assert.equal(garp("vrrp_garp_master_repeat 3\n vrrp_min_garp")?.masterRepeat, 3);
  assert.equal(garp("vrrp_min_garp\n vrrp_garp_master_repeat 4")?.masterRepeat, 4);
});

test("what keepalived itself calls a warning is one: -t fails for it, the daemon runs it and reloads it", () => {
  const { diagnostics, exitCodeTest, exitCodeDaemon } = load("virtual_server fwmark 7 {\n  lb_algo rr\n  lb_kind DR\n  real_server 198.51.100.21 8080 {\n  }\n}\n");
  assert.deepEqual(diagnostics.map(({ severity, kind }) => [severity, kind]), [["warning", "general-error"]]);
  assert.deepEqual([exitCodeTest, exitCodeDaemon], [5, undefined]);
});
