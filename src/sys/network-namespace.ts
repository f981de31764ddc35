import { closeSync, openSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { KernelError } from "../base/errors.ts";
import { lazyKoffi, lazyLibcFunction } from "./lazy-libc.ts";

// A network namespace belongs to a thread; threads that it creates are born into it. What a thread has open stays where it
// was opened. Without libc.ts, so that a configuration test loads koffi only when a namespace is configured.

const setns = lazyLibcFunction<[fd: number, type: number], number>("int setns(int fd, int nstype)");

const CLONE_NEWNET = 0x40000000;
/** Of the calling thread. */
const OWN = "/proc/thread-self/ns/net";

/** Where iproute2 keeps the namespace of this name. */
export function networkNamespacePath(name: string): string {
  return `/run/netns/${name}`;
}

/**
 * Moves the calling thread into a network namespace; threads that exist already stay where they are.
 *
 * @param path e.g. "/run/netns/director"
 * @throws KernelError ENOENT, EINVAL when it is not a network namespace, EPERM
 */
export function enterNetworkNamespace(path: string): void {
  const fd = openNamespace(path);
  try {
    enter(path, fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * What `act` opens belongs to the namespace of `path`; the calling thread is back in its own afterwards.
 *
 * @throws KernelError as `enterNetworkNamespace`; what `act` throws
 */
export function withinNetworkNamespace<T>(path: string, act: () => T): T {
  const own = openNamespace(OWN);
  try {
    enterNetworkNamespace(path);
    try {
      return act();
    } finally {
      enter(OWN, own);
    }
  } finally {
    closeSync(own);
  }
}

/** A descriptor of the calling thread's namespace, for `/proc/self/fd/N` as a path; it stays open, and is not inherited. */
export function openOwnNetworkNamespace(): number {
  return openNamespace(OWN);
}

function openNamespace(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new KernelError(`open ${path}`, code);
  }
}

function enter(path: string, fd: number): void {
  if (setns(fd, CLONE_NEWNET) === 0) return;
  throw new KernelError(`setns ${path}`, getSystemErrorName(-lazyKoffi().errno()));
}
