import type { GlobalConfig } from "../../src/conf/model.ts";
import { loadGood } from "./memory-environment.ts";

/** What an empty configuration gives, changed in some places. */
export function globalConfig(over: Partial<GlobalConfig> = {}): GlobalConfig {
  return { ...loadGood("").global, ...over };
}
