import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { KernelError } from "../base/errors.ts";
import { SECOND } from "../base/time.ts";
import type { Clock, Micros } from "../base/time.ts";
import { unbound } from "../sys/cpu-affinity.ts";

/** The daemon's end of the link to its guardian; the protocol is in native/guardian.c. */
export interface GuardianLink {
  /** Where the installed record is, so that the guardian can undo it. */
  record(path: string): void;
  /** What ps shows of the guardian. @param name at most 15 octets; undefined: its own */
  named(name: string | undefined): void;
  ready(): void;
  reloading(): void;
  stopping(withinMs: number): void;
  /** Synchronous: the process exits right after it. */
  bye(code: number): void;
  /** Who receives signals for us: what the pid file names. */
  readonly pid: number;
}

/** Inherited from the guardian. */
export const GUARDIAN_LINK_FD = 3;

const RETRY: Micros = SECOND;

export interface GuardianOptions {
  /** The guardian's program. */
  readonly program: string;
  /** Node, script and arguments, for the next daemon. */
  readonly command: readonly string[];
  /** A connected pair of stream sockets, both close-on-exec. @throws KernelError */
  readonly socketPair: () => readonly [number, number];
  /** The first guardian was killed and another one watches now, under another pid. */
  readonly replaced: (pid: number) => void;
  /** It was killed and no other one can be started, which is tried every second; once for each reason. */
  readonly failed: (error: Error) => void;
  readonly clock: Clock;
}

/** A daemon run without the guardian (`node dist/main.js`): nobody to tell. */
class NoGuardian implements GuardianLink {
  readonly pid = process.pid;
  record(): void {}
  named(): void {}
  ready(): void {}
  reloading(): void {}
  stopping(): void {}
  bye(): void {}
}

/**
 * When the guardian dies, the link reports end of file and this starts another one, which adopts the running daemon. The
 * spawn blocks the main thread for a few milliseconds: the one exception to "main never spawns", because until it is done
 * nobody would release the addresses after a crash.
 */
class Guarded implements GuardianLink {
  pid: number;
  readonly #options: GuardianOptions;
  #fd: number = GUARDIAN_LINK_FD;
  #socket: Socket;
  #recordPath = "";
  #name: string | undefined;
  #leaving = false;
  /** Why the last start failed. */
  #failure: string | undefined;

  constructor(options: GuardianOptions, pid: number) {
    this.#options = options;
    this.pid = pid;
    this.#socket = this.#watch();
  }

  record(path: string): void {
    this.#recordPath = path;
    this.#say(`record ${path}`);
  }

  named(name: string | undefined): void {
    this.#name = name;
    this.#say(`name ${name ?? ""}`);
  }

  ready(): void {
    this.#say("ready");
  }

  reloading(): void {
    this.#say("reloading");
  }

  stopping(withinMs: number): void {
    this.#say(`stopping ${Math.round(withinMs)}`);
  }

  bye(code: number): void {
    this.#leaving = true;
    if (this.#socket.destroyed) return; // its descriptor may be another file's by now
    try {
      writeSync(this.#fd, `bye ${code}\n`);
    } catch {
      // The guardian is gone: nobody is left to hear it, and we exit anyway.
    }
  }

  #say(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  #watch(): Socket {
    const socket = new Socket({ fd: this.#fd, readable: true, writable: true });
    socket.on("error", () => undefined); // "close" follows and says all there is to say
    socket.on("close", () => this.#adopt());
    socket.resume();
    socket.unref();
    return socket;
  }

  #adopt(): void {
    if (this.#leaving) return;
    try {
      this.#start();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#startAgain(error);
    }
  }

  /** @throws KernelError EMFILE, ENFILE … */
  #start(): void {
    const { program, command, replaced, socketPair } = this.#options;
    const [ours, theirs] = socketPair();
    const child = unbound(() =>
      spawn(program, ["--adopt", String(process.pid), this.#recordPath, ...command], {
        detached: true,
        stdio: ["ignore", "inherit", "inherit", theirs],
      }),
    );
    closeSync(theirs);
    child.on("error", (error) => {
      closeSync(ours);
      this.#startAgain(error);
    });
    child.unref();
    if (child.pid === undefined) return; // "error" follows
    this.#failure = undefined;
    this.pid = child.pid;
    this.#fd = ours;
    this.#socket = this.#watch();
    this.named(this.#name);
    replaced(child.pid);
  }

  #startAgain(error: Error): void {
    const { clock, failed } = this.#options;
    if (error.message !== this.#failure) failed(error);
    this.#failure = error.message;
    clock.alarm(clock.now() + RETRY, () => this.#adopt());
  }
}

/** @param environment REGENT_GUARDIAN names the guardian's pid when there is one */
export function guardianLink(environment: NodeJS.ProcessEnv, options: GuardianOptions): GuardianLink {
  const pid = Number(environment["REGENT_GUARDIAN"]);
  return Number.isInteger(pid) && pid > 0 ? new Guarded(options, pid) : new NoGuardian();
}
