// The table that keeps packets from virtual addresses, one for each family, laid out as keepalived's is:
//
//   set vips              the addresses, but for IPv6's link-local ones
//   chain in, chain out   drop what goes to them, what comes from them
//
// and for IPv6 also
//
//   set neighbor-discovery           solicitations and advertisements, which pass before all else
//   set vips_link_local              address and interface; vips_link_local_name with the interface's name
//   chain in_link_local, out_link_local

import type { BlockedAddress, FirewallTable } from "../base/firewall.ts";
import { addressBytes, familyOf, isLinkLocal } from "../base/ip.ts";
import { concatBytes } from "./attributes.ts";
import * as nft from "./linux-nf-tables.ts";
import { deleteElements, deleteTable, newChain, newElements, newRule, newSet, newTable } from "./nftables.ts";
import type { InTable, NftablesMessage } from "./nftables.ts";
import { ACCEPT, DROP, counter, goTo, isEqual, isIn, mask, metaBehind, payload } from "./nftables-expressions.ts";
import type { Expression } from "./nftables-expressions.ts";

const VIPS = "vips";
const ND_TYPES = "neighbor-discovery";
const IFNAMSIZ = 16;
const IPPROTO_ICMPV6 = 58;
const ND_NEIGHBOUR_SOLICITATION = 135;
const ND_NEIGHBOUR_ADVERTISEMENT = 136;
/** Offsets in the IP header. */
const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;
const IPV6_NEXT_HEADER = 6;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;

const FAMILIES = [4, 6] as const;

/** The messages of the transaction that leads from `before` to `after`; none when they hold the same. See `Firewall.change`. */
export function encodeFirewallChange(before: FirewallTable | undefined, after: FirewallTable | undefined): NftablesMessage[] {
  return FAMILIES.flatMap((family) => {
    const [had, has] = [before, after].map((table) => table?.blocked.filter(({ address }) => familyOf(address) === family) ?? []) as [BlockedAddress[], BlockedAddress[]];
    if (after === undefined || has.length === 0) return before === undefined || had.length === 0 ? [] : [deleteTable(inTable(before.table, family))];
    const at = inTable(after.table, family);
    if (had.length === 0) return [newTable(at), deleteTable(at), newTable(at), ...content(at, after), ...additions(at, after, [...elementsOf(after, has).values()])];
    const [old, wanted] = [elementsOf(after, had), elementsOf(after, has)];
    return [...removals(at, after, missing(old, wanted)), ...additions(at, after, missing(wanted, old))];
  });
}

/** For each family, the table and its sets: what has to be asked for to see the whole. */
export function tablesOf(table: FirewallTable): { readonly at: InTable; readonly sets: readonly string[] }[] {
  const families = new Set(table.blocked.map(({ address }) => familyOf(address)));
  return FAMILIES.filter((family) => families.has(family)).map((family) => ({ at: inTable(table.table, family), sets: family === 4 ? [VIPS] : [VIPS, linkLocalSet(table)] }));
}

export function inTable(table: string, family: 4 | 6): InTable {
  return { family: family === 4 ? nft.NFPROTO_IPV4 : nft.NFPROTO_IPV6, table };
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
  if (typeof interfaceOf === "number") return new Uint8Array(Uint32Array.of(interfaceOf).buffer);
  const name = new Uint8Array(IFNAMSIZ);
  name.set(new TextEncoder().encode(interfaceOf).subarray(0, IFNAMSIZ - 1));
  return name;
}

function additions(at: InTable, table: FirewallTable, elements: readonly BlockedAddress[]): NftablesMessage[] {
  return bySet(table, elements).flatMap(({ set, keys }) => newElements(at, set, keys));
}

function removals(at: InTable, table: FirewallTable, elements: readonly BlockedAddress[]): NftablesMessage[] {
  return bySet(table, elements).flatMap(({ set, keys }) => deleteElements(at, set, keys));
}

function bySet(table: FirewallTable, elements: readonly BlockedAddress[]): { readonly set: string; readonly keys: Uint8Array[] }[] {
  const keys: Uint8Array[] = [];
  const linkLocal: Uint8Array[] = [];
  for (const element of elements) {
    const bytes = addressBytes(element.address);
    if (isLinkLocal(element.address)) linkLocal.push(concatBytes([bytes, interfaceKey(interfaceOf(table, element))]));
    else keys.push(bytes);
  }
  return [{ set: VIPS, keys }, { set: linkLocalSet(table), keys: linkLocal }];
}

function linkLocalSet({ linkLocalBy }: FirewallTable): string {
  return linkLocalBy === "index" ? "vips_link_local" : "vips_link_local_name";
}

function content(at: InTable, table: FirewallTable): NftablesMessage[] {
  const { priority } = table;
  const rule = (chain: string, matches: readonly Expression[], verdict: Expression) => newRule(at, chain, [...matches, ...(table.counters ? [counter()] : []), verdict]);
  const chains = [newChain(at, "out", { hook: nft.NF_INET_LOCAL_OUT, priority }), newChain(at, "in", { hook: nft.NF_INET_LOCAL_IN, priority })];
  if (at.family === nft.NFPROTO_IPV4) {
    return [
      ...chains,
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
    rule(`${chain}_link_local`, [payload("network", offset, 16), metaBehind(key), isIn(linkLocalSet(table))], DROP),
  ];
  return [
    ...chains,
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
