import type { Effect, KeywordEntry } from "./keyword.ts";
import { BFD_INSTANCE } from "./keywords/bfd.ts";
import { HTTP_GET, MISC_CHECK, TCP_CHECK, URL } from "./keywords/checkers.ts";
import { ADDRESS_ENTRY, ROUTE_ENCAP, ROUTE_ENTRY, RULE_ENTRY } from "./keywords/entries.ts";
import { GLOBAL_DEFS } from "./keywords/global-defs.ts";
import { BFD_CHECK, DNS_CHECK, FILE_CHECK, PING_CHECK, SMTP_CHECK, SMTP_HOST, SSL_GET, SSL_URL, UDP_CHECK } from "./keywords/refused-checkers.ts";
import { GARP_GROUP, INTERFACE_UP_DOWN_DELAYS, LINKBEAT_INTERFACES, TRACK_GROUP } from "./keywords/interfaces.ts";
import { SSL, VIRTUAL_SERVER_GROUP } from "./keywords/lvs.ts";
import { LEXER, ROOT } from "./keywords/root.ts";
import { VRRP_SYNC_GROUP } from "./keywords/sync-group.ts";
import { TRACK_ENTRY, TRACK_FILE, TRACK_PROCESS, VRRP_SCRIPT, VRRP_TRACK_FILE } from "./keywords/track.ts";
import { REAL_SERVER, VIRTUAL_SERVER } from "./keywords/virtual-server.ts";
import { AUTHENTICATION, AUTH_HMAC, UNICAST_PEER, VRRP_INSTANCE } from "./keywords/vrrp-instance.ts";

// The keyword reference, made from the very tables that the loader reads with.

type Entries = Readonly<Record<string, KeywordEntry>>;

/** Every block and what may stand in it. */
export const BLOCKS: readonly { readonly block: string; readonly entries: Entries }[] = [
  { block: "<lexer>", entries: LEXER },
  { block: "<root>", entries: ROOT },
  { block: "linkbeat_interfaces", entries: LINKBEAT_INTERFACES },
  { block: "interface_up_down_delays", entries: INTERFACE_UP_DOWN_DELAYS },
  { block: "track_group", entries: TRACK_GROUP },
  { block: "garp_group", entries: GARP_GROUP },
  { block: "global_defs", entries: GLOBAL_DEFS },
  { block: "vrrp_sync_group", entries: VRRP_SYNC_GROUP },
  { block: "vrrp_instance", entries: VRRP_INSTANCE },
  { block: "vrrp_instance/authentication", entries: AUTHENTICATION },
  { block: "vrrp_instance/auth_hmac", entries: AUTH_HMAC },
  { block: "vrrp_instance/unicast_peer", entries: UNICAST_PEER },
  { block: "<track-entry>", entries: TRACK_ENTRY },
  { block: "vrrp_script", entries: VRRP_SCRIPT },
  { block: "vrrp_track_process", entries: TRACK_PROCESS },
  { block: "track_file", entries: TRACK_FILE },
  { block: "vrrp_track_file", entries: VRRP_TRACK_FILE },
  { block: "<address-entry>", entries: ADDRESS_ENTRY },
  { block: "<route-entry>", entries: ROUTE_ENTRY },
  { block: "<route-entry>/encap", entries: ROUTE_ENCAP },
  { block: "<rule-entry>", entries: RULE_ENTRY },
  { block: "SSL", entries: SSL },
  { block: "virtual_server_group", entries: VIRTUAL_SERVER_GROUP },
  { block: "virtual_server", entries: VIRTUAL_SERVER },
  { block: "virtual_server/real_server", entries: REAL_SERVER },
  { block: "virtual_server/real_server/HTTP_GET", entries: HTTP_GET },
  { block: "virtual_server/real_server/HTTP_GET/url", entries: URL },
  { block: "virtual_server/real_server/SSL_GET", entries: SSL_GET },
  { block: "virtual_server/real_server/SSL_GET/url", entries: SSL_URL },
  { block: "virtual_server/real_server/TCP_CHECK", entries: TCP_CHECK },
  { block: "virtual_server/real_server/PING_CHECK", entries: PING_CHECK },
  { block: "virtual_server/real_server/UDP_CHECK", entries: UDP_CHECK },
  { block: "virtual_server/real_server/SMTP_CHECK", entries: SMTP_CHECK },
  { block: "virtual_server/real_server/SMTP_CHECK/host", entries: SMTP_HOST },
  { block: "virtual_server/real_server/DNS_CHECK", entries: DNS_CHECK },
  { block: "virtual_server/real_server/MISC_CHECK", entries: MISC_CHECK },
  { block: "virtual_server/real_server/FILE_CHECK", entries: FILE_CHECK },
  { block: "virtual_server/real_server/BFD_CHECK", entries: BFD_CHECK },
  { block: "bfd_instance", entries: BFD_INSTANCE },
];

/** Blocks whose keywords never act, because the daemon does not start with the block itself. */
const REFUSED_BLOCKS: ReadonlySet<string> = new Set(
  BLOCKS.flatMap(({ block, entries }) => Object.entries(entries).flatMap(([name, { effect }]) => (effect === "refuse" ? [block === "<root>" ? name : `${block}/${name}`] : []))),
);

const STATUS = { acted: "acted", refuse: "refused", report: "reported", rejected: "unknown, as keepalived's parser has it" } as const;

/** The keyword part of doc/compatibility.md: Markdown, one table per block. */
export function keywordTable(): string {
  return BLOCKS.map(({ block, entries }) => {
    const rows = Object.entries(entries).map(([name, entry]) => row(name, entry, effectOf(block, entry)));
    return [`### \`${block}\``, "", "| Keyword | Argument | Range | Default | Status | Meaning |", "|---|---|---|---|---|---|", ...rows].join("\n");
  }).join("\n\n");
}

function isRefused(block: string): boolean {
  const parts = block.split("/");
  return [...parts.keys()].some((i) => REFUSED_BLOCKS.has(parts.slice(0, i + 1).join("/")));
}

/** What becomes of a keyword of `block`: in a block that is refused, nothing acts. */
export function effectOf(block: string, entry: KeywordEntry): Effect {
  return isRefused(block) && entry.effect !== "rejected" ? "refuse" : entry.effect;
}

function row(name: string, entry: KeywordEntry, effect: Effect): string {
  const range = [entry.range, entry.unit === undefined ? undefined : `(${entry.unit})`].filter((part) => part !== undefined).join(" ");
  const status = [STATUS[effect], entry.own ? "Regent's own" : undefined, entry.except].filter((part) => part !== undefined).join("; ");
  const cells = [`\`${name}\``, code(entry.argument), range, entry.default ?? "", status, entry.meaning];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function code(text: string): string {
  return text === "-" ? "" : `\`${text}\``;
}
