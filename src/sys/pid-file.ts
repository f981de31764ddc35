import { constants, fchmodSync, fstatSync, ftruncateSync, openSync, closeSync, statSync, unlinkSync, writeSync } from "node:fs";
import { KernelError } from "../base/errors.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { lastErrno, libcFunction } from "./libc.ts";

const cLock = libcFunction<(fd: number, command: number, lock: Uint8Array) => number>("int fcntl(int fd, int cmd, void *lock)");

const F_OFD_SETLK = 37;
const F_WRLCK = 1;
/** sizeof(struct flock) with 64-bit offsets: type, whence, start, length, pid. Start and length 0: the whole file. */
const FLOCK_LEN = 32;
const MODE = 0o644;
/** How often the file may be replaced between our opening and locking it. */
const ATTEMPTS = 10;

/** A pid file, held open and locked; the lock goes with the process, whatever kills it. */
export interface HeldPidFile {
  /** Replaces the content by the number and a newline. */
  write(pid: number): void;
  /** Removes it and gives up the lock. Idempotent. */
  remove(): void;
}

/**
 * Creates or takes over a pid file and locks it. The content is left alone until `write`.
 *
 * @returns undefined when another process holds the lock
 * @throws KernelError EACCES, EROFS, ENOENT when the directory is missing, ELOOP for a symbolic link
 */
export function openPidFile(path: string): HeldPidFile | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const fd = open(path);
    if (!lock(fd, path)) {
      closeSync(fd);
      return undefined;
    }
    if (isStill(fd, path)) return new PidFile(fd, path);
    closeSync(fd); // the previous holder removed it before we had the lock: ours has no name any more
  }
  throw new KernelError(`lock ${path}`, "EBUSY", "it was replaced again and again");
}

class PidFile implements HeldPidFile {
  readonly #path: string;
  #fd: number | undefined;

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  write(pid: number): void {
    if (this.#fd === undefined) throw new KernelError(`write ${this.#path}`, "EBADF", "it was removed");
    const bytes = new TextEncoder().encode(`${pid}\n`);
    // First the new number, then the cut: a reader sees the old one, the new one or both, never nothing.
    writeSync(this.#fd, bytes, 0, bytes.length, 0);
    ftruncateSync(this.#fd, bytes.length);
  }

  remove(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    // Before the lock is given up, so that nobody can lock the name that is about to go.
    if (isStill(fd, this.#path)) unlinkSync(this.#path);
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, MODE);
    fchmodSync(fd, MODE); // whatever the umask is: monitoring reads it
    return fd;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") throw new KernelError(`open ${path}`, error.code);
    throw error;
  }
}

/** An open file description lock: the process's other descriptors, and libraries that close them, do not release it. */
function lock(fd: number, path: string): boolean {
  const request = new Uint8Array(FLOCK_LEN);
  viewOf(request).setInt16(0, F_WRLCK, HOST_LE);
  if (cLock(fd, F_OFD_SETLK, request) === 0) return true;
  const code = lastErrno();
  if (code === "EAGAIN" || code === "EACCES") return false;
  throw new KernelError(`lock ${path}`, code);
}

function isStill(fd: number, path: string): boolean {
  const named = statSync(path, { throwIfNoEntry: false });
  const held = fstatSync(fd);
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
}
