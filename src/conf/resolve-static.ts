import type { Draft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import { defaultInterface } from "./interfaces.ts";
import type { GarpGroup, InterfaceDelay, StaticRoute, StaticRule, StaticAddress, TrackGroup, VrrpConfig, VrrpInstance } from "./model.ts";
import { nearest } from "./nearest.ts";
import type { Reading } from "./reading.ts";
import { resolveAddress } from "./resolve-addresses.ts";

type StaticParts = Pick<VrrpConfig, "trackGroups" | "staticAddresses" | "staticRoutes" | "staticRules" | "garpGroups" | "linkbeat" | "interfaceUpDownDelays">;

/** What stands outside every instance and concerns interfaces. */
export function resolveStatic(reading: Reading, draft: Draft, instances: readonly VrrpInstance[]): StaticParts {
  const groups = new Set(draft.trackGroups.map(({ name }) => name));
  const trackGroup = (word: Word | undefined): string | undefined => {
    if (word === undefined || groups.has(word.text)) return word?.text;
    reading.lateProblem("general-error", `track_group ${word.text} not found`, word, { code: "unknown-name", ...nearest(word.text, groups) });
    return undefined;
  };
  /** keepalived follows a route or rule by its interface. */
  const followed = (word: Word | undefined, what: string, link: string | undefined): string | undefined => {
    const group = trackGroup(word);
    if (group === undefined || link !== undefined) return group;
    const missing = what === "route" ? "track group if no oif" : "track_group if dev/iif not";
    reading.lateProblem("general-error", `Static ${what} cannot have ${missing} specified`, word, { remedy: "name its interface, or leave the track_group out" });
    return undefined;
  };
  const device = defaultInterface(draft.global);
  return {
    trackGroups: resolveTrackGroups(reading, draft, instances),
    staticAddresses: draft.staticAddresses.map((address): StaticAddress => ({ ...resolveAddress(reading, address, device), trackGroup: trackGroup(address.trackGroup) })),
    staticRoutes: draft.staticRoutes.map((one): StaticRoute => ({ ...one.route, trackGroup: followed(one.trackGroup, "route", one.route.interface) })),
    staticRules: draft.staticRules.map((one): StaticRule => ({ ...one.rule, trackGroup: followed(one.trackGroup, "rule", one.rule.iif) })),
    garpGroups: resolveGarpGroups(reading, draft),
    linkbeat: { usePolling: draft.linkbeatUsePolling, interfaces: draft.linkbeat.map(({ interface: { text }, method }) => ({ interface: text, method })) },
    interfaceUpDownDelays: resolveDelays(reading, draft, instances),
  };
}

/** Names of instances that do not exist are dropped, with a note: keepalived says nothing. */
function resolveTrackGroups(reading: Reading, draft: Draft, instances: readonly VrrpInstance[]): TrackGroup[] {
  const known = new Set(instances.map(({ name }) => name));
  return draft.trackGroups.map(({ name, members }) => ({
    name,
    members: members.flatMap((word) => {
      if (known.has(word.text)) return [word.text];
      reading.note(`track_group ${name}: vrrp_instance ${word.text} does not exist`, word, { code: "unknown-name", ...nearest(word.text, known) });
      return [];
    }),
  }));
}

/** An interface belongs to one group. */
function resolveGarpGroups(reading: Reading, draft: Draft): GarpGroup[] {
  const taken = new Map<string, Word>();
  return draft.garpGroups.map(({ garpIntervalUs, gnaIntervalUs, interfaces }) => ({
    garpIntervalUs,
    gnaIntervalUs,
    interfaces: interfaces.flatMap((word) => {
      const first = taken.get(word.text);
      if (first === undefined) {
        taken.set(word.text, word);
        return [word.text];
      }
      reading.lateProblem("general-error", `garp_group already specified for ${word.text} - ignoring`, word, { code: "duplicate-entry", related: [{ at: first, note: "it is in this group already" }] });
      return [];
    }),
  }));
}

/** The last one of an interface counts. A delay that would outlast the others' patience is cleared. */
function resolveDelays(reading: Reading, draft: Draft, instances: readonly VrrpInstance[]): InterfaceDelay[] {
  const delays = new Map(draft.interfaceDelays.map((delay) => [delay.interface.text, delay]));
  return [...delays.values()].flatMap(({ interface: { text: link, ...at }, downUs, upUs }) => {
    const longest = Math.max(downUs, upUs);
    const instance = instances.find((one) => one.interface === link && longest >= (one.downTimerAdverts - 1) * one.advertIntervalUs);
    if (instance === undefined) return [{ interface: link, downUs, upUs }];
    reading.note(`(${instance.name}) up/down delay of interface ${link} is not less than (down_timer_adverts - 1) x advert_int - clearing`, { ...at, text: link });
    return [];
  });
}
