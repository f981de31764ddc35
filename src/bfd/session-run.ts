import type { UdpSender } from "../base/ports.ts";
import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import type { SessionState } from "./session-state.ts";

/** One session at run time: its configuration, where it stands, and what it speaks through. */
export interface Session {
  config: BfdInstance;
  state: SessionState;
  /** What was last told about its neighbour. */
  up: boolean;
  /** It was up in an earlier run and counts as up until then. */
  resumeUntil: Micros | undefined;
  sender: UdpSender | undefined;
  senderRetryAt: Micros;
  /** Code of the error with which sending fails. */
  failing: string | undefined;
  sent: number;
  received: number;
  lastHeardAt: Micros | undefined;
}

/** What identifies a session across a reload: all that its packets and its port are made for. Its name does not. */
export function sessionKey({ neighborIp, sourceIp, ttl, multihop }: BfdInstance): string {
  return `${neighborIp} ${sourceIp ?? ""} ${ttl} ${multihop}`;
}
