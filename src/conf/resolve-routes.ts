import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import type { Draft } from "./drafts.ts";
import type { RouteDraft } from "./drafts/routing.ts";
import type { Route } from "./model/routing.ts";
import type { Reading } from "./reading.ts";

/**
 * Drops the routes whose VRF does not exist, and decides which of the others are tracked.
 *
 * @param existing interfaces; undefined: not known, and every VRF is taken to be there
 */
export function resolveRoutes(reading: Reading, draft: Draft, existing: ReadonlySet<string> | undefined): void {
  for (const routes of [draft.staticRoutes, ...draft.instances.map((instance) => instance.routes)]) {
    let kept = 0;
    for (const one of routes) {
      if (one.vrf === undefined || existing === undefined || existing.has(one.vrf.text)) routes[kept++] = { ...one, route: withTracking(reading, one) };
      else reading.lateProblem("general-error", `VRF ${one.vrf.text} not found for route`, one.vrf);
    }
    routes.length = kept;
  }
}

function withTracking(reading: Reading, { at, destination, route }: RouteDraft): Route {
  if (!route.track) return route;
  if (route.interface === undefined) {
    reading.lateProblem("general-error", `Warning - cannot track route ${destination.text} with no interface specified, not tracking`, at);
    return { ...route, track: false };
  }
  if (route.protocol === KEEPALIVED_PROTOCOL) return route;
  reading.lateProblem("general-error", `Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(${KEEPALIVED_PROTOCOL}), resetting protocol`, at);
  return { ...route, protocol: KEEPALIVED_PROTOCOL };
}
