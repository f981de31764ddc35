import { familyOf } from "../base/ip.ts";
import type { IpFamily } from "../base/ip.ts";
import type { Link, NewLink, OwnLink } from "../base/network.ts";
import { virtualMac } from "../base/virtual-mac.ts";
import type { Prefix, VirtualAddress, VrrpConfig, VrrpInstance } from "../conf/model.ts";

/** IFNAMSIZ without the terminating zero. */
const LONGEST_NAME = 15;

/** A link that an instance is to have: `use_vmac`, `use_ipvlan`, `use_vmac_addr`, or `use_vmac` of an address. */
export interface LinkNeed {
  /** Instance's key and `placeOf`: what tells it from the others. */
  readonly key: string;
  /** Name of the instance. */
  readonly owner: string;
  /** Name of the interface below. */
  readonly base: string;
  readonly family: IpFamily;
  readonly kind: NewLink["stacked"]["kind"];
  readonly mode: NewLink["stacked"]["mode"];
  /** Undefined: that of the interface below, which every ipvlan has. */
  readonly hardwareAddress: Uint8Array | undefined;
  readonly group: number | undefined;
  /** Configured; undefined: found. */
  readonly name: string | undefined;
  readonly prefix: string;
  readonly vrid: number;
  /** `netlink_notify_msg`. */
  readonly tell: boolean;
  /** Adverts leave from it. */
  readonly speaks: boolean;
  /** Over IPv6: it is to have the link-local address of the interface below. */
  readonly copiesLinkLocal: boolean;
  /** It is to have this one, whoever is MASTER. */
  readonly address: Prefix | undefined;
  /** IPv6 is to be on. */
  readonly ipv6: boolean;
}

/** Where an instance speaks and holds its addresses, by name of interface. */
export interface Placement {
  /** Adverts leave from here and arrive here; "" when routing finds the way. */
  readonly adverts: string;
  /** The links of its own, by `placeOf`. */
  readonly links: ReadonlyMap<string, string>;
}

export type LinkPrefixes = Pick<VrrpConfig, "vmacPrefix" | "vmacAddrPrefix">;

/** Without links of its own, or before they are named. */
export function plainPlacement(config: VrrpInstance): Placement {
  return { adverts: config.interface, links: new Map() };
}

/** The interface that an address is on. */
export function deviceOf(config: VrrpInstance, { links }: Placement, vip: VirtualAddress): string {
  return (isPlaced(config, vip) ? links.get(placeOf(vip.interface, familyOf(vip.address))) : undefined) ?? vip.interface;
}

/** The macvlan or ipvlan that an instance has of its own, not for addresses elsewhere; by name. */
export function ownName({ vmac, ipvlan, interface: own, family }: VrrpInstance, { adverts, links }: Placement): string | undefined {
  if (vmac !== undefined) return links.get(placeOf(own, family));
  return ipvlan === undefined || adverts === own ? undefined : adverts;
}

/**
 * Where the virtual addresses of all instances are, or were before their interfaces had links of their own, "eth0 192.0.2.100",
 * each with the configuration that names it.
 */
export function virtualPlaces(instances: readonly { readonly config: VrrpInstance; readonly placement: Placement }[]): Map<string, VrrpInstance> {
  const places = new Map<string, VrrpInstance>();
  for (const { config, placement } of instances) {
    for (const vip of addressesOf(config)) {
      for (const device of [vip.interface, deviceOf(config, placement, vip)]) places.set(`${device} ${vip.address}`, config);
    }
  }
  return places;
}

/** All interfaces that an instance's fate hangs on because it speaks there, or has tracked addresses there. */
export function placedOn(config: VrrpInstance, placement: Placement): string[] {
  const names = new Set<string>();
  if (config.trackPrimary && placement.adverts !== config.interface) names.add(placement.adverts);
  for (const vip of addressesOf(config)) {
    const device = deviceOf(config, placement, vip);
    if (device !== vip.interface && vip.track) names.add(device);
  }
  return [...names];
}

/** Of `use_ipvlan`: 2.4 begins the names of those that are not named with it. */
const IPVLAN_PREFIX = "ipvl";
/** No address is ever on it because of `placeOf`. */
const IPVLAN_PLACE = "ipvlan";

/** One link for each family on each interface; an instance's own is that of its interface and family. */
function placeOf(base: string, family: IpFamily): string {
  return `${family} ${base}`;
}

/** All of its virtual addresses, in the order in which they come. */
export function addressesOf({ virtualAddresses, excludedAddresses }: VrrpInstance): VirtualAddress[] {
  return [...virtualAddresses, ...excludedAddresses];
}

/**
 * keepalived's choice: with `use_vmac` what is of the instance's family and on its interface; with `use_vmac_addr` what is
 * not; in any case what says so itself.
 */
function isPlaced({ vmac, useVmacAddr, interface: own, family }: VrrpInstance, vip: VirtualAddress): boolean {
  const isOwn = vip.interface === own && familyOf(vip.address) === family;
  return vip.useVmac || (isOwn ? vmac !== undefined : useVmacAddr);
}

export function linkNeeds(key: string, config: VrrpInstance, { vmacPrefix, vmacAddrPrefix }: LinkPrefixes): LinkNeed[] {
  const { name: owner, interface: own, vmac, vrid } = config;
  const needs = new Map<string, LinkNeed>();
  const add = (base: string, family: IpFamily, more: Pick<LinkNeed, "name" | "group" | "prefix" | "tell" | "speaks" | "copiesLinkLocal" | "ipv6">): void => {
    const place = placeOf(base, family);
    if (needs.has(place)) return;
    const hardwareAddress = vmac !== undefined && family === config.family ? vmac.mac : virtualMac(family, vrid);
    needs.set(place, { key: `${key} ${place}`, owner, base, family, kind: "macvlan", mode: "private", hardwareAddress, vrid, address: undefined, ...more });
  };
  if (vmac !== undefined) {
    const ipv6 = config.family === 6 || addressesOf(config).some(({ address }) => familyOf(address) === 6);
    const speaks = !vmac.xmitBase;
    add(own, config.family, { name: vmac.name, group: vmac.group, prefix: vmacPrefix, tell: vmac.netlinkNotifyMsg, speaks, copiesLinkLocal: speaks && config.family === 6, ipv6 });
  }
  const ipvlan = ipvlanNeed(key, config);
  if (ipvlan !== undefined) needs.set(IPVLAN_PLACE, ipvlan);
  for (const vip of addressesOf(config)) {
    const family = familyOf(vip.address);
    const ipv6 = family === 6;
    if (isPlaced(config, vip)) add(vip.interface, family, { name: undefined, group: undefined, prefix: vmacAddrPrefix ?? vmacPrefix, tell: false, speaks: false, copiesLinkLocal: ipv6, ipv6 });
  }
  return [...needs.values()];
}

/** Adverts leave from it and its own address; virtual addresses stay on the interface below. */
function ipvlanNeed(key: string, config: VrrpInstance): LinkNeed | undefined {
  const { name: owner, interface: base, ipvlan, family, vrid, configurationFault } = config;
  if (ipvlan === undefined || configurationFault !== undefined) return undefined;
  const { name, mode, group, address } = ipvlan;
  const ipv6 = family === 6 || addressesOf(config).some((vip) => familyOf(vip.address) === 6);
  return { key: `${key} ${IPVLAN_PLACE}`, owner, base, family, kind: "ipvlan", mode, hardwareAddress: undefined, group, name, prefix: IPVLAN_PREFIX, vrid, tell: false, speaks: true, copiesLinkLocal: false, address, ipv6 };
}

/** @param names of the links, by `LinkNeed.key` */
export function placementOf(config: VrrpInstance, needs: readonly LinkNeed[], names: ReadonlyMap<string, string>): Placement {
  const macvlans = needs.filter(({ kind }) => kind === "macvlan");
  const links = new Map(macvlans.map(({ key, base, family }) => [placeOf(base, family), names.get(key) ?? base]));
  const spoken = needs.find(({ speaks }) => speaks);
  return { adverts: (spoken && names.get(spoken.key)) ?? config.interface, links };
}

/** The link that is needed. */
export function ownLink({ kind, mode, hardwareAddress }: LinkNeed, base: Link, name: string): OwnLink {
  return { name, stacked: { kind, mode, base: base.index }, hardwareAddress };
}

/** Whether a link is such a one, whatever its name. */
export function isSuited({ stacked, hardwareAddress }: Link, own: OwnLink): boolean {
  if (stacked === undefined || stacked.kind !== own.stacked.kind || stacked.base !== own.stacked.base || stacked.mode !== own.stacked.mode) return false;
  return own.hardwareAddress === undefined || sameOctets(own.hardwareAddress, hardwareAddress);
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/**
 * A name for each need, by its key. A macvlan that suits is taken with the name that it has, as keepalived does: the kernel
 * would not let a second one with its MAC address up. Of ipvlans each suits each, so it is the name that counts.
 *
 * @param links those that exist
 * @param ours names of links that we, or a previous run, have made: they are there to be taken, or will go
 * @param before what was chosen the last time: it stays, if it can
 */
export function chooseNames(needs: readonly LinkNeed[], links: readonly Link[], ours: ReadonlySet<string>, before: ReadonlyMap<string, string>): Map<string, string> {
  const byName = new Map(links.map((link) => [link.name, link]));
  const names = new Map<string, string>();
  const claimed = new Set<string>();
  const claim = (need: LinkNeed, name: string | undefined): void => {
    if (name === undefined || claimed.has(name)) return;
    claimed.add(name);
    names.set(need.key, name);
  };
  for (const need of needs) {
    const base = byName.get(need.base);
    const own = base && ownLink(need, base, need.name ?? "");
    const suited = own === undefined ? [] : links.filter((link) => isSuited(link, own));
    const named = suited.find(({ name }) => name === (need.name ?? (need.kind === "ipvlan" ? before.get(need.key) : undefined)));
    claim(need, (named ?? (need.kind === "macvlan" ? suited[0] : undefined))?.name);
  }
  const isFree = (name: string): boolean => !claimed.has(name) && (!byName.has(name) || ours.has(name));
  for (const need of needs) {
    if (names.has(need.key)) continue;
    const known = need.name ?? before.get(need.key);
    claim(need, known !== undefined && isFree(known) ? known : found(need, isFree));
  }
  return names;
}

/** keepalived's: `vrrp.51`, over IPv6 then `vrrp6.51`, then `vrrp1.51` and so on. */
function found({ prefix, family, vrid }: LinkNeed, isFree: (name: string) => boolean): string {
  for (const mark of ["", ...(family === 6 ? ["6"] : [])]) if (isFree(nameOf(prefix, mark, vrid))) return nameOf(prefix, mark, vrid);
  for (let i = 1; ; i++) if (isFree(nameOf(prefix, String(i), vrid))) return nameOf(prefix, String(i), vrid);
}

function nameOf(prefix: string, mark: string, vrid: number): string {
  const end = `${mark}.${vrid}`;
  return prefix.slice(0, LONGEST_NAME - end.length) + end;
}
