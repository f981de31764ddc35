import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { PAIR_RULES } from "../../../src/conf/lint/rules.ts";
import { lintBoth, placed } from "./support.ts";

/** One director of a pair, with everything that two must have alike. Its instance's own lines begin at line 6. */
function director(priority: number, lines = "", rest = SERVICE): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    state BACKUP
    priority ${priority}
${lines}
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.2/24
    }
}
${rest}`;
}

const SERVICE = `virtual_server 192.0.2.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.11 80 {
        TCP_CHECK { }
    }
}
`;
const SYNC = (id: number): string => `global_defs {\n    lvs_sync_daemon eth0 VI_1 id ${id}\n}\n`;
const SECOND = "vrrp_instance VI_2 {\n    interface eth1\n    virtual_router_id 52\n    priority 150\n    virtual_ipaddress { 198.51.100.1/24 }\n}\n";
/** The other half of SECOND. */
const LOWER = SECOND.replace("150", "100");
const GROUP = "vrrp_sync_group VG {\n    group {\n        VI_1\n        VI_2\n    }\n}\n";
const WEIGHT = (weight: number): string => `    track_interface {\n        eth1 weight ${weight}\n    }`;
const UNICAST = (own: string, peer: string): string => `    unicast_src_ip ${own}\n    unicast_peer {\n        ${peer}\n    }`;
const PASS = (password: string): string => `    authentication {\n        auth_type PASS\n        auth_pass ${password}\n    }`;
const HMAC = (key: string): string => `    auth_hmac {\n        key 1 ${key.repeat(32)}\n        active_key 1\n    }`;

interface PairExample {
  readonly first: string;
  readonly second: string;
  /** "line:column" of the finding. */
  readonly at: string;
  readonly says?: RegExp;
  /** The other director when nothing is wrong; default the good one of priority 100. */
  readonly good?: readonly [string, string];
}

const PAIR: Readonly<Record<string, PairExample>> = {
  "pair-instance-missing": { first: director(150, "", SECOND), second: director(100, "", ""), at: "12:15", says: /virtual router 52/, good: [director(150, "", SECOND), director(100, "", LOWER)] },
  "pair-vrid-differs": { first: director(150), second: director(100).replace("_id 51", "_id 61"), at: "3:23" },
  "pair-name-differs": { first: director(150), second: director(100).replace("VI_1", "VI_one"), at: "1:15" },
  "pair-version-differs": { first: director(150), second: director(100, "    version 3"), at: "1:15", good: [director(150, "    version 3"), director(100, "    version 3")] },
  "pair-interval-differs": { first: director(150, "    advert_int 2"), second: director(100), at: "6:16", says: /drops/, good: [director(150, "    advert_int 2"), director(100, "    advert_int 2")] },
  "pair-authentication-differs": { first: director(150, PASS("one")), second: director(100, PASS("two")), at: "6:5", says: /^(?!.*(?:one|two)\b).*secrets differ/, good: [director(150, PASS("secret12")), director(100, PASS("secret1234"))] },
  "pair-addresses-differ": { first: director(150), second: director(100).replace("192.0.2.2", "192.0.2.3"), at: "7:5", says: /192\.0\.2\.2 only here, 192\.0\.2\.3 only there/ },
  "pair-address-order-differs": { first: director(150), second: director(100).replace("192.0.2.1/24\n        192.0.2.2", "192.0.2.2/24\n        192.0.2.1"), at: "7:5" },
  "pair-excluded-differ": { first: director(150, "    virtual_ipaddress_excluded {\n        192.0.2.9/24\n    }"), second: director(100), at: "6:5" },
  "pair-prefix-differs": { first: director(150), second: director(100).replace("192.0.2.2/24", "192.0.2.2/32"), at: "7:5", says: /\/24 here, \/32 there/ },
  "pair-vmac-differs": { first: director(150, "    use_vmac"), second: director(100), at: "6:5", good: [director(150, "    use_vmac"), director(100, "    use_vmac")] },
  "pair-sync-daemon-differs": { first: director(150, "", `${SERVICE}${SYNC(7)}`), second: director(100, "", `${SERVICE}${SYNC(8)}`), at: "21:5", says: /id 7 here and id 8 there/, good: [director(150, "", `${SERVICE}${SYNC(7)}`), director(100, "", `${SERVICE}${SYNC(7)}`)] },
  "pair-priority-equal": { first: director(150), second: director(150), at: "5:14" },
  "pair-two-owners": { first: director(255), second: director(255), at: "5:14" },
  "pair-weight-never-decides": { first: director(150, WEIGHT(-30)), second: director(100), at: "7:9", good: [director(150, WEIGHT(-60)), director(100)] },
  "pair-weight-only-ties": { first: director(150, WEIGHT(-50)), second: director(100), at: "7:9", good: [director(150, WEIGHT(-51)), director(100)] },
  "pair-weight-stopped-by-nopreempt": { first: director(150, WEIGHT(-60)), second: director(100, "    nopreempt"), at: "7:9", good: [director(150, WEIGHT(-60)), director(100)] },
  "pair-unicast-and-multicast": { first: director(150, UNICAST("192.0.2.11", "192.0.2.12")), second: director(100), at: "7:5", good: [director(150, UNICAST("192.0.2.11", "192.0.2.12")), director(100, UNICAST("192.0.2.12", "192.0.2.11"))] },
  "pair-peer-not-named": {
    first: director(150, UNICAST("192.0.2.11", "192.0.2.12")),
    second: director(100, UNICAST("192.0.2.13", "192.0.2.11")),
    at: "7:5",
    says: /192\.0\.2\.13/,
    good: [director(150, UNICAST("192.0.2.11", "192.0.2.12")), director(100, UNICAST("192.0.2.12", "192.0.2.11"))],
  },
  "pair-groups-differ": { first: director(150, "    mcast_dst_ip 224.0.0.19"), second: director(100), at: "6:5" },
  "pair-group-differs": { first: director(150, "", SECOND + GROUP), second: director(100, "", SECOND), at: "18:17", good: [director(150, "", SECOND + GROUP), director(100, "", LOWER + GROUP)] },
  "pair-group-split": {
    first: director(150, "", SECOND.replace("150", "100") + GROUP),
    second: director(100, "", SECOND + GROUP),
    at: "18:17",
    says: /VI_1 prefer this director and VI_2 the other/,
    good: [director(150, "", SECOND + GROUP), director(100, "", LOWER + GROUP)],
  },
  "pair-service-missing": { first: director(150), second: director(100, "", ""), at: "12:16" },
  "pair-service-differs": { first: director(150), second: director(100).replace("lb_algo rr", "lb_algo wrr"), at: "12:16", says: /lb_algo rr here and wrr there/ },
  "pair-real-servers-differ": { first: director(150), second: director(100).replace("198.51.100.11 80 {", "198.51.100.11 80 {\n        weight 3"), at: "12:16", says: /weight 1 here and 3 there/ },
};

describe("the pair: each difference is found where it stands, and a sound pair is silent", () => {
  for (const [code, { first, second, at, says, good: [here, there] = [director(150), director(100)] }] of Object.entries(PAIR)) {
    test(code, () => {
      const [finding] = lintBoth(first, second).filter((one) => one.code === code);
      assert.equal(finding && placed(finding), `${code} ${at}`, `found instead: ${lintBoth(first, second).map(placed).join(", ")}`);
      if (says !== undefined) assert.match(finding?.reason ?? "", says);
      assert.deepEqual(lintBoth(here, there).map(({ reason }) => reason), []);
    });
  }
});

test("every code of the pair has an example", () => {
  assert.deepEqual(Object.keys(PAIR).sort(), PAIR_RULES.flatMap(({ codes }) => Object.keys(codes)).sort());
});

test("a duplicated name on one director is named as the cause of the missing half", () => {
  const copied = director(150, "", SECOND.replace("VI_2", "VI_1"));
  const findings = lintBoth(copied, director(100, "", SECOND));
  const [missing] = findings.filter(({ code }) => code === "pair-instance-missing");
  assert.match(missing?.remedy ?? "", /give the instance of virtual router 52 .* a name of its own/);
  assert.deepEqual(missing?.related.map(({ file, line }) => `${file}:${line}`), ["/etc/keepalived/keepalived.conf:12"]);
});

test("auth_hmac: keys of the two must fit", () => {
  const differ = lintBoth(director(150, HMAC("a")), director(100, HMAC("b"))).map(({ code }) => code);
  assert.deepEqual(differ, ["pair-authentication-differs"]);
  assert.deepEqual(lintBoth(director(150, HMAC("a")), director(100, HMAC("a"))), []);
  assert.deepEqual(lintBoth(director(150, HMAC("a")), director(100)).map(({ code }) => code), ["pair-authentication-differs"]);
});

test("a difference stands in the first file, and names the place in the second", () => {
  const [finding] = lintBoth(director(150, "    advert_int 2"), director(100, "    advert_int 3"));
  assert.deepEqual(finding?.related.map(({ file, line, note }) => `${file}:${line}: ${note}`), ["/etc/keepalived/peer.conf:6: VI_1: 3 s"]);
});

test("a service written twice is that file's own fault, not a difference of the pair", () => {
  const twice = `${SERVICE}${SERVICE.replace("198.51.100.11", "198.51.100.12")}`;
  assert.deepEqual(lintBoth(director(150, "", twice), director(100, "", twice)).filter(({ code }) => code.startsWith("pair-")), []);
});
