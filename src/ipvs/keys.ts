import { assertNever } from "../base/assert-never.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey } from "../base/ipvs.ts";

/** A service and what it holds, as wanted or as the kernel reports it. */
export interface IpvsEntry {
  readonly service: IpvsService;
  readonly destinations: readonly IpvsDestination[];
}

/** What identifies a service to the kernel, as text: two keys are the same service exactly when it is equal. */
export function serviceKeyText(key: IpvsServiceKey): string {
  switch (key.type) {
    case "address":
      return `${key.protocol} ${key.address} ${key.port}`;
    case "fwmark":
      return `fwmark ${key.family} ${key.fwmark}`;
    default:
      return assertNever(key);
  }
}

/** What identifies a destination to the kernel within its service. */
export function destinationKeyText(destination: IpvsDestination): string {
  return `${destination.address} ${destination.port}`;
}
