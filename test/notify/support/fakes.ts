import type { Log, LogLevel } from "../../../src/base/log.ts";
import type { ProcessRunner, RunningScript, ScriptCommand, ScriptExit } from "../../../src/base/ports.ts";
import type { Alarm, Clock, Micros } from "../../../src/base/time.ts";

/** A clock that moves when told. */
export class FakeClock implements Clock {
  #now: Micros = 0;
  #alarms: { at: Micros; wake: () => void }[] = [];

  now(): Micros {
    return this.#now;
  }

  alarm(at: Micros, wake: () => void): Alarm {
    const alarm = { at, wake };
    this.#alarms.push(alarm);
    return { cancel: () => void (this.#alarms = this.#alarms.filter((other) => other !== alarm)) };
  }

  /** Moves on, alarm by alarm, and lets promises settle after each. */
  async advance(by: Micros): Promise<void> {
    const end = this.#now + by;
    await settle();
    for (;;) {
      const due = this.#alarms.filter((alarm) => alarm.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#alarms = this.#alarms.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Keeps every line; `[D]` before those of log-detail, other levels than the usual ones named too. */
export class FakeLog implements Log {
  readonly lines: string[] = [];

  write(level: LogLevel, text: string): void {
    this.lines.push(`${level}: ${text}`);
  }
  info(text: string): void {
    this.lines.push(text);
  }
  warning(text: string): void {
    this.lines.push(text);
  }
  error(text: string): void {
    this.lines.push(text);
  }
  detail(text: string): void {
    this.lines.push(`[D] ${text}`);
  }
}

/** What a fake process does: how long it runs by itself (Infinity hangs) and whether it minds TERM. */
export interface Behaviour {
  readonly runsUs: Micros;
  readonly exit?: ScriptExit;
  readonly ignoresTerm?: boolean;
}

/** Processes that end when the fake clock says so; `story` records what happened, with the time in seconds. */
export class FakeRunner implements ProcessRunner {
  readonly story: string[] = [];
  readonly #clock: FakeClock;
  readonly #behaviour: (command: ScriptCommand) => Behaviour;
  #pids = 100;

  constructor(clock: FakeClock, behaviour: (command: ScriptCommand) => Behaviour = () => ({ runsUs: 0 })) {
    this.#clock = clock;
    this.#behaviour = behaviour;
  }

  run(command: ScriptCommand, options: { readonly timeoutUs?: Micros; readonly killAfterUs: Micros }): RunningScript {
    const name = command.argv.join(" ");
    const { runsUs, exit = { type: "exited", code: 0 }, ignoresTerm = false } = this.#behaviour(command);
    this.#tell(`start ${name}`);
    let resolve: (exit: ScriptExit) => void = () => undefined;
    const ended = new Promise<ScriptExit>((settled) => (resolve = settled));
    let over = false;
    const alarms: Alarm[] = [];
    const end = (how: ScriptExit, word: string): void => {
      if (over) return;
      over = true;
      for (const alarm of alarms) alarm.cancel();
      this.#tell(`${word} ${name}`);
      resolve(how);
    };
    let stopped = false;
    const stop = (how: ScriptExit): void => {
      if (stopped || over) return;
      stopped = true;
      if (!ignoresTerm) return end(how, "term");
      alarms.push(this.#clock.alarm(this.#clock.now() + options.killAfterUs, () => end(how, "kill")));
    };
    if (Number.isFinite(runsUs)) alarms.push(this.#clock.alarm(this.#clock.now() + runsUs, () => end(exit, "end")));
    if (options.timeoutUs !== undefined) alarms.push(this.#clock.alarm(this.#clock.now() + options.timeoutUs, () => stop({ type: "timedOut" })));
    return { pid: this.#pids++, exit: ended, stop: () => stop({ type: "signalled", signal: 15 }) };
  }

  #tell(what: string): void {
    this.story.push(`${this.#clock.now() / 1_000_000} ${what}`);
  }
}
