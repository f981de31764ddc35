import type { Alarm, Clock, Micros } from "../base/time.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { RealClock } from "./clock.ts";
import { checked, lastErrno, libcFunction } from "./libc.ts";

const cPoll = libcFunction<(descriptors: Uint8Array, count: number, timeout: Uint8Array, mask: null) => number>(
  "int ppoll(void *fds, unsigned long nfds, const void *timeout, const void *sigmask)",
);

const POLLIN = 0x001;
const POLLFD_LEN = 8;
const TIMESPEC_LEN = 16;
/**
 * The longest time in one ppoll: messages of other threads wait for its end, and so does the end of the thread. Longer
 * would save nothing that matters, a round takes some 20 microseconds.
 */
const LONGEST_WAIT_US: Micros = 20_000;

interface Watched {
  readonly descriptor: number;
  readonly wake: () => void;
}

interface Pending {
  readonly at: Micros;
  readonly wake: () => void;
}

/**
 * The clock of a thread that waits for descriptors and deadlines together, in ppoll, because nothing else in Node waits for
 * a UDP socket without reading from it; see doc/decisions/0007-bfd-polling.md. Between two waits the event loop of Node has
 * its turn, so messages work as ever. While nothing is watched and no alarm set, the thread waits in Node as others do.
 */
export class PollLoop implements Clock {
  readonly #clock = new RealClock();
  readonly #watched = new Set<Watched>();
  readonly #alarms = new Set<Pending>();
  readonly #timeout = new Uint8Array(TIMESPEC_LEN);
  #descriptors = new Uint8Array(0);
  #scheduled = false;

  now(): Micros {
    return this.#clock.now();
  }

  alarm(at: Micros, wake: () => void): Alarm {
    const pending: Pending = { at, wake };
    this.#alarms.add(pending);
    this.#schedule();
    return { cancel: () => void this.#alarms.delete(pending) };
  }

  /** `wake` is called in every round in which the descriptor is readable. @returns ends it */
  watch(descriptor: number, wake: () => void): () => void {
    const watched: Watched = { descriptor, wake };
    this.#watched.add(watched);
    this.#schedule();
    return () => void this.#watched.delete(watched);
  }

  #schedule(): void {
    if (this.#scheduled || (this.#watched.size === 0 && this.#alarms.size === 0)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#round();
      this.#schedule();
    });
  }

  /** Waits, then what is readable, then what is due: a deadline is believed after what has arrived before it was read. */
  #round(): void {
    const readable = this.#wait();
    for (const watched of readable) if (this.#watched.has(watched)) watched.wake();
    const now = this.now();
    for (const pending of [...this.#alarms].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
      if (this.#alarms.delete(pending)) pending.wake();
    }
  }

  /** @returns what is readable */
  #wait(): readonly Watched[] {
    const watched = [...this.#watched];
    if (this.#descriptors.length < watched.length * POLLFD_LEN) this.#descriptors = new Uint8Array(watched.length * POLLFD_LEN);
    const view = viewOf(this.#descriptors);
    watched.forEach(({ descriptor }, i) => {
      view.setInt32(i * POLLFD_LEN, descriptor, HOST_LE);
      view.setInt16(i * POLLFD_LEN + 4, POLLIN, HOST_LE);
      view.setInt16(i * POLLFD_LEN + 6, 0, HOST_LE);
    });
    const result = cPoll(this.#descriptors, watched.length, this.#timespec(), null);
    if (result < 0 && lastErrno() !== "EINTR") checked("ppoll", result);
    // An error of a socket is no POLLIN; reading it is how it is cleared.
    return result <= 0 ? [] : watched.filter((_, i) => view.getInt16(i * POLLFD_LEN + 6, HOST_LE) !== 0);
  }

  /** struct timespec until the next alarm. */
  #timespec(): Uint8Array {
    let at = Infinity;
    for (const pending of this.#alarms) at = Math.min(at, pending.at);
    const waitUs = Math.max(0, Math.min(LONGEST_WAIT_US, at - this.now()));
    viewOf(this.#timeout).setBigInt64(8, BigInt(waitUs * 1_000), HOST_LE); // always below a second
    return this.#timeout;
  }
}
