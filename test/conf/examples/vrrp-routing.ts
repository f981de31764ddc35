import type { BlockExamples, Frame } from "./example.ts";
import { instance } from "./vrrp-instance.ts";

/** One line of a list block, with what `lines` adds to it. */
const within = (block: string, start: string): Frame => (lines) => instance(`${block} {\n  ${start} ${lines.trim().replaceAll("\n", " ")}\n}`);

const v4Network = within("virtual_ipaddress_excluded", "198.51.100.1/24");
const v6 = within("virtual_ipaddress_excluded", "2001:db8::1");
const route = within("virtual_routes", "198.51.100.0/24 dev eth0");
const route6 = within("virtual_routes", "2001:db8:1::/48 dev eth0");
const anyRoute = within("virtual_routes", "");
const toTable = within("virtual_rules", "iif eth0 preference 1000 table 100");
const rule = within("virtual_rules", "iif eth0 preference 1000");
const anyRule = within("virtual_rules", "");

const MEMBER = `track_group G {
  group {
    VI_1
  }
}
${instance("")}`;
const fixed = (block: string, start: string): Frame => (lines) => `${block} {\n  ${start} ${lines.trim()}\n}\n`;

export const ADDRESS_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  "<address-entry>": {
    frame: within("virtual_ipaddress_excluded", "198.51.100.1"),
    keywords: {
      "<ADDRESS>": { frame: within("virtual_ipaddress_excluded", ""), lines: "198.51.100.1/24" },
      dev: { lines: "dev eth1" },
      scope: { lines: "scope link" },
      broadcast: { frame: v4Network, lines: "broadcast +" },
      brd: { frame: v4Network, lines: "brd 198.51.100.127" },
      label: { lines: "label eth0:vip" },
      peer: { lines: "peer 198.51.100.2/31" },
      home: { frame: v6, lines: "home" },
      "-nodad": { frame: v6, lines: "-nodad" },
      mngtmpaddr: { frame: v6, lines: "mngtmpaddr" },
      noprefixroute: { lines: "noprefixroute" },
      autojoin: { frame: within("virtual_ipaddress_excluded", "224.0.1.1"), lines: "autojoin" },
      no_track: { lines: "no_track" },
      preferred_lft: { frame: v6, lines: "preferred_lft forever" },
      track_group: { frame: fixed("static_ipaddress", "198.51.100.1/24 dev eth0"), lines: "track_group G", outside: MEMBER },
      use_vmac: { lines: "use_vmac" },
    },
  },
};

export const ROUTING_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  "<route-entry>": {
    frame: route,
    keywords: {
      "<TYPE>": { frame: anyRoute, lines: "to blackhole 198.51.100.0/24 dev eth0" },
      inet: { frame: anyRoute, lines: "inet", beside: "default dev eth0", same: "IPv4 is the default" },
      inet6: { frame: anyRoute, lines: "inet6", beside: "default dev eth0" },
      to: { frame: anyRoute, lines: "to 198.51.100.0/24 dev eth0" },
      src: { lines: "src 192.0.2.100" },
      from: { frame: route6, lines: "from 2001:db8:2::/48" },
      as: { lines: "as to 192.0.2.9", same: "for MPLS only, in keepalived too", faults: ['"as to" for MPLS only - ignoring'] },
      via: { lines: "via inet 192.0.2.254" },
      gw: { lines: "gw 192.0.2.254" },
      or: { lines: "via 192.0.2.253 or 192.0.2.254" },
      dev: { frame: anyRoute, lines: "198.51.100.0/24 via 192.0.2.254 dev eth1" },
      oif: { frame: anyRoute, lines: "198.51.100.0/24 via 192.0.2.254 oif eth1" },
      table: { lines: "table blue", files: { "/etc/iproute2/rt_tables": "# names\n77\tblue\n" } },
      metric: { lines: "metric 100" },
      priority: { lines: "priority 100" },
      preference: { lines: "preference 4294967295" },
      scope: { lines: "scope link" },
      protocol: { lines: "protocol bgp", beside: "no_track" },
      tos: { lines: "tos 0x10" },
      dsfield: { lines: "dsfield AF11", files: { "/etc/iproute2/rt_dsfield": "0x28 AF11\n" } },
      onlink: { lines: "via 203.0.113.1 onlink" },
      encap: { lines: "encap mpls 100/200" },
      expires: { frame: route6, lines: "expires 600" },
      mtu: { lines: "mtu lock 1400" },
      advmss: { lines: "advmss 1360" },
      rtt: { lines: "rtt 1.5s" },
      rttvar: { lines: "rttvar lock 300ms" },
      rto_min: { lines: "rto_min 250" },
      reordering: { lines: "reordering 4" },
      cwnd: { lines: "cwnd 20" },
      ssthresh: { lines: "ssthresh lock 30" },
      window: { lines: "window 65535" },
      hoplimit: { lines: "hoplimit 64" },
      realms: { lines: "realms 3/4" },
      initcwnd: { lines: "initcwnd 10" },
      initrwnd: { lines: "initrwnd 20" },
      features: { lines: "features ecn" },
      quickack: { lines: "quickack 1" },
      congctl: { lines: "congctl lock bbr" },
      pref: { frame: route6, lines: "pref high" },
      "ttl-propagate": { lines: "ttl-propagate disabled" },
      fastopen_no_cookie: { lines: "fastopen_no_cookie 1" },
      nexthop: { lines: "nexthop via 192.0.2.253 dev eth0 weight 3 onlink realms 5 nexthop via inet 192.0.2.254 dev eth1 encap ip dst 203.0.113.9" },
      append: { lines: "append" },
      prepend: { lines: "prepend", beside: "append" },
      add: { lines: "add" },
      no_track: { lines: "no_track" },
      track_group: {
        frame: fixed("static_routes", "198.51.100.0/24 dev eth0"),
        lines: "track_group G",
        outside: MEMBER,
      },
      vrf: { lines: "vrf eth1" },
    },
  },
  "<route-entry>/encap": {
    frame: route,
    keywords: {
      id: { lines: "encap ip id 18446744073709551615" },
      dst: { lines: "encap ip dst 203.0.113.1" },
      src: { frame: route6, lines: "src 2001:db8::9", beside: "encap ip6 id 7" },
      tos: { lines: "tos 0x10", beside: "tos 8 encap ip dst 203.0.113.1" },
      ttl: { lines: "ttl 9", beside: "encap ip dst 203.0.113.1" },
      tc: { frame: route6, lines: "tc 4", beside: "encap ip6 dst 2001:db8::9" },
      hoplimit: { frame: route6, lines: "hoplimit 7", beside: "hoplimit 5 encap ip6 dst 2001:db8::9" },
      flags: { lines: "flags 4", beside: "encap ip dst 203.0.113.1" },
      "<LABELS>": { lines: "encap mpls 16/1048575" },
      "<LOCATOR>": { lines: "encap ila 2001:0db8:0:1" },
    },
  },
  "<rule-entry>": {
    frame: toTable,
    keywords: {
      inet: { frame: anyRule, lines: "inet", beside: "preference 1000 table 100", same: "IPv4 is the default" },
      inet6: { frame: anyRule, lines: "inet6", beside: "preference 1000 table 100" },
      not: { lines: "not", beside: "fwmark 7" },
      from: { lines: "from 198.51.100.0/24" },
      to: { lines: "to 2001:db8::/32" },
      table: { frame: rule, lines: "table local" },
      lookup: { frame: rule, lines: "lookup 100" },
      preference: { lines: "preference 2000" },
      priority: { lines: "priority 2000" },
      order: { lines: "order 2000" },
      tos: { lines: "tos 0x10" },
      dsfield: { lines: "dsfield 8" },
      fwmark: { lines: "fwmark 0x5/0xff" },
      realms: { lines: "realms 3/4" },
      suppress_prefixlength: { lines: "suppress_prefixlength 0" },
      sup_pl: { lines: "sup_pl 8" },
      suppress_ifgroup: { lines: "suppress_ifgroup default" },
      sup_group: { lines: "sup_group 3" },
      dev: { lines: "dev eth1" },
      iif: { lines: "iif eth1" },
      oif: { lines: "oif eth1" },
      "tunnel-id": { lines: "tunnel-id 18446744073709551615" },
      uidrange: { lines: "uidrange 1000-1999" },
      l3mdev: { frame: rule, lines: "l3mdev" },
      protocol: { lines: "protocol static", beside: "no_track" },
      ipproto: { lines: "ipproto UDP" },
      sport: { lines: "sport 5-7" },
      dport: { lines: "dport 53" },
      goto: { frame: rule, lines: "type goto 2000" },
      nop: { frame: rule, lines: "nop" },
      "<ACTION>": { frame: rule, lines: "type prohibit" },
      no_track: { lines: "no_track" },
      track_group: {
        frame: fixed("static_rules", "iif eth0 preference 1000 table 100"),
        lines: "track_group G",
        outside: MEMBER,
      },
    },
  },
};
