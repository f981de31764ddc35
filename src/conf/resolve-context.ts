import type { GlobalDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import type { TrackScript } from "./model.ts";
import type { Reading } from "./reading.ts";

/** What the resolution of the VRRP part of one configuration shares. */
export interface Context {
  readonly reading: Reading;
  readonly global: GlobalDraft;
  /** Those that can run. */
  readonly scripts: ReadonlyMap<string, UsableScript>;
  /** Where those stand that cannot run. */
  readonly unusableScripts: ReadonlyMap<string, Word>;
  /** What a tracker that says nothing about weights takes, by name. */
  readonly trackFiles: ReadonlyMap<string, DefaultWeight>;
  readonly trackProcesses: ReadonlyMap<string, DefaultWeight>;
  /** Those whose events VRRP is told. */
  readonly bfds: ReadonlyMap<string, DefaultWeight>;
}

export interface DefaultWeight {
  readonly weight: number;
  readonly reverse: boolean;
}

export interface UsableScript extends DefaultWeight {
  readonly script: TrackScript;
}
