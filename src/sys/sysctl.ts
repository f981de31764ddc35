import { readFileSync, writeFileSync } from "node:fs";
import { KernelError } from "../base/errors.ts";

/**
 * The number in a file below /proc/sys, read synchronously (microseconds; not the thread pool).
 *
 * @param name e.g. "net/ipv6/conf/eth0/forwarding"
 * @returns undefined when this kernel has no such setting
 * @throws KernelError EMFILE, ENFILE, EACCES …
 */
export function readSysctl(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/${name}`, "latin1"));
  } catch (error) {
    const refusal = kernelError(`read /proc/sys/${name}`, error);
    if (refusal.code === "ENOENT") return undefined;
    throw refusal;
  }
}

/**
 * Whether the kernel forwards what comes in on this interface by IPv6. One that cannot be asked does: a neighbour that
 * hears from a router that it is none forgets every route through it (RFC 4861 section 7.2.5), and the other way round nothing is lost.
 */
export function forwardsIpv6(interfaceName: string): boolean {
  try {
    return readSysctl(`net/ipv6/conf/${interfaceName}/forwarding`) === 1;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return true;
  }
}

/** @throws KernelError ENOENT, EROFS, EACCES … */
export function writeSysctl(name: string, value: number): void {
  try {
    writeFileSync(`/proc/sys/${name}`, String(value));
  } catch (error) {
    throw kernelError(`write /proc/sys/${name}`, error);
  }
}

/** @throws what is none of the system's errors */
function kernelError(operation: string, error: unknown): KernelError {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return new KernelError(operation, error.code);
  throw error;
}
