import { routerKeys } from "../base/router-key.ts";
import type { Config } from "./model.ts";
import { changeText, fieldChanges } from "./diff-fields.ts";
import type { FieldChange } from "./diff-fields.ts";

// What a reload from one configuration to another would do. Parts are matched as the engines match them: instances by
// what adverts say and where they go (their names do not matter), services by protocol, address and port, by firewall
// mark and family, or by group and index, everything else by its name.

/** Names of parts, in the order of the report: the keyword that makes one. */
export const PART_KINDS = [
  "vrrp_instance",
  "vrrp_sync_group",
  "vrrp_script",
  "track_file",
  "vrrp_track_process",
  "track_group",
  "bfd_instance",
  "static_ipaddress",
  "static_routes",
  "static_rules",
  "virtual_server_group",
  "virtual_server",
  "global_defs",
] as const;
export type PartKind = (typeof PART_KINDS)[number];

export interface PartDiff {
  readonly kind: PartKind;
  readonly name: string;
  readonly change: "added" | "removed" | "changed" | "untouched";
  /** Of one that changed; else empty. */
  readonly fields: readonly FieldChange[];
}

interface Part {
  readonly kind: PartKind;
  /** Two parts of one kind are the same thing exactly when it is equal. */
  readonly key: string;
  readonly name: string;
  readonly value: unknown;
}

/** Fields that a running daemon keeps; see keepalived-behaviour (g), "Not changeable". */
const ONLY_AT_START = /^(?:global\.(?:instance|netNamespace|netNamespaceIpvs|usePidDir|tmpConfigDirectory)|vrrp\.firewall\.(?:nftables\.table|disableLocalIgmp)|check\.nftablesIpvs\.table)$/;

/** Part by part, removed ones of a kind first, then in the order of the new configuration. */
export function configDiff(from: Config, to: Config): PartDiff[] {
  const [running, next] = [from.vrrp.instances, to.vrrp.instances];
  const keys = routerKeys(new Map(), running);
  const nextKeys = routerKeys(new Map(running.map((one, i) => [keys[i] ?? "", one])), next);
  const before = new Map(partsOf(from, keys).map((part) => [`${part.kind} ${part.key}`, part]));
  const after = new Map(partsOf(to, nextKeys).map((part) => [`${part.kind} ${part.key}`, part]));
  const removed = [...before].flatMap(([key, { kind, name }]): PartDiff[] => (after.has(key) ? [] : [{ kind, name, change: "removed", fields: [] }]));
  const kept = [...after].map(([key, part]): PartDiff => {
    const { kind, name } = part;
    const old = before.get(key);
    if (old === undefined) return { kind, name, change: "added", fields: [] };
    const fields = fieldChanges(old.value, part.value);
    return { kind, name, change: fields.length === 0 ? "untouched" : "changed", fields };
  });
  return [...removed, ...kept].sort((a, b) => PART_KINDS.indexOf(a.kind) - PART_KINDS.indexOf(b.kind));
}

/** Whether a reload would do nothing. */
export function isSame(diff: readonly PartDiff[]): boolean {
  return diff.every(({ change }) => change === "untouched");
}

/** @param keys of the instances, in order */
function partsOf({ global, vrrp, bfd, check, notify }: Config, keys: readonly string[]): Part[] {
  const { instances, syncGroups, scripts, trackFiles, trackProcesses, trackGroups, staticAddresses, staticRoutes, staticRules, ...vrrpGlobals } = vrrp;
  const { virtualServers, groups, ...checkGlobals } = check;
  const { instances: instanceNotify, groups: groupNotify, virtualServers: serverNotify, ...notifyGlobals } = notify;
  const named = <T extends { readonly name: string }>(kind: PartKind, items: readonly T[]): Part[] => items.map((value) => ({ kind, key: value.name, name: value.name, value }));
  return [
    ...instances.map((instance, i): Part => ({ kind: "vrrp_instance", key: keys[i] ?? "", name: instance.name, value: { ...instance, notify: instanceNotify.get(instance.name) } })),
    ...syncGroups.map((group): Part => ({ kind: "vrrp_sync_group", key: group.name, name: group.name, value: { ...group, notify: groupNotify.get(group.name) } })),
    ...named("vrrp_script", scripts),
    ...named("track_file", trackFiles),
    ...named("vrrp_track_process", trackProcesses),
    ...named("track_group", trackGroups),
    ...named("bfd_instance", bfd.instances),
    ...statics("static_ipaddress", staticAddresses),
    ...statics("static_routes", staticRoutes),
    ...statics("static_rules", staticRules),
    ...named("virtual_server_group", groups),
    ...virtualServers.map((server): Part => ({ kind: "virtual_server", key: `${server.label} ${server.family}`, name: server.label, value: { ...server, notify: serverNotify.get(server.label) } })),
    { kind: "global_defs", key: "", name: "", value: { global, vrrp: vrrpGlobals, check: checkGlobals, notify: notifyGlobals } },
  ];
}

/** All static objects of a kind are one part: they have no names. */
function statics(kind: PartKind, items: readonly unknown[]): Part[] {
  return items.length === 0 ? [] : [{ kind, key: "", name: "", value: { entries: items } }];
}

/** One block for each part that is not untouched, then the untouched ones. */
export function diffText(diff: readonly PartDiff[]): string {
  const lines = diff.flatMap(({ kind, name, change, fields }) => (change === "untouched" ? [] : [`${heading(kind, name)}: ${change}`, ...fields.map((field) => `    ${changeText(field)}${atStart(kind, field)}`)]));
  const untouched = PART_KINDS.flatMap((kind) => {
    const names = diff.filter((part) => part.kind === kind && part.change === "untouched").map(({ name }) => name);
    return names.length === 0 ? [] : [`${names.length === 1 ? heading(kind, names[0] ?? "") : `${names.length} x ${kind}`}: untouched`];
  });
  return [...lines, ...untouched].map((line) => `${line}\n`).join("");
}

function heading(kind: PartKind, name: string): string {
  return name === "" ? kind : `${kind} ${name}`;
}

function atStart(kind: PartKind, { field }: FieldChange): string {
  return kind === "global_defs" && ONLY_AT_START.test(field) ? " (at the next start only)" : "";
}

/** Described in doc/config.md; fields may be added. */
export interface DiffDocument {
  readonly format: "regent-config-diff";
  readonly version: 1;
  readonly same: boolean;
  readonly parts: readonly (Omit<PartDiff, "fields"> & { readonly fields: readonly (FieldChange & { readonly onlyAtStart: boolean })[] })[];
}

export function diffJson(diff: readonly PartDiff[]): string {
  const parts = diff.map(({ fields, ...part }) => ({ ...part, fields: fields.map((field) => ({ ...field, onlyAtStart: atStart(part.kind, field) !== "" })) }));
  const document: DiffDocument = { format: "regent-config-diff", version: 1, same: isSame(diff), parts };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
