import { KernelError } from "../base/errors.ts";
import type { IpAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Micros } from "../base/time.ts";
import type { BfdConfig, BfdInstance } from "../conf/model.ts";
import type { BfdHost } from "./host.ts";
import { Listeners, MULTIHOP_PORT, PORT } from "./listeners.ts";
import type { Listening } from "./listeners.ts";
import { encodePacket } from "./packet.ts";
import type { BfdPacket } from "./packet.ts";
import { receive } from "./receive.ts";
import { RefusalLog } from "./refusal-log.ts";
import { step } from "./session.ts";
import type { SessionEffect, SessionEvent } from "./session.ts";
import { newSession, sessionDeadline } from "./session-state.ts";
import type { Session } from "./session-run.ts";
import { sessionKey } from "./session-run.ts";
import { sessionStatus } from "./status.ts";
import type { BfdStatus } from "./status.ts";

/** RFC 5881 section 4. */
const SOURCE_PORTS = [49_152, 65_535] as const;
const SENDER_RETRY: Micros = SECOND;
/** Per listener and turn; what is left makes another turn come first. */
const MAX_DATAGRAMS_PER_TURN = 512;
/** More than a receive queue can hold: who has read this many has read all that waited when a deadline ran out. */
const QUEUE_CAPACITY = 20_000;
/**
 * How long a session that was up before this thread died may take to come up again before its neighbour counts as gone:
 * the peer answers our new discriminator at the rate of a session that is down, at most one packet a second.
 */
const RESUME_WITHIN: Micros = 5 * SECOND;

/** All BFD sessions of a host: one alarm, one entry, no promise. */
export class BfdEngine {
  readonly #host: BfdHost;
  readonly #wake = () => this.#turn();
  readonly #listeners: Listeners;
  readonly #refusals: RefusalLog;
  #sessions: Session[] = [];
  #byDiscriminator = new Map<number, Session>();
  #byNeighbor = new Map<string, Session>();
  #alarm: Alarm | undefined;
  /** What the turn before left open; Infinity: nothing. */
  #dueAt: Micros = Infinity;
  #readSinceQuiet = 0;
  #maxLatenessUs: Micros = 0;

  constructor(host: BfdHost) {
    this.#host = host;
    this.#listeners = new Listeners(host, this.#wake);
    this.#refusals = new RefusalLog(host.clock, host.log);
  }

  /** @param knownUp names of sessions that were up when an earlier run of this thread died; they get time to come up again */
  start(config: BfdConfig, knownUp: ReadonlySet<string> = new Set()): void {
    this.#configure(config, knownUp);
  }

  /** Sessions with the same neighbour, source, TTL and port go on, whatever else changes; intervals are polled for. */
  reload(config: BfdConfig): void {
    this.#configure(config, new Set());
  }

  /** Silently, as keepalived: who follows our sessions notices that this director is gone. Idempotent. */
  stop(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    for (const { sender } of this.#sessions) sender?.close();
    this.#sessions = [];
    this.#index();
    this.#listeners.close();
  }

  status(): BfdStatus {
    return {
      sessions: this.#sessions.map((session) => sessionStatus(session, this.#host.clock.now())),
      refusals: Object.fromEntries(this.#refusals.counts),
      maxLatenessUs: this.#maxLatenessUs,
    };
  }

  #configure(config: BfdConfig, knownUp: ReadonlySet<string>): void {
    const { clock } = this.#host;
    const old = new Map(this.#sessions.map((session) => [sessionKey(session.config), session]));
    const next = config.instances.map((instance) => {
      const key = sessionKey(instance);
      const kept = old.get(key);
      old.delete(key);
      return { session: kept ?? this.#newSession(instance, knownUp.has(instance.name), clock.now()), instance };
    });
    for (const { sender } of old.values()) sender?.close();
    this.#sessions = next.map(({ session }) => session);
    this.#index();
    this.#listeners.provide(config.instances);
    for (const { session, instance } of next) {
      session.config = instance;
      this.#dispatch(session, { type: "configured" });
    }
    for (const { config: { name }, up } of this.#sessions) this.#host.verdict(name, up);
    this.#turn();
  }

  #newSession(config: BfdInstance, wasUp: boolean, now: Micros): Session {
    return {
      config,
      state: newSession(config, this.#discriminator(), now),
      up: wasUp,
      resumeUntil: wasUp ? now + RESUME_WITHIN : undefined,
      sender: undefined,
      senderRetryAt: now,
      failing: undefined,
      sent: 0,
      received: 0,
      lastHeardAt: undefined,
    };
  }

  #discriminator(): number {
    for (;;) {
      const discriminator = 1 + Math.floor(this.#host.random() * 0xffff_ffff);
      if (this.#sessions.every(({ state }) => state.localDiscriminator !== discriminator)) return discriminator;
    }
  }

  #index(): void {
    this.#byDiscriminator = new Map(this.#sessions.map((session) => [session.state.localDiscriminator, session]));
    this.#byNeighbor = new Map(this.#sessions.map((session) => [neighborKey(session.config.multihop, session.config.neighborIp), session]));
  }

  /** One wake-up, whatever caused it: what has arrived is read before a Detection Time is believed to be over. */
  #turn(): void {
    this.#measure();
    const quiet = this.#drain();
    if (quiet) this.#readSinceQuiet = 0;
    const now = this.#host.clock.now();
    if (this.#listeners.retryAt !== undefined && now >= this.#listeners.retryAt) this.#listeners.provide();
    this.#runDeadlines(quiet || this.#readSinceQuiet > QUEUE_CAPACITY);
    this.#arm(quiet);
  }

  /** Before anything is done: what has arrived may have its answer sent with what was late. */
  #measure(): void {
    const now = this.#host.clock.now();
    if (now <= this.#dueAt) return;
    this.#maxLatenessUs = Math.max(this.#maxLatenessUs, now - this.#dueAt);
    this.#host.wokenLate(now - this.#dueAt, now);
  }

  /** @returns whether every listener was read empty */
  #drain(): boolean {
    let quiet = true;
    for (const listening of this.#listeners.all()) quiet = this.#drainOne(listening) && quiet;
    return quiet;
  }

  #drainOne({ listener, multihop }: Listening): boolean {
    const index = {
      byDiscriminator: (discriminator: number) => {
        const session = this.#byDiscriminator.get(discriminator);
        return session?.config.multihop === multihop ? session : undefined;
      },
      byNeighbor: (neighbor: IpAddress) => this.#byNeighbor.get(neighborKey(multihop, neighbor)),
    };
    for (let i = 0; i < MAX_DATAGRAMS_PER_TURN; i++) {
      const datagram = listener.receive();
      if (datagram === undefined) return true;
      this.#readSinceQuiet++;
      const received = receive(datagram, index);
      if (!received.ok) this.#refusals.add(received.refusal, received.lines, received.session !== undefined);
      else {
        received.session.received++;
        received.session.lastHeardAt = this.#host.clock.now();
        this.#dispatch(received.session, { type: "packet", packet: received.packet });
      }
    }
    return false;
  }

  #runDeadlines(believe: boolean): void {
    for (const session of this.#sessions) {
      const now = this.#host.clock.now();
      const { detectAt } = session.state;
      const at = sessionDeadline(session.state);
      if (session.resumeUntil !== undefined && now >= session.resumeUntil) this.#giveUpResuming(session);
      if (at === undefined || now < at || (!believe && detectAt !== undefined && now >= detectAt)) continue;
      this.#dispatch(session, { type: "deadline" });
    }
  }

  #giveUpResuming(session: Session): void {
    session.resumeUntil = undefined;
    if (session.state.name === "Up") return;
    session.up = false;
    this.#host.log.info(`(${session.config.name}) has not come up again after the restart of the BFD thread`);
    this.#host.verdict(session.config.name, false);
  }

  #dispatch(session: Session, event: SessionEvent): void {
    const { state, effects } = step(session.config, session.state, event, { now: this.#host.clock.now(), chance: this.#host.random() });
    session.state = state;
    for (const effect of effects) this.#apply(session, effect);
  }

  #apply(session: Session, effect: SessionEffect): void {
    const { log } = this.#host;
    switch (effect.type) {
      case "send":
        return this.#send(session, effect.packet);
      case "log":
        return effect.level === "detail" ? log.detail(effect.text) : log.write(effect.level, effect.text);
      case "verdict":
        session.resumeUntil = undefined;
        session.up = effect.up;
        return this.#host.verdict(session.config.name, effect.up);
    }
  }

  /** A packet that cannot be sent is lost, as on the wire; the first of a row is logged, and when it works again. */
  #send(session: Session, packet: BfdPacket): void {
    const { log } = this.#host;
    const { name, neighborIp } = session.config;
    try {
      const sender = this.#sender(session);
      if (sender === undefined) return;
      sender.send(encodePacket(packet));
      session.sent++;
      if (session.failing !== undefined) log.info(`(${name}) packets to ${neighborIp} are sent again`);
      session.failing = undefined;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (session.failing !== error.code) log.error(`(${name}) ${error.message}`);
      session.failing = error.code;
    }
  }

  #sender(session: Session): Session["sender"] {
    const now = this.#host.clock.now();
    if (session.sender !== undefined || now < session.senderRetryAt) return session.sender;
    session.senderRetryAt = now + SENDER_RETRY;
    const { neighborIp, sourceIp, ttl, multihop } = session.config;
    session.sender = this.#host.openSender({
      destination: neighborIp,
      destinationPort: multihop ? MULTIHOP_PORT : PORT,
      source: sourceIp,
      portRange: SOURCE_PORTS,
      hopLimit: ttl,
    });
    return session.sender;
  }

  #arm(quiet: boolean): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const deadlines = this.#sessions.flatMap(({ state, resumeUntil }) => [sessionDeadline(state), resumeUntil]);
    const at = Math.min(...[...deadlines, this.#listeners.retryAt].map((one) => one ?? Infinity));
    this.#dueAt = at;
    if (at === Infinity && quiet) return;
    this.#alarm = this.#host.clock.alarm(quiet ? at : this.#host.clock.now(), this.#wake);
  }
}

function neighborKey(multihop: boolean, neighbor: IpAddress): string {
  return `${multihop} ${neighbor}`;
}
