import type { IpFamily } from "../base/ip.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpInstance } from "../conf/model.ts";
import type { AddressWork } from "./address-work.ts";
import type { OpenSocket } from "./advert-sockets.ts";
import type { Group } from "./elector.ts";
import type { VrrpState } from "./fsm-state.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import type { WorstLateness } from "./lateness.ts";
import { addressesOf, deviceOf, ownName } from "./placement.ts";
import type { GroupState } from "./sync-group.ts";
import type { VrrpStats } from "./stats.ts";

/** Plain data, a copy: what dumps, the control socket and metrics show. */
export interface VrrpStatus {
  readonly instances: readonly InstanceStatus[];
  readonly groups: readonly { readonly name: string; readonly state: GroupState; readonly members: readonly string[] }[];
  readonly sockets: readonly SocketStatus[];
  /** How late a deadline was at worst. */
  readonly maxLatenessUs: Micros;
  /** The worst that was told, and what it was put down to. */
  readonly worstLateness: WorstLateness | undefined;
}

export interface InstanceStatus {
  readonly name: string;
  readonly interface: string;
  /** The macvlan or ipvlan of its own there. */
  readonly link: { readonly name: string; readonly up: boolean } | undefined;
  readonly vrid: number;
  readonly group: string | undefined;
  readonly state: VrrpState["name"];
  readonly basePriority: number;
  readonly effectivePriority: number;
  /** The parts of the sum, e.g. "base 100", "script chk down -20". */
  readonly priorityWhy: readonly string[];
  readonly faults: readonly string[];
  /** Scripts that it waits for in INIT. */
  readonly pending: readonly string[];
  readonly lastTransitionMs: number;
  readonly lastReason: string;
  /** The master heard while BACKUP. */
  readonly master: { readonly address: string; readonly priority: number } | undefined;
  readonly source: string | undefined;
  /** Until its deadline: the next advert, or the end of the wait for the master. undefined: none runs. */
  readonly dueInUs: Micros | undefined;
  /** Interfaces that its virtual addresses are on, in their order, excluded ones last. */
  readonly devices: readonly string[];
  readonly addressesWanted: readonly InterfaceAddress[];
  readonly addressesInstalled: number;
  /** The other routers that were heard. */
  readonly neighbours: readonly NeighbourStatus[];
  /** Adverts of further routers, for which there was no room among them. */
  readonly neighboursUncounted: number;
  /** The last advert that reached the interface and not our socket. */
  readonly filtered: { readonly address: string; readonly priority: number; readonly agoUs: Micros } | undefined;
  readonly stats: VrrpStats;
  /** Refused packets by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** What accepted packets were remarked on for, by kind. */
  readonly remarks: Readonly<Record<string, number>>;
  readonly config: VrrpInstance;
}

export interface NeighbourStatus {
  readonly address: string;
  /** The last one that was not 0; 0 when it has said no other. */
  readonly priority: number;
  readonly heardAgoUs: Micros;
  /** Its last word was priority 0. */
  readonly resigned: boolean;
  /** Nobody who hears it would still wait for it. */
  readonly silent: boolean;
  readonly adverts: number;
  /** Of these, heard while we were MASTER and stayed it. */
  readonly sightings: number;
}

export interface SocketStatus {
  /** Undefined: routing decides. */
  readonly interface: string | undefined;
  readonly family: IpFamily;
  /** 112 (VRRP) or 51 (AH). */
  readonly protocol: number;
  /** Multicast; undefined: unicast. */
  readonly group: string | undefined;
  /** Unicast: the address that it is bound to. */
  readonly source: string | undefined;
  /** Names of those that speak through it. */
  readonly instances: readonly string[];
  readonly unknownVrids: number;
  readonly truncated: number;
}

/** Who knows what is on the host. */
interface Held {
  readonly work: AddressWork;
  readonly kernel: KernelView;
}

export function instanceStatus(instance: Instance, { work, kernel }: Held, deadline: Micros | undefined, now: Micros): InstanceStatus {
  const { config, state, filtered, placement } = instance;
  const link = ownName(config, placement);
  const master = state.name === "BACKUP" && state.master !== undefined ? { address: state.master, priority: state.masterPriority } : undefined;
  return {
    name: config.name,
    interface: config.interface,
    link: link === undefined ? undefined : { name: link, up: kernel.linkNamed(link)?.up === true },
    vrid: config.vrid,
    group: instance.group,
    state: state.name,
    basePriority: config.priority,
    effectivePriority: instance.priority.priority,
    priorityWhy: instance.priority.why,
    faults: instance.faults.map(({ reason }) => reason),
    pending: instance.pending,
    lastTransitionMs: instance.lastTransitionMs,
    lastReason: instance.lastReason,
    master,
    source: instance.source,
    dueInUs: deadline === undefined ? undefined : deadline - now,
    devices: addressesOf(config).map((vip) => deviceOf(config, placement, vip)),
    addressesWanted: work.wantedBy(instance.key).map(({ address }) => address),
    addressesInstalled: work.installedCount(instance.key),
    neighbours: instance.neighbours.all.map(({ address, priority, heardAt, resigned, silent, adverts, sightings }) => ({
      address,
      priority,
      heardAgoUs: now - heardAt,
      resigned,
      silent,
      adverts,
      sightings,
    })),
    neighboursUncounted: instance.neighbours.uncounted,
    filtered: filtered?.told === true ? { address: filtered.event.source, priority: filtered.event.priority, agoUs: now - filtered.at } : undefined,
    stats: { ...instance.stats },
    drops: Object.fromEntries(instance.drops),
    remarks: Object.fromEntries(instance.remarks),
    config,
  };
}

export function groupStatus({ config, told }: Group): VrrpStatus["groups"][number] {
  return { name: config.name, state: told, members: config.members };
}

export function socketStatus({ key, need, unknownVrids, truncated }: OpenSocket, all: readonly Instance[]): SocketStatus {
  const instances = all.filter((instance) => instance.socketKey === key).map(({ config }) => config.name);
  const { family, protocol, group, interfaceName, source } = { source: undefined, ...need };
  return { interface: interfaceName, family, protocol, group, source, instances, unknownVrids, truncated };
}
