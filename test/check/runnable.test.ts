import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { assertRunnable } from "../../src/check/runnable.ts";
import { load } from "../conf/memory-environment.ts";

// The loader refuses all of these; the engine must not take them for nothing either.

function check(lines: string, real: string, head = "virtual_server 192.0.2.1 80") {
  const { config } = load(`track_file f {\n file /run/f\n}\nbfd_instance b {\n neighbor_ip 198.51.100.1\n}\nvirtual_server_group G {\n 192.0.2.1 80\n}\n${head} {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n${lines}\n real_server 198.51.100.1 80 {\n${real}\n }\n}\n`);
  assert.ok(config);
  return config.check;
}

const URL = "url {\n path /\n}";
const REFUSED: readonly { readonly what: string; readonly lines?: string; readonly real?: string; readonly head?: string }[] = [
  { what: "SSL_GET", real: `SSL_GET {\n${URL}\n}` },
  { what: "UDP_CHECK", real: "UDP_CHECK {\n}" },
  { what: "SMTP_CHECK", real: "SMTP_CHECK {\n}" },
  { what: "DNS_CHECK", real: "DNS_CHECK {\n}" },
  { what: "PING_CHECK", real: "PING_CHECK {\n}" },
  { what: "FILE_CHECK", real: "FILE_CHECK {\n track_file f\n}" },
  { what: "BFD_CHECK", real: "BFD_CHECK {\n name b\n}" },
  { what: "virtual_server_group", head: "virtual_server group G" },
  { what: "tunnels but IP in IP", lines: " lb_kind TUN type gre" },
  { what: "tunnels but IP in IP", real: "lvs_method TUN type gue port 5" },
  { what: "tunnels but IP in IP", lines: " sorry_server 198.51.100.9 80\n sorry_server_lvs_method TUN type gre csum" },
];

describe("the check engine takes nothing that it cannot run", () => {
  for (const { what, lines = "", real = "", head } of REFUSED) {
    test(`${what} ${head ?? lines}${real}`.replaceAll("\n", " "), () => assert.throws(() => assertRunnable(check(lines, real, head)), new RegExp(what)));
  }

  test("and takes what it can", () => {
    assertRunnable(check(" lb_kind TUN type ipip nocsum", `TCP_CHECK {\n}\nHTTP_GET {\n${URL}\n}`));
  });
});
