import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Script } from "./script.ts";

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
