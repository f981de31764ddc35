import type { VirtualServerDraft } from "./drafts/check.ts";
import { emptyGlobal } from "./drafts/global.ts";
import type { GlobalDraft } from "./drafts/global.ts";
import type { InstanceDraft, SyncGroupDraft, TrackScriptDraft } from "./drafts/vrrp.ts";

// What the keyword tables fill in: as written, undefined where nothing was written. Defaults, inheritance and everything
// that holds between two parts come afterwards, in resolve-*.ts.

export type * from "./drafts/account.ts";
export type * from "./drafts/check.ts";
export type * from "./drafts/global.ts";
export type * from "./drafts/vrrp.ts";

/** A whole configuration as written. */
export interface Draft {
  readonly global: GlobalDraft;
  readonly syncGroups: SyncGroupDraft[];
  readonly instances: InstanceDraft[];
  readonly scripts: TrackScriptDraft[];
  readonly virtualServers: VirtualServerDraft[];
}

export function emptyDraft(): Draft {
  return {
    global: emptyGlobal(),
    syncGroups: [],
    instances: [],
    scripts: [],
    virtualServers: [],
  };
}
