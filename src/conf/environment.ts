import type { Accounts, Files } from "../base/ports.ts";

/** Everything outside the text that loading depends on; the loader touches nothing else, so it runs anywhere. */
export interface LoadEnvironment {
  readonly files: Files;
  readonly accounts: Accounts;
  /**
   * Moves the loading thread into a network namespace by its name, so that interfaces are looked up where they will be used.
   * @returns why that could not be done
   */
  readonly enterNetworkNamespace: (name: string) => string | undefined;
  /** Names of the interfaces that exist now, where the thread is now. */
  readonly interfaceNames: () => readonly string[];
  /** In octets; undefined when there is no such interface, or it is not known what it will be. */
  readonly interfaceMtu: (name: string) => number | undefined;
  readonly hostName: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An integer, both ends included. */
  readonly random: (min: number, max: number) => number;
  /** Effective user and group of the daemon, for scripts without an account; root when absent. */
  readonly daemonAccount?: { readonly uid: number; readonly gid: number };
}

export interface LoadRequest {
  /** File or glob pattern (`-f`). */
  readonly path: string;
  /** For `@ID` lines; default the host name cut at the first dot (`-i`). */
  readonly configId: string;
  /** `-t`: keepalived judges numbers more strictly. */
  readonly testing: boolean;
  /** `-e`: every include problem is an error. */
  readonly allConfig: boolean;
  /** `-s`, which beats the configuration's. */
  readonly netNamespace?: string | undefined;
}
