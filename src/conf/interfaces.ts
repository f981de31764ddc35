import { KernelError } from "../base/errors.ts";
import type { DiagnosticKind } from "./diagnostic.ts";
import type { AddressDraft, Draft, GlobalDraft, RouteDraft, RuleDraft, TrackDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import { nearest } from "./nearest.ts";
import type { Reading } from "./reading.ts";

/** So many interfaces are named in a message. */
const LISTED = 12;

/** Where the daemon will be. @returns undefined, after a note, when they are hidden: then none can be missing */
export function existingInterfaces(reading: Reading, { netNamespace }: GlobalDraft): ReadonlySet<string> | undefined {
  try {
    return new Set(reading.environment.interfaceNames(netNamespace));
  } catch (error) {
    if (!(error instanceof KernelError) || netNamespace === undefined) throw error;
    reading.note(`The interfaces of network namespace ${netNamespace} are not known here: ${error.message}`, undefined, {
      remedy: `make it (ip netns add ${netNamespace}) before the daemon starts; entering it needs CAP_SYS_ADMIN`,
    });
    return undefined;
  }
}

const DEFAULT_INTERFACE = "eth0";

/** Of addresses that name none. */
export function defaultInterface(global: GlobalDraft): string {
  return global.defaultInterface?.text ?? DEFAULT_INTERFACE;
}

/**
 * Reports every interface that does not exist, unless `dynamic_interfaces` allows it.
 *
 * @returns whether one is missing: keepalived then goes no further
 */
export function checkInterfaces(reading: Reading, draft: Draft, existing: ReadonlySet<string>): boolean {
  if (draft.global.dynamicInterfaces) return false;
  let missing = false;
  const require = (name: string | undefined, message: string, at: Word, kind: DiagnosticKind = "warning"): void => {
    if (name === undefined || existing.has(name)) return;
    missing = true;
    reading.lateProblem(kind, message, at, { code: "unknown-interface", ...nearest(name, existing), expected: `an interface of this machine: ${listed(existing)}` });
  };
  const requireTracked = (name: string, tracked: readonly TrackDraft[]): void => {
    for (const entry of tracked) require(entry.name, `(${name}) tracked interface ${entry.name} doesn't exist`, entry.at);
  };
  const requireDevices = (addresses: readonly AddressDraft[]): void => {
    for (const { interface: device, at } of addresses) {
      require(device?.text, `WARNING - interface ${device?.text ?? ""} for ip address ${at.text} doesn't exist`, device ?? at);
    }
  };
  const requireRouting = (routes: readonly RouteDraft[], rules: readonly RuleDraft[]): void => {
    for (const device of routes.flatMap(({ devices }) => devices)) require(device.text, `WARNING - interface ${device.text} for VROUTE nexthop doesn't exist`, device);
    for (const device of rules.flatMap(({ devices }) => devices)) require(device.text, `WARNING - interface ${device.text} for rule doesn't exist`, device);
  };
  requireDevices(draft.staticAddresses);
  for (const { interface: device, at } of draft.staticAddresses) {
    if (device === undefined) require(defaultInterface(draft.global), `Static address ${at.text} requires either an interface or default interface must exist`, at, "bad-interface");
  }
  requireRouting(draft.staticRoutes, draft.staticRules);
  for (const word of draft.garpGroups.flatMap(({ interfaces }) => interfaces)) {
    require(word.text, `WARNING - interface ${word.text} specified for garp_group doesn't exist`, word);
  }
  for (const { name, interface: own, vrf, at, addresses, excluded, routes, rules, trackInterfaces } of draft.instances) {
    require(own?.text, `WARNING - interface ${own?.text ?? ""} for vrrp_instance ${name} doesn't exist`, own ?? at);
    if (own === undefined) require(vrf?.text, `(${name}) WARNING - VRF interface ${vrf?.text ?? ""} doesn't exist`, vrf ?? at);
    requireDevices(addresses);
    requireDevices(excluded);
    requireRouting(routes, rules);
    requireTracked(name, trackInterfaces);
  }
  for (const { name, trackInterfaces } of draft.syncGroups) requireTracked(name, trackInterfaces);
  const polled = draft.linkbeat.map((one) => ({ word: one.interface, what: "linkbeat interface" }));
  for (const { word, what } of [...polled, ...draft.interfaceDelays.map((one) => ({ word: one.interface, what: "up/down delay" }))]) {
    if (!existing.has(word.text)) reading.lateProblem("bad-interface", `unknown interface ${word.text} specified for ${what}`, word);
  }
  if (missing) reading.fatalProblem("fatal", "Non-existent interface specified in configuration", undefined, {
      code: "unknown-interface",
      remedy: "correct the names above; if the interfaces come later, write dynamic_interfaces in global_defs",
    });
  return missing;
}

function listed(names: ReadonlySet<string>): string {
  const first = [...names].slice(0, LISTED).join(", ");
  return names.size > LISTED ? `${first} and ${names.size - LISTED} more` : first;
}
