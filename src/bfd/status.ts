import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import type { Session } from "./session-run.ts";
import { diagnosticText } from "./diagnostic.ts";
import { remoteIntervalUs, transmitIntervalUs } from "./session-state.ts";
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
  /** What follows from the state. */
  readonly derived: {
    readonly localDiagnostic: string;
    readonly remoteDiagnostic: string;
    readonly transmitUs: Micros;
    readonly remoteTransmitUs: Micros;
    /** After how long the peer misses us. */
    readonly remoteDetectionUs: Micros;
  };
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
    derived: {
      localDiagnostic: diagnosticText(state.diagnostic),
      remoteDiagnostic: diagnosticText(state.remote.diagnostic),
      transmitUs: transmitIntervalUs(state),
      remoteTransmitUs: remoteIntervalUs(state),
      remoteDetectionUs: state.multiplier * transmitIntervalUs(state),
    },
  };
}
