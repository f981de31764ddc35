// struct nlmsghdr of linux/netlink.h, in the byte order of the host.
//
//  0            4       6       8           12          16
// +------------+-------+-------+-----------+-----------+-------- - - --------+
// |   length   | type  | flags | sequence  |   port    |       payload       |
// +------------+-------+-------+-----------+-----------+-------- - - --------+
//
// A datagram holds several, each padded to 4 bytes.

import { HOST_LE, align4, attributeMap, readString, viewOf } from "./attributes.ts";
import { NLMSGERR_ATTR_MSG, NLMSG_HDRLEN, NLM_F_ACK_TLVS, NLM_F_CAPPED } from "./linux-netlink.ts";

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** nlmsg_pid: the port of the socket that asked. */
  readonly port: number;
  /** A view into the datagram, not a copy. */
  readonly payload: Uint8Array;
}

/** One message; sequence number and port are zero until `stampMessage`. */
export function encodeMessage(type: number, flags: number, payload: readonly Uint8Array[]): Uint8Array {
  const length = payload.reduce((sum, part) => sum + part.length, NLMSG_HDRLEN);
  const bytes = new Uint8Array(align4(length));
  const view = viewOf(bytes);
  view.setUint32(0, length, HOST_LE);
  view.setUint16(4, type, HOST_LE);
  view.setUint16(6, flags, HOST_LE);
  let at = NLMSG_HDRLEN;
  for (const part of payload) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A copy of a message from `encodeMessage` with another type. */
export function retypedMessage(message: Uint8Array, type: number): Uint8Array {
  const copy = message.slice();
  viewOf(copy).setUint16(4, type, HOST_LE);
  return copy;
}

/** Adds `flags` and writes the sequence number into a message from `encodeMessage` that begins at `at`, in place. */
export function stampMessage(view: DataView, at: number, sequence: number, flags: number): void {
  view.setUint16(at + 6, view.getUint16(at + 6, HOST_LE) | flags, HOST_LE);
  view.setUint32(at + 8, sequence, HOST_LE);
}

/**
 * The messages of one datagram; payloads are views.
 * @returns undefined when a length does not fit: the kernel never sends that, a truncated read does.
 */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] | undefined {
  const view = viewOf(datagram);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at < datagram.length; ) {
    if (at + NLMSG_HDRLEN > datagram.length) return undefined;
    const length = view.getUint32(at, HOST_LE);
    if (length < NLMSG_HDRLEN || at + length > datagram.length) return undefined;
    messages.push({
      type: view.getUint16(at + 4, HOST_LE),
      flags: view.getUint16(at + 6, HOST_LE),
      sequence: view.getUint32(at + 8, HOST_LE),
      port: view.getUint32(at + 12, HOST_LE),
      payload: datagram.subarray(at + NLMSG_HDRLEN, at + length),
    });
    at += align4(length);
  }
  return messages;
}

export interface Acknowledgement {
  /** Positive errno; 0 is success. */
  readonly errno: number;
  /** The kernel's own sentence (NETLINK_EXT_ACK); empty when it has none. */
  readonly detail: string;
}

/**
 * The payload of an NLMSG_ERROR: an errno, then the header of the request, its payload unless NLM_F_CAPPED, then
 * attributes if NLM_F_ACK_TLVS.
 *
 * @returns undefined when it is shorter than that
 */
export function decodeAcknowledgement(message: NetlinkMessage): Acknowledgement | undefined {
  const { payload, flags } = message;
  if (payload.length < 4 + NLMSG_HDRLEN) return undefined;
  const view = viewOf(payload);
  const errno = 0 - view.getInt32(0, HOST_LE);
  if (errno < 0) return undefined;
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno, detail: "" };
  const repeated = (flags & NLM_F_CAPPED) !== 0 || errno === 0 ? NLMSG_HDRLEN : align4(view.getUint32(4, HOST_LE));
  const attributes = payload.length < 4 + repeated ? undefined : attributeMap(payload.subarray(4 + repeated));
  if (attributes === undefined) return undefined;
  const text = attributes.get(NLMSGERR_ATTR_MSG);
  return { errno, detail: text === undefined ? "" : readString(text) };
}

/** NLMSG_DONE carries the errno with which a dump ended early; 0 when complete. */
export function decodeDone(message: NetlinkMessage): number {
  if (message.payload.length < 4) return 0;
  return 0 - Math.min(0, viewOf(message.payload).getInt32(0, HOST_LE));
}
