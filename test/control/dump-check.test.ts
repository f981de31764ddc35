import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import type { CheckStatus } from "../../src/check/status.ts";
import type { CheckConfig, CheckTarget } from "../../src/conf/model.ts";
import { checkDump } from "../../src/control/dump.ts";
import { checkConfig, http, misc, realServer, target, tcp, url, virtualServer } from "../check/support/build.ts";

const TIMES = { alpha: true, retry: 1, delayBeforeRetryUs: SECOND, delayLoopUs: 3 * SECOND, warmupUs: 3 * SECOND };
const checked = (last: number): CheckTarget => target(80, { address: ipAddress(`192.0.2.${last}`), connectTimeoutUs: 2 * SECOND });
const urls = [url("/a", { digest: "1234567890abcdef1234567890abcdef" })];

const SERVICE = virtualServer(100, {
  key: { type: "address", address: ipAddress("192.0.2.100"), port: 80, protocol: "tcp" },
  label: "[192.0.2.100]:tcp:80",
  scheduler: "wrr",
  persistenceTimeoutS: 50,
  alpha: true,
  sorryServer: { address: ipAddress("192.0.2.200"), port: 80, forwarding: "NAT", inhibit: false, label: "[192.0.2.200]:tcp:80" },
  realServers: [
    realServer(10, { weight: 2, inhibitOnFailure: true, checkers: [tcp(80, { ...TIMES, target: checked(10) })] }),
    realServer(11, { checkers: [http(80, { ...TIMES, delayBeforeRetryUs: 3 * SECOND, target: checked(11), urls })] }),
    realServer(12, {
      checkers: [misc("", { ...TIMES, retry: 0, script: { text: "/usr/bin/true x", argv: ["/usr/bin/true", "x"] }, timeoutUs: 3 * SECOND, dynamic: true })],
    }),
  ],
});

const CONFIG: CheckConfig = checkConfig([SERVICE]);

const checker = (type: string, up: boolean, failures: number) => ({ type, up, hasRun: true, failures, last: undefined, lastAgoUs: undefined });
const STATUS: CheckStatus = {
  ipvs: true,
  virtualServers: [
    {
      label: SERVICE.label,
      quorumUp: true,
      sorryServerServes: false,
      realServers: [
        { label: "[192.0.2.10]:tcp:80", up: false, weight: 2, checkers: [checker("TCP_CHECK", false, 0)] },
        { label: "[192.0.2.11]:tcp:80", up: false, weight: 1, checkers: [checker("HTTP_GET", false, 2)] },
        { label: "[192.0.2.12]:tcp:80", up: true, weight: 1, checkers: [checker("MISC_CHECK", true, 0)] },
      ],
    },
  ],
};

/**
 * Cut from keepalived 2.2.7's own dump of this configuration in this state, on a kernel with IPVS. Differing from it:
 * MISC_CHECK's time-out is shown resolved (keepalived: 0) and its retries are shown like everybody's.
 */
const KEEPALIVED = `------< LVS Topology >------
 ------< Virtual server >------
 VS VIP = 192.0.2.100, VPORT = 80
   Address family = inet
   lvs_sched = wrr
   flag-1 = disabled
   flag-2 = disabled
   flag-3 = disabled
   One packet scheduling = disabled
   persistence timeout = 50
   protocol = TCP
   alpha is ON
   omega is OFF
   quorum = 1, hysteresis = 0
   default forwarding method = NAT
   sorry server = [192.0.2.200]:tcp:80
     forwarding method = NAT
     Inhibit on failure is OFF
   alive = 1
   quorum_state_up = 1
   ------< Real server >------
   RIP = 192.0.2.10, RPORT = 80, WEIGHT = 2 EFF WEIGHT = 2
   forwarding method = NAT
   connection limit range = 0 -> 0
   Inhibit on failure is ON
   initial weight = 2
   effective weight = 2
   alive = 0
   num failed checkers = 1
   RS set = 1
   ------< Real server >------
   RIP = 192.0.2.11, RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1
   forwarding method = NAT
   connection limit range = 0 -> 0
   Inhibit on failure is OFF
   initial weight = 1
   effective weight = 1
   alive = 0
   num failed checkers = 1
   RS set = 0
   ------< Real server >------
   RIP = 192.0.2.12, RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1
   forwarding method = NAT
   connection limit range = 0 -> 0
   Inhibit on failure is OFF
   initial weight = 1
   effective weight = 1
   alive = 1
   num failed checkers = 0
   RS set = 1
------< Health checkers >------
 [192.0.2.100]:tcp:80 -> [192.0.2.10]:tcp:80
   Up = no
   Has run = yes
   Alpha = yes
   Delay loop = 3000000 us
   Warmup = 3000000 us
   Retries = 1
   Delay before retry = 1000000 us
   Retries iterations = 0
   Log all failures = no
   Connection
     Dest = [192.0.2.10]:80
     Timeout = 2.000000
   Keepalive method = TCP_CHECK
 [192.0.2.100]:tcp:80 -> [192.0.2.11]:tcp:80
   Up = no
   Has run = yes
   Alpha = yes
   Delay loop = 3000000 us
   Warmup = 3000000 us
   Retries = 1
   Delay before retry = 3000000 us
   Retries iterations = 2
   Log all failures = no
   Connection
     Dest = [192.0.2.11]:80
     Timeout = 2.000000
   Keepalive method = HTTP_GET, http protocol 1.0
   Fast recovery unset
   Checked url = /a
     digest = 1234567890abcdef1234567890abcdef
     HTTP Status Code(s)
       200-299
 [192.0.2.100]:tcp:80 -> [192.0.2.12]:tcp:80
   Up = yes
   Has run = yes
   Alpha = yes
   Delay loop = 3000000 us
   Warmup = 3000000 us
   Retries = 0
   Delay before retry = 1000000 us
   Retries iterations = 0
   Log all failures = no
   Keepalive method = MISC_CHECK
   script = '/usr/bin/true' 'x'
   timeout = 3.000000
   dynamic = YES
`;

test("virtual servers, real servers and checkers in keepalived's words and order", () => {
  assert.equal(checkDump(STATUS, CONFIG), KEEPALIVED);
});

test("without IPVS nothing is set, and the dump says so", () => {
  const text = checkDump({ ...STATUS, ipvs: false }, CONFIG);
  assert.ok(text.includes(" This kernel has no IPVS"));
  assert.ok(!text.includes("RS set = 1"));
});

test("what a reload has just added, and has no state yet, is left out", () => {
  const added = { ...SERVICE, label: "FWM 5", key: { type: "fwmark", fwmark: 5, family: 4 } as const };
  assert.equal(checkDump(STATUS, { ...CONFIG, virtualServers: [SERVICE, added] }), KEEPALIVED);
});

test("while the sorry server serves, only inhibited servers stay in the table", () => {
  const [service] = STATUS.virtualServers;
  assert.ok(service);
  const text = checkDump({ ipvs: true, virtualServers: [{ ...service, quorumUp: false, sorryServerServes: true }] }, CONFIG);
  assert.equal(text.match(/RS set = 1/g)?.length, 1);
});
