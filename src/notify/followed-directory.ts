import { KernelError } from "../base/errors.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { DirectoryWatch, WatchDirectory } from "../base/tracking.ts";

/** Until a directory that could not be watched is tried again. */
const RETRY: Micros = SECOND;

export interface FollowedDirectoryHost {
  readonly clock: Clock;
  readonly watch: WatchDirectory;
}

export interface FollowedDirectoryListener {
  /** This file may have changed; undefined: any. At the beginning, and every second while the directory is there and cannot be watched. */
  look(name: string | undefined): void;
  /** Once for each reason. @param missing there is no such directory, and `look` comes again when there is */
  unwatched(error: KernelError, missing: boolean): void;
}

/** What happens to the files of a directory, be it missing at times, replaced by another one, or more than inotify can watch. */
export class FollowedDirectory {
  readonly #host: FollowedDirectoryHost;
  readonly #path: string;
  readonly #listener: FollowedDirectoryListener;
  #watch: DirectoryWatch | undefined;
  #retry: Alarm | undefined;
  #failure: string | undefined;

  /** Tells nothing before `open`. */
  constructor(host: FollowedDirectoryHost, path: string, listener: FollowedDirectoryListener) {
    this.#host = host;
    this.#path = path;
    this.#listener = listener;
  }

  open(): void {
    const { clock, watch } = this.#host;
    try {
      this.#watch = watch(this.#path, { changed: (name) => this.#listener.look(name), gone: () => this.open() }); // it may have been replaced
      this.#failure = undefined;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#retry = clock.alarm(clock.now() + RETRY, () => this.open());
      const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
      const before = this.#failure;
      this.#failure = error.code;
      if (before !== error.code) this.#listener.unwatched(error, missing);
      if (missing) return;
    }
    this.#listener.look(undefined); // after the watch, so that no change falls between
  }

  /** Nothing is told any more. */
  close(): void {
    this.#watch?.close();
    this.#retry?.cancel();
  }
}
