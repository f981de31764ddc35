import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { faults, load } from "./memory-environment.ts";

// What keepalived 2.2.7 says with -t, seen by running it on the same text; and what it takes without a word; in the order of places.

const RS = " real_server 198.51.100.1 80 {\n TCP_CHECK {\n }\n }\n";

function vs(lines: string, head = "virtual_server 192.0.2.1 80", real = RS): string {
  return `${head} {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n${lines}\n${real}}\n`;
}

function group(lines: string, extra = "", real = RS): string {
  return `virtual_server_group G {\n${lines}\n}\n${vs(extra, "virtual_server group G", real)}`;
}

function checker(name: string, lines: string): string {
  return vs("", undefined, ` real_server 198.51.100.1 80 {\n ${name} {\n${lines}\n }\n }\n`);
}

function global(line: string): string {
  return `global_defs {\n${line}\n}\n`;
}

const EMPTY_GROUP = "virtual server group G has no entries - removing";
const NO_GROUP = "Virtual server group G specified but not configured - ignoring virtual server [G]:0";

const CASES: readonly { readonly text: string; readonly says: readonly string[] }[] = [
  { text: group("192.0.2.1-5 80\n192.0.2.1-192.0.2.5 80\n2001:db8::1-5 80\n192.0.2.0/24 80\n192.0.2.1 80 extra"), says: [] },
  { text: group("192.0.2.9-5 80"), says: [EMPTY_GROUP, "Address range end is not greater than address range start - 192.0.2.9-5 - skipping", NO_GROUP] },
  { text: group("192.0.2.5-5 80\n192.0.2.1 80"), says: ["Address range end is not greater than address range start - 192.0.2.5-5 - skipping"] },
  { text: group("2001:db8::a-5 80\n192.0.2.1 80"), says: ["Address range end is not greater than address range start - 2001:db8::a-5 - skipping"] },
  { text: group("192.0.2.1-300 80\n192.0.2.1 80"), says: ["Virtual server group range '192.0.2.1-300' end '300' too large"] },
  { text: group("192.0.2.1-0x5 80\n192.0.2.1 80"), says: ["Virtual server group range '192.0.2.1-0x5' has extra characters at end 'x5'"] },
  { text: group("192.0.2.1/24 80\n192.0.2.1/33\n192.0.2.1 80"), says: ["Address mask bits not empty - 192.0.2.1/24 - skipping", "Invalid netmask - 192.0.2.1/33 - skipping"] },
  { text: group("0x10 80\nfoo\n192.0.2.1 80"), says: ["Invalid virtual server group IP address 0x10 /port/80 - skipping", "Invalid virtual server group IP address foo  - skipping"] },
  { text: group("fwmark x\nfwmark 1 foo\n192.0.2.1 80"), says: ["invalid number 'x'", "(G): fwmark 'x' must be in [0, 4294967295] - ignoring", "(G): fwmark '1' family foo unknown - ignoring"] },
  { text: group("fwmark 1"), says: ["Warning: Virtual server [G]:0: protocol specified for fwmark - protocol will be ignored"] },
  { text: group("fwmark 1 inet6"), says: [] },
  { text: group("192.0.2.1 80\n192.0.2.2"), says: ["Virtual server [G]:0: zero port only valid for persistent services - setting"] },
  { text: group("192.0.2.1 80", "quorum 9"), says: ["Warning - quorum 9 for [G]:0 exceeds total weight of real servers 1, reducing quorum to 1"] },
  { text: group("192.0.2.1 80", "ip_family inet6"), says: ["Address family of virtual server and real server 198.51.100.1 don't match - skipping real server.", "Virtual server [G]:0 has no real servers - ignoring"] },
  { text: group("192.0.2.1 80", "", `${RS}${RS.replace("198.51.100.1", "2001:db8::1")}`), says: ["Address family of virtual server and real server 2001:db8::1 don't match - skipping real server."] },
  { text: vs("", "virtual_server fwmark 5", `${RS} ip_family inet6\n`).replace(" protocol TCP\n", ""), says: ["Virtual server specified family inet6 conflicts with server family"] },
  { text: vs(" lb_kind DR", "virtual_server fwmark 5").replace(" protocol TCP\n", ""), says: ["WARNING - fwmark virtual server FWM 5, real server [198.51.100.1]:none:80 has port specified - clearing"] },
  { text: vs(" lb_kind DR").replace("198.51.100.1 80", "198.51.100.1 8080"), says: ["WARNING - virtual server [192.0.2.1]:tcp:80 and real server [198.51.100.1]:tcp:8080 ports don't match - resetting"] },
  { text: vs(" lb_kind DR\n sorry_server 198.51.100.9 90"), says: ["WARNING - virtual server [192.0.2.1]:tcp:80 and sorry server ports don't match - resetting"] },
  { text: vs(" lb_kind TUN type gue"), says: ["gue tunnels require port, otherwise cannot have port."] },
  { text: vs(" lb_kind TUN type gre port 7"), says: ["gue tunnels require port, otherwise cannot have port."] },
  { text: vs(" lb_kind TUN csum"), says: ["ipip tunnels do not support checksum option."] },
  { text: vs(" lb_kind TUN type gre remcsum"), says: ["gre tunnels do not support remote checksum option."] },
  { text: vs(" lb_kind TUN type foo"), says: ["Unknown tunnel type foo for virtual server."] },
  { text: vs(" lb_kind TUN type"), says: ["Missing tunnel type for virtual server."] },
  { text: vs(" lb_kind TUN type gue port 0"), says: ["number '0' outside range [1, 65535]", "Invalid gue tunnel port 0 for virtual server."] },
  { text: vs(" lb_kind DR foo"), says: ["Invalid tunnel option foo for virtual server."] },
  { text: vs(" lb_kind TUN port 5 type gue\n lb_kind NAT type ipip\n lb_kind TUN nocsum"), says: [] },
  { text: vs(" snmp_name a b"), says: ["virtual server snmp_name missing or extra parameters"] },
  { text: vs(" persistence_engine abcdefghijklmnopqrst"), says: ["persistence_name too long, truncating - abcdefghijklmnopqrst"] },
  { text: checker("UDP_CHECK", "payload"), says: ["UDP_CHECK payload requires a payload"] },
  { text: checker("UDP_CHECK", "payload 0g"), says: ["Invalid hex string for UDP_CHECK payload"] },
  { text: checker("UDP_CHECK", "payload 00XX"), says: ["Invalid hex string for UDP_CHECK payload"] },
  { text: checker("UDP_CHECK", "require_reply 0g"), says: ["Invalid hex string for UDP_CHECK reply"] },
  { text: checker("UDP_CHECK", "min_reply_length 70000"), says: ["number '70000' outside range [0, 65535]", "UDP_CHECK min length 70000 not valid - must be between 0 & 65535"] },
  { text: checker("UDP_CHECK", "min_reply_length 300"), says: ["UDP_CHECK min_reply length 300 > max_reply_length 255 - will always fail"] },
  { text: checker("DNS_CHECK", "type a\nname example.com x"), says: [] },
  { text: checker("DNS_CHECK", "type FOO\nname a..b"), says: ["Unknown DNS check type FOO - ignoring", "DNS_CHECK name 'a..b' has empty label - ignoring"] },
  { text: checker("SMTP_CHECK", "helo_name"), says: ["SMTP_CHECK helo name missing"] },
  { text: checker("SMTP_CHECK", "host {\n bindto 2001:db8::1\n}"), says: ["bindto address 2001:db8::1 does not match address family of connect_ip - skipping", "The SMTP_CHECK host block is deprecated. Please define additional checkers."] },
  { text: checker("FILE_CHECK", "weight"), says: ["FILE_CHECK has no track_file specified - ignoring", "track file weight missing"] },
  { text: checker("FILE_CHECK", "track_file X"), says: ["FILE_CHECK has no track_file specified - ignoring", "track_file X not found"] },
  { text: `${checker("FILE_CHECK", "track_file X")}track_file X {\n file /tmp/x\n}\n`, says: ["FILE_CHECK has no track_file specified - ignoring", "track_file X not found"] },
  { text: `track_file X {\n file /tmp/x\n}\n${checker("FILE_CHECK", "track_file X\nweight 3 foo")}`, says: ["unknown track file weight option foo - ignoring"] },
  { text: checker("BFD_CHECK", "name B"), says: ["([198.51.100.1]:tcp:80) BFD_CHECK - BFD B not configured"] },
  { text: "SSL {\n password\n ca /a\n ca /b\n}\nSSL {\n}\n", says: ["SSL password missing", "SSL cafile already specified - replacing", "SSL context already specified - replacing"] },
  { text: global("process_name abcdefghijklmnop"), says: ["Process name abcdefghijklmnop more than 15 characters, truncating"] },
  { text: global("vrrp_rt_priority 100\nchecker_rt_priority 0"), says: ["vrrp process real-time priority 100 greater than maximum 99 - setting to maximum", "checker process real-time priority 0 less than minimum 1 - setting to minimum"] },
  { text: global("vrrp_cpu_affinity x\nbfd_cpu_affinity"), says: ["invalid number 'x'", "Invalid cpu_id:0 specified for vrrp process", "No bfd cpu_id set specified"] },
  { text: global("vrrp_garp_extra_if 0\nvrrp_garp_extra_if all"), says: ["number '0' outside range [1, 86400]", "vrrp_garp_extra_if '0' invalid - ignoring", "vrrp_garp_extra_if specified without time - ignoring"] },
  { text: global("vrrp_rx_bufs_policy mtu\nvrrp_rx_bufs_policy x"), says: ["invalid number 'x'", "Invalid vrrp_rx_bufs_policy x"] },
  { text: global("snmp_socket a b"), says: ["Too many parameters specified for snmp_socket - ignoring"] },
  { text: global("lvs_sync_daemon"), says: ["lvs_sync_daemon requires interface"] },
  { text: global("lvs_sync_daemon eth0 VI id 256 maxlen"), says: ["number '256' outside range [0, 255]", "Invalid syncid (256) - defaulting to vrid", "No value specified for lvs_sync_daemon maxlen - ignoring"] },
  { text: global("lvs_sync_daemon eth0 VI 5\nlvs_sync_daemon eth1"), says: ['Please use keyword "id" before lvs_sync_daemon SYNCID', "lvs_sync_daemon has already been specified as eth0 VI - ignoring"] },
  { text: global("lvs_sync_daemon eth0 VI foo 5"), says: ["invalid number 'foo'", "Invalid syncid (foo) - defaulting to vrid", "Unknown option 5 specified for lvs_sync_daemon"] },
  { text: global("lvs_sync_daemon eth0 VI group 192.0.2.1 group x"), says: ["lvs_sync_daemon group address 192.0.2.1 is not multicast - ignoring", "Invalid lvs_sync_daemon group (x) - ignoring"] },
  { text: "instance a\ninstance b\nnet_namespace a\nnet_namespace b\n", says: ["Duplicate instance definition b - ignoring"] },
];

describe("messages of balancing and of global_defs", () => {
  for (const { text, says } of CASES) {
    test(text.replaceAll("\n", "; ").slice(0, 150), () => assert.deepEqual(faults(load(text)), says));
  }
});

test("a group in two blocks: the first counts, and the note shows it", () => {
  const result = load(`virtual_server_group G {\n 192.0.2.1 80\n}\n${group("192.0.2.2 80")}`);
  assert.deepEqual(faults(result), []);
  assert.deepEqual(result.config?.check.groups, [{ name: "G", entries: [{ type: "address", address: "192.0.2.1", port: 80 }] }]);
  assert.deepEqual(result.diagnostics.filter(({ code }) => code === "duplicate-name").map(({ line, related }) => [line, related?.map((place) => place.line)]), [[4, [1]]]);
});

test("a service names a group that does not exist: the message shows the name", () => {
  const result = load(vs("", "virtual_server group G"));
  const [fault] = result.diagnostics.filter(({ severity }) => severity === "error");
  assert.deepEqual([fault?.message, fault?.code, fault?.remedy], [NO_GROUP, "unknown-name", "define virtual_server_group G, or correct the name"]);
  assert.deepEqual(result.config?.check.virtualServers, []);
});

test("hexadecimal digits of UDP_CHECK are grouped as the manual's example has it", () => {
  const [service] = load(checker("UDP_CHECK", "payload Ab12f 3 456 546443123\nrequire_reply 1x Xf 7")).config?.check.virtualServers ?? [];
  const [udp] = service?.realServers[0]?.checkers ?? [];
  assert.ok(udp?.type === "UDP_CHECK");
  assert.deepEqual(udp.payload, [0xab, 0x12, 0x0f, 0x03, 0x45, 0x06, 0x54, 0x64, 0x43, 0x12, 0x03]);
  assert.deepEqual(udp.requireReply, [{ value: 0x10, mask: 0xf0 }, { value: 0x0f, mask: 0x0f }, { value: 0x07, mask: 0xff }]);
});

test("checkers that are not acted upon keep the daemon from starting, by name", () => {
  for (const name of ["SSL_GET", "UDP_CHECK", "SMTP_CHECK", "DNS_CHECK", "PING_CHECK", "FILE_CHECK", "BFD_CHECK"]) {
    const result = load(checker(name, ""));
    assert.deepEqual([name, result.unsupported.filter(({ effect }) => effect === "refuse").map(({ keyword }) => keyword), result.exitCodeDaemon], [name, [name], 2]);
  }
});

test("a port that direct routing puts right is still the one that is checked, as in keepalived", () => {
  const [service] = load(vs(" lb_kind DR").replace("198.51.100.1 80", "198.51.100.1 8080")).config?.check.virtualServers ?? [];
  const [real] = service?.realServers ?? [];
  assert.ok(real?.checkers[0]?.type === "TCP_CHECK");
  assert.deepEqual([real.label, real.port, real.checkers[0].target.port], ["[198.51.100.1]:tcp:80", 80, 8080]);
});
