import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { Micros } from "../base/time.ts";
import type { Word } from "./grammar.ts";
import type { CheckedUrl, Forwarding, Protocol } from "./model.ts";
import type { ScriptDraft } from "./script.ts";

// What the keyword tables fill in: as written, undefined where nothing was written. Defaults, inheritance and everything
// that holds between two parts come afterwards, in resolve-*.ts.

/** The GARP keywords, which exist globally and per instance. */
export interface GarpDraft {
  masterDelayUs?: Micros;
  masterRepeat?: number;
  masterRefreshUs?: Micros;
  masterRefreshRepeat?: number;
  lowerPrioDelayUs?: Micros;
  lowerPrioRepeat?: number;
}

export interface FifoDraft {
  path?: Word;
  owner?: readonly Word[];
  script?: ScriptDraft;
}

export interface GlobalDraft {
  routerId?: string;
  instance?: string;
  usePidDir: boolean;
  childWaitTimeUs?: Micros;
  startupScript?: ScriptDraft;
  startupScriptTimeoutUs?: Micros;
  shutdownScript?: ScriptDraft;
  shutdownScriptTimeoutUs?: Micros;
  dynamicInterfaces: boolean;
  reloadCheckConfig: boolean;
  vrrpPriority?: number;
  vrrpRtPriority?: number;
  checkerPriority?: number;
  umask?: number;
  stateDumpFile?: string;

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

  scriptUser?: { uid: number; gid: number; user: string };
  scriptSecurity: boolean;
  useSymlinkPaths: boolean;
  supplementaryGroups: boolean;

  mcastGroup4?: IpAddress;
  garp: GarpDraft;
  garpIntervalUs?: Micros;
  downTimerAdverts?: number;
  lowerPrioNoAdvert: boolean;
  higherPrioSendAdvert: boolean;
  ownerIgnoreAdverts: boolean;
  skipCheckAdvAddr: boolean;
  startupDelayUs?: Micros;
  logUnknownVrids: boolean;

  checkerLogAllFailures: boolean;
  lvsFlush: boolean;
  lvsFlushOnStop: false | "all" | "services";
  lvsTimeouts?: { tcpS?: number; tcpFinS?: number; udpS?: number };
  rsInitNotifies: boolean;
}

export interface NotifyDraft {
  master?: ScriptDraft;
  backup?: ScriptDraft;
  fault?: ScriptDraft;
  stop?: ScriptDraft;
  deleted?: ScriptDraft;
  masterRxLowerPri?: ScriptDraft;
  any?: ScriptDraft;
  notifyDeleted: boolean;
  priorityChanges?: boolean;
  smtpAlert?: boolean;
}

export interface TrackDraft {
  readonly at: Word;
  readonly name: string;
  /** Undefined: the tracked object's own weight. */
  weight?: number;
  reverse?: boolean;
}

export interface SyncGroupDraft {
  readonly at: Word;
  readonly name: string;
  members?: Word[];
  readonly trackInterfaces: TrackDraft[];
  readonly trackScripts: TrackDraft[];
  readonly notify: NotifyDraft;
  trackingWeight: boolean;
}

export interface AddressDraft {
  readonly at: Word;
  readonly address: IpAddress;
  readonly prefixLength: number;
  interface?: Word;
  scope?: number;
  label?: string;
  /** "+" and "-" compute it from the prefix. */
  broadcast?: IpAddress | "+" | "-";
  peer?: IpAddress;
  peerPrefixLength?: number;
  home: boolean;
  noPrefixRoute: boolean;
  managedTemporary: boolean;
  autojoin: boolean;
  duplicateDetection: boolean;
  preferredLifetimeS?: number | "forever";
  track: boolean;
}

export interface InstanceDraft {
  readonly at: Word;
  readonly name: string;
  state?: "MASTER" | "BACKUP";
  interface?: Word;
  vrid?: number;
  version?: number;
  priority?: number;
  /** The word was there but not valid: keepalived then takes 100, also with `state MASTER`. */
  priorityInvalid: boolean;
  advertIntervalUs?: Micros;
  downTimerAdverts?: number;
  nopreempt: boolean;
  preemptDelayUs?: Micros;
  authType?: "PASS" | "AH";
  authPass?: string;
  sourceAddress?: IpAddress;
  multicastGroup?: IpAddress;
  readonly addresses: AddressDraft[];
  readonly excluded: AddressDraft[];
  readonly garp: GarpDraft;
  lowerPrioNoAdvert?: boolean;
  higherPrioSendAdvert?: boolean;
  ownerIgnoreAdverts?: boolean;
  skipCheckAdvAddr?: boolean;
  trackPrimary: boolean;
  readonly trackInterfaces: TrackDraft[];
  readonly trackScripts: TrackDraft[];
  readonly notify: NotifyDraft;
}

export interface TrackScriptDraft {
  readonly at: Word;
  readonly name: string;
  script?: ScriptDraft;
  intervalUs?: Micros;
  timeoutUs?: Micros;
  rise: number;
  fall: number;
  weight: number;
  reverse: boolean;
  account?: AccountDraft;
}

/** `user USER [GROUP]`; undefined uid: it does not exist, and the script goes. */
export interface AccountDraft {
  readonly uid: number | undefined;
  readonly gid: number;
  readonly user: string;
}

/** What virtual server, real server and checker hand down to one another. */
export interface CheckerDefaultsDraft {
  alpha?: boolean;
  retry?: number;
  delayBeforeRetryUs?: Micros;
  delayLoopUs?: Micros;
  warmupUs?: Micros;
  connectTimeoutUs?: Micros;
  virtualHost?: string;
}

export interface UrlDraft {
  path?: string;
  digest?: string;
  statusCodes?: CheckedUrl["statusCodes"];
  virtualHost?: string;
}

export interface CheckerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly type: "TCP_CHECK" | "HTTP_GET" | "MISC_CHECK";
  connectAddress?: IpAddress;
  connectPort?: number;
  bindAddress?: IpAddress;
  bindPort?: number;
  bindInterface?: string;
  fwmark: number;
  logAllFailures?: boolean;
  httpProtocol: "1.0" | "1.0C" | "1.1";
  fastRecovery: boolean;
  readonly urls: UrlDraft[];
  script?: ScriptDraft;
  timeoutUs?: Micros;
  dynamic: boolean;
  account?: AccountDraft;
}

export interface RealServerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly address: IpAddress;
  readonly port: number | undefined;
  weight?: number;
  forwarding?: Forwarding;
  inhibitOnFailure?: boolean;
  upperThreshold: number;
  lowerThreshold: number;
  smtpAlert?: boolean;
  notifyUp?: ScriptDraft;
  notifyDown?: ScriptDraft;
  readonly checkers: CheckerDraft[];
}

export type ServiceDraft =
  | { readonly type: "address"; readonly address: IpAddress; readonly port: number }
  | { readonly type: "fwmark"; readonly fwmark: number }
  | { readonly type: "group"; readonly name: string };

export interface VirtualServerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly service: ServiceDraft;
  family?: IpFamily;
  scheduler?: string;
  readonly schedulerFlags: Set<"flag-1" | "flag-2" | "flag-3">;
  forwarding?: Forwarding;
  onePacket: boolean;
  persistenceTimeoutS?: number;
  persistenceEngine?: string;
  persistenceGranularity?: { readonly at: Word; readonly prefixLength: number; readonly family: IpFamily };
  protocol?: Protocol;
  haSuspend: boolean;
  omega: boolean;
  quorum: number;
  hysteresis: number;
  weight?: number;
  inhibitOnFailure: boolean;
  quorumUp?: ScriptDraft;
  quorumDown?: ScriptDraft;
  smtpAlert?: boolean;
  sorryServer?: { readonly at: Word; readonly address: IpAddress; readonly port: number | undefined };
  sorryServerInhibit: boolean;
  sorryServerForwarding?: Forwarding;
  readonly realServers: RealServerDraft[];
}

/** A whole configuration as written. */
export interface Draft {
  readonly global: GlobalDraft;
  readonly syncGroups: SyncGroupDraft[];
  readonly instances: InstanceDraft[];
  readonly scripts: TrackScriptDraft[];
  readonly virtualServers: VirtualServerDraft[];
}

export function emptyDraft(): Draft {
  return {
    global: {
      usePidDir: false,
      dynamicInterfaces: false,
      reloadCheckConfig: false,
      emailTo: [],
      noEmailFaults: false,
      fifo: {},
      vrrpFifo: {},
      lvsFifo: {},
      notifyPriorityChanges: false,
      scriptSecurity: false,
      useSymlinkPaths: false,
      supplementaryGroups: false,
      garp: {},
      lowerPrioNoAdvert: false,
      higherPrioSendAdvert: false,
      ownerIgnoreAdverts: false,
      skipCheckAdvAddr: false,
      logUnknownVrids: false,
      checkerLogAllFailures: false,
      lvsFlush: false,
      lvsFlushOnStop: false,
      rsInitNotifies: false,
    },
    syncGroups: [],
    instances: [],
    scripts: [],
    virtualServers: [],
  };
}
