import type { Word } from "../grammar.ts";
import type { Route, Rule } from "../model/routing.ts";

// A route's or rule's line is nearly complete in itself, so the draft holds the value (of a route what its VRF and its
// tracking come to is `resolveRoutes`'); beside it stand the words that later messages point at.

/** A line of `virtual_routes` or `static_routes`. */
export interface RouteDraft {
  /** Its first word. */
  readonly at: Word;
  readonly destination: Word;
  readonly route: Route;
  /** Devices of the route and of its next hops. */
  readonly devices: readonly Word[];
  readonly vrf: Word | undefined;
  readonly trackGroup: Word | undefined;
}

/** A line of `virtual_rules` or `static_rules`. */
export interface RuleDraft {
  readonly at: Word;
  readonly rule: Rule;
  readonly devices: readonly Word[];
  readonly trackGroup: Word | undefined;
}
