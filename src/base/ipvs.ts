import type { IpAddress, IpFamily } from "./ip.ts";

/** What identifies a virtual service in the kernel's IPVS table. */
export type IpvsServiceKey =
  | {
      readonly type: "address";
      readonly family: IpFamily;
      readonly protocol: "tcp" | "udp" | "sctp";
      readonly address: IpAddress;
      readonly port: number;
    }
  | { readonly type: "fwmark"; readonly family: IpFamily; readonly fwmark: number };

export interface IpvsService {
  readonly key: IpvsServiceKey;
  /** Kernel module name without "ip_vs_", e.g. "wrr". */
  readonly scheduler: string;
  /** IP_VS_SVC_F_PERSISTENT; `timeoutS` is the persistence timeout. */
  readonly persistent: boolean;
  /** IP_VS_SVC_F_HASHED: set by the kernel, only in what it reports; never compared. */
  readonly hashed?: boolean;
  readonly onePacket: boolean;
  /** IP_VS_SVC_F_SCHED1..3 bits: 0x08, 0x10, 0x20. */
  readonly schedFlags: number;
  readonly timeoutS: number;
  /** Granularity of persistence: 0-32 or 0-128; the whole address unless persistent. */
  readonly prefixLength: number;
  /** Persistence engine, e.g. "sip". */
  readonly persistenceEngine: string | undefined;
}

export interface IpvsDestination {
  readonly address: IpAddress;
  readonly family: IpFamily;
  readonly port: number;
  readonly forwarding: "NAT" | "DR" | "TUN" | "LOCAL" | "BYPASS";
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** Only in what the kernel reports. */
  readonly activeConnections?: number;
  readonly inactiveConnections?: number;
}

/** `ipvsadm --set`: 0 leaves a value as it is when set. */
export interface IpvsTimeouts {
  readonly tcpS: number;
  readonly tcpFinS: number;
  readonly udpS: number;
}

/** The kernel's table; synchronous; every refusal is a KernelError (ENOENT, EEXIST, ESRCH ...). */
export interface IpvsTable {
  /** e.g. "1.2.1". @throws KernelError ENOENT when there is no IPVS in this kernel */
  version(): string;
  services(): IpvsService[];
  destinations(service: IpvsServiceKey): IpvsDestination[];
  addService(service: IpvsService): void;
  /** Changes everything but the key. */
  setService(service: IpvsService): void;
  deleteService(service: IpvsServiceKey): void;
  addDestination(service: IpvsServiceKey, destination: IpvsDestination): void;
  setDestination(service: IpvsServiceKey, destination: IpvsDestination): void;
  deleteDestination(service: IpvsServiceKey, destination: IpvsDestination): void;
  /** Removes every service. */
  flush(): void;
  timeouts(): IpvsTimeouts;
  setTimeouts(timeouts: IpvsTimeouts): void;
}

/** A connection synchronisation daemon of the kernel (`lvs_sync_daemon`). What is absent is the kernel's default. */
export interface IpvsSyncDaemon {
  readonly role: "master" | "backup";
  readonly interfaceName: string;
  readonly syncId: number;
  /** Payload of a datagram, octets. */
  readonly maxLength?: number;
  readonly group?: IpAddress;
  readonly port?: number;
  readonly ttl?: number;
}
