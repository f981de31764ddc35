import type { ConfigParts } from "./loading.ts";
import type { Options } from "./options.ts";

/** Which of keepalived's children there is work for. */
export interface Needed {
  readonly vrrp: boolean;
  readonly checkers: boolean;
  readonly bfd: boolean;
}

/** By the configuration, and -P, -C and -B. */
export function needed({ runVrrp, runChecks, runBfd }: Options, { vrrp, bfd, hasVirtualServers }: ConfigParts): Needed {
  return { vrrp: runVrrp && vrrp.instances.length > 0, checkers: runChecks && hasVirtualServers, bfd: runBfd && bfd.instances.length > 0 };
}
