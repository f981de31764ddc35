import { MILLISECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import { diagnosticText } from "./diagnostic.ts";
import { detectionTimeUs, remoteIntervalUs, transmitIntervalUs } from "./session-state.ts";
import type { SessionState } from "./session-state.ts";

// The log lines of keepalived's BFD process, as 2.2.7 was seen to write them.

type Named = Pick<BfdInstance, "name">;

export function upLine({ name }: Named): string {
  return `(${name}) Entering Up state`;
}

export function downLine({ name }: Named, { diagnostic, remote }: SessionState): string {
  return `(${name}) Entering Down state (Local diagnostic - ${diagnosticText(diagnostic)}, Remote diagnostic - ${diagnosticText(remote.diagnostic)})`;
}

export function expiredLine({ name }: Named, detectionUs: Micros, overdueUs: Micros): string {
  return `(${name}) Expired after ${Math.floor(detectionUs / MILLISECOND)} ms (${overdueUs} usec overdue)`;
}

export function pollLine({ name }: Named): string {
  return `(${name}) Starting poll sequence`;
}

export function detectionLine(before: Micros, now: Micros): string {
  return `     Detection time is ${now} us (was ${before} us)`;
}

/** What both sides said, and what follows from it: how often each sends and how long the other then waits. */
export function parameterLines({ name }: Named, state: SessionState): string[] {
  const { desiredMinTxUs, requiredMinRxUs, multiplier, remote } = state;
  const txUs = transmitIntervalUs(state);
  return [
    `(${name}) ---------------< Session parameters >--------------`,
    "             min_tx  min_rx  tx_intv  mult  detect_time",
    `     local ${columns(desiredMinTxUs, requiredMinRxUs, txUs, multiplier, detectionTimeUs(state))}`,
    `     remote${columns(remote.desiredMinTxUs, remote.requiredMinRxUs, remoteIntervalUs(state), remote.multiplier, multiplier * txUs)}`,
  ];
}

const WIDTHS = [9, 8, 9, 6, 13];

function columns(...values: readonly number[]): string {
  return values.map((value, i) => String(value).padStart(WIDTHS[i] ?? 0)).join("");
}
