import type { RealServer, VirtualServer } from "../conf/model.ts";
import { serviceKeyText } from "../ipvs/keys.ts";
import type { CheckerPorts, CheckerRun } from "./checker-run.ts";
import { newRun } from "./checker-run.ts";
import { carriedState, initialState } from "./judge.ts";
import { ipvsKey } from "./pool.ts";
import { runnable } from "./runnable.ts";
import type { Member } from "./service.ts";
import type { CheckerVerdict } from "./verdict.ts";

export function serviceText(vs: VirtualServer): string {
  return serviceKeyText(ipvsKey(vs.key));
}

/** A virtual server's members, and what became of the checkers that were there before. */
export interface MemberPlan {
  readonly members: Member[];
  /** To be scheduled for the first time. */
  readonly fresh: readonly CheckerRun[];
  /** To be stopped and forgotten. */
  readonly dropped: readonly CheckerRun[];
}

/**
 * The members that `vs` asks for. Real servers are matched by address and port. A checker whose definition is unchanged
 * goes on as it is, schedule and counters included; one with another definition takes over the verdict of the checker
 * of its type that it replaces. Linear.
 */
export function planMembers(
  ports: CheckerPorts,
  vs: VirtualServer,
  before: readonly Member[],
  known: ReadonlyMap<string, CheckerVerdict>,
): MemberPlan {
  const old = new Map(before.map((member) => [member.key, member]));
  const dropped = new Set(before.flatMap((member) => member.runs));
  const fresh: CheckerRun[] = [];
  const occurrences = new Map<string, number>();
  const members = vs.realServers.map((rs) => {
    const key = memberKey(rs, occurrences);
    const previous = old.get(key);
    old.delete(key);
    const runs = planRuns(ports, `${serviceText(vs)}, ${key}`, rs, previous?.runs ?? [], known);
    for (const run of runs) if (!dropped.delete(run)) fresh.push(run);
    return memberOf(rs, key, runs, previous);
  });
  return { members, fresh, dropped: [...dropped] };
}

/** The same object when the real server stays, so that its owner sees which ones went. */
function memberOf(rs: RealServer, key: string, runs: CheckerRun[], previous: Member | undefined): Member {
  if (previous !== undefined) {
    previous.rs = rs;
    previous.runs = runs;
    return previous;
  }
  const toldDown = runs.some((run) => run.state.hasRun && !run.state.up);
  return { rs, key, runs, up: false, weight: rs.weight, toldDown };
}

/** Address and port; a number for those that are configured twice. */
function memberKey(rs: RealServer, occurrences: Map<string, number>): string {
  const text = `${rs.address} ${rs.port}`;
  const count = (occurrences.get(text) ?? 0) + 1;
  occurrences.set(text, count);
  return count === 1 ? text : `${text} #${count}`;
}

function planRuns(
  ports: CheckerPorts,
  memberText: string,
  rs: RealServer,
  before: readonly CheckerRun[],
  known: ReadonlyMap<string, CheckerVerdict>,
): CheckerRun[] {
  const left = [...before];
  const take = (fits: (run: CheckerRun) => boolean): CheckerRun | undefined => {
    const index = left.findIndex(fits);
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  const checkers = rs.checkers.map(runnable);
  const definitions = checkers.map((config) => JSON.stringify(config));
  // Unchanged ones first, wherever they stand: no other may take their state.
  const unchanged = definitions.map((definition) => take((run) => run.definition === definition));
  return checkers.map((config, i) => {
    const same = unchanged[i];
    if (same !== undefined) return same;
    const replaced = take((run) => run.config.type === config.type);
    const key = `${memberText}, ${i + 1} ${config.type} ${checksum(definitions[i] ?? "")}`;
    const verdict = known.get(key);
    const told = verdict?.kind === "checker" ? verdict : undefined;
    const run = newRun(ports, key, config, (schedule) => {
      if (told !== undefined) return { ...told.state, step: Math.min(told.state.step, schedule.steps - 1) };
      return replaced === undefined ? initialState(schedule, config.alpha) : carriedState(schedule, replaced.state);
    });
    run.exitWeight = told?.exitWeight ?? replaced?.exitWeight;
    return run;
  });
}

/** FNV-1a, to tell definitions apart in a key; a collision would carry a verdict over that should not be. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
