import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import type { Entry } from "../outline.ts";
import { exactly } from "../words.ts";

const OWNER = 255;

type Code =
  | "nopreempt-with-master"
  | "nopreempt-with-owner"
  | "preempt-delay-without-effect"
  | "state-master-without-effect"
  | "state-backup-ignored"
  | "owner-by-omission"
  | "owner-priority"
  | "timer-expired-without-nopreempt";

/** `state`, `nopreempt`, `preempt_delay` and the priority 255, which contradict one another in silence. */
export const PREEMPTION = rule<Code>({
  subject: "Preemption and the initial state",
  codes: {
    "nopreempt-with-master": {
      severity: "warning",
      title: "nopreempt together with state MASTER",
      explanation:
        "keepalived drops nopreempt when the same instance has 'state MASTER', so a returning director takes the addresses back although it was told not to. 'state MASTER' has no other use: below priority 255 the instance starts as BACKUP anyway. Write 'state BACKUP' in both directors and keep nopreempt.",
      replaces: /nopreempt will not work with initial state MASTER/,
    },
    "nopreempt-with-owner": {
      severity: "warning",
      title: "nopreempt together with priority 255",
      explanation:
        "Priority 255 is the address owner, which takes its addresses whenever it runs; keepalived drops nopreempt there. Use a priority from 1 to 254 when the addresses are to stay where they are.",
      replaces: /nopreempt is incompatible with priority/,
    },
    "preempt-delay-without-effect": {
      severity: "warning",
      title: "preempt_delay that is never used",
      explanation:
        "preempt_delay makes a BACKUP of higher priority wait before it takes over from a living MASTER. With nopreempt it never takes over from one, with priority 255 it never waits, and with 'state MASTER' keepalived drops the delay. It does not delay the start: that is vrrp_startup_delay.",
      replaces: /preempt delay will not work with initial state MASTER|preempt_delay is incompatible/,
    },
    "state-master-without-effect": {
      severity: "info",
      title: "state MASTER does not make a MASTER",
      explanation:
        "Who becomes MASTER is decided by priority alone. An instance with 'state MASTER' and a priority below 255 starts as BACKUP and waits a full master-down time like any other; the word only switches off nopreempt and preempt_delay. 'state BACKUP' on both directors says the same without that side effect.",
    },
    "state-backup-ignored": {
      severity: "warning",
      title: "state BACKUP after state MASTER is ignored",
      explanation: "Of two 'state' lines the last one does not count: once 'state MASTER' was written, a later 'state BACKUP' is ignored, so nopreempt and preempt_delay are switched off all the same. Often the first line comes from an included file.",
      replaces: /state previously set as MASTER - ignoring BACKUP/,
    },
    "owner-by-omission": {
      severity: "warning",
      title: "state MASTER without priority means priority 255",
      explanation:
        "When 'priority' is missing, 'state MASTER' makes it 255: the instance is the address owner, ignores all weights, and takes the addresses at once whenever it starts. Write the priority that is meant.",
    },
    "owner-priority": {
      severity: "info",
      title: "priority 255 is the address owner",
      explanation:
        "An instance of priority 255 becomes MASTER at once when it starts, before it has heard anybody, and never changes its priority: weights, nopreempt and preempt_delay do nothing. It is meant for a router whose own interface address is the virtual one. On a director pair 254 is the highest useful priority.",
    },
    "timer-expired-without-nopreempt": {
      severity: "warning",
      title: "timer_expired_backup needs nopreempt",
      explanation: "timer_expired_backup makes a MASTER that was stalled step back, so that it does not interrupt the one that took over meanwhile. Without nopreempt it would take the addresses back at once, so keepalived does not use it.",
      replaces: /timer_expired/,
    },
  },
  find: (file) => file.config.vrrp.instances.flatMap((instance) => [...ofInstance(file, instance)]),
});

function* ofInstance(file: LintedFile, instance: VrrpInstance): Generator<Found<Code>, void> {
  const { name, priority } = instance;
  const entry = file.outline.instance(name);
  if (entry === undefined) return;
  const master = entry.all("state").find((state) => state.name === "MASTER");
  const later = entry.all("state").at(-1);
  if (master !== undefined && later?.name === "BACKUP") {
    yield { code: "state-backup-ignored", at: later.place(), reason: `${name}: 'state BACKUP' is ignored, because 'state MASTER' was written before`, remedy: "remove the line that is not meant", related: [master.related("the one that counts", 1)] };
  }
  const nopreempt = lastNopreempt(entry);
  if (nopreempt !== undefined && priority === OWNER) {
    yield {
      code: "nopreempt-with-owner",
      at: nopreempt.place(),
      reason: `${name} has priority 255, the address owner's, so nopreempt is dropped`,
      remedy: "give it a priority from 1 to 254, or remove nopreempt",
    };
  } else if (nopreempt !== undefined && master !== undefined) {
    yield {
      code: "nopreempt-with-master",
      at: nopreempt.place(),
      reason: `${name} has 'state MASTER', so nopreempt is dropped: it takes the addresses back when it returns`,
      remedy: "write 'state BACKUP' in both directors",
      related: [master.related("the state is written here", 1)],
    };
  }
  yield* delay(entry, instance, { nopreempt, master });
  yield* ownership(entry, instance, master);
  const expired = entry.last("timer_expired_backup") ?? entry.last("thread_timer_expired");
  if (expired !== undefined && instance.preempt) {
    yield {
      code: "timer-expired-without-nopreempt",
      at: expired.place(),
      reason: `${name} preempts, so ${expired.keyword} is not used`,
      remedy: "add nopreempt (and 'state BACKUP'), or remove the line",
    };
  }
}

/** `preempt` takes an earlier `nopreempt` back. */
function lastNopreempt(entry: Entry): Entry | undefined {
  const last = entry.entries.findLast(({ keyword }) => keyword === "preempt" || keyword === "nopreempt");
  return last?.keyword === "nopreempt" ? last : undefined;
}

function* delay(entry: Entry, { name, priority, preemptDelayUs, strictMode }: VrrpInstance, because: { nopreempt: Entry | undefined; master: Entry | undefined }): Generator<Found<Code>, void> {
  const written = entry.last("preempt_delay");
  if (written === undefined || Number(written.name) === 0) return;
  const [why, other] =
    priority === OWNER
      ? ["it has priority 255, which never waits", undefined]
      : because.master !== undefined
        ? ["'state MASTER' switches the delay off", because.master]
        : because.nopreempt !== undefined
          ? ["nopreempt keeps it from taking over from a living MASTER at all", because.nopreempt]
          : strictMode
            ? ["strict_mode switches it off", undefined]
            : preemptDelayUs === 0
              ? ["the value is dropped", undefined]
              : [undefined, undefined];
  if (why === undefined) return;
  yield {
    code: "preempt-delay-without-effect",
    at: written.place(),
    reason: `${name}: preempt_delay ${written.name} has no effect: ${why}`,
    remedy: other === because.master && other !== undefined ? "write 'state BACKUP', or remove preempt_delay" : "remove preempt_delay, or what makes it useless",
    related: other === undefined ? [] : [other.related("because of this")],
  };
}

function* ownership(entry: Entry, { name, priority, advertIntervalUs }: VrrpInstance, master: Entry | undefined): Generator<Found<Code>, void> {
  if (priority === OWNER && entry.last("priority") === undefined) {
    yield {
      code: "owner-by-omission",
      at: (master ?? entry).place(),
      reason: `${name} has no priority, and 'state MASTER' makes it 255`,
      remedy: "write the priority that is meant, e.g. 'priority 150'",
    };
  } else if (priority === OWNER) {
    yield {
      code: "owner-priority",
      at: entry.placeOf("priority"),
      reason: `${name} has priority 255: it takes the addresses at once when it starts, and no weight ever lowers it`,
      remedy: "use 254 or less, unless the virtual address is this director's own",
    };
  } else if (master !== undefined) {
    yield {
      code: "state-master-without-effect",
      at: master.place(),
      reason: `${name} starts as BACKUP all the same and waits ${exactly(3 * advertIntervalUs)} and its skew, since its priority is ${priority}`,
      remedy: "write 'state BACKUP'; the higher priority decides",
    };
  }
}
