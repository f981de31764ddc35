import type { CheckerDraft, UrlDraft } from "../drafts.ts";
import { address, block, bool, custom, flag, ignored, integer, seconds, text, wholeSeconds } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { LONGEST_SECONDS, UINT_MAX } from "../numbers.ts";
import { newUrl, readDigest, readHttpProtocol, readNbGetRetry, readStatusCodes } from "../readers/checker.ts";
import { account, script } from "../readers/shared.ts";

/** `virtual_server/real_server/TCP_CHECK`. */
export const TCP_CHECK: KeywordTable<CheckerDraft> = {
  connect_ip: { argument: "IP", default: "real server address", meaning: "address to check", effect: "acted", form: address((draft, value) => { draft.connectAddress = value; }, { bad: "Invalid connect_ip address %s - ignoring" }) },
  connect_port: { argument: "INTEGER", range: "1-65535", default: "real server port", meaning: "port to check", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.connectPort = value; }, { bad: "Invalid checker connect_port '%s'" }) },
  bindto: { argument: "IP", range: "same family", default: "unset", meaning: "source address", effect: "acted", form: address((draft, value) => { draft.bindAddress = value; }, { bad: "Invalid bindto address %s - ignoring" }) },
  bind_port: { argument: "INTEGER", range: "1-65535", default: "ephemeral", meaning: "source port", effect: "acted", form: integer(1, 65535, (draft, value) => { draft.bindPort = value; }, { bad: "Invalid checker bind_port '%s'" }) },
  bind_if: { argument: "IFNAME", default: "none", meaning: "source interface, for link-local addresses", effect: "acted", form: text((draft, value) => { draft.bindInterface = value; }) },
  connect_timeout: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-4294.967295", default: "real server value (5)", meaning: "connection timeout", effect: "acted", form: seconds(0.000001, 4294.967295, (draft, value) => { draft.connectTimeoutUs = value; }, { bad: "connect_timeout %s invalid - ignoring" }) },
  fwmark: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "SO_MARK on the socket", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.fwmark = value; }, { bad: "Invalid fwmark connection value '%s'" }) },
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "real server value (1)", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }, { bad: "Invalid retry connection value '%s'" }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }, { bad: "delay_loop '%s' is invalid - ignoring" }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }, { bad: "Invalid alpha parameter %s" }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }, { bad: "Invalid log_all_failures parameter %s" }) },
};

/** `virtual_server/real_server/HTTP_GET/url`. */
export const URL: KeywordTable<UrlDraft> = {
  path: { argument: "STRING", default: "required", meaning: "request path", effect: "acted", form: text((draft, value) => { draft.path = value; }) },
  digest: { argument: "HEX32", range: "32 hex digits", default: "none", meaning: "expected MD5 of the body", effect: "acted", form: custom(readDigest) },
  status_code: { argument: "CODE|CODE-CODE ...", range: "100-599", default: "200-299", meaning: "accepted status codes", effect: "acted", form: custom(readStatusCodes) },
  virtualhost: { argument: "NAME", default: "checker value", meaning: "Host header for this url", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }, { absent: "Missing HTTP_GET virtualhost name" }) },
  regex: { argument: "\"PATTERN\"", range: "PCRE2", default: "none", meaning: "pattern the body must match", effect: "refuse", form: ignored({ absent: "" }) },
  regex_no_match: { argument: "flag", default: "off", meaning: "pattern must not match", effect: "refuse", form: ignored() },
  regex_options: { argument: "OPTION...", range: "PCRE2 option names", default: "none", meaning: "compile options", effect: "refuse", form: ignored({ absent: "" }) },
  regex_min_offset: { argument: "INTEGER", unit: "bytes", default: "0", meaning: "earliest match start", effect: "refuse", form: ignored({ absent: "" }) },
  regex_max_offset: { argument: "INTEGER", unit: "bytes", range: "above min", default: "none", meaning: "latest match start", effect: "refuse", form: ignored({ absent: "" }) },
  regex_stack: { argument: "START MAX", unit: "bytes", range: "START <= MAX", default: "none", meaning: "PCRE2 JIT stack sizes", effect: "refuse", form: ignored({ absent: "" }) },
};

/** `virtual_server/real_server/HTTP_GET`. */
export const HTTP_GET: KeywordTable<CheckerDraft> = {
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
  url: { argument: "block", range: "at least one", meaning: "one request and its expectations", effect: "acted", form: block(() => URL, newUrl) },
  enable_sni: { argument: "[BOOL]", default: "off", meaning: "send TLS server name", effect: "report", form: bool(() => undefined, { bad: "Invalid enable_sni parameter %s" }) },
  sni_name: { argument: "NAME", default: "virtual host", meaning: "server name to send", effect: "report", form: ignored({}) },
};

/** `virtual_server/real_server/MISC_CHECK`. */
export const MISC_CHECK: KeywordTable<CheckerDraft> = {
  retry: { argument: "INTEGER", range: "0-UINT_MAX", default: "0", meaning: "extra attempts before failure", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.retry = value; }, { bad: "Invalid retry connection value '%s'" }) },
  delay_before_retry: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "real server value (1)", meaning: "wait between attempts", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.delayBeforeRetryUs = value; }) },
  warmup: { argument: "SECONDS(decimal)", unit: "s", range: "0 up", default: "delay_loop", meaning: "maximum random delay of first check", effect: "acted", form: seconds(0, LONGEST_SECONDS, (draft, value) => { draft.warmupUs = value; }) },
  delay_loop: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001 up", default: "real server value (60)", meaning: "interval between checks", effect: "acted", form: seconds(0.000001, LONGEST_SECONDS, (draft, value) => { draft.delayLoopUs = value; }, { bad: "delay_loop '%s' is invalid - ignoring" }) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }, { bad: "Invalid alpha parameter %s" }) },
  log_all_failures: { argument: "[BOOL]", default: "global value", meaning: "log every failed attempt", effect: "acted", form: bool((draft, value) => { draft.logAllFailures = value; }, { bad: "Invalid log_all_failures parameter %s" }) },
  misc_path: { argument: "COMMAND | \"COMMAND ARGS\"", default: "required", meaning: "program to execute", effect: "acted", form: script((draft, value) => { draft.script = value; }, "") },
  misc_timeout: { argument: "INTEGER", unit: "s", range: "0-4294", default: "delay_loop of service", meaning: "limit for the program", effect: "acted", form: wholeSeconds(0, 4294, (draft, value) => { draft.timeoutUs = value; }, { bad: "Invalid misc_timeout value '%s'" }) },
  misc_dynamic: { argument: "flag", default: "off", meaning: "exit codes 2-255 set weight", effect: "acted", form: flag((draft) => { draft.dynamic = true; }) },
  user: { argument: "USER [[:] GROUP]", default: "script_user", meaning: "account to run as", effect: "acted", form: account((draft, value) => { draft.account = value; }, "No user specified for misc checker script") },
};
