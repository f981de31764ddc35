import type { BlockExamples, Example, Frame } from "./example.ts";

/** The shortest usable instance, with `lines` in it. */
export function instance(lines: string): string {
  return `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    192.0.2.100
  }
${lines}
}
`;
}

const UNICAST = `unicast_peer {
  192.0.2.2
}`;
const KEY = "0123456789abcdef0123456789abcdef";

/** keepalived complains of every script without it. */
export const SECURITY = "global_defs {\n  enable_script_security\n  script_user root\n}";

const script = (keyword: string): Example => ({ lines: `${keyword} "/bin/echo '${keyword}'" root`, outside: SECURITY });

/** Without an interface and without an address. */
const bare: Frame = (lines) => `vrrp_instance VI_1 {\n  virtual_router_id 51\n${lines}\n}\n`;

/** The blocks that make one instance. */
export const INSTANCE_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  vrrp_instance: {
    frame: instance,
    keywords: {
      state: { lines: "state MASTER", beside: "priority 100" },
      interface: { lines: "interface eth1" },
      use_vmac: { lines: "use_vmac name vrrp.51 02:03:04:05:06 netlink_notify_msg group 7" },
      use_vmac_addr: { lines: "use_vmac_addr" },
      vmac_xmit_base: { lines: "vmac_xmit_base", beside: "use_vmac" },
      use_ipvlan: { lines: "use_ipvlan ipvl.51 192.0.2.9/24 private group default" },
      vrf: { frame: bare, lines: "vrf eth1", beside: `unicast_src_ip 192.0.2.1\n${UNICAST}\nvirtual_ipaddress {\n  192.0.2.100\n}` },
      dont_track_primary: { lines: "dont_track_primary" },
      native_ipv6: { frame: bare, lines: "native_ipv6", beside: "interface eth0\nno_virtual_ipaddress" },
      mcast_src_ip: { lines: "mcast_src_ip 192.0.2.1" },
      unicast_src_ip: { lines: "unicast_src_ip 192.0.2.1", beside: UNICAST },
      mcast_dst_ip: { lines: "mcast_dst_ip 224.0.0.77" },
      track_src_ip: { lines: "track_src_ip", beside: "mcast_src_ip 192.0.2.1" },
      unicast_peer: { lines: "unicast_peer {\n  192.0.2.2\n  192.0.2.3\n}" },
      unicast_fault_no_peer: { lines: "unicast_fault_no_peer" },
      unicast_ttl: { lines: "unicast_ttl 64", beside: UNICAST },
      check_unicast_src: { lines: "check_unicast_src", beside: UNICAST },
      old_unicast_checksum: { lines: "old_unicast_checksum never", beside: UNICAST },
      v3_checksum_as_v2: { lines: "v3_checksum_as_v2 on" },
      virtual_router_id: { lines: "virtual_router_id 52" },
      version: { lines: "version 3" },
      priority: { lines: "priority 150" },
      advert_int: { lines: "advert_int 2" },
      virtual_ipaddress: { lines: "virtual_ipaddress {\n  192.0.2.101/24\n}" },
      virtual_ipaddress_excluded: { lines: "virtual_ipaddress_excluded {\n  2001:db8::1/64\n}" },
      no_virtual_ipaddress: { lines: "no_virtual_ipaddress" },
      promote_secondaries: { lines: "promote_secondaries" },
      on_deleted: { lines: "on_deleted restore" },
      dual_stack: { lines: "dual_stack\nvirtual_ipaddress {\n  2001:db8::100\n}" },
      hold_if_filtered: { lines: "hold_if_filtered" },
      garp_extra: { lines: "garp_extra {\n  198.51.100.7\n  2001:db8::7 dev eth1\n}" },
      virtual_routes: { lines: "virtual_routes {\n  198.51.100.0/24 via 192.0.2.254 dev eth0\n}" },
      virtual_rules: { lines: "virtual_rules {\n  from 198.51.100.0/24 table 100 preference 1000\n}" },
      linkbeat_use_polling: { lines: "linkbeat_use_polling" },
      accept: { lines: "accept", beside: "strict_mode\nversion 3" },
      no_accept: { lines: "no_accept" },
      skip_check_adv_addr: { lines: "skip_check_adv_addr on" },
      strict_mode: { lines: "strict_mode on" },
      preempt: { lines: "preempt", beside: "nopreempt" },
      nopreempt: { lines: "nopreempt" },
      preempt_delay: { lines: "preempt_delay 2.5" },
      debug: { lines: "debug 2" },
      notify_master: script("notify_master"),
      notify_backup: script("notify_backup"),
      notify_fault: script("notify_fault"),
      notify_stop: script("notify_stop"),
      notify_deleted: { lines: "notify_deleted" },
      notify: script("notify"),
      notify_master_rx_lower_pri: script("notify_master_rx_lower_pri"),
      notify_priority_changes: { lines: "notify_priority_changes on" },
      smtp_alert: { lines: "smtp_alert" },
      lvs_sync_daemon_interface: { lines: "lvs_sync_daemon_interface eth1" },
      garp_master_delay: { lines: "garp_master_delay 7" },
      garp_master_repeat: { lines: "garp_master_repeat 2" },
      garp_master_refresh: { lines: "garp_master_refresh 60" },
      garp_master_refresh_repeat: { lines: "garp_master_refresh_repeat 3" },
      garp_lower_prio_delay: { lines: "garp_lower_prio_delay 3" },
      garp_lower_prio_repeat: { lines: "garp_lower_prio_repeat 0" },
      garp_extra_if: { lines: "garp_extra_if all 60" },
      vmac_garp_intvl: { lines: "vmac_garp_intvl 60" },
      down_timer_adverts: { lines: "down_timer_adverts 5" },
      timer_expired_backup: { lines: "timer_expired_backup 200", beside: "nopreempt" },
      thread_timer_expired: { lines: "thread_timer_expired", beside: "nopreempt" },
      lower_prio_no_advert: { lines: "lower_prio_no_advert" },
      higher_prio_send_advert: { lines: "higher_prio_send_advert true" },
      owner_ignore_adverts: { lines: "owner_ignore_adverts yes" },
      kernel_rx_buf_size: { lines: "kernel_rx_buf_size 65536" },
      authentication: { lines: "authentication {\n  auth_type PASS\n  auth_pass secret\n}" },
      auth_hmac: { lines: `auth_hmac {\n  key 1 ${KEY}\n  active_key 1\n}` },
      track_interface: { lines: "track_interface {\n  eth1 weight -20\n}" },
      track_script: { lines: "track_script {\n  chk\n}", outside: `${SECURITY}\nvrrp_script chk {\n  script "/bin/true"\n}` },
      track_file: { lines: "track_file {\n  load\n}", outside: "track_file load {\n  file /var/run/load\n}" },
      track_process: { lines: "track_process {\n  web\n}", outside: "vrrp_track_process web {\n  process haproxy\n}" },
      track_bfd: { lines: "track_bfd {\n  far\n}", outside: "bfd_instance far {\n  neighbor_ip 192.0.2.9\n}" },
    },
  },
  "vrrp_instance/authentication": {
    frame: (lines) => instance(`authentication {\n${lines}\n}`),
    keywords: {
      auth_type: { lines: "auth_type AH", beside: "auth_pass secret" },
      auth_pass: { lines: "auth_pass 'pässwörd'", beside: "auth_type PASS\nauth_pass other", faults: ["Truncating auth_pass to 8 characters"] },
    },
  },
  "vrrp_instance/auth_hmac": {
    frame: (lines) => instance(`auth_hmac {\n  key 1 ${KEY}\n  active_key 1\n${lines}\n}`),
    keywords: {
      key: { lines: "key 2 file:/etc/keepalived/key2", files: { "/etc/keepalived/key2": `${KEY.toUpperCase()}\n` } },
      active_key: { lines: "active_key 2", beside: `key 2 hex:${"00ff".repeat(16)}` },
      time_window: { lines: "time_window 30" },
      anti_replay: { lines: "anti_replay monotonic" },
      mode: { lines: "mode receive-only" },
    },
  },
  "vrrp_instance/unicast_peer": {
    frame: (lines) => instance(`unicast_peer {\n  192.0.2.2\n${lines}\n}`),
    keywords: { "<IP>": { lines: "192.0.2.3 min_ttl 254 max_ttl 255" } },
  },
};
