import { familyOf } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { CheckerDraft, Draft, RealServerDraft, SocketDraft, UrlDraft, VirtualServerDraft } from "./drafts.ts";
import type { CheckedUrl, CheckerCommon, CheckerConfig, CheckTarget, TlsUrl, UrlRegex } from "./model.ts";
import { LONGEST_REPLY } from "./readers/checker.ts";
import type { Reading } from "./reading.ts";
import type { ScriptJudge } from "./security.ts";

// Checkers: inheritance virtual server -> real server -> checker, and defaults.

export const DEFAULT_DELAY_LOOP_US = 60 * SECOND;
const DEFAULT_CONNECT_TIMEOUT_US = 5 * SECOND;
const DEFAULT_STATUS_CODES: CheckedUrl["statusCodes"] = [{ from: 200, to: 299 }];
const DEFAULT_HELO = "smtpchecker.keepalived.org";

export interface CheckContext {
  readonly reading: Reading;
  readonly draft: Draft;
  /** Names of those that can run. */
  readonly bfds: ReadonlySet<string>;
  readonly judge: ScriptJudge;
}

/** Where a checker stands. */
export interface CheckedServer {
  readonly service: VirtualServerDraft;
  readonly server: RealServerDraft;
  /** The port that is checked unless the checker names one. */
  readonly port: number;
  readonly label: string;
}

/** Undefined, after a message, when keepalived would run the server without this checker. */
export function resolveChecker(context: CheckContext, place: CheckedServer, draft: CheckerDraft): CheckerConfig | undefined {
  const { type } = draft;
  if (type === "FILE_CHECK") return resolveFileCheck(context, draft);
  if (type === "BFD_CHECK") return resolveBfdCheck(context, place, draft);
  const common = resolveCommon(context, place, draft);
  const target = resolveTarget(place, draft);
  switch (type) {
    case "MISC_CHECK":
      return resolveMiscCheck(context, place, draft, common);
    case "TCP_CHECK":
    case "PING_CHECK":
      return { ...common, type, target };
    case "HTTP_GET": {
      const { httpProtocol, fastRecovery, enableSni, sniName } = draft;
      const sni = { ...(enableSni === undefined ? {} : { enableSni }), ...(sniName === undefined ? {} : { sniName }) };
      return { ...common, type, target, httpProtocol, fastRecovery, urls: draft.urls.map((url) => resolveUrl(place, draft, target, url)), ...sni };
    }
    case "SSL_GET": {
      const { httpProtocol, fastRecovery, enableSni = false, sniName } = draft;
      return { ...common, type, target, httpProtocol, fastRecovery, urls: draft.urls.map((url) => resolveTlsUrl(place, draft, target, url)), enableSni, sniName };
    }
    case "SMTP_CHECK": {
      const hosts = draft.hosts.map((host) => resolveTarget(place, { ...draft, ...host }));
      return { ...common, type, heloName: draft.heloName ?? DEFAULT_HELO, hosts: hosts.length === 0 ? [target] : hosts };
    }
    case "DNS_CHECK":
      return { ...common, type, target, queryType: draft.dnsType ?? "SOA", name: draft.dnsName ?? "." };
    case "UDP_CHECK": {
      const { payload, requireReply, minReplyLength = 0, maxReplyLength = LONGEST_REPLY } = draft;
      return { ...common, type, target, payload, requireReply, minReplyLength, maxReplyLength };
    }
  }
}

function resolveCommon(context: CheckContext, { service, server }: CheckedServer, draft: CheckerDraft): CheckerCommon {
  const delayLoopUs = draft.delayLoopUs ?? server.delayLoopUs ?? service.delayLoopUs ?? DEFAULT_DELAY_LOOP_US;
  return {
    alpha: draft.alpha ?? server.alpha ?? service.alpha ?? false,
    retry: draft.retry ?? server.retry ?? service.retry ?? defaultRetry(draft.type),
    delayBeforeRetryUs: draft.delayBeforeRetryUs ?? server.delayBeforeRetryUs ?? service.delayBeforeRetryUs ?? defaultDelayUs(draft.type, delayLoopUs),
    delayLoopUs,
    warmupUs: draft.warmupUs ?? server.warmupUs ?? service.warmupUs ?? delayLoopUs,
    logAllFailures: draft.logAllFailures ?? context.draft.global.checkerLogAllFailures,
  };
}

function defaultRetry(type: CheckerDraft["type"]): number {
  if (type === "MISC_CHECK") return 0;
  return type === "DNS_CHECK" ? 3 : 1;
}

function defaultDelayUs(type: CheckerDraft["type"], delayLoopUs: number): number {
  if (type === "DNS_CHECK") return delayLoopUs;
  return type === "HTTP_GET" || type === "SSL_GET" ? 3 * SECOND : SECOND;
}

function resolveTarget({ service, server, port }: CheckedServer, socket: SocketDraft): CheckTarget {
  return {
    address: socket.connectAddress ?? server.address,
    port: socket.connectPort ?? port,
    bindAddress: socket.bindAddress,
    bindPort: socket.bindPort,
    bindInterface: socket.bindInterface,
    fwmark: socket.fwmark ?? 0,
    connectTimeoutUs: socket.connectTimeoutUs ?? server.connectTimeoutUs ?? service.connectTimeoutUs ?? DEFAULT_CONNECT_TIMEOUT_US,
  };
}

function resolveUrl({ service, server }: CheckedServer, draft: CheckerDraft, target: CheckTarget, url: UrlDraft): CheckedUrl {
  const regex = resolveRegex(url);
  return {
    path: url.path ?? "/",
    host: url.virtualHost ?? draft.virtualHost ?? server.virtualHost ?? service.virtualHost ?? hostAndPort(target),
    digest: url.digest,
    statusCodes: url.statusCodes ?? DEFAULT_STATUS_CODES,
    ...(regex === undefined ? {} : { regex }),
  };
}

function resolveTlsUrl(place: CheckedServer, draft: CheckerDraft, target: CheckTarget, url: UrlDraft): TlsUrl {
  return {
    ...resolveUrl(place, draft, target, url),
    // keepalived leaves the real server's name out here.
    serverName: draft.sniName ?? url.virtualHost ?? draft.virtualHost ?? place.service.virtualHost,
    tlsCompliant: url.tlsCompliant ?? draft.tlsCompliant,
  };
}

/** What goes with a pattern is nothing without it. */
function resolveRegex(url: UrlDraft): UrlRegex | undefined {
  if (url.regex === undefined) return undefined;
  return {
    pattern: url.regex,
    noMatch: url.regexNoMatch,
    options: url.regexOptions,
    minOffset: url.regexMinOffset,
    maxOffset: url.regexMaxOffset,
    stack: url.regexStack,
  };
}

/** The Host header where no virtual host is named. */
export function hostAndPort({ address, port }: Pick<CheckTarget, "address" | "port">): string {
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function resolveMiscCheck({ reading, judge }: CheckContext, { service }: CheckedServer, draft: CheckerDraft, common: CheckerCommon): CheckerConfig | undefined {
  if (draft.script === undefined) return undefined; // said where it was read
  const script = judge.judge(draft.script, draft.account ?? draft.script.account);
  if (draft.account !== undefined && draft.account.uid === undefined) {
    reading.problem("general-error", `Failed to set uid/gid for misc checker script '${draft.script.text}' - removing`, draft.at);
    return undefined;
  }
  if (script.disabled !== undefined) {
    const why = script.disabled === "insecure" ? "due to insecure" : "since not found/accessible";
    reading.note(`Disabling misc script ${draft.script.text} ${why}`, draft.at);
    return undefined; // keepalived runs the server without this check
  }
  const timeoutUs = draft.timeoutUs ?? service.delayLoopUs ?? DEFAULT_DELAY_LOOP_US;
  return { ...common, type: "MISC_CHECK", script, timeoutUs, dynamic: draft.dynamic };
}

/** keepalived looks the file up where it is named: a definition further down does not count. */
function resolveFileCheck({ reading, draft }: CheckContext, { at, trackFile, weight, reverse }: CheckerDraft): CheckerConfig | undefined {
  if (trackFile === undefined) return undefined; // said where it was read
  const file = draft.trackFiles.find(({ name }) => name === trackFile.text);
  if (file !== undefined && file.at.line < trackFile.line) {
    return { type: "FILE_CHECK", trackFile: file.name, weight: weight ?? file.weight ?? 1, reverse: reverse ?? file.reverse };
  }
  const advice =
    file === undefined
      ? { code: "unknown-name" as const, remedy: `define track_file ${trackFile.text} above the virtual server` }
      : { code: "unknown-name" as const, remedy: "move the definition above the virtual server", related: [{ at: file.at, note: "it is defined here, too late" }] };
  reading.lateProblem("general-error", `track_file ${trackFile.text} not found`, trackFile, advice);
  reading.lateProblem("general-error", "FILE_CHECK has no track_file specified - ignoring", at);
  return undefined;
}

function resolveBfdCheck({ reading, draft, bfds }: CheckContext, { service, server, label }: CheckedServer, { bfd, alpha }: CheckerDraft): CheckerConfig | undefined {
  if (bfd === undefined) return undefined; // said where it was read
  const instance = bfds.has(bfd.text) ? draft.bfds.find(({ name }) => name === bfd.text) : undefined;
  if (instance !== undefined && instance.at.line < bfd.line) return { type: "BFD_CHECK", name: instance.name, alpha: alpha ?? server.alpha ?? service.alpha ?? false };
  const related = instance === undefined ? [] : [{ at: instance.at, note: "it is defined here, too late" }];
  reading.lateProblem("general-error", `(${label}) BFD_CHECK - BFD ${bfd.text} not configured`, bfd, {
    code: "unknown-name",
    remedy: `define bfd_instance ${bfd.text} above the virtual server`,
    related,
  });
  return undefined;
}
