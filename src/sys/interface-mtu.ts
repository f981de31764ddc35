import { HOST_LE } from "../net/attributes.ts";
import { askInterface, VALUE_AT } from "./interface-request.ts";

// linux/sockios.h
const SIOCGIFMTU = 0x8921;

/**
 * The MTU of an interface of the calling thread's network namespace, in octets. /sys/class/net does not serve, see
 * interface-names.ts, and below 1280 octets /proc/sys knows the interface no more.
 *
 * @returns undefined when there is no such interface
 */
export function interfaceMtu(name: string): number | undefined {
  return askInterface(name, (ask) => ask(SIOCGIFMTU)?.getInt32(VALUE_AT, HOST_LE));
}
