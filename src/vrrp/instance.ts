import { familyOf, hostPrefixLength, ipAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { SCOPE_GLOBAL } from "../base/network.ts";
import type { Micros } from "../base/time.ts";
import type { Unsent } from "./advert-sender.ts";
import type { OutgoingAdvert } from "./advert-packets.ts";
import type { HmacStamp } from "./hmac-trailer.ts";
import type { ExtraAnnouncement, VirtualAddress, VrrpInstance } from "../conf/model.ts";
import type { FilteredSight, Look } from "./filter-watch.ts";
import type { VirtualRouter, VrrpState } from "./fsm-state.ts";
import { NO_GARP } from "./garp.ts";
import type { GarpTimers } from "./garp.ts";
import type { OwnedAddress } from "./host.ts";
import type { KernelView } from "./kernel-view.ts";
import { Neighbours } from "./neighbours.ts";
import { addressKey, interfaceAddress } from "./network.ts";
import { addressesOf, deviceOf, plainPlacement } from "./placement.ts";
import type { Placement } from "./placement.ts";
import type { EffectivePriority } from "./priority.ts";
import { newStats } from "./stats.ts";
import type { VrrpStats } from "./stats.ts";
import type { Fault, Trackers } from "./track.ts";
import { NEW_MEMORY } from "./verdict.ts";
import type { DropReason, ReceiveMemory, Remark } from "./verdict.ts";

/** One virtual router at run time: its configuration, where it stands, and what it remembers. */
export interface Instance {
  /** What identifies it across a reload; its name does not. */
  readonly key: string;
  config: VrrpInstance;
  placement: Placement;
  /** Name of its sync group. */
  group: string | undefined;
  trackers: Trackers;
  state: VrrpState;
  priority: EffectivePriority;
  /** Its own reasons for FAULT; a sync group's members share theirs by `state`. */
  faults: readonly Fault[];
  /** What it waits for in INIT. */
  pending: readonly string[];
  /** The last known one: the priority 0 after its loss still needs it. */
  source: IpAddress | undefined;
  /** The socket that it speaks through and hears; see `AdvertSockets`. */
  socketKey: string | undefined;
  stats: VrrpStats;
  readonly drops: Map<DropReason, number>;
  /** Accepted all the same. */
  readonly remarks: Map<Remark["kind"], number>;
  /** What it remembers of adverts, its own AH sequence number included. */
  memory: ReceiveMemory;
  /** Of its last trailer. */
  stamp: HmacStamp | undefined;
  /** Kinds of bad packets already logged; forgotten with a new master or state. */
  readonly logged: Set<DropReason | Remark["kind"]>;
  identification: number;
  /** Its last advert, and where that came from: what is recognised when it comes back. */
  lastSent: readonly OutgoingAdvert[];
  lastSource: IpAddress | undefined;
  sendFailing: boolean;
  /** Of its last advert, what is to be tried again. */
  unsent: Unsent | undefined;
  garp: GarpTimers;
  /** What `wantedAddresses` made of each virtual address, and of each one that is only announced. */
  owned: ReadonlyMap<VirtualAddress | ExtraAnnouncement, OwnedAddress>;
  /** Its last answer, and what it was about. */
  answer: (WantedAddresses & { readonly config: VrrpInstance; readonly placement: Placement; readonly layout: number }) | undefined;
  /** Added since it became MASTER (or by reload), announced once, and still owed the rest of the first set. */
  announcing: OwnedAddress[];
  /** Who else was heard. */
  readonly neighbours: Neighbours;
  /** When it last became BACKUP. */
  backupSince: Micros;
  /** Adverts that reach its interface and not its socket; see `FilterWatch`. */
  filtered: FilteredSight | undefined;
  look: Look;
  lastTransitionMs: number;
  lastReason: string;
}

export function newInstance(key: string, config: VrrpInstance, nowMs: number): Instance {
  return {
    key,
    config,
    placement: plainPlacement(config),
    group: undefined,
    trackers: { interfaces: [], scripts: [], files: [], processes: [], bfds: [] },
    state: { name: "INIT" },
    priority: { priority: config.priority, why: [`base ${config.priority}`] },
    faults: [],
    pending: [],
    source: config.sourceAddress,
    socketKey: undefined,
    stats: newStats(),
    drops: new Map(),
    remarks: new Map(),
    memory: NEW_MEMORY,
    stamp: undefined,
    logged: new Set(),
    identification: 0,
    lastSent: [],
    lastSource: undefined,
    sendFailing: false,
    unsent: undefined,
    garp: NO_GARP,
    owned: new Map(),
    answer: undefined,
    announcing: [],
    neighbours: new Neighbours(),
    backupSince: 0,
    filtered: undefined,
    look: { state: undefined, at: 0, lookedAt: 0 },
    lastTransitionMs: nowMs,
    lastReason: "configured",
  };
}

export function routerOf(instance: Instance): VirtualRouter {
  const { config } = instance;
  return {
    name: config.name,
    version: config.version,
    priority: instance.priority.priority,
    advertIntervalUs: config.advertIntervalUs,
    downTimerAdverts: config.downTimerAdverts,
    preempt: config.preempt,
    preemptDelayUs: config.preemptDelayUs,
    lowerPrioNoAdvert: config.lowerPrioNoAdvert,
    higherPrioSendAdvert: config.higherPrioSendAdvert,
    timerExpiredBackup: config.timerExpiredBackup,
    source: instance.source ?? UNSPECIFIED,
    grouped: instance.group !== undefined,
  };
}

const UNSPECIFIED = ipAddress("0.0.0.0");

/** RFC 791 wants an identification; 0 would make the kernel choose one. */
export function nextIdentification(instance: Instance): number {
  instance.identification = instance.identification >= 0xffff ? 1 : instance.identification + 1;
  return instance.identification;
}

/** The virtual addresses of an instance on the interfaces that exist; `missing` are log lines for the others. */
export interface WantedAddresses {
  readonly wanted: readonly OwnedAddress[];
  /** `garp_extra`: announced with them, never added. */
  readonly extra: readonly OwnedAddress[];
  readonly missing: readonly string[];
}

/**
 * The same objects again while nothing about them changes, so that a takeover finds what was prepared for them, and the
 * whole answer while the configuration and the interfaces stay.
 */
export function wantedAddresses(instance: Instance, kernel: KernelView): WantedAddresses {
  const { config, placement, answer } = instance;
  if (answer?.config === config && answer.placement === placement && answer.layout === kernel.layout) return answer;
  const wanted: OwnedAddress[] = [];
  const missing: string[] = [];
  const before = instance.owned;
  const owned = new Map<VirtualAddress | ExtraAnnouncement, OwnedAddress>();
  for (const vip of addressesOf(config)) {
    const device = deviceOf(config, placement, vip);
    const link = kernel.linkNamed(device);
    if (link === undefined) missing.push(`Not adding address ${vip.address} to ${device} since interface doesn't exist`);
    else {
      const known = before.get(vip);
      const one = known?.address.interfaceIndex === link.index ? known : ownedAddress(instance.key, vip, link.index);
      owned.set(vip, one);
      wanted.push(one);
    }
  }
  const extra: OwnedAddress[] = [];
  for (const one of config.garpExtra) {
    const link = kernel.linkNamed(one.interface);
    if (link === undefined) missing.push(`Not announcing address ${one.address} on ${one.interface} since interface doesn't exist`);
    else {
      const known = before.get(one);
      const made = known?.address.interfaceIndex === link.index ? known : announcedOnly(instance.key, one, link.index);
      owned.set(one, made);
      extra.push(made);
    }
  }
  instance.owned = owned;
  instance.answer = { config, placement, layout: kernel.layout, wanted, extra, missing };
  return instance.answer;
}

/** As `Announcer` takes it. */
function announcedOnly(owner: string, { address }: ExtraAnnouncement, interfaceIndex: number): OwnedAddress {
  const held = { interfaceIndex, address, prefixLength: hostPrefixLength(familyOf(address)), scope: SCOPE_GLOBAL };
  return { owner, address: held, key: addressKey(held), track: false };
}

function ownedAddress(owner: string, vip: VirtualAddress, interfaceIndex: number): OwnedAddress {
  const address = interfaceAddress(vip, interfaceIndex);
  return { owner, address, key: addressKey(address), track: vip.track };
}
