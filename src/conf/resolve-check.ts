import { familyOf, hostPrefixLength } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { Draft, ForwardingDraft, RealServerDraft, ServiceDraft, VirtualServerDraft } from "./drafts.ts";
import type { BfdConfig, CheckConfig, Protocol, RealServer, SorryServer, Tunnel, VirtualServer, VirtualServerGroup } from "./model.ts";
import type { Reading } from "./reading.ts";
import { resolveChecker } from "./resolve-checkers.ts";
import type { CheckContext } from "./resolve-checkers.ts";
import { resolveGroups, resolveSyncDaemon } from "./resolve-lvs.ts";
import type { ScriptJudge } from "./security.ts";

// From drafts to the services: inheritance virtual server -> real server -> checker, defaults, cross checks.

/** A service with the draft it came from, for the notifications that hang on it. */
export interface ResolvedService {
  readonly server: VirtualServer;
  readonly draft: VirtualServerDraft;
  /** In the order of `server.realServers`. */
  readonly realServers: readonly RealServerDraft[];
}

export function resolveCheck(reading: Reading, draft: Draft, bfd: BfdConfig, judge: ScriptJudge): { check: CheckConfig; services: ResolvedService[] } {
  const groups = resolveGroups(reading, draft.serverGroups);
  const context: Context = { reading, draft, bfds: new Set(bfd.instances.map(({ name }) => name)), judge, groups: new Map(groups.map((group) => [group.name, group])), uses: new Map() };
  const services = draft.virtualServers.flatMap((server) => resolveService(context, withoutMisfits(reading, server)) ?? []);
  refuseDuplicates(reading, services);
  const { global, ssl } = draft;
  const { lvsFlush, lvsFlushOnStop, lvsTimeouts, rsInitNotifies, noCheckerEmails, nftablesIpvs } = global;
  const check: CheckConfig = {
    virtualServers: services.map(({ server }) => server),
    groups,
    ssl: ssl === undefined ? undefined : { password: ssl.password, ca: ssl.ca, certificate: ssl.certificate, key: ssl.key },
    lvsFlush,
    lvsFlushOnStop,
    lvsTimeouts,
    lvsSyncDaemon: resolveSyncDaemon(reading, draft),
    nftablesIpvs: { table: nftablesIpvs.table, priority: nftablesIpvs.priority ?? -1, startFwmark: nftablesIpvs.startFwmark ?? FIRST_FWMARK },
    rsInitNotifies,
    noCheckerEmails,
    logAllFailures: global.checkerLogAllFailures,
  };
  return { check, services };
}

/** Says what is wrong with a service, and what to do; `keyword` is the one that it is about. */
type Say = (text: string, remedy: string, keyword?: string) => void;

interface Context extends CheckContext {
  readonly groups: ReadonlyMap<string, VirtualServerGroup>;
  /** How many virtual servers have named a group so far. */
  readonly uses: Map<string, number>;
}

/** IPVS's own, which keepalived takes for a service that is only possible with persistence. */
const DEFAULT_PERSISTENCE_S = 360;
const FIRST_FWMARK = 1000;

/** "[192.0.2.1]:tcp:80". */
function serverLabel(address: IpAddress, protocol: Protocol | "none", port: number): string {
  return `[${address}]:${protocol}:${port}`;
}

/**
 * Without the servers of another family that came in while the service was still TUN: keepalived takes the file, but no
 * kernel takes the server.
 */
function withoutMisfits(reading: Reading, draft: VirtualServerDraft): VirtualServerDraft {
  const family = familyOfService(draft);
  const fits = (address: IpAddress, own: ForwardingDraft | undefined): boolean => (own ?? draft.forwarding)?.method === "TUN" || familyOf(address) === family;
  const realServers = draft.realServers.filter(({ at, address, forwarding }) => {
    if (fits(address, forwarding)) return true;
    reading.refuse(`real_server ${at.text} of another address family than its service, without TUN`, at);
    return false;
  });
  return realServers.length === draft.realServers.length ? draft : { ...draft, realServers };
}

function resolveService(context: Context, draft: VirtualServerDraft): ResolvedService | undefined {
  const { reading } = context;
  const { at } = draft;
  const say: Say = (text, remedy, keyword = "") => reading.problem("general-error", text, reading.written(at, keyword) ?? at, { remedy });
  const identity = identify(context, draft, say);
  if (identity === undefined) return undefined;
  const { key, label, protocol, family } = identity;
  if (draft.scheduler === undefined) say(`Virtual server ${label}: no scheduler set, setting default 'wlc'`, "write lb_algo, e.g. 'lb_algo wlc'");
  if (draft.forwarding === undefined) say(`Virtual server ${label}: no forwarding method set, setting default NAT`, "write lb_kind, e.g. 'lb_kind NAT'");
  const persistenceTimeoutS = draft.persistenceTimeoutS ?? (identity.zeroPort ? DEFAULT_PERSISTENCE_S : 0);
  if (draft.persistenceTimeoutS === undefined && identity.zeroPort) say(`Virtual server ${label}: zero port only valid for persistent services - setting`, "write persistence_timeout, or the port of the service");
  const onePacket = draft.onePacket && (protocol === "none" || protocol === "udp");
  if (draft.onePacket && !onePacket) say(`Virtual server ${label}: one packet scheduling requires UDP - resetting`, "remove ops, or write 'protocol UDP'", "ops");
  const { method, tunnel } = draft.forwarding ?? NAT;
  const side: ServiceSide = { draft, identity, forwarding: draft.forwarding ?? NAT };
  const distinct = distinctServers(reading, settlePorts(reading, side), side);
  const realServers = distinct.map((server) => resolveRealServer(context, server, side));
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0);
  const server: VirtualServer = {
    key,
    label,
    family,
    scheduler: draft.scheduler ?? "wlc",
    schedulerFlags: (["flag-1", "flag-2", "flag-3"] as const).filter((flag) => draft.schedulerFlags.has(flag)),
    forwarding: method,
    ...tunnelOf(tunnel),
    onePacket,
    persistenceTimeoutS,
    persistenceEngine: draft.persistenceEngine,
    persistencePrefixLength: resolveGranularity(draft, family, label, reading),
    haSuspend: draft.haSuspend && key.type !== "fwmark",
    alpha: draft.alpha ?? false,
    omega: draft.omega,
    ...resolveQuorum(draft, label, total, say),
    sorryServer: resolveSorryServer(reading, side),
    ...names(draft),
    realServers,
  };
  return { server, draft, realServers: distinct };
}

const NAT: ForwardingDraft = { method: "NAT", tunnel: undefined };

function tunnelOf(tunnel: Tunnel | undefined): { tunnel?: Tunnel } {
  return tunnel === undefined ? {} : { tunnel };
}

function names({ virtualHost, snmpName }: Pick<RealServerDraft, "virtualHost" | "snmpName">): { virtualHost?: string; snmpName?: string } {
  return { ...(virtualHost === undefined ? {} : { virtualHost }), ...(snmpName === undefined ? {} : { snmpName }) };
}

/** What the kernel, or a group of its services, is called. */
interface Identity {
  readonly key: VirtualServer["key"];
  readonly label: string;
  /** Of labels and real servers; "none" for firewall marks. */
  readonly protocol: Protocol | "none";
  readonly family: IpFamily;
  /** Where real servers go that name no port. */
  readonly port: number;
  /** A service for every port, which the kernel only takes with persistence. */
  readonly zeroPort: boolean;
}

/** Undefined, after a message, when keepalived would drop the service. */
function identify(context: Context, draft: VirtualServerDraft, say: Say): Identity | undefined {
  const { service } = draft;
  if (service.type === "group") return identifyGroup(context, draft, service, say);
  const written = service.type === "fwmark" ? `FWM ${service.fwmark}` : serverLabel(service.address, draft.protocol ?? "none", service.port);
  if (draft.realServers.length === 0) {
    say(`Virtual server ${written} has no real servers - ignoring`, "write a real_server block in it");
    return undefined;
  }
  const family = familyOfService(draft);
  if (service.type === "fwmark") {
    if (draft.haSuspend) say(`Virtual server ${written}: cannot use ha_suspend with fwmarks - clearing ha_suspend`, "remove ha_suspend", "ha_suspend");
    if (draft.protocol !== undefined) say(`Warning: Virtual server ${written}: protocol specified for fwmark - protocol will be ignored`, "remove protocol: the mark decides", "protocol");
    return { key: { type: "fwmark", fwmark: service.fwmark, family }, label: written, protocol: "none", family, port: 0, zeroPort: false };
  }
  if (draft.protocol === undefined) say(`Virtual server ${written}: no protocol set - defaulting to UDP`, "write 'protocol TCP' or 'protocol UDP'");
  const protocol = draft.protocol ?? "udp";
  const { address, port } = service;
  return { key: { type: "address", address, port, protocol }, label: serverLabel(address, protocol, port), protocol, family, port, zeroPort: port === 0 };
}

function identifyGroup(context: Context, draft: VirtualServerDraft, { name: { text: name, ...place } }: ServiceDraft & { type: "group" }, say: Say): Identity | undefined {
  const index = context.uses.get(name) ?? 0;
  context.uses.set(name, index + 1);
  const label = `[${name}]:${index}`;
  const group = context.groups.get(name);
  if (group === undefined) {
    context.reading.problem("general-error", `Virtual server group ${name} specified but not configured - ignoring virtual server ${label}`, { text: name, ...place }, {
      code: "unknown-name",
      remedy: `define virtual_server_group ${name}, or correct the name`,
    });
    return undefined;
  }
  if (draft.realServers.length === 0) {
    say(`Virtual server ${label} has no real servers - ignoring`, "write a real_server block in it");
    return undefined;
  }
  const marks = group.entries.filter((entry) => entry.type === "fwmark");
  const marksOnly = marks.length === group.entries.length;
  if (!marksOnly && draft.protocol === undefined) say(`Virtual server ${label}: no protocol set - defaulting to UDP`, "write 'protocol TCP' or 'protocol UDP'");
  // keepalived warns of it only where no mark names its family.
  if (marksOnly && draft.protocol !== undefined && marks.every((mark) => mark.family === undefined)) {
    say(`Warning: Virtual server ${label}: protocol specified for fwmark - protocol will be ignored`, "remove protocol: the mark decides", "protocol");
  }
  const protocol = marksOnly ? undefined : (draft.protocol ?? "udp");
  const [first] = group.entries;
  const ofFirst = first === undefined ? undefined : first.type === "fwmark" ? first.family : familyOf(first.type === "range" ? first.first : first.address);
  return {
    key: { type: "group", group: name, index, protocol, family: draft.family },
    label,
    protocol: protocol ?? "none",
    family: draft.family ?? ofFirst ?? familyOfService(draft),
    port: 0,
    zeroPort: group.entries.some((entry) => entry.type !== "fwmark" && entry.port === 0),
  };
}

function familyOfService({ service, family, realServers }: VirtualServerDraft): IpFamily {
  if (service.type === "address") return familyOf(service.address);
  const [first] = realServers;
  return family ?? (first === undefined ? 4 : familyOf(first.address));
}

function resolveGranularity({ persistenceGranularity }: VirtualServerDraft, family: IpFamily, label: string, reading: Reading): number {
  if (persistenceGranularity === undefined) return hostPrefixLength(family);
  if (persistenceGranularity.family === family) return persistenceGranularity.prefixLength;
  reading.problem("general-error", `Virtual server ${label}: persistence_granularity does not fit the address family - ignoring`, persistenceGranularity.at, { remedy: "write a netmask for IPv4, a prefix length for IPv6" });
  return hostPrefixLength(family);
}

function resolveQuorum(draft: VirtualServerDraft, label: string, total: number, say: Say): { quorum: number; hysteresis: number } {
  let { quorum, hysteresis } = draft;
  if (quorum > total) {
    say(`Warning - quorum ${quorum} for ${label} exceeds total weight of real servers ${total}, reducing quorum to ${total}`, `write a quorum of at most ${total}, or more real servers or weight`, "quorum");
    quorum = total;
  }
  if (hysteresis > 0 && hysteresis >= quorum) {
    const reduced = Math.max(0, quorum - 1);
    say(`Virtual server ${label}: hysteresis ${hysteresis} >= quorum ${quorum}; setting hysteresis to ${reduced}`, `write a hysteresis of at most ${reduced}`, "hysteresis");
    hysteresis = reduced;
  }
  return { quorum, hysteresis };
}

/** The service as its real servers see it. */
interface ServiceSide {
  readonly draft: VirtualServerDraft;
  readonly identity: Identity;
  readonly forwarding: ForwardingDraft;
}

/** A real server whose port is decided. */
type PortedServer = RealServerDraft & { readonly port: number; readonly checkedPort: number };

/** Direct routing and tunnels translate no port: what is written in vain is said, and dropped. */
function settlePorts(reading: Reading, { draft, identity, forwarding }: ServiceSide): PortedServer[] {
  const { key, label, protocol, port: servicePort } = identity;
  return draft.realServers.map((server) => {
    const { at, address, port: written = servicePort } = server;
    const name = serverLabel(address, protocol, written);
    const say: Say = (text, remedy) => reading.problem("general-error", text, at, { severity: "warning", remedy });
    let port = written;
    if ((server.forwarding ?? forwarding).method !== "NAT" && written !== servicePort) {
      if (key.type === "address") {
        say(`WARNING - virtual server ${label} and real server ${name} ports don't match - resetting`, "with this lb_kind, write the port of the virtual server, or none");
        port = servicePort;
      } else if (key.type === "fwmark") {
        say(`WARNING - fwmark virtual server ${label}, real server ${name} has port specified - clearing`, "remove the port");
        port = 0;
      }
    }
    return { ...server, port, checkedPort: written === 0 ? port : written };
  });
}

function resolveSorryServer(reading: Reading, { draft, identity, forwarding }: ServiceSide): SorryServer | undefined {
  if (draft.sorryServer === undefined) return undefined;
  const { at, address, port: written = identity.port } = draft.sorryServer;
  const { method, tunnel } = draft.sorryServerForwarding ?? forwarding;
  const { key, label, protocol } = identity;
  let port = written;
  if (method !== "NAT" && written !== identity.port && key.type !== "group") {
    const what = key.type === "address" ? `virtual server ${label} and sorry server ports don't match - resetting` : `virtual server ${label}, sorry server has port specified - clearing`;
    reading.problem("general-error", `WARNING - ${what}`, at, { severity: "warning", remedy: "with this lb_kind, write the port of the virtual server, or none" });
    port = identity.port;
  }
  return { address, port, forwarding: method, ...tunnelOf(tunnel), inhibit: draft.sorryServerInhibit, label: serverLabel(address, protocol, port) };
}

function distinctServers(reading: Reading, servers: readonly PortedServer[], { identity }: ServiceSide): PortedServer[] {
  const seen = new Map<string, RealServerDraft>();
  return servers.filter((server) => {
    const { address, port, at } = server;
    const name = serverLabel(address, identity.protocol, port);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, server);
      return true;
    }
    reading.problem("general-error", `VS ${identity.label}: real server ${name} is duplicated - removing second rs`, at, {
      code: "duplicate-real-server",
      remedy: "remove one of the two, or correct its address or port",
      related: [{ at: first.at, note: "the first one is here" }],
    });
    return false;
  });
}

function resolveRealServer(context: Context, server: PortedServer, { draft: service, identity, forwarding }: ServiceSide): RealServer {
  const { address, port } = server;
  const label = serverLabel(address, identity.protocol, port);
  const { method, tunnel } = server.forwarding ?? forwarding;
  const place = { service, server, port: server.checkedPort, label };
  return {
    address,
    port,
    label,
    weight: server.weight ?? service.weight ?? 1,
    forwarding: method,
    ...tunnelOf(tunnel),
    inhibitOnFailure: server.inhibitOnFailure ?? service.inhibitOnFailure,
    upperThreshold: server.upperThreshold,
    lowerThreshold: server.lowerThreshold,
    ...names(server),
    checkers: server.checkers.flatMap((checker) => resolveChecker(context, place, checker) ?? []),
  };
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
