import type { Micros } from "../../base/time.ts";
import type { Script } from "./script.ts";

/** What the daemon itself acts on. */
export interface GlobalConfig {
  /** Default: the host name. */
  readonly routerId: string;
  /** `instance NAME`. */
  readonly instance: string | undefined;
  readonly usePidDir: boolean;
  readonly childWaitTimeUs: Micros;
  readonly startupScript: Script | undefined;
  readonly startupScriptTimeoutUs: Micros;
  readonly shutdownScript: Script | undefined;
  readonly shutdownScriptTimeoutUs: Micros;
  readonly dynamicInterfaces: boolean;
  /** `reload_check_config [LOGFILE]`. */
  readonly reloadCheckConfig: boolean;
  /** nice value; undefined leaves it. */
  readonly vrrpPriority: number | undefined;
  /** SCHED_RR 1-99; undefined is off. */
  readonly vrrpRtPriority: number | undefined;
  readonly checkerPriority: number | undefined;
  readonly umask: number | undefined;
  /** Where the data dump goes (`state_dump_file`). */
  readonly stateDumpFile: string | undefined;
}
