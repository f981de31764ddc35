import { spawn } from "node:child_process";
import type { ProcessRunner, RunningScript, ScriptAccount, ScriptCommand, ScriptExit } from "../base/ports.ts";
import type { Micros } from "../base/time.ts";
import { constants } from "node:os";
import { KernelError } from "../base/errors.ts";
import { closeAllOnExec } from "./descriptors.ts";
import { killGroup } from "./libc.ts";

/** Called around the life of every process group, so that whoever outlives this thread can kill what is left of it. */
export interface ProcessHooks {
  readonly onStart?: (processGroup: number) => void;
  readonly onEnd?: (processGroup: number) => void;
}

/** What the loader and the shell would obey: a script gets neither. */
const DROPPED_VARIABLES = new Set(["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"]);

/**
 * Runs scripts through util-linux's setpriv, which does what node:child_process does not: supplementary groups, and a
 * TERM when the thread that started the script ends. setpriv executes the program by execvp(3), which hands a text
 * file without an interpreter line to sh.
 */
export class NodeProcessRunner implements ProcessRunner {
  readonly #hooks: ProcessHooks;
  #inheritedClosed = false;

  constructor(hooks: ProcessHooks = {}) {
    this.#hooks = hooks;
  }

  run(command: ScriptCommand, options: { readonly timeoutUs?: Micros; readonly killAfterUs: Micros }): RunningScript {
    // What we opened is close-on-exec already; what our own parent left open to us is not.
    if (!this.#inheritedClosed) closeAllOnExec();
    this.#inheritedClosed = true;
    const child = spawn("setpriv", [...privileges(command.account), "--", ...command.argv], {
      // A session of its own: the process group has the number of the process.
      detached: true,
      stdio: "ignore",
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !DROPPED_VARIABLES.has(name))),
    });
    const group = child.pid;
    const exit = new Promise<ScriptExit>((resolve) => {
      child.once("exit", (code, signal) => resolve(exitOf(code, signal)));
      child.once("error", (error) => resolve({ type: "failed", reason: `setpriv: ${error.message}` }));
    });
    if (group === undefined) return { pid: 0, exit, stop: () => undefined };
    return new RunningGroup(group, exit, options, this.#hooks);
  }
}

class RunningGroup implements RunningScript {
  readonly pid: number;
  readonly exit: Promise<ScriptExit>;
  readonly #killAfterUs: Micros;
  readonly #hooks: ProcessHooks;
  #timeout: NodeJS.Timeout | undefined;
  #kill: NodeJS.Timeout | undefined;
  #timedOut = false;
  #exited = false;

  constructor(group: number, exit: Promise<ScriptExit>, options: { readonly timeoutUs?: Micros; readonly killAfterUs: Micros }, hooks: ProcessHooks) {
    this.pid = group;
    this.#killAfterUs = options.killAfterUs;
    this.#hooks = hooks;
    hooks.onStart?.(group);
    if (options.timeoutUs !== undefined) {
      this.#timeout = setTimeout(() => {
        this.#timedOut = true;
        this.stop();
      }, milliseconds(options.timeoutUs));
    }
    this.exit = exit.then((how) => this.#reaped(how));
  }

  stop(): void {
    if (this.#exited || this.#kill !== undefined) return;
    signalGroup(this.pid, constants.signals.SIGTERM);
    this.#kill = setTimeout(() => this.#killed(), milliseconds(this.#killAfterUs));
  }

  #reaped(how: ScriptExit): ScriptExit {
    this.#exited = true;
    clearTimeout(this.#timeout);
    // After a TERM the rest of the group keeps its time until KILL, also when the leader is gone first.
    if (this.#kill === undefined) this.#hooks.onEnd?.(this.pid);
    return this.#timedOut ? { type: "timedOut" } : how;
  }

  #killed(): void {
    signalGroup(this.pid, constants.signals.SIGKILL);
    if (this.#exited) this.#hooks.onEnd?.(this.pid);
    else void this.exit.then(() => this.#hooks.onEnd?.(this.pid));
  }
}

/** setpriv's options: the account, unless the daemon is that already, which then needs no right to change its groups. */
function privileges(account: ScriptAccount | undefined): string[] {
  const deathSignal = ["--pdeathsig", "TERM"];
  if (account === undefined || (!account.supplementaryGroups && isOurs(account))) return deathSignal;
  const { user, uid, gid, supplementaryGroups } = account;
  // By name, because several accounts may share a number and differ in their groups.
  if (supplementaryGroups) return [...deathSignal, "--reuid", user ?? String(uid), "--regid", String(gid), "--init-groups"];
  return [...deathSignal, "--reuid", String(uid), "--regid", String(gid), "--clear-groups"];
}

function isOurs(account: ScriptAccount): boolean {
  return process.getuid?.() === account.uid && process.getgid?.() === account.gid;
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): ScriptExit {
  if (signal !== null) return { type: "signalled", signal: constants.signals[signal] };
  return { type: "exited", code: code ?? 0 };
}

function signalGroup(group: number, signal: number): void {
  try {
    killGroup(group, signal);
  } catch (error) {
    // EPERM: it became another user's (a setuid program) and we are not root. Its own end is awaited.
    if (!(error instanceof KernelError && error.code === "EPERM")) throw error;
  }
}

function milliseconds(us: Micros): number {
  return Math.min(Math.ceil(us / 1_000), 2 ** 31 - 1);
}
