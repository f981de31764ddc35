import { join, resolve } from "node:path";
import type { GlobalConfig } from "../conf/model.ts";
import type { Options } from "./options.ts";

export interface PidFilePaths {
  readonly parent: string;
  readonly vrrp: string;
  readonly checkers: string;
  readonly bfd: string;
}

export const PID_DIRECTORY = "/run/keepalived";

/** keepalived's pid files: options first, else /run, or /run/keepalived with `use_pid_dir` or `instance`, or /run/keepalived/NAMESPACE. */
export function pidFilePaths(options: Pick<Options, "pidFile" | "vrrpPidFile" | "checkersPidFile" | "bfdPidFile">, global: GlobalConfig): PidFilePaths {
  const { parent, vrrp, checkers, bfd } = defaultPidFiles(global);
  return {
    parent: options.pidFile ?? parent,
    vrrp: options.vrrpPidFile ?? vrrp,
    checkers: options.checkersPidFile ?? checkers,
    bfd: options.bfdPidFile ?? bfd,
  };
}

/** Where they are when the command line says nothing. */
export function defaultPidFiles(global: GlobalConfig): PidFilePaths {
  const suffix = global.instance === undefined ? "" : `_${global.instance}`;
  const directory = global.usePidDir ? join(PID_DIRECTORY, global.netNamespace ?? "") : "/run";
  const path = (name: string): string => join(directory, `${name}${suffix}.pid`);
  return { parent: path("keepalived"), vrrp: path("vrrp"), checkers: path("checkers"), bfd: path("bfd") };
}

export const RUNTIME_DIRECTORY = "/run/regent";

/** The installed record: one a daemon, so it is named after what tells daemons apart, the parent's pid file. */
export function recordPath(runtimeDirectory: string, parentPidFile: string): string {
  return join(runtimeDirectory, `${resolve(parentPidFile).slice(1).replaceAll("/", "-")}.installed`);
}

/** The running configuration for the life after a crash: known before any configuration is, so named after the command line. */
export function lastConfigPath(runtimeDirectory: string, { pidFile, configFile }: Pick<Options, "pidFile" | "configFile">): string {
  return join(runtimeDirectory, `${resolve(pidFile ?? configFile).slice(1).replaceAll("/", "-")}.config`);
}

export type DumpName = "keepalived_parent" | "keepalived" | "keepalived_check" | "keepalived_bfd";

/**
 * Where USR1 and USR2 write, keepalived's names: `state_dump_file` may give a directory or a name (see (b), Output files).
 *
 * @param whose with `data_use_instance` what tells daemons apart, ".NAMESPACE_INSTANCE"; else ""
 */
export function dumpPath(stateDumpFile: string | undefined, temporary: string, name: DumpName, whose = ""): string {
  if (stateDumpFile === undefined) return join(temporary, `${name}${whose}.data`);
  if (stateDumpFile.endsWith("/")) return join(stateDumpFile, `${name}${whose}.data`);
  const process = name.slice("keepalived".length);
  const dot = stateDumpFile.lastIndexOf(".");
  const slash = stateDumpFile.lastIndexOf("/");
  const [stem, extension] = dot > slash ? [stateDumpFile.slice(0, dot), stateDumpFile.slice(dot)] : [stateDumpFile, ""];
  return resolve(temporary, `${stem}${process}${whose}${extension}`);
}
