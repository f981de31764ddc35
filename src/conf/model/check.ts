import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Script } from "./script.ts";

export interface CheckConfig {
  readonly virtualServers: readonly VirtualServer[];
  readonly lvsFlush: boolean;
  /** false: keep; "all": FLUSH; "services": delete services only. */
  readonly lvsFlushOnStop: false | "all" | "services";
  readonly lvsTimeouts: { readonly tcpS?: number; readonly tcpFinS?: number; readonly udpS?: number } | undefined;
  readonly rsInitNotifies: boolean;
}

export type Protocol = "tcp" | "udp" | "sctp";
export type Forwarding = "NAT" | "DR" | "TUN";

export type ServiceKey =
  | { readonly type: "address"; readonly address: IpAddress; readonly port: number; readonly protocol: Protocol }
  | { readonly type: "fwmark"; readonly fwmark: number; readonly family: IpFamily };

export interface VirtualServer {
  readonly key: ServiceKey;
  /** keepalived's name in logs, FIFO and mail: "[192.0.2.1]:tcp:80" or "FWM 1". */
  readonly label: string;
  readonly family: IpFamily;
  readonly scheduler: string;
  readonly schedulerFlags: readonly ("flag-1" | "flag-2" | "flag-3")[];
  readonly forwarding: Forwarding;
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
  readonly realServers: readonly RealServer[];
}

export interface SorryServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly forwarding: Forwarding;
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
  readonly inhibitOnFailure: boolean;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly checkers: readonly CheckerConfig[];
}

/** What every checker has; inheritance virtual server -> real server -> checker is already applied. */
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

export type CheckerConfig =
  | (CheckerCommon & { readonly type: "TCP_CHECK"; readonly target: CheckTarget })
  | (CheckerCommon & {
      readonly type: "HTTP_GET";
      readonly target: CheckTarget;
      readonly httpProtocol: "1.0" | "1.0C" | "1.1";
      readonly fastRecovery: boolean;
      readonly urls: readonly CheckedUrl[];
    })
  | (CheckerCommon & {
      readonly type: "MISC_CHECK";
      readonly script: Script;
      readonly timeoutUs: Micros;
      readonly dynamic: boolean;
    });

export interface CheckedUrl {
  readonly path: string;
  /** The Host header, by keepalived's order: url, checker, real server, virtual server, else "address:port". */
  readonly host: string;
  /** Lower-case hexadecimal MD5 of the body. */
  readonly digest: string | undefined;
  /** Inclusive ranges; default 200-299. */
  readonly statusCodes: readonly { readonly from: number; readonly to: number }[];
}
