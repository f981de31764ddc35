import type { BlockExamples } from "./example.ts";

const INCLUDED: Readonly<Record<string, string>> = {
  "/etc/keepalived/conf.d/a.conf": "global_defs {\n  router_id A\n}\n",
  "/etc/keepalived/conf.d/b.conf": "child_wait_time 9\n",
};

/** Examples for the top level and the process-wide blocks, by the names of `BLOCKS`. */
export const GLOBAL_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  "<lexer>": {
    frame: (lines) => lines,
    keywords: {
      include: { lines: "include conf.d/*.conf", files: INCLUDED },
      includer: { lines: "includer conf.d/*.conf", files: INCLUDED },
      includem: { lines: "includem conf.d/a.conf", files: INCLUDED },
      includew: { lines: "includew conf.d/*.conf", files: INCLUDED },
      includeb: { lines: "includeb conf.d/{a,b}.conf", files: INCLUDED },
      includea: { lines: "includea conf.d/{a,b}.conf", files: INCLUDED },
      "@ID": { lines: `@director1 child_wait_time 7
@^director1 child_wait_time 9` },
      "$NAME=": { lines: `$WAIT=7
child_wait_time $WAIT` },
      "~SEQ": { lines: `global_defs {
  notification_email {
    ~SEQ(N, 2) ops\${N}@example.org
  }
}` },
      "~SEQx": { lines: `global_defs {
  notification_email {
    ~SEQx(N, 9, 11) ops\${N}@example.org
  }
}` },
      "~LST": { lines: `global_defs {
  notification_email {
    ~LST({A, B}, {ops, com}, {noc, org}) \${A}@example.\${B}
  }
}` },
    },
  },
  "<root>": {
    frame: (lines) => lines,
    keywords: {
      global_defs: { lines: `global_defs {
  router_id LVS_A
}` },
      net_namespace: { lines: "net_namespace blue" },
      net_namespace_ipvs: { lines: "net_namespace_ipvs", beside: "net_namespace blue" },
      namespace_with_ipsets: { lines: "namespace_with_ipsets" },
      use_pid_dir: { lines: "use_pid_dir" },
      instance: { lines: "instance east" },
      child_wait_time: { lines: "child_wait_time 0" },
    },
  },
  global_defs: {
    frame: (lines) => `global_defs {\n${lines}\n}\n`,
    keywords: {
      process_names: { lines: "process_names" },
      process_name: { lines: "process_name director" },
      vrrp_process_name: { lines: "vrrp_process_name elector" },
      checker_process_name: { lines: "checker_process_name prober" },
      lvs_process_name: { lines: "lvs_process_name prober" },
      bfd_process_name: { lines: "bfd_process_name bfd" },
      use_symlink_paths: { lines: "use_symlink_paths" },
      set_supplementary_groups: { lines: "set_supplementary_groups on" },
      router_id: { lines: "router_id LVS_A" },
      notification_email_from: { lines: "notification_email_from lvs@example.org" },
      notification_email: { lines: `notification_email {
  ops@example.org
  noc@example.org
}` },
      smtp_server: { lines: "smtp_server 192.0.2.25 2525" },
      smtp_helo_name: { lines: "smtp_helo_name mail.example.org" },
      smtp_connect_timeout: { lines: "smtp_connect_timeout 0" },
      smtp_alert: { lines: "smtp_alert on" },
      smtp_alert_vrrp: { lines: "smtp_alert_vrrp off" },
      smtp_alert_checker: { lines: "smtp_alert_checker true" },
      no_email_faults: { lines: "no_email_faults" },
      startup_script: { lines: `startup_script "/bin/echo 'a b' c" nobody`, beside: `enable_script_security
script_user root` },
      startup_script_timeout: { lines: "startup_script_timeout 1000" },
      shutdown_script: { lines: "shutdown_script /bin/true", beside: `enable_script_security
script_user root` },
      shutdown_script_timeout: { lines: "shutdown_script_timeout 1" },
      max_auto_priority: { lines: "max_auto_priority" },
      min_auto_priority_delay: { lines: "min_auto_priority_delay 10000000" },
      checker_log_all_failures: { lines: "checker_log_all_failures", outside: `virtual_server 192.0.2.1 80 {
 lb_algo rr
 lb_kind NAT
 protocol TCP
 real_server 198.51.100.1 80 {
 TCP_CHECK {
 }
 }
}` },
      dynamic_interfaces: { lines: "dynamic_interfaces allow_if_changes" },
      default_interface: { lines: "default_interface eth1" },
      disable_local_igmp: { lines: "disable_local_igmp" },
      v3_checksum_as_v2: { lines: "v3_checksum_as_v2" },
      lvs_timeouts: { lines: "lvs_timeouts tcp 900 tcpfin 0 udp 2678400" },
      lvs_flush: { lines: "lvs_flush" },
      lvs_flush_on_stop: { lines: "lvs_flush_on_stop VS" },
      lvs_flush_onstop: { lines: "lvs_flush_onstop" },
      lvs_sync_daemon: { lines: "lvs_sync_daemon eth0 inst VI id 7 maxlen 600 port 8849 ttl 2 group 224.0.0.81" },
      vrrp_mcast_group4: { lines: "vrrp_mcast_group4 224.0.0.19" },
      vrrp_mcast_group6: { lines: "vrrp_mcast_group6 ff02::13" },
      vrrp_garp_master_delay: { lines: "vrrp_garp_master_delay 0" },
      vrrp_garp_master_repeat: { lines: "vrrp_garp_master_repeat 0" },
      vrrp_garp_master_refresh: { lines: "vrrp_garp_master_refresh 60" },
      vrrp_garp_master_refresh_repeat: { lines: "vrrp_garp_master_refresh_repeat 2" },
      vrrp_garp_lower_prio_delay: { lines: "vrrp_garp_lower_prio_delay 4294" },
      vrrp_garp_lower_prio_repeat: { lines: "vrrp_garp_lower_prio_repeat 0" },
      vrrp_garp_interval: { lines: "vrrp_garp_interval 0.000001" },
      vrrp_gna_interval: { lines: "vrrp_gna_interval 4294.967295" },
      vrrp_min_garp: { lines: "vrrp_min_garp" },
      vrrp_garp_extra_if: { lines: "vrrp_garp_extra_if all 86400" },
      vrrp_vmac_garp_intvl: { lines: "vrrp_vmac_garp_intvl 1" },
      vrrp_down_timer_adverts: { lines: "vrrp_down_timer_adverts 100" },
      vrrp_lower_prio_no_advert: { lines: "vrrp_lower_prio_no_advert yes" },
      vrrp_higher_prio_send_advert: { lines: "vrrp_higher_prio_send_advert" },
      vrrp_version: { lines: "vrrp_version 3" },
      vrrp_iptables: { lines: "vrrp_iptables IN OUT" },
      vrrp_ipsets: { lines: "vrrp_ipsets a b" },
      nftables: { lines: "nftables" },
      nftables_priority: { lines: "nftables_priority -5" },
      nftables_ifindex: { lines: "nftables_ifindex" },
      nftables_counters: { lines: "nftables_counters" },
      nftables_ipvs: { lines: "nftables_ipvs vs" },
      nftables_ipvs_priority: { lines: "nftables_ipvs_priority 7" },
      nftables_ipvs_start_fwmark: { lines: "nftables_ipvs_start_fwmark 4294967295" },
      vrrp_check_unicast_src: { lines: "vrrp_check_unicast_src" },
      vrrp_skip_check_adv_addr: { lines: "vrrp_skip_check_adv_addr" },
      vrrp_strict: { lines: "vrrp_strict" },
      vrrp_priority: { lines: "vrrp_priority -20" },
      vrrp_no_swap: { lines: "vrrp_no_swap" },
      vrrp_rt_priority: { lines: "vrrp_rt_priority 50" },
      vrrp_cpu_affinity: { lines: "vrrp_cpu_affinity 0 3" },
      vrrp_rlimit_rttime: { lines: "vrrp_rlimit_rttime 20000" },
      vrrp_rlimit_rtime: { lines: "vrrp_rlimit_rtime 1" },
      checker_priority: { lines: "checker_priority 19" },
      checker_no_swap: { lines: "checker_no_swap" },
      checker_rt_priority: { lines: "checker_rt_priority 99" },
      checker_cpu_affinity: { lines: "checker_cpu_affinity 1" },
      checker_rlimit_rttime: { lines: "checker_rlimit_rttime 4294967295" },
      checker_rlimit_rtime: { lines: "checker_rlimit_rtime 5" },
      bfd_priority: { lines: "bfd_priority 3" },
      bfd_no_swap: { lines: "bfd_no_swap" },
      bfd_rt_priority: { lines: "bfd_rt_priority 1" },
      bfd_cpu_affinity: { lines: "bfd_cpu_affinity 2" },
      bfd_rlimit_rttime: { lines: "bfd_rlimit_rttime 9" },
      bfd_rlimit_rtime: { lines: "bfd_rlimit_rtime 8" },
      notify_fifo: { lines: "notify_fifo /run/events nobody nogroup" },
      notify_fifo_script: { lines: `notify_fifo_script "/bin/echo 'a # b' \\x41" root`, beside: `enable_script_security
notify_fifo /run/events` },
      vrrp_notify_fifo: { lines: `vrrp_notify_fifo "/run/vrrp events"` },
      vrrp_notify_fifo_script: { lines: `vrrp_notify_fifo_script "/bin/echo 'a # b' \\x41" root`, beside: `enable_script_security
vrrp_notify_fifo /run/vrrp_events` },
      lvs_notify_fifo: { lines: "lvs_notify_fifo /run/lvs root" },
      lvs_notify_fifo_script: { lines: `lvs_notify_fifo_script "/bin/echo 'a # b' \\x41" root`, beside: `enable_script_security
lvs_notify_fifo /run/lvs_events` },
      vrrp_notify_priority_changes: { lines: "vrrp_notify_priority_changes" },
      fifo_write_vrrp_states_on_reload: { lines: "fifo_write_vrrp_states_on_reload" },
      snmp_socket: { lines: "snmp_socket udp:localhost:705" },
      enable_traps: { lines: "enable_traps" },
      enable_snmp_vrrp: { lines: "enable_snmp_vrrp" },
      enable_snmp_keepalived: { lines: "enable_snmp_keepalived" },
      enable_snmp_rfc: { lines: "enable_snmp_rfc" },
      enable_snmp_rfcv2: { lines: "enable_snmp_rfcv2" },
      enable_snmp_rfcv3: { lines: "enable_snmp_rfcv3" },
      enable_snmp_checker: { lines: "enable_snmp_checker" },
      snmp_vs_stats_update_interval: { lines: "snmp_vs_stats_update_interval 0.001" },
      snmp_rs_stats_update_interval: { lines: "snmp_rs_stats_update_interval 30" },
      enable_dbus: { lines: "enable_dbus" },
      dbus_service_name: { lines: "dbus_service_name org.example.Vrrp1" },
      dbus_no_interface_name: { lines: "dbus_no_interface_name none" },
      script_user: { lines: "script_user nobody nogroup" },
      enable_script_security: { lines: "enable_script_security" },
      vrrp_netlink_cmd_rcv_bufs: { lines: "vrrp_netlink_cmd_rcv_bufs 262144" },
      vrrp_netlink_cmd_rcv_bufs_force: { lines: "vrrp_netlink_cmd_rcv_bufs_force" },
      vrrp_netlink_monitor_rcv_bufs: { lines: "vrrp_netlink_monitor_rcv_bufs 0" },
      vrrp_netlink_monitor_rcv_bufs_force: { lines: "vrrp_netlink_monitor_rcv_bufs_force on" },
      process_monitor_rcv_bufs: { lines: "process_monitor_rcv_bufs 1" },
      process_monitor_rcv_bufs_force: { lines: "process_monitor_rcv_bufs_force yes" },
      lvs_netlink_cmd_rcv_bufs: { lines: "lvs_netlink_cmd_rcv_bufs 4294967295" },
      lvs_netlink_cmd_rcv_bufs_force: { lines: "lvs_netlink_cmd_rcv_bufs_force true" },
      lvs_netlink_monitor_rcv_bufs: { lines: "lvs_netlink_monitor_rcv_bufs 65536" },
      lvs_netlink_monitor_rcv_bufs_force: { lines: "lvs_netlink_monitor_rcv_bufs_force" },
      rs_init_notifies: { lines: "rs_init_notifies" },
      no_checker_emails: { lines: "no_checker_emails" },
      vrrp_rx_bufs_policy: { lines: "vrrp_rx_bufs_policy ADVERT" },
      vrrp_rx_bufs_multiplier: { lines: "vrrp_rx_bufs_multiplier 4" },
      vrrp_startup_delay: { lines: "vrrp_startup_delay 0.001" },
      vrrp_delay_after_boot: { lines: "vrrp_delay_after_boot 30.5" },
      log_unknown_vrids: { lines: "log_unknown_vrids" },
      vrrp_owner_ignore_adverts: { lines: "vrrp_owner_ignore_adverts" },
      vmac_prefix: { lines: "vmac_prefix mac" },
      vmac_addr_prefix: { lines: "vmac_addr_prefix vip" },
      umask: { lines: "umask IRWXG|IROTH" },
      random_seed: { lines: "random_seed 7" },
      reload_check_config: { lines: "reload_check_config /var/log/reload.log" },
      reload_time_file: { lines: "reload_time_file /etc/keepalived/reload.at" },
      reload_repeat: { lines: "reload_repeat" },
      reload_file: { lines: "reload_file" },
      include_check: { lines: "include_check match +read", same: "it acts on the includes that follow; see source.test.ts" },
      config_save_dir: { lines: "config_save_dir /var/lib/saved" },
      tmp_config_directory: { lines: "tmp_config_directory /run/keepalived" },
      data_use_instance: { lines: "data_use_instance" },
      json_version: { lines: "json_version 2" },
      iproute_usr_dir: { lines: "iproute_usr_dir /usr/share/iproute2" },
      iproute_etc_dir: { lines: "iproute_etc_dir /etc/iproute2" },
      state_dump_file: { lines: "state_dump_file /var/tmp/state.data" },
      stats_dump_file: { lines: "stats_dump_file /var/tmp/stats" },
      json_dump_file: { lines: "json_dump_file /var/tmp/dump.json" },
      state_file_location: { lines: "state_file_location /var/tmp/a" },
      stats_file_location: { lines: "stats_file_location /var/tmp/a" },
      json_file_location: { lines: "json_file_location /var/tmp/a" },
    },
  },
};
