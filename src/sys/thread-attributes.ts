import { nice, schedulingPolicy, setNice, setRealtime, setSchedulingPolicy, setThreadName, threadName } from "./libc.ts";

// What the calling thread is called and how it is scheduled. undefined gives back what it had before it was first set.

/** What ps shows. @param name at most 15 octets; what is longer is cut */
export const giveName: (name: string | undefined) => void = givenBack(threadName, setThreadName, setThreadName);

/** -20 to 19. @throws KernelError EACCES, EPERM without CAP_SYS_NICE */
export const giveNice: (value: number | undefined) => void = givenBack(nice, setNice, setNice);

/** SCHED_RR, 1-99. @throws KernelError EPERM without CAP_SYS_NICE and without RLIMIT_RTPRIO */
export const giveRealtime: (priority: number | undefined) => void = givenBack(schedulingPolicy, setSchedulingPolicy, setRealtime);

/**
 * SCHED_RR with one more than the calling thread has, 1 if it was ordinary; given back as by `giveRealtime`.
 *
 * @returns the new priority; undefined when `highest` is reached
 * @throws KernelError EPERM without CAP_SYS_NICE and without RLIMIT_RTPRIO
 */
export function raiseRealtime(highest: number): number | undefined {
  const next = schedulingPolicy().priority + 1;
  if (next > highest) return undefined;
  giveRealtime(next);
  return next;
}

function givenBack<Before, T>(read: () => Before, giveBack: (before: Before) => void, set: (value: T) => void): (value: T | undefined) => void {
  let before: { readonly was: Before } | undefined;
  return (value) => {
    if (value !== undefined) {
      before ??= { was: read() };
      set(value);
    } else if (before !== undefined) {
      giveBack(before.was);
      before = undefined;
    }
  };
}
