import type { AddressDraft, Draft, TrackDraft } from "./drafts.ts";
import type { Word } from "./grammar.ts";
import { nearest } from "./nearest.ts";
import type { Reading } from "./reading.ts";

/** So many interfaces are named in a message. */
const LISTED = 12;

/**
 * Reports every interface that does not exist, unless `dynamic_interfaces` allows it.
 *
 * @returns whether one is missing: keepalived then goes no further
 */
export function checkInterfaces(reading: Reading, draft: Draft): boolean {
  if (draft.global.dynamicInterfaces) return false;
  const existing = new Set(reading.environment.interfaceNames);
  let missing = false;
  const require = (name: string | undefined, message: string, at: Word): void => {
    if (name === undefined || existing.has(name)) return;
    missing = true;
    reading.lateProblem("warning", message, at, { code: "unknown-interface", ...nearest(name, existing), expected: `an interface of this machine: ${listed(existing)}` });
  };
  const requireTracked = (name: string, tracked: readonly TrackDraft[]): void => {
    for (const entry of tracked) require(entry.name, `(${name}) tracked interface ${entry.name} doesn't exist`, entry.at);
  };
  const requireDevices = (addresses: readonly AddressDraft[]): void => {
    for (const { interface: device, at } of addresses) {
      require(device?.text, `WARNING - interface ${device?.text ?? ""} for ip address ${at.text} doesn't exist`, device ?? at);
    }
  };
  for (const { name, interface: own, at, addresses, excluded, trackInterfaces } of draft.instances) {
    require(own?.text, `WARNING - interface ${own?.text ?? ""} for vrrp_instance ${name} doesn't exist`, own ?? at);
    requireDevices(addresses);
    requireDevices(excluded);
    requireTracked(name, trackInterfaces);
  }
  for (const { name, trackInterfaces } of draft.syncGroups) requireTracked(name, trackInterfaces);
  if (missing) reading.fatalProblem("general-error", "Non-existent interface specified in configuration", undefined, {
      code: "unknown-interface",
      remedy: "correct the names above; if the interfaces come later, write dynamic_interfaces in global_defs",
    });
  return missing;
}

function listed(names: ReadonlySet<string>): string {
  const first = [...names].slice(0, LISTED).join(", ");
  return names.size > LISTED ? `${first} and ${names.size - LISTED} more` : first;
}
