import { readdirSync } from "node:fs";
import { KernelError } from "../base/errors.ts";
import { isCloseOnExec, setCloseOnExec } from "./libc.ts";

/** All descriptors of this process, and the one of the listing itself, which is closed by then. */
export function openDescriptors(): number[] {
  return readdirSync("/proc/self/fd").map(Number);
}

/** Sets close-on-exec on every descriptor but standard input, output and error. */
export function closeAllOnExec(): void {
  for (const fd of openDescriptors().filter((open) => open > 2)) {
    try {
      if (!isCloseOnExec(fd)) setCloseOnExec(fd);
    } catch (error) {
      // Closed since it was listed.
      if (!(error instanceof KernelError && error.code === "EBADF")) throw error;
    }
  }
}
