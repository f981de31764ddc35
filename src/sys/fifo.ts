import { chownSync, closeSync, constants, fstatSync, openSync, statSync, unlinkSync, writeSync } from "node:fs";
import { constants as osConstants } from "node:os";
import { getSystemErrorMap } from "node:util";
import koffi from "koffi";
import type { Fifo, MakeFifo, OpenedFifo } from "../base/ports.ts";
import { errnoName, libcFunction } from "./libc.ts";

const MODE = 0o644;

const mkfifo = libcFunction<(path: string, mode: number) => number>("int mkfifo(const char *path, unsigned int mode)");

/** Named pipes by mkfifo(3); Node opens every descriptor close-on-exec. */
export const makeFifo: MakeFifo = (path, owner) => {
  const created = mkfifo(path, MODE) === 0;
  const errno = created ? 0 : koffi.errno();
  if (!created && errno !== osConstants.errno.EEXIST) return { ok: false, reason: "create", code: errnoName(errno), errno };
  if (!created && statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return notFifo();
  let descriptor: number | undefined;
  try {
    if (created && owner !== undefined) chownSync(path, owner.uid, owner.gid);
    descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    if (created) unlinkSync(path);
    const refused = errnoOf(error);
    return { ok: false, reason: "open", code: errnoName(refused), errno: refused };
  }
  // Somebody may have exchanged it between the two looks.
  if (fstatSync(descriptor).isFIFO()) return { ok: true, fifo: new SystemFifo(path, created, descriptor) };
  closeSync(descriptor);
  return notFifo();
};

function notFifo(): OpenedFifo {
  return { ok: false, reason: "notFifo", code: "EEXIST", errno: osConstants.errno.EEXIST };
}

class SystemFifo implements Fifo {
  readonly created: boolean;
  readonly #path: string;
  #descriptor: number | undefined;

  constructor(path: string, created: boolean, descriptor: number) {
    this.#path = path;
    this.created = created;
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array): string | undefined {
    if (this.#descriptor === undefined) return "EBADF";
    try {
      writeSync(this.#descriptor, bytes);
      return undefined;
    } catch (error) {
      return textOf(errnoOf(error));
    }
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  remove(): string | undefined {
    try {
      unlinkSync(this.#path);
      return undefined;
    } catch (error) {
      const errno = errnoOf(error);
      return errno === osConstants.errno.ENOENT ? undefined : textOf(errno);
    }
  }
}

/** @throws what is not a system call's error */
function errnoOf(error: unknown): number {
  if (error instanceof Error && "errno" in error && typeof error.errno === "number") return Math.abs(error.errno);
  throw error;
}

/** As strerror(3) begins it: with a capital. */
function textOf(errno: number): string {
  const text = getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
