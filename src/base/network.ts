import type { IpAddress } from "./ip.ts";
import type { KernelRoute, KernelRule } from "./routing.ts";

/** A network interface as the kernel reports it (RTM_NEWLINK). */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** IFF_UP and IFF_RUNNING: what keepalived calls up. */
  readonly up: boolean;
  readonly loopback: boolean;
  /** IFF_NOARP is not set, so gratuitous ARP makes sense. */
  readonly arp: boolean;
  readonly mtu: number;
  /** 6 octets on Ethernet. */
  readonly hardwareAddress: Uint8Array;
  /** Of a VRF: the table that its routes are in. */
  readonly vrfTable?: number;
  /** IFLA_GROUP; absent: the default group, 0. */
  readonly group?: number;
  readonly stacked?: Stacked;
}

/** A link that shares another one's wire: a macvlan with a MAC address of its own, an ipvlan (L2) with the other's. */
export interface Stacked {
  readonly kind: "macvlan" | "ipvlan";
  /** Index of the link below. */
  readonly base: number;
  /** How it treats the others on that link. Undefined: in a way that we never ask for. */
  readonly mode: "private" | "vepa" | "bridge" | undefined;
}

/** What tells a link that we make from any other that has its name. */
export interface OwnLink {
  readonly name: string;
  readonly stacked: Stacked & { readonly mode: NonNullable<Stacked["mode"]> };
  /** 6 octets; undefined: that of the link below, which an ipvlan must have. */
  readonly hardwareAddress: Uint8Array | undefined;
}

/** What RTM_NEWLINK makes. */
export interface NewLink extends OwnLink {
  /** Undefined: the default group. */
  readonly group: number | undefined;
}

/** RTPROT_KEEPALIVED, which keepalived and Regent put in IFA_PROTO (Linux 5.18 and later) and in rtm_protocol. */
export const KEEPALIVED_PROTOCOL = 18;

/** Scopes of linux/rtnetlink.h; any other number 0-255 is legal too. */
export const SCOPE_GLOBAL = 0;
export const SCOPE_SITE = 200;
export const SCOPE_LINK = 253;
export const SCOPE_HOST = 254;

/** An address on an interface: what RTM_NEWADDR installs and an address dump shows. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Point-to-point remote end (`peer`). */
  readonly peer?: IpAddress;
  readonly broadcast?: IpAddress;
  /** IFA_LABEL, IPv4 only, at most 15 characters. */
  readonly label?: string;
  readonly scope: number;
  readonly noPrefixRoute?: boolean;
  readonly home?: boolean;
  readonly managedTemporary?: boolean;
  readonly autojoin?: boolean;
  /** IPv6: IFA_F_NODAD. */
  readonly noDuplicateDetection?: boolean;
  /** IPv6, only told: its uniqueness is being checked, or was refuted; nothing can be sent from it. */
  readonly tentative?: boolean;
  /** IPv6, only told: another host has it. */
  readonly dadFailed?: boolean;
  /** Seconds; absent means for ever. */
  readonly preferredLifetimeS?: number;
  /** IFA_PROTO when the kernel knows it. */
  readonly protocol?: number;
}

/** What the kernel's event socket reports: links, addresses, and what goes of the routes and rules that may be ours. */
export type KernelEvent =
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "linkDeleted"; readonly index: number; readonly name: string }
  | { readonly type: "addressAdded"; readonly address: InterfaceAddress }
  | { readonly type: "addressDeleted"; readonly address: InterfaceAddress }
  | { readonly type: "routeDeleted"; readonly route: KernelRoute }
  | { readonly type: "ruleDeleted"; readonly rule: KernelRule }
  /** Events may have been lost: dump everything again and compare. */
  | { readonly type: "lost" };
