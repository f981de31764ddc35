import { KernelError } from "../base/errors.ts";
import type { Files } from "../base/ports.ts";

/** `files`, with what may not be examined (EACCES, ELOOP, ENAMETOOLONG ...) looking as if it were not there. */
export function examined(files: Files): Files {
  return {
    readText: (path) => files.readText(path),
    glob: (pattern, directory) => files.glob(pattern, directory),
    stat: (path) => orAbsent(() => files.stat(path)),
    realPath: (path) => orAbsent(() => files.realPath(path)),
  };
}

function orAbsent<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}
