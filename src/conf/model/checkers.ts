import type { IpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Script } from "./script.ts";

/** How a real server is asked; which of them are acted upon the keyword tables say. */
export type CheckerConfig = TcpCheck | HttpGet | SslGet | SmtpCheck | DnsCheck | UdpCheck | PingCheck | MiscCheck | FileCheck | BfdCheck;

/** What every checker has that asks periodically; inheritance virtual server -> real server -> checker is already applied. */
export interface CheckerCommon {
  readonly alpha: boolean;
  readonly retry: number;
  readonly delayBeforeRetryUs: Micros;
  readonly delayLoopUs: Micros;
  readonly warmupUs: Micros;
  readonly logAllFailures: boolean;
}

/** Where a checking socket connects to and from. */
export interface CheckTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly bindAddress: IpAddress | undefined;
  readonly bindPort: number | undefined;
  readonly bindInterface: string | undefined;
  readonly fwmark: number;
  readonly connectTimeoutUs: Micros;
}

export interface TcpCheck extends CheckerCommon {
  readonly type: "TCP_CHECK";
  readonly target: CheckTarget;
}

export interface PingCheck extends CheckerCommon {
  readonly type: "PING_CHECK";
  readonly target: CheckTarget;
}

export interface CheckedUrl {
  readonly path: string;
  /** The Host header, by keepalived's order: url, checker, real server, virtual server, else "address:port". */
  readonly host: string;
  /** Lower-case hexadecimal MD5 of the body. */
  readonly digest: string | undefined;
  /** Inclusive ranges; default 200-299. */
  readonly statusCodes: readonly { readonly from: number; readonly to: number }[];
  /** Absent: the body may be anything. */
  readonly regex?: UrlRegex;
}

/** What the body must (or, with `noMatch`, must not) contain. Offsets count bytes of the body. */
export interface UrlRegex {
  /** PCRE2's syntax, as written. */
  readonly pattern: string;
  readonly noMatch: boolean;
  /** Names of PCRE2 compile options, lower case, as written. */
  readonly options: readonly string[];
  readonly minOffset: number;
  /** The last byte at which a match may begin; undefined: anywhere. */
  readonly maxOffset: number | undefined;
  /** Bytes of PCRE2's JIT stack. */
  readonly stack: { readonly start: number; readonly max: number } | undefined;
}

interface WebCheck extends CheckerCommon {
  readonly target: CheckTarget;
  readonly httpProtocol: "1.0" | "1.0C" | "1.1";
  readonly fastRecovery: boolean;
}

export interface HttpGet extends WebCheck {
  readonly type: "HTTP_GET";
  readonly urls: readonly CheckedUrl[];
  /** Without effect where there is no TLS; present only when written. */
  readonly enableSni?: boolean;
  readonly sniName?: string;
}

export interface TlsUrl extends CheckedUrl {
  /** The TLS server name that `enable_sni` sends: `sni_name`, url, checker, virtual server (not the real server). */
  readonly serverName: string | undefined;
  /** The connection must end with close-notify. */
  readonly tlsCompliant: boolean;
}

export interface SslGet extends WebCheck {
  readonly type: "SSL_GET";
  readonly urls: readonly TlsUrl[];
  readonly enableSni: boolean;
  readonly sniName: string | undefined;
}

export interface SmtpCheck extends CheckerCommon {
  readonly type: "SMTP_CHECK";
  readonly heloName: string;
  /** At least one, asked in order; the old `host` blocks, else the checker's own target. */
  readonly hosts: readonly CheckTarget[];
}

export type DnsType = "A" | "NS" | "CNAME" | "SOA" | "MX" | "TXT" | "AAAA" | "RRSIG" | "DNSKEY";

export interface DnsCheck extends CheckerCommon {
  readonly type: "DNS_CHECK";
  readonly target: CheckTarget;
  readonly queryType: DnsType;
  /** "." is the root. */
  readonly name: string;
}

export interface UdpCheck extends CheckerCommon {
  readonly type: "UDP_CHECK";
  readonly target: CheckTarget;
  /** undefined: 32 octets of filler. */
  readonly payload: readonly number[] | undefined;
  /** Any reply will do when the pattern is empty; undefined: none is needed. */
  readonly requireReply: readonly ReplyOctet[] | undefined;
  readonly minReplyLength: number;
  readonly maxReplyLength: number;
}

/** A received octet fits when `(octet & mask) === value`. */
export interface ReplyOctet {
  readonly value: number;
  readonly mask: number;
}

export interface MiscCheck extends CheckerCommon {
  readonly type: "MISC_CHECK";
  readonly script: Script;
  readonly timeoutUs: Micros;
  readonly dynamic: boolean;
}

/** Follows a `track_file`; nothing is asked periodically. */
export interface FileCheck {
  readonly type: "FILE_CHECK";
  readonly trackFile: string;
  /** Multiplier; 0: a value that is not zero (zero, if reversed) is down. */
  readonly weight: number;
  readonly reverse: boolean;
}

/** Follows a `bfd_instance`; nothing is asked periodically. */
export interface BfdCheck {
  readonly type: "BFD_CHECK";
  readonly name: string;
  readonly alpha: boolean;
}
