import assert from "node:assert/strict";
import { test } from "vitest";
import { mulberry32 } from "../../netns-tests/lib/random.ts";
import { DIAGNOSTIC_KINDS } from "../../src/conf/diagnostic.ts";
import { explainDiagnostic, formatDiagnostic } from "../../src/conf/load.ts";
import { BLOCKS } from "../../src/conf/compatibility.ts";
import { faults, load } from "./memory-environment.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_121);
const rounds = Math.min(Number(process.env["FUZZ_ROUNDS"] ?? 300), 20_000);

const GOOD = `global_defs {
  router_id X
  smtp_server 192.0.2.25
  include part*.conf
  enable_script_security
  script_user root
}
$VIP=192.0.2.1
~SEQ(N,1,3) vrrp_script s$N { script /bin/true }
@other nonsense {
vrrp_script s { script "/bin/echo 'a b'" }
vrrp_instance A {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  authentication { auth_type PASS
   auth_pass abc
  }
  virtual_ipaddress {
    \${VIP}/24 dev eth1 label eth1:1
    192.0.2.3 scope link peer 192.0.2.9
  }
  track_script { s weight 3 reverse }
  notify_master "/bin/echo \\"\${VIP} y\\" z" root
}
virtual_server 192.0.2.1 80 {
  lb_algo rr
  lb_kind TUN type ipip
  protocol TCP
  sorry_server 192.0.2.8 80
  real_server 192.0.2.2 80 {
    weight 1
    HTTP_GET {
      url { path / 
       digest 640205b7b0fc66c1ea91c463fac6334d }
    }
  }
}
`;

const KEYWORDS = BLOCKS.flatMap(({ entries }) => Object.keys(entries));
const FRAGMENTS = ["{", "}", '"', "'", "\\", "\n", "\r\n", "\0", "#", "!", "$A=", "${A}", "$A=$A$A", "~SEQ(A,1,9)", "~LST({A,B},{1,2})", "@x ", "-1", "0", "4294967296", "1.5x", "constructor", "__proto__", "é", "x".repeat(1_100), "include *", "include keepalived.conf", "2001:db8::1"];

test(`no text makes the loader throw, dawdle or contradict itself (seed ${seed})`, () => {
  assert.deepEqual(faults(load(GOOD)), []);
  const random = mulberry32(seed);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  let clean = 0;
  let refused = 0;
  for (let i = 0; i < rounds; i++) {
    let text = GOOD;
    for (let n = Math.floor(random() * 6); n > 0; n--) {
      const at = Math.floor(random() * text.length);
      const length = random() < 0.5 ? 0 : Math.floor(random() * 40);
      const inserted = random() < 0.2 ? "" : random() < 0.5 ? pick(FRAGMENTS) : ` ${pick(KEYWORDS) ?? ""} `;
      text = text.slice(0, at) + (inserted ?? "") + text.slice(at + length);
    }
    const started = performance.now();
    const result = load(text, { "/etc/keepalived/part1.conf": "smtp_alert\n", "/etc/keepalived/part2.conf": "include part1.conf\n" }, { testing: random() < 0.5 });
    assert.ok(performance.now() - started < 2_000, `slow: ${JSON.stringify(text)}`);
    for (const diagnostic of result.diagnostics) {
      assert.ok(DIAGNOSTIC_KINDS.includes(diagnostic.kind));
      assert.ok(!/undefined|\[object/.test(formatDiagnostic(diagnostic) + explainDiagnostic(diagnostic)), explainDiagnostic(diagnostic));
    }
    assert.ok([0, 2, 4, 5, 6].includes(result.exitCodeTest));
    if (result.exitCodeDaemon !== undefined) refused++;
    else if (result.exitCodeTest === 0) clean++;
  }
  assert.ok(clean > 0 && refused > 0, "the mutator must reach both sides");
});

test("a file of one kind of character ends, whatever the character", () => {
  for (const text of ["{", "}", "a{", '"', "$A=\\\n", "${", "~SEQ(A,1,100000)\n", "~SEQ(A,1,99999) ~SEQ(B,1,99999) x\n", "@a @b ", "include x\n", "\\"]) {
    const started = performance.now();
    load(text.repeat(20_000));
    assert.ok(performance.now() - started < 10_000, `slow: ${JSON.stringify(text)}`);
  }
});

test("5,000 real servers load in well under two seconds, and twice as many in about twice the time", () => {
  const pool = (services: number): string =>
    Array.from({ length: services }, (...[, i]) => {
      const servers = Array.from({ length: 10 }, (...[, n]) => ` real_server 198.18.${i % 256}.${n + 1} ${8000 + Math.floor(i / 256)} {\n  weight 1\n  TCP_CHECK {\n   connect_timeout 3\n  }\n }\n`);
      return `virtual_server 198.19.${i % 256}.1 ${80 + Math.floor(i / 256)} {\n delay_loop 6\n lb_algo rr\n lb_kind NAT\n protocol TCP\n${servers.join("")}}\n`;
    }).join("");
  const time = (services: number): number => {
    const text = pool(services);
    const started = performance.now();
    const result = load(text);
    assert.deepEqual([result.exitCodeTest, result.config?.check.virtualServers.length], [0, services]);
    return performance.now() - started;
  };
  time(50);
  // The best of three each: a machine with other work stalls any one of them.
  const best = (services: number): number => Math.min(...[1, 2, 3].map(() => time(services)));
  const once = best(500);
  const twice = best(1_000);
  // The bound is for a machine with other work; on an idle one it is 0.3 s.
  assert.ok(once < 2_000, `${once} ms`);
  assert.ok(twice < 4 * once + 500, `${once} ms, then ${twice} ms`);
});
