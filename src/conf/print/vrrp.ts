import type { Config } from "../model.ts";
import type { Writer } from "./writer.ts";

/** Static objects, trackers, groups and instances, with their notifications. */
export function printVrrp(writer: Writer, config: Config): void {
  for (const group of config.vrrp.syncGroups) {
    writer.block(`vrrp_sync_group ${group.name}`, () => writer.list("group", group.members));
  }
}
