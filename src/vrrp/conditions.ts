import { isLinkLocal } from "../base/ip.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { AddressWork } from "./address-work.ts";
import { socketKey } from "./advert-sockets.ts";
import type { AdvertSockets } from "./advert-sockets.ts";
import type { Elector } from "./elector.ts";
import { MISSING_SOURCE, endpointOf } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import type { VrrpHost } from "./host.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressLinks } from "./link-local-copies.ts";
import type { LinkStates } from "./link-states.ts";
import { virtualPlaces } from "./placement.ts";
import { effectivePriority } from "./priority.ts";
import { STATIC_OWNER } from "./static-network.ts";
import type { TrackedObjects } from "./track-objects.ts";
import { evaluate } from "./track.ts";
import type { Fault } from "./track.ts";
import type { VirtualLinks } from "./virtual-links.ts";

export interface Conditions {
  readonly host: VrrpHost;
  readonly kernel: KernelView;
  readonly sockets: AdvertSockets;
  readonly work: AddressWork;
  readonly links: VirtualLinks;
  readonly elector: Elector;
  readonly tracked: TrackedObjects;
  readonly linkStates: LinkStates;
  /** `vrrp_startup_delay` is over. */
  readonly started: boolean;
}

/**
 * What interfaces, addresses, sockets and scripts say now, compared with where the instances stand, and the events that
 * follow: priorities first, then faults, then who may start or return. Every reason for FAULT counts by itself.
 */
export function settle(instances: readonly Instance[], on: Conditions): void {
  for (const line of on.linkStates.look((name) => on.kernel.linkNamed(name), on.host.clock.now())) on.host.log.info(line);
  const virtual = virtualAddressTest(instances, on);
  const endpoints = instances.map((instance) => endpointOf(instance, on.kernel, virtual));
  addressLinks({ links: on.links, kernel: on.kernel, work: on.work, isVirtual: virtual });
  on.sockets.provide(endpoints.flatMap(({ socket }) => (socket === undefined ? [] : [socket])));
  instances.forEach((instance, i) => look(instance, on, endpoints[i] ?? NOWHERE));
  for (const instance of instances) failIfFaulty(instance, on);
  for (const instance of instances) startIfReady(instance, on);
}

const NOWHERE: Endpoint = { source: undefined, socket: undefined, fault: undefined };

function look(instance: Instance, on: Conditions, { source, socket, fault }: Endpoint): void {
  const { config } = instance;
  const { name } = config;
  const device = config.interface === "" ? config.vrf : config.interface;
  const tracked = evaluate(name, instance.trackers, {
    interfaceUp: (interfaceName) => {
      const link = on.kernel.linkNamed(interfaceName);
      return link !== undefined && on.linkStates.isUp(link);
    },
    scriptUp: (script) => on.tracked.scriptUp(script),
    fileValue: (file) => on.tracked.fileValue(file),
    processUp: (process) => on.tracked.processUp(process),
    bfdUp: (bfd) => on.tracked.bfdUp(bfd),
  });
  const faults: Fault[] = [...tracked.faults];
  const add = (reason: string, startLine = `(${name}) entering FAULT state (${reason})`) => void faults.push({ reason, startLine });
  instance.source = source ?? instance.source;
  instance.socketKey = socket === undefined ? undefined : socketKey(socket);
  const down = `interface ${device ?? ""} down`;
  if (config.configurationFault !== undefined) add(config.configurationFault);
  else if (device !== undefined && on.kernel.linkNamed(device) === undefined) {
    if (!faults.some(({ reason }) => reason === down)) add(down, `(${name}): entering FAULT state (${down})`);
  } else if (fault !== undefined) add(fault, `(${name})${fault === MISSING_SOURCE ? ":" : ""} entering FAULT state (${fault})`);
  else if (on.sockets.get(instance.socketKey) === undefined) {
    const missing = config.unicast !== undefined && source !== undefined && !on.kernel.holds(source, undefined);
    if (missing) add(MISSING_SOURCE, `(${name}): entering FAULT state (${MISSING_SOURCE})`);
    else add("no socket for adverts");
  }
  tellFaults(instance, faults, on);
  instance.faults = faults;
  instance.pending = [...tracked.pending, ...missingCopy(instance, on.kernel)];
  changePriority(instance, on, effectivePriority(config.priority, tracked.contributions));
}

/** What a macvlan speaks from over IPv6, and an ipvlan, is about to be added to it. */
function missingCopy({ config, placement, source }: Instance, kernel: KernelView): string[] {
  if (placement.adverts === config.interface || source === undefined) return [];
  if (config.ipvlan === undefined && (config.family === 4 || !isLinkLocal(source))) return [];
  const link = kernel.linkNamed(placement.adverts);
  return link === undefined || kernel.holds(source, link.index) ? [] : [`${source} on ${link.name}`];
}

/** keepalived's lines about what was found while running; at start and reload `startLine` tells it. */
function tellFaults(instance: Instance, faults: readonly Fault[], on: Conditions): void {
  if (instance.state.name === "INIT") return;
  const subjects = (list: readonly Fault[]) => list.flatMap(({ subject }) => subject ?? []);
  const [before, now] = [subjects(instance.faults), subjects(faults)];
  const { name } = instance.config;
  for (const subject of now) if (!before.includes(subject)) on.host.log.info(`(${name}): ${subject} now FAULT state`);
  for (const subject of before) if (!now.includes(subject)) on.host.log.info(`(${name}): ${subject} leaving FAULT state`);
}

function changePriority(instance: Instance, on: Conditions, next: Instance["priority"]): void {
  const before = instance.priority.priority;
  instance.priority = next;
  if (before === next.priority) return;
  const { name } = instance.config;
  on.host.log.info(`(${name}) Changing effective priority from ${before} to ${next.priority}`);
  on.host.log.detail(`(${name}) effective priority ${next.priority}: ${next.why.join(", ")}`);
  on.elector.dispatch(instance, { type: "priorityChanged", before });
  const state = instance.state.name;
  if (state === "MASTER" || state === "BACKUP") {
    on.host.notify({ type: "priority", name, state, priority: next.priority });
  }
}

function failIfFaulty(instance: Instance, on: Conditions): void {
  const [first] = instance.faults;
  if (first === undefined || instance.state.name === "FAULT" || !on.started) return;
  if (instance.state.name === "INIT" && on.links.isWaiting(instance.placement)) return;
  if (instance.state.name === "INIT") for (const { startLine } of instance.faults) on.host.log.info(startLine);
  on.elector.dispatch(instance, { type: "fault", reason: first.reason });
  on.host.log.detail(`(${instance.config.name}) in FAULT: ${instance.faults.map(({ reason }) => reason).join(", ")}`);
}

/** A member of a sync group starts and returns with all the others. */
function startIfReady(instance: Instance, on: Conditions): void {
  const state = instance.state.name;
  if ((state !== "INIT" && state !== "FAULT") || !on.started) return;
  const members = on.elector.membersOf(instance);
  if (members.some((member) => member.faults.length > 0 || member.pending.length > 0)) return;
  on.elector.dispatch(instance, { type: state === "INIT" ? "startup" : "recovered" });
}

/** Addresses that are no source for adverts: ours, another director's leftovers, and everybody's virtual addresses. */
function virtualAddressTest(instances: readonly Instance[], on: Conditions): (address: InterfaceAddress) => boolean {
  const virtual = virtualPlaces(instances);
  return (address) =>
    (on.work.isOurs(address) && !on.work.isWantedBy(STATIC_OWNER, address)) || virtual.has(`${on.kernel.link(address.interfaceIndex)?.name ?? ""} ${address.address}`);
}
