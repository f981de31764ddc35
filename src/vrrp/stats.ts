import type { HmacFault } from "./hmac-trailer.ts";
import type { DropReason, Remark } from "./verdict.ts";

/** keepalived's statistics of an instance, in the order of its statistics file. Counted since start or clearing. */
export interface VrrpStats {
  advertRcvd: number;
  advertSent: number;
  becomeMaster: number;
  releaseMaster: number;
  packetLenErr: number;
  ipTtlErr: number;
  invalidTypeRcvd: number;
  advertIntervalErr: number;
  addrListErr: number;
  invalidAuthtype: number;
  authtypeMismatch: number;
  authFailure: number;
  authExtMissing: number;
  authExtMalformed: number;
  authExtUnknownKey: number;
  authExtInvalidHmac: number;
  authExtStale: number;
  authExtReplay: number;
  priZeroRcvd: number;
  priZeroSent: number;
  /** Regent's own, and not in the statistics file: adverts of others heard while MASTER, which we stayed. */
  rivalRcvd: number;
}

export function newStats(): VrrpStats {
  return {
    advertRcvd: 0,
    advertSent: 0,
    becomeMaster: 0,
    releaseMaster: 0,
    packetLenErr: 0,
    ipTtlErr: 0,
    invalidTypeRcvd: 0,
    advertIntervalErr: 0,
    addrListErr: 0,
    invalidAuthtype: 0,
    authtypeMismatch: 0,
    authFailure: 0,
    authExtMissing: 0,
    authExtMalformed: 0,
    authExtUnknownKey: 0,
    authExtInvalidHmac: 0,
    authExtStale: 0,
    authExtReplay: 0,
    priZeroRcvd: 0,
    priZeroSent: 0,
    rivalRcvd: 0,
  };
}

/** What is wrong with a trailer, whether that is refused or, by `mode`, only remarked on. */
const EXTENSION_COUNTER: Readonly<Record<HmacFault, keyof VrrpStats>> = {
  hmacMissing: "authExtMissing",
  hmacMalformed: "authExtMalformed",
  hmacUnknownKey: "authExtUnknownKey",
  hmacInvalid: "authExtInvalidHmac",
  hmacStale: "authExtStale",
  hmacReplayed: "authExtReplay",
};

/** Which of keepalived's counters a refusal belongs to; those that have none are counted by their own name only. */
const COUNTER: Partial<Record<DropReason, keyof VrrpStats>> = {
  truncated: "packetLenErr",
  tooShort: "packetLenErr",
  tooLong: "packetLenErr",
  totalLength: "packetLenErr",
  ttl: "ipTtlErr",
  ttlRange: "ipTtlErr",
  type: "invalidTypeRcvd",
  advertInterval: "advertIntervalErr",
  authType: "invalidAuthtype",
  authMismatch: "authtypeMismatch",
  ahMissing: "authtypeMismatch",
  ahUnexpected: "authtypeMismatch",
  password: "authFailure",
  ahHeader: "authFailure",
  ahIcv: "authFailure",
  ahSpi: "authFailure",
  ahSequence: "authFailure",
  ...EXTENSION_COUNTER,
  zeroAddresses: "addrListErr",
};

export function countDrop(stats: VrrpStats, reason: DropReason): void {
  const counter = COUNTER[reason];
  if (counter !== undefined) stats[counter]++;
}

const REMARK_COUNTER: Partial<Record<Remark["kind"], keyof VrrpStats>> = {
  addressCount: "addrListErr",
  addressList: "addrListErr",
  ...EXTENSION_COUNTER,
};

export function countRemark(stats: VrrpStats, kind: Remark["kind"]): void {
  const counter = REMARK_COUNTER[kind];
  if (counter !== undefined) stats[counter]++;
}
