// What the services thread finds out about tracked files and processes, and the ports that it does so through.

/** What a tracked object says now; sent when it has changed, and once after every configuration. */
export type TrackResult =
  | {
      readonly type: "file";
      readonly name: string;
      /** 0 for a file that is missing, empty or no number. Undefined: its directory does not exist, and it does not count. */
      readonly value: number | undefined;
    }
  | {
      readonly type: "process";
      readonly name: string;
      /** Between quorum and `quorum_max`, delays included. */
      readonly up: boolean;
      readonly count: number;
    };

export interface DirectoryListener {
  /** Whoever wrote the file has closed it, or it was created, renamed or removed. Undefined: events were lost, any may have. */
  changed(name: string | undefined): void;
  /** The directory was removed, renamed or unmounted: nothing more will be reported. */
  gone(): void;
}

export interface DirectoryWatch {
  /** Idempotent. */
  close(): void;
}

/** @throws KernelError ENOENT, ENOTDIR, EACCES, ENOSPC (fs.inotify.max_user_watches), EMFILE (max_user_instances) */
export type WatchDirectory = (path: string, listener: DirectoryListener) => DirectoryWatch;

/** Tracked files: small, and perhaps not there. Neither call waits for another process, be `path` a named pipe. */
export interface TrackFileAccess {
  /** The beginning of a regular file; undefined when it is missing, unreadable or of another kind. */
  read(path: string): string | undefined;
  /** @param replace otherwise an existing file is left alone @returns the system's error, undefined for success */
  initialise(path: string, text: string, replace: boolean): { readonly errno: number; readonly text: string } | undefined;
}
