import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import type { FileStatus, Files } from "../base/ports.ts";
import { KernelError } from "../base/errors.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { lazyKoffi, lazyLibcFunction } from "./lazy-libc.ts";

const cGlob = lazyLibcFunction<[pattern: string, flags: number, onError: null, result: Uint8Array], number>(
  "int glob(const char *pattern, int flags, void *errfunc, void *pglob)",
);
const cGlobFree = lazyLibcFunction<[result: Uint8Array], void>("void globfree(void *pglob)");

// glob.h
const GLOB_BRACE = 1 << 10;
const GLOB_NOMATCH = 3;
const GLOB_NOSPACE = 1;
/** sizeof(glob_t) on 64-bit glibc and musl: gl_pathc, gl_pathv, then what we do not read. */
const GLOB_T_LEN = 72;

/** What glob(3) takes for more than a name. */
const SPECIAL = /[*?[\]{}\\]/;

/** The file system of this machine. Synchronous. */
export const files: Files = {
  readText(path) {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw kernelError(`read ${path}`, error);
    }
  },

  stat(path) {
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats && fileStatus(stats);
    } catch (error) {
      const refused = kernelError(`stat ${path}`, error);
      if (refused.code === "ENOTDIR") return undefined; // a component of the path is a file
      throw refused;
    }
  },

  glob(pattern, directory) {
    const prefix = pattern.startsWith("/") ? "" : `${directory}/`;
    if (!SPECIAL.test(pattern)) return isThere(prefix + pattern) ? [pattern] : [];
    const whole = escaped(prefix) + pattern;
    const result = new Uint8Array(GLOB_T_LEN);
    const outcome = cGlob(whole, GLOB_BRACE, null, result);
    try {
      if (outcome === GLOB_NOMATCH) return [];
      if (outcome !== 0) throw new KernelError(`glob ${whole}`, outcome === GLOB_NOSPACE ? "ENOMEM" : "EIO");
      const view = viewOf(result);
      const count = Number(view.getBigUint64(0, HOST_LE));
      const koffi = lazyKoffi();
      const paths = koffi.decode(view.getBigUint64(8, HOST_LE), koffi.array("char *", count)) as string[];
      return paths.map((path) => path.slice(prefix.length));
    } finally {
      cGlobFree(result);
    }
  },

  realPath(path) {
    try {
      return realpathSync(path);
    } catch (error) {
      const refused = kernelError(`realpath ${path}`, error);
      if (refused.code === "ENOENT" || refused.code === "ENOTDIR") return undefined;
      throw refused;
    }
  },
};

/** As glob(3) sees it: a link that leads nowhere is there, what may not be examined is not. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    kernelError(`lstat ${path}`, error);
    return false;
  }
}

/** The directory is a name, not a pattern. */
function escaped(directory: string): string {
  return directory.replace(/[*?[\]{}\\]/g, "\\$&");
}

function fileStatus(stats: Stats): FileStatus {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : stats.isFIFO() ? "fifo" : "other";
  return { kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, size: stats.size };
}

function kernelError(operation: string, error: unknown): KernelError {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return new KernelError(operation, error.code);
  throw error;
}
