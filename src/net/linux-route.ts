// Routes: linux/rtnetlink.h, linux/lwtunnel.h, linux/mpls_iptunnel.h, linux/ila.h. Rules: linux/fib_rules.h.

/** sizeof(struct rtmsg). */
export const RTMSG_LEN = 12;
/** Where the originator stands in it: rtm_protocol. */
export const RTM_PROTOCOL_AT = 5;
/** sizeof(struct rtnexthop). */
export const RTNEXTHOP_LEN = 8;
/** sizeof(struct fib_rule_hdr). */
export const FIB_RULE_HDR_LEN = 12;

export const RTA_DST = 1;
export const RTA_SRC = 2;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RTA_PREFSRC = 7;
export const RTA_METRICS = 8;
export const RTA_MULTIPATH = 9;
export const RTA_FLOW = 11;
export const RTA_TABLE = 15;
export const RTA_VIA = 18;
export const RTA_PREF = 20;
export const RTA_ENCAP_TYPE = 21;
export const RTA_ENCAP = 22;
export const RTA_EXPIRES = 23;
export const RTA_TTL_PROPAGATE = 26;

/** What rtm_table says when RTA_TABLE says it. */
export const RT_TABLE_UNSPEC = 0;
/** What the kernel takes for an IPv6 route without a metric. */
export const IP6_RT_PRIO_USER = 1024;

export const RTNH_F_ONLINK = 4;

export const RTAX_LOCK = 1;
export const RTAX_CC_ALGO = 16;

export const LWTUNNEL_ENCAP_MPLS = 1;
export const LWTUNNEL_ENCAP_IP = 2;
export const LWTUNNEL_ENCAP_ILA = 3;
export const LWTUNNEL_ENCAP_IP6 = 4;

/** LWTUNNEL_IP6_* has the same numbers: HOPLIMIT for TTL, TC for TOS. */
export const LWTUNNEL_IP_ID = 1;
export const LWTUNNEL_IP_DST = 2;
export const LWTUNNEL_IP_SRC = 3;
export const LWTUNNEL_IP_TTL = 4;
export const LWTUNNEL_IP_TOS = 5;
export const LWTUNNEL_IP_FLAGS = 6;

export const MPLS_IPTUNNEL_DST = 1;
export const ILA_ATTR_LOCATOR = 1;

export const FRA_DST = 1;
export const FRA_SRC = 2;
export const FRA_IIFNAME = 3;
export const FRA_GOTO = 4;
export const FRA_PRIORITY = 6;
export const FRA_FWMARK = 10;
export const FRA_FLOW = 11;
export const FRA_TUN_ID = 12;
export const FRA_SUPPRESS_IFGROUP = 13;
export const FRA_SUPPRESS_PREFIXLEN = 14;
export const FRA_TABLE = 15;
export const FRA_FWMASK = 16;
export const FRA_OIFNAME = 17;
export const FRA_L3MDEV = 19;
export const FRA_UID_RANGE = 20;
export const FRA_PROTOCOL = 21;
export const FRA_IP_PROTO = 22;
export const FRA_SPORT_RANGE = 23;
export const FRA_DPORT_RANGE = 24;

export const FIB_RULE_INVERT = 2;

export const FR_ACT_TO_TBL = 1;
export const FR_ACT_GOTO = 2;
export const FR_ACT_NOP = 3;
export const FR_ACT_BLACKHOLE = 6;
export const FR_ACT_UNREACHABLE = 7;
export const FR_ACT_PROHIBIT = 8;
