import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { GlobalConfig } from "../conf/model.ts";
import { bindToCpus } from "../sys/cpu-affinity.ts";
import type { AutoPriority, AutoPrioritySettings } from "./auto-priority.ts";
import { giveName, giveNice, giveRealtime } from "../sys/thread-attributes.ts";

// keepalived schedules and names processes; what are threads here has the same for itself alone.

/** Which of keepalived's children a thread stands for: the beginning of its keywords. */
export type Child = "vrrp" | "checker" | "bfd";

export interface ThreadScheduling {
  readonly child: Child;
  /** undefined: what it had before, like the others. */
  readonly name: string | undefined;
  readonly nice: number | undefined;
  /** SCHED_RR 1-99. */
  readonly realtime: number | undefined;
  /** Empty: all. */
  readonly cpus: readonly number[];
  readonly auto: AutoPrioritySettings;
}

/** keepalived's names where `process_names` stands alone. */
const DISTINCT_NAMES: Readonly<Record<Child | "parent", string>> = { parent: "keepalived", vrrp: "keepalived_vrrp", checker: "keepalived_ipvs", bfd: "keepalived_bfd" };

/** undefined: its own. */
export function processName({ processNames }: GlobalConfig, which: Child | "parent"): string | undefined {
  return processNames[which] ?? (processNames.distinct ? DISTINCT_NAMES[which] : undefined);
}

export function threadScheduling(global: GlobalConfig, child: Child): ThreadScheduling {
  const { priority: nice, rtPriority: realtime, cpuAffinity: cpus } = global.scheduling[child];
  const { maxAutoPriority, minAutoPriorityDelayUs } = global.scheduling;
  return { child, name: processName(global, child), nice, realtime, cpus, auto: { maxAutoPriority, minAutoPriorityDelayUs } };
}

/**
 * For the calling thread alone, which falls back to it from what `priority` has raised. CPUs that are not there are said, and it may run on all.
 *
 * @throws KernelError EPERM, EACCES without CAP_SYS_NICE
 */
export function scheduleThread({ child, name, nice, realtime, cpus, auto }: ThreadScheduling, log: Log, priority?: AutoPriority): void {
  priority?.configure(auto);
  giveName(name);
  try {
    bindToCpus(cpus);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    log.error(`${child}_cpu_affinity ${cpus.join(" ")}: ${error.message}: it has no effect`);
    bindToCpus([]);
  }
  giveNice(nice);
  giveRealtime(realtime);
}

/** As `scheduleThread`; one that may not be scheduled so goes on as it is: a worker, and main at a reload. */
export function rescheduleThread(scheduling: ThreadScheduling, log: Log, priority?: AutoPriority): void {
  try {
    scheduleThread(scheduling, log, priority);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const { child } = scheduling;
    log.error(`${error.message}: ${child}_priority and ${child}_rt_priority need CAP_SYS_NICE`);
  }
}
