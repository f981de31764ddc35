import type { BlockExamples, Example } from "./example.ts";
import { INSTANCE_EXAMPLES, instance, SECURITY } from "./vrrp-instance.ts";
import { ADDRESS_EXAMPLES, ROUTING_EXAMPLES } from "./vrrp-routing.ts";
import { TRACKER_EXAMPLES } from "./vrrp-trackers.ts";

const SECOND_INSTANCE = `vrrp_instance VI_2 {
  interface eth1
  virtual_router_id 52
  virtual_ipaddress {
    198.51.100.100
  }
}
`;
const PAIR = `${instance("")}${SECOND_INSTANCE}`;
const MEMBERS = "group {\n  VI_1\n  VI_2\n}";

const member = (lines: string, outside = ""): Example => ({ lines, outside: `${outside}\n${PAIR}`, beside: MEMBERS });

/** Examples for the blocks of VRRP, by the names of `BLOCKS`. */
export const VRRP_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  "<root>": {
    frame: (lines) => lines,
    keywords: {
      linkbeat_use_polling: { lines: "linkbeat_use_polling" },
      linkbeat_interfaces: { lines: "linkbeat_interfaces {\n  eth0\n  eth1 MII\n}" },
      track_group: { lines: "track_group G {\n  group {\n    VI_1\n  }\n}", beside: instance("") },
      static_ipaddress: { lines: "static_ipaddress {\n  192.0.2.50/24 brd +\n  2001:db8::5/64 dev eth1\n}" },
      static_routes: { lines: "static_routes {\n  198.51.100.0/24 via 192.0.2.254 dev eth1\n}" },
      static_rules: { lines: "static_rules {\n  from 198.51.100.0/24 table 100 preference 1000\n}" },
      vrrp_sync_group: { lines: `vrrp_sync_group "the group" {\n${MEMBERS}\n}`, beside: PAIR },
      garp_group: { lines: "garp_group {\n  garp_interval 0.5\n  interface eth0\n}" },
      vrrp_instance: { lines: instance("") },
      vrrp_script: { lines: 'vrrp_script S {\n  script "/bin/true"\n}', same: "nothing tracks it" },
      vrrp_track_process: { lines: "vrrp_track_process P {\n  process haproxy\n}" },
      track_file: { lines: "track_file T {\n  file /run/load\n}" },
      vrrp_track_file: { lines: "vrrp_track_file T {\n  file /run/load\n}" },
      interface_up_down_delays: { lines: "interface_up_down_delays {\n  eth0 0.5\n}" },
      bfd_instance: { lines: "bfd_instance B {\n  neighbor_ip 192.0.2.9\n}" },
    },
  },
  linkbeat_interfaces: { frame: (lines) => `linkbeat_interfaces {\n${lines}\n}\n`, keywords: { "<IFNAME>": { lines: "eth1 ETHTOOL" } } },
  interface_up_down_delays: { frame: (lines) => `interface_up_down_delays {\n${lines}\n}\n`, keywords: { "<IFNAME>": { lines: "eth1 0.5 1.25" } } },
  track_group: { frame: (lines) => `track_group G {\n${lines}\n}\n`, keywords: { group: { lines: "group {\n  VI_1\n}", outside: instance("") } } },
  garp_group: {
    frame: (lines) => `garp_group {\n${lines}\n}\n`,
    keywords: {
      garp_interval: { lines: "garp_interval 0.002", beside: "gna_interval 0\ninterface eth0" },
      gna_interval: { lines: "gna_interval 1.5", beside: "garp_interval 0.002" },
      interface: { lines: "interface eth0", beside: "garp_interval 0.002" },
      interfaces: { lines: "interfaces {\n  eth0 eth1\n}", beside: "garp_interval 0.002" },
    },
  },
  vrrp_sync_group: {
    frame: (lines) => `vrrp_sync_group VG1 {\n${lines}\n}\n`,
    keywords: {
      group: { lines: MEMBERS, outside: PAIR, faults: [] },
      track_interface: member("track_interface {\n  lo weight -10\n}"),
      track_script: member("track_script {\n  S\n}", `${SECURITY}\nvrrp_script S {\n  script "/bin/true"\n}`),
      track_file: member("track_file {\n  T\n}", "track_file T {\n  file /run/load\n}"),
      track_process: member("track_process {\n  P\n}", "vrrp_track_process P {\n  process haproxy\n}"),
      track_bfd: member("track_bfd {\n  B\n}", "bfd_instance B {\n  neighbor_ip 192.0.2.9\n}"),
      notify_master: member("notify_master /bin/true root", SECURITY),
      notify_backup: member("notify_backup /bin/true root", SECURITY),
      notify_fault: member("notify_fault /bin/true root", SECURITY),
      notify_stop: member("notify_stop /bin/true root", SECURITY),
      notify: member('notify "/bin/echo x" root', SECURITY),
      smtp_alert: member("smtp_alert"),
      sync_group_tracking_weight: member("sync_group_tracking_weight"),
      global_tracking: member("global_tracking"),
      notify_priority_changes: member("notify_priority_changes"),
    },
  },
  ...INSTANCE_EXAMPLES,
  ...TRACKER_EXAMPLES,
  ...ADDRESS_EXAMPLES,
  ...ROUTING_EXAMPLES,
};
