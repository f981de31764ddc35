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
      /** As many run as quorum and `quorum_max` want, with its delays. */
      readonly up: boolean;
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

/** What the kernel tells of processes; threads are left out. */
export type ProcessEvent =
  | { readonly type: "fork"; readonly pid: number; readonly parent: number }
  /** Another program runs in it, or it has another name: look again. */
  | { readonly type: "changed"; readonly pid: number }
  | { readonly type: "exit"; readonly pid: number };

export interface ProcessListener {
  /** The kernel has confirmed that it tells: what has happened before is to be looked up. */
  ready(): void;
  /** In order. Undefined: events were lost. */
  events(events: readonly ProcessEvent[] | undefined): void;
}

/** @throws KernelError where the kernel does not tell us: EPERM, EPROTONOSUPPORT, ECONNREFUSED (another network namespace than the first) */
export type WatchProcesses = (listener: ProcessListener) => { close(): void };

/** What a tracked process is recognised by. */
export interface ProcessDescription {
  /** The command name, at most 15 octets. */
  readonly name: string;
  /** The command line, the program first; empty for a kernel thread. Undefined: it was not asked for. */
  readonly commandLine: readonly string[] | undefined;
}

export interface ProcessTable {
  pids(): number[];
  /** Undefined: there is no such process any more; a zombie is none. */
  describe(pid: number, withCommandLine: boolean): ProcessDescription | undefined;
}
