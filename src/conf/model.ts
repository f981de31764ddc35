import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { ScriptAccount } from "../base/ports.ts";
import type { Micros } from "../base/time.ts";

// The result of loading: plain readonly data, defaults already applied, units converted (Us: microseconds, S: seconds).
// Each engine is sent only its own part. Field names are the keywords in camelCase.

/** A complete configuration. */
export interface Config {
  readonly global: GlobalConfig;
  readonly vrrp: VrrpConfig;
  readonly check: CheckConfig;
  readonly notify: NotifyConfig;
}

// ---------------------------------------------------------------- process

/** What the daemon itself acts on. */
export interface GlobalConfig {
  /** Default: the host name. */
  readonly routerId: string;
  /** `instance NAME`. */
  readonly instance: string | undefined;
  readonly usePidDir: boolean;
  readonly childWaitTimeUs: Micros;
  readonly startupScript: Script | undefined;
  readonly startupScriptTimeoutUs: Micros;
  readonly shutdownScript: Script | undefined;
  readonly shutdownScriptTimeoutUs: Micros;
  readonly dynamicInterfaces: boolean;
  /** `reload_check_config [LOGFILE]`. */
  readonly reloadCheckConfig: boolean;
  /** nice value; undefined leaves it. */
  readonly vrrpPriority: number | undefined;
  /** SCHED_RR 1-99; undefined is off. */
  readonly vrrpRtPriority: number | undefined;
  readonly checkerPriority: number | undefined;
  readonly umask: number | undefined;
  /** Where the data dump goes (`state_dump_file`). */
  readonly stateDumpFile: string | undefined;
}

/** A program to run on an event or periodically, as configured; `disabled` says why it will not run. */
export interface Script {
  /** The command as written, for log lines and status. */
  readonly text: string;
  readonly argv: readonly string[];
  /** Absent: as the daemon. */
  readonly account?: ScriptAccount;
  /** Set by script security or because it is missing or not executable; one phrase. */
  readonly disabled?: string;
}

// ---------------------------------------------------------------- VRRP

export interface VrrpConfig {
  readonly instances: readonly VrrpInstance[];
  readonly syncGroups: readonly SyncGroup[];
  /** Only those that a tracker refers to. */
  readonly scripts: readonly TrackScript[];
  readonly startupDelayUs: Micros;
  readonly logUnknownVrids: boolean;
  readonly garpIntervalUs: Micros;
}

export interface VrrpInstance {
  readonly name: string;
  readonly family: IpFamily;
  readonly version: 2 | 3;
  readonly interface: string;
  readonly vrid: number;
  /** 1-255; 255 is the address owner. */
  readonly priority: number;
  /** As written, for the log and for AH; never decides that an instance starts as MASTER. */
  readonly initialState: "MASTER" | "BACKUP";
  readonly advertIntervalUs: Micros;
  readonly downTimerAdverts: number;
  readonly preempt: boolean;
  readonly preemptDelayUs: Micros;
  readonly authentication: Authentication;
  readonly multicastGroup: IpAddress;
  /** `mcast_src_ip`. */
  readonly sourceAddress: IpAddress | undefined;
  /** `virtual_ipaddress`, in order; advertised. */
  readonly virtualAddresses: readonly VirtualAddress[];
  /** `virtual_ipaddress_excluded`; owned but not advertised. */
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly garp: GarpSchedule;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly skipCheckAdvAddr: boolean;
  /** The own interface is tracked unless `dont_track_primary`. */
  readonly trackPrimary: boolean;
  readonly trackInterfaces: readonly TrackedInterface[];
  readonly trackScripts: readonly TrackedScript[];
}

export type Authentication =
  | { readonly type: "none" }
  /** Exactly 8 octets, zero padded. */
  | { readonly type: "pass"; readonly password: Uint8Array };

/** keepalived's gratuitous ARP schedule; see keepalived.conf(5), `vrrp_garp_*` and `garp_*`. */
export interface GarpSchedule {
  /** Before the second set after becoming MASTER; 0 means no second set. */
  readonly masterDelayUs: Micros;
  /** ARPs per set, at least 1. */
  readonly masterRepeat: number;
  /** 0: never. */
  readonly masterRefreshUs: Micros;
  readonly masterRefreshRepeat: number;
  readonly lowerPrioDelayUs: Micros;
  /** 0: none. */
  readonly lowerPrioRepeat: number;
}

export interface VirtualAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Default: the instance's interface. */
  readonly interface: string;
  readonly scope: number;
  readonly label: string | undefined;
  /** Already computed from `+` and `-`. */
  readonly broadcast: IpAddress | undefined;
  readonly peer: IpAddress | undefined;
  readonly home: boolean;
  readonly noPrefixRoute: boolean;
  readonly managedTemporary: boolean;
  readonly autojoin: boolean;
  /** `-nodad`: keepalived's word that turns duplicate-address detection ON for IPv6. */
  readonly duplicateDetection: boolean;
  /** Seconds; undefined is for ever. */
  readonly preferredLifetimeS: number | undefined;
  /** false with `no_track`. */
  readonly track: boolean;
}

export interface TrackedInterface {
  readonly interface: string;
  /** -253..253; 0: down means FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
}

export interface TrackedScript {
  readonly script: string;
  readonly weight: number;
  readonly reverse: boolean;
}

export interface TrackScript {
  readonly name: string;
  readonly script: Script;
  readonly intervalUs: Micros;
  readonly timeoutUs: Micros;
  readonly rise: number;
  readonly fall: number;
}

export interface SyncGroup {
  readonly name: string;
  /** Names of instances that exist. */
  readonly members: readonly string[];
  readonly trackInterfaces: readonly TrackedInterface[];
  readonly trackScripts: readonly TrackedScript[];
  readonly syncGroupTrackingWeight: boolean;
}

// ---------------------------------------------------------------- checks and IPVS

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

// ---------------------------------------------------------------- notification

/** What src/notify needs: which scripts, FIFOs and mails an event leads to. */
export interface NotifyConfig {
  readonly instances: Readonly<Record<string, VrrpNotifyTarget>>;
  readonly groups: Readonly<Record<string, VrrpNotifyTarget>>;
  /** Keyed by `VirtualServer.label`. */
  readonly virtualServers: Readonly<Record<string, QuorumNotifyTarget>>;
  readonly fifo: NotifyFifo | undefined;
  readonly vrrpFifo: NotifyFifo | undefined;
  readonly lvsFifo: NotifyFifo | undefined;
  readonly mail: MailConfig;
}

export interface VrrpNotifyTarget {
  readonly master: Script | undefined;
  readonly backup: Script | undefined;
  readonly fault: Script | undefined;
  readonly stop: Script | undefined;
  readonly deleted: Script | undefined;
  readonly masterRxLowerPri: Script | undefined;
  /** `notify`, run with INSTANCE|GROUP NAME STATE PRIORITY after the configured arguments. */
  readonly any: Script | undefined;
  readonly notifyPriorityChanges: boolean;
  /** `notify_deleted` was given (bare or with a script); otherwise DELETED is told as FAULT. */
  readonly notifyDeleted: boolean;
  readonly smtpAlert: boolean;
}

export interface QuorumNotifyTarget {
  readonly up: Script | undefined;
  readonly down: Script | undefined;
  readonly smtpAlert: boolean;
  /** Keyed by `RealServer.label`. */
  readonly realServers: Readonly<Record<string, { readonly up: Script | undefined; readonly down: Script | undefined; readonly smtpAlert: boolean }>>;
}

export interface NotifyFifo {
  readonly path: string;
  readonly owner: ScriptAccount | undefined;
  readonly script: Script | undefined;
}

export interface MailConfig {
  /** Used in subjects. */
  readonly routerId: string;
  readonly server: { readonly host: string; readonly port: number } | undefined;
  readonly heloName: string;
  readonly connectTimeoutUs: Micros;
  readonly from: string;
  readonly to: readonly string[];
  /** `no_email_faults`: no mail on FAULT. */
  readonly noFaults: boolean;
}
