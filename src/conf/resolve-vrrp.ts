import { SECOND } from "../base/time.ts";
import type { Draft, InstanceDraft, TrackScriptDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import type { BfdConfig, VrrpConfig, VrrpInstance } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { Context, UsableScript } from "./resolve-context.ts";
import { resolveFirewall } from "./resolve-global.ts";
import { resolveSyncGroups } from "./resolve-groups.ts";
import { resolveInstance } from "./resolve-instance.ts";
import { resolveStatic } from "./resolve-static.ts";
import { resolveTrackFiles, resolveTrackProcesses } from "./resolve-tracking.ts";
import type { ScriptJudge } from "./security.ts";

// From drafts to the VRRP part of the model: defaults, and everything that must hold between parts.

/**
 * @param scripts of `resolveScripts`
 * @param bfd of `resolveBfd`
 */
export function resolveVrrp(reading: Reading, draft: Draft, scripts: ReadonlyMap<string, UsableScript>, bfd: BfdConfig): VrrpConfig {
  const known = new Set(bfd.instances.flatMap(({ name, vrrp }) => (vrrp ? [name] : [])));
  const trackFiles = resolveTrackFiles(draft);
  const context: Context = {
    reading,
    global: draft.global,
    scripts,
    unusableScripts: new Map(draft.scripts.flatMap(({ name, at }) => (scripts.has(name) ? [] : [[name, at]]))),
    trackFiles: new Map(trackFiles.map((file) => [file.name, file])),
    trackProcesses: new Map(draft.trackProcesses.map((process) => [process.name, process])),
    bfds: new Map(draft.bfds.filter(({ name }) => known.has(name)).map((one) => [one.name, one])),
  };
  const instances = draft.instances.flatMap((instance) => resolveInstance(context, instance) ?? []);
  const { groups, members } = resolveSyncGroups(context, draft, instances);
  checkVrids(reading, members, draft.instances);
  checkSharedAddresses(reading, members, draft.instances);
  const used = new Set([...members, ...groups].flatMap(({ trackScripts }) => trackScripts.map(({ script }) => script)));
  for (const { name, at } of draft.scripts) {
    if (scripts.has(name) && !used.has(name)) reading.note(`Warning - script ${name} is not used`, at, { code: "unused-definition", remedy: "name it in a track_script block, or remove it" });
  }
  return {
    instances: members,
    syncGroups: groups,
    scripts: [...scripts.values()].flatMap(({ script }) => (used.has(script.name) ? [script] : [])),
    trackFiles,
    trackProcesses: resolveTrackProcesses(draft),
    ...resolveStatic(reading, draft, members),
    startupDelayUs: draft.global.startupDelayUs ?? 0,
    logUnknownVrids: draft.global.logUnknownVrids,
    garpIntervalUs: draft.global.garpIntervalUs ?? 0,
    gnaIntervalUs: draft.global.gnaIntervalUs ?? 0,
    vmacPrefix: draft.global.vmacPrefix ?? "vrrp",
    vmacAddrPrefix: draft.global.vmacAddrPrefix,
    firewall: resolveFirewall(draft.global.firewall),
  };
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
      const remedy = unknownUser ? "name an account that exists" : "name a program that exists and may be executed by its user, by its whole path";
      reading.problem("general-error", message, tracked.at, { code: "script-unusable", remedy });
      continue; // keepalived drops it from its trackers, too
    }
    const intervalUs = tracked.intervalUs ?? SECOND;
    const { name, rise, fall, weight, reverse } = tracked;
    scripts.set(name, { script: { name, script, intervalUs, timeoutUs: tracked.timeoutUs ?? intervalUs, rise, fall }, weight, reverse });
  }
  return scripts;
}

/** Two instances with one VRID that hear the same adverts would fight; keepalived does not start. */
function checkVrids(reading: Reading, instances: readonly VrrpInstance[], drafts: readonly InstanceDraft[]): void {
  const places = new Map(drafts.map(({ name, at }) => [name, at]));
  const byVrid = new Map<string, VrrpInstance[]>();
  for (const instance of instances) {
    const { name, vrid, family, interface: link } = instance;
    const key = `${family} ${vrid} ${link}`;
    const others = byVrid.get(key) ?? [];
    const other = others.find((one) => hearEachOther(one, instance));
    byVrid.set(key, [...others, instance]);
    if (other === undefined) continue;
    const vridOf = (of: string): Word | undefined => {
      const at = places.get(of);
      return at && (reading.written(at, "virtual_router_id") ?? at);
    };
    reading.fatalProblem("general-error", `${other.name} and ${name} both use VRID ${vrid} with IPv${family} on interface ${link}`, vridOf(name), {
      code: "duplicate-vrid",
      remedy: "give one of the two another virtual_router_id, on both directors",
      related: [{ at: vridOf(other.name), note: `in vrrp_instance ${other.name} it is here` }],
    });
  }
}

/** Of two with the same VRID, family and interface: different groups, or unicast peers of which none is shared, keep them apart. */
function hearEachOther(one: VrrpInstance, other: VrrpInstance): boolean {
  if (one.unicast === undefined || other.unicast === undefined) return one.unicast === other.unicast && one.multicastGroup === other.multicastGroup;
  const peers = new Set(one.unicast.peers.map(({ address }) => address));
  return other.unicast.peers.some(({ address }) => peers.has(address));
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
