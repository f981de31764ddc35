import type { CheckerDraft } from "../drafts.ts";
import { address, bool, custom, integer, seconds, text } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { LONGEST_SECONDS, UINT_MAX } from "../numbers.ts";
import { readHttpProtocol, readNbGetRetry } from "../readers/checker.ts";

// Rows that several checkers share; a checker with another default overrides it.

/** Where a checking socket connects to and from. */
export const SOCKET = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }, { bad: "Invalid connect_ip address %s - ignoring" }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }, { bad: "Invalid checker connect_port '%s'" }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }, { bad: "Invalid bindto address %s - ignoring" }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }, { bad: "Invalid checker bind_port '%s'" }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }, { bad: "connect_timeout %s invalid - ignoring" }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }, { bad: "Invalid fwmark connection value '%s'" }) },
} satisfies KeywordTable<CheckerDraft>;

/** When to ask, and how often before a failure counts. */
export const SCHEDULE = {
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }, { bad: "Invalid retry connection value '%s'" }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }, { bad: "delay_loop '%s' is invalid - ignoring" }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }, { bad: "Invalid alpha parameter %s" }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }, { bad: "Invalid log_all_failures parameter %s" }) },
} satisfies KeywordTable<CheckerDraft>;

/** HTTP_GET and SSL_GET. */
export const HTTP = {
  nb_get_retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "1", meaning: "alias of retry", effect: "acted", form: custom(readNbGetRetry) },
  virtualhost: { argument: "NAME", default: "real server value", meaning: "Host header for all urls", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }, { absent: "HTTP_GET virtualhost name missing" }) },
  http_protocol: { argument: "1.0|1.1|1.0C|1.0c", default: "1.0", meaning: "request version; 1.0C adds Connection: close, 1.1 too", effect: "acted", form: custom(readHttpProtocol) },
  fast_recovery: { argument: "[BOOL]", default: "off", meaning: "come up after one pass over urls", effect: "acted", form: bool((draft, value) => { draft.fastRecovery = value; }, { bad: "Invalid fast_recovery parameter %s" }) },
} satisfies KeywordTable<CheckerDraft>;
