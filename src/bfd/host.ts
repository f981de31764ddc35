import type { Log } from "../base/log.ts";
import type { UdpListener, UdpListenerOptions, UdpSender, UdpSenderOptions } from "../base/ports.ts";
import type { Clock, Micros } from "../base/time.ts";

/** What the BFD engine needs of the world. */
export interface BfdHost {
  readonly clock: Clock;
  readonly log: Log;
  /** [0, 1): discriminators, which RFC 5880 section 6.3 wants hard to guess, and jitter. */
  readonly random: () => number;
  /** @throws KernelError EADDRINUSE when another BFD speaker runs here … */
  openListener(options: UdpListenerOptions): UdpListener;
  /** @throws KernelError EADDRNOTAVAIL when the source is not ours … */
  openSender(options: UdpSenderOptions): UdpSender;
  /** A turn began so late, after what was to be done by then. */
  wokenLate(lateUs: Micros, now: Micros): void;
  /** A session's neighbour can be reached, or cannot; said for every session at start and reload, and then when it changes. */
  verdict(name: string, up: boolean): void;
}
