import { RealClock } from "../sys/clock.ts";
import { RealConnector } from "../sys/connector.ts";

/** What genhash needs of the system beside its output. */
export function genhashHost(): { readonly clock: RealClock; readonly connector: RealConnector } {
  return { clock: new RealClock(), connector: new RealConnector() };
}
