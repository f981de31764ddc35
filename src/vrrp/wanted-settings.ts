import type { Setting } from "../base/ports.ts";
import type { VrrpConfig } from "../conf/model.ts";
import type { KernelView } from "./kernel-view.ts";
import type { LinkNeed } from "./placement.ts";

export interface WantedSetting extends Setting {
  /** That it is of; undefined: of no interface. */
  readonly interface: string | undefined;
  /** A higher value will do. */
  readonly atLeast: boolean;
}

/** Whether IGMP reports tell of the groups that every switch floods anyway, RFC 4541 section 2.1.2. */
const LOCAL_IGMP_REPORTS = "net/ipv4/igmp_link_local_mcast_reports";
const ALL_RP_FILTER = "net/ipv4/conf/all/rp_filter";

export interface SettingsContext {
  readonly needs: readonly LinkNeed[];
  /** Names of the links that are there because of them. */
  readonly own: ReadonlySet<string>;
  readonly kernel: KernelView;
  readonly disableLocalIgmp: boolean;
  /** What a setting has, or had before we changed it. */
  readonly original: (name: string) => number | undefined;
}

export function wantedSettings(config: VrrpConfig, { needs, own, kernel, disableLocalIgmp, original }: SettingsContext): WantedSetting[] {
  const promoting = config.instances.filter((one) => one.promoteSecondaries && one.interface !== "").map((one) => one.interface);
  const macvlans = needs.filter(({ family, kind }) => family === 4 && kind === "macvlan");
  const bases = new Set(macvlans.map(({ base }) => base));
  return [
    ...promoting.map((name) => ofInterface(name, "promote_secondaries", 1)),
    // ARP for an address of the macvlan is answered by the macvlan alone.
    ...[...bases].flatMap((name) => [ofInterface(name, "arp_ignore", 1), ofInterface(name, "arp_filter", 1)]),
    ...(disableLocalIgmp ? [{ name: LOCAL_IGMP_REPORTS, value: 0, interface: undefined, atLeast: false }] : []),
    ...(macvlans.length > 0 ? rpFilter(original(ALL_RP_FILTER) ?? 0, kernel, own) : []),
  ];
}

/**
 * Of the filter of all and that of an interface the larger counts, and a macvlan without an address of the others' network
 * must not filter: so that of all becomes one of each of the others, and of those to come.
 */
function rpFilter(all: number, kernel: KernelView, own: ReadonlySet<string>): WantedSetting[] {
  if (all === 0) return [];
  const names = kernel.links().flatMap(({ name, loopback }) => (loopback || own.has(name) ? [] : [name]));
  return [
    ...names.map((name) => ({ ...ofInterface(name, "rp_filter", all), atLeast: true })),
    { name: "net/ipv4/conf/default/rp_filter", value: all, interface: undefined, atLeast: true },
    { name: ALL_RP_FILTER, value: 0, interface: undefined, atLeast: false },
  ];
}

function ofInterface(device: string, setting: string, value: number): WantedSetting {
  return { name: `net/ipv4/conf/${device}/${setting}`, value, interface: device, atLeast: false };
}
