import { BLOCKS, effectOf } from "../compatibility.ts";
import type { Effect, KeywordEntry } from "../keyword.ts";
import { nearestWord } from "../nearest.ts";
import { deprecation } from "./deprecated.ts";
import type { Deprecated } from "./deprecated.ts";
import { RETIRED } from "./retired.ts";
import type { Retired } from "./retired.ts";

// Every keyword by its path, made from the tables that the loader reads with.

/** One block and what may stand in it. */
export interface ReferenceBlock {
  /** "vrrp_instance"; "" outside every block; "address", "route", "rule", "track" for the lines of lists. */
  readonly path: string;
  readonly title: string;
  /** A block of the text; not the lines of a list, nor what the reader of the text understands. */
  readonly isBlock: boolean;
  readonly keywords: readonly ReferenceKeyword[];
}

export interface ReferenceKeyword {
  /** "vrrp_instance.preempt_delay". */
  readonly path: string;
  readonly name: string;
  readonly block: ReferenceBlock;
  readonly entry: KeywordEntry;
  /** What becomes of it; in a block that is refused, nothing acts. */
  readonly effect: Effect;
  readonly deprecated: Deprecated | undefined;
}

/** Tables that are no block of that name. */
const TABLES: Readonly<Record<string, { readonly path: string; readonly title: string; readonly lists?: readonly string[] }>> = {
  "<lexer>": { path: "", title: "What the reader of the text itself understands" },
  "<root>": { path: "", title: "Outside every block" },
  "<track-entry>": {
    path: "track",
    title: "Lines of track_interface, track_script, track_file, track_process and track_bfd",
    lists: ["track_interface", "track_script", "track_file", "track_process", "track_bfd"],
  },
  "<address-entry>": {
    path: "address",
    title: "Lines of virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress",
    lists: ["virtual_ipaddress", "virtual_ipaddress_excluded", "static_ipaddress"],
  },
  "<route-entry>": { path: "route", title: "Lines of virtual_routes and static_routes", lists: ["virtual_routes", "static_routes"] },
  "<route-entry>/encap": { path: "route.encap", title: "encap of a route" },
  "<rule-entry>": { path: "rule", title: "Lines of virtual_rules and static_rules", lists: ["virtual_rules", "static_rules"] },
};

/** Every block, in the order of the tables. */
export const REFERENCE: readonly ReferenceBlock[] = BLOCKS.map(({ block, entries }) => {
  const { path, title } = TABLES[block] ?? { path: block.replaceAll("/", "."), title: block.replaceAll("/", ", ") };
  const keywords: ReferenceKeyword[] = [];
  const made: ReferenceBlock = { path, title, isBlock: !block.startsWith("<") || block === "<root>", keywords };
  for (const [name, entry] of Object.entries(entries)) {
    const own = path === "" ? name : `${path}.${name}`;
    keywords.push({ path: own, name, block: made, entry, effect: effectOf(block, entry), deprecated: deprecation(own) });
  }
  return made;
});

const BY_NAME: ReadonlyMap<string, readonly ReferenceKeyword[]> = byName();

function byName(): Map<string, ReferenceKeyword[]> {
  const all = new Map<string, ReferenceKeyword[]>();
  for (const keyword of REFERENCE.flatMap(({ keywords }) => keywords)) {
    const others = all.get(keyword.name);
    if (others === undefined) all.set(keyword.name, [keyword]);
    else others.push(keyword);
  }
  return all;
}

/** All keywords of this name, whatever their block. */
export function keywordsNamed(name: string): readonly ReferenceKeyword[] {
  return BY_NAME.get(name) ?? [];
}

/** The block that a keyword opens, if it has keywords of its own. */
export function blockOf(path: string): ReferenceBlock | undefined {
  return REFERENCE.find((block) => block.path === path && path !== "");
}

export type LookUp =
  | { readonly found: "keywords"; readonly keywords: readonly ReferenceKeyword[] }
  /** A table of list lines, "route". */
  | { readonly found: "block"; readonly block: ReferenceBlock }
  | { readonly found: "retired"; readonly name: string; readonly retired: Retired }
  | { readonly found: "nothing"; readonly nearest: readonly string[] };

/**
 * @param query a keyword, alone or behind one or more of the blocks it stands in, with dots: `preempt_delay`,
 *   `vrrp_instance.preempt_delay`, `real_server.HTTP_GET.url.digest`, `virtual_ipaddress.label`
 */
export function lookUp(query: string): LookUp {
  const parts = query.split(/[./]/).filter((part) => part !== "");
  const name = parts.at(-1) ?? "";
  const exact = REFERENCE.flatMap((block) => block.keywords.filter(({ path }) => path === query && path.includes(".")));
  const keywords = exact.length > 0 ? exact : keywordsNamed(name).filter(({ block }) => standsIn(block, parts.slice(0, -1)));
  if (keywords.length > 0) return { found: "keywords", keywords };
  const block = blockOf(parts.join("."));
  if (block !== undefined) return { found: "block", block };
  const retired = Object.hasOwn(RETIRED, name) ? RETIRED[name] : undefined;
  if (retired !== undefined) return { found: "retired", name, retired };
  return { found: "nothing", nearest: nearestPaths(name, parts.slice(0, -1)) };
}

/** Whether `parts` are blocks around it, in their order. */
function standsIn(block: ReferenceBlock, parts: readonly string[]): boolean {
  const around = block.path.split(".");
  const lists = Object.values(TABLES).find(({ path }) => path === block.path)?.lists ?? [];
  let at = 0;
  return parts.every((part) => {
    if (lists.includes(part)) return true;
    const index = around.indexOf(part, at);
    at = index + 1;
    return index >= 0;
  });
}

/** First those of the blocks that were named; the same name elsewhere is near, too. */
function nearestPaths(name: string, parts: readonly string[]): string[] {
  const here = REFERENCE.filter((block) => standsIn(block, parts)).flatMap(({ keywords }) => keywords);
  const nearest = parts.length === 0 ? undefined : nearestWord(name, here.map((keyword) => keyword.name));
  if (nearest !== undefined) return here.flatMap((keyword) => (keyword.name === nearest ? [keyword.path] : []));
  const elsewhere = keywordsNamed(name).length > 0 ? name : nearestWord(name, BY_NAME.keys());
  return elsewhere === undefined ? [] : keywordsNamed(elsewhere).map(({ path }) => path);
}
