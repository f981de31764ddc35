import { rmSync, writeFileSync } from "node:fs";
import type { Log } from "../base/log.ts";
import type { GlobalConfig } from "../conf/model.ts";
import { defaultPidFiles } from "./paths.ts";

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

/** Beside the parent's default pid file; -p does not move it. */
function defaultReloadFile(global: GlobalConfig): string {
  return defaultPidFiles(global).parent.replace(/\.pid$/, ".reload");
}
