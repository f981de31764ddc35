import { basename, dirname } from "node:path";
import type { Log } from "../base/log.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { WatchDirectory } from "../base/tracking.ts";
import { FollowedDirectory } from "../notify/followed-directory.ts";
import { readReloadTime, reloadTimeText } from "./reload-time.ts";
import type { ReloadTime } from "./reload-time.ts";

/** The wall clock may be set while we wait. */
const LOOK_EVERY: Micros = 10 * SECOND;

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
  #directory: FollowedDirectory | undefined;
  #scheduled: ReloadTime | undefined;
  #alarm: Alarm | undefined;
  /** The line that was last said to be of no use. */
  #refused: string | undefined;

  constructor(host: ReloadTimerHost) {
    this.#host = host;
  }

  /** With each configuration that is in force; the file is read anew. */
  configure(file: string | undefined, repeat: boolean): void {
    this.#directory?.close();
    this.#file = file;
    this.#repeat = repeat;
    this.#refused = undefined;
    this.#directory = file === undefined ? undefined : this.#follow(file);
    if (this.#directory === undefined) this.#schedule(undefined);
    else this.#directory.open();
  }

  stop(): void {
    this.#directory?.close();
    this.#alarm?.cancel();
  }

  #follow(file: string): FollowedDirectory {
    return new FollowedDirectory(this.#host, dirname(file), {
      look: (name) => {
        if (name === undefined || name === basename(file)) this.#read(file);
      },
      unwatched: ({ message }, missing) => {
        this.#host.log.error(`Unable to monitor reload_time_file ${file}: ${message}; looking again every second`);
        if (missing) this.#schedule(undefined);
      },
    });
  }

  #read(file: string): void {
    const { log, read, wallClockMs } = this.#host;
    const [line = ""] = (read(file) ?? "").split("\n");
    const time = line === "" ? undefined : readReloadTime(line, wallClockMs());
    const refused = typeof time === "string" ? line : undefined;
    if (refused !== undefined && refused !== this.#refused) log.info(time === "invalid" ? `Invalid reload time '${line}' specified - ignoring` : "Reload date/time is in the past - ignoring");
    this.#refused = refused;
    this.#schedule(typeof time === "string" ? undefined : time);
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
