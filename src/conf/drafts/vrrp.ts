import type { IpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";
import type { ScriptDraft } from "../script.ts";
import type { AccountDraft } from "./account.ts";

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
