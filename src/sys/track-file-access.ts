import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { TrackFileAccess } from "../base/tracking.ts";

/** Blanks and one number. */
const READ_BYTES = 4096;
const { O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

export const trackFileAccess: TrackFileAccess = {
  read(path) {
    try {
      return withDescriptor(path, O_RDONLY | O_NONBLOCK, (fd) => {
        if (!fstatSync(fd).isFile()) return undefined;
        const buffer = new Uint8Array(READ_BYTES);
        return Buffer.from(buffer.subarray(0, readSync(fd, buffer, 0, READ_BYTES, 0))).toString("latin1");
      });
    } catch (error) {
      if (isSystemError(error)) return undefined; // ENOENT, EACCES …: 0, as keepalived takes it
      throw error;
    }
  },

  initialise(path, text, replace) {
    try {
      withDescriptor(path, O_WRONLY | O_CREAT | O_NONBLOCK | (replace ? O_TRUNC : O_EXCL), (fd) => writeSync(fd, text));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code === "EEXIST" && !replace) return undefined;
      return { errno: -(error.errno ?? 0), text: error.message.replace(/^\w+: /, "").replace(/,.*$/, "") };
    }
    return undefined;
  },
};

function withDescriptor<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = openSync(path, flags, 0o644);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "errno" in error;
}
