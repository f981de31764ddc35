import { KernelError } from "../base/errors.ts";
import { checked, libcFunction } from "./libc.ts";

const cGetAffinity = libcFunction<(pid: number, size: number, mask: Uint8Array) => number>("int sched_getaffinity(int pid, size_t size, _Out_ void *mask)");
const cSetAffinity = libcFunction<(pid: number, size: number, mask: Uint8Array) => number>("int sched_setaffinity(int pid, size_t size, const void *mask)");

/** A bit for each CPU that a kernel can be built for (NR_CPUS): one with fewer takes the mask, one with more bits refuses it. */
const MASK_BYTES = 1024;

/** Of the thread that this module was loaded in: where it may run, and what it had before. */
let bound: { readonly mask: Uint8Array; readonly before: Uint8Array } | undefined;

/**
 * Binds the calling thread to these CPUs; none: gives back what it had before, as far as it is there.
 *
 * @throws KernelError EINVAL when none of them is there, or may be used: what held before holds
 */
export function bindToCpus(cpus: readonly number[]): void {
  if (cpus.length === 0) {
    if (bound !== undefined) isSet(bound.before);
    bound = undefined;
    return;
  }
  const before = bound?.before ?? affinity();
  const mask = new Uint8Array(MASK_BYTES);
  for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  set(mask);
  bound = { mask, before };
}

/** What `act` starts, threads or processes, is not bound with the calling thread. */
export function unbound<T>(act: () => T): T {
  if (bound === undefined) return act();
  const { mask, before } = bound;
  isSet(before);
  try {
    return act();
  } finally {
    if (!isSet(mask)) bound = undefined;
  }
}

/** @returns false when none of these CPUs is there any more: the thread stays where the kernel has let it run since */
function isSet(mask: Uint8Array): boolean {
  try {
    set(mask);
    return true;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return false;
  }
}

function affinity(): Uint8Array {
  const mask = new Uint8Array(MASK_BYTES);
  checked("sched_getaffinity", cGetAffinity(0, MASK_BYTES, mask));
  return mask;
}

function set(mask: Uint8Array): void {
  checked("sched_setaffinity", cSetAffinity(0, MASK_BYTES, mask));
}
