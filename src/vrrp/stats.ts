import type { DropReason } from "./verdict.ts";

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
  priZeroRcvd: number;
  priZeroSent: number;
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
    priZeroRcvd: 0,
    priZeroSent: 0,
  };
}

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
  hmacMissing: "authFailure",
  hmacMalformed: "authFailure",
  hmacUnknownKey: "authFailure",
  hmacInvalid: "authFailure",
  hmacStale: "authFailure",
  hmacReplayed: "authFailure",
  zeroAddresses: "addrListErr",
};

export function countDrop(stats: VrrpStats, reason: DropReason): void {
  const counter = COUNTER[reason];
  if (counter !== undefined) stats[counter]++;
}
