import { bool, ignored, ignoredBlock, ignoredInteger } from "../forms.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";

/** `vrrp_instance/auth_hmac`. */
export const AUTH_HMAC: KeywordTable<unknown> = {
  key: { argument: "ID VALUE", range: "ID 1-255; 32-64 bytes; hex:, file: or text", meaning: "shared key, repeatable", effect: "refuse", form: ignored({}) },
  active_key: { argument: "ID", range: "1-255", meaning: "key used for sending; undefined key disables extension", effect: "refuse", form: ignored({}) },
  time_window: { argument: "INTEGER", unit: "s", range: "1-300", default: "larger of 5 and 3 x advert_int", meaning: "tolerated clock difference", effect: "refuse", form: ignoredInteger(1, 300) },
  anti_replay: { argument: "time|monotonic", default: "time", meaning: "replay protection basis", effect: "refuse", form: ignored({}) },
  mode: { argument: "enforce|permissive|receive-only", default: "enforce", meaning: "reject, tolerate, or only verify", effect: "refuse", form: ignored({}) },
};

/** `track_file`. */
export const TRACK_FILE: KeywordTable<unknown> = {
  file: { argument: "PATH", default: "required", meaning: "file whose first integer is the value", effect: "refuse", form: ignored({}) },
  weight: { argument: "INTEGER [reverse]", range: "-254..254 (manual: INT32)", default: "1", meaning: "multiplier; 0 means non-zero value is FAULT", effect: "refuse", form: ignored({}) },
  init_file: { argument: "[VALUE] [overwrite]", range: "INT", default: "absent: not created; bare: 0", meaning: "create the file with a value at start", effect: "refuse", form: ignored() },
};

/** `vrrp_track_file`. */
export const VRRP_TRACK_FILE: KeywordTable<unknown> = {
  file: { argument: "PATH", default: "required", meaning: "file whose first integer is the value", effect: "refuse", form: ignored({}) },
  weight: { argument: "INTEGER [reverse]", range: "-254..254 (manual: INT32)", default: "1", meaning: "multiplier; 0 means non-zero value is FAULT", effect: "refuse", form: ignored({}) },
  init_file: { argument: "[VALUE] [overwrite]", range: "INT", default: "absent: not created; bare: 0", meaning: "create the file with a value at start", effect: "refuse", form: ignored() },
};

/** `vrrp_track_process`. */
export const TRACK_PROCESS: KeywordTable<unknown> = {
  process: { argument: "NAME [PARAMETERS...]", default: "required", meaning: "process to count, optionally with arguments", effect: "refuse", form: ignored({}) },
  param_match: { argument: "[initial|partial]", default: "exact list", meaning: "how arguments are compared", effect: "refuse", form: ignored() },
  weight: { argument: "INTEGER [reverse]", range: "-254..254", default: "0", meaning: "priority adjustment; 0 means FAULT", effect: "refuse", form: ignored({}) },
  quorum: { argument: "INTEGER", range: "1-65535", default: "1", meaning: "minimum instances running", effect: "refuse", form: ignoredInteger(1, 65535) },
  quorum_max: { argument: "INTEGER", range: "0-65535", default: "unlimited", meaning: "maximum instances running", effect: "refuse", form: ignoredInteger(0, 65535) },
  delay: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-3600", default: "0", meaning: "sets both delays below", effect: "refuse", form: ignored({}) },
  terminate_delay: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-3600", default: "0", meaning: "wait after quorum lost by exits", effect: "refuse", form: ignored({}) },
  fork_delay: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-3600", default: "0", meaning: "wait after quorum gained by starts", effect: "refuse", form: ignored({}) },
  full_command: { argument: "flag", default: "off", meaning: "match whole command line rather than comm", effect: "refuse", form: ignored() },
};

/** `track_group`. */
export const TRACK_GROUP: KeywordTable<unknown> = {
  group: { argument: "list-block", range: "instance names", meaning: "member vrrp instances", effect: "refuse", form: ignoredBlock() },
};

/** `garp_group`. */
export const GARP_GROUP: KeywordTable<unknown> = {
  garp_interval: { argument: "SECONDS(decimal)", unit: "s", range: "0-4294.967295", default: "global value", meaning: "minimum gap between gratuitous ARPs", effect: "refuse", form: ignored({}) },
  gna_interval: { argument: "SECONDS(decimal)", unit: "s", range: "0-4294.967295", default: "global value", meaning: "minimum gap between unsolicited NAs", effect: "refuse", form: ignored({}) },
  interface: { argument: "IFNAME", meaning: "single interface using these gaps", effect: "refuse", form: ignored({}) },
  interfaces: { argument: "list-block", range: "interface names", meaning: "several interfaces sharing one queue", effect: "refuse", form: ignoredBlock() },
};

/** `bfd_instance`. */
export const BFD_INSTANCE: KeywordTable<unknown> = {
  source_ip: { argument: "IP", default: "none", meaning: "local address", effect: "refuse", form: ignored({}) },
  neighbor_ip: { argument: "IP", default: "required", meaning: "peer address", effect: "refuse", form: ignored({}) },
  neighbour_ip: { argument: "IP", default: "required", meaning: "alias of neighbor_ip", effect: "refuse", form: ignored({}) },
  min_rx: { argument: "MILLISECONDS(decimal, 3 places)", unit: "ms", range: "1-4294967", default: "10", meaning: "required minimum receive interval", effect: "refuse", form: ignored({}) },
  min_tx: { argument: "MILLISECONDS(decimal, 3 places)", unit: "ms", range: "1-4294967", default: "10", meaning: "desired minimum transmit interval", effect: "refuse", form: ignored({}) },
  idle_tx: { argument: "MILLISECONDS(decimal, 3 places)", unit: "ms", range: "1000-4294967", default: "1000", meaning: "transmit interval while down", effect: "refuse", form: ignored({}) },
  multiplier: { argument: "INTEGER", range: "1-255", default: "5", meaning: "detection multiplier", effect: "refuse", form: ignoredInteger(1, 255) },
  passive: { argument: "flag", default: "off", meaning: "do not start sending first", effect: "refuse", form: ignored() },
  ttl: { argument: "INTEGER", range: "1-255", default: "255 IPv4, 64 IPv6", meaning: "TTL or hop limit of sent packets", effect: "refuse", form: ignoredInteger(1, 255) },
  hoplimit: { argument: "INTEGER", range: "1-255", meaning: "alias of ttl", effect: "refuse", form: ignoredInteger(1, 255) },
  max_hops: { argument: "INTEGER", range: "-1..255", default: "0", meaning: "largest accepted TTL decrease; -1 disables check", effect: "refuse", form: ignoredInteger(-1, 255) },
  multihop: { argument: "[BOOL]", default: "off", meaning: "use multihop port 4784", effect: "refuse", form: bool(() => undefined) },
  weight: { argument: "INTEGER [reverse]", range: "-253..253", default: "0", meaning: "priority adjustment for VRRP", effect: "refuse", form: ignored({}) },
  vrrp: { argument: "flag", default: "both when neither given", meaning: "send events to VRRP process", effect: "refuse", form: ignored() },
  checker: { argument: "flag", default: "both when neither given", meaning: "send events to checker process", effect: "refuse", form: ignored() },
};

/** `SSL`. */
export const SSL: KeywordTable<unknown> = {
  password: { argument: "STRING", default: "none", meaning: "pass phrase of the key file", effect: "report", form: ignored({}) },
  ca: { argument: "PATH", default: "none", meaning: "CA file loaded (peer is not verified)", effect: "report", form: ignored({}) },
  certificate: { argument: "PATH", default: "none", meaning: "client certificate", effect: "report", form: ignored({}) },
  key: { argument: "PATH", default: "none", meaning: "client private key", effect: "report", form: ignored({}) },
};

/** `virtual_server_group`. */
export const VIRTUAL_SERVER_GROUP: EntryTable = {
  "<IP>": { argument: "IP [PORT]", range: "port 0-65535", default: "port 0", meaning: "one address", effect: "refuse" },
  "<IP-RANGE>": { argument: "IP-N|IP-IP [PORT]", range: "last octet or hextet only", default: "port 0", meaning: "consecutive addresses, one service each", effect: "refuse" },
  "<IP/MASK>": { argument: "IP/LEN [PORT]", range: "host bits zero", default: "port 0", meaning: "every address of a network", effect: "refuse" },
  fwmark: { argument: "N [inet|inet6]", range: "0-UINT32", default: "ip_family of service", meaning: "packets carrying a firewall mark", effect: "refuse" },
};

/** `linkbeat_interfaces`. */
export const LINKBEAT_INTERFACES: EntryTable = {
  "<IFNAME>": { argument: "IFNAME [MII|ETHTOOL|IOCTL]", default: "auto probe", meaning: "interface to poll, optionally forcing method", effect: "refuse" },
};

/** `interface_up_down_delays`. */
export const INTERFACE_UP_DOWN_DELAYS: EntryTable = {
  "<IFNAME>": { argument: "IFNAME DOWN [UP]", unit: "s(decimal)", range: "0-255", default: "UP 0 when omitted", meaning: "delay reporting down/up transitions (manual says UP equals DOWN)", effect: "refuse" },
};
