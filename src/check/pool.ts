import { familyOf } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey } from "../base/ipvs.ts";
import type { Forwarding, RealServer, VirtualServer } from "../conf/model.ts";
import { kernelService } from "./runnable.ts";

/** What is known of the real servers of one virtual server, in the order of its `realServers`. */
export interface PoolHealth {
  readonly quorumUp: boolean;
  readonly members: readonly { readonly up: boolean; readonly weight: number }[];
}

const SCHEDULER_FLAG = { "flag-1": 0x08, "flag-2": 0x10, "flag-3": 0x20 } as const;
/** keepalived gives the sorry server this weight. */
const SORRY_WEIGHT = 1;

/**
 * What the kernel ought to hold for this virtual server. Start-up, a check result, a reload and shutdown all go
 * through here and through `diffDestinations`; no other code decides what is installed.
 *
 * - The sorry server takes the place of the real servers while the quorum is lost; without one they stay.
 * - `inhibit_on_failure` and `sorry_server_inhibit` keep a server in the pool with weight 0 instead of removing it.
 * - Real servers that are one destination to the kernel (direct routing knows no ports) count as one: the first live one's weight.
 */
export function wantedDestinations(vs: VirtualServer, health: PoolHealth): IpvsDestination[] {
  const sorry = vs.sorryServer;
  const sorryServes = sorry !== undefined && !health.quorumUp;
  const pool = new Map<string, IpvsDestination>();
  const put = (destination: IpvsDestination): void => {
    const key = `${destination.address} ${destination.port}`;
    const there = pool.get(key);
    if (there === undefined || there.weight === 0) pool.set(key, destination);
  };
  if (sorry !== undefined && (sorryServes || sorry.inhibit)) {
    const weight = sorryServes ? SORRY_WEIGHT : 0;
    put(destination(vs, sorry.address, sorry.port, sorry.forwarding, weight, { upper: 0, lower: 0 }));
  }
  vs.realServers.forEach((rs, i) => {
    const member = health.members[i];
    const serves = member !== undefined && member.up && !sorryServes;
    if (serves || rs.inhibitOnFailure) put(realDestination(vs, rs, serves ? member.weight : 0));
  });
  return [...pool.values()];
}

function realDestination(vs: VirtualServer, rs: RealServer, weight: number): IpvsDestination {
  return destination(vs, rs.address, rs.port, rs.forwarding, weight, { upper: rs.upperThreshold, lower: rs.lowerThreshold });
}

/** Direct routing and tunnels do not translate ports: the destination's is the service's, none for a firewall mark. */
function destination(
  vs: VirtualServer,
  address: IpAddress,
  port: number,
  forwarding: Forwarding,
  weight: number,
  thresholds: { readonly upper: number; readonly lower: number },
): IpvsDestination {
  const servicePort = vs.key.type === "address" ? vs.key.port : 0;
  return {
    address,
    family: familyOf(address),
    port: forwarding === "NAT" ? port : servicePort,
    forwarding,
    weight,
    upperThreshold: thresholds.upper,
    lowerThreshold: thresholds.lower,
  };
}

export function ipvsKey(configured: VirtualServer["key"]): IpvsServiceKey {
  const key = kernelService(configured);
  if (key.type === "fwmark") return { type: "fwmark", family: key.family, fwmark: key.fwmark };
  return { type: "address", family: familyOf(key.address), protocol: key.protocol, address: key.address, port: key.port };
}

export function wantedService(vs: VirtualServer): IpvsService {
  return {
    key: ipvsKey(vs.key),
    scheduler: vs.scheduler,
    persistent: vs.persistenceTimeoutS > 0,
    onePacket: vs.onePacket,
    schedFlags: vs.schedulerFlags.reduce((bits, flag) => bits | SCHEDULER_FLAG[flag], 0),
    timeoutS: vs.persistenceTimeoutS,
    prefixLength: vs.persistencePrefixLength,
    persistenceEngine: vs.persistenceEngine,
  };
}
