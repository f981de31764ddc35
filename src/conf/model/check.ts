import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { CheckerConfig } from "./checkers.ts";

export interface CheckConfig {
  readonly virtualServers: readonly VirtualServer[];
  /** Those that a service may name, whether one does or not. */
  readonly groups: readonly VirtualServerGroup[];
  /** Credentials of SSL_GET; undefined: no `SSL` block. */
  readonly ssl: TlsCredentials | undefined;
  readonly lvsFlush: boolean;
  /** false: keep; "all": FLUSH; "services": delete services only. */
  readonly lvsFlushOnStop: false | "all" | "services";
  readonly lvsTimeouts: { readonly tcpS?: number; readonly tcpFinS?: number; readonly udpS?: number } | undefined;
  readonly lvsSyncDaemon: LvsSyncDaemon | undefined;
  /** Group addresses to firewall marks by nftables; table undefined: off. */
  readonly nftablesIpvs: { readonly table: string | undefined; readonly priority: number; readonly startFwmark: number };
  readonly rsInitNotifies: boolean;
  /** No mail for each checker, only for services. */
  readonly noCheckerEmails: boolean;
  /** The default; already handed down to each checker. */
  readonly logAllFailures: boolean;
}

/** Paths, and the pass phrase of the key as written. */
export interface TlsCredentials {
  readonly password: string | undefined;
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** The kernel's connection synchronisation; undefined: the kernel's default. */
export interface LvsSyncDaemon {
  readonly interface: string;
  /** The instance that says which of the two daemons runs; undefined: both. */
  readonly instance: string | undefined;
  /** Default: the VRID of the instance. */
  readonly id: number | undefined;
  readonly maxlen: number | undefined;
  readonly port: number | undefined;
  readonly ttl: number | undefined;
  readonly group: IpAddress | undefined;
}

export type Protocol = "tcp" | "udp" | "sctp";
export type Forwarding = "NAT" | "DR" | "TUN";

/** How TUN packs, where it is not plain IP in IP. */
export type Tunnel =
  | { readonly type: "gue"; readonly port: number; readonly checksum: "nocsum" | "csum" | "remcsum" }
  | { readonly type: "gre"; readonly checksum: "nocsum" | "csum" };

/** One service of the kernel's table. */
export type ServiceKey =
  | { readonly type: "address"; readonly address: IpAddress; readonly port: number; readonly protocol: Protocol }
  | { readonly type: "fwmark"; readonly fwmark: number; readonly family: IpFamily };

/** Every service that the entries of a `virtual_server_group` stand for. */
export interface GroupReference {
  readonly type: "group";
  readonly group: string;
  /** Of the virtual servers that name the group, from 0; part of the label. */
  readonly index: number;
  /** undefined: the group holds firewall marks alone, and none was written. */
  readonly protocol: Protocol | undefined;
  /** `ip_family`, for the firewall marks that say none; undefined: that of the real servers. */
  readonly family: IpFamily | undefined;
}

export interface VirtualServerGroup {
  readonly name: string;
  /** At least one, in the order of the file. */
  readonly entries: readonly GroupEntry[];
}

/** port 0: every port. */
export type GroupEntry =
  | { readonly type: "address"; readonly address: IpAddress; readonly port: number }
  /** Both ends included; a service each. */
  | { readonly type: "range"; readonly first: IpAddress; readonly last: IpAddress; readonly port: number }
  /** Host bits are zero; a service for each address. */
  | { readonly type: "network"; readonly address: IpAddress; readonly prefixLength: number; readonly port: number }
  | { readonly type: "fwmark"; readonly fwmark: number; readonly family: IpFamily | undefined };

export interface VirtualServer {
  readonly key: ServiceKey | GroupReference;
  /** keepalived's name in logs, FIFO and mail: "[192.0.2.1]:tcp:80", "FWM 1" or "[GROUP]:0". */
  readonly label: string;
  /** Of a group: that of `ip_family`, else of its first entry. */
  readonly family: IpFamily;
  readonly scheduler: string;
  readonly schedulerFlags: readonly ("flag-1" | "flag-2" | "flag-3")[];
  readonly forwarding: Forwarding;
  /** Of TUN; absent: plain IP in IP. */
  readonly tunnel?: Tunnel;
  readonly onePacket: boolean;
  /** Seconds; 0 is off. */
  readonly persistenceTimeoutS: number;
  readonly persistenceEngine: string | undefined;
  /** Prefix length of persistence; 32 or 128 unless `persistence_granularity`. */
  readonly persistencePrefixLength: number;
  readonly haSuspend: boolean;
  readonly alpha: boolean;
  readonly omega: boolean;
  /** Already reduced to what the weights allow. */
  readonly quorum: number;
  readonly hysteresis: number;
  readonly sorryServer: SorryServer | undefined;
  /** As written; checks have it handed down. */
  readonly virtualHost?: string;
  readonly snmpName?: string;
  readonly realServers: readonly RealServer[];
}

export interface SorryServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly forwarding: Forwarding;
  readonly tunnel?: Tunnel;
  readonly inhibit: boolean;
  readonly label: string;
}

export interface RealServer {
  readonly address: IpAddress;
  readonly port: number;
  /** "[192.0.2.10]:tcp:80". */
  readonly label: string;
  readonly weight: number;
  readonly forwarding: Forwarding;
  readonly tunnel?: Tunnel;
  readonly inhibitOnFailure: boolean;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly virtualHost?: string;
  readonly snmpName?: string;
  readonly checkers: readonly CheckerConfig[];
}
