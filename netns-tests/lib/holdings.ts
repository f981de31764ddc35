import type { Node } from "./lan.ts";
import { type Routing, routingOf } from "./routing.ts";

/** All that a director may have put into a node's kernel, as text without what differs each time (numbers of interfaces). */
export interface Holdings extends Routing {
  /** Without those that an interface makes of its MAC address. */
  readonly addresses: readonly string[];
  readonly macvlans: readonly string[];
  readonly tables: readonly string[];
}

interface IpLink {
  readonly ifname: string;
  readonly address: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

export async function holdingsOf(node: Node): Promise<Holdings> {
  const [routing, addresses, links, tables] = await Promise.all([routingOf(node), node.addresses(), node.exec("ip", "-j", "-d", "link"), node.exec("nft", "list", "tables")]);
  return {
    ...routing,
    addresses: addresses.filter(({ local }) => !/^fe80:.*ff:fe/.test(local)).map(({ local, prefixlen, device }) => `${local}/${prefixlen} dev ${device}`).sort(),
    macvlans: (JSON.parse(links) as IpLink[]).filter(({ linkinfo }) => linkinfo?.info_kind === "macvlan").map(({ ifname, address }) => `${ifname} ${address}`).sort(),
    tables: tables.split("\n").filter((line) => line !== "").sort(),
  };
}
