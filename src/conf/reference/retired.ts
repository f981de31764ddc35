/**
 * Keywords that stand in old files and old manuals, and that keepalived's parser does not know (any more): it calls them
 * unknown, and so does Regent. The message names what took their place.
 */
export interface Retired {
  /** Where it stood, as a path. */
  readonly block: string;
  /** Path of what is written today; undefined when nothing is. */
  readonly successor: string | undefined;
  /** What happened, as a sentence without its subject. */
  readonly story: string;
}

export const RETIRED: Readonly<Record<string, Retired>> = {
  lvs_id: { block: "global_defs", successor: "global_defs.router_id", story: "was renamed in keepalived 1.1.8" },
  nat_mask: { block: "virtual_server", successor: undefined, story: "has no effect with any kernel of today: remove the line" },
  state_file_location: { block: "global_defs", successor: "global_defs.state_dump_file", story: "stands in the manual only" },
  stats_file_location: { block: "global_defs", successor: "global_defs.stats_dump_file", story: "stands in the manual only" },
  json_file_location: { block: "global_defs", successor: "global_defs.json_dump_file", story: "stands in the manual only" },
  lvs_sync_daemon_inteface: { block: "vrrp_instance", successor: "global_defs.lvs_sync_daemon", story: "is a spelling of old manuals" },
};

/** "'lvs_id' was renamed in keepalived 1.1.8: write 'router_id' (global_defs.router_id)". */
export function retiredText(name: string, { successor, story }: Retired): string {
  const today = successor === undefined ? "" : `: write '${successor.split(".").at(-1) ?? ""}' (${successor})`;
  return `'${name}' ${story}${today}`;
}
