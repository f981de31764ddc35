import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import type { Session } from "./session-run.ts";
import type { SessionState } from "./session-state.ts";

/** Plain data, a copy: what dumps, the control socket and metrics show. */
export interface BfdStatus {
  readonly sessions: readonly SessionStatus[];
  /** Refused packets by reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /** How late a deadline was at worst. */
  readonly maxLatenessUs: Micros;
}

export interface SessionStatus {
  readonly config: BfdInstance;
  readonly state: SessionState;
  /** What trackers and checkers were told. */
  readonly up: boolean;
  /** Of our packets; undefined before the first. */
  readonly sourcePort: number | undefined;
  readonly sendError: string | undefined;
  readonly sent: number;
  readonly received: number;
  /** Since the last packet from the neighbour. */
  readonly heardAgoUs: Micros | undefined;
}

export function sessionStatus(session: Session, now: Micros): SessionStatus {
  const { config, state, up, sender, failing, sent, received, lastHeardAt } = session;
  return {
    config,
    state,
    up,
    sourcePort: sender?.port,
    sendError: failing,
    sent,
    received,
    heardAgoUs: lastHeardAt === undefined ? undefined : now - lastHeardAt,
  };
}
