import type { CheckerDraft, UrlDraft } from "../drafts.ts";
import { block, bool, custom, ignored, integer, text } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { readBfdName, readCheckedFile, readFileWeight, smtpHost } from "../readers/checker.ts";
import { readDnsName, readDnsType, readHeloName, readPayload, readRequireReply } from "../readers/probe.ts";
import { newUrl } from "../readers/url.ts";
import { HTTP, SCHEDULE, SOCKET } from "./checker-rows.ts";
import { URL } from "./checkers.ts";

// Checkers that are read but not acted upon: the daemon does not start with them.

/** `virtual_server/real_server/SSL_GET/url`. */
export const SSL_URL: KeywordTable<UrlDraft> = {
  ...URL,
  tls_compliant: { argument: "[BOOL]", default: "checker value", meaning: "require close-notify at end", effect: "refuse", form: bool((draft, value) => { draft.tlsCompliant = value; }) },
};

/** `virtual_server/real_server/SSL_GET`. */
export const SSL_GET: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
  delay_before_retry: { ...SCHEDULE.delay_before_retry, default: "real server value (3)" },
  ...HTTP,
  url: { argument: "block", range: "at least one", meaning: "one request and its expectations", effect: "acted", form: block(() => SSL_URL, newUrl) },
  enable_sni: { argument: "[BOOL]", default: "off", meaning: "send TLS server name", effect: "refuse", form: bool((draft, value) => { draft.enableSni = value; }, { bad: "Invalid enable_sni parameter %s" }) },
  sni_name: { argument: "NAME", default: "virtual host", meaning: "server name to send", effect: "refuse", form: text((draft, value) => { draft.sniName = value; }) },
  tls_compliant: { argument: "[BOOL]", default: "off", meaning: "require close-notify at end", effect: "refuse", form: bool((draft, value) => { draft.tlsCompliant = value; }) },
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
  payload: { argument: "HEX", range: "hex bytes", default: "32 bytes of repeated filler text", meaning: "datagram to send", effect: "refuse", form: custom(readPayload) },
  require_reply: { argument: "[HEX]", range: "x is a wildcard digit", default: "off", meaning: "reply needed, optionally matching", effect: "refuse", form: custom(readRequireReply) },
  min_reply_length: { argument: "INTEGER", unit: "bytes", range: "0-65535", default: "0", meaning: "shortest reply", effect: "refuse", form: integer(0, 65_535, (draft, value) => { draft.minReplyLength = value; }, { bad: "UDP_CHECK min length %s not valid - must be between 0 & 65535" }) },
  max_reply_length: { argument: "INTEGER", unit: "bytes", range: "0-65535", default: "255", meaning: "longest reply", effect: "refuse", form: integer(0, 65_535, (draft, value) => { draft.maxReplyLength = value; }, { bad: "UDP_CHECK max length %s not valid - must be between 0 & 65535" }) },
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
  helo_name: { argument: "NAME", default: "smtpchecker.keepalived.org", meaning: "HELO argument", effect: "refuse", form: custom(readHeloName) },
  host: { argument: "block", meaning: "connection settings in old nested form", effect: "refuse", form: smtpHost(() => SMTP_HOST) },
};

/** `virtual_server/real_server/DNS_CHECK`. */
export const DNS_CHECK: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
  retry: { ...SCHEDULE.retry, default: "3" },
  delay_before_retry: { ...SCHEDULE.delay_before_retry, default: "delay_loop" },
  type: { argument: "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY", default: "SOA", meaning: "query type", effect: "refuse", form: custom(readDnsType) },
  name: { argument: "DOMAIN", default: "root", meaning: "query name", effect: "refuse", form: custom(readDnsName) },
};

/** `virtual_server/real_server/FILE_CHECK`. */
export const FILE_CHECK: KeywordTable<CheckerDraft> = {
  track_file: { argument: "NAME", default: "required", meaning: "track_file to follow", effect: "refuse", form: custom(readCheckedFile) },
  weight: { argument: "INTEGER [reverse|noreverse]", range: "-2147483647..2147483647", default: "value in track_file", meaning: "multiplier", effect: "refuse", form: custom(readFileWeight) },
  dynamic: { argument: "flag", meaning: "manual-only word, parser rejects", effect: "rejected", form: ignored() },
};

/** `virtual_server/real_server/BFD_CHECK`. */
export const BFD_CHECK: KeywordTable<CheckerDraft> = {
  name: { argument: "NAME", default: "required", meaning: "bfd_instance to follow", effect: "refuse", form: custom(readBfdName) },
  alpha: { argument: "[BOOL]", default: "real server value", meaning: "start in failed state", effect: "acted", form: bool((draft, value) => { draft.alpha = value; }) },
};
