// struct nlattr of linux/netlink.h. Everything in netlink is in the byte order of the host unless a comment says otherwise.
//
//  0        2        4                     length
// +--------+--------+--------- - - --------+- - -+
// | length |  type  |        value         | pad |  to 4 bytes; the pad is not counted in length
// +--------+--------+--------- - - --------+- - -+

import { NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from "./linux-netlink.ts";

/** Whether this host is little-endian: the second argument of every DataView access in src/net's netlink files. */
export const HOST_LE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export interface Attribute {
  /** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
  readonly type: number;
  /** A view into the message, not a copy. */
  readonly value: Uint8Array;
}

/** Attributes by type; of a repeated one the last counts, as in the kernel's nla_parse. */
export type AttributeMap = ReadonlyMap<number, Uint8Array>;

/** Rounds up to NLA_ALIGNTO and NLMSG_ALIGNTO, which are both 4. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}

/**
 * The attributes in `bytes`, in order; values are views.
 * @returns undefined when a length does not fit: the kernel never sends that, a truncated read does.
 */
export function decodeAttributes(bytes: Uint8Array): Attribute[] | undefined {
  const view = viewOf(bytes);
  const found: Attribute[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + NLA_HDRLEN > bytes.length) return undefined;
    const length = view.getUint16(at, HOST_LE);
    if (length < NLA_HDRLEN || at + length > bytes.length) return undefined;
    found.push({ type: view.getUint16(at + 2, HOST_LE) & NLA_TYPE_MASK, value: bytes.subarray(at + NLA_HDRLEN, at + length) });
    at += align4(length);
  }
  return found;
}

/** As `decodeAttributes`, for look-up by type. */
export function attributeMap(bytes: Uint8Array): AttributeMap | undefined {
  const attributes = decodeAttributes(bytes);
  return attributes && new Map(attributes.map(({ type, value }) => [type, value]));
}

/** One attribute with its header and padding. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(align4(NLA_HDRLEN + value.length));
  const view = viewOf(bytes);
  view.setUint16(0, NLA_HDRLEN + value.length, HOST_LE);
  view.setUint16(2, type, HOST_LE);
  bytes.set(value, NLA_HDRLEN);
  return bytes;
}

export function nestedAttribute(type: number, attributes: readonly Uint8Array[]): Uint8Array {
  return attribute(type | NLA_F_NESTED, concatBytes(attributes));
}

export function u8Attribute(type: number, value: number): Uint8Array {
  return attribute(type, Uint8Array.of(value));
}

export function u16Attribute(type: number, value: number): Uint8Array {
  return attribute(type, new Uint8Array(Uint16Array.of(value).buffer));
}

/** In network byte order, as port numbers are. */
export function be16Attribute(type: number, value: number): Uint8Array {
  return attribute(type, Uint8Array.of(value >> 8, value & 0xff));
}

export function u32Attribute(type: number, value: number): Uint8Array {
  return attribute(type, new Uint8Array(Uint32Array.of(value).buffer));
}

/** In network byte order, as all numbers of nftables are; a negative one as two's complement. */
export function be32Attribute(type: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, value, false);
  return attribute(type, bytes);
}

/** With the terminating zero that the kernel's NLA_NUL_STRING and NLA_STRING both accept. */
export function stringAttribute(type: number, value: string): Uint8Array {
  return attribute(type, new TextEncoder().encode(`${value}\0`));
}

/** @returns undefined when the attribute is absent or has another size. */
export function readU8(value: Uint8Array | undefined): number | undefined {
  return value?.length === 1 ? value[0] : undefined;
}

/** @returns undefined when the attribute is absent or has another size. */
export function readU16(value: Uint8Array | undefined): number | undefined {
  return value?.length === 2 ? viewOf(value).getUint16(0, HOST_LE) : undefined;
}

/** Network byte order. @returns undefined when the attribute is absent or has another size. */
export function readBe16(value: Uint8Array | undefined): number | undefined {
  return value?.length === 2 ? viewOf(value).getUint16(0, false) : undefined;
}

/** @returns undefined when the attribute is absent or has another size. */
export function readU32(value: Uint8Array | undefined): number | undefined {
  return value?.length === 4 ? viewOf(value).getUint32(0, HOST_LE) : undefined;
}

/** Network byte order. @returns undefined when the attribute is absent or has another size. */
export function readBe32(value: Uint8Array | undefined): number | undefined {
  return value?.length === 4 ? viewOf(value).getUint32(0, false) : undefined;
}

/** Up to the first zero. */
export function readString(value: Uint8Array): string {
  const end = value.indexOf(0);
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
