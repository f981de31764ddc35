import type { IpFamily } from "../base/ip.ts";

/** The count in an advert is one octet. */
const MOST_ADDRESSES = 255;
/** keepalived counts it, although an MTU does not. */
const ETHERNET_HEADER = 14;
const IP_HEADER: Readonly<Record<IpFamily, number>> = { 4: 20, 6: 40 };
const ADDRESS: Readonly<Record<IpFamily, number>> = { 4: 4, 6: 16 };
const PDU_HEADER = 8;
const AUTH_DATA = 8;
const AH_HEADER = 24;
const HMAC_TRAILER = 28;

/** What every host has to be able to take: RFC 791 section 3.1, RFC 8200 section 5. A link with less carries adverts in fragments. */
const SMALLEST_MTU: Readonly<Record<IpFamily, number>> = { 4: 576, 6: 1280 };

export interface AdvertForm {
  readonly family: IpFamily;
  readonly version: 2 | 3;
  /** With an authentication header. */
  readonly ah: boolean;
  /** With a trailer of `auth_hmac`. */
  readonly signed: boolean;
}

/**
 * How many addresses an advert of this form carries without fragmentation.
 *
 * @param mtuOf asked only when it matters; undefined: not known
 */
export function advertSpace(form: AdvertForm, wanted: number, mtuOf: () => number | undefined): number {
  if (wanted <= spaceIn(form, SMALLEST_MTU[form.family])) return MOST_ADDRESSES;
  const mtu = mtuOf();
  return mtu === undefined ? MOST_ADDRESSES : spaceIn(form, Math.max(mtu, SMALLEST_MTU[form.family]));
}

function spaceIn({ family, version, ah, signed }: AdvertForm, mtu: number): number {
  const around = ETHERNET_HEADER + IP_HEADER[family] + PDU_HEADER + (version === 2 ? AUTH_DATA : 0) + (ah ? AH_HEADER : 0) + (signed ? HMAC_TRAILER : 0);
  return Math.min(MOST_ADDRESSES, Math.floor((mtu - around) / ADDRESS[family]));
}
