import { familyOf, ipAddress, isMulticast } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { AddressDraft, Draft, GarpDraft, GlobalDraft, InstanceDraft, TrackDraft, TrackScriptDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import type { Authentication, GarpSchedule, TrackedInterface, TrackedScript, TrackScript, VirtualAddress, VrrpConfig, VrrpInstance } from "./model.ts";
import { computeBroadcast } from "./readers/address.ts";
import { nearest } from "./nearest.ts";
import type { Reading } from "./reading.ts";
import { resolveSyncGroups } from "./resolve-groups.ts";
import type { ScriptJudge } from "./security.ts";

// From drafts to the VRRP part of the model: defaults, and everything that must hold between parts.

const ALL_ROUTERS: IpAddress = ipAddress("224.0.0.18");
/** The count in an advert is one octet. */
const MOST_ADDRESSES = 255;
const OWNER_PRIORITY = 255;
const DEFAULT_PRIORITY = 100;

/** @param scripts of `resolveScripts` */
export function resolveVrrp(reading: Reading, draft: Draft, scripts: ReadonlyMap<string, UsableScript>): VrrpConfig {
  const context: Context = { reading, global: draft.global, scripts };
  const instances = draft.instances.flatMap((instance) => resolveInstance(context, instance) ?? []);
  const { groups, members } = resolveSyncGroups(context, draft, instances);
  checkVrids(reading, members, draft.instances);
  checkSharedAddresses(reading, members, draft.instances);
  const used = new Set([...members, ...groups].flatMap(({ trackScripts }) => trackScripts.map(({ script }) => script)));
  for (const { name, at } of draft.scripts) {
    if (scripts.has(name) && !used.has(name)) reading.note(`Warning - script ${name} is not used`, at);
  }
  return {
    instances: members,
    syncGroups: groups,
    scripts: [...scripts.values()].flatMap(({ script }) => (used.has(script.name) ? [script] : [])),
    startupDelayUs: draft.global.startupDelayUs ?? 0,
    logUnknownVrids: draft.global.logUnknownVrids,
    garpIntervalUs: draft.global.garpIntervalUs ?? 0,
  };
}

export interface UsableScript {
  readonly script: TrackScript;
  readonly weight: number;
  readonly reverse: boolean;
}

/** What the resolution of one configuration shares. */
export interface Context {
  readonly reading: Reading;
  readonly global: GlobalDraft;
  /** Those that can run. */
  readonly scripts: ReadonlyMap<string, UsableScript>;
}

/** The tracked scripts that can run. keepalived looks at them only when it has an instance. */
export function resolveScripts(reading: Reading, draft: Draft, judge: ScriptJudge): Map<string, UsableScript> {
  const scripts = new Map<string, UsableScript>();
  const drafts: readonly TrackScriptDraft[] = draft.instances.length === 0 ? [] : draft.scripts;
  for (const tracked of drafts) {
    if (tracked.script === undefined) continue;
    const script = judge.judge(tracked.script, tracked.account ?? tracked.script.account);
    if (script.disabled !== undefined) {
      const unknownUser = tracked.account !== undefined && tracked.account.uid === undefined;
      const why = script.disabled === "insecure" ? "due to insecure" : "since not found/accessible";
      const message = unknownUser ? `Unable to set uid/gid for script '${tracked.script.text}'` : `Disabling track script ${tracked.name} ${why}`;
      reading.problem("general-error", message, tracked.at);
      continue; // keepalived drops it from its trackers, too
    }
    const intervalUs = tracked.intervalUs ?? SECOND;
    const { name, rise, fall, weight, reverse } = tracked;
    scripts.set(name, { script: { name, script, intervalUs, timeoutUs: tracked.timeoutUs ?? intervalUs, rise, fall }, weight, reverse });
  }
  return scripts;
}

/** Undefined, after a message, when keepalived would not run the instance either. */
function resolveInstance(context: Context, draft: InstanceDraft): VrrpInstance | undefined {
  const { reading, global } = context;
  const { name, at } = draft;
  if (draft.interface === undefined) {
    reading.fatalProblem("general-error", `(${name}) Unknown interface!`, at, { code: "incomplete-block", remedy: `write the interface of vrrp_instance ${name}, e.g. 'interface eth0'` });
    return undefined;
  }
  if (draft.vrid === undefined) {
    const remedy = `write 'virtual_router_id N' in vrrp_instance ${name}: the same on both directors, unique on the network, 1 to 255`;
    reading.fatalProblem("general-error", `(${name}) the virtual router id must be set`, at, { code: "incomplete-block", remedy });
    return undefined;
  }
  if (draft.version === 3) reading.refuse(`version 3 in vrrp_instance ${name}`, at);
  const first = draft.sourceAddress ?? draft.addresses[0]?.address;
  if (first !== undefined && familyOf(first) === 6) reading.refuse(`IPv6 in vrrp_instance ${name}`, at);
  const preemption = resolvePreemption(reading, draft);
  const { addresses, excluded } = resolveAddresses(context, draft);
  return {
    name,
    family: 4,
    version: 2,
    interface: draft.interface.text,
    vrid: draft.vrid,
    ...preemption,
    advertIntervalUs: resolveAdvertInterval(reading, draft),
    downTimerAdverts: draft.downTimerAdverts ?? global.downTimerAdverts ?? 3,
    authentication: resolveAuthentication(reading, draft),
    multicastGroup: draft.multicastGroup ?? global.mcastGroup4 ?? ALL_ROUTERS,
    sourceAddress: draft.sourceAddress,
    virtualAddresses: addresses,
    excludedAddresses: excluded,
    garp: resolveGarp(draft.garp, global.garp),
    lowerPrioNoAdvert: draft.lowerPrioNoAdvert ?? global.lowerPrioNoAdvert,
    higherPrioSendAdvert: draft.higherPrioSendAdvert ?? global.higherPrioSendAdvert,
    // keepalived turns an explicit "off" on an owner into "on".
    ownerIgnoreAdverts: (draft.ownerIgnoreAdverts ?? global.ownerIgnoreAdverts) || (draft.ownerIgnoreAdverts === false && preemption.priority === OWNER_PRIORITY),
    skipCheckAdvAddr: draft.skipCheckAdvAddr ?? global.skipCheckAdvAddr,
    trackPrimary: draft.trackPrimary,
    trackInterfaces: resolveTrackedInterfaces(context, name, draft.trackInterfaces, draft.interface.text),
    trackScripts: resolveTrackedScripts(context, name, draft.trackScripts),
  };
}

function resolvePreemption(reading: Reading, draft: InstanceDraft): Pick<VrrpInstance, "priority" | "initialState" | "preempt" | "preemptDelayUs"> {
  const { name, at } = draft;
  const priority = draft.priority ?? (draft.state === "MASTER" && !draft.priorityInvalid ? OWNER_PRIORITY : DEFAULT_PRIORITY);
  const initialState = draft.state ?? (priority === OWNER_PRIORITY ? "MASTER" : "BACKUP");
  let nopreempt = draft.nopreempt;
  let preemptDelayUs = draft.preemptDelayUs ?? 0;
  if (nopreempt && priority === OWNER_PRIORITY) {
    reading.problem("general-error", `(${name}) nopreempt is incompatible with priority ${OWNER_PRIORITY}. resetting nopreempt`, at);
    nopreempt = false;
  }
  if (nopreempt && initialState === "MASTER") {
    reading.problem("general-error", `(${name}) Warning - nopreempt will not work with initial state MASTER - clearing`, at);
    nopreempt = false;
  }
  if (preemptDelayUs > 0 && initialState === "MASTER") {
    reading.problem("general-error", `(${name}) Warning - preempt delay will not work with initial state MASTER - clearing`, at);
    preemptDelayUs = 0;
  }
  if (preemptDelayUs > 0 && nopreempt) {
    reading.problem("general-error", `(${name}) preempt_delay is incompatible with nopreempt mode - resetting`, at);
    preemptDelayUs = 0;
  }
  return { priority, initialState, preempt: !nopreempt, preemptDelayUs };
}

/** Version 2 carries whole seconds on the wire. */
function resolveAdvertInterval(reading: Reading, draft: InstanceDraft): number {
  const interval = draft.advertIntervalUs ?? SECOND;
  if (interval % SECOND === 0) return interval;
  reading.problem("general-error", `(${draft.name}) VRRPv2 advertisement interval ${(interval / SECOND).toFixed(6)}s must be an integer. rounding`, draft.at);
  return Math.max(1, Math.round(interval / SECOND)) * SECOND;
}

function resolveAuthentication(reading: Reading, draft: InstanceDraft): Authentication {
  if (draft.authType === undefined) return { type: "none" };
  if (draft.authPass === undefined || draft.authPass === "") {
    reading.problem("general-error", `(${draft.name}) Authentication specified but no password given. Ignoring`, draft.at);
    return { type: "none" };
  }
  const password = new Uint8Array(8);
  password.set(Buffer.from(draft.authPass).subarray(0, 8));
  return { type: "pass", password };
}

function resolveGarp(own: GarpDraft, global: GarpDraft): GarpSchedule {
  const masterDelayUs = own.masterDelayUs ?? global.masterDelayUs ?? 5 * SECOND;
  const masterRepeat = own.masterRepeat ?? global.masterRepeat ?? 5;
  return {
    masterDelayUs,
    masterRepeat,
    masterRefreshUs: own.masterRefreshUs ?? global.masterRefreshUs ?? 0,
    masterRefreshRepeat: own.masterRefreshRepeat ?? global.masterRefreshRepeat ?? 1,
    lowerPrioDelayUs: own.lowerPrioDelayUs ?? global.lowerPrioDelayUs ?? masterDelayUs,
    lowerPrioRepeat: own.lowerPrioRepeat ?? global.lowerPrioRepeat ?? masterRepeat,
  };
}

function resolveAddresses(context: Context, draft: InstanceDraft): { addresses: VirtualAddress[]; excluded: VirtualAddress[] } {
  const { reading } = context;
  const seen = new Map<string, AddressDraft>();
  const distinct = (drafts: readonly AddressDraft[]): VirtualAddress[] =>
    drafts.flatMap((address) => {
      const first = seen.get(address.address);
      if (first !== undefined) {
        reading.note(`(${draft.name}) duplicate address ${address.at.text} - ignoring`, address.at, {
          code: "duplicate-address",
          remedy: "remove one of the two",
          related: [{ at: first.at, note: "the first one is here" }],
        });
        return [];
      }
      seen.set(address.address, address);
      return [resolveAddress(context, draft, address)];
    });
  const addresses = distinct(draft.addresses);
  const excluded = distinct(draft.excluded);
  if (addresses.length === 0) reading.problem("general-error", `(${draft.name}) No VIP specified; at least one is sensible`, draft.at);
  if (addresses.length <= MOST_ADDRESSES) return { addresses, excluded };
  reading.problem(
    "general-error",
    `(${draft.name}) Number of VIPs (${addresses.length}) exceeds maximum/space available in packet (max ${MOST_ADDRESSES} addresses) - excess moved to eVIPs`,
    draft.at,
  );
  return { addresses: addresses.slice(0, MOST_ADDRESSES), excluded: [...addresses.slice(MOST_ADDRESSES), ...excluded] };
}

function resolveAddress(context: Context, instance: InstanceDraft, draft: AddressDraft): VirtualAddress {
  const family = familyOf(draft.address);
  const computed = draft.broadcast === "+" || draft.broadcast === "-";
  // IFA_ADDRESS carries the far end when there is one, and the prefix length is then the far end's.
  const prefixLength = draft.peer === undefined ? draft.prefixLength : (draft.peerPrefixLength ?? draft.prefixLength);
  const lifetime = draft.preferredLifetimeS ?? (family === 6 && draft.prefixLength === 128 ? 0 : "forever");
  if (draft.autojoin && !isMulticast(draft.address)) {
    context.reading.note(`autojoin has an effect on multicast addresses only: ${draft.at.text}`, draft.at);
  }
  return {
    address: draft.address,
    prefixLength,
    interface: draft.interface?.text ?? instance.interface?.text ?? "",
    scope: draft.scope ?? 0,
    label: family === 4 ? draft.label : undefined,
    broadcast: computed ? computeBroadcast(draft.address, draft.prefixLength, draft.broadcast === "+" ? "+" : "-") : asAddress(draft.broadcast),
    peer: draft.peer,
    home: draft.home,
    noPrefixRoute: draft.noPrefixRoute,
    managedTemporary: draft.managedTemporary,
    autojoin: draft.autojoin,
    duplicateDetection: draft.duplicateDetection,
    preferredLifetimeS: lifetime === "forever" ? undefined : lifetime,
    track: draft.track,
  };
}

function asAddress(broadcast: AddressDraft["broadcast"]): IpAddress | undefined {
  return broadcast === "+" || broadcast === "-" ? undefined : broadcast;
}

/** @param own the tracker's own interface: keepalived drops it here, even with `dont_track_primary` */
export function resolveTrackedInterfaces(context: Context, name: string, drafts: readonly TrackDraft[], own?: string): TrackedInterface[] {
  return drafts.flatMap((draft) => {
    if (draft.name === own) {
      context.reading.problem("general-error", `(${name}) Ignoring track_interface ${draft.name} since own interface`, draft.at);
      return [];
    }
    return [{ interface: draft.name, weight: draft.weight ?? 0, reverse: draft.reverse ?? false }];
  });
}

export function resolveTrackedScripts(context: Context, name: string, drafts: readonly TrackDraft[]): TrackedScript[] {
  return drafts.flatMap((draft) => {
    const script = context.scripts.get(draft.name);
    if (script === undefined) {
      context.reading.lateProblem("general-error", `(${name}) track script ${draft.name} not found, ignoring...`, draft.at, {
        code: "unknown-name",
        remedy: `write a 'vrrp_script ${draft.name} { ... }' block, or correct the name`,
        ...nearest(draft.name, context.scripts.keys()),
      });
      return [];
    }
    return [{ script: draft.name, weight: draft.weight ?? script.weight, reverse: draft.reverse ?? script.reverse }];
  });
}

/** Two instances with one VRID on one interface would fight; keepalived does not start. */
function checkVrids(reading: Reading, instances: readonly VrrpInstance[], drafts: readonly InstanceDraft[]): void {
  const places = new Map(drafts.map(({ name, at }) => [name, at]));
  const seen = new Map<string, string>();
  for (const { name, vrid, family, interface: link } of instances) {
    const key = `${family} ${vrid} ${link}`;
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, name);
      continue;
    }
    reading.fatalProblem("general-error", `${other} and ${name} both use VRID ${vrid} with IPv${family} on interface ${link}`, places.get(name), {
      code: "duplicate-vrid",
      remedy: "give one of the two another virtual_router_id, on both directors",
      related: [{ at: places.get(other), note: `the other one, ${other}, is here` }],
    });
  }
}

/** keepalived says nothing; yet two masters for one address cannot both be meant. */
function checkSharedAddresses(reading: Reading, instances: readonly VrrpInstance[], drafts: readonly InstanceDraft[]): void {
  const resolved = new Set(instances.map(({ name }) => name));
  const owners = new Map<string, { readonly name: string; readonly at: Word }>();
  for (const { name, addresses, excluded } of drafts) {
    if (!resolved.has(name)) continue;
    for (const { address, at } of [...addresses, ...excluded]) {
      const other = owners.get(address);
      owners.set(address, other ?? { name, at });
      if (other === undefined || other.name === name) continue;
      reading.note(`(${name}) address ${address} also belongs to vrrp_instance ${other.name}`, at, {
        code: "duplicate-address",
        remedy: "leave it in one of the two, or both become master of one address",
        related: [{ at: other.at, note: `in vrrp_instance ${other.name} it is here` }],
      });
    }
  }
}
