import { readSync, watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { KernelError } from "../base/errors.ts";
import type { DirectoryListener, DirectoryWatch, WatchDirectory } from "../base/tracking.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { checked, closeDescriptor, libcFunction, O_CLOEXEC } from "./libc.ts";

const cInit = libcFunction<(flags: number) => number>("int inotify_init1(int flags)");
const cAddWatch = libcFunction<(fd: number, path: string, mask: number) => number>("int inotify_add_watch(int fd, const char *path, unsigned int mask)");

// sys/inotify.h
const IN_NONBLOCK = 0o4000;
const IN_MODIFY = 0x2;
const IN_CLOSE_WRITE = 0x8;
const IN_MOVED_FROM = 0x40;
const IN_MOVED_TO = 0x80;
const IN_CREATE = 0x100;
const IN_DELETE = 0x200;
const IN_DELETE_SELF = 0x400;
const IN_MOVE_SELF = 0x800;
const IN_UNMOUNT = 0x2000;
const IN_Q_OVERFLOW = 0x4000;
const IN_IGNORED = 0x8000;
const IN_ONLYDIR = 0x1000000;
const WHOLE = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE;
const GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
/** wd, mask, cookie, length of the name. */
const EVENT_HEADER = 16;
const BUFFER_BYTES = 16 << 10;

const FIRST_LOOK_MS = 2;
const SLOWEST_LOOK_MS = 256;
/** Looks after a wake-up: 2 + 4 + 8 + 16 ms. Both queues are filled one after the other, and the other one may wake us first. */
const LOOKS_AFTER_WAKE = 4;

/**
 * Two inotify queues. Ours knows when a file was closed by whoever wrote it, which fs.watch does not tell: reading at the
 * first modification would find the file that `echo 5 > file` has just emptied. fs.watch's wakes the loop.
 */
class InotifyWatch implements DirectoryWatch {
  readonly #fd: number;
  readonly #listener: DirectoryListener;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** Modified, and not closed yet. */
  readonly #unclosed = new Set<string>();
  #waker: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #delayMs = FIRST_LOOK_MS;
  #open = true;

  constructor(fd: number, listener: DirectoryListener) {
    this.#fd = fd;
    this.#listener = listener;
  }

  start(path: string): void {
    this.#waker = watch(path, { persistent: false }, () => this.#woken());
    this.#waker.on("error", () => this.#woken()); // a directory that goes away is our own queue's to tell
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    this.#waker?.close();
    closeDescriptor(this.#fd);
  }

  #woken(): void {
    if (!this.#open) return;
    this.#looks = LOOKS_AFTER_WAKE;
    this.#delayMs = FIRST_LOOK_MS;
    this.#look();
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#open && this.#read());
    if (!this.#open || (this.#looks === 0 && this.#unclosed.size === 0)) return;
    this.#looks = Math.max(0, this.#looks - 1);
    this.#timer = setTimeout(() => this.#look(), this.#delayMs).unref();
    this.#delayMs = Math.min(SLOWEST_LOOK_MS, this.#delayMs * 2);
  }

  /** @returns whether there was something */
  #read(): boolean {
    let length: number;
    try {
      length = readSync(this.#fd, this.#buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
      throw error;
    }
    const view = viewOf(this.#buffer);
    for (let at = 0; at + EVENT_HEADER <= length && this.#open; ) {
      const nameLength = view.getUint32(at + 12, HOST_LE);
      const name = this.#buffer.subarray(at + EVENT_HEADER, at + EVENT_HEADER + nameLength);
      this.#event(view.getUint32(at + 4, HOST_LE), Buffer.from(name).toString("utf8").replace(/\0+$/, ""));
      at += EVENT_HEADER + nameLength;
    }
    return length > 0;
  }

  #event(mask: number, name: string): void {
    if ((mask & IN_Q_OVERFLOW) !== 0) return this.#listener.changed(undefined);
    if ((mask & GONE) !== 0) {
      this.close();
      return this.#listener.gone();
    }
    if ((mask & IN_MODIFY) !== 0) this.#unclosed.add(name);
    if ((mask & WHOLE) === 0) return;
    this.#unclosed.delete(name);
    this.#listener.changed(name);
  }
}

export const watchDirectory: WatchDirectory = (path, listener) => {
  const fd = checked("inotify_init1", cInit(IN_NONBLOCK | O_CLOEXEC));
  const watcher = new InotifyWatch(fd, listener);
  try {
    checked(`inotify_add_watch ${path}`, cAddWatch(fd, path, IN_MODIFY | WHOLE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR));
    watcher.start(path);
    return watcher;
  } catch (error) {
    watcher.close();
    if (error instanceof KernelError) throw error;
    throw new KernelError(`watch ${path}`, (error as NodeJS.ErrnoException).code ?? "EIO");
  }
};
