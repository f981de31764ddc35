// sendmsg and recvmsg with the ancillary data of IPv6, for what its datagrams do not carry themselves: destination and hop
// limit of what was received, source and hop limit of what is sent. netinet/in.h, RFC 3542.

import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { KernelError } from "../base/errors.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { SocketMessage } from "./socket-message.ts";
import { intBytes, ipSocketAddress } from "./sockets.ts";

export const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
export const IPV6_HOPLIMIT = 52;
const PKTINFO_LEN = 20;

let shared: SocketMessage | undefined;

export interface Ipv6Message {
  /** The payload, a copy; what is longer than any advert is cut. */
  readonly packet: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
}

/**
 * The next queued datagram of a socket with IPV6_RECVPKTINFO and IPV6_RECVHOPLIMIT; never blocks.
 *
 * @returns undefined when the queue is empty
 * @throws KernelError EHOSTUNREACH and the like; EBADMSG when the kernel told no destination or no hop limit
 */
export function receiveIpv6(operation: string, fd: number): Ipv6Message | undefined {
  const message = (shared ??= new SocketMessage());
  const length = message.receive(operation, fd);
  if (length === undefined) return undefined;
  const destination = message.received(IPPROTO_IPV6, IPV6_PKTINFO);
  const hopLimit = message.receivedInt(IPPROTO_IPV6, IPV6_HOPLIMIT);
  if (destination === undefined || hopLimit === undefined) throw new KernelError(operation, "EBADMSG", "without destination or hop limit");
  const source = formatIpAddress(message.name.bytes.subarray(8, 24));
  return { packet: message.payload(length), source, destination: formatIpAddress(destination.subarray(0, 16)), hopLimit };
}

export interface Ipv6Outgoing {
  readonly destination: IpAddress;
  /** undefined: the kernel chooses. */
  readonly source: IpAddress | undefined;
  /** undefined: the socket's. */
  readonly hopLimit: number | undefined;
  /** 0: routing finds it. */
  readonly interfaceIndex: number;
}

/**
 * Sends without blocking, whole or not at all.
 *
 * @throws KernelError EINVAL when `source` is not ours, ENETUNREACH, ENETDOWN, EAGAIN …
 * @throws RangeError when the payload is longer than any advert
 */
export function sendIpv6(operation: string, fd: number, payload: Uint8Array, { destination, source, hopLimit, interfaceIndex }: Ipv6Outgoing): void {
  const message = (shared ??= new SocketMessage());
  message.begin(operation, payload, ipSocketAddress(destination, 0, interfaceIndex));
  if (source !== undefined) message.add(IPPROTO_IPV6, IPV6_PKTINFO, pktInfo(source, interfaceIndex));
  if (hopLimit !== undefined) message.add(IPPROTO_IPV6, IPV6_HOPLIMIT, intBytes(hopLimit));
  message.send(operation, fd);
}

/** struct in6_pktinfo. */
function pktInfo(source: IpAddress, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(PKTINFO_LEN);
  bytes.set(addressBytes(source));
  viewOf(bytes).setUint32(16, interfaceIndex, HOST_LE);
  return bytes;
}
