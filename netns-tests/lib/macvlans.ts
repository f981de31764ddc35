import type { Node } from "./lan.ts";

const SETTINGS = /\.(arp_ignore|arp_filter|accept_local|rp_filter|promote_secondaries|disable_ipv6|addr_gen_mode)$/;

/** "net.ipv4.conf.eth0.arp_ignore = 1" and the like, but of the kernel's own interfaces. */
export async function settings(node: Node): Promise<string[]> {
  const text = await node.exec("sysctl", "-a", "--pattern", "conf\\.(all|default|eth|vrrp|va)");
  return text.split("\n").filter((line) => SETTINGS.test(line.split(" ")[0] ?? "")).sort();
}

interface IpLink {
  readonly ifname: string;
  readonly link?: string;
  readonly address: string;
  readonly flags: readonly string[];
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly mode?: string } };
}

/** "vrrp.51 on eth0 00:00:5e:00:01:33 private up", sorted. */
export async function macvlans(node: Node): Promise<string[]> {
  const links = JSON.parse(await node.exec("ip", "-j", "-d", "link")) as IpLink[];
  return links
    .filter(({ linkinfo }) => linkinfo?.info_kind === "macvlan")
    .map(({ ifname, link, address, flags, linkinfo }) => `${ifname} on ${link} ${address} ${linkinfo?.info_data?.mode} ${flags.includes("UP") ? "up" : "down"}`)
    .sort();
}
