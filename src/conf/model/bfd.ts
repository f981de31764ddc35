import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";

/** What the BFD speaker needs (RFC 5880). */
export interface BfdConfig {
  readonly instances: readonly BfdInstance[];
}

export interface BfdInstance {
  readonly name: string;
  readonly family: IpFamily;
  readonly neighborIp: IpAddress;
  readonly sourceIp: IpAddress | undefined;
  /** Required Min RX Interval. */
  readonly minRxUs: Micros;
  /** Desired Min TX Interval while up. */
  readonly minTxUs: Micros;
  /** Desired Min TX Interval while not up. */
  readonly idleTxUs: Micros;
  /** Detect Mult. */
  readonly multiplier: number;
  /** Sends nothing before something was received. */
  readonly passive: boolean;
  readonly ttl: number;
  /** Largest accepted decrease of the TTL; undefined: it is not looked at. */
  readonly maxHops: number | undefined;
  /** Port 4784 (RFC 5883) in place of 3784. */
  readonly multihop: boolean;
  /** Who is told: instances that track it, BFD_CHECKs that name it. */
  readonly vrrp: boolean;
  readonly checker: boolean;
}
