import { isIPv4, isIPv6 } from "node:net";

export type IpFamily = 4 | 6;

declare const ipAddressBrand: unique symbol;
/** An IPv4 or IPv6 address as canonical text (dotted quad, RFC 5952). Two are equal exactly when `===`. */
export type IpAddress = string & { readonly [ipAddressBrand]: true };

/** @returns undefined when `text` is not an address; no zone, no prefix length, no leading zeros in IPv4. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return text as IpAddress;
  if (isIPv6(text) && !text.includes("%")) return formatIpAddress(parseIpv6(text));
  return undefined;
}

/** For addresses that are constants of the program. @throws Error when `text` is not an address. */
export function ipAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new Error(`not an IP address: ${text}`);
  return address;
}

export function familyOf(address: IpAddress): IpFamily {
  return address.includes(":") ? 6 : 4;
}

/** 32 or 128, the prefix length of a single address. */
export function hostPrefixLength(family: IpFamily): number {
  return family === 4 ? 32 : 128;
}

/** Network byte order; 4 or 16 octets, a copy the caller owns. */
export function addressBytes(address: IpAddress): Uint8Array {
  if (familyOf(address) === 6) return parseIpv6(address);
  const bytes = new Uint8Array(4);
  for (let i = 0, octet = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) octet++;
    else bytes[octet] = (bytes[octet] ?? 0) * 10 + code - ZERO;
  }
  return bytes;
}

const DOT = 46;
const ZERO = 48;

/** @throws RangeError unless `bytes` has 4 or 16 octets. */
export function formatIpAddress(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return bytes.join(".") as IpAddress;
  if (bytes.length !== 16) throw new RangeError(`an IP address has 4 or 16 octets, not ${bytes.length}`);
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return compress(groups) as IpAddress;
}

/** Orders by the numeric value of the octets, as VRRP compares senders; IPv4 before IPv6. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const left = addressBytes(a);
  const right = addressBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isMulticast(address: IpAddress): boolean {
  if (familyOf(address) === 6) return /^ff[0-9a-f]{2}:/.test(address);
  const first = Number.parseInt(address, 10);
  return first >= 224 && first <= 239;
}

/** fe80::/10. */
export function isLinkLocal(address: IpAddress): boolean {
  return familyOf(address) === 6 && /^fe[89ab]/.test(address);
}

/** Text is already known to be valid IPv6. */
function parseIpv6(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [head = "", tail] = text.split("::");
  const before = ipv6Groups(head);
  const after = tail === undefined ? [] : ipv6Groups(tail);
  before.forEach((group, i) => writeGroup(bytes, i, group));
  after.forEach((group, i) => writeGroup(bytes, 8 - after.length + i, group));
  return bytes;
}

function ipv6Groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

function writeGroup(bytes: Uint8Array, index: number, group: number): void {
  bytes[2 * index] = group >> 8;
  bytes[2 * index + 1] = group & 0xff;
}

/** RFC 5952: the longest run of two or more zero groups, the first of equals, becomes "::". */
function compress(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  return `${hex.slice(0, bestStart).join(":")}::${hex.slice(bestStart + bestLength).join(":")}`;
}
