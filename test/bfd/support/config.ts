import { familyOf, ipAddress } from "../../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../../src/base/time.ts";
import type { BfdInstance } from "../../../src/conf/model.ts";

export const A = ipAddress("192.0.2.1");
export const B = ipAddress("192.0.2.2");

/** A session of A with B, 100 ms both ways, three packets. */
export function bfdInstance(overrides: Partial<BfdInstance> = {}): BfdInstance {
  const neighborIp = overrides.neighborIp ?? B;
  return {
    name: "B1",
    family: familyOf(neighborIp),
    neighborIp,
    sourceIp: A,
    minRxUs: 100 * MILLISECOND,
    minTxUs: 100 * MILLISECOND,
    idleTxUs: SECOND,
    multiplier: 3,
    passive: false,
    ttl: 255,
    maxHops: 0,
    multihop: false,
    vrrp: true,
    checker: true,
    ...overrides,
  };
}
