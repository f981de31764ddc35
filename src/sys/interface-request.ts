import { lazyLibcFunction } from "./lazy-libc.ts";

const socket = lazyLibcFunction<[family: number, type: number, protocol: number], number>("int socket(int domain, int type, int protocol)");
const ioctl = lazyLibcFunction<[fd: number, request: number, argument: Uint8Array], number>("int ioctl(int fd, unsigned long request, _Inout_ void *argument)");
const close = lazyLibcFunction<[fd: number], number>("int close(int fd)");

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** struct ifreq: the name with its zero, then a union. */
const IFREQ_LEN = 40;
const IFNAMSIZ = 16;
/** Where the union begins. */
export const VALUE_AT = IFNAMSIZ;

/**
 * One ioctl about the interface.
 *
 * @param fill writes the union, from VALUE_AT on
 * @returns the struct ifreq as the kernel left it; undefined when it refuses
 */
export type Ask = (request: number, fill?: (request: DataView) => void) => DataView | undefined;

/**
 * Asks the kernel about an interface of the calling thread's network namespace, by ioctl.
 *
 * @returns undefined, too, for what can be no interface's name, and when no descriptor is left to ask with
 */
export function askInterface<T>(name: string, question: (ask: Ask) => T | undefined): T | undefined {
  const octets = new TextEncoder().encode(name);
  if (octets.length === 0 || octets.length >= IFNAMSIZ) return undefined;
  const fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    return question((request, fill) => {
      const bytes = new Uint8Array(IFREQ_LEN);
      bytes.set(octets);
      const view = new DataView(bytes.buffer);
      fill?.(view);
      return ioctl(fd, request, bytes) < 0 ? undefined : view;
    });
  } finally {
    close(fd);
  }
}
