import { HOST_LE, viewOf } from "../net/attributes.ts";
import type { Micros } from "../base/time.ts";
import { libcFunction } from "./libc.ts";

const cIoctl = libcFunction<(fd: number, request: number, argument: Uint8Array) => number>("int ioctl(int fd, unsigned long request, void *argument)");
const cClockGetTime = libcFunction<(clock: number, time: Uint8Array) => number>("int clock_gettime(int clock, void *time)");

/** linux/sockios.h: when the datagram last read arrived, as struct timespec of CLOCK_REALTIME. */
const SIOCGSTAMPNS = 0x8907;
const CLOCK_REALTIME = 0;

const time = new Uint8Array(16);
const view = viewOf(time);

/**
 * How long ago the kernel received the datagram that was last read from `fd`. The first call for a socket only makes the
 * kernel take note of arrivals from then on.
 *
 * @returns undefined when the kernel does not know
 */
export function arrivalAgeUs(fd: number): Micros | undefined {
  if (cIoctl(fd, SIOCGSTAMPNS, time) < 0) return undefined; // ENOENT: nothing was read since the first call
  const arrivedAt = micros();
  cClockGetTime(CLOCK_REALTIME, time);
  return micros() - arrivedAt;
}

/** struct timespec in `time`; exact, because microseconds since 1970 fit into 53 bits. */
function micros(): Micros {
  return Number(view.getBigInt64(0, HOST_LE)) * 1_000_000 + Math.floor(Number(view.getBigInt64(8, HOST_LE)) / 1_000);
}
