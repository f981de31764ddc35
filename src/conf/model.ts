import type { BfdConfig } from "./model/bfd.ts";
import type { CheckConfig } from "./model/check.ts";
import type { NotifyConfig } from "./model/notify.ts";
import type { GlobalConfig } from "./model/process.ts";
import type { VrrpConfig } from "./model/vrrp.ts";

// The result of loading: plain readonly data, defaults already applied, units converted (Us: microseconds, S: seconds).
// Each engine is sent only its own part. Field names are the keywords in camelCase.

export type * from "./model/bfd.ts";
export type * from "./model/check.ts";
export type * from "./model/checkers.ts";
export type * from "./model/notify.ts";
export type * from "./model/process.ts";
export type * from "./model/routing.ts";
export type * from "./model/script.ts";
export type * from "./model/vrrp.ts";

/** A complete configuration. */
export interface Config {
  readonly global: GlobalConfig;
  readonly vrrp: VrrpConfig;
  readonly bfd: BfdConfig;
  readonly check: CheckConfig;
  readonly notify: NotifyConfig;
}
