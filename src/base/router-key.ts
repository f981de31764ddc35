import type { IpAddress, IpFamily } from "./ip.ts";

/** What of an instance tells it from others. */
export interface RouterIdentity {
  readonly family: IpFamily;
  readonly vrid: number;
  readonly interface: string;
  readonly multicastGroup: IpAddress;
  /** Undefined: multicast. */
  readonly unicast?: object | undefined;
  readonly sourceAddress: IpAddress | undefined;
}

/**
 * Family, VRID, interface, group (or unicast) and source: keepalived's identity of an instance across a reload; its name
 * does not matter. Here, because two parts need the very same: src/vrrp, which reloads, and `regent config diff`, which
 * says what a reload would do.
 */
export function routerKey({ family, vrid, interface: link, multicastGroup, unicast, sourceAddress }: RouterIdentity): string {
  return `${family} ${vrid} ${link} ${unicast === undefined ? multicastGroup : "unicast"} ${sourceAddress ?? "any"}`;
}
