import type { IpAddress, IpFamily } from "../base/ip.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpInstance } from "../conf/model.ts";
import type { Advertisement } from "./advert.ts";
import type { AhHeader } from "./ah.ts";
import { NO_HMAC_MEMORY } from "./hmac-trailer.ts";
import type { HmacFault, HmacMemory } from "./hmac-trailer.ts";

// What a received packet is judged by, and what comes of it.

/** Why a packet changed nothing. Counted per instance under these names. */
export type DropReason =
  | "ahUnexpected"
  | "ahMissing"
  | "truncated"
  | "tooShort"
  | "tooLong"
  | "ttl"
  | "version"
  | HmacFault
  | "authType"
  | "authMismatch"
  | "password"
  | "ahHeader"
  | "ahIcv"
  | "ahSpi"
  | "ahSequence"
  | "advertInterval"
  | "type"
  | "totalLength"
  | "checksum"
  | "notMulticast"
  | "notUnicast"
  | "ownerIgnores"
  | "unknownPeer"
  | "ttlRange"
  | "zeroSource"
  | "zeroAddresses"
  /** Our own packet came back. */
  | "looped";

/** Reported, not refused. A fault of the trailer is one unless `mode` is enforce. */
export interface Remark {
  readonly kind: "addressCount" | "addressList" | "advertInterval" | "oldChecksum" | "hmacSkew" | HmacFault;
  readonly line: string;
}

/** What of earlier adverts decides about the next one. A value: an accepted advert comes with the next. */
export interface ReceiveMemory {
  /** The last AH sequence number sent or accepted: one counter for both, as keepalived has it; ours go on from it. */
  readonly ahSequence: number;
  /**
   * The last one accepted, which others have to exceed. keepalived compares with what it sent itself, too: two masters that
   * happen to count in step then refuse each other for ever.
   */
  readonly ahHeard: number;
  readonly hmac: HmacMemory;
  /** A unicast peer uses the checksum of keepalived before 1.3.7; ours go out with that, too. */
  readonly oldChecksum: boolean;
}

/** Of an instance that has heard nothing. */
export const NEW_MEMORY: ReceiveMemory = { ahSequence: 0, ahHeard: 0, hmac: NO_HMAC_MEMORY, oldChecksum: false };

export type Verdict =
  | { readonly ok: true; readonly advert: Advertisement; readonly remarks: readonly Remark[]; readonly memory: ReceiveMemory }
  | Refusal;

export interface Refusal {
  readonly ok: false;
  readonly reason: DropReason;
  readonly line: string;
}

/** What of an instance's configuration decides about what it hears. */
export type ReceiveRules = Pick<
  VrrpInstance,
  | "name"
  | "family"
  | "version"
  | "vrid"
  | "priority"
  | "advertIntervalUs"
  | "authentication"
  | "authHmac"
  | "multicastGroup"
  | "unicast"
  | "v3ChecksumAsV2"
  | "virtualAddresses"
  | "ownerIgnoreAdverts"
>;

export interface ReceiveContext {
  readonly memory: ReceiveMemory;
  /** Where our own adverts come from: those, played back to us, are as old as what we sent last. */
  readonly ownSource: IpAddress | undefined;
  /** `skip_check_adv_addr` and the sender is the master already known. */
  readonly skipAddressList: boolean;
  /** Microseconds since 1970, for the trailer's window. */
  readonly wallUs: Micros;
}

/** A received packet that is long enough to say which virtual router it is for. */
export interface Addressed {
  readonly family: IpFamily;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit. */
  readonly hopLimit: number;
  readonly vrid: number;
  /** Where the IPv4 header ends; 0 over IPv6, whose header is not received. */
  readonly headerLength: number;
  readonly ah: AhHeader | undefined;
  /** Where the PDU begins. */
  readonly pduAt: number;
  /** As the IPv4 header says. */
  readonly totalLength: number | undefined;
}

export function drop(reason: DropReason, line: string): Refusal {
  return { ok: false, reason, line };
}
