import type { RealServerDraft, VirtualServerDraft } from "../drafts.ts";
import { bool, custom, customBlock, flag, integer, seconds, text } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { LONGEST_SECONDS, UINT_MAX } from "../numbers.ts";
import { checker } from "../readers/checker.ts";
import { script } from "../readers/shared.ts";
import { forwarding } from "../readers/forwarding.ts";
import { readFamily, readGranularity, readHashed, readPersistenceEngine, readPersistenceTimeout, readProtocol, readScheduler, readSorryServer, readSorryServerForwarding, readSorryServerInhibit, schedulerFlag, snmpName } from "../readers/service.ts";
import { readRealServer } from "../readers/virtual-server.ts";
import { HTTP_GET, MISC_CHECK, TCP_CHECK } from "./checkers.ts";
import { BFD_CHECK, DNS_CHECK, FILE_CHECK, PING_CHECK, SMTP_CHECK, SSL_GET, UDP_CHECK } from "./refused-checkers.ts";

/** `virtual_server`. */
export const VIRTUAL_SERVER: KeywordTable<VirtualServerDraft> = {
  ip_family: { argument: "inet|inet6", default: "from addresses", meaning: "family for fwmark services", effect: "acted", form: custom(readFamily) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "60", meaning: "default interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }, { bad: "virtual server delay loop '%s' invalid - ignoring" }) },
  retry: { argument: "INTEGER", range: "1-UINT32_MAX", default: "1 (DNS 3, MISC 0)", meaning: "default extra attempts before failure", effect: "acted", form: integer(1, UINT_MAX, (draft, value) => { draft.retry = value; }, { bad: "retry value invalid - %s" }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "1 (HTTP/SSL 3, DNS delay_loop)", meaning: "default wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "default maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "5", meaning: "default connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }, { bad: "virtual server connect_timeout %s invalid - ignoring" }) },
  inhibit_on_failure: { argument: "flag", default: "off", meaning: "default: set weight 0 instead of removing", effect: "acted", form: flag((draft) => { draft.inhibitOnFailure = true; }) },
  lb_algo: { argument: "rr|wrr|lc|wlc|lblc|sh|mh|dh|fo|ovf|lblcr|sed|nq|twos", default: "wlc", meaning: "scheduler", effect: "acted", form: custom(readScheduler) },
  lvs_sched: { argument: "same as lb_algo", default: "wlc", meaning: "alias of lb_algo", effect: "acted", form: custom(readScheduler) },
  hashed: { argument: "flag", meaning: "accepted without effect after sh/mh, otherwise error", effect: "acted", form: custom(readHashed) },
  ops: { argument: "flag", default: "off", meaning: "one-packet scheduling for UDP", effect: "acted", form: flag((draft) => { draft.onePacket = true; }) },
  "flag-1": { argument: "flag", default: "off", meaning: "scheduler flag 1", effect: "acted", form: flag((draft) => { draft.schedulerFlags.add("flag-1"); }) },
  "flag-2": { argument: "flag", default: "off", meaning: "scheduler flag 2", effect: "acted", form: flag((draft) => { draft.schedulerFlags.add("flag-2"); }) },
  "flag-3": { argument: "flag", default: "off", meaning: "scheduler flag 3", effect: "acted", form: flag((draft) => { draft.schedulerFlags.add("flag-3"); }) },
  "sh-port": { argument: "flag", range: "after lb_algo sh", default: "off", meaning: "hash port as well", effect: "acted", form: schedulerFlag("sh", "flag-2") },
  "sh-fallback": { argument: "flag", range: "after lb_algo sh", default: "off", meaning: "try another server when chosen is unavailable", effect: "acted", form: schedulerFlag("sh", "flag-1") },
  "mh-port": { argument: "flag", range: "after lb_algo mh", default: "off", meaning: "hash port as well", effect: "acted", form: schedulerFlag("mh", "flag-2") },
  "mh-fallback": { argument: "flag", range: "after lb_algo mh", default: "off", meaning: "try another server when chosen is unavailable", effect: "acted", form: schedulerFlag("mh", "flag-1") },
  lb_kind: { argument: "NAT|DR|TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]", range: "port 1-65535", default: "NAT with an error", meaning: "default forwarding method", effect: "acted", except: "tunnel types other than plain ipip are refused", form: forwarding("virtual server", (draft, value) => { draft.forwarding = value; }) },
  lvs_method: { argument: "same as lb_kind", default: "NAT with an error", meaning: "alias of lb_kind", effect: "acted", except: "tunnel types other than plain ipip are refused", form: forwarding("virtual server", (draft, value) => { draft.forwarding = value; }) },
  persistence_engine: { argument: "NAME", range: "15 chars", default: "none", meaning: "IPVS persistence engine, e.g. sip", effect: "acted", form: custom(readPersistenceEngine) },
  persistence_timeout: { argument: "[INTEGER]", unit: "s", range: "1-2678400", default: "off; bare 360", meaning: "persistence lifetime", effect: "acted", form: custom(readPersistenceTimeout) },
  persistence_granularity: { argument: "NETMASK (IPv4)|LEN (IPv6)", range: "1-128 for IPv6", default: "full length", meaning: "client grouping for persistence", effect: "acted", form: custom(readGranularity) },
  protocol: { argument: "TCP|UDP|SCTP", range: "case-insensitive", default: "UDP with an error (none for fwmark)", meaning: "transport protocol", effect: "acted", form: custom(readProtocol) },
  ha_suspend: { argument: "flag", default: "off", meaning: "check only while VIP is present", effect: "refuse", form: flag((draft) => { draft.haSuspend = true; }) },
  smtp_alert: { argument: "[BOOL]", default: "off unless global setting", meaning: "mail on quorum changes", effect: "acted", form: bool((draft, value) => { draft.smtpAlert = value; }, { bad: "Invalid virtual_server smtp_alert parameter %s" }) },
  virtualhost: { argument: "NAME", default: "none", meaning: "default Host header for HTTP/SSL checks", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }, { absent: "virtual server virtualhost missing" }) },
  snmp_name: { argument: "NAME", default: "none", meaning: "label in SNMP", effect: "report", form: snmpName("virtual") },
  alpha: { argument: "flag", default: "off", meaning: "checks start in failed state", effect: "acted", form: flag((draft) => { draft.alpha = true; }) },
  omega: { argument: "flag", default: "off", meaning: "run down notifications at shutdown", effect: "acted", form: flag((draft) => { draft.omega = true; }) },
  quorum: { argument: "INTEGER", unit: "weight", range: "1-UINT_MAX", default: "1", meaning: "total live weight required", effect: "acted", form: integer(1, UINT_MAX, (draft, value) => { draft.quorum = value; }, { bad: "Quorum %s must be in [1, 4294967295]. Setting to 1." }) },
  hysteresis: { argument: "INTEGER", unit: "weight", range: "0-UINT_MAX", default: "0", meaning: "margin around quorum", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.hysteresis = value; }, { bad: "Hysteresis %s must be in [0, 4294967295] - ignoring" }) },
  quorum_up: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on gaining quorum", effect: "acted", form: script((draft, value) => { draft.quorumUp = value; }) },
  quorum_down: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on losing quorum", effect: "acted", form: script((draft, value) => { draft.quorumDown = value; }) },
  weight: { argument: "INTEGER", range: "1-2147483647", default: "1", meaning: "default weight of real servers", effect: "acted", form: integer(1, 2147483647, (draft, value) => { draft.weight = value; }, { bad: "Virtual server weight %s is outside range 1-2147483647" }) },
  sorry_server: { argument: "IP [PORT]", range: "port 0-65535", default: "none; port of service", meaning: "used while quorum is lost", effect: "acted", form: custom(readSorryServer) },
  sorry_server_inhibit: { argument: "flag", default: "off", meaning: "set sorry server weight 0 instead of removing", effect: "acted", form: custom(readSorryServerInhibit) },
  sorry_server_lvs_method: { argument: "same as lb_kind", default: "service method", meaning: "forwarding method of sorry server", effect: "acted", except: "tunnel types other than plain ipip are refused", form: custom(readSorryServerForwarding) },
  real_server: { argument: "IP [PORT] block", range: "port 0-65535", default: "port of service", meaning: "one destination", effect: "acted", form: customBlock(readRealServer) },
};

/** `virtual_server/real_server`. */
export const REAL_SERVER: KeywordTable<RealServerDraft> = {
  weight: { argument: "INTEGER", range: "0-2147483647", default: "service weight (1)", meaning: "IPVS weight", effect: "acted", form: integer(0, 2147483647, (draft, value) => { draft.weight = value; }, { bad: "Real server weight %s is outside range 0-2147483647" }) },
  lvs_method: { argument: "same as lb_kind", default: "service method", meaning: "forwarding method", effect: "acted", except: "tunnel types other than plain ipip are refused", form: forwarding("real server", (draft, value) => { draft.forwarding = value; }) },
  uthreshold: { argument: "INTEGER", unit: "connections", range: "0-UINT_MAX", default: "0 (off)", meaning: "upper connection threshold", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.upperThreshold = value; }, { bad: "Invalid real_server uthreshold '%s' - ignoring" }) },
  lthreshold: { argument: "INTEGER", unit: "connections", range: "0-UINT_MAX", default: "0 (off)", meaning: "lower connection threshold", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.lowerThreshold = value; }, { bad: "Invalid real_server lthreshold '%s' - ignoring" }) },
  inhibit_on_failure: { argument: "[BOOL]", default: "service setting", meaning: "set weight 0 instead of removing", effect: "acted", form: bool((draft, value) => { draft.inhibitOnFailure = value; }, { bad: "Invalid inhibit_on_failure parameter %s" }) },
  notify_up: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when server comes up", effect: "acted", form: script((draft, value) => { draft.notifyUp = value; }) },
  notify_down: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when server goes down", effect: "acted", form: script((draft, value) => { draft.notifyDown = value; }) },
  alpha: { argument: "[BOOL]", default: "service setting", meaning: "default for this server's checks", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }, { bad: "Invalid alpha parameter %s" }) },
  retry: { argument: "INTEGER", range: "1-UINT32_MAX", default: "service value", meaning: "default for this server's checks", effect: "acted", form: integer(1, UINT_MAX, (draft, value) => { draft.retry = value; }, { bad: "retry value invalid - %s" }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "service value", meaning: "default for this server's checks", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "service value", meaning: "default for this server's checks", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "service value", meaning: "default for this server's checks", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }, { bad: "real server connect_timeout %s invalid - ignoring" }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "service value", meaning: "default for this server's checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }, { bad: "real server delay_loop '%s' invalid - ignoring" }) },
  smtp_alert: { argument: "[BOOL]", default: "on unless service/global setting", meaning: "mail on up/down", effect: "acted", form: bool((draft, value) => { draft.smtpAlert = value; }, { bad: "Invalid real_server smtp_alert parameter %s" }) },
  virtualhost: { argument: "NAME", default: "service value", meaning: "default Host header", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }, { absent: "real server virtualhost missing" }) },
  snmp_name: { argument: "NAME", default: "none", meaning: "label in SNMP", effect: "report", form: snmpName("real") },
  HTTP_GET: { argument: "block", meaning: "HTTP checker", effect: "acted", form: checker("HTTP_GET", () => HTTP_GET) },
  SSL_GET: { argument: "block", meaning: "HTTPS checker", effect: "refuse", form: checker("SSL_GET", () => SSL_GET) },
  TCP_CHECK: { argument: "block", meaning: "TCP connect checker", effect: "acted", form: checker("TCP_CHECK", () => TCP_CHECK) },
  UDP_CHECK: { argument: "block", meaning: "UDP checker", effect: "refuse", form: checker("UDP_CHECK", () => UDP_CHECK) },
  SMTP_CHECK: { argument: "block", meaning: "SMTP checker", effect: "refuse", form: checker("SMTP_CHECK", () => SMTP_CHECK) },
  DNS_CHECK: { argument: "block", meaning: "DNS query checker", effect: "refuse", form: checker("DNS_CHECK", () => DNS_CHECK) },
  MISC_CHECK: { argument: "block", meaning: "external program checker", effect: "acted", form: checker("MISC_CHECK", () => MISC_CHECK) },
  PING_CHECK: { argument: "block", meaning: "ICMP echo checker", effect: "refuse", form: checker("PING_CHECK", () => PING_CHECK) },
  FILE_CHECK: { argument: "block", meaning: "state from a track_file", effect: "refuse", form: checker("FILE_CHECK", () => FILE_CHECK) },
  BFD_CHECK: { argument: "block", meaning: "state from a BFD peer", effect: "refuse", form: checker("BFD_CHECK", () => BFD_CHECK) },
};
