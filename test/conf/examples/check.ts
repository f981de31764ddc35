import type { BlockExamples } from "./example.ts";

const SECURE = "global_defs {\n  enable_script_security\n  script_user root\n}\n";
const TCP = "TCP_CHECK {\n}";

/** A virtual server with one real server, checked as `checks` says. */
function service(head: string, lines: string, checks: string, protocol = "protocol TCP"): string {
  return `${head} {\n  lb_algo rr\n  lb_kind NAT\n  ${protocol}\n${lines}\n  real_server 198.51.100.1 80 {\n${checks}\n  }\n}\n`;
}

function checked(checker: string): string {
  return service("virtual_server 192.0.2.1 80", "", checker);
}

/** Examples for the blocks of checks and balancing, by the names of `BLOCKS`. */
export const CHECK_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  SSL: {
    frame: (lines) => `SSL {\n${lines}\n}\n`,
    keywords: {
      password: { lines: `password "pass phrase"` },
      ca: { lines: "ca /etc/ssl/ca.pem" },
      certificate: { lines: "certificate /etc/ssl/client.pem" },
      key: { lines: "key /etc/ssl/client.key" },
    },
  },
  virtual_server_group: {
    frame: (lines) => service(`virtual_server_group G1 {\n  198.51.100.200 8080\n${lines}\n}\nvirtual_server group G1`, "", TCP),
    keywords: {
      "<IP>": { lines: "2001:db8::1 443" },
      "<IP-RANGE>": { lines: `192.0.2.1-5 80
2001:db8::1-ff 80
192.0.2.9-192.0.2.9`, beside: "192.0.2.200", frame: (lines) => service(`virtual_server_group G1 {\n${lines}\n}\nvirtual_server group G1`, "persistence_timeout 50", TCP) },
      "<IP/MASK>": { lines: `192.0.2.0/28 80
2001:db8::/120 80` },
      fwmark: { lines: `fwmark 7
fwmark 8 inet6` },
    },
  },
  virtual_server: {
    frame: (lines) => SECURE + service("virtual_server 192.0.2.1 80", lines, TCP),
    keywords: {
      ip_family: { lines: "ip_family inet6", frame: (lines) => service("virtual_server_group G1 {\n  fwmark 5\n}\nvirtual_server group G1", `lb_kind TUN\n${lines}`, TCP, "") },
      delay_loop: { lines: "delay_loop 2.5" },
      retry: { lines: "retry 3" },
      delay_before_retry: { lines: "delay_before_retry 0" },
      warmup: { lines: "warmup 1.25" },
      connect_timeout: { lines: "connect_timeout 4294.967295" },
      inhibit_on_failure: { lines: "inhibit_on_failure" },
      lb_algo: { lines: "lb_algo wrr" },
      lvs_sched: { lines: "lvs_sched mh" },
      hashed: { lines: "hashed", beside: "lb_algo sh", same: "keepalived takes it without any effect" },
      ops: { lines: "ops", beside: "protocol UDP" },
      "flag-1": { lines: "flag-1" },
      "flag-2": { lines: "flag-2" },
      "flag-3": { lines: "flag-3" },
      "sh-port": { lines: "sh-port", beside: "lb_algo sh" },
      "sh-fallback": { lines: "sh-fallback", beside: "lb_algo sh" },
      "mh-port": { lines: "mh-port", beside: "lb_algo mh" },
      "mh-fallback": { lines: "mh-fallback", beside: "lb_algo mh" },
      lb_kind: { lines: "lb_kind TUN type gue port 5555 remcsum" },
      lvs_method: { lines: "lvs_method TUN type gre csum" },
      persistence_engine: { lines: "persistence_engine sip" },
      persistence_timeout: { lines: "persistence_timeout" },
      persistence_granularity: { lines: "persistence_granularity 255.255.240.0" },
      protocol: { lines: "protocol sctp" },
      ha_suspend: { lines: "ha_suspend" },
      smtp_alert: { lines: "smtp_alert" },
      virtualhost: { lines: "virtualhost www.example.org" },
      snmp_name: { lines: "snmp_name shop" },
      alpha: { lines: "alpha" },
      omega: { lines: "omega" },
      quorum: { lines: "quorum 3", beside: "weight 4" },
      hysteresis: { lines: "hysteresis 1", beside: `weight 4
quorum 3` },
      quorum_up: { lines: `quorum_up "/bin/echo 'a # b' $HOME" nobody nogroup` },
      quorum_down: { lines: `quorum_down "/bin/echo down" root` },
      weight: { lines: "weight 2147483647" },
      sorry_server: { lines: "sorry_server 198.51.100.9 8080" },
      sorry_server_inhibit: { lines: "sorry_server_inhibit", beside: "sorry_server 198.51.100.9" },
      sorry_server_lvs_method: { lines: "sorry_server_lvs_method DR", beside: "sorry_server 198.51.100.9" },
      real_server: { lines: `real_server 198.51.100.2 {
}` },
    },
  },
  "virtual_server/real_server": {
    frame: (lines) => SECURE + service("virtual_server 192.0.2.1 80", "", `${lines}\n${TCP}`),
    keywords: {
      weight: { lines: "weight 3" },
      lvs_method: { lines: "lvs_method TUN type gre nocsum" },
      uthreshold: { lines: "uthreshold 4294967295" },
      lthreshold: { lines: "lthreshold 10" },
      inhibit_on_failure: { lines: "inhibit_on_failure" },
      notify_up: { lines: `notify_up "/bin/echo up"` },
      notify_down: { lines: "notify_down /bin/true root root" },
      alpha: { lines: "alpha on" },
      retry: { lines: "retry 4294967295" },
      delay_before_retry: { lines: "delay_before_retry 7" },
      warmup: { lines: "warmup 0" },
      connect_timeout: { lines: "connect_timeout 1" },
      delay_loop: { lines: "delay_loop 9" },
      smtp_alert: { lines: "smtp_alert off" },
      virtualhost: { lines: "virtualhost rs.example.org" },
      snmp_name: { lines: "snmp_name rs1" },
      HTTP_GET: { lines: `HTTP_GET {
  url {
    path /
  }
}` },
      SSL_GET: { lines: `SSL_GET {
  url {
    path /
  }
}`, beside: "virtualhost rs.example.org" },
      TCP_CHECK: { lines: `TCP_CHECK {
  connect_port 22
}` },
      UDP_CHECK: { lines: `UDP_CHECK {
}` },
      SMTP_CHECK: { lines: `SMTP_CHECK {
}` },
      DNS_CHECK: { lines: `DNS_CHECK {
}` },
      MISC_CHECK: { lines: `MISC_CHECK {
  misc_path "/bin/echo check"
}` },
      PING_CHECK: { lines: `PING_CHECK {
}` },
      FILE_CHECK: { lines: `FILE_CHECK {
  track_file load
}`, outside: `track_file load {
  file /run/load
  weight 3 reverse
}` },
      BFD_CHECK: { lines: `BFD_CHECK {
  name peer
}`, outside: `bfd_instance peer {
  neighbor_ip 198.51.100.1
}` },
    },
  },
  "virtual_server/real_server/HTTP_GET": {
    frame: (lines) => checked(`HTTP_GET {\nurl {\n  path /\n}\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
      nb_get_retry: { lines: "nb_get_retry 4" },
      virtualhost: { lines: "virtualhost www.example.org" },
      http_protocol: { lines: "http_protocol 1.0c" },
      fast_recovery: { lines: "fast_recovery" },
      url: { lines: `url {
  path /second
}` },
      enable_sni: { lines: "enable_sni" },
      sni_name: { lines: "sni_name tls.example.org" },
    },
  },
  "virtual_server/real_server/HTTP_GET/url": {
    frame: (lines) => checked(`HTTP_GET {\nurl {\n  path /\n${lines}\n}\n}`),
    keywords: {
      path: { lines: `path "/a b?c={d}"` },
      digest: { lines: "digest 640205B7B0FC66C1EA91C463FAC6334D" },
      status_code: { lines: `status_code 200 301-302
status_code 404` },
      virtualhost: { lines: "virtualhost url.example.org" },
      regex: { lines: `regex "^OK [0-9]{2} # \\d!$"` },
      regex_no_match: { lines: "regex_no_match", beside: "regex down" },
      regex_options: { lines: "regex_options caseless multiline", beside: "regex up" },
      regex_min_offset: { lines: "regex_min_offset 10", beside: "regex up" },
      regex_max_offset: { lines: "regex_max_offset 100", beside: "regex up" },
      regex_stack: { lines: "regex_stack 1024 65536", beside: "regex up" },
    },
  },
  "virtual_server/real_server/SSL_GET": {
    frame: (lines) => checked(`SSL_GET {\nurl {\n  path /\n}\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
      nb_get_retry: { lines: "nb_get_retry 4" },
      virtualhost: { lines: "virtualhost www.example.org" },
      http_protocol: { lines: "http_protocol 1.0c" },
      fast_recovery: { lines: "fast_recovery" },
      url: { lines: `url {
  path /second
}` },
      enable_sni: { lines: "enable_sni" },
      sni_name: { lines: "sni_name tls.example.org" },
      tls_compliant: { lines: "tls_compliant" },
    },
  },
  "virtual_server/real_server/SSL_GET/url": {
    frame: (lines) => checked(`SSL_GET {\nurl {\n  path /\n${lines}\n}\n}`),
    keywords: {
      path: { lines: `path "/a b?c={d}"` },
      digest: { lines: "digest 640205B7B0FC66C1EA91C463FAC6334D" },
      status_code: { lines: `status_code 200 301-302
status_code 404` },
      virtualhost: { lines: "virtualhost url.example.org" },
      regex: { lines: `regex "^OK [0-9]{2} # \\d!$"` },
      regex_no_match: { lines: "regex_no_match", beside: "regex down" },
      regex_options: { lines: "regex_options caseless multiline", beside: "regex up" },
      regex_min_offset: { lines: "regex_min_offset 10", beside: "regex up" },
      regex_max_offset: { lines: "regex_max_offset 100", beside: "regex up" },
      regex_stack: { lines: "regex_stack 1024 65536", beside: "regex up" },
      tls_compliant: { lines: "tls_compliant" },
    },
  },
  "virtual_server/real_server/TCP_CHECK": {
    frame: (lines) => checked(`TCP_CHECK {\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
    },
  },
  "virtual_server/real_server/PING_CHECK": {
    frame: (lines) => checked(`PING_CHECK {\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
    },
  },
  "virtual_server/real_server/UDP_CHECK": {
    frame: (lines) => checked(`UDP_CHECK {\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
      payload: { lines: "payload Ab12f 3 456" },
      require_reply: { lines: "require_reply 1x xX 7 0a" },
      min_reply_length: { lines: "min_reply_length 1" },
      max_reply_length: { lines: "max_reply_length 65535" },
    },
  },
  "virtual_server/real_server/SMTP_CHECK": {
    frame: (lines) => checked(`SMTP_CHECK {\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
      helo_name: { lines: `helo_name "check er"` },
      host: { lines: `host {
  connect_port 26
}
host {
  connect_ip 198.51.100.2
}` },
    },
  },
  "virtual_server/real_server/SMTP_CHECK/host": {
    frame: (lines) => checked(`SMTP_CHECK {\nhost {\n${lines}\n}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
    },
  },
  "virtual_server/real_server/DNS_CHECK": {
    frame: (lines) => checked(`DNS_CHECK {\n${lines}\n}`),
    keywords: {
      connect_ip: { lines: "connect_ip 198.51.100.77" },
      connect_port: { lines: "connect_port 8080" },
      bindto: { lines: "bindto 198.51.100.88" },
      bind_port: { lines: "bind_port 1025" },
      bind_if: { lines: "bind_if eth1" },
      connect_timeout: { lines: "connect_timeout 0.000001" },
      fwmark: { lines: "fwmark 4294967295" },
      retry: { lines: "retry 0" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
      type: { lines: "type aaaa" },
      name: { lines: "name www.example.org." },
    },
  },
  "virtual_server/real_server/MISC_CHECK": {
    frame: (lines) => SECURE + checked(`MISC_CHECK {\n  misc_path /bin/true\n${lines}\n}`),
    keywords: {
      retry: { lines: "retry 2" },
      delay_before_retry: { lines: "delay_before_retry 0.5" },
      warmup: { lines: "warmup 0" },
      delay_loop: { lines: "delay_loop 2.5" },
      alpha: { lines: "alpha" },
      log_all_failures: { lines: "log_all_failures yes" },
      misc_path: { lines: `misc_path "/bin/echo 'a b' \\"c\\""` },
      misc_timeout: { lines: "misc_timeout 0" },
      misc_dynamic: { lines: "misc_dynamic" },
      user: { lines: "user nobody nogroup" },
    },
  },
  "virtual_server/real_server/FILE_CHECK": {
    frame: (lines) => checked(`FILE_CHECK {\n  track_file load\n${lines}\n}`),
    keywords: {
      track_file: { lines: "track_file other", outside: `track_file load {
  file /run/load
}
track_file other {
  file /run/other
}` },
      weight: { lines: "weight -2147483647 reverse", outside: `track_file load {
  file /run/load
}
track_file other {
  file /run/other
}` },
      dynamic: { lines: "dynamic", outside: `track_file load {
  file /run/load
}
track_file other {
  file /run/other
}` },
    },
  },
  "virtual_server/real_server/BFD_CHECK": {
    frame: (lines) => checked(`BFD_CHECK {\n${lines}\n}`),
    keywords: {
      name: { lines: "name peer", outside: `bfd_instance peer {
  neighbor_ip 198.51.100.1
}` },
      alpha: { lines: "alpha", beside: "name peer", outside: `bfd_instance peer {
  neighbor_ip 198.51.100.1
}` },
    },
  },
  "<root>": {
    frame: (lines) => lines,
    keywords: {
      SSL: { lines: `SSL {
  ca /etc/ssl/ca.pem
}` },
      virtual_server_group: { lines: `virtual_server_group G1 {
  192.0.2.1 80
}` },
      virtual_server: { lines: `virtual_server 2001:db8::1 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 2001:db8::10 80 {
  }
}` },
    },
  },
};
