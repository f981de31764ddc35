import type { LinkBeatMethod } from "../base/ports.ts";
import { HOST_LE } from "../net/attributes.ts";
import { lazyKoffi, lazyLibcFunction } from "./lazy-libc.ts";

const socket = lazyLibcFunction<[family: number, type: number, protocol: number], number>("int socket(int domain, int type, int protocol)");
const ioctl = lazyLibcFunction<[fd: number, request: number, argument: Uint8Array], number>("int ioctl(int fd, unsigned long request, _Inout_ void *argument)");
const close = lazyLibcFunction<[fd: number], number>("int close(int fd)");

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
// linux/sockios.h
const SIOCGIFFLAGS = 0x8913;
const SIOCETHTOOL = 0x8946;
const SIOCGMIIPHY = 0x8947;
const SIOCGMIIREG = 0x8948;
/** IFF_UP and IFF_RUNNING. */
const UP = 0x41;
/** linux/ethtool.h: struct ethtool_value { cmd, data }, 1 when there is a link. */
const ETHTOOL_GLINK = 0xa;
/** linux/mii.h: the basic mode status register. Its link bit stays 0 from the loss of a link until it was read. */
const MII_BMSR = 1;
const BMSR_LSTATUS = 0x4;
const NO_PHY = 0xffff;
/** struct ifreq: the name with its zero, then a union: flags, a pointer, or mii_ioctl_data (PHY, register, in, out). */
const IFREQ_LEN = 40;
const IFNAMSIZ = 16;
const MII_REGISTER_AT = IFNAMSIZ + 2;
const MII_VALUE_AT = IFNAMSIZ + 6;

/**
 * Asks the driver of an interface of the calling thread's network namespace for its link, as `HostNetwork.linkBeat` says.
 * Microseconds, but as long as its PHY's bus takes with MII.
 */
export function linkBeat(name: string, method: LinkBeatMethod): boolean | undefined {
  const octets = new TextEncoder().encode(name);
  if (octets.length === 0 || octets.length >= IFNAMSIZ) return undefined;
  const fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new Error(`socket: errno ${lazyKoffi().errno()}`);
  try {
    const flags = ask(fd, SIOCGIFFLAGS, octets)?.getUint16(IFNAMSIZ, HOST_LE);
    if (flags === undefined) return undefined; // ENODEV
    const link = method === "MII" ? miiLink(fd, octets) : method === "ETHTOOL" ? ethtoolLink(fd, octets) : true;
    return link === undefined ? undefined : link && (flags & UP) === UP;
  } finally {
    close(fd);
  }
}

function miiLink(fd: number, name: Uint8Array): boolean | undefined {
  const phy = ask(fd, SIOCGMIIPHY, name)?.getUint16(IFNAMSIZ, HOST_LE);
  if (phy === undefined) return undefined;
  const read = (): number | undefined =>
    ask(fd, SIOCGMIIREG, name, (request) => {
      request.setUint16(IFNAMSIZ, phy, HOST_LE);
      request.setUint16(MII_REGISTER_AT, MII_BMSR, HOST_LE);
    })?.getUint16(MII_VALUE_AT, HOST_LE);
  read(); // what it says of the past
  const status = read();
  return status === undefined || status === 0 || status === NO_PHY ? undefined : (status & BMSR_LSTATUS) !== 0;
}

function ethtoolLink(fd: number, name: Uint8Array): boolean | undefined {
  const value = Uint32Array.of(ETHTOOL_GLINK, 0);
  const answer = ask(fd, SIOCETHTOOL, name, (request) => request.setBigUint64(IFNAMSIZ, lazyKoffi().address(value), HOST_LE));
  return answer === undefined ? undefined : value[1] !== 0;
}

/** @returns what the kernel has written into the request; undefined when it refuses */
function ask(fd: number, request: number, name: Uint8Array, fill: (request: DataView) => void = () => undefined): DataView | undefined {
  const bytes = new Uint8Array(IFREQ_LEN);
  bytes.set(name);
  const view = new DataView(bytes.buffer);
  fill(view);
  return ioctl(fd, request, bytes) < 0 ? undefined : view;
}
