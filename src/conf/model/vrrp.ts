import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { FirewallConfig } from "./process.ts";
import type { Prefix, Route, Rule, StaticRoute, StaticRule, StaticTracking } from "./routing.ts";
import type { Script } from "./script.ts";

export interface VrrpConfig {
  readonly instances: readonly VrrpInstance[];
  readonly syncGroups: readonly SyncGroup[];
  /** Only those that a tracker refers to. */
  readonly scripts: readonly TrackScript[];
  readonly trackFiles: readonly TrackFile[];
  readonly trackProcesses: readonly TrackProcess[];
  readonly trackGroups: readonly TrackGroup[];
  /** Owned for the life of the daemon, whoever is MASTER. */
  readonly staticAddresses: readonly StaticAddress[];
  readonly staticRoutes: readonly StaticRoute[];
  readonly staticRules: readonly StaticRule[];
  readonly garpGroups: readonly GarpGroup[];
  readonly linkbeat: Linkbeat;
  readonly interfaceUpDownDelays: readonly InterfaceDelay[];
  readonly startupDelayUs: Micros;
  readonly logUnknownVrids: boolean;
  /** Between gratuitous ARPs on an interface; 0: no distance. */
  readonly garpIntervalUs: Micros;
  /** Likewise between unsolicited neighbour advertisements. */
  readonly gnaIntervalUs: Micros;
  /** The macvlans that are not named begin their names with it. */
  readonly vmacPrefix: string;
  /** Likewise those of `use_vmac_addr` and of an address's `use_vmac`; undefined: `vmacPrefix`. */
  readonly vmacAddrPrefix: string | undefined;
  /** That of `global_defs`. */
  readonly firewall: FirewallConfig;
}

export interface VrrpInstance {
  readonly name: string;
  readonly family: IpFamily;
  readonly version: 2 | 3;
  /** "" for a unicast instance that names none: routing finds the way to its peers. */
  readonly interface: string;
  /** Of a unicast instance that names no interface. */
  readonly vrf: string | undefined;
  readonly vmac: Vmac | undefined;
  /** A macvlan also for addresses on other interfaces. */
  readonly useVmacAddr: boolean;
  readonly ipvlan: Ipvlan | undefined;
  readonly vrid: number;
  /** 1-255; 255 is the address owner. */
  readonly priority: number;
  /** As written, for the log and for AH; never decides that an instance starts as MASTER. */
  readonly initialState: "MASTER" | "BACKUP";
  readonly advertIntervalUs: Micros;
  readonly downTimerAdverts: number;
  readonly preempt: boolean;
  readonly preemptDelayUs: Micros;
  /** The highest priority of the others: a MASTER whose timers ran late yields to it. Undefined: off. */
  readonly timerExpiredBackup: number | undefined;
  readonly strictMode: boolean;
  /** Whether packets to the virtual addresses are accepted by one that does not own them. */
  readonly accept: boolean;
  readonly authentication: Authentication;
  readonly authHmac: AuthHmac | undefined;
  readonly multicastGroup: IpAddress;
  /** Undefined: multicast. */
  readonly unicast: Unicast | undefined;
  /** `mcast_src_ip` or `unicast_src_ip`. */
  readonly sourceAddress: IpAddress | undefined;
  /** FAULT while `sourceAddress` is absent. */
  readonly trackSrcIp: boolean;
  /** Version 3 over IPv4 without pseudo-header. */
  readonly v3ChecksumAsV2: boolean;
  /** `virtual_ipaddress`, in order; advertised. */
  readonly virtualAddresses: readonly VirtualAddress[];
  /** `virtual_ipaddress_excluded`; owned but not advertised. */
  readonly excludedAddresses: readonly VirtualAddress[];
  /** To be without addresses is meant. */
  readonly noVirtualIpaddress: boolean;
  readonly promoteSecondaries: boolean;
  readonly virtualRoutes: readonly Route[];
  readonly virtualRules: readonly Rule[];
  /** What follows when somebody else removes an address, a route or a rule of a MASTER that is tracked. */
  readonly onDeleted: "release" | "restore";
  readonly garp: GarpSchedule;
  /** Adverts that our own firewall drops keep a BACKUP from taking over. */
  readonly holdIfFiltered: boolean;
  /** Further addresses that a MASTER announces with its own; nobody adds them. */
  readonly garpExtra: readonly ExtraAnnouncement[];
  readonly garpExtraIf: GarpExtraIf;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly skipCheckAdvAddr: boolean;
  /** Octets of the receive buffer; undefined: the global policy. */
  readonly kernelRxBufSize: number | undefined;
  /** 0-4; has no effect in keepalived either. */
  readonly debug: number;
  /** The own interface is tracked unless `dont_track_primary`. */
  readonly trackPrimary: boolean;
  readonly linkbeatUsePolling: boolean;
  /** The old form of `lvs_sync_daemon`. */
  readonly lvsSyncDaemonInterface: string | undefined;
  readonly trackInterfaces: readonly TrackedInterface[];
  readonly trackScripts: readonly TrackedScript[];
  readonly trackFiles: readonly TrackedObject[];
  readonly trackProcesses: readonly TrackedObject[];
  readonly trackBfds: readonly TrackedObject[];
  /** Why the instance is to be in FAULT for good; one phrase. Undefined: it can run. */
  readonly configurationFault: string | undefined;
}

/** `use_vmac`. */
export interface Vmac {
  /** Undefined: made from `vmac_prefix` and the VRID. */
  readonly name: string | undefined;
  /** 6 octets. */
  readonly mac: Uint8Array;
  readonly netlinkNotifyMsg: boolean;
  /** The link's group; undefined: the default group. */
  readonly group: number | undefined;
  /** Adverts go over the base interface; always with unicast. */
  readonly xmitBase: boolean;
}

export type IpvlanMode = "bridge" | "private" | "vepa";

/** `use_ipvlan`. */
export interface Ipvlan {
  /** Undefined: made from the VRID. */
  readonly name: string | undefined;
  readonly address: Prefix | undefined;
  readonly mode: IpvlanMode;
  readonly group: number | undefined;
}

export interface Unicast {
  /** In the order of the configuration. Empty only with `unicast_fault_no_peer`, and then a FAULT. */
  readonly peers: readonly UnicastPeer[];
  /** Undefined: 255 for IPv4, the kernel's default for IPv6. */
  readonly ttl: number | undefined;
  /** Adverts of others than the peers are dropped. */
  readonly checkSource: boolean;
  /** The checksum of keepalived before 1.3.7: found out, always, or never. */
  readonly oldChecksum: "auto" | "always" | "never";
}

export interface UnicastPeer {
  readonly address: IpAddress;
  /** Accepted TTL or hop limit; 0 to 255 when nothing is asked. */
  readonly minTtl: number;
  readonly maxTtl: number;
}

export type Authentication =
  | { readonly type: "none" }
  /** Exactly 8 octets, zero padded. */
  | { readonly type: "pass"; readonly password: Uint8Array }
  /** IPSEC-AH; the key is the password, as above. */
  | { readonly type: "ah"; readonly password: Uint8Array };

export type AntiReplay = "time" | "monotonic";
export type HmacMode = "enforce" | "permissive" | "receive-only";

/** The HMAC-SHA256 trailer. */
export interface AuthHmac {
  readonly keys: readonly HmacKey[];
  /** The id of one of `keys`. */
  readonly activeKey: number;
  readonly timeWindowS: number;
  readonly antiReplay: AntiReplay;
  readonly mode: HmacMode;
}

export interface HmacKey {
  readonly id: number;
  /** 32-64 octets. */
  readonly secret: Uint8Array;
  /** The file that it was read from; undefined: it stands in the configuration. */
  readonly file: string | undefined;
}

/** A line of `garp_extra`. */
export interface ExtraAnnouncement {
  readonly address: IpAddress;
  readonly interface: string;
}

/** `garp_extra_if`: periodic gratuitous ARPs for addresses on other interfaces. */
export interface GarpExtraIf {
  /** 0: off. */
  readonly intervalUs: Micros;
  /** Also on interfaces without a VMAC. */
  readonly all: boolean;
}

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
  /** A macvlan with the virtual MAC on its own device. */
  readonly useVmac: boolean;
}

export type StaticAddress = VirtualAddress & StaticTracking;

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

/** A track file, process or BFD instance. */
export interface TrackedObject {
  readonly name: string;
  /** Files: -254..254 and a factor; processes: -254..254, BFD: -253..253 and a summand. 0: a matter of FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
}

export interface TrackFile {
  readonly name: string;
  readonly file: string;
  /** What trackers that say nothing else, FILE_CHECKs included, take. */
  readonly weight: number;
  readonly reverse: boolean;
  /** Written at start when the file does not exist, or always. */
  readonly init: { readonly value: number; readonly overwrite: boolean } | undefined;
}

export interface TrackProcess {
  readonly name: string;
  /** The command name, or with `fullCommand` the first word of the command line. */
  readonly process: string;
  readonly parameters: readonly string[];
  readonly paramMatch: "none" | "exact" | "initial" | "partial";
  readonly quorum: number;
  /** Undefined: unlimited. */
  readonly quorumMax: number | undefined;
  readonly terminateDelayUs: Micros;
  readonly forkDelayUs: Micros;
  readonly fullCommand: boolean;
}

/** Instances that follow static addresses, routes and rules. */
export interface TrackGroup {
  readonly name: string;
  /** Names of instances that exist. */
  readonly members: readonly string[];
}

/** Interfaces whose gratuitous ARPs and NAs together keep a distance. */
export interface GarpGroup {
  readonly interfaces: readonly string[];
  readonly garpIntervalUs: Micros | undefined;
  readonly gnaIntervalUs: Micros | undefined;
}

/** Links that are asked once a second in place of waiting for the kernel's events. */
export interface Linkbeat {
  /** `linkbeat_use_polling`: all of them. */
  readonly usePolling: boolean;
  readonly interfaces: readonly { readonly interface: string; readonly method: "MII" | "ETHTOOL" | "IOCTL" | undefined }[];
}

/** How long an interface must be down, or up, before that counts. */
export interface InterfaceDelay {
  readonly interface: string;
  readonly downUs: Micros;
  readonly upUs: Micros;
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
  readonly trackFiles: readonly TrackedObject[];
  readonly trackProcesses: readonly TrackedObject[];
  readonly trackBfds: readonly TrackedObject[];
  readonly syncGroupTrackingWeight: boolean;
}
