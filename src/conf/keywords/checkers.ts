import type { CheckerDraft, UrlDraft } from "../drafts.ts";
import { block, bool, custom, flag, text, wholeSeconds } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { HTTP, SCHEDULE, SOCKET } from "./checker-rows.ts";
import { account, script } from "../readers/shared.ts";
import { newUrl, readDigest, readRegexMaxOffset, readRegexMinOffset, readRegexOptions, readRegexStack, readStatusCodes } from "../readers/url.ts";

/** `virtual_server/real_server/TCP_CHECK`. */
export const TCP_CHECK: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
};

/** `virtual_server/real_server/HTTP_GET/url`. */
export const URL: KeywordTable<UrlDraft> = {
  path: { argument: "STRING", default: "required", meaning: "request path", effect: "acted", form: text((draft, value) => { draft.path = value; }) },
  digest: { argument: "HEX32", range: "32 hex digits", default: "none", meaning: "expected MD5 of the body", effect: "acted", form: custom(readDigest) },
  status_code: { argument: "CODE|CODE-CODE ...", range: "100-599", default: "200-299", meaning: "accepted status codes", effect: "acted", form: custom(readStatusCodes) },
  virtualhost: { argument: "NAME", default: "checker value", meaning: "Host header for this url", effect: "acted", form: text((draft, value) => { draft.virtualHost = value; }, { absent: "Missing HTTP_GET virtualhost name" }) },
  regex: { argument: "\"PATTERN\"", range: "PCRE2", default: "none", meaning: "pattern the body must match", effect: "refuse", form: text((draft, value) => { draft.regex = value; }, { absent: "" }) },
  regex_no_match: { argument: "flag", default: "off", meaning: "pattern must not match", effect: "refuse", form: flag((draft) => { draft.regexNoMatch = true; }) },
  regex_options: { argument: "OPTION...", range: "PCRE2 option names", default: "none", meaning: "compile options", effect: "refuse", form: custom(readRegexOptions) },
  regex_min_offset: { argument: "INTEGER", unit: "bytes", default: "0", meaning: "earliest match start", effect: "refuse", form: custom(readRegexMinOffset) },
  regex_max_offset: { argument: "INTEGER", unit: "bytes", range: "above min", default: "none", meaning: "latest match start", effect: "refuse", form: custom(readRegexMaxOffset) },
  regex_stack: { argument: "START MAX", unit: "bytes", range: "START <= MAX", default: "none", meaning: "PCRE2 JIT stack sizes", effect: "refuse", form: custom(readRegexStack) },
};

/** `virtual_server/real_server/HTTP_GET`. */
export const HTTP_GET: KeywordTable<CheckerDraft> = {
  ...SOCKET,
  ...SCHEDULE,
  delay_before_retry: { ...SCHEDULE.delay_before_retry, default: "real server value (3)" },
  ...HTTP,
  url: { argument: "block", range: "at least one", meaning: "one request and its expectations", effect: "acted", form: block(() => URL, newUrl) },
  enable_sni: { argument: "[BOOL]", default: "off", meaning: "send TLS server name", effect: "report", form: bool((draft, value) => { draft.enableSni = value; }, { bad: "Invalid enable_sni parameter %s" }) },
  sni_name: { argument: "NAME", default: "virtual host", meaning: "server name to send", effect: "report", form: text((draft, value) => { draft.sniName = value; }) },
};

/** `virtual_server/real_server/MISC_CHECK`. */
export const MISC_CHECK: KeywordTable<CheckerDraft> = {
  ...SCHEDULE,
  retry: { ...SCHEDULE.retry, default: "0" },
  misc_path: { argument: "COMMAND | \"COMMAND ARGS\"", default: "required", meaning: "program to execute", effect: "acted", form: script((draft, value) => { draft.script = value; }, "") },
  misc_timeout: { argument: "INTEGER", unit: "s", range: "0-4294", default: "delay_loop of service", meaning: "limit for the program", effect: "acted", form: wholeSeconds(0, 4294, (draft, value) => { draft.timeoutUs = value; }, { bad: "Invalid misc_timeout value '%s'" }) },
  misc_dynamic: { argument: "flag", default: "off", meaning: "exit codes 2-255 set weight", effect: "acted", form: flag((draft) => { draft.dynamic = true; }) },
  user: { argument: "USER [[:] GROUP]", default: "script_user", meaning: "account to run as", effect: "acted", form: account((draft, value) => { draft.account = value; }, "No user specified for misc checker script") },
};
