import { basename, dirname } from "node:path";
import type { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Clock } from "../base/time.ts";
import type { TrackFileAccess, WatchDirectory } from "../base/tracking.ts";
import type { TrackFile } from "../conf/model.ts";
import { FollowedDirectory } from "./followed-directory.ts";
import { readTrackValue } from "./track-value.ts";

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
  /** What was last said to be no number. */
  refused: string | undefined;
}

interface Directory {
  readonly files: Tracked[];
  readonly followed: FollowedDirectory;
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
      const directory = this.#directories.get(path) ?? this.#newDirectory(path);
      this.#directories.set(path, directory);
      directory.files.push({ config, value: before.get(config.file) ?? 0, told: "nothing", refused: undefined });
    }
    for (const { followed } of this.#directories.values()) followed.open();
  }

  stop(): void {
    for (const { followed } of this.#directories.values()) followed.close();
    this.#directories.clear();
  }

  #initialise({ name, file, init }: TrackFile, starting: boolean): void {
    if (init === undefined) return;
    const failed = this.#host.files.initialise(file, `${init.value}\n`, init.overwrite && starting);
    if (failed === undefined) return;
    this.#host.log.error(`Unable to open '${file}' - errno ${failed.errno} (${failed.text})`);
    this.#host.log.error(`Unable to initialise track file ${name}`);
  }

  #newDirectory(path: string): Directory {
    const files: Tracked[] = [];
    const followed = new FollowedDirectory(this.#host, path, {
      look: (name) => this.#look(files, name),
      unwatched: (error, missing) => this.#unwatched(files, error, missing),
    });
    return { files, followed };
  }

  /** keepalived drops a file whose directory is missing for good; here it counts from when the directory is there. */
  #unwatched(files: readonly Tracked[], error: KernelError, missing: boolean): void {
    for (const { config } of files) {
      if (missing) this.#host.log.info(`Track file directory for ${config.name} does not exist - removing until it does`);
      else this.#host.log.error(`Unable to monitor track files: ${error.message}`);
    }
    if (missing) for (const file of files) this.#tell(file, undefined);
  }

  #look(files: readonly Tracked[], name: string | undefined): void {
    for (const file of files) {
      if (name === undefined || name === basename(file.config.file)) this.#read(file);
    }
  }

  #read(file: Tracked): void {
    const { log, files } = this.#host;
    const path = file.config.file;
    const read = readTrackValue(files.read(path) ?? "");
    if (read.ok) file.value = read.value;
    else if (read.text !== file.refused) log.info(`Invalid number ${read.text} read from ${path} - ignoring`);
    file.refused = read.ok ? undefined : read.text;
    this.#tell(file, file.value);
  }

  #tell(file: Tracked, value: number | undefined): void {
    if (file.told === value) return;
    file.told = value;
    this.#host.result(file.config.name, value);
  }
}
