import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import { DIAGNOSTIC } from "./diagnostic.ts";
import type { BfdPacket, BfdStateName } from "./packet.ts";

/**
 * Where a session stands, RFC 5880 section 6.8.1. Our own AdminDown is not among the states: as with keepalived, a session
 * that is stopped or removed falls silent, so that whoever follows it notices, and the peer's AdminDown is `remote.state`.
 */
export interface SessionState {
  readonly name: Exclude<BfdStateName, "AdminDown">;
  /** Why it was last left, see `diagnostic.ts`. */
  readonly diagnostic: number;
  readonly localDiscriminator: number;
  readonly remote: Remote;
  /** What our packets say. */
  readonly desiredMinTxUs: Micros;
  readonly requiredMinRxUs: Micros;
  readonly multiplier: number;
  /** What we go by: slower sending and faster detection than before wait until the peer has answered a poll (6.8.3). */
  readonly activeMinTxUs: Micros;
  readonly activeMinRxUs: Micros;
  /** again: the intervals changed while a poll was running, whose answer may be about the ones before. */
  readonly poll: "no" | "running" | "again";
  readonly sentAt: Micros | undefined;
  /** The next periodic packet; undefined: none is to be sent (passive, the peer's wish, or its demand mode). */
  readonly sendAt: Micros | undefined;
  /** The end of the Detection Time; undefined: nobody has been heard since the last one. */
  readonly detectAt: Micros | undefined;
  /** The Detection Time that runs or ran last; 0 before the first. */
  readonly detectionUs: Micros;
}

/** What the peer's packets say. */
export interface Remote {
  readonly state: BfdStateName;
  readonly diagnostic: number;
  /** 0: not known. */
  readonly discriminator: number;
  readonly desiredMinTxUs: Micros;
  readonly requiredMinRxUs: Micros;
  readonly multiplier: number;
  readonly demand: boolean;
}

/** Nothing is known of the peer: 1 microsecond means that it accepts any rate (6.8.1). */
export const UNKNOWN_REMOTE: Remote = {
  state: "Down",
  diagnostic: DIAGNOSTIC.none,
  discriminator: 0,
  desiredMinTxUs: 0,
  requiredMinRxUs: 1,
  multiplier: 0,
  demand: false,
};

/** @param discriminator 1..2^32-1, unique on this host */
export function newSession(config: BfdInstance, discriminator: number, now: Micros): SessionState {
  return {
    name: "Down",
    diagnostic: DIAGNOSTIC.none,
    localDiscriminator: discriminator,
    remote: UNKNOWN_REMOTE,
    desiredMinTxUs: config.idleTxUs,
    requiredMinRxUs: config.minRxUs,
    multiplier: config.multiplier,
    activeMinTxUs: config.idleTxUs,
    activeMinRxUs: config.minRxUs,
    poll: "no",
    sentAt: undefined,
    sendAt: config.passive ? undefined : now,
    detectAt: undefined,
    detectionUs: 0,
  };
}

export function remoteOf(packet: BfdPacket): Remote {
  return {
    state: packet.state,
    diagnostic: packet.diagnostic,
    discriminator: packet.myDiscriminator,
    desiredMinTxUs: packet.desiredMinTxUs,
    requiredMinRxUs: packet.requiredMinRxUs,
    multiplier: packet.detectMultiplier,
    demand: packet.demand,
  };
}

/** 6.8.7: what a packet says now. */
export function packetOf(state: SessionState, final: boolean): BfdPacket {
  return {
    diagnostic: state.diagnostic,
    state: state.name,
    poll: state.poll !== "no" && !final,
    final,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: state.multiplier,
    myDiscriminator: state.localDiscriminator,
    yourDiscriminator: state.remote.discriminator,
    desiredMinTxUs: state.desiredMinTxUs,
    requiredMinRxUs: state.requiredMinRxUs,
    requiredMinEchoRxUs: 0,
  };
}

/** 6.8.2: between two of our packets, before jitter. */
export function transmitIntervalUs({ activeMinTxUs, remote }: SessionState): Micros {
  return Math.max(activeMinTxUs, remote.requiredMinRxUs);
}

/** Between two of the peer's packets, before jitter. */
export function remoteIntervalUs({ activeMinRxUs, remote }: SessionState): Micros {
  return Math.max(activeMinRxUs, remote.desiredMinTxUs);
}

/** 6.8.4, without demand mode of our own: the peer's multiplier times its interval. */
export function detectionTimeUs(state: SessionState): Micros {
  return state.remote.multiplier * remoteIntervalUs(state);
}

/** 6.8.7: 75 to 100 % of the interval, and at most 90 % where a single lost packet would end the session. */
export function jitteredUs(intervalUs: Micros, multiplier: number, chance: number): Micros {
  return Math.round(intervalUs * (0.75 + (multiplier === 1 ? 0.15 : 0.25) * chance));
}

/** Whether packets are sent periodically, 6.8.7: not before a peer was heard when passive, and not against its wish. */
export function speaks(config: BfdInstance, { name, remote, poll }: SessionState): boolean {
  if (config.passive && remote.discriminator === 0) return false;
  if (remote.requiredMinRxUs === 0) return false;
  const demandActive = remote.demand && name === "Up" && remote.state === "Up";
  return !demandActive || poll !== "no";
}

export function sessionDeadline({ sendAt, detectAt }: SessionState): Micros | undefined {
  if (sendAt === undefined || detectAt === undefined) return sendAt ?? detectAt;
  return Math.min(sendAt, detectAt);
}
