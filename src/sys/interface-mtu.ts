import { lazyKoffi, lazyLibcFunction } from "./lazy-libc.ts";

const socket = lazyLibcFunction<[family: number, type: number, protocol: number], number>("int socket(int domain, int type, int protocol)");
const ioctl = lazyLibcFunction<[fd: number, request: number, argument: Uint8Array], number>("int ioctl(int fd, unsigned long request, _Inout_ void *argument)");
const close = lazyLibcFunction<[fd: number], number>("int close(int fd)");

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCGIFMTU = 0x8921;
/** struct ifreq: the name with its zero, then a union. */
const IFREQ_LEN = 40;
const IFNAMSIZ = 16;

/**
 * The MTU of an interface of the calling thread's network namespace, in octets. /sys/class/net does not serve, see
 * interface-names.ts, and below 1280 octets /proc/sys knows the interface no more.
 *
 * @returns undefined when there is no such interface
 */
export function interfaceMtu(name: string): number | undefined {
  const request = new Uint8Array(IFREQ_LEN);
  const octets = new TextEncoder().encode(name);
  if (octets.length === 0 || octets.length >= IFNAMSIZ) return undefined;
  request.set(octets);
  const fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error(`socket: errno ${lazyKoffi().errno()}`);
  try {
    if (ioctl(fd, SIOCGIFMTU, request) < 0) return undefined; // ENODEV
    return new Int32Array(request.buffer, IFNAMSIZ, 1)[0];
  } finally {
    close(fd);
  }
}
