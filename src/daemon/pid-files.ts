import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Log } from "../base/log.ts";
import type { Needed } from "./needed.ts";
import { PID_DIRECTORY } from "./paths.ts";
import type { PidFilePaths } from "./paths.ts";

/** A pid file that is held open and locked; `src/sys/pid-file.ts`. */
export interface HeldPidFile {
  write(pid: number): void;
  remove(): void;
}

/** The daemon's locks: as long as they are held, nobody starts a second daemon with the same files. */
export class PidFiles {
  readonly #log: Log;
  /** undefined when another process holds the lock. @throws KernelError EACCES, EROFS … */
  readonly #open: (path: string) => HeldPidFile | undefined;
  readonly #held: { readonly file: HeldPidFile; readonly ofParent: boolean }[] = [];

  constructor(log: Log, open: (path: string) => HeldPidFile | undefined) {
    this.#log = log;
    this.#open = open;
  }

  get any(): boolean {
    return this.#held.length > 0;
  }

  /** @param parentPid what the parent's file names: who receives signals for us */
  take(paths: PidFilePaths, needed: Needed, parentPid: number): "taken" | "running" | "failed" {
    const own = (["vrrp", "checkers", "bfd"] as const).flatMap((which) => (needed[which] ? [{ path: paths[which], pid: process.pid, ofParent: false }] : []));
    for (const { path, pid, ofParent } of [{ path: paths.parent, pid: parentPid, ofParent: true }, ...own]) {
      try {
        const directory = dirname(path);
        if (dirname(directory) === PID_DIRECTORY) ensureDirectory(PID_DIRECTORY);
        ensureDirectory(directory);
        const file = this.#open(path);
        if (file === undefined) {
          this.#log.error(`daemon is already running (${path} is locked)`);
          return "running";
        }
        file.write(pid);
        this.#held.push({ file, ofParent });
      } catch (error) {
        this.#log.error(`pid file ${path}: ${(error as Error).message}; give another path with -p, -r, -c or -b`);
        return "failed";
      }
    }
    return "taken";
  }

  /** Signals go to another process from now on. */
  parentIs(pid: number): void {
    for (const { file, ofParent } of this.#held) if (ofParent) file.write(pid);
  }

  remove(): void {
    for (const { file } of this.#held) file.remove();
  }
}

/** One level only: a wrong path is better named than made. @throws Error ENOENT, EACCES … */
export function ensureDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
