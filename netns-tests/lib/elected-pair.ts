import { director } from "./configs.ts";
import { type Director, startDirector } from "./director.ts";
import type { Node } from "./lan.ts";
import type { Roles } from "./pairs.ts";

/** Two directors after their election. */
export interface ElectedPair {
  readonly master: Director;
  readonly backup: Director;
}

/**
 * Starts a director on `high`, and when it is MASTER the other one on `low`. Returns when that is BACKUP beside it, as the
 * logs of both say; what their kernels hold is for the test to ask.
 *
 * @param configs whole configurations; priorities 150 and 100 unless given
 */
export async function electedPair(
  high: Node,
  low: Node,
  kinds: Pick<Roles, "master" | "backup">,
  configs: { readonly master?: string; readonly backup?: string } = {},
): Promise<ElectedPair> {
  const master = await startDirector(high, kinds.master, configs.master ?? director({ priority: 150 }));
  await master.waitFor("MASTER");
  const backup = await startDirector(low, kinds.backup, configs.backup ?? director({ priority: 100 }));
  await master.waitFor("MASTER");
  await backup.waitFor("BACKUP");
  return { master, backup };
}
