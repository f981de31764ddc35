import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import { OWNER } from "../tracked.ts";
import { exactly, list } from "../words.ts";

type Code = "group-of-one" | "group-owners-mixed" | "group-preemption-mixed" | "group-intervals-mixed" | "instance-name-twice";

/** Sync groups, and instances that share a name. */
export const GROUPS = rule<Code>({
  subject: "Instances and sync groups",
  codes: {
    "group-of-one": {
      severity: "warning",
      title: "a sync group of one",
      explanation: "A sync group ties the states of its members together; with one member there is nothing to tie. Usually a name is missing or misspelt in 'group', and the instance that should follow does not.",
      replaces: /has only 1 virtual router/,
    },
    "group-owners-mixed": {
      severity: "error",
      title: "a sync group with owners and others",
      explanation: "An address owner (priority 255) becomes MASTER at once, the others wait, and a group moves only as a whole: this cannot work. Use priorities below 255 for all members.",
      replaces: /some member\(s\) as address owner/,
    },
    "group-preemption-mixed": {
      severity: "warning",
      title: "members that disagree about preemption",
      explanation: "A group becomes MASTER when every member wants it. A member with nopreempt does not want it while it hears a master, so the group stays BACKUP although the others would preempt. Write nopreempt in all members or in none.",
    },
    "group-intervals-mixed": {
      severity: "info",
      title: "members with different timing",
      explanation: "The group takes over when its slowest member does: the shorter interval of the others brings nothing, and for the difference they wait in vain. Use one advert_int and down_timer_adverts for all members.",
    },
    "instance-name-twice": {
      severity: "error",
      title: "two instances with one name",
      explanation: "The second block of a name is read for its errors and then forgotten, so its virtual router does not exist: typically a block that was copied and not renamed. The other director, where the name is right, keeps the addresses alone without a backup.",
      replaces: /vrrp instance .* already defined/,
    },
  },
  find: (file) => [...namesTwice(file), ...file.config.vrrp.syncGroups.flatMap((group) => [...ofGroup(file, group.name, group.members)])],
});

function* namesTwice({ outline }: LintedFile): Generator<Found<Code>, void> {
  for (const entry of outline.all("vrrp_instance")) {
    const first = outline.instance(entry.name);
    if (first === undefined || first === entry) continue;
    const router = entry.last("virtual_router_id")?.name;
    yield {
      code: "instance-name-twice",
      at: entry.place(1),
      reason: `there is an instance ${entry.name} already, so this one${router === undefined ? "" : ` (virtual router ${router})`} does not exist`,
      remedy: "give it a name of its own",
      related: [first.related("the one that counts", 1)],
    };
  }
}

function* ofGroup({ config, outline }: LintedFile, name: string, names: readonly string[]): Generator<Found<Code>, void> {
  const entry = outline.named("vrrp_sync_group", name);
  const at = entry?.place(1) ?? outline.top;
  const members = names.flatMap((member) => config.vrrp.instances.find((instance) => instance.name === member) ?? []);
  const related = (which: readonly VrrpInstance[], note: string, keyword: string) =>
    which.flatMap((member) => {
      const block = outline.instance(member.name);
      const line = block?.last(keyword) ?? block;
      return line === undefined ? [] : [line.related(`${member.name}: ${note}`)];
    });
  if (members.length === 1) {
    yield { code: "group-of-one", at, reason: `${name} has one member, ${list(names)}`, remedy: "add the other members, or remove the group" };
  }
  const owners = members.filter(({ priority }) => priority === OWNER);
  if (owners.length > 0 && owners.length < members.length) {
    yield { code: "group-owners-mixed", at, reason: `${name}: ${list(owners.map((member) => member.name))} with priority 255 and others without`, remedy: "use priorities below 255 for all members", related: related(owners, "the owner", "priority") };
  }
  const staying = members.filter(({ preempt }) => !preempt);
  if (staying.length > 0 && staying.length < members.length) {
    yield {
      code: "group-preemption-mixed",
      at,
      reason: `${name}: ${list(staying.map((member) => member.name))} with nopreempt and the others without`,
      remedy: "write nopreempt in all members or in none",
      related: related(staying, "nopreempt", "nopreempt"),
    };
  }
  const slow = new Map(members.map((member) => [member.downTimerAdverts * member.advertIntervalUs, member]));
  if (slow.size > 1) {
    const times = [...slow.keys()].sort((a, b) => a - b);
    yield { code: "group-intervals-mixed", at, reason: `${name}: members bear silence of ${list(times.map(exactly))}; the longest counts`, remedy: "use one advert_int for all members", related: related([...slow.values()], "its own", "advert_int") };
  }
}
