import type { LogLevel } from "../base/log.ts";
import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import { DIAGNOSTIC } from "./diagnostic.ts";
import { detectionLine, downLine, expiredLine, parameterLines, pollLine, upLine } from "./lines.ts";
import type { BfdPacket, BfdStateName } from "./packet.ts";
import { UNKNOWN_REMOTE, detectionTimeUs, jitteredUs, packetOf, remoteOf, speaks, transmitIntervalUs } from "./session-state.ts";
import type { SessionState } from "./session-state.ts";

// The state machine of RFC 5880 section 6.2; the peer's state is the event.
//
//              AdminDown   Down     Init     Up          Detection Time over
//   Down       -           Init     Up       -           (the peer is forgotten)
//   Init       Down        -        Up       Up          Down
//   Up         Down        Down     -        -           Down

export type SessionEvent =
  /** Accepted for this session, see `receive.ts`. */
  | { readonly type: "packet"; readonly packet: BfdPacket }
  | { readonly type: "deadline" }
  /** The configuration given is a new one. */
  | { readonly type: "configured" };

export type SessionEffect =
  | { readonly type: "send"; readonly packet: BfdPacket }
  | { readonly type: "log"; readonly level: LogLevel | "detail"; readonly text: string }
  /** What trackers and checkers go by. */
  | { readonly type: "verdict"; readonly up: boolean };

export interface Step {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

export interface Moment {
  readonly now: Micros;
  /** [0, 1), for the jitter of what is sent now. */
  readonly chance: number;
}

export function step(config: BfdInstance, state: SessionState, event: SessionEvent, at: Moment): Step {
  switch (event.type) {
    case "packet":
      return received(config, state, event.packet, at);
    case "deadline":
      return due(config, state, at);
    case "configured":
      return configured(config, state, at);
  }
}

const TRANSITIONS: Readonly<Record<SessionState["name"], Readonly<Record<BfdStateName, SessionState["name"]>>>> = {
  Down: { AdminDown: "Down", Down: "Init", Init: "Up", Up: "Down" },
  Init: { AdminDown: "Down", Down: "Init", Init: "Up", Up: "Up" },
  Up: { AdminDown: "Down", Down: "Down", Init: "Up", Up: "Up" },
};

function received(config: BfdInstance, before: SessionState, packet: BfdPacket, at: Moment): Step {
  const { now } = at;
  const told: SessionState = { ...before, remote: remoteOf(packet) };
  const answered = packet.final ? pollAnswered(told) : told;
  const name = TRANSITIONS[before.name][packet.state];
  const entered = name === before.name ? answered : enter(config, answered, name, DIAGNOSTIC.neighborSignaledDown);
  const detectionUs = detectionTimeUs(entered);
  const state: SessionState = { ...entered, detectionUs, detectAt: now + detectionUs };
  const answer: SessionEffect[] = packet.poll ? [{ type: "send", packet: packetOf(state, true) }] : [];
  const next = schedule(config, before, state, at, packet.poll);
  return { state: next.state, effects: [...changes(config, before, state), ...answer, ...next.effects] };
}

/** The peer has seen what we polled with, or an earlier version of it. */
function pollAnswered(state: SessionState): SessionState {
  if (state.poll === "no") return state;
  if (state.poll === "again") return { ...state, poll: "running" };
  return { ...state, poll: "no", activeMinTxUs: state.desiredMinTxUs, activeMinRxUs: state.requiredMinRxUs };
}

/** @param diagnostic of a session that goes down */
function enter(config: BfdInstance, state: SessionState, name: SessionState["name"], diagnostic: number): SessionState {
  if (name === "Up") return withIntervals({ ...state, name, diagnostic: DIAGNOSTIC.none }, config.minTxUs, config.minRxUs);
  const entered = { ...state, name, diagnostic: name === "Down" ? diagnostic : DIAGNOSTIC.none };
  return withIntervals(entered, config.idleTxUs, config.minRxUs);
}

/** 6.8.3: while Up a change is polled for, and what would surprise the peer waits for its answer. */
function withIntervals(state: SessionState, desiredMinTxUs: Micros, requiredMinRxUs: Micros): SessionState {
  if (state.name !== "Up") {
    return { ...state, desiredMinTxUs, requiredMinRxUs, activeMinTxUs: desiredMinTxUs, activeMinRxUs: requiredMinRxUs, poll: "no" };
  }
  if (desiredMinTxUs === state.desiredMinTxUs && requiredMinRxUs === state.requiredMinRxUs) return state;
  return {
    ...state,
    desiredMinTxUs,
    requiredMinRxUs,
    activeMinTxUs: Math.min(state.activeMinTxUs, desiredMinTxUs),
    activeMinRxUs: Math.max(state.activeMinRxUs, requiredMinRxUs),
    poll: state.poll === "no" ? "running" : "again",
  };
}

function due(config: BfdInstance, before: SessionState, at: Moment): Step {
  const { now } = at;
  const expired = before.detectAt !== undefined && now >= before.detectAt;
  // 6.8.1: the discriminator of a peer that is gone is forgotten, and with it what else it said: it may come back as another.
  const alone: SessionState = expired ? { ...before, remote: UNKNOWN_REMOTE, detectAt: undefined } : before;
  const lost = expired && before.name !== "Down";
  const state = lost ? enter(config, alone, "Down", DIAGNOSTIC.detectionTimeExpired) : alone;
  const log: SessionEffect[] = [];
  if (lost) log.push({ type: "log", level: "info", text: expiredLine(config, before.detectionUs, now - (before.detectAt ?? now)) });
  const next = schedule(config, before, state, at, false);
  return { state: next.state, effects: [...log, ...changes(config, before, state), ...next.effects] };
}

function configured(config: BfdInstance, before: SessionState, at: Moment): Step {
  const desiredMinTxUs = before.name === "Up" ? config.minTxUs : config.idleTxUs;
  const state = withIntervals({ ...before, multiplier: config.multiplier }, desiredMinTxUs, config.minRxUs);
  const next = schedule(config, before, state, at, false);
  return { state: next.state, effects: [...changes(config, before, state), ...next.effects] };
}

/**
 * Sends what is due, or what the peer does not know yet (6.8.7: a change need not wait for its turn), and says when the
 * next packet leaves: an interval that changed holds from the last one on.
 *
 * @param answered the peer was sent all this in the answer to its poll just now
 */
function schedule(config: BfdInstance, before: SessionState, state: SessionState, { now, chance }: Moment, answered: boolean): Step {
  if (!speaks(config, state)) return { state: { ...state, sendAt: undefined }, effects: [] };
  const waitUs = jitteredUs(transmitIntervalUs(state), state.multiplier, chance);
  const isDue = state.sendAt !== undefined && now >= state.sendAt;
  if (isDue || (!answered && saysOther(before, state))) {
    return { state: { ...state, sentAt: now, sendAt: now + waitUs }, effects: [{ type: "send", packet: packetOf(state, false) }] };
  }
  if (state.sendAt !== undefined && transmitIntervalUs(before) === transmitIntervalUs(state)) return { state, effects: [] };
  return { state: { ...state, sendAt: Math.max(now, (state.sentAt ?? now) + waitUs) }, effects: [] };
}

function saysOther(a: SessionState, b: SessionState): boolean {
  return (
    a.name !== b.name ||
    a.diagnostic !== b.diagnostic ||
    a.multiplier !== b.multiplier ||
    a.desiredMinTxUs !== b.desiredMinTxUs ||
    a.requiredMinRxUs !== b.requiredMinRxUs ||
    a.remote.discriminator !== b.remote.discriminator
  );
}

/** keepalived's lines, and what trackers are told: the peer's operator taking it down is no failure (RFC 5882 section 3.2). */
function changes(config: BfdInstance, before: SessionState, state: SessionState): SessionEffect[] {
  const effects: SessionEffect[] = [];
  const log = (text: string, level: LogLevel | "detail" = "info") => void effects.push({ type: "log", level, text });
  if (parametersDiffer(before, state)) for (const line of parameterLines(config, state)) log(line, "detail");
  if (before.detectionUs !== state.detectionUs) log(detectionLine(before.detectionUs, state.detectionUs));
  if (before.name !== state.name && state.name === "Up") log(upLine(config));
  if (before.name !== state.name && state.name === "Down") log(downLine(config, state));
  if (before.poll === "no" && state.poll !== "no") log(pollLine(config), "detail");
  if (state.name === "Up" && before.name !== "Up") effects.push({ type: "verdict", up: true });
  if (state.name !== "Up" && before.name === "Up" && state.remote.state !== "AdminDown") effects.push({ type: "verdict", up: false });
  return effects;
}

function parametersDiffer({ remote: a }: SessionState, { remote: b }: SessionState): boolean {
  return b.discriminator !== 0 && (a.desiredMinTxUs !== b.desiredMinTxUs || a.requiredMinRxUs !== b.requiredMinRxUs || a.multiplier !== b.multiplier);
}
