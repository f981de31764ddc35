import type { CheckedUrl, CheckerCommon, CheckerConfig, CheckTarget, HttpGet, RealServer, ReplyOctet, SslGet, TlsUrl, VirtualServer } from "../model.ts";
import { hostAndPort } from "../resolve-checkers.ts";
import { accountWords, commandWord } from "./script.ts";
import { quoted, secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** One checker's block, everything that it inherits written out. */
export function printChecker(writer: Writer, service: VirtualServer, real: RealServer, checker: CheckerConfig): void {
  writer.block(checker.type, () => {
    if (checker.type === "FILE_CHECK") {
      writer.line("track_file", quoted(checker.trackFile));
      writer.line("weight", checker.weight, checker.reverse ? "reverse" : "noreverse");
    } else if (checker.type === "BFD_CHECK") {
      writer.line("name", quoted(checker.name));
      writer.line("alpha", onOff(checker.alpha));
    } else {
      printSchedule(writer, checker);
      printQuestion(writer, service, real, checker);
    }
  });
}

type Asking = Exclude<CheckerConfig, { readonly type: "FILE_CHECK" | "BFD_CHECK" }>;

function onOff(value: boolean): string {
  return value ? "on" : "off";
}

function printSchedule(writer: Writer, common: CheckerCommon): void {
  writer.line("alpha", onOff(common.alpha));
  writer.line("retry", common.retry);
  writer.line("delay_before_retry", secondsText(common.delayBeforeRetryUs));
  writer.line("delay_loop", secondsText(common.delayLoopUs));
  writer.line("warmup", secondsText(common.warmupUs));
  writer.line("log_all_failures", onOff(common.logAllFailures));
}

function printTarget(writer: Writer, { port }: RealServer, target: CheckTarget): void {
  writer.line("connect_ip", target.address);
  // 0 is the real server's own, which the keyword does not take.
  if (target.port !== port) writer.line("connect_port", target.port);
  writer.value("bindto", target.bindAddress);
  writer.value("bind_port", target.bindPort);
  if (target.bindInterface !== undefined) writer.line("bind_if", quoted(target.bindInterface));
  writer.line("fwmark", target.fwmark);
  writer.line("connect_timeout", secondsText(target.connectTimeoutUs));
}

function printQuestion(writer: Writer, service: VirtualServer, real: RealServer, checker: Asking): void {
  switch (checker.type) {
    case "TCP_CHECK":
    case "PING_CHECK":
      return printTarget(writer, real, checker.target);
    case "HTTP_GET":
    case "SSL_GET":
      printTarget(writer, real, checker.target);
      return printWeb(writer, service, real, checker);
    case "SMTP_CHECK":
      writer.line("helo_name", quoted(checker.heloName));
      if (checker.hosts.length === 1) checker.hosts.forEach((host) => printTarget(writer, real, host));
      else for (const host of checker.hosts) writer.block("host", () => printTarget(writer, real, host));
      return;
    case "DNS_CHECK":
      printTarget(writer, real, checker.target);
      writer.line("type", checker.queryType);
      return writer.line("name", quoted(checker.name));
    case "UDP_CHECK":
      printTarget(writer, real, checker.target);
      if (checker.payload !== undefined) writer.line("payload", checker.payload.map(hexadecimal).join(""));
      if (checker.requireReply !== undefined) writer.line("require_reply", checker.requireReply.length === 0 ? undefined : checker.requireReply.map(replyText).join(""));
      writer.line("min_reply_length", checker.minReplyLength);
      return writer.line("max_reply_length", checker.maxReplyLength);
    case "MISC_CHECK": {
      writer.line("misc_path", commandWord(checker.script.text));
      const account = accountWords(checker.script);
      if (account.length > 0) writer.line("user", ...account);
      // Otherwise it is the service's delay_loop; see printService.
      if (wholeTimeout(checker.timeoutUs)) writer.line("misc_timeout", secondsText(checker.timeoutUs));
      return writer.flag("misc_dynamic", checker.dynamic);
    }
  }
}

/** Whether `misc_timeout` can say it. */
export function wholeTimeout(timeoutUs: number): boolean {
  return timeoutUs % 1_000_000 === 0 && timeoutUs <= 4_294_000_000;
}

function hexadecimal(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}

function replyText({ value, mask }: ReplyOctet): string {
  return [...hexadecimal(value)].map((digit, i) => ((mask >> (i === 0 ? 4 : 0)) & 0xf ? digit : "x")).join("");
}

function printWeb(writer: Writer, service: VirtualServer, real: RealServer, checker: HttpGet | SslGet): void {
  writer.line("http_protocol", checker.httpProtocol);
  writer.line("fast_recovery", onOff(checker.fastRecovery));
  if (checker.enableSni !== undefined && (checker.type === "HTTP_GET" || checker.enableSni)) writer.line("enable_sni", onOff(checker.enableSni));
  if (checker.sniName !== undefined) writer.line("sni_name", quoted(checker.sniName));
  for (const url of checker.urls) {
    writer.block("url", () => {
      writer.line("path", quoted(url.path));
      const inherited = real.virtualHost ?? service.virtualHost ?? hostAndPort(checker.target);
      if (namesHost(service, inherited, url, checker)) writer.line("virtualhost", quoted(url.host));
      if (url.digest !== undefined) writer.line("digest", url.digest);
      writer.line("status_code", ...url.statusCodes.map(({ from, to }) => (from === to ? from : `${from}-${to}`)));
      printRegex(writer, url);
      if ("tlsCompliant" in url && url.tlsCompliant) writer.line("tls_compliant", "on");
    });
  }
}

/**
 * Whether url or checker named the host themselves. For TLS it matters also where the name is the inherited one, because
 * a real server's name is never sent as the server name.
 */
function namesHost(service: VirtualServer, inherited: string, url: CheckedUrl | TlsUrl, checker: HttpGet | SslGet): boolean {
  if (url.host !== inherited) return true;
  if (checker.sniName !== undefined || !("serverName" in url)) return false;
  return url.serverName !== service.virtualHost;
}

function printRegex(writer: Writer, { regex }: CheckedUrl): void {
  if (regex === undefined) return;
  writer.line("regex", `"${regex.pattern}"`);
  writer.flag("regex_no_match", regex.noMatch);
  if (regex.options.length > 0) writer.line("regex_options", ...regex.options);
  writer.line("regex_min_offset", regex.minOffset);
  writer.value("regex_max_offset", regex.maxOffset);
  if (regex.stack !== undefined) writer.line("regex_stack", regex.stack.start, regex.stack.max);
}
