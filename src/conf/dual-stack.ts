import { familyOf } from "../base/ip.ts";
import type { Draft, InstanceDraft, SyncGroupDraft } from "./drafts.ts";
import type { Reading } from "./reading.ts";

// `dual_stack`: an instance with addresses of both families becomes two, NAME and NAME-6, that change state together. All
// that follows (defaults, checks, notifications) sees two instances and a sync group, as if they had been written.

/** What tells the IPv6 half from the IPv4 half. */
const SIX = "-6";
/** The sync group of a pair that is in none. */
const GROUP = "-dual";

/** The drafts with every `dual_stack` instance as two. */
export function expandDualStack(reading: Reading, draft: Draft): Draft {
  if (!draft.instances.some(({ dualStack }) => dualStack)) return draft;
  const instances: InstanceDraft[] = [];
  const syncGroups = [...draft.syncGroups];
  const names = new Set([...draft.instances, ...draft.syncGroups].map(({ name }) => name));
  for (const one of draft.instances) {
    if (!one.dualStack || !mayBeTwo(reading, one, names)) {
      instances.push(one);
      continue;
    }
    const at = syncGroups.findIndex(({ members }) => members?.some(({ text }) => text === one.name));
    const group = syncGroups[at];
    const six = { ...one.at, text: one.name + SIX };
    if (group === undefined) {
      // Its trackers are the group's, so that weights count for both halves.
      instances.push({ ...ipv4Half(one), ...noTrackers() }, { ...ipv6Half(one), ...noTrackers() });
      syncGroups.push(groupOf(one, [{ ...one.at, text: one.name }, six]));
    } else {
      instances.push(ipv4Half(one), ipv6Half(one));
      syncGroups[at] = { ...group, members: [...(group.members ?? []), six] };
    }
  }
  return { ...draft, instances, syncGroups };
}

function mayBeTwo(reading: Reading, one: InstanceDraft, names: ReadonlySet<string>): boolean {
  const { name, at, addresses } = one;
  const refuse = (message: string, remedy: string): false => {
    reading.fatalProblem("general-error", `(${name}) dual_stack: ${message}`, reading.written(at, "dual_stack") ?? at, { code: "contradiction", remedy });
    return false;
  };
  for (const family of [4, 6] as const) {
    if (addresses.some(({ address }) => familyOf(address) === family)) continue;
    return refuse(`no IPv${family} address in virtual_ipaddress`, "write addresses of both families, or leave out dual_stack");
  }
  if (one.unicastKeyword !== undefined || one.unicastPeers.length > 0 || one.unicastFaultNoPeer) return refuse("unicast peers are of one family", "write two instances and a sync group");
  if (one.ipvlan !== undefined) return refuse("an ipvlan is of one family", "write two instances and a sync group");
  if (one.vmac?.name !== undefined || one.vmac?.mac !== undefined) return refuse("both halves would have the use_vmac of one name or address", "write use_vmac alone: each half then has its own");
  for (const taken of [name + SIX, name + GROUP]) if (names.has(taken)) return refuse(`the name ${taken} is taken`, "give the other one another name");
  return true;
}

function ipv4Half(one: InstanceDraft): InstanceDraft {
  const only = ofFamily(4);
  return { ...one, family: 4, addresses: one.addresses.filter(only), excluded: one.excluded.filter(only) };
}

/** It has the addresses; routes, rules, notifications and what is bound to an IPv4 address stay with the other half. */
function ipv6Half(one: InstanceDraft): InstanceDraft {
  const only = ofFamily(6);
  const half: InstanceDraft = {
    ...one,
    name: one.name + SIX,
    family: 6,
    trackSrcIp: false,
    addresses: one.addresses.filter(only),
    excluded: one.excluded.filter(only),
    garpExtra: [],
    routes: [],
    rules: [],
    notify: { notifyDeleted: false, smtpAlert: false },
  };
  delete half.sourceAddress;
  delete half.multicastGroup;
  delete half.lvsSyncDaemonInterface;
  return half;
}

function ofFamily(family: 4 | 6): (one: { readonly address: InstanceDraft["addresses"][number]["address"] }) => boolean {
  return ({ address }) => familyOf(address) === family;
}

function groupOf({ at, name, trackInterfaces, trackScripts, trackFiles, trackProcesses, trackBfds }: InstanceDraft, members: NonNullable<SyncGroupDraft["members"]>): SyncGroupDraft {
  return {
    at,
    name: name + GROUP,
    members,
    trackInterfaces,
    trackScripts,
    trackFiles,
    trackProcesses,
    trackBfds,
    notify: { notifyDeleted: false, smtpAlert: false },
    trackingWeight: true,
  };
}

function noTrackers(): Pick<InstanceDraft, "trackInterfaces" | "trackScripts" | "trackFiles" | "trackProcesses" | "trackBfds"> {
  return { trackInterfaces: [], trackScripts: [], trackFiles: [], trackProcesses: [], trackBfds: [] };
}
