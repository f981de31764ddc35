import type { IpAddress } from "../base/ip.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { TrackScript } from "../conf/model.ts";
import type { AddressWork } from "./address-work.ts";
import { PRIORITY_OWNER } from "./advert.ts";
import type { AdvertSockets } from "./advert-sockets.ts";
import type { Elector } from "./elector.ts";
import type { VrrpHost } from "./host.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { effectivePriority } from "./priority.ts";
import { evaluate, scriptIsUp } from "./track.ts";
import type { Fault, ScriptState } from "./track.ts";

export interface Conditions {
  readonly host: VrrpHost;
  readonly kernel: KernelView;
  readonly sockets: AdvertSockets;
  readonly work: AddressWork;
  readonly elector: Elector;
  readonly scripts: ReadonlyMap<string, { readonly config: TrackScript; readonly state: ScriptState }>;
  /** `vrrp_startup_delay` is over. */
  readonly started: boolean;
}

/**
 * What interfaces, addresses, sockets and scripts say now, compared with where the instances stand, and the events that
 * follow: priorities first, then faults, then who may start or return. Every reason for FAULT counts by itself.
 */
export function settle(instances: readonly Instance[], on: Conditions): void {
  const virtual = virtualAddressTest(instances, on);
  for (const instance of instances) look(instance, on, virtual);
  for (const instance of instances) failIfFaulty(instance, on);
  for (const instance of instances) startIfReady(instance, on);
}

function look(instance: Instance, on: Conditions, isVirtual: (address: InterfaceAddress) => boolean): void {
  const { config } = instance;
  const { name } = config;
  const link = on.kernel.linkNamed(config.interface);
  const isUp = (interfaceName: string) => on.kernel.linkNamed(interfaceName)?.up ?? false;
  const tracked = evaluate(name, instance.trackers, isUp, (script) => scriptVerdict(on, script));
  const faults: Fault[] = [...tracked.faults];
  const add = (reason: string, startLine = `(${name}) entering FAULT state (${reason})`) => void faults.push({ reason, startLine });
  const down = `interface ${config.interface} down`;
  if (link === undefined) {
    if (!faults.some(({ reason }) => reason === down)) add(down, `(${name}): entering FAULT state (${down})`);
  } else {
    const source = config.sourceAddress ?? primarySource(instance, link.index, on, isVirtual);
    if (source === undefined) add(`no IPv${config.family} address for interface`);
    else instance.source = source;
    if (on.sockets.get(config.interface, config.multicastGroup) === undefined) add("no socket for adverts");
  }
  instance.faults = faults;
  instance.pending = tracked.pending;
  changePriority(instance, on, effectivePriority(config.priority, tracked.contributions));
}

/** An owner's virtual address may be the interface's only one; anybody else needs an address of its own. */
function primarySource(
  { config }: Instance,
  index: number,
  on: Conditions,
  isVirtual: (address: InterfaceAddress) => boolean,
): IpAddress | undefined {
  const own = on.kernel.primaryIpv4(index, isVirtual);
  return own ?? (config.priority === PRIORITY_OWNER ? on.kernel.primaryIpv4(index, () => false) : undefined);
}

function scriptVerdict(on: Conditions, name: string): boolean | undefined {
  const script = on.scripts.get(name);
  if (script === undefined) return undefined;
  // A weighted script that has not run counts as down; `hasRun` matters to unweighted ones, which wait in INIT.
  return script.state.hasRun ? scriptIsUp(script.config, script.state) : undefined;
}

function changePriority(instance: Instance, on: Conditions, next: Instance["priority"]): void {
  const before = instance.priority.priority;
  instance.priority = next;
  if (before === next.priority) return;
  const { name } = instance.config;
  on.host.log.info(`(${name}) Changing effective priority from ${before} to ${next.priority}`);
  on.elector.dispatch(instance, { type: "priorityChanged", before });
  const state = instance.state.name;
  if (state === "MASTER" || state === "BACKUP") {
    on.host.notify({ type: "priority", name, state, priority: next.priority });
  }
}

function failIfFaulty(instance: Instance, on: Conditions): void {
  const [first] = instance.faults;
  if (first === undefined || instance.state.name === "FAULT" || !on.started) return;
  if (instance.state.name === "INIT") for (const { startLine } of instance.faults) on.host.log.info(startLine);
  on.elector.dispatch(instance, { type: "fault", reason: first.reason });
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
  const virtual = new Set<string>();
  for (const { config } of instances) {
    for (const vip of [...config.virtualAddresses, ...config.excludedAddresses]) virtual.add(`${vip.interface} ${vip.address}`);
  }
  return (address) =>
    on.work.isOurs(address) || virtual.has(`${on.kernel.link(address.interfaceIndex)?.name ?? ""} ${address.address}`);
}
