import type { LinkBeatMethod } from "../base/ports.ts";
import { HOST_LE } from "../net/attributes.ts";
import { askInterface, VALUE_AT } from "./interface-request.ts";
import type { Ask } from "./interface-request.ts";
import { lazyKoffi } from "./lazy-libc.ts";

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
/** struct mii_ioctl_data: PHY, register, in, out. */
const MII_REGISTER_AT = VALUE_AT + 2;
const MII_VALUE_AT = VALUE_AT + 6;

/**
 * Asks the driver of an interface of the calling thread's network namespace for its link, as `HostNetwork.linkBeat` says.
 * Microseconds, but as long as its PHY's bus takes with MII.
 */
export function linkBeat(name: string, method: LinkBeatMethod): boolean | undefined {
  return askInterface(name, (ask) => {
    const flags = ask(SIOCGIFFLAGS)?.getUint16(VALUE_AT, HOST_LE);
    if (flags === undefined) return undefined; // ENODEV
    const link = method === "MII" ? miiLink(ask) : method === "ETHTOOL" ? ethtoolLink(ask) : true;
    return link === undefined ? undefined : link && (flags & UP) === UP;
  });
}

function miiLink(ask: Ask): boolean | undefined {
  const phy = ask(SIOCGMIIPHY)?.getUint16(VALUE_AT, HOST_LE);
  if (phy === undefined) return undefined;
  const read = (): number | undefined =>
    ask(SIOCGMIIREG, (request) => {
      request.setUint16(VALUE_AT, phy, HOST_LE);
      request.setUint16(MII_REGISTER_AT, MII_BMSR, HOST_LE);
    })?.getUint16(MII_VALUE_AT, HOST_LE);
  read(); // what it says of the past
  const status = read();
  return status === undefined || status === 0 || status === NO_PHY ? undefined : (status & BMSR_LSTATUS) !== 0;
}

function ethtoolLink(ask: Ask): boolean | undefined {
  const value = Uint32Array.of(ETHTOOL_GLINK, 0);
  const answer = ask(SIOCETHTOOL, (request) => request.setBigUint64(VALUE_AT, lazyKoffi().address(value), HOST_LE));
  return answer === undefined ? undefined : value[1] !== 0;
}
