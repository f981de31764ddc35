import { ipAddress } from "../../../src/base/ip.ts";
import { SECOND } from "../../../src/base/time.ts";
import { encodeIpv4 } from "../../../src/net/ipv4.ts";
import { encodeAdvert } from "../../../src/vrrp/advert.ts";

export interface PacketOptions {
  readonly priority?: number;
  readonly source?: string;
  readonly destination?: string;
  readonly timeToLive?: number;
  readonly vrid?: number;
  readonly version?: number;
  readonly type?: number;
  readonly authType?: number;
  readonly authData?: Uint8Array;
  readonly intervalS?: number;
  readonly addresses?: readonly string[];
}

/** A whole packet as another director sends it. */
export function advertPacket(options: PacketOptions = {}): Uint8Array {
  const advert = {
    version: options.version ?? 2,
    type: options.type ?? 1,
    vrid: options.vrid ?? 51,
    priority: options.priority ?? 100,
    authType: options.authType ?? 0,
    authData: options.authData ?? new Uint8Array(8),
    advertIntervalUs: (options.intervalS ?? 1) * SECOND,
    addresses: (options.addresses ?? ["192.0.2.100"]).map(ipAddress),
  };
  return encodeIpv4({
    typeOfService: 0xc0,
    identification: 7,
    timeToLive: options.timeToLive ?? 255,
    protocol: 112,
    source: ipAddress(options.source ?? "192.0.2.9"),
    destination: ipAddress(options.destination ?? "224.0.0.18"),
    payload: encodeAdvert(advert, 4),
  });
}

/** Replaces octets of a copy. */
export function patched(packet: Uint8Array, at: number, ...octets: number[]): Uint8Array {
  const copy = packet.slice();
  copy.set(octets, at);
  return copy;
}
