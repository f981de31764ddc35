import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../base/log.ts";
import type { GlobalConfig } from "../conf/model.ts";
import type { Options } from "./options.ts";
import { pidFilePaths } from "./paths.ts";

/** `reload_file`: exists, empty, while a new configuration is read, so that whoever writes configurations can wait for its end. */
export async function whileReloading<T>(global: GlobalConfig, log: Log, act: () => Promise<T>): Promise<T> {
  const { file } = global.reload;
  if (file === undefined) return act();
  const path = file.path ?? defaultReloadFile(global);
  try {
    writeFileSync(path, "", { mode: 0o644 });
  } catch (error) {
    log.error(`reload file ${path}: ${(error as Error).message}`);
    return act();
  }
  try {
    return await act();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Beside the parent's pid file, wherever the command line puts that. */
function defaultReloadFile(global: GlobalConfig): string {
  const nowhere: Pick<Options, "pidFile" | "vrrpPidFile" | "checkersPidFile" | "bfdPidFile"> = {
    pidFile: undefined,
    vrrpPidFile: undefined,
    checkersPidFile: undefined,
    bfdPidFile: undefined,
  };
  const { parent } = pidFilePaths(nowhere, global);
  return join(dirname(parent), parent.slice(dirname(parent).length + 1).replace(/\.pid$/, ".reload"));
}
