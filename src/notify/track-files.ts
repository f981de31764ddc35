import { basename, dirname } from "node:path";
import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { DirectoryWatch, TrackFileAccess, WatchDirectory } from "../base/tracking.ts";
import type { TrackFile } from "../conf/model.ts";
import { readTrackValue } from "./track-value.ts";

/** Until a directory that could not be watched is tried again. */
const RETRY: Micros = SECOND;

export interface TrackFilesHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly files: TrackFileAccess;
  readonly watch: WatchDirectory;
  /** See `TrackResult`. */
  result(name: string, value: number | undefined): void;
}

interface Tracked {
  readonly config: TrackFile;
  /** As last read; what stays when the file then holds a number that is none. */
  value: number;
  /** As last told; "nothing": not yet. */
  told: number | undefined | "nothing";
}

interface Directory {
  readonly files: Tracked[];
  watch: DirectoryWatch | undefined;
  alarm: Alarm | undefined;
  /** Already said to be missing. */
  reported: boolean;
}

/** Reads `track_file`s whenever they change, a replacement by rename included: what is watched is the directory. */
export class TrackFiles {
  readonly #host: TrackFilesHost;
  readonly #directories = new Map<string, Directory>();

  constructor(host: TrackFilesHost) {
    this.#host = host;
  }

  /**
   * Replaces the whole set; every value is read and told anew. A file whose path stays keeps its value meanwhile.
   *
   * @param starting the daemon's first configuration: only then does `init_file … overwrite` overwrite
   */
  configure(files: readonly TrackFile[], starting: boolean): void {
    const before = new Map([...this.#directories.values()].flatMap((directory) => directory.files).map((file) => [file.config.file, file.value]));
    this.stop();
    for (const config of files) {
      this.#initialise(config, starting);
      const path = dirname(config.file);
      const directory = this.#directories.get(path) ?? { files: [], watch: undefined, alarm: undefined, reported: false };
      this.#directories.set(path, directory);
      directory.files.push({ config, value: before.get(config.file) ?? 0, told: "nothing" });
    }
    for (const [path, directory] of this.#directories) this.#open(path, directory);
  }

  stop(): void {
    for (const { watch, alarm } of this.#directories.values()) {
      watch?.close();
      alarm?.cancel();
    }
    this.#directories.clear();
  }

  #initialise({ name, file, init }: TrackFile, starting: boolean): void {
    if (init === undefined) return;
    const failed = this.#host.files.initialise(file, `${init.value}\n`, init.overwrite && starting);
    if (failed === undefined) return;
    this.#host.log.error(`Unable to open '${file}' - errno ${failed.errno} (${failed.text})`);
    this.#host.log.error(`Unable to initialise track file ${name}`);
  }

  #open(path: string, directory: Directory): void {
    directory.alarm = undefined;
    try {
      directory.watch = this.#host.watch(path, {
        changed: (name) => this.#changed(directory, name),
        gone: () => this.#lost(path, directory),
      });
      directory.reported = false;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return this.#unwatched(path, directory, error);
    }
    this.#changed(directory, undefined); // after the watch, so that no change falls between
  }

  #lost(path: string, directory: Directory): void {
    directory.watch = undefined;
    this.#open(path, directory); // it may have been replaced
  }

  /** keepalived drops a file whose directory is missing for good; here it counts from when the directory is there. */
  #unwatched(path: string, directory: Directory, error: KernelError): void {
    const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
    if (!directory.reported) {
      directory.reported = true;
      for (const { config } of directory.files) {
        if (missing) this.#host.log.info(`Track file directory for ${config.name} does not exist - removing until it does`);
        else this.#host.log.error(`Unable to monitor track files: ${error.message}`);
      }
    }
    for (const file of directory.files) {
      if (missing) this.#tell(file, undefined);
      else this.#read(file); // not told of changes, but looked at every second
    }
    directory.alarm = this.#host.clock.alarm(this.#host.clock.now() + RETRY, () => this.#open(path, directory));
  }

  #changed(directory: Directory, name: string | undefined): void {
    for (const file of directory.files) {
      if (name === undefined || name === basename(file.config.file)) this.#read(file);
    }
  }

  #read(file: Tracked): void {
    const { log, files } = this.#host;
    const path = file.config.file;
    const read = readTrackValue(files.read(path) ?? "");
    if (read.ok) file.value = read.value;
    else log.info(`Invalid number ${read.text} read from ${path} - ignoring`);
    this.#tell(file, file.value);
  }

  #tell(file: Tracked, value: number | undefined): void {
    if (file.told === value) return;
    file.told = value;
    this.#host.result(file.config.name, value);
  }
}
