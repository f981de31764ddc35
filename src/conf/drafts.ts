import type { GroupDraft, TlsCredentialsDraft, VirtualServerDraft } from "./drafts/check.ts";
import { emptyGlobal } from "./drafts/global.ts";
import type { GlobalDraft } from "./drafts/global.ts";
import type { BfdDraft } from "./drafts/bfd.ts";
import type { RouteDraft, RuleDraft } from "./drafts/routing.ts";
import type {
  AddressDraft,
  GarpGroupDraft,
  InstanceDraft,
  InterfaceDelayDraft,
  LinkbeatDraft,
  SyncGroupDraft,
  TrackFileDraft,
  TrackGroupDraft,
  TrackProcessDraft,
  TrackScriptDraft,
} from "./drafts/vrrp.ts";

// What the keyword tables fill in: as written, undefined where nothing was written. Defaults, inheritance and everything
// that holds between two parts come afterwards, in resolve-*.ts.

export type * from "./drafts/account.ts";
export type * from "./drafts/bfd.ts";
export type * from "./drafts/check.ts";
export type * from "./drafts/global.ts";
export type * from "./drafts/routing.ts";
export type * from "./drafts/vrrp.ts";

/** A whole configuration as written. */
export interface Draft {
  readonly global: GlobalDraft;
  readonly syncGroups: SyncGroupDraft[];
  readonly instances: InstanceDraft[];
  readonly scripts: TrackScriptDraft[];
  readonly trackFiles: TrackFileDraft[];
  readonly trackProcesses: TrackProcessDraft[];
  readonly bfds: BfdDraft[];
  readonly trackGroups: TrackGroupDraft[];
  readonly staticAddresses: AddressDraft[];
  readonly staticRoutes: RouteDraft[];
  readonly staticRules: RuleDraft[];
  readonly garpGroups: GarpGroupDraft[];
  readonly linkbeat: LinkbeatDraft[];
  linkbeatUsePolling: boolean;
  readonly interfaceDelays: InterfaceDelayDraft[];
  readonly virtualServers: VirtualServerDraft[];
  readonly serverGroups: GroupDraft[];
  /** `SSL`. */
  ssl?: TlsCredentialsDraft;
}

export function emptyDraft(): Draft {
  return {
    global: emptyGlobal(),
    syncGroups: [],
    instances: [],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    bfds: [],
    trackGroups: [],
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
    garpGroups: [],
    linkbeat: [],
    linkbeatUsePolling: false,
    interfaceDelays: [],
    virtualServers: [],
    serverGroups: [],
  };
}
