import type { Log } from "../base/log.ts";
import { formatDiagnostic } from "../conf/diagnostic.ts";
import type { LoadedConfig } from "./loading.ts";

/** What was read, what is wrong with it, and what of it has no effect. */
export function reportLoad(loaded: LoadedConfig, log: Log): void {
  for (const file of loaded.files) {
    log.info(`Opening file '${file}'.`);
    log.info(`Configuration file ${file}`);
  }
  for (const diagnostic of loaded.diagnostics) {
    const level = diagnostic.severity === "error" ? "error" : diagnostic.severity === "warning" ? "warning" : "info";
    log.write(level, formatDiagnostic(diagnostic));
  }
  const reported = new Set<string>();
  for (const { keyword, where, effect, reason } of loaded.unsupported) {
    if (effect !== "report" || reported.has(keyword)) continue;
    reported.add(keyword);
    log.warning(`${where}: '${keyword}' ${reason}`);
  }
}

/** Says which, if any, of its keywords would change an election, the wire, an address, a namespace or what is checked, and are not acted upon. */
export function isRefused(loaded: LoadedConfig, log: Log): boolean {
  const refused = loaded.unsupported.filter(({ effect }) => effect === "refuse");
  for (const { keyword, where, reason } of refused) log.error(`${where}: '${keyword}' ${reason}`);
  return refused.length > 0;
}
