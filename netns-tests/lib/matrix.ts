import { GLOBAL } from "./configs.ts";

// The rows of the interop matrix: what the RFCs and keepalived know of versions, families, transports, authentication and
// preemption, of macvlans too, one vrrp_instance each, so that one pair of directors runs all of them at once.

/** How the high side, priority 150 or the address owner, comes back after it was away. */
export type Policy = "preempt" | "nopreempt" | "preempt_delay" | "owner";

export interface Row {
  readonly name: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly unicast: boolean;
  readonly policy: Policy;
  readonly vips: readonly string[];
  /** Lines of both sides. */
  readonly lines: readonly string[];
  /** Milliseconds. */
  readonly intervalMs: number;
}

interface Kind {
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly unicast: boolean;
  readonly lines: readonly string[];
}

const authentication = (type: string) => ["authentication {", `auth_type ${type}`, "auth_pass s3cret", "}"];
const four = (version: 2 | 3, unicast: boolean, name = "", lines: readonly string[] = []): Kind => ({ name: `${words(version, 4, unicast)}${name}`, version, family: 4, unicast, lines });
const six = (version: 2 | 3, unicast: boolean): Kind => ({ name: words(version, 6, unicast), version, family: 6, unicast, lines: [] });

function words(version: 2 | 3, family: 4 | 6, unicast: boolean): string {
  return `version ${version}, IPv${family}, ${unicast ? "unicast" : "multicast"}`;
}

function withMacvlan(kind: Kind, ...more: readonly string[]): Kind {
  const lines = ["use_vmac", ...more];
  return { ...kind, name: [kind.name, ...lines].join(", "), lines };
}

const KINDS: readonly Kind[] = [
  ...[false, true].flatMap((unicast) => [
    four(2, unicast),
    four(2, unicast, ", PASS", authentication("PASS")),
    four(2, unicast, ", AH", authentication("AH")),
    four(3, unicast),
    six(3, unicast),
    six(2, unicast),
  ]),
  four(3, true, ", old_unicast_checksum", ["old_unicast_checksum"]),
  four(3, true, ", unicast_ttl and TTLs of the peer", ["unicast_ttl 77"]),
  four(3, false, ", another group", ["mcast_dst_ip 224.0.0.99"]),
];
const POLICIES: readonly Policy[] = ["preempt", "nopreempt", "preempt_delay", "owner"];

/** Every kind with every policy, in portions that have one row of each kind. */
function portionsOf(kinds: readonly Kind[], firstVrid: number): Row[][] {
  return POLICIES.map((_, shift) =>
    kinds.flatMap((kind, k) => {
      const p = (k + shift) % POLICIES.length;
      return row(kind, POLICIES[p] ?? "preempt", firstVrid + k * POLICIES.length + p);
    }),
  );
}

export const PORTIONS: readonly (readonly Row[])[] = portionsOf(KINDS, 1);

/** Apart and few at once: macvlans are made and deleted under a lock that all namespaces of a kernel share, so those of one director hold up the other. */
export const MACVLAN_PORTIONS: readonly (readonly Row[])[] = portionsOf(
  [four(2, false), four(3, false), six(3, false)].flatMap((kind) => [withMacvlan(kind), withMacvlan(kind, "vmac_xmit_base")]),
  1 + KINDS.length * POLICIES.length,
);

const SIGNED = ["auth_hmac {", `key 7 ${"k".repeat(32)}`, "active_key 7", "}"];

/** What 2.2.7 does not know yet: for two of Regent. */
export const SIGNED_ROWS: readonly Row[] = [four(2, false), four(3, true), six(3, false), six(3, true), six(2, false)].map((kind, k) =>
  row({ ...kind, name: `${kind.name}, auth_hmac`, lines: SIGNED }, POLICIES[k % POLICIES.length] ?? "preempt", 201 + k),
);

function row(kind: Kind, policy: Policy, vrid: number): Row {
  const vips = kind.family === 4 ? [`203.0.113.${vrid}/32`, `198.51.100.${vrid}/32`] : [...(kind.unicast ? [] : [`fe80::1:${vrid}/64`]), `2001:db8:${vrid}::100/64`];
  return { ...kind, name: `${kind.name}, ${policy}`, vrid, policy, vips, intervalMs: kind.version === 2 ? 1_000 : 900 };
}

export type Side = "high" | "low";
export const PRIORITY_LOW = 100;

export function priorityOf({ policy }: Row, side: Side): number {
  if (side === "low") return PRIORITY_LOW;
  return policy === "owner" ? 255 : 150;
}

export const instanceName = ({ vrid }: Row): string => `R_${vrid}`;

/** Where its adverts come from, in hex: RFC 9568 section 7.3, or the interface's own. */
export function sourceMacOf({ family, vrid, lines }: Row, own: string): string {
  const virtual = lines.includes("use_vmac") && !lines.includes("vmac_xmit_base");
  return virtual ? `00005e000${family === 4 ? 1 : 2}${vrid.toString(16).padStart(2, "0")}` : own;
}

/** What `preempt_delay` is. */
export const PREEMPT_DELAY_MS = 2_000;

/** The configuration of one side. @param own and @param peer last part of the addresses 192.0.2.x and 2001:db8::x */
export function matrixConfig(rows: readonly Row[], side: Side, own: number, peer: number): string {
  return GLOBAL + rows.map((one) => block(one, side, own, peer)).join("");
}

function block(one: Row, side: Side, own: number, peer: number): string {
  const address = (last: number) => (one.family === 4 ? `192.0.2.${last}` : `2001:db8::${last}`);
  const ttl = one.lines.some((line) => line.startsWith("unicast_ttl")) ? " min_ttl 70 max_ttl 80" : "";
  const lines = [
    `interface eth0`,
    `virtual_router_id ${one.vrid}`,
    `priority ${priorityOf(one, side)}`,
    `version ${one.version}`,
    `advert_int ${one.intervalMs / 1_000}`,
    ...(one.policy === "nopreempt" ? ["nopreempt"] : []),
    ...(one.policy === "preempt_delay" ? [`preempt_delay ${PREEMPT_DELAY_MS / 1_000}`] : []),
    ...one.lines,
    ...(one.unicast ? [`unicast_src_ip ${address(own)}`, "unicast_peer {", `${address(peer)}${ttl}`, "}"] : []),
    "virtual_ipaddress {",
    ...one.vips,
    "}",
  ];
  return `vrrp_instance ${instanceName(one)} {\n    ${lines.join("\n    ")}\n}\n`;
}

/** RFC 3768 and 9568, section 6.1; the backup's, whose master has the same interval. */
export function skewMsOf({ version, intervalMs }: Row): number {
  return ((256 - PRIORITY_LOW) * (version === 2 ? 1_000 : intervalMs)) / 256;
}

export function downMsOf(one: Row): number {
  return 3 * one.intervalMs + skewMsOf(one);
}
