// sendmsg and recvmsg with the ancillary data of IPv6, for what its datagrams do not carry themselves: destination and hop
// limit of what was received, source and hop limit of what is sent. netinet/in.h, RFC 3542; 64-bit structures.

import koffi from "koffi";
import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { KernelError } from "../base/errors.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { checked, lastErrno, libcFunction } from "./libc.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC } from "./sockets.ts";

const cSendMessage = libcFunction<(fd: number, message: Uint8Array, flags: number) => number>("long sendmsg(int fd, const void *msg, int flags)");
const cReceiveMessage = libcFunction<(fd: number, message: Uint8Array, flags: number) => number>("long recvmsg(int fd, void *msg, int flags)");

export const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
const IPV6_HOPLIMIT = 52;
const AF_INET6 = 10;

/** The largest VRRP packet, 255 IPv6 addresses and a trailer, is below 4,200 bytes. */
const DATA_LEN = 9_216;
const SOCKADDR_IN6_LEN = 28;
const MSGHDR_LEN = 56;
const IOVEC_LEN = 16;
/** struct cmsghdr, and how its data and the next one are aligned. */
const CMSGHDR_LEN = 16;
const CMSG_ALIGN = 8;
const PKTINFO_LEN = 20;
const CONTROL_LEN = 256;

/** Memory that does not move, because others hold its address: an ArrayBuffer of its own is outside of V8's heap. */
class Area {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: bigint;

  constructor(length: number) {
    this.bytes = new Uint8Array(new ArrayBuffer(length));
    this.view = viewOf(this.bytes);
    this.address = koffi.address(this.bytes);
  }
}

/** One struct msghdr with everything that it points to. Calls are synchronous, so one serves all sockets. */
class Message {
  readonly name = new Area(SOCKADDR_IN6_LEN);
  readonly data = new Area(DATA_LEN);
  readonly control = new Area(CONTROL_LEN);
  readonly header = new Area(MSGHDR_LEN);
  readonly #vector = new Area(IOVEC_LEN);

  constructor() {
    this.#vector.view.setBigUint64(0, this.data.address, HOST_LE);
    this.header.view.setBigUint64(0, this.name.address, HOST_LE);
    this.header.view.setBigUint64(16, this.#vector.address, HOST_LE);
    this.header.view.setBigUint64(24, 1n, HOST_LE);
    this.header.view.setBigUint64(32, this.control.address, HOST_LE);
  }

  /** Lengths are in and out; the kernel overwrites them. */
  reset(dataLength: number, controlLength: number): void {
    this.header.view.setUint32(8, SOCKADDR_IN6_LEN, HOST_LE);
    this.#vector.view.setBigUint64(8, BigInt(dataLength), HOST_LE);
    this.header.view.setBigUint64(40, BigInt(controlLength), HOST_LE);
    this.header.view.setInt32(48, 0, HOST_LE);
  }

  get controlLength(): number {
    return Number(this.header.view.getBigUint64(40, HOST_LE));
  }
}

let shared: Message | undefined;

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
  const message = (shared ??= new Message());
  for (;;) {
    message.reset(DATA_LEN, CONTROL_LEN);
    const length = cReceiveMessage(fd, message.header.bytes, MSG_DONTWAIT | MSG_TRUNC);
    if (length >= 0) return received(operation, message, Math.min(length, DATA_LEN));
    const code = lastErrno();
    if (code === "EAGAIN") return undefined;
    if (code !== "EINTR") throw new KernelError(operation, code);
  }
}

function received(operation: string, message: Message, length: number): Ipv6Message {
  const { view, bytes } = message.control;
  let destination: IpAddress | undefined;
  let hopLimit: number | undefined;
  for (let at = 0; at + CMSGHDR_LEN <= message.controlLength; ) {
    const size = Number(view.getBigUint64(at, HOST_LE));
    if (size < CMSGHDR_LEN) break;
    const data = at + CMSGHDR_LEN;
    if (view.getInt32(at + 8, HOST_LE) === IPPROTO_IPV6) {
      const type = view.getInt32(at + 12, HOST_LE);
      if (type === IPV6_PKTINFO) destination = formatIpAddress(bytes.subarray(data, data + 16));
      else if (type === IPV6_HOPLIMIT) hopLimit = view.getInt32(data, HOST_LE);
    }
    at += alignControl(size);
  }
  if (destination === undefined || hopLimit === undefined) throw new KernelError(operation, "EBADMSG", "without destination or hop limit");
  const source = formatIpAddress(message.name.bytes.subarray(8, 24));
  return { packet: message.data.bytes.slice(0, length), source, destination, hopLimit };
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
  if (payload.length > DATA_LEN) throw new RangeError(`${operation}: ${payload.length} octets are too many`);
  const message = (shared ??= new Message());
  message.data.bytes.set(payload);
  message.name.bytes.fill(0);
  message.name.view.setUint16(0, AF_INET6, HOST_LE);
  message.name.bytes.set(addressBytes(destination), 8);
  message.name.view.setUint32(24, interfaceIndex, HOST_LE);
  let control = 0;
  if (source !== undefined) {
    const data = controlHeader(message, control, IPV6_PKTINFO, PKTINFO_LEN);
    message.control.bytes.set(addressBytes(source), data);
    message.control.view.setUint32(data + 16, interfaceIndex, HOST_LE);
    control = data + alignControl(PKTINFO_LEN);
  }
  if (hopLimit !== undefined) {
    const data = controlHeader(message, control, IPV6_HOPLIMIT, 4);
    message.control.view.setInt32(data, hopLimit, HOST_LE);
    control = data + alignControl(4);
  }
  message.reset(payload.length, control);
  checked(operation, cSendMessage(fd, message.header.bytes, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/** @returns where the data goes */
function controlHeader({ control: { view } }: Message, at: number, type: number, dataLength: number): number {
  view.setBigUint64(at, BigInt(CMSGHDR_LEN + dataLength), HOST_LE);
  view.setInt32(at + 8, IPPROTO_IPV6, HOST_LE);
  view.setInt32(at + 12, type, HOST_LE);
  return at + CMSGHDR_LEN;
}

function alignControl(length: number): number {
  return Math.ceil(length / CMSG_ALIGN) * CMSG_ALIGN;
}
