import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";
import type { AntiReplay, HmacKey, HmacMode, IpvlanMode } from "../model/vrrp.ts";
import type { ScriptDraft } from "../script.ts";
import type { AccountDraft } from "./account.ts";
import type { RouteDraft, RuleDraft } from "./routing.ts";

/** The GARP keywords, which exist globally and per instance. */
export interface GarpDraft {
  masterDelayUs?: Micros;
  masterRepeat?: number;
  masterRefreshUs?: Micros;
  masterRefreshRepeat?: number;
  lowerPrioDelayUs?: Micros;
  lowerPrioRepeat?: number;
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

/** What an instance or a sync group tracks. */
export interface TrackersDraft {
  readonly trackInterfaces: TrackDraft[];
  readonly trackScripts: TrackDraft[];
  readonly trackFiles: TrackDraft[];
  readonly trackProcesses: TrackDraft[];
  readonly trackBfds: TrackDraft[];
}

export interface SyncGroupDraft extends TrackersDraft {
  readonly at: Word;
  readonly name: string;
  members?: Word[];
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
  useVmac: boolean;
  /** Of static addresses. */
  trackGroup?: Word;
}

export interface VmacDraft {
  readonly at: Word;
  name?: string;
  /** 5 or 6 octets; to 5 the VRID is appended. */
  mac?: Uint8Array;
  netlinkNotifyMsg: boolean;
  group?: number;
}

export interface IpvlanDraft {
  readonly at: Word;
  name?: string;
  address?: { readonly address: IpAddress; readonly prefixLength: number };
  mode?: IpvlanMode;
  group?: number;
}

export interface PeerDraft {
  readonly at: Word;
  readonly address: IpAddress;
  minTtl?: number;
  maxTtl?: number;
}

export interface AuthHmacDraft {
  readonly keys: (HmacKey & { readonly at: Word })[];
  activeKey?: { readonly at: Word; readonly id: number };
  timeWindowS?: number;
  antiReplay?: AntiReplay;
  mode?: HmacMode;
}

export interface InstanceDraft extends TrackersDraft {
  readonly at: Word;
  readonly name: string;
  /** Of the first address that was written, or of `native_ipv6`; every other one must agree. */
  family?: IpFamily;
  state?: "MASTER" | "BACKUP";
  interface?: Word;
  vmac?: VmacDraft;
  useVmacAddr: boolean;
  vmacXmitBase: boolean;
  ipvlan?: IpvlanDraft;
  vrf?: Word;
  vrid?: number;
  version?: 2 | 3;
  priority?: number;
  /** The word was there but not valid: keepalived then takes 100, also with `state MASTER`. */
  priorityInvalid: boolean;
  advertIntervalUs?: Micros;
  downTimerAdverts?: number;
  nopreempt: boolean;
  preemptDelayUs?: Micros;
  timerExpiredBackup?: number;
  strictMode?: boolean;
  accept?: boolean;
  authType?: "PASS" | "AH";
  authPass?: string;
  authHmac?: AuthHmacDraft;
  sourceAddress?: IpAddress;
  trackSrcIp: boolean;
  multicastGroup?: IpAddress;
  /** A keyword that makes sense only with unicast peers, the first of them. */
  unicastKeyword?: Word;
  readonly unicastPeers: PeerDraft[];
  unicastFaultNoPeer: boolean;
  unicastTtl?: number;
  checkUnicastSrc: boolean;
  oldUnicastChecksum?: "always" | "never";
  v3ChecksumAsV2?: boolean;
  readonly addresses: AddressDraft[];
  readonly excluded: AddressDraft[];
  noVirtualIpaddress: boolean;
  promoteSecondaries: boolean;
  onDeleted: "release" | "restore";
  holdIfFiltered: boolean;
  /** It has addresses of both families; see `expandDualStack`. */
  dualStack: boolean;
  readonly garpExtra: { readonly at: Word; readonly address: IpAddress; readonly interface?: Word }[];
  readonly routes: RouteDraft[];
  readonly rules: RuleDraft[];
  readonly garp: GarpDraft;
  garpExtraIf?: { readonly intervalUs: Micros; readonly all: boolean };
  lowerPrioNoAdvert?: boolean;
  higherPrioSendAdvert?: boolean;
  ownerIgnoreAdverts?: boolean;
  skipCheckAdvAddr?: boolean;
  kernelRxBufSize?: number;
  debug: number;
  trackPrimary: boolean;
  linkbeatUsePolling: boolean;
  lvsSyncDaemonInterface?: Word;
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

export interface TrackFileDraft {
  readonly at: Word;
  readonly name: string;
  file?: Word;
  weight?: number;
  reverse: boolean;
  init?: { readonly value: number; readonly overwrite: boolean };
}

export interface TrackProcessDraft {
  readonly at: Word;
  readonly name: string;
  process?: string;
  parameters: readonly string[];
  paramMatch?: "exact" | "initial" | "partial";
  weight: number;
  reverse: boolean;
  quorum: number;
  quorumMax?: number;
  terminateDelayUs: Micros;
  forkDelayUs: Micros;
  fullCommand: boolean;
}

export interface TrackGroupDraft {
  readonly at: Word;
  readonly name: string;
  members: Word[];
}

export interface GarpGroupDraft {
  readonly at: Word;
  garpIntervalUs?: Micros;
  gnaIntervalUs?: Micros;
  readonly interfaces: Word[];
}

export interface InterfaceDelayDraft {
  readonly interface: Word;
  readonly downUs: Micros;
  readonly upUs: Micros;
}

export interface LinkbeatDraft {
  readonly interface: Word;
  readonly method?: "MII" | "ETHTOOL" | "IOCTL";
}
