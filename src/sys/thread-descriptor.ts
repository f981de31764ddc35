import { closeSync, openSync } from "node:fs";
import { O_CLOEXEC, checked, closeDescriptor, libcFunction } from "./libc.ts";

const cDup3 = libcFunction<(from: number, to: number, flags: number) => number>("int dup3(int from, int to, int flags)");

/**
 * Moves a descriptor that a call of the C library made under a number of Node's own: Node closes what a worker thread opened
 * by node:fs when the thread ends, whatever ends it. A socket left open by a thread that died would keep its port from the next one.
 *
 * @returns the new number, close-on-exec, for `closeThreadDescriptor`; `fd` is closed, also when this throws
 */
export function adoptDescriptor(operation: string, fd: number): number {
  try {
    const own = openSync("/dev/null", "r");
    checked(operation, cDup3(fd, own, O_CLOEXEC));
    return own;
  } finally {
    closeDescriptor(fd);
  }
}

export function closeThreadDescriptor(fd: number): void {
  closeSync(fd);
}
