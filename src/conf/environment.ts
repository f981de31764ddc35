import type { Accounts, Files } from "../base/ports.ts";

/** Everything outside the text that loading depends on; the loader touches nothing else, so it runs anywhere. */
export interface LoadEnvironment {
  readonly files: Files;
  readonly accounts: Accounts;
  /**
   * Names of the interfaces that exist now in the network namespace of this name; undefined: where the thread is.
   * @throws KernelError ENOENT, EPERM ...: they are not known
   */
  readonly interfaceNames: (namespace: string | undefined) => readonly string[];
  /** In octets; undefined when there is no such interface or namespace, or it is not known what it will be. */
  readonly interfaceMtu: (name: string, namespace: string | undefined) => number | undefined;
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
