import type { IpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";
import type { IpsetNames, ReceiveBufferPolicy } from "../model.ts";
import type { ScriptDraft } from "../script.ts";
import type { GarpDraft } from "./vrrp.ts";

export interface FifoDraft {
  path?: Word;
  owner?: readonly Word[];
  script?: ScriptDraft;
}

/** `lvs_sync_daemon`. */
export interface SyncDaemonDraft {
  readonly at: Word;
  readonly interface: Word;
  instance?: Word;
  id?: number;
  maxlen?: number;
  port?: number;
  ttl?: number;
  group?: IpAddress;
}

/** What one kind of process gets from the scheduler; see ProcessScheduling. */
export interface SchedulingDraft {
  priority?: number;
  noSwap: boolean;
  rtPriority?: number;
  cpuAffinity?: readonly number[];
  rlimitRttimeUs?: Micros;
}

export interface ReceiveBufferDraft {
  bytes?: number;
  force: boolean;
}

/** `global_defs`, and what stands outside every block and concerns the process. */
export interface GlobalDraft {
  routerId?: string;
  instance?: string;
  netNamespace?: string;
  /** "" is the default namespace. */
  netNamespaceIpvs?: string;
  namespaceWithIpsets: boolean;
  usePidDir: boolean;
  childWaitTimeUs?: Micros;
  startupScript?: ScriptDraft;
  startupScriptTimeoutUs?: Micros;
  shutdownScript?: ScriptDraft;
  shutdownScriptTimeoutUs?: Micros;
  dynamicInterfaces: boolean;
  allowIfChanges: boolean;
  /** For static addresses, routes and rules without `dev`. */
  defaultInterface?: Word;
  umask?: number;
  randomSeed?: number;
  configSaveDir?: string;
  tmpConfigDirectory?: string;
  iprouteUsrDir?: string;
  iprouteEtcDir?: string;
  readonly processNames: { distinct: boolean; parent?: string; vrrp?: string; checker?: string; bfd?: string };
  readonly scheduling: {
    maxAutoPriority?: number;
    minAutoPriorityDelayUs?: Micros;
    readonly vrrp: SchedulingDraft;
    readonly checker: SchedulingDraft;
    readonly bfd: SchedulingDraft;
  };
  readonly reload: { checkConfig: boolean; checkLog?: string; timeFile?: string; repeat: boolean; file: boolean; filePath?: string };
  readonly dumps: { state?: string; stats?: string; json?: string; jsonVersion?: number; useInstance: boolean };
  readonly firewall: {
    iptables?: { readonly inChain: string; readonly outChain: string };
    ipsets?: IpsetNames | "off";
    nftables?: string;
    priority?: number;
    ifindex: boolean;
    counters: boolean;
    disableLocalIgmp: boolean;
  };
  readonly snmp: {
    socket?: string;
    traps: boolean;
    vrrp: boolean;
    rfcV2: boolean;
    rfcV3: boolean;
    checker: boolean;
    vsStatsIntervalUs?: Micros;
    rsStatsIntervalUs?: Micros;
  };
  readonly dbus: { enabled: boolean; serviceName?: string; noInterfaceName?: string };
  readonly receiveBuffers: Readonly<Record<"vrrpCommand" | "vrrpMonitor" | "lvsCommand" | "lvsMonitor" | "processMonitor", ReceiveBufferDraft>>;

  emailFrom?: string;
  emailTo: string[];
  smtpServer?: { host: string; port: number };
  smtpHeloName?: string;
  smtpConnectTimeoutUs?: Micros;
  smtpAlert?: boolean;
  smtpAlertVrrp?: boolean;
  smtpAlertChecker?: boolean;
  noEmailFaults: boolean;
  fifo: FifoDraft;
  vrrpFifo: FifoDraft;
  lvsFifo: FifoDraft;
  notifyPriorityChanges: boolean;
  fifoWriteStatesOnReload: boolean;

  scriptUser?: { uid: number; gid: number; user: string };
  scriptSecurity: boolean;
  useSymlinkPaths: boolean;
  supplementaryGroups: boolean;

  version?: 2 | 3;
  strict: boolean;
  mcastGroup4?: IpAddress;
  mcastGroup6?: IpAddress;
  garp: GarpDraft;
  garpIntervalUs?: Micros;
  gnaIntervalUs?: Micros;
  /** `vrrp_garp_extra_if`; all: also on interfaces without a VMAC. */
  garpExtraIf?: { readonly intervalUs: Micros; readonly all: boolean };
  downTimerAdverts?: number;
  lowerPrioNoAdvert: boolean;
  higherPrioSendAdvert: boolean;
  ownerIgnoreAdverts: boolean;
  skipCheckAdvAddr: boolean;
  checkUnicastSrc: boolean;
  v3ChecksumAsV2: boolean;
  startupDelayUs?: Micros;
  delayAfterBootUs?: Micros;
  logUnknownVrids: boolean;
  rxBuffersPolicy?: ReceiveBufferPolicy;
  rxBuffersMultiplier?: number;
  vmacPrefix?: string;
  vmacAddrPrefix?: string;

  checkerLogAllFailures: boolean;
  noCheckerEmails: boolean;
  lvsFlush: boolean;
  lvsFlushOnStop: false | "all" | "services";
  lvsTimeouts?: { tcpS?: number; tcpFinS?: number; udpS?: number };
  lvsSyncDaemon?: SyncDaemonDraft;
  /** `nftables_ipvs`. */
  readonly nftablesIpvs: { table?: string; priority?: number; startFwmark?: number };
  rsInitNotifies: boolean;
}

export function emptyGlobal(): GlobalDraft {
  return {
    namespaceWithIpsets: false,
    usePidDir: false,
    dynamicInterfaces: false,
    allowIfChanges: false,
    processNames: { distinct: false },
    scheduling: { vrrp: { noSwap: false }, checker: { noSwap: false }, bfd: { noSwap: false } },
    reload: { checkConfig: false, repeat: false, file: false },
    dumps: { useInstance: false },
    firewall: { ifindex: false, counters: false, disableLocalIgmp: false },
    snmp: { traps: false, vrrp: false, rfcV2: false, rfcV3: false, checker: false },
    dbus: { enabled: false },
    receiveBuffers: {
      vrrpCommand: { force: false },
      vrrpMonitor: { force: false },
      lvsCommand: { force: false },
      lvsMonitor: { force: false },
      processMonitor: { force: false },
    },
    emailTo: [],
    noEmailFaults: false,
    fifo: {},
    vrrpFifo: {},
    lvsFifo: {},
    notifyPriorityChanges: false,
    fifoWriteStatesOnReload: false,
    scriptSecurity: false,
    useSymlinkPaths: false,
    supplementaryGroups: false,
    strict: false,
    garp: {},
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    ownerIgnoreAdverts: false,
    skipCheckAdvAddr: false,
    checkUnicastSrc: false,
    v3ChecksumAsV2: false,
    logUnknownVrids: false,
    checkerLogAllFailures: false,
    noCheckerEmails: false,
    lvsFlush: false,
    lvsFlushOnStop: false,
    nftablesIpvs: {},
    rsInitNotifies: false,
  };
}
