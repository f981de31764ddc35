import { formatDiagnostic } from "../conf/diagnostic.ts";
import type { GlobalConfig } from "../conf/model.ts";
import type { LoadedConfig } from "./loading.ts";

/** Where `reload_check_config` wants what is wrong with a new configuration; undefined: in the log alone. Devices get nothing. */
export function checkLogPath({ reload: { checkConfig, checkLog } }: GlobalConfig): string | undefined {
  return checkConfig && !checkLog.startsWith("/dev/") ? checkLog : undefined;
}

/** "" when nothing is wrong. */
export function checkLogText({ diagnostics, unsupported }: Pick<LoadedConfig, "diagnostics" | "unsupported">): string {
  const said = diagnostics.filter(({ severity }) => severity !== "note").map(formatDiagnostic);
  const refused = unsupported.flatMap(({ effect, where, keyword, reason }) => (effect === "refuse" ? [`${where}: '${keyword}' ${reason}`] : []));
  return [...said, ...refused].map((line) => `${line}\n`).join("");
}
