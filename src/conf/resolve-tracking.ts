import type { Draft, TrackDraft, TrackersDraft } from "./drafts.ts";
import type { TrackedInterface, TrackedObject, TrackedScript, TrackFile, TrackProcess } from "./model.ts";
import { nearest } from "./nearest.ts";
import type { Context, DefaultWeight } from "./resolve-context.ts";

/** What an instance or a group tracks, by kind. */
export interface ResolvedTrackers {
  readonly trackInterfaces: readonly TrackedInterface[];
  readonly trackScripts: readonly TrackedScript[];
  readonly trackFiles: readonly TrackedObject[];
  readonly trackProcesses: readonly TrackedObject[];
  readonly trackBfds: readonly TrackedObject[];
}

/**
 * Looks the tracked objects up and gives each its weight.
 *
 * @param own the tracker's own interface: keepalived drops it here, even with `dont_track_primary`
 */
export function resolveTrackers(context: Context, name: string, drafts: TrackersDraft, own?: string): ResolvedTrackers {
  return {
    trackInterfaces: resolveTrackedInterfaces(context, name, drafts.trackInterfaces, own),
    trackScripts: resolveObjects(context, name, drafts.trackScripts, context.scripts, "script", "vrrp_script").map(({ name: script, ...weight }) => ({ script, ...weight })),
    trackFiles: resolveObjects(context, name, drafts.trackFiles, context.trackFiles, "file", "track_file"),
    trackProcesses: resolveObjects(context, name, drafts.trackProcesses, context.trackProcesses, "process", "vrrp_track_process"),
    trackBfds: resolveObjects(context, name, drafts.trackBfds, context.bfds, "bfd", "bfd_instance"),
  };
}

function resolveTrackedInterfaces(context: Context, name: string, drafts: readonly TrackDraft[], own: string | undefined): TrackedInterface[] {
  return drafts.flatMap((draft) => {
    if (draft.name === own) {
      context.reading.problem("general-error", `(${name}) Ignoring track_interface ${draft.name} since own interface`, draft.at);
      return [];
    }
    return [{ interface: draft.name, weight: draft.weight ?? 0, reverse: draft.reverse ?? false }];
  });
}

function resolveObjects(
  { reading, unusableScripts }: Context,
  name: string,
  drafts: readonly TrackDraft[],
  known: ReadonlyMap<string, DefaultWeight>,
  what: string,
  keyword: string,
): TrackedObject[] {
  return drafts.flatMap((draft) => {
    const object = known.get(draft.name);
    if (object !== undefined) return [{ name: draft.name, weight: draft.weight ?? object.weight, reverse: draft.reverse ?? object.reverse }];
    const unusable = what === "script" ? unusableScripts.get(draft.name) : undefined;
    reading.lateProblem("general-error", `(${name}) track ${what} ${draft.name} not found, ignoring...`, draft.at, {
      code: "unknown-name",
      related: [{ at: unusable, note: "it is here, and cannot run as it stands" }],
      remedy: unusable !== undefined ? "mend the script; it is tracked then" : `write a '${keyword} ${draft.name} { ... }' block, or correct the name`,
      ...nearest(draft.name, what === "script" ? [...known.keys(), ...unusableScripts.keys()] : known.keys()),
    });
    return [];
  });
}

/** Of an address owner, whose priority nothing changes: keepalived drops what has a weight. */
export function withoutWeighted({ reading }: Context, name: string, trackers: ResolvedTrackers, drafts: TrackersDraft): ResolvedTrackers {
  const places = (list: readonly TrackDraft[]) => new Map(list.map((draft) => [draft.name, draft.at]));
  const keep = (message: string, drafted: readonly TrackDraft[], tracked: string, weight: number): boolean => {
    if (weight === 0) return true;
    reading.problem("general-error", `(${name}) ${message}`, places(drafted).get(tracked));
    return false;
  };
  return {
    trackInterfaces: trackers.trackInterfaces.filter(({ interface: link, weight }) => keep(`ignoring ${link} tracked interface due to address owner`, drafts.trackInterfaces, link, weight)),
    trackScripts: trackers.trackScripts.filter(({ script, weight }) => keep(`ignoring tracked script ${script} with weights due to address_owner`, drafts.trackScripts, script, weight)),
    trackFiles: trackers.trackFiles.filter((file) => keep(`ignoring tracked file ${file.name} with weight ${file.weight} due to address_owner`, drafts.trackFiles, file.name, file.weight)),
    trackProcesses: trackers.trackProcesses, // keepalived leaves them, without effect
    trackBfds: trackers.trackBfds.filter((bfd) => keep(`ignoring tracked bfd ${bfd.name} with weight ${bfd.weight} due to address_owner`, drafts.trackBfds, bfd.name, bfd.weight)),
  };
}

export function resolveTrackFiles(draft: Draft): TrackFile[] {
  return draft.trackFiles.map(({ name, file, weight = 1, reverse, init }) => ({ name, file: file?.text ?? "", weight, reverse, init }));
}

export function resolveTrackProcesses(draft: Draft): TrackProcess[] {
  return draft.trackProcesses.map(({ name, process = "", parameters, paramMatch, quorum, quorumMax, terminateDelayUs, forkDelayUs, fullCommand }) => ({
    name,
    process,
    parameters,
    paramMatch: paramMatch ?? (parameters.length > 0 ? "exact" : "none"),
    quorum,
    quorumMax,
    terminateDelayUs,
    forkDelayUs,
    fullCommand,
  }));
}
