import type { Log } from "../base/log.ts";
import type { ProcessRunner, RunningScript, ScriptCommand, ScriptExit } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";

/** No notification script runs longer than this; keepalived sets no limit, and hanging ones pile up there. */
export const SCRIPT_LIMIT_US: Micros = 60 * SECOND;
/** What a running script still gets once a later event of the same subject waits behind it. */
export const SUPERSEDED_LIMIT_US: Micros = 10 * SECOND;
/** What a stop script gets, and what a running script still gets when a stop script waits behind it; keepalived's figure. */
export const STOPPING_LIMIT_US: Micros = 1 * SECOND;
/** Between TERM and KILL of a script's process group; keepalived's figure. */
export const KILL_AFTER_US: Micros = 1 * SECOND;

/** What a shell, and whoever executes a program for us, reports for "not found" and "not executable". */
const CANNOT_RUN: ReadonlySet<number> = new Set([126, 127]);

/** The scripts of one event: started together in this order, as keepalived does. */
export interface ScriptEvent {
  readonly commands: readonly ScriptCommand[];
  /** The daemon is stopping: see STOPPING_LIMIT_US. */
  readonly stopping: boolean;
  /** Called once: every script has ended, was killed, or was given up. */
  readonly done: () => void;
}

export interface ScriptQueueHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly runner: ProcessRunner;
}

interface CurrentEvent {
  readonly event: ScriptEvent;
  readonly startedAt: Micros;
  readonly running: Set<RunningScript>;
  alarm: Alarm | undefined;
  /** Moves forward when somebody waits. */
  killAt: Micros;
  killed: boolean;
}

/**
 * The scripts of one subject (instance, group, service), event after event: an event's scripts start when those of the
 * event before have ended or were killed. None is skipped, however many have piled up.
 */
export class ScriptQueue {
  readonly #host: ScriptQueueHost;
  readonly #waiting: ScriptEvent[] = [];
  #current: CurrentEvent | undefined;

  constructor(host: ScriptQueueHost) {
    this.#host = host;
  }

  get idle(): boolean {
    return this.#current === undefined;
  }

  add(event: ScriptEvent): void {
    this.#waiting.push(event);
    if (this.#current === undefined) this.#next();
    else this.#arm(this.#current);
  }

  /** Ends what runs (TERM, then KILL) and gives up what waits. @returns how many events had not been started */
  abandon(): number {
    const given = this.#waiting.splice(0);
    if (this.#current !== undefined) for (const script of this.#current.running) script.stop();
    for (const event of given) event.done();
    return given.length;
  }

  #next(): void {
    // `done` may have added, and thereby started, an event.
    if (this.#current !== undefined) return;
    const event = this.#waiting.shift();
    if (event === undefined) return;
    const now = this.#host.clock.now();
    const limit = event.stopping ? STOPPING_LIMIT_US : SCRIPT_LIMIT_US;
    const current: CurrentEvent = { event, startedAt: now, running: new Set(), alarm: undefined, killAt: now + limit, killed: false };
    this.#current = current;
    for (const command of event.commands) {
      const script = this.#host.runner.run(command, { killAfterUs: KILL_AFTER_US });
      current.running.add(script);
      void script.exit.then((exit) => this.#ended(current, script, command, exit));
    }
    if (current.running.size === 0) this.#finish(current);
    else this.#arm(current);
  }

  /** One alarm for when the current event's time is over; nobody waiting, it is the long limit. */
  #arm(current: CurrentEvent): void {
    const now = this.#host.clock.now();
    if (this.#waiting.some((event) => event.stopping)) current.killAt = Math.min(current.killAt, now + STOPPING_LIMIT_US);
    else if (this.#waiting.length > 0) current.killAt = Math.min(current.killAt, now + SUPERSEDED_LIMIT_US);
    current.alarm?.cancel();
    current.alarm = this.#host.clock.alarm(current.killAt, () => this.#expire(current));
  }

  #expire(current: CurrentEvent): void {
    if (this.#host.clock.now() < current.killAt) return this.#arm(current);
    current.killed = true;
    for (const script of current.running) script.stop();
  }

  #ended(current: CurrentEvent, script: RunningScript, command: ScriptCommand, exit: ScriptExit): void {
    current.running.delete(script);
    // keepalived is silent about how a notification script ends, except when it could not be started.
    if (exit.type === "failed") this.#host.log.error(`Error exec-ing command '${command.argv[0] ?? ""}': ${exit.reason}`);
    else if (current.killed) this.#host.log.warning(killedLine(command, this.#host.clock.now() - current.startedAt));
    else if (exit.type === "exited" && CANNOT_RUN.has(exit.code)) this.#host.log.warning(`Notify script '${command.argv.join(" ")}' exited with status ${exit.code}: cannot be run, or a command in it cannot`);
    if (current.running.size === 0) this.#finish(current);
  }

  #finish(current: CurrentEvent): void {
    current.alarm?.cancel();
    this.#current = undefined;
    current.event.done();
    this.#next();
  }
}

function killedLine(command: ScriptCommand, ranUs: Micros): string {
  return `Notify script '${command.argv.join(" ")}' was still running after ${Math.round(ranUs / SECOND)} s - killed with its process group`;
}
