import type { Draft } from "../drafts.ts";
import { block, customBlock, customList, entries, flag, flagOrText, wholeSeconds } from "../forms.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";
import { UINT_MAX } from "../numbers.ts";
import { readInterfaceDelay, readLinkbeat, readStaticAddress, readStaticRoute, readStaticRule } from "../readers/interfaces.ts";
import { readServerGroup, readTlsCredentials } from "../readers/group.ts";
import { once } from "../readers/process.ts";
import { readBfdInstance, readGarpGroup, readTrackFile, readTrackGroup, readTrackProcess } from "../readers/vrrp-blocks.ts";
import { readInstance, readSyncGroup, readTrackScript } from "../readers/vrrp.ts";
import { readVirtualServer } from "../readers/virtual-server.ts";
import { GLOBAL_DEFS } from "./global-defs.ts";

/** What the reader of the text itself understands; see source.ts. */
export const LEXER: EntryTable = {
  include: { argument: "GLOB", range: "wildcards and braces, no tilde", meaning: "read matching files; unreadable or absent ones tolerated by default", effect: "acted" },
  includer: { argument: "GLOB", meaning: "include; failing to open a file is an error", effect: "acted" },
  includem: { argument: "GLOB", meaning: "includer plus: something must match", effect: "acted" },
  includew: { argument: "GLOB", meaning: "includem plus: wildcard patterns must match too", effect: "acted" },
  includeb: { argument: "GLOB", meaning: "includer plus: every brace alternative must match", effect: "acted" },
  includea: { argument: "GLOB", meaning: "all of the include checks", effect: "acted" },
  "@ID": { argument: "@[^]ID rest-of-line", default: "config-id = short hostname", meaning: "line kept only if config-id equals (or, with ^, differs)", effect: "acted" },
  "$NAME=": { argument: "$NAME=VALUE (backslash continues)", range: "[A-Za-z_][A-Za-z0-9_]*", meaning: "define text parameter, expanded lazily", effect: "acted" },
  "~SEQ": { argument: "~SEQ(VAR[, START][, STEP], END) text", range: "signed integers", default: "start 1, step 1", meaning: "repeat line for each number", effect: "acted" },
  "~SEQx": { argument: "~SEQx(VAR[, START][, STEP], END) text", range: "non-negative", default: "start 1, step 1", meaning: "repeat line, values printed in hexadecimal", effect: "acted" },
  "~LST": { argument: "~LST(VAR|{VARS}, VAL|{VALS}, ...) text", meaning: "repeat line for each listed value or tuple", effect: "acted" },
};

/** Outside every block. */
export const ROOT: KeywordTable<Draft> = {
  global_defs: { argument: "block", meaning: "process-wide settings", effect: "acted", form: block(() => GLOBAL_DEFS, (draft) => draft.global) },
  net_namespace: { argument: "NAME", default: "none", meaning: "run in named network namespace; start-only; forces pid directory", effect: "acted", form: once("net_namespace", (draft) => draft.global.netNamespace, (draft, value) => { draft.global.netNamespace = value; }, "note") },
  net_namespace_ipvs: { argument: "[NAME]", default: "same as net_namespace", meaning: "namespace for IPVS; no argument means the default one", effect: "acted", form: flagOrText((draft, value) => { draft.global.netNamespaceIpvs = value; }, "") },
  namespace_with_ipsets: { argument: "flag", default: "off", meaning: "use ipsets inside a namespace on old kernels", effect: "report", instead: "nftables has sets of its own, in every namespace: remove it", form: flag((draft) => { draft.global.namespaceWithIpsets = true; }) },
  use_pid_dir: { argument: "flag", default: "off", meaning: "put pid files in a keepalived run directory", effect: "acted", form: flag((draft) => { draft.global.usePidDir = true; }) },
  instance: { argument: "NAME", default: "none", meaning: "instance name; suffixes pid files, idents, data files; start-only", effect: "acted", form: once("instance", (draft) => draft.global.instance, (draft, value) => { draft.global.instance = value; }, "error") },
  child_wait_time: { argument: "INTEGER", unit: "s", range: "0-UINT_MAX", default: "5", meaning: "grace period for children at shutdown before kill", effect: "acted", form: wholeSeconds(0, UINT_MAX, (draft, value) => { draft.global.childWaitTimeUs = value; }, { bad: "Invalid child_wait_time %s" }) },
  linkbeat_use_polling: { argument: "flag", default: "off", meaning: "poll link state instead of netlink", effect: "acted", form: flag((draft) => { draft.linkbeatUsePolling = true; }) },
  linkbeat_interfaces: { argument: "list-block", meaning: "interfaces whose link is polled, optional method", effect: "acted", form: entries(readLinkbeat) },
  track_group: { argument: "NAME block", meaning: "instance group that static addresses/routes/rules can follow", effect: "acted", form: customBlock(readTrackGroup) },
  static_ipaddress: { argument: "list-block", range: "address entries", meaning: "addresses owned for the life of the daemon", effect: "acted", form: entries(readStaticAddress) },
  static_routes: { argument: "list-block", range: "route entries", meaning: "routes owned for the life of the daemon", effect: "acted", form: entries(readStaticRoute) },
  static_rules: { argument: "list-block", range: "rule entries", meaning: "policy rules owned for the life of the daemon", effect: "acted", form: entries(readStaticRule) },
  vrrp_sync_group: { argument: "NAME block", meaning: "instances that change state together", effect: "acted", form: customBlock(readSyncGroup) },
  garp_group: { argument: "[NAME] block", meaning: "rate-limit group for gratuitous ARP/NA per interfaces", effect: "acted", form: customBlock(readGarpGroup) },
  vrrp_instance: { argument: "NAME block", meaning: "one virtual router", effect: "acted", form: customBlock(readInstance) },
  vrrp_script: { argument: "NAME block", meaning: "periodic tracking script definition", effect: "acted", form: customBlock(readTrackScript) },
  vrrp_track_process: { argument: "NAME block", meaning: "process-count tracker definition", effect: "acted", form: customBlock(readTrackProcess) },
  track_file: { argument: "NAME block", meaning: "file-content tracker definition", effect: "acted", form: customBlock(readTrackFile) },
  vrrp_track_file: { argument: "NAME block", meaning: "alias of track_file", effect: "acted", form: customBlock(readTrackFile) },
  interface_up_down_delays: { argument: "list-block", meaning: "debounce delays for interface state changes", effect: "acted", form: entries(readInterfaceDelay) },
  SSL: { argument: "block", meaning: "client credentials for SSL_GET", effect: "report", form: customBlock(readTlsCredentials) },
  virtual_server_group: { argument: "NAME block", meaning: "several addresses/fwmarks sharing one server list", effect: "refuse", form: customList(readServerGroup) },
  virtual_server: { argument: "IP [PORT] | fwmark N | group NAME, block", range: "port 0-65535; fwmark 1-UINT32", default: "port 0", meaning: "one IPVS service and its checks", effect: "acted", except: "groups are refused", form: customBlock(readVirtualServer) },
  bfd_instance: { argument: "NAME block", range: "name up to 31 chars", meaning: "one BFD peer", effect: "acted", form: customBlock(readBfdInstance) },
};
