import { pairRule } from "../finding.ts";
import type { Found } from "../finding.ts";
import { clamp, OWNER, priorities, reachableSums, trackerEntry, usualPriority, weightsOf } from "../tracked.ts";
import type { Weight } from "../tracked.ts";
import { matchInstances } from "./matching.ts";
import type { Half } from "./matching.ts";

type Code = "pair-priority-equal" | "pair-two-owners" | "pair-weight-never-decides" | "pair-weight-only-ties" | "pair-weight-stopped-by-nopreempt";

/** Who of the two is MASTER, and whether weights can change it. */
export const PAIR_ELECTION = pairRule<Code>({
  subject: "The pair: elections",
  codes: {
    "pair-priority-equal": {
      severity: "warning",
      title: "both directors have the same priority",
      explanation:
        "With equal priorities the higher address wins when both start as MASTER, and otherwise whoever was there first stays: which director is active is an accident. That can be meant (neither takes back from the other); nopreempt with distinct priorities says it better and decides a tie.",
    },
    "pair-two-owners": {
      severity: "error",
      title: "both directors are the address owner",
      explanation: "Two instances of priority 255 both become MASTER at once when they start and contest it, over and over. At most one can be the owner.",
    },
    "pair-weight-never-decides": {
      severity: "warning",
      title: "a weight that never changes who is MASTER",
      explanation:
        "Whatever else is up or down on the two directors, with and without this weight the same one has the higher priority. The tracked thing may fail and nobody takes over. The weight must be larger than the difference of the priorities: with 150 and 100 at least 51.",
    },
    "pair-weight-only-ties": {
      severity: "warning",
      title: "a weight that only makes the priorities equal",
      explanation:
        "With this weight the priorities become equal at best, and at equal priorities whoever is MASTER stays MASTER. The tracked thing may fail and nobody takes over. Make it one more: with 150 and 100 a weight of -50 is not enough, -51 is.",
    },
    "pair-weight-stopped-by-nopreempt": {
      severity: "warning",
      title: "nopreempt on the other director stops the weight",
      explanation:
        "A BACKUP with nopreempt believes a MASTER of any priority. When this director is MASTER and its priority falls by the weight, the other one does not take over while adverts go on. Use weight 0 (FAULT) for what the service cannot do without, or remove nopreempt there.",
    },
  },
  find: (first, second) => matchInstances(first, second).pairs.flatMap(([a, b]) => [...equal(a, b), ...weights(a, b), ...weights(b, a)]),
});

function* equal(a: Half, b: Half): Generator<Found<Code>, void> {
  const [here, there] = [a, b].map((half) => usualPriority(half.instance, weightsOf(half.file, half.instance)));
  if (here !== there || here === undefined) return;
  const related = b.entry === undefined ? [] : [(b.entry.last("priority") ?? b.entry).related("the other half", 1)];
  const at = a.entry?.last("priority")?.place(1) ?? a.entry?.place(1) ?? a.file.outline.top;
  if (here === OWNER) yield { code: "pair-two-owners", at, reason: `${a.instance.name} has priority 255 on both directors`, remedy: "lower both, e.g. to 150 and 100", related };
  else yield { code: "pair-priority-equal", at, reason: `${a.instance.name} has priority ${here} on both directors when everything is up`, remedy: "make them distinct, e.g. 150 and 100, with nopreempt on both if neither is to take back", related };
}

/** The weights of `mine`, against every priority that `other` can have. */
function* weights(mine: Half, other: Half): Generator<Found<Code>, void> {
  const { instance, file } = mine;
  const own = weightsOf(file, instance);
  if (instance.priority === OWNER || other.instance.priority === OWNER) return; // said otherwise
  const against = [...priorities(other.instance, weightsOf(other.file, other.instance))];
  for (const weight of own) {
    const at = (trackerEntry(file, instance.name, weight.keyword, weight.name) ?? mine.entry)?.place() ?? file.outline.top;
    const related = other.entry === undefined ? [] : [(other.entry.last("priority") ?? other.entry).related(`the other half, priority ${other.instance.priority}`, 1)];
    const what = `${weight.keyword} ${weight.name}${weight.anyValue ? "" : ` weight ${weight.weight}`}`;
    const reach = weight.anyValue ? "decides" : reachOf(weight, reachableSums(instance.priority, own.filter((one) => one !== weight)), against);
    if (reach === "nothing") {
      yield { code: "pair-weight-never-decides", at, reason: `${instance.name}: ${what} never changes who of the two has the higher priority`, remedy: "use a weight larger than the difference of the priorities", related };
    } else if (reach === "tie") {
      yield { code: "pair-weight-only-ties", at, reason: `${instance.name}: ${what} makes the priorities equal at best, and then whoever is MASTER stays`, remedy: "use a weight larger by one", related };
    } else if (!other.instance.preempt) {
      const word = other.entry?.last("nopreempt");
      yield {
        code: "pair-weight-stopped-by-nopreempt",
        at,
        reason: `${instance.name}: ${what} lowers its priority, but the other director has nopreempt and does not take over from a living MASTER`,
        remedy: "use weight 0 (FAULT), or remove nopreempt on the other director",
        related: word === undefined ? related : [word.related("nopreempt is here")],
      };
      return; // once for an instance
    }
  }
}

type Reach = "nothing" | "tie" | "decides";

/** Whether adding the weight can turn "higher than the other" into "lower", or at least into "equal". */
function reachOf({ weight }: Weight, sums: ReadonlySet<number>, against: readonly number[]): Reach {
  let reach: Reach = "nothing";
  for (const sum of sums) {
    const [without, withIt] = [clamp(sum), clamp(sum + weight)];
    for (const other of against) {
      const [before, after] = [Math.sign(without - other), Math.sign(withIt - other)];
      if (before * after < 0) return "decides";
      if (before !== after) reach = "tie";
    }
  }
  return reach;
}
