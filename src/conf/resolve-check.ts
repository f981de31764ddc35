import { familyOf, hostPrefixLength } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { CheckerDraft, Draft, GlobalDraft, RealServerDraft, VirtualServerDraft } from "./drafts.ts";
import type { CheckConfig, CheckedUrl, CheckerCommon, CheckerConfig, CheckTarget, Forwarding, Protocol, RealServer, ServiceKey, SorryServer, VirtualServer } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { ScriptJudge } from "./security.ts";

// From drafts to the services: inheritance virtual server -> real server -> checker, defaults, cross checks.

/** A service with the draft it came from, for the notifications that hang on it. */
export interface ResolvedService {
  readonly server: VirtualServer;
  readonly draft: VirtualServerDraft;
  /** In the order of `server.realServers`. */
  readonly realServers: readonly RealServerDraft[];
}

export function resolveCheck(reading: Reading, draft: Draft, judge: ScriptJudge): { check: CheckConfig; services: ResolvedService[] } {
  const services = draft.virtualServers.flatMap((server) => resolveService({ reading, global: draft.global, judge }, server) ?? []);
  refuseDuplicates(reading, services);
  const { lvsFlush, lvsFlushOnStop, lvsTimeouts, rsInitNotifies } = draft.global;
  return { check: { virtualServers: services.map(({ server }) => server), lvsFlush, lvsFlushOnStop, lvsTimeouts, rsInitNotifies }, services };
}

interface Context {
  readonly reading: Reading;
  readonly global: GlobalDraft;
  readonly judge: ScriptJudge;
}

const DEFAULT_DELAY_LOOP_US = 60 * SECOND;
const DEFAULT_CONNECT_TIMEOUT_US = 5 * SECOND;
/** IPVS's own, which keepalived takes for a service that is only possible with persistence. */
const DEFAULT_PERSISTENCE_S = 360;
const DEFAULT_STATUS_CODES: CheckedUrl["statusCodes"] = [{ from: 200, to: 299 }];

/** "[192.0.2.1]:tcp:80". */
function serverLabel(address: IpAddress, protocol: Protocol | "none", port: number): string {
  return `[${address}]:${protocol}:${port}`;
}

function resolveService(context: Context, draft: VirtualServerDraft): ResolvedService | undefined {
  const { reading } = context;
  const { service, at } = draft;
  if (service.type === "group") return undefined; // refused where it was read
  const writtenLabel = service.type === "fwmark" ? `FWM ${service.fwmark}` : serverLabel(service.address, draft.protocol ?? "none", service.port);
  if (draft.realServers.length === 0) {
    reading.problem("general-error", `Virtual server ${writtenLabel} has no real servers - ignoring`, at);
    return undefined;
  }
  const family = familyOfService(draft);
  const protocol = draft.protocol ?? "udp";
  const say = (text: string): void => reading.problem("general-error", text, at);
  if (service.type === "address" && draft.protocol === undefined) say(`Virtual server ${writtenLabel}: no protocol set - defaulting to UDP`);
  const label = service.type === "fwmark" ? writtenLabel : serverLabel(service.address, protocol, service.port);
  if (draft.scheduler === undefined) say(`Virtual server ${label}: no scheduler set, setting default 'wlc'`);
  if (draft.forwarding === undefined) say(`Virtual server ${label}: no forwarding method set, setting default NAT`);
  const persistenceTimeoutS = resolvePersistence(draft, label, say);
  const onePacket = draft.onePacket && (service.type === "fwmark" || protocol === "udp");
  if (draft.onePacket && !onePacket) say(`Virtual server ${label}: one packet scheduling requires UDP - resetting`);
  if (service.type === "fwmark" && draft.haSuspend) say(`Virtual server ${label}: cannot use ha_suspend with fwmarks - clearing ha_suspend`);
  if (service.type === "fwmark" && draft.protocol !== undefined) say(`Warning: Virtual server ${label}: protocol specified for fwmark - protocol will be ignored`);
  const realProtocol = service.type === "fwmark" ? "none" : protocol;
  const servicePort = service.type === "fwmark" ? 0 : service.port;
  const forwarding = draft.forwarding ?? "NAT";
  const distinct = distinctServers(reading, draft, label, realProtocol, servicePort);
  const realServers = distinct.map((server) => resolveRealServer(context, draft, server, { protocol: realProtocol, servicePort, forwarding }));
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0);
  const key: ServiceKey = service.type === "fwmark" ? { type: "fwmark", fwmark: service.fwmark, family } : { ...service, protocol };
  const server: VirtualServer = {
    key,
    label,
    family,
    scheduler: draft.scheduler ?? "wlc",
    schedulerFlags: (["flag-1", "flag-2", "flag-3"] as const).filter((flag) => draft.schedulerFlags.has(flag)),
    forwarding,
    onePacket,
    persistenceTimeoutS,
    persistenceEngine: draft.persistenceEngine,
    persistencePrefixLength: resolveGranularity(draft, family, label, reading),
    haSuspend: draft.haSuspend && service.type !== "fwmark",
    alpha: draft.alpha ?? false,
    omega: draft.omega,
    ...resolveQuorum(draft, label, total, say),
    sorryServer: resolveSorryServer(draft, realProtocol, servicePort, forwarding),
    realServers,
  };
  return { server, draft, realServers: distinct };
}

function familyOfService({ service, family, realServers }: VirtualServerDraft): IpFamily {
  if (service.type === "address") return familyOf(service.address);
  const [first] = realServers;
  return family ?? (first === undefined ? 4 : familyOf(first.address));
}

function resolvePersistence({ service, persistenceTimeoutS = 0 }: VirtualServerDraft, label: string, say: (text: string) => void): number {
  if (service.type !== "address" || service.port !== 0 || persistenceTimeoutS !== 0) return persistenceTimeoutS;
  say(`Virtual server ${label}: zero port only valid for persistent services - setting`);
  return DEFAULT_PERSISTENCE_S;
}

function resolveGranularity({ persistenceGranularity }: VirtualServerDraft, family: IpFamily, label: string, reading: Reading): number {
  if (persistenceGranularity === undefined) return hostPrefixLength(family);
  if (persistenceGranularity.family === family) return persistenceGranularity.prefixLength;
  reading.problem("general-error", `Virtual server ${label}: persistence_granularity does not fit the address family - ignoring`, persistenceGranularity.at);
  return hostPrefixLength(family);
}

function resolveQuorum(draft: VirtualServerDraft, label: string, total: number, say: (text: string) => void): { quorum: number; hysteresis: number } {
  let { quorum, hysteresis } = draft;
  if (quorum > total) {
    say(`Warning - quorum ${quorum} for ${label} exceeds total weight of real servers ${total}, reducing quorum to ${total}`);
    quorum = total;
  }
  if (hysteresis > 0 && hysteresis >= quorum) {
    const reduced = Math.max(0, quorum - 1);
    say(`Virtual server ${label}: hysteresis ${hysteresis} >= quorum ${quorum}; setting hysteresis to ${reduced}`);
    hysteresis = reduced;
  }
  return { quorum, hysteresis };
}

function resolveSorryServer(draft: VirtualServerDraft, protocol: Protocol | "none", servicePort: number, forwarding: Forwarding): SorryServer | undefined {
  if (draft.sorryServer === undefined) return undefined;
  const { address, port = servicePort } = draft.sorryServer;
  return { address, port, forwarding: draft.sorryServerForwarding ?? forwarding, inhibit: draft.sorryServerInhibit, label: serverLabel(address, protocol, port) };
}

function distinctServers(reading: Reading, draft: VirtualServerDraft, label: string, protocol: Protocol | "none", servicePort: number): RealServerDraft[] {
  const seen = new Map<string, RealServerDraft>();
  return draft.realServers.filter((server) => {
    const { address, port = servicePort, at } = server;
    const name = serverLabel(address, protocol, port);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, server);
      return true;
    }
    reading.problem("general-error", `VS ${label}: real server ${name} is duplicated - removing second rs`, at, {
      code: "duplicate-real-server",
      remedy: "remove one of the two, or correct its address or port",
      related: [{ at: first.at, note: "the first one is here" }],
    });
    return false;
  });
}

interface ServiceSide {
  readonly protocol: Protocol | "none";
  readonly servicePort: number;
  readonly forwarding: Forwarding;
}

function resolveRealServer(context: Context, service: VirtualServerDraft, draft: RealServerDraft, side: ServiceSide): RealServer {
  const { address, port = side.servicePort } = draft;
  return {
    address,
    port,
    label: serverLabel(address, side.protocol, port),
    weight: draft.weight ?? service.weight ?? 1,
    forwarding: draft.forwarding ?? side.forwarding,
    inhibitOnFailure: draft.inhibitOnFailure ?? service.inhibitOnFailure,
    upperThreshold: draft.upperThreshold,
    lowerThreshold: draft.lowerThreshold,
    checkers: draft.checkers.flatMap((checker) => resolveChecker(context, service, { ...draft, port }, checker) ?? []),
  };
}

function resolveChecker(context: Context, service: VirtualServerDraft, server: RealServerDraft & { readonly port: number }, draft: CheckerDraft): CheckerConfig | undefined {
  const { type } = draft;
  const delayLoopUs = draft.delayLoopUs ?? server.delayLoopUs ?? service.delayLoopUs ?? DEFAULT_DELAY_LOOP_US;
  const common: CheckerCommon = {
    alpha: draft.alpha ?? server.alpha ?? service.alpha ?? false,
    retry: draft.retry ?? server.retry ?? service.retry ?? (type === "MISC_CHECK" ? 0 : 1),
    delayBeforeRetryUs: draft.delayBeforeRetryUs ?? server.delayBeforeRetryUs ?? service.delayBeforeRetryUs ?? (type === "HTTP_GET" ? 3 * SECOND : SECOND),
    delayLoopUs,
    warmupUs: draft.warmupUs ?? server.warmupUs ?? service.warmupUs ?? delayLoopUs,
    logAllFailures: draft.logAllFailures ?? context.global.checkerLogAllFailures,
  };
  if (type === "MISC_CHECK") return resolveMiscCheck(context, service, draft, common);
  const target: CheckTarget = {
    address: draft.connectAddress ?? server.address,
    port: draft.connectPort ?? server.port,
    bindAddress: draft.bindAddress,
    bindPort: draft.bindPort,
    bindInterface: draft.bindInterface,
    fwmark: draft.fwmark,
    connectTimeoutUs: draft.connectTimeoutUs ?? server.connectTimeoutUs ?? service.connectTimeoutUs ?? DEFAULT_CONNECT_TIMEOUT_US,
  };
  if (type === "TCP_CHECK") return { ...common, type, target };
  const host = draft.virtualHost ?? server.virtualHost ?? service.virtualHost ?? hostAndPort(target);
  const urls = draft.urls.map((url) => ({
    path: url.path ?? "/",
    host: url.virtualHost ?? host,
    digest: url.digest,
    statusCodes: url.statusCodes ?? DEFAULT_STATUS_CODES,
  }));
  return { ...common, type, target, httpProtocol: draft.httpProtocol, fastRecovery: draft.fastRecovery, urls };
}

function hostAndPort({ address, port }: CheckTarget): string {
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function resolveMiscCheck({ reading, judge }: Context, service: VirtualServerDraft, draft: CheckerDraft, common: CheckerCommon): CheckerConfig | undefined {
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

/** The kernel holds a service once; keepalived goes on with two that share one entry. */
function refuseDuplicates(reading: Reading, services: readonly ResolvedService[]): void {
  const seen = new Map<string, VirtualServerDraft>();
  for (const { server, draft } of services) {
    const key = server.key.type === "fwmark" ? `${server.label} inet${server.family}` : server.label;
    const first = seen.get(key);
    seen.set(key, first ?? draft);
    if (first === undefined) continue;
    reading.refuse(`a second virtual_server ${server.label}`, draft.at, {
      code: "duplicate-virtual-server",
      remedy: "put the real servers of both into one block",
      related: [{ at: first.at, note: "the first one is here" }],
    });
  }
}
