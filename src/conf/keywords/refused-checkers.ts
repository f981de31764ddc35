import type { CheckerDraft, UrlDraft } from "../drafts.ts";
import { block, bool, custom, ignored, ignoredInteger, text } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { HTTP, SCHEDULE, SOCKET } from "./checker-rows.ts";
import { newUrl, readDigest, readStatusCodes } from "../readers/checker.ts";

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
  ...SOCKET,
  ...SCHEDULE,
  delay_before_retry: { ...SCHEDULE.delay_before_retry, default: "real server value (3)" },
  ...HTTP,
  url: { argument: "block", range: "at least one", meaning: "one request and its expectations", effect: "acted", form: block(() => SSL_URL, newUrl) },
  enable_sni: { argument: "[BOOL]", default: "off", meaning: "send TLS server name", effect: "refuse", form: bool(() => undefined, { bad: "Invalid enable_sni parameter %s" }) },
  sni_name: { argument: "NAME", default: "virtual host", meaning: "server name to send", effect: "refuse", form: ignored({}) },
  tls_compliant: { argument: "[BOOL]", default: "off", meaning: "require close-notify at end", effect: "refuse", form: bool(() => undefined) },
};

/** `virtual_server/real_server/PING_CHECK`. */
export const PING_CHECK: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
};

/** `virtual_server/real_server/UDP_CHECK`. */
export const UDP_CHECK: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
  payload: { argument: "HEX", range: "hex bytes", default: "32 bytes of repeated filler text", meaning: "datagram to send", effect: "refuse", form: ignored({}) },
  require_reply: { argument: "[HEX]", range: "x is a wildcard digit", default: "off", meaning: "reply needed, optionally matching", effect: "refuse", form: ignored() },
  min_reply_length: { argument: "INTEGER", unit: "bytes", range: "0-65535", default: "0", meaning: "shortest reply", effect: "refuse", form: ignoredInteger(0, 65535) },
  max_reply_length: { argument: "INTEGER", unit: "bytes", range: "0-65535", default: "255", meaning: "longest reply", effect: "refuse", form: ignoredInteger(0, 65535) },
};

/** `virtual_server/real_server/SMTP_CHECK/host`. */
export const SMTP_HOST: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
};

/** `virtual_server/real_server/SMTP_CHECK`. */
export const SMTP_CHECK: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
  helo_name: { argument: "NAME", default: "smtpchecker.keepalived.org", meaning: "HELO argument", effect: "refuse", form: ignored({}) },
  host: { argument: "block", meaning: "connection settings in old nested form", effect: "refuse", form: block(() => SMTP_HOST, (draft) => draft) },
};

/** `virtual_server/real_server/DNS_CHECK`. */
export const DNS_CHECK: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
  retry: { ...SCHEDULE.retry, default: "3" },
  delay_before_retry: { ...SCHEDULE.delay_before_retry, default: "delay_loop" },
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
