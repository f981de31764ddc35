import type { Draft, GroupDraft } from "./drafts.ts";
import type { LvsSyncDaemon, VirtualServerGroup } from "./model.ts";
import { alreadyDefined } from "./readers/shared.ts";
import type { Reading } from "./reading.ts";

/** Of two groups with one name keepalived, without a word, uses the first. */
export function resolveGroups(reading: Reading, drafts: readonly GroupDraft[]): VirtualServerGroup[] {
  const groups = new Map<string, GroupDraft>();
  for (const group of drafts) {
    const first = groups.get(group.name);
    if (first === undefined) groups.set(group.name, group);
    else reading.note(`virtual_server_group ${group.name} already defined`, group.at, alreadyDefined(first));
  }
  return [...groups.values()].map(({ name, entries }) => ({ name, entries }));
}

export function resolveSyncDaemon(reading: Reading, { global, instances }: Draft): LvsSyncDaemon | undefined {
  const daemon = global.lvsSyncDaemon;
  if (daemon === undefined) return undefined;
  const { instance, maxlen, port, ttl, group } = daemon;
  const followed = instances.find(({ name }) => name === instance?.text);
  if (instance !== undefined && followed === undefined) {
    reading.note(`lvs_sync_daemon follows vrrp_instance ${instance.text}, which does not exist`, instance, { code: "unknown-name", remedy: "name an instance of this file" });
  }
  return { interface: daemon.interface.text, instance: instance?.text, id: daemon.id ?? followed?.vrid, maxlen, port, ttl, group };
}
