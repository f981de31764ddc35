import type { CheckerDraft, UrlDraft } from "../drafts.ts";
import { address, block, bool, custom, ignored, ignoredInteger, integer, seconds, text } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { LONGEST_SECONDS, UINT_MAX } from "../numbers.ts";
import { newUrl, readDigest, readHttpProtocol, readNbGetRetry, readStatusCodes } from "../readers/checker.ts";

/** `virtual_server/real_server/SSL_GET/url`. */
export const SSL_URL: KeywordTable<UrlDraft> = {
  path: { argument: "STRING", default: "required", meaning: "request path", effect: "acted", form: text((draft, value) => { draft.path = value; }) },
  digest: { argument: "HEX32", range: "32 hex digits", default: "none", meaning: "expected MD5 of the body", effect: "acted", form: custom(readDigest) },
  status_code: { argument: "CODE|CODE-CODE ...", range: "100-599", default: "200-299", meaning: "accepted status codes", effect: "acted", form: custom(readStatusCodes) },
  virtualhost: { argument: "NAME", default: "checker value", meaning: "Host header for this url", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }) },
  regex: { argument: "\"PATTERN\"", range: "PCRE2", default: "none", meaning: "pattern the body must match", effect: "refuse", form: ignored({}) },
  regex_no_match: { argument: "flag", default: "off", meaning: "pattern must not match", effect: "refuse", form: ignored() },
  regex_options: { argument: "OPTION...", range: "PCRE2 option names", default: "none", meaning: "compile options", effect: "refuse", form: ignored({}) },
  regex_min_offset: { argument: "INTEGER", unit: "bytes", default: "0", meaning: "earliest match start", effect: "refuse", form: ignored({}) },
  regex_max_offset: { argument: "INTEGER", unit: "bytes", range: "above min", default: "none", meaning: "latest match start", effect: "refuse", form: ignored({}) },
  regex_stack: { argument: "START MAX", unit: "bytes", range: "START <= MAX", default: "none", meaning: "PCRE2 JIT stack sizes", effect: "refuse", form: ignored({}) },
  tls_compliant: { argument: "[BOOL]", default: "checker value", meaning: "require close-notify at end", effect: "refuse", form: bool(() => undefined) },
};

/** `virtual_server/real_server/SSL_GET`. */
export const SSL_GET: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }, { bad: "Invalid connect_ip address %s - ignoring" }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }, { bad: "Invalid checker connect_port '%s'" }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }, { bad: "Invalid bindto address %s - ignoring" }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }, { bad: "Invalid checker bind_port '%s'" }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }, { bad: "connect_timeout %s invalid - ignoring" }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }, { bad: "Invalid fwmark connection value '%s'" }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }, { bad: "Invalid retry connection value '%s'" }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (3)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }, { bad: "delay_loop '%s' is invalid - ignoring" }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }, { bad: "Invalid alpha parameter %s" }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }, { bad: "Invalid log_all_failures parameter %s" }) },
  nb_get_retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "1", meaning: "alias of retry", effect: "acted", form: custom(readNbGetRetry) },
  virtualhost: { argument: "NAME", default: "real server value", meaning: "Host header for all urls", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }, { absent: "HTTP_GET virtualhost name missing" }) },
  http_protocol: { argument: "1.0|1.1|1.0C|1.0c", default: "1.0", meaning: "request version; 1.0C adds Connection: close, 1.1 too", effect: "acted", form: custom(readHttpProtocol) },
  fast_recovery: { argument: "[BOOL]", default: "off", meaning: "come up after one pass over urls", effect: "acted", form: bool((draft, value) => { draft.fastRecovery = value; }, { bad: "Invalid fast_recovery parameter %s" }) },
  url: { argument: "block", range: "at least one", meaning: "one request and its expectations", effect: "acted", form: block(() => SSL_URL, newUrl) },
  enable_sni: { argument: "[BOOL]", default: "off", meaning: "send TLS server name", effect: "refuse", form: bool(() => undefined, { bad: "Invalid enable_sni parameter %s" }) },
  sni_name: { argument: "NAME", default: "virtual host", meaning: "server name to send", effect: "refuse", form: ignored({}) },
  tls_compliant: { argument: "[BOOL]", default: "off", meaning: "require close-notify at end", effect: "refuse", form: bool(() => undefined) },
};

/** `virtual_server/real_server/PING_CHECK`. */
export const PING_CHECK: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }) },
};

/** `virtual_server/real_server/UDP_CHECK`. */
export const UDP_CHECK: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }) },
  payload: { argument: "HEX", range: "hex bytes", default: "32 bytes of repeated filler text", meaning: "datagram to send", effect: "refuse", form: ignored({}) },
  require_reply: { argument: "[HEX]", range: "x is a wildcard digit", default: "off", meaning: "reply needed, optionally matching", effect: "refuse", form: ignored() },
  min_reply_length: { argument: "INTEGER", unit: "bytes", range: "0-65535", default: "0", meaning: "shortest reply", effect: "refuse", form: ignoredInteger(0, 65535) },
  max_reply_length: { argument: "INTEGER", unit: "bytes", range: "0-65535", default: "255", meaning: "longest reply", effect: "refuse", form: ignoredInteger(0, 65535) },
};

/** `virtual_server/real_server/SMTP_CHECK/host`. */
export const SMTP_HOST: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }) },
};

/** `virtual_server/real_server/SMTP_CHECK`. */
export const SMTP_CHECK: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }) },
  helo_name: { argument: "NAME", default: "smtpchecker.keepalived.org", meaning: "HELO argument", effect: "refuse", form: ignored({}) },
  host: { argument: "block", meaning: "connection settings in old nested form", effect: "refuse", form: block(() => SMTP_HOST, (draft) => draft) },
};

/** `virtual_server/real_server/DNS_CHECK`. */
export const DNS_CHECK: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "3", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }) },
  type: { argument: "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY", default: "SOA", meaning: "query type", effect: "refuse", form: ignored({}) },
  name: { argument: "DOMAIN", default: "root", meaning: "query name", effect: "refuse", form: ignored({}) },
};

/** `virtual_server/real_server/FILE_CHECK`. */
export const FILE_CHECK: KeywordTable<CheckerDraft> = {
  track_file: { argument: "NAME", default: "required", meaning: "track_file to follow", effect: "refuse", form: ignored({}) },
  weight: { argument: "INTEGER [reverse|noreverse]", range: "-2147483647..2147483647", default: "value in track_file", meaning: "multiplier", effect: "refuse", form: ignored({}) },
  dynamic: { argument: "flag", meaning: "manual-only word, parser rejects", effect: "rejected", form: ignored() },
};

/** `virtual_server/real_server/BFD_CHECK`. */
export const BFD_CHECK: KeywordTable<CheckerDraft> = {
  name: { argument: "NAME", default: "required", meaning: "bfd_instance to follow", effect: "refuse", form: ignored({}) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
};
