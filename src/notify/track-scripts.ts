import type { Log } from "../base/log.ts";
import type { ProcessRunner, RunningScript, ScriptExit } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { TrackScript } from "../conf/model.ts";

/** Between TERM and KILL of a track script that has run out of time; keepalived's figure. */
const KILL_AFTER_US: Micros = 2 * SECOND;

export interface TrackScriptsHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly runner: ProcessRunner;
  /** One run has ended. Exit code 0 is success, anything else is failure; rise and fall are the engine's business. */
  result(name: string, exit: ScriptExit): void;
}

interface Tracked {
  config: TrackScript;
  /** Undefined while idle. */
  run: { readonly process: RunningScript; readonly timeoutAt: Micros } | undefined;
  nextAt: Micros;
  alarm: Alarm | undefined;
  /** For "now returning", which speaks of changes only; a script is taken to have returned 0 before. */
  lastCode: number;
}

/**
 * Runs `vrrp_script`s periodically. The period is kept from start to start; a run that is due while the one before is
 * still alive is skipped, as keepalived does.
 */
export class TrackScripts {
  readonly #host: TrackScriptsHost;
  readonly #tracked = new Map<string, Tracked>();
  readonly #disabledReported = new Set<string>();

  constructor(host: TrackScriptsHost) {
    this.#host = host;
  }

  /** Replaces the whole set. A script that keeps its name, command and account goes on undisturbed, a run in progress included. */
  configure(scripts: readonly TrackScript[]): void {
    const wanted = new Map(scripts.map((script) => [script.name, script]));
    for (const [name, tracked] of [...this.#tracked]) {
      const config = wanted.get(name);
      if (config === undefined || !sameCommand(config, tracked.config)) this.#forget(name, tracked);
    }
    for (const config of scripts) {
      const tracked = this.#tracked.get(config.name);
      if (tracked === undefined) this.#start(config);
      else this.#adopt(tracked, config);
    }
  }

  /** Ends every run (TERM, then KILL) and waits until all are reaped. No result is reported any more. */
  async stop(): Promise<void> {
    const ending: Promise<ScriptExit>[] = [];
    for (const [name, tracked] of [...this.#tracked]) {
      if (tracked.run !== undefined) ending.push(tracked.run.process.exit);
      this.#forget(name, tracked);
    }
    await Promise.all(ending);
  }

  #start(config: TrackScript): void {
    if (config.script.disabled !== undefined) {
      if (this.#disabledReported.has(config.name)) return;
      this.#disabledReported.add(config.name);
      this.#host.log.warning(`Track script ${config.name} is disabled (${config.script.disabled}) and will not be run`);
      return;
    }
    const tracked: Tracked = { config, run: undefined, nextAt: this.#host.clock.now(), alarm: undefined, lastCode: 0 };
    this.#tracked.set(config.name, tracked);
    this.#turn(tracked);
  }

  #adopt(tracked: Tracked, config: TrackScript): void {
    const startedAt = tracked.nextAt - tracked.config.intervalUs;
    tracked.config = config;
    tracked.nextAt = startedAt + config.intervalUs;
    this.#arm(tracked);
  }

  #forget(name: string, tracked: Tracked): void {
    this.#tracked.delete(name);
    tracked.alarm?.cancel();
    tracked.run?.process.stop();
  }

  #turn(tracked: Tracked): void {
    const now = this.#host.clock.now();
    if (now >= tracked.nextAt) {
      // After a stall the periods that were missed are not caught up.
      tracked.nextAt += tracked.config.intervalUs * (1 + Math.floor((now - tracked.nextAt) / tracked.config.intervalUs));
      if (tracked.run === undefined) this.#run(tracked, now);
      else this.#skip(tracked.config.name, now >= tracked.run.timeoutAt);
    }
    this.#arm(tracked);
  }

  #arm(tracked: Tracked): void {
    tracked.alarm?.cancel();
    tracked.alarm = this.#host.clock.alarm(tracked.nextAt, () => this.#turn(tracked));
  }

  #skip(name: string, timedOut: boolean): void {
    this.#host.log.info(`Track script ${name} is ${timedOut ? "being timed out" : "already running"}, expect idle - skipping run`);
  }

  #run(tracked: Tracked, now: Micros): void {
    const { script, timeoutUs } = tracked.config;
    const command = { argv: script.argv, ...(script.account && { account: script.account }) };
    const process = this.#host.runner.run(command, { timeoutUs, killAfterUs: KILL_AFTER_US });
    const run = { process, timeoutAt: now + timeoutUs };
    tracked.run = run;
    void process.exit.then((exit) => {
      if (tracked.run === run) tracked.run = undefined;
      if (this.#tracked.get(tracked.config.name) !== tracked) return;
      this.#ended(tracked, exit);
    });
  }

  #ended(tracked: Tracked, exit: ScriptExit): void {
    const { name } = tracked.config;
    if (exit.type === "exited" && exit.code !== tracked.lastCode) {
      tracked.lastCode = exit.code;
      this.#host.log.info(`Script \`${name}\` now returning ${exit.code}`);
    }
    this.#host.result(name, exit);
  }
}

function sameCommand(a: TrackScript, b: TrackScript): boolean {
  const text = ({ script }: TrackScript): string => JSON.stringify([script.argv, script.account, script.disabled !== undefined]);
  return text(a) === text(b);
}
