import { SCRIPT } from "../memory-environment.ts";
import type { MemoryFile } from "../memory-environment.ts";
import type { Others } from "./support.ts";

/** A configuration that has the fault, the place of it, and the same without the fault. */
export interface LintExample {
  readonly bad: string | MemoryFile;
  /** "line:column" of the finding. */
  readonly at: string;
  readonly good: string | MemoryFile;
  readonly files?: Others;
  /** What the reason must say, beside standing at the right place. */
  readonly says?: RegExp;
}

/** One instance, nothing to find in it but `lines`. Its lines begin at line 2; `lines` at line 7. */
function instance(lines: string, name = "VI_1"): string {
  return `vrrp_instance ${name} {
    interface eth0
    virtual_router_id 51
    state BACKUP
    priority 150
    virtual_ipaddress { 192.0.2.1/24 }
${lines}
}
`;
}

/** As `instance`, without state, priority and addresses. `lines` begin at line 4. */
function bare(lines: string, rest = ""): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
${lines}
}
${rest}`;
}

const VIP = "    virtual_ipaddress { 192.0.2.1/24 }\n";

/** A service with one real server; `lines` begin at line 8, those of the real server at line 6. */
function service(real: string, lines = "", head = "192.0.2.1 80"): string {
  return `virtual_server ${head} {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.11 80 {
${real}
    }
${lines}
}
`;
}

const SECURE = "global_defs {\n    enable_script_security\n    script_user root\n}\n";
const TCP = "        TCP_CHECK { }";

/** An HTTP check with a pattern; its line is 9. */
function regex(line: string): string {
  return service(`        HTTP_GET {\n            url {\n                path /\n${line}\n            }\n        }`);
}

function two(members: string, first: string, second: string, group = ""): string {
  return `vrrp_sync_group VG {
    group { ${members} }
${group}
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.1/24 }
${first}
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
${second}
}
`;
}

const CHECK_SCRIPT = 'vrrp_script chk {\n    script "/bin/true"\n    interval 2\n    timeout 2\n    fall 2\n}\n';

export const ALONE: Readonly<Record<string, LintExample>> = {
  "nopreempt-with-master": { bad: bare(`    state MASTER\n    priority 150\n    nopreempt\n${VIP}`), at: "6:5", good: instance("    nopreempt") },
  "nopreempt-with-owner": { bad: bare(`    priority 255\n    nopreempt\n${VIP}`), at: "5:5", good: instance("    nopreempt") },
  "preempt-delay-without-effect": { bad: instance("    nopreempt\n    preempt_delay 30"), at: "8:5", good: instance("    preempt_delay 30"), says: /nopreempt/ },
  "state-master-without-effect": { bad: bare(`    state MASTER\n    priority 150\n${VIP}`), at: "4:5", good: instance("") },
  "state-backup-ignored": { bad: bare(`    state MASTER\n    state BACKUP\n    priority 150\n${VIP}`), at: "5:5", good: instance("") },
  "keyword-twice": { bad: instance("    priority 140"), at: "7:5", good: instance("    priority 150") },
  "old-keyword": { bad: `global_defs {\n    enable_snmp_keepalived\n}\n${instance("")}`, at: "2:5", good: `global_defs {\n    enable_snmp_vrrp\n}\n${instance("")}`, says: /enable_snmp_keepalived/ },
  "smtp-one-line": { bad: service("        SMTP_CHECK { }"), at: "6:9", good: service(TCP) },
  "owner-by-omission": { bad: bare(`    state MASTER\n${VIP}`), at: "4:5", good: bare(`    state MASTER\n    priority 150\n${VIP}`) },
  "owner-priority": { bad: bare(`    priority 255\n${VIP}`), at: "4:5", good: instance("") },
  "timer-expired-without-nopreempt": { bad: instance("    timer_expired_backup 10"), at: "7:5", good: instance("    nopreempt\n    timer_expired_backup 10") },
  "advert-int-fraction": { bad: instance("    advert_int 0.5"), at: "7:16", good: instance("    advert_int 2"), says: /0\.5 s becomes 1 s/ },
  "advert-int-resolution": { bad: instance("    version 3\n    advert_int 0.125"), at: "8:16", good: instance("    version 3\n    advert_int 0.12") },
  "advert-int-too-long": { bad: instance("    version 3\n    advert_int 60"), at: "8:16", good: instance("    advert_int 60") },
  "few-down-timer-adverts": { bad: instance("    down_timer_adverts 1"), at: "7:5", good: instance("    down_timer_adverts 3") },
  "auth-pass-too-long": {
    bad: instance("    authentication {\n        auth_type PASS\n        auth_pass correcthorse\n    }"),
    at: "9:19",
    good: instance("    authentication {\n        auth_type PASS\n        auth_pass correcth\n    }"),
    says: /^(?!.*correcthorse).*12 octets/,
  },
  "auth-in-version-3": { bad: instance("    version 3\n    authentication {\n        auth_type PASS\n        auth_pass x\n    }"), at: "8:5", good: instance("    authentication {\n        auth_type PASS\n        auth_pass x\n    }") },
  "auth-without-password": { bad: instance("    authentication {\n        auth_type PASS\n    }"), at: "8:9", good: instance("    authentication {\n        auth_type PASS\n        auth_pass x\n    }") },
  "auth-pass-in-clear": { bad: instance("    authentication {\n        auth_type PASS\n        auth_pass x\n    }"), at: "8:19", good: instance("") },
  "auth-and-hmac": {
    bad: instance(`    authentication {\n        auth_type PASS\n        auth_pass x\n    }\n    auth_hmac {\n        key 1 ${"k".repeat(32)}\n        active_key 1\n    }`),
    at: "7:5",
    good: instance(`    auth_hmac {\n        key 1 ${"k".repeat(32)}\n        active_key 1\n    }`),
  },
  "unicast-without-peers": { bad: instance("    unicast_src_ip 192.0.2.11"), at: "7:5", good: instance("    unicast_src_ip 192.0.2.11\n    unicast_peer {\n        192.0.2.12 min_ttl 255\n    }"), says: /multicast/ },
  "unicast-without-source": { bad: instance("    unicast_peer {\n        192.0.2.12 min_ttl 255\n    }"), at: "7:5", good: instance("    unicast_src_ip 192.0.2.11\n    unicast_peer {\n        192.0.2.12 min_ttl 255\n    }") },
  "unicast-own-peer": { bad: instance("    unicast_src_ip 192.0.2.11\n    unicast_peer {\n        192.0.2.11 min_ttl 255\n    }"), at: "9:9", good: instance("    unicast_src_ip 192.0.2.11\n    unicast_peer {\n        192.0.2.12 min_ttl 255\n    }") },
  "unicast-ttl-unchecked": { bad: instance("    unicast_src_ip 192.0.2.11\n    unicast_peer {\n        192.0.2.12\n    }"), at: "9:9", good: instance("    unicast_src_ip 192.0.2.11\n    check_unicast_src\n    unicast_peer {\n        192.0.2.12\n    }") },
  "vips-beyond-advert": {
    bad: bare(`    priority 150\n    virtual_ipaddress {\n${Array.from({ length: 300 }, (_, i) => `        198.18.${i >> 8}.${i & 255}/32`).join("\n")}\n    }`),
    at: "261:9",
    good: bare(`    priority 150\n    virtual_ipaddress {\n${Array.from({ length: 255 }, (_, i) => `        198.18.0.${i}/32`).join("\n")}\n    }`),
    says: /carries 255/,
  },
  "ipv6-address-deprecated": { bad: instance("    virtual_ipaddress_excluded {\n        2001:db8::1\n    }"), at: "8:9", good: instance("    virtual_ipaddress_excluded {\n        2001:db8::1/128 preferred_lft forever\n        2001:db8::2/64\n    }") },
  "nodad-turns-dad-on": { bad: instance("    virtual_ipaddress_excluded {\n        2001:db8::1/64 -nodad\n    }"), at: "8:24", good: instance("    virtual_ipaddress_excluded {\n        2001:db8::1/64\n    }") },
  "ipv6-first-not-link-local": { bad: bare("    virtual_ipaddress {\n        2001:db8::1/64\n    }"), at: "5:9", good: bare("    virtual_ipaddress {\n        fe80::1/64\n        2001:db8::1/64\n    }") },
  "vip-of-two-instances": {
    bad: `${instance("")}${instance("", "VI_2").replace("eth0", "eth1").replace("51", "52")}`,
    at: "14:25",
    good: `${instance("")}${instance("", "VI_2").replace("eth0", "eth1").replace("51", "52").replace("192.0.2.1/", "192.0.2.2/")}`,
  },
  "service-address-without-instance": { bad: `${service(TCP, "", "192.0.2.7 80")}${instance("")}`, at: "1:16", good: `${service(TCP)}${instance("")}` },
  "weight-without-effect": { bad: bare(`    priority 254\n    track_interface {\n        eth1 weight 10\n    }\n${VIP}`), at: "6:9", good: instance("    track_interface {\n        eth1 weight 10\n    }") },
  "weight-on-owner": { bad: bare(`    priority 255\n    track_interface {\n        eth1 weight -10\n    }\n${VIP}`), at: "6:9", good: instance("    track_interface {\n        eth1 weight -10\n    }") },
  "weight-dropped-in-group": {
    bad: two("VI_1\n VI_2", "    track_interface {\n        eth1 weight -10\n    }", ""),
    at: "12:9",
    good: two("VI_1\n VI_2", "    track_interface {\n        eth1 weight -10\n    }", "", "    sync_group_tracking_weight"),
    says: /FAULT/,
  },
  "weight-with-nopreempt": { bad: instance("    nopreempt\n    track_interface {\n        eth1 weight -10\n    }"), at: "9:9", good: instance("    nopreempt\n    track_interface {\n        eth1\n    }") },
  "fault-cleared-early": { bad: instance("    track_interface {\n        eth1\n    }"), at: "8:9", good: instance("    dont_track_primary\n    track_interface {\n        eth1\n    }") },
  "group-of-one": { bad: two("VI_1", "", ""), at: "1:17", good: two("VI_1\n VI_2", "", "") },
  "group-owners-mixed": { bad: two("VI_1\n VI_2", "    priority 255", ""), at: "1:17", good: two("VI_1\n VI_2", "", "") },
  "group-preemption-mixed": { bad: two("VI_1\n VI_2", "    nopreempt", ""), at: "1:17", good: two("VI_1\n VI_2", "    nopreempt", "    nopreempt") },
  "group-intervals-mixed": { bad: two("VI_1\n VI_2", "    advert_int 2", ""), at: "1:17", good: two("VI_1\n VI_2", "    advert_int 2", "    advert_int 2") },
  "instance-name-twice": { bad: `${instance("")}${instance("").replace("51", "52")}`, at: "9:15", good: `${instance("")}${instance("", "VI_2").replace("51", "52")}`, says: /virtual router 52/ },
  "probes-shareable": {
    bad: `${service(TCP)}${service(TCP, "", "192.0.2.2 80")}`,
    at: "1:1",
    good: `${service(TCP)}${service("        TCP_CHECK {\n connect_timeout 2\n }", "", "192.0.2.2 80")}`,
    says: /^1 probe of 2/,
  },
  "real-server-unchecked": { bad: service(""), at: "5:5", good: service(TCP) },
  "real-server-weight-zero": { bad: service(`        weight 0\n${TCP}`), at: "6:9", good: service(`        weight 1\n${TCP}`) },
  "check-outlives-interval": {
    bad: `${SECURE}${service("        MISC_CHECK {\n            misc_path /bin/true\n            misc_timeout 90\n        }")}`,
    at: "12:13",
    good: `${SECURE}${service("        MISC_CHECK {\n            misc_path /bin/true\n            misc_timeout 30\n        }")}`,
  },
  "forwarding-ignores-port": { bad: service(TCP).replace("NAT", "DR").replace("192.0.2.1 80", "192.0.2.1 8080"), at: "5:31", good: service(TCP).replace("NAT", "DR") },
  "host-not-used-for-sni": {
    bad: service("        virtualhost www.example.org\n        SSL_GET {\n            enable_sni\n            url { \n path / \n }\n        }"),
    at: "6:9",
    good: service("        virtualhost www.example.org\n        SSL_GET {\n            sni_name www.example.org\n            url { \n path / \n }\n        }"),
  },
  "regex-refused": { bad: regex('                regex "a++b"'), at: "9:25", good: regex('                regex "a+b"'), says: /possessive/ },
  "regex-different": { bad: regex('                regex "ok [[:digit:]]+"'), at: "9:28", good: regex('                regex "ok [0-9]+"'), says: /\[:digit:\]/ },
  "regex-slow": { bad: regex('                regex "(a+)+b"'), at: "9:24", good: regex('                regex "a+b"') },
  "regex-option": { bad: regex('                regex "a"\n                regex_options extended'), at: "10:31", good: regex('                regex "a"\n                regex_options caseless') },
  "script-refused": {
    bad: `${SECURE}${instance("    notify_master /opt/mine")}`,
    at: "11:19",
    good: `${SECURE}${instance("    notify_master /bin/true")}`,
    files: { "/opt/mine": { ...SCRIPT, uid: 1000 } },
    says: /\/opt\/mine .*disabled/,
  },
  "script-insecure": {
    bad: instance("    notify_master /opt/mine"),
    at: "7:19",
    good: instance("    notify_master /bin/true"),
    files: { "/opt/mine": { ...SCRIPT, uid: 1000 } },
  },
  "script-missing": { bad: `${SECURE}${instance("    notify_master /opt/none")}`, at: "11:19", good: `${SECURE}${instance("    notify_master /bin/true")}`, says: /\/opt\/none/ },
  "script-security-off": { bad: instance("    notify_master /bin/true"), at: "7:5", good: `${SECURE}${instance("    notify_master /bin/true")}` },
  "script-needs-shell": { bad: `${SECURE}${instance('    notify_master "/bin/echo x > /tmp/state"')}`, at: "11:19", good: `${SECURE}${instance("    notify_master \"/bin/sh -c 'echo x > /tmp/state'\"")}`, files: { "/bin/sh": SCRIPT } },
  "script-outlives-interval": {
    bad: `${SECURE}${CHECK_SCRIPT.replace("timeout 2", "timeout 5")}${instance("    track_script {\n chk\n }")}`,
    at: "8:5",
    good: `${SECURE}${CHECK_SCRIPT}${instance("    track_script {\n chk\n }")}`,
  },
  "script-one-failure": {
    bad: `${SECURE}${CHECK_SCRIPT.replace("fall 2", "fall 1")}${instance("    track_script {\n chk\n }")}`,
    at: "9:5",
    good: `${SECURE}${CHECK_SCRIPT}${instance("    track_script {\n chk\n }")}`,
  },
  "script-search": { bad: `${SECURE}${instance("    notify_master true")}`, at: "0:0", good: `${SECURE}${instance("    notify_master /bin/true")}` },
  "secret-readable-by-all": { bad: { text: instance("    authentication {\n auth_type PASS\n auth_pass x\n }"), mode: 0o644 }, at: "9:2", good: { text: instance("    authentication {\n auth_type PASS\n auth_pass x\n }"), mode: 0o640 } },
  "secret-readable-by-group": { bad: { text: instance("    authentication {\n auth_type PASS\n auth_pass x\n }"), mode: 0o640, gid: 50 }, at: "9:2", good: { text: instance("    authentication {\n auth_type PASS\n auth_pass x\n }"), mode: 0o600, gid: 50 } },
  "key-file-readable": { bad: "SSL {\n    key /etc/key.pem\n}\n", at: "2:9", good: "SSL {\n    key /etc/own.pem\n}\n", files: { "/etc/key.pem": { text: "k", mode: 0o644 }, "/etc/own.pem": { text: "k", mode: 0o600 } } },
  "mail-without-server": { bad: `global_defs {\n    notification_email {\n        ops@example.org\n    }\n    smtp_alert\n}\n${instance("")}`, at: "5:5", good: `global_defs {\n    notification_email {\n        ops@example.org\n    }\n    smtp_server 192.0.2.25\n    smtp_alert\n}\n${instance("")}` },
  "mail-without-recipient": { bad: `global_defs {\n    smtp_server 192.0.2.25\n    smtp_alert\n}\n${instance("")}`, at: "3:5", good: `global_defs {\n    notification_email {\n        ops@example.org\n    }\n    smtp_server 192.0.2.25\n    smtp_alert\n}\n${instance("")}` },
  "mail-never-sent": {
    bad: `global_defs {\n    notification_email {\n        ops@example.org\n    }\n    smtp_server 192.0.2.25\n}\n${instance("")}`,
    at: "5:5",
    good: `global_defs {\n    notification_email {\n        ops@example.org\n    }\n    smtp_server 192.0.2.25\n}\n${service(TCP)}`,
  },
  "keyword-without-effect": { bad: `${SECURE}${CHECK_SCRIPT.replace("fall 2", "fall 2\n    init_fail")}${instance("    track_script {\n chk\n }")}`, at: "10:5", good: `${SECURE}${CHECK_SCRIPT}${instance("    track_script {\n chk\n }")}` },
  "owner-ignore-adverts-off": { bad: bare(`    priority 255\n    owner_ignore_adverts off\n${VIP}`), at: "5:26", good: bare(`    priority 255\n${VIP}`) },
  "checksum-unverified": { bad: instance("    version 3\n    v3_checksum_as_v2"), at: "8:5", good: instance("    version 3") },
  "deleted-looks-like-fault": { bad: `${SECURE}${instance("    notify /bin/true")}`, at: "11:5", good: `${SECURE}${instance("    notify /bin/true\n    notify_deleted")}` },
  "fifo-same-path": { bad: `global_defs {\n    notify_fifo /run/fifo\n    vrrp_notify_fifo /run/fifo\n}\n${instance("    notify_deleted")}`, at: "3:22", good: `global_defs {\n    notify_fifo /run/fifo\n    vrrp_notify_fifo /run/fifo2\n}\n${instance("    notify_deleted")}` },
  "fifo-not-a-fifo": { bad: "global_defs {\n    notify_fifo /etc/plain\n}\n", at: "2:17", good: "global_defs {\n    notify_fifo /run/fifo\n}\n", files: { "/etc/plain": "x" } },
  "up-down-delay-cleared": { bad: `interface_up_down_delays {\n    eth0 3 3\n}\n${instance("")}`, at: "2:10", good: `interface_up_down_delays {\n    eth0 1 1\n}\n${instance("")}` },
  "track-file-missing": { bad: `track_file tf {\n    file /run/state\n}\n${instance("    track_file {\n tf\n }")}`, at: "2:10", good: `track_file tf {\n    file /run/state\n    init_file 0\n}\n${instance("    track_file {\n tf\n }")}` },
  "track-file-octal": { bad: `track_file tf {\n    file /run/octal\n}\n${instance("    track_file {\n tf\n }")}`, at: "2:10", good: `track_file tf {\n    file /run/plain\n}\n${instance("    track_file {\n tf\n }")}`, files: { "/run/octal": "010\n", "/run/plain": "10\n" }, says: /which is 8/ },
  "quote-ends-word": { bad: 'global_defs {\n    router_id ab"cd"\n}\n', at: "2:17", good: 'global_defs {\n    router_id "abcd"\n}\n' },
  "single-quotes": { bad: "global_defs {\n    router_id 'LVS'\n}\n", at: "2:15", good: 'global_defs {\n    router_id "LVS"\n}\n' },
  "parameter-undefined": { bad: "global_defs {\n    router_id $NAME\n}\n", at: "2:15", good: "$NAME=LVS\nglobal_defs {\n    router_id $NAME\n}\n" },
};
