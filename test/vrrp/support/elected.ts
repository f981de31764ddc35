import { SECOND } from "../../../src/base/time.ts";
import type { VrrpConfig } from "../../../src/conf/model.ts";
import { Segment } from "./node.ts";
import type { Node } from "./node.ts";

/** One director that has been MASTER for long enough to be silent but for its adverts. */
export function settledMaster(config: VrrpConfig): { segment: Segment; master: Node } {
  const segment = new Segment();
  const master = segment.node().start(config);
  segment.clock.advance(20 * SECOND);
  master.takeTrace();
  master.takeLines();
  master.takeNotifications();
  return { segment, master };
}
