import { basename, dirname } from "node:path";
import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { DirectoryWatch, WatchDirectory } from "../base/tracking.ts";
import { readReloadTime, reloadTimeText } from "./reload-time.ts";
import type { ReloadTime } from "./reload-time.ts";

/** The wall clock may be set while we wait. */
const LOOK_EVERY: Micros = 10 * SECOND;
/** For a directory that is not there. */
const RETRY: Micros = 1 * SECOND;

export interface ReloadTimerHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly wallClockMs: () => number;
  readonly watch: WatchDirectory;
  /** The beginning of a regular file; undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  /** A file that is not there is no error. @throws Error */
  readonly remove: (path: string) => void;
  readonly due: () => void;
}

/** `reload_time_file` and `reload_repeat`: a reload at the time that a file says, so that all directors of a network have theirs together. */
export class ReloadTimer {
  readonly #host: ReloadTimerHost;
  #file: string | undefined;
  #repeat = false;
  #watch: DirectoryWatch | undefined;
  #retry: Alarm | undefined;
  #scheduled: ReloadTime | undefined;
  #alarm: Alarm | undefined;
  #reported = false;

  constructor(host: ReloadTimerHost) {
    this.#host = host;
  }

  /** With each configuration that is in force; the file is read anew. */
  configure(file: string | undefined, repeat: boolean): void {
    this.#close();
    this.#file = file;
    this.#repeat = repeat;
    this.#reported = false;
    if (file === undefined) this.#schedule(undefined);
    else this.#open(file);
  }

  stop(): void {
    this.#close();
    this.#alarm?.cancel();
  }

  #close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #open(file: string): void {
    const { clock, log, watch } = this.#host;
    try {
      this.#watch = watch(dirname(file), {
        changed: (name) => {
          if (name === undefined || name === basename(file)) this.#read(file);
        },
        gone: () => this.#open(file), // it may have been replaced
      });
      this.#reported = false;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (!this.#reported) log.error(`Unable to monitor reload_time_file ${file}: ${error.message}; looking again every second`);
      this.#reported = true;
      this.#retry = clock.alarm(clock.now() + RETRY, () => this.#open(file));
    }
    this.#read(file); // after the watch, so that no change falls between
  }

  #read(file: string): void {
    const { log, read, wallClockMs } = this.#host;
    const [line = ""] = (read(file) ?? "").split("\n");
    if (line === "") return this.#schedule(undefined);
    const time = readReloadTime(line, wallClockMs());
    if (typeof time === "object") return this.#schedule(time);
    if (time === "invalid") log.info(`Invalid reload time '${line}' specified - ignoring`);
    else log.info("Reload date/time is in the past - ignoring");
    this.#schedule(undefined);
  }

  #schedule(time: ReloadTime | undefined): void {
    const { log } = this.#host;
    const before = this.#scheduled;
    this.#scheduled = time;
    if (before?.atMs === time?.atMs) return;
    const [from, to] = [before, time].map((one) => one && reloadTimeText(one.atMs));
    if (from === undefined) log.info(`Scheduling reload for ${to}`);
    else log.info(to === undefined ? `Cancelling reload scheduled for ${from}` : `Reload time updated from ${from} to ${to}`);
    this.#arm();
  }

  #arm(): void {
    const { clock, wallClockMs } = this.#host;
    this.#alarm?.cancel();
    if (this.#scheduled === undefined) return;
    const leftUs = (this.#scheduled.atMs - wallClockMs()) * MILLISECOND;
    if (leftUs <= 0) return this.#due(this.#scheduled);
    this.#alarm = clock.alarm(clock.now() + Math.min(leftUs, LOOK_EVERY), () => this.#arm());
  }

  #due({ daily }: ReloadTime): void {
    const { log, due, remove } = this.#host;
    this.#scheduled = undefined;
    if (this.#file !== undefined && this.#repeat && daily) this.#read(this.#file);
    else if (this.#file !== undefined) {
      try {
        remove(this.#file);
      } catch (error) {
        log.error(`reload_time_file ${this.#file} cannot be removed: ${(error as Error).message}`);
      }
    }
    due();
  }
}
