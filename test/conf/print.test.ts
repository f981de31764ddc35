import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { printConfig } from "../../src/conf/print/print.ts";
import { load } from "./memory-environment.ts";

// What keywords-land.test.ts cannot see one keyword at a time: values that only hold together.

const SECURE = "global_defs {\n enable_script_security\n script_user root\n}\n";

function service(lines: string, real: string, head = "virtual_server 192.0.2.1 80"): string {
  return `${head} {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n${lines}\n real_server 198.51.100.1 80 {\n${real}\n }\n}\n`;
}

const CASES: readonly { readonly name: string; readonly text: string }[] = [
  { name: "an empty file", text: "" },
  { name: "a time-out of MISC_CHECK that is no whole second", text: SECURE + service(" delay_loop 1.5", "MISC_CHECK {\n misc_path /bin/true\n}") },
  { name: "one beyond what misc_timeout takes", text: SECURE + service(" delay_loop 5000", "MISC_CHECK {\n misc_path /bin/true\n delay_loop 7\n}") },
  { name: "an account that does not exist", text: service(" quorum_up /bin/true nobody2 nogroup2", "TCP_CHECK {\n}") },
  { name: "a user that exists with a group that does not", text: service(" quorum_up /bin/true nobody:nogroup2", "TCP_CHECK {\n}") },
  { name: "a script in quotes with escapes of every kind", text: `${SECURE}${service(String.raw` quorum_up "/bin/echo 'a\tb' \"c d\" \\\\ \042x\042 \x41 \cA {e} $_PWD ~x"`, "TCP_CHECK {\n}")}` },
  { name: "a script with what would be a parameter", text: `${SECURE}${service(String.raw` quorum_up "/bin/echo \044_PWD \044{_ENV PATH} $HOME"`, "TCP_CHECK {\n}")}` },
  { name: "a script without quotes", text: `${SECURE}${service(String.raw` quorum_up /bin/echo\ x`, "TCP_CHECK {\n}")}` },
  { name: "direct routing with a port that is put right, checked at the written one", text: service(" lb_kind DR", "TCP_CHECK {\n}").replace("198.51.100.1 80", "198.51.100.1 8080") },
  { name: "firewall mark, direct routing, port cleared", text: service(" lb_kind DR", "HTTP_GET {\n url {\n path /\n }\n}", "virtual_server fwmark 3") },
  { name: "firewall mark through a tunnel to both families", text: service(" lb_kind TUN", " }\n real_server 2001:db8::1 {\n", "virtual_server fwmark 3") },
  { name: "IPv6 persistence by prefix", text: service(" persistence_granularity 64", "TCP_CHECK {\n}", "virtual_server 2001:db8::1 80").replace("198.51.100.1", "2001:db8::2") },
  { name: "weights all zero", text: service("", "weight 0") },
  { name: "a group whose range is a single address", text: `virtual_server_group "the group" {\n 192.0.2.1-192.0.2.1 80\n}\n${service("", "", 'virtual_server group "the group"')}` },
  { name: "a group used twice", text: `virtual_server_group G {\n 192.0.2.1 80\n fwmark 3\n}\n${service("", "", "virtual_server group G")}${service(" protocol UDP", "", "virtual_server group G")}` },
  { name: "the host of the real server, which is no TLS server name", text: service(" virtualhost vs", "virtualhost rs\n SSL_GET {\n enable_sni\n url {\n path /\n }\n}") },
  { name: "the url naming just what the real server names", text: service("", "virtualhost rs\n SSL_GET {\n enable_sni\n url {\n path /\n virtualhost rs\n }\n}") },
  { name: "the checker naming just what the virtual server names", text: service(" virtualhost vs", "SSL_GET {\n virtualhost vs\n url {\n path /\n }\n}") },
  { name: "the host for one of two urls", text: service("", "SSL_GET {\n sni_name s\n url {\n path /\n virtualhost u\n }\n url {\n path /b\n }\n}") },
  { name: "several SMTP hosts with schedules of their own", text: service("", "SMTP_CHECK {\n connect_port 2525\n host {\n connect_ip 198.51.100.7\n retry 4\n }\n host {\n connect_port 25\n }\n}") },
  { name: "min_garp before and after other words", text: "global_defs {\n vrrp_garp_master_repeat 7\n vrrp_min_garp\n vrrp_garp_master_delay 9\n}\n" },
  { name: "names that need quotes", text: 'global_defs {\n router_id "a # b"\n notification_email {\n  "@x" "~y" "!z"\n }\n smtp_helo_name ""\n}\ninstance "a {b}"\n' },
];

describe("printed and loaded again it is the same model", () => {
  for (const { name, text } of CASES) {
    test(name, () => {
      const first = load(text);
      assert.ok(first.config);
      const printed = printConfig(first.config);
      const again = load(printed);
      assert.deepEqual(again.config, first.config, printed);
      assert.equal(again.exitCodeDaemon, first.exitCodeDaemon);
      assert.equal(again.config && printConfig(again.config), printed);
    });
  }
});
