import type { LintedFile } from "../input.ts";
import { weightsOf } from "../tracked.ts";
import { count, some } from "../words.ts";
import { detectionTimes, detectionWords, scheduleOf } from "./detection.ts";
import type { DetectionTimes } from "./detection.ts";
import { takeoverTimes, takeoverWords } from "./takeover.ts";
import type { TakeoverTimes } from "./takeover.ts";

/** How long everything takes that this configuration is for. */
export interface Timing {
  readonly instances: readonly (TakeoverTimes & { readonly name: string; readonly words: string })[];
  /** Real servers of one service whose checks of one kind take the same time stand together. */
  readonly checks: readonly (DetectionTimes & { readonly virtualServer: string; readonly type: string; readonly realServers: readonly string[]; readonly words: string })[];
}

export function timingOf(file: LintedFile): Timing {
  const { vrrp, check } = file.config;
  const instances = vrrp.instances.map((instance) => {
    const times = takeoverTimes(instance, weightsOf(file, instance));
    return { name: instance.name, ...times, words: takeoverWords(times, instance) };
  });
  const checks = check.virtualServers.flatMap(({ label: virtualServer, realServers }) => {
    const groups = new Map<string, { readonly type: string; readonly times: DetectionTimes; readonly words: string; readonly realServers: string[] }>();
    for (const { label, checkers } of realServers) {
      for (const checker of checkers) {
        const schedule = scheduleOf(checker);
        if (schedule === undefined) continue;
        const times = detectionTimes(schedule);
        const words = detectionWords(times, checker.type);
        const group = groups.get(`${checker.type} ${words}`) ?? { type: checker.type, times, words, realServers: [] };
        groups.set(`${checker.type} ${words}`, group);
        group.realServers.push(label);
      }
    }
    return [...groups.values()].map(({ type, times, words, realServers: servers }) => ({ virtualServer, type, ...times, realServers: servers, words }));
  });
  return { instances, checks };
}

/** One line each. */
export function timingLines({ instances, checks }: Timing): string[] {
  return [
    ...instances.map(({ name, words }) => `vrrp_instance ${name}: ${words}`),
    ...checks.map(({ virtualServer, type, realServers, words }) => {
      const whom = realServers.length > 3 ? count(realServers.length, "real server") : some(realServers);
      return `virtual_server ${virtualServer}: ${type} of ${whom}: ${words}`;
    }),
  ];
}
