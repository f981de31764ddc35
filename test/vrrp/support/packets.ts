import { ipAddress, isMulticast } from "../../../src/base/ip.ts";
import { SECOND } from "../../../src/base/time.ts";
import type { AuthHmac } from "../../../src/conf/model.ts";
import { encodeIpv4 } from "../../../src/net/ipv4.ts";
import { advertLength, encodeAdvert } from "../../../src/vrrp/advert.ts";
import { checksumPrefix } from "../../../src/vrrp/advert-checksum.ts";
import type { ChecksumForm } from "../../../src/vrrp/advert-checksum.ts";
import { encodeAhPacket } from "../../../src/vrrp/ah.ts";
import { encodeTrailer, stampOf } from "../../../src/vrrp/hmac-trailer.ts";
import { NEW_MEMORY } from "../../../src/vrrp/verdict.ts";
import type { ReceiveContext } from "../../../src/vrrp/verdict.ts";

/** Nothing heard yet, in October 2025. */
export const CONTEXT: ReceiveContext = { memory: NEW_MEMORY, ownSource: ipAddress("192.0.2.1"), skipAddressList: false, wallUs: 1_760_000_000_000_000 };

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

export interface SignedOptions extends PacketOptions {
  readonly intervalUs?: number;
  /** Default: what the version computes when its sender is not told otherwise. */
  readonly form?: ChecksumForm;
  readonly ah?: { readonly key: Uint8Array; readonly sequence: number };
  readonly hmac?: { readonly auth: AuthHmac; readonly wallUs: number; readonly source?: string };
}

/** A whole packet of any version, by multicast or to a peer, with AH or a trailer; the IP header is right for what it holds. */
export function signedPacket(options: SignedOptions = {}): Uint8Array {
  const { version = 3, vrid = 51 } = options;
  const source = ipAddress(options.source ?? "192.0.2.9");
  const destination = ipAddress(options.destination ?? "224.0.0.18");
  const advert = {
    version,
    type: options.type ?? 1,
    vrid,
    priority: options.priority ?? 100,
    authType: options.authType ?? (options.ah === undefined ? 0 : 2),
    authData: options.authData ?? new Uint8Array(8),
    advertIntervalUs: options.intervalUs ?? SECOND,
    addresses: (options.addresses ?? ["192.0.2.100"]).map(ipAddress),
  };
  const form = options.form ?? (version === 2 ? "pdu" : "addresses");
  const length = advertLength(version, 4, advert.addresses.length);
  const pdu = encodeAdvert(advert, 4, checksumPrefix(form, { source, destination, group: ipAddress("224.0.0.18") }, length));
  const packet = { typeOfService: 0xc0, identification: 7, timeToLive: options.timeToLive ?? 255, protocol: 112, source, destination };
  if (options.ah !== undefined) return encodeAhPacket({ ...packet, payload: pdu }, options.ah.key, options.ah.sequence, !isMulticast(destination));
  if (options.hmac === undefined) return encodeIpv4({ ...packet, payload: pdu });
  const subject = { version, vrid, source: ipAddress(options.hmac.source ?? source) };
  const trailer = encodeTrailer(options.hmac.auth, subject, pdu, stampOf(options.hmac.wallUs));
  return encodeIpv4({ ...packet, payload: Uint8Array.from([...pdu, ...trailer]) });
}
