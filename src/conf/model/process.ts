import type { IpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Script } from "./script.ts";
import type { GarpSchedule } from "./vrrp.ts";

/** What the daemon itself acts on. */
export interface GlobalConfig {
  /** Default: the host name. */
  readonly routerId: string;
  /** `instance NAME`. */
  readonly instance: string | undefined;
  readonly netNamespace: string | undefined;
  /** "" is the namespace that the daemon was started in; undefined: `netNamespace`. */
  readonly netNamespaceIpvs: string | undefined;
  readonly namespaceWithIpsets: boolean;
  readonly usePidDir: boolean;
  readonly childWaitTimeUs: Micros;
  readonly startupScript: Script | undefined;
  readonly startupScriptTimeoutUs: Micros;
  readonly shutdownScript: Script | undefined;
  readonly shutdownScriptTimeoutUs: Micros;
  readonly dynamicInterfaces: boolean;
  /** `dynamic_interfaces allow_if_changes`. */
  readonly allowIfChanges: boolean;
  /** Device of static addresses, routes and rules that name none; "eth0" unless written. */
  readonly defaultInterface: string;
  readonly umask: number | undefined;
  readonly randomSeed: number | undefined;
  readonly configSaveDir: string | undefined;
  readonly tmpConfigDirectory: string | undefined;
  /** Where iproute2's name tables are; undefined: where the distribution has them. */
  readonly iproute: { readonly usrDir: string | undefined; readonly etcDir: string | undefined };
  readonly processNames: ProcessNames;
  readonly scheduling: Scheduling;
  readonly scripts: ScriptDefaults;
  /** Defaults already handed down; undefined: not written. */
  readonly smtpAlert: { readonly all: boolean | undefined; readonly vrrp: boolean | undefined; readonly checker: boolean | undefined };
  readonly reload: ReloadConfig;
  readonly dumps: DumpConfig;
  readonly snmp: SnmpConfig;
  readonly dbus: { readonly enabled: boolean; readonly serviceName: string; readonly noInterfaceName: string | undefined };
  readonly receiveBuffers: Readonly<Record<"vrrpCommand" | "vrrpMonitor" | "lvsCommand" | "lvsMonitor" | "processMonitor", ReceiveBuffer>>;
  readonly vrrp: VrrpDefaults;
}

export interface ProcessNames {
  /** `process_names`: each kind of process has keepalived's name for it where none is given below. */
  readonly distinct: boolean;
  readonly parent: string | undefined;
  readonly vrrp: string | undefined;
  readonly checker: string | undefined;
  readonly bfd: string | undefined;
}

export interface Scheduling {
  /** -1: never, 0: off, else the highest real-time priority that lateness may lead to. */
  readonly maxAutoPriority: number;
  readonly minAutoPriorityDelayUs: Micros;
  readonly vrrp: ProcessScheduling;
  readonly checker: ProcessScheduling;
  readonly bfd: ProcessScheduling;
}

export interface ProcessScheduling {
  /** nice value; undefined leaves it. */
  readonly priority: number | undefined;
  readonly noSwap: boolean;
  /** SCHED_RR 1-99; undefined is off. */
  readonly rtPriority: number | undefined;
  /** CPU numbers; empty: all. */
  readonly cpuAffinity: readonly number[];
  readonly rlimitRttimeUs: Micros;
}

/** How scripts run that say nothing themselves; already applied to each. */
export interface ScriptDefaults {
  readonly enableScriptSecurity: boolean;
  readonly useSymlinkPaths: boolean;
  readonly supplementaryGroups: boolean;
  readonly user: { readonly uid: number; readonly gid: number; readonly user: string } | undefined;
}

export interface ReloadConfig {
  /** `reload_check_config [LOGFILE]`. */
  readonly checkConfig: boolean;
  readonly checkLog: string;
  readonly timeFile: string | undefined;
  readonly repeat: boolean;
  /** `reload_file [PATH]`; path undefined: in the run directory. */
  readonly file: { readonly path: string | undefined } | undefined;
}

export interface DumpConfig {
  /** Where the data dump goes (`state_dump_file`). */
  readonly state: string | undefined;
  readonly stats: string | undefined;
  readonly json: string | undefined;
  readonly jsonVersion: number;
  /** Names of dump files carry instance and namespace. */
  readonly useInstance: boolean;
}

export interface IpsetNames {
  readonly address: string;
  readonly address6: string;
  readonly addressIf6: string;
  readonly igmp: string;
  readonly mld: string;
  readonly nd: string;
}

export interface FirewallConfig {
  readonly iptables: { readonly inChain: string; readonly outChain: string } | undefined;
  /** undefined: not written; "off": the bare keyword. */
  readonly ipsets: IpsetNames | "off" | undefined;
  readonly nftables: {
    /** undefined: chosen when something needs it. */
    readonly table: string | undefined;
    readonly priority: number;
    readonly ifindex: boolean;
    readonly counters: boolean;
  };
  /** The kernel reports no IPv4 groups of 224.0.0.0/24 at all: nothing needs to be done about those of VMAC interfaces. */
  readonly disableLocalIgmp: boolean;
}

export interface SnmpConfig {
  readonly socket: string | undefined;
  readonly traps: boolean;
  readonly vrrp: boolean;
  readonly rfcV2: boolean;
  readonly rfcV3: boolean;
  readonly checker: boolean;
  readonly vsStatsIntervalUs: Micros;
  readonly rsStatsIntervalUs: Micros;
}

export interface ReceiveBuffer {
  /** undefined: the kernel's default. */
  readonly bytes: number | undefined;
  /** Beyond rmem_max. */
  readonly force: boolean;
}

/** A fixed number of bytes, or what the MTU or the largest advert asks for. */
export type ReceiveBufferPolicy = "mtu" | "advert" | { readonly bytes: number };

/** What `vrrp_*` in `global_defs` says; where an instance has a keyword of its own, already handed down to it. */
export interface VrrpDefaults {
  readonly version: 2 | 3;
  readonly strict: boolean;
  readonly multicastGroup4: IpAddress;
  readonly multicastGroup6: IpAddress;
  readonly garp: GarpSchedule;
  /** intervalUs 0: off. */
  readonly garpExtraIf: { readonly intervalUs: Micros; readonly all: boolean };
  readonly downTimerAdverts: number;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly skipCheckAdvAddr: boolean;
  readonly checkUnicastSrc: boolean;
  readonly v3ChecksumAsV2: boolean;
  readonly notifyPriorityChanges: boolean;
  readonly fifoWriteStatesOnReload: boolean;
  readonly delayAfterBootUs: Micros;
  /** policy undefined: the kernel's. */
  readonly rxBuffers: { readonly policy: ReceiveBufferPolicy | undefined; readonly multiplier: number };
}
