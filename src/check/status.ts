import type { Micros } from "../base/time.ts";
import type { PooledService } from "./service.ts";

/** What the check engine tells about itself. Plain data. */
export interface CheckStatus {
  /** false: this kernel has no IPVS; real servers are checked, nothing is balanced. */
  readonly ipvs: boolean;
  readonly virtualServers: readonly VirtualServerStatus[];
}

export interface VirtualServerStatus {
  readonly label: string;
  readonly quorumUp: boolean;
  readonly sorryServerServes: boolean;
  readonly realServers: readonly RealServerStatus[];
}

export interface RealServerStatus {
  readonly label: string;
  readonly up: boolean;
  /** Effective weight while up. */
  readonly weight: number;
  readonly checkers: readonly CheckerStatus[];
}

export interface CheckerStatus {
  readonly type: string;
  readonly up: boolean;
  readonly hasRun: boolean;
  /** Extra attempts used since the last success. */
  readonly failures: number;
  /** The last outcome in one phrase; undefined before the first. */
  readonly last: string | undefined;
  readonly lastAgoUs: Micros | undefined;
}

export function statusOf(services: readonly PooledService[], ipvs: boolean, now: Micros): CheckStatus {
  return {
    ipvs,
    virtualServers: services.map((service) => ({
      label: service.vs.label,
      quorumUp: service.quorumUp,
      sorryServerServes: service.vs.sorryServer !== undefined && !service.quorumUp,
      realServers: service.members.map((member) => ({
        label: member.rs.label,
        up: member.up,
        weight: member.weight,
        checkers: member.runs.map((run) => ({
          type: run.config.type,
          up: run.state.up,
          hasRun: run.state.hasRun,
          failures: run.state.hasRun ? run.state.failures : 0,
          last: run.last?.text,
          lastAgoUs: run.last === undefined ? undefined : now - run.last.at,
        })),
      })),
    })),
  };
}
