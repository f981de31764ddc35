import { readFileSync, writeFileSync } from "node:fs";
import { KernelError } from "../base/errors.ts";

/**
 * The number in a file below /proc/sys, read synchronously (microseconds; not the thread pool).
 *
 * @param name e.g. "net/ipv6/conf/eth0/forwarding"
 * @returns undefined when this kernel has no such setting
 */
export function readSysctl(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/${name}`, "latin1"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** @throws KernelError ENOENT, EROFS, EACCES … */
export function writeSysctl(name: string, value: number): void {
  try {
    writeFileSync(`/proc/sys/${name}`, String(value));
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") throw new KernelError(`write /proc/sys/${name}`, error.code);
    throw error;
  }
}
