import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import { clamp, OWNER, reachableSums, trackerEntry, weightsOf } from "../tracked.ts";
import type { Entry } from "../outline.ts";

type Code = "weight-without-effect" | "weight-on-owner" | "weight-dropped-in-group" | "weight-with-nopreempt" | "fault-cleared-early";

const TRACKERS = ["track_interface", "track_script", "track_file", "track_process", "track_bfd"];
/** Where the weight of a tracked thing stands when the tracker's line has none. */
const DEFINITIONS: Readonly<Record<string, readonly string[]>> = {
  track_script: ["vrrp_script"],
  track_file: ["track_file", "vrrp_track_file"],
  track_process: ["vrrp_track_process"],
  track_bfd: ["bfd_instance"],
};

/** Weights that cannot do what they are for. */
export const WEIGHTS = rule<Code>({
  subject: "Tracking and weights",
  codes: {
    "weight-without-effect": {
      severity: "warning",
      title: "a weight that never changes the priority",
      explanation:
        "An effective priority stays between 1 and 254. A weight that only pushes it further beyond a limit it has already reached (priority 254 with weight 10, priority 1 with weight -20) changes nothing, so the tracked thing may fail without anybody taking over.",
    },
    "weight-on-owner": {
      severity: "warning",
      title: "weights do nothing on the address owner",
      explanation: "An instance of priority 255 never changes its priority. A tracked thing with a weight may fail and it stays MASTER. Use 254 or less, or weight 0, which means FAULT.",
      replaces: /Cannot have weighted track .* with member having priority 255|due to address owner/,
    },
    "weight-dropped-in-group": {
      severity: "warning",
      title: "a member's weights are dropped in a sync group",
      explanation:
        "Members of a sync group change state together, so keepalived drops weighted scripts, files, processes and BFD sessions of members, and turns weighted interfaces into unweighted ones, whose loss is FAULT for the whole group. Track on the group instead, or write 'sync_group_tracking_weight' in it.",
      replaces: /due to SYNC group/,
    },
    "weight-with-nopreempt": {
      severity: "info",
      title: "with nopreempt a lower priority makes nobody take over",
      explanation:
        "A BACKUP with nopreempt believes a MASTER of any priority, so lowering the MASTER's priority by a weight has no effect while it goes on sending adverts. Only FAULT (weight 0) or silence moves the addresses. Use weight 0 for what the service cannot do without.",
    },
    "fault-cleared-early": {
      severity: "info",
      title: "in keepalived the first interface to return ends the FAULT",
      explanation:
        "keepalived keeps one mark for all unweighted tracked interfaces of an instance: when two are down, the first to come back clears it, and the instance may become MASTER with the other still down. regentd counts each by itself. On a mixed pair, or before going back, keep it in mind; a script that looks at both interfaces is safe in both.",
    },
  },
  find: (file) => file.config.vrrp.instances.flatMap((instance) => [...ofInstance(file, instance)]),
});

function* ofInstance(file: LintedFile, instance: VrrpInstance): Generator<Found<Code>, void> {
  const { name, priority, preempt } = instance;
  const { outline, config } = file;
  const weights = weightsOf(file, instance);
  const placeOf = (keyword: string, tracked: string) => (trackerEntry(file, name, keyword, tracked) ?? outline.instance(name))?.place() ?? outline.top;
  for (const weight of weights) {
    if (weight.anyValue || priority === OWNER) continue;
    const at = placeOf(weight.keyword, weight.name);
    const what = `${weight.keyword} ${weight.name} weight ${weight.weight}`;
    const sums = [...reachableSums(priority, weights.filter((other) => other !== weight))];
    if (sums.some((sum) => clamp(sum) !== clamp(sum + weight.weight))) continue;
    const limit = weight.weight > 0 ? 254 : 1;
    yield { code: "weight-without-effect", at, reason: `${name}: ${what} never changes its priority, which is at the limit of ${limit} without it`, remedy: `move the priority away from ${limit}` };
  }
  const [first] = weights;
  if (!preempt && first !== undefined && priority !== OWNER) {
    yield {
      code: "weight-with-nopreempt",
      at: placeOf(first.keyword, first.name),
      reason: `${name} has nopreempt; if the other director has it too, a lower priority here makes it take over no sooner`,
      remedy: "use weight 0 (FAULT) for what the service cannot do without",
      related: [outline.instance(name)?.last("nopreempt")?.related("nopreempt is here")].filter((place) => place !== undefined),
    };
  }
  const plain = instance.trackInterfaces.filter(({ weight }) => weight === 0);
  if (plain.length + (instance.trackPrimary ? 1 : 0) > 1) {
    const [one] = plain;
    yield {
      code: "fault-cleared-early",
      at: placeOf("track_interface", one?.interface ?? ""),
      reason: `${name} needs ${plain.length + (instance.trackPrimary ? 1 : 0)} interfaces; in keepalived the first of two lost ones that returns ends the FAULT`,
      remedy: "nothing for regentd; for keepalived, track them by one script",
    };
  }
  const group = config.vrrp.syncGroups.find(({ members }) => members.includes(name));
  for (const tracked of outline.instance(name)?.entries ?? []) {
    if (!TRACKERS.includes(tracked.keyword)) continue;
    for (const line of tracked.entries) {
      const written = writtenWeight(file, tracked.keyword, line);
      if (written === 0) continue;
      if (priority === OWNER) {
        yield { code: "weight-on-owner", at: line.place(), reason: `${name} has priority 255, so the weight ${written} of ${line.keyword} changes nothing`, remedy: "lower the priority to 254 or less, or use weight 0" };
      } else if (group !== undefined && !group.syncGroupTrackingWeight) {
        const becomes = tracked.keyword === "track_interface" ? "its loss becomes FAULT for the group" : "it is no longer tracked";
        yield {
          code: "weight-dropped-in-group",
          at: line.place(),
          reason: `${name} is in ${group.name}, so the weight ${written} of ${line.keyword} is dropped: ${becomes}`,
          remedy: "track it in the group, or write 'sync_group_tracking_weight' there",
          related: [outline.named("vrrp_sync_group", group.name)?.related("the group", 1)].filter((place) => place !== undefined),
        };
      }
    }
  }
}

/** The weight of a tracker's line, or of what it names; a tracked file has 1 when nothing is written. */
function writtenWeight(file: LintedFile, keyword: string, line: Entry): number {
  const at = line.texts.indexOf("weight");
  if (at > 0) return Number(line.text(at + 1)) || 0;
  const definitions = DEFINITIONS[keyword] ?? [];
  const definition = definitions.map((block) => file.outline.named(block, line.keyword)).find((block) => block !== undefined);
  const own = definition?.last("weight");
  if (own !== undefined) return Number(own.name) || 0;
  return keyword === "track_file" && definition !== undefined ? 1 : 0;
}
