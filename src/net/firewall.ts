// The table of a family, laid out as keepalived's is. Where links are silenced:
//
//   map vmac_map          the interface that a macvlan is on
//   set vmac_set          the macvlans once more, for IPv6 alone: the kernel looks up a map only to get something out of it
//   chain out             sends their IGMP, or MLD version 2, from there; drops their router solicitations
//
// and where addresses are blocked:
//
//   set vips              the addresses, but for IPv6's link-local ones
//   chain in, chain out   drop what goes to them, what comes from them
//
// and for IPv6 also
//
//   set neighbor-discovery           solicitations and advertisements, which pass before all else
//   set vips_link_local              address and interface; vips_link_local_name with the interface's name
//   chain in_link_local, out_link_local

import type { BlockedAddress, FirewallTable, SilencedLink } from "../base/firewall.ts";
import { addressBytes, familyOf, isLinkLocal } from "../base/ip.ts";
import type { IpFamily } from "../base/ip.ts";
import { concatBytes } from "./attributes.ts";
import * as nft from "./linux-nf-tables.ts";
import { deleteElements, deleteTable, newChain, newElements, newRule, newSet, newTable } from "./nftables.ts";
import type { InTable, NftablesMessage, SetElement } from "./nftables.ts";
import { ACCEPT, DROP, counter, duplicate, goTo, isEqual, isIn, isMapped, mask, meta, payload } from "./nftables-expressions.ts";
import type { Expression } from "./nftables-expressions.ts";

const VMAC_MAP = "vmac_map";
const VMAC_SET = "vmac_set";
const VIPS = "vips";
const ND_TYPES = "neighbor-discovery";
const IFNAMSIZ = 16;
const IPPROTO_IGMP = 2;
const IPPROTO_ICMPV6 = 58;
const ND_ROUTER_SOLICITATION = 133;
const ND_NEIGHBOUR_SOLICITATION = 135;
const ND_NEIGHBOUR_ADVERTISEMENT = 136;
const MLD2_LISTENER_REPORT = 143;
/** Offsets in the IP header. */
const IPV4_PROTOCOL = 9;
const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;
const IPV6_NEXT_HEADER = 6;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;

const FAMILIES = [4, 6] as const;
/** Beyond it only the rules are looked at: reading thousands of addresses would keep adverts waiting. */
const MOST_ADDRESSES_READ = 1000;

/** What a family's table is about. */
type Parts = Pick<FirewallTable, "blocked" | "silenced">;

const NOTHING: Parts = { blocked: [], silenced: [] };

/** The messages of the transaction that leads from `before` to `after`; none when they hold the same. See `Firewall.change`. */
export function encodeFirewallChange(before: FirewallTable | undefined, after: FirewallTable | undefined): NftablesMessage[] {
  return FAMILIES.flatMap((family) => {
    const [had, has] = [partsOf(before, family), partsOf(after, family)];
    if (after === undefined || isEmpty(has)) return before === undefined || isEmpty(had) ? [] : [deleteTable(inTable(before.table, family))];
    const at = inTable(after.table, family);
    if (!hasSameParts(had, has)) return [newTable(at), deleteTable(at), newTable(at), ...content(at, after, has), ...additions(at, after, NOTHING, has)];
    return [...removals(at, after, had, has), ...additions(at, after, had, has)];
  });
}

/** For each family, the table and its sets: what has to be asked for to see the whole, but for very many addresses. */
export function tablesOf(table: FirewallTable): { readonly at: InTable; readonly sets: readonly string[] }[] {
  return FAMILIES.flatMap((family) => {
    const parts = partsOf(table, family);
    const { blocked, silenced } = parts;
    const addressSets = blocked.length === 0 || table.blocked.length > MOST_ADDRESSES_READ ? [] : family === 4 ? [VIPS] : [VIPS, linkLocalSet(table)];
    const linkSets = silenced.length === 0 ? [] : family === 4 ? [VMAC_MAP] : [VMAC_MAP, VMAC_SET];
    return isEmpty(parts) ? [] : [{ at: inTable(table.table, family), sets: [...addressSets, ...linkSets] }];
  });
}

/** The families that a table is there for. */
export function familiesOf(table: FirewallTable): IpFamily[] {
  return FAMILIES.filter((family) => !isEmpty(partsOf(table, family)));
}

export function inTable(table: string, family: 4 | 6): InTable {
  return { family: family === 4 ? nft.NFPROTO_IPV4 : nft.NFPROTO_IPV6, table };
}

function partsOf(table: Parts | undefined, family: IpFamily): Parts {
  const { blocked, silenced } = table ?? NOTHING;
  return { blocked: blocked.filter(({ address }) => familyOf(address) === family), silenced: silenced.filter(({ families }) => families.includes(family)) };
}

function isEmpty({ blocked, silenced }: Parts): boolean {
  return blocked.length === 0 && silenced.length === 0;
}

/** Whether the same sets and rules are for both. */
function hasSameParts(one: Parts, other: Parts): boolean {
  return (one.blocked.length === 0) === (other.blocked.length === 0) && (one.silenced.length === 0) === (other.silenced.length === 0);
}

/** What stands in the sets for these addresses, by what tells one element from another; its octets are encoded when it is sent. */
function elementsOf(table: FirewallTable, blocked: readonly BlockedAddress[]): Map<string, BlockedAddress> {
  return new Map(blocked.map((one) => [isLinkLocal(one.address) ? `${one.address} ${interfaceOf(table, one)}` : one.address, one]));
}

function missing(of: ReadonlyMap<string, BlockedAddress>, among: ReadonlyMap<string, BlockedAddress>): BlockedAddress[] {
  return [...of].filter(([id]) => !among.has(id)).map(([, element]) => element);
}

function interfaceOf({ linkLocalBy }: FirewallTable, { interface: device }: BlockedAddress): string | number {
  return linkLocalBy === "index" ? device.index : device.name;
}

/** In the byte order of the host, or the name filled up with zeros. */
function interfaceKey(interfaceOf: number | string): Uint8Array {
  return typeof interfaceOf === "number" ? new Uint8Array(Uint32Array.of(interfaceOf).buffer) : nameBytes(interfaceOf);
}

function nameBytes(text: string): Uint8Array {
  const name = new Uint8Array(IFNAMSIZ);
  name.set(new TextEncoder().encode(text).subarray(0, IFNAMSIZ - 1));
  return name;
}

function additions(at: InTable, table: FirewallTable, had: Parts, has: Parts): NftablesMessage[] {
  return missingElements(at, table, has, had).flatMap(({ set, elements }) => newElements(at, set, elements));
}

function removals(at: InTable, table: FirewallTable, had: Parts, has: Parts): NftablesMessage[] {
  return missingElements(at, table, had, has).flatMap(({ set, elements }) => deleteElements(at, set, elements));
}

interface ElementsOfSet {
  readonly set: string;
  readonly elements: readonly SetElement[];
}

function missingElements(at: InTable, table: FirewallTable, of: Parts, among: Parts): ElementsOfSet[] {
  const links = new Set(among.silenced.map(linkKey));
  const silenced = of.silenced.filter((link) => !links.has(linkKey(link)));
  return [...linkElements(at, silenced), ...addressElements(table, missing(elementsOf(table, of.blocked), elementsOf(table, among.blocked)))];
}

function linkKey({ index, base }: SilencedLink): string {
  return `${index} ${base}`;
}

function linkElements({ family }: InTable, links: readonly SilencedLink[]): ElementsOfSet[] {
  const map = { set: VMAC_MAP, elements: links.map(({ index, base }) => ({ key: interfaceKey(index), data: interfaceKey(base) })) };
  return family === nft.NFPROTO_IPV4 ? [map] : [map, { set: VMAC_SET, elements: links.map(({ index }) => interfaceKey(index)) }];
}

function addressElements(table: FirewallTable, elements: readonly BlockedAddress[]): ElementsOfSet[] {
  const keys: Uint8Array[] = [];
  const linkLocal: Uint8Array[] = [];
  for (const element of elements) {
    const bytes = addressBytes(element.address);
    if (isLinkLocal(element.address)) linkLocal.push(concatBytes([bytes, interfaceKey(interfaceOf(table, element))]));
    else keys.push(bytes);
  }
  return [{ set: VIPS, elements: keys }, { set: linkLocalSet(table), elements: linkLocal }];
}

function linkLocalSet({ linkLocalBy }: FirewallTable): string {
  return linkLocalBy === "index" ? "vips_link_local" : "vips_link_local_name";
}

function content(at: InTable, table: FirewallTable, { blocked, silenced }: Parts): NftablesMessage[] {
  const rule: RuleMaker = (chain, matches, verdict) => newRule(at, chain, [...matches, ...(table.counters ? [counter()] : []), verdict]);
  return [
    newChain(at, "out", { hook: nft.NF_INET_LOCAL_OUT, priority: table.priority }),
    ...(silenced.length === 0 ? [] : silencing(at, rule)),
    ...(blocked.length === 0 ? [] : blocking(at, rule, table)),
  ];
}

type RuleMaker = (chain: string, matches: readonly Expression[], verdict: Expression) => NftablesMessage;

function silencing(at: InTable, rule: RuleMaker): NftablesMessage[] {
  const index = { type: nft.NFT_TYPE_IFACE_INDEX, length: 4, order: "host" } as const;
  const links = { keyType: index.type, keyLength: index.length, keyOrder: index.order };
  const isMacvlan = [meta(nft.NFT_META_OIFKIND, nft.NFT_REG_2), isEqual(nameBytes("macvlan"), nft.NFT_REG_2), meta(nft.NFT_META_OIF, nft.NFT_REG_2)];
  if (at.family === nft.NFPROTO_IPV4) {
    return [
      newSet(at, 5, { name: VMAC_MAP, ...links, data: index }),
      rule("out", [payload("network", IPV4_PROTOCOL, 1), isEqual(Uint8Array.of(IPPROTO_IGMP)), payload("network", IPV4_DESTINATION, 4), ...isMacvlan, isMapped(VMAC_MAP), duplicate()], DROP),
    ];
  }
  // What MLD says stands behind a hop-by-hop header, RFC 3810 section 5: the kernel has looked behind it.
  const ofType = (type: number) => [meta(nft.NFT_META_L4PROTO, nft.NFT_REG_1), isEqual(Uint8Array.of(IPPROTO_ICMPV6)), payload("transport", 0, 1), isEqual(Uint8Array.of(type))];
  return [
    newSet(at, 6, { name: VMAC_MAP, ...links, data: index }),
    newSet(at, 7, { name: VMAC_SET, ...links }),
    rule("out", [...ofType(MLD2_LISTENER_REPORT), payload("network", IPV6_DESTINATION, 16), ...isMacvlan, isMapped(VMAC_MAP), duplicate()], DROP),
    rule("out", [...ofType(ND_ROUTER_SOLICITATION), ...isMacvlan, isIn(VMAC_SET, nft.NFT_REG_2)], DROP),
  ];
}

function blocking(at: InTable, rule: RuleMaker, table: FirewallTable): NftablesMessage[] {
  const inChain = newChain(at, "in", { hook: nft.NF_INET_LOCAL_IN, priority: table.priority });
  if (at.family === nft.NFPROTO_IPV4) {
    return [
      inChain,
      newSet(at, 1, { name: VIPS, keyType: nft.NFT_TYPE_IPV4_ADDR, keyLength: 4, keyOrder: "network" }),
      rule("in", [payload("network", IPV4_DESTINATION, 4), isIn(VIPS)], DROP),
      rule("out", [payload("network", IPV4_SOURCE, 4), isIn(VIPS)], DROP),
    ];
  }
  const byIndex = table.linkLocalBy === "index";
  const interfaceType = byIndex ? nft.NFT_TYPE_IFACE_INDEX : nft.NFT_TYPE_IFNAME;
  const discovery = [payload("network", IPV6_NEXT_HEADER, 1), isEqual(Uint8Array.of(IPPROTO_ICMPV6)), payload("transport", 0, 1), isIn(ND_TYPES)];
  const direction = (chain: "in" | "out", offset: number, key: number): NftablesMessage[] => [
    rule(chain, discovery, ACCEPT),
    rule(chain, [payload("network", offset, 16), mask(FE80_MASK), isEqual(FE80)], goTo(`${chain}_link_local`)),
    rule(chain, [payload("network", offset, 16), isIn(VIPS)], DROP),
    rule(`${chain}_link_local`, [payload("network", offset, 16), meta(key, nft.NFT_REG_2), isIn(linkLocalSet(table))], DROP),
  ];
  return [
    inChain,
    newChain(at, "in_link_local"),
    newChain(at, "out_link_local"),
    newSet(at, 2, { name: VIPS, keyType: nft.NFT_TYPE_IPV6_ADDR, keyLength: 16, keyOrder: "network" }),
    newSet(at, 3, { name: ND_TYPES, keyType: nft.NFT_TYPE_ICMPV6_TYPE, keyLength: 1, keyOrder: "host", constant: true }),
    ...newElements(at, ND_TYPES, [Uint8Array.of(ND_NEIGHBOUR_SOLICITATION), Uint8Array.of(ND_NEIGHBOUR_ADVERTISEMENT)]),
    newSet(at, 4, { name: linkLocalSet(table), keyType: (nft.NFT_TYPE_IPV6_ADDR << 6) | interfaceType, keyLength: 16 + (byIndex ? 4 : IFNAMSIZ), keyOrder: "host" }),
    ...direction("in", IPV6_DESTINATION, byIndex ? nft.NFT_META_IIF : nft.NFT_META_IIFNAME),
    ...direction("out", IPV6_SOURCE, byIndex ? nft.NFT_META_OIF : nft.NFT_META_OIFNAME),
  ];
}

const FE80 = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const FE80_MASK = Uint8Array.of(0xff, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
