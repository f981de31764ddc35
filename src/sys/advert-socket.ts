// Adverts over raw-socket. What is unusual here follows from how that package is built:
// - it emits `message` from one shared buffer and reads one datagram per poll; we take over its "recvReady" and pull,
// - its synchronous recv says "empty" by throwing, 15 times as dear as recvfrom by koffi: we read its descriptor ourselves,
// - its poll error handler closes the descriptor, and a later recv opens a new one without bind and filter; we replace it,
// - it never sets close-on-exec and does not tell its descriptor; we find that,
// - a socket that nothing references is collected and goes silent; `open` sockets are kept in a set.

import raw from "raw-socket";
import type { AdvertSocketOptions, Datagram, DatagramSocket } from "../base/ports.ts";
import { addressBytes, familyOf, formatIpAddress, isMulticast } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import { KernelError } from "../base/errors.ts";
import { arrivalAgeUs } from "./arrival.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { errnoNameOfText } from "./libc.ts";
import { closeRawSocketOnExec } from "./raw-descriptor.ts";
import { SOL_SOCKET, SO_BINDTODEVICE, SO_PRIORITY, SO_RCVBUFFORCE, SO_RCVBUF, bindSocket, intBytes, receiveFrom } from "./sockets.ts";
import { attachHopLimitFilter } from "./hop-limit-filter.ts";

type Wrap = ReturnType<typeof raw.createSocket>["wrap"];

/** The largest VRRP packet, 255 IPv6 addresses, is below 4,200 bytes. */
const PACKET_BYTES = 9_216;
const SOCKADDR_IN6_LEN = 28;
/** Survives a stall of tens of seconds beside hundreds of instances; an advert takes about 800 bytes of it. */
const RECEIVE_QUEUE_BYTES = 4 << 20;
/** TC_PRIO_CONTROL: ahead of other traffic in the local queueing discipline. */
const TC_PRIO_CONTROL = 7;

const IPPROTO_IP = 0;
const IP_HDRINCL = 3;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;

const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_MULTICAST_ALL = 29;
const IPV6_TCLASS = 67;
/** DSCP CS6, internetwork control. */
const CLASS_CONTROL = 0xc0;
const HOPS = 255;

/** How often a pending error may be read from a socket before it counts as broken. */
const MAX_PENDING_ERRORS = 8;

const open = new Set<RawAdvertSocket>();

/** On the main thread only: raw-socket polls on the default loop. */
export class RawAdvertSocket implements DatagramSocket {
  readonly #wrap: Wrap;
  /** raw-socket's own; valid until it closes it. */
  readonly #descriptor: number;
  readonly #family: IpFamily;
  readonly #operation: string;
  readonly #buffer = new Uint8Array(PACKET_BYTES);
  readonly #sender = new Uint8Array(SOCKADDR_IN6_LEN);
  #open = true;

  private constructor(wrap: Wrap, descriptor: number, family: IpFamily, operation: string) {
    this.#wrap = wrap;
    this.#descriptor = descriptor;
    this.#family = family;
    this.#operation = operation;
  }

  /**
   * Opens, binds and joins. Adverts that were queued before the socket was bound to its interface are discarded.
   * @throws KernelError ENODEV when the interface is gone, EPERM without CAP_NET_RAW …
   */
  static open(options: AdvertSocketOptions): RawAdvertSocket {
    const operation = `advert socket ${options.protocol} dev ${options.interfaceName}`;
    const addressFamily = options.family === 4 ? raw.AddressFamily.IPv4 : raw.AddressFamily.IPv6;
    let socketWrap: Wrap | undefined;
    try {
      const descriptor = closeRawSocketOnExec(options.protocol, () => {
        socketWrap = raw.createSocket({ protocol: options.protocol, addressFamily, bufferSize: 1 }).wrap;
      });
      if (socketWrap === undefined) throw new Error("raw-socket made no socket");
      const socket = new RawAdvertSocket(socketWrap, descriptor, options.family, operation);
      configure(socketWrap, options);
      if (options.family === 6 && options.source !== undefined) {
        bindSocket(`${operation} source ${options.source}`, descriptor, ipv6SocketAddress(options.source, options.interfaceIndex));
      }
      arrivalAgeUs(descriptor); // from now on the kernel notes when adverts arrive
      while (socket.receive() !== undefined);
      socket.#listen(options.wake);
      open.add(socket);
      return socket;
    } catch (error) {
      socketWrap?.removeAllListeners("error");
      socketWrap?.close();
      throw kernelError(operation, error);
    }
  }

  receive(): Datagram | undefined {
    this.#mustBeOpen(this.#operation);
    for (let errors = 0; ; errors++) {
      try {
        const length = receiveFrom(this.#operation, this.#descriptor, this.#buffer, this.#sender);
        if (length === undefined) return undefined;
        // What is longer than any advert is cut, and refused by whoever decodes it.
        const packet = this.#buffer.slice(0, Math.min(length, PACKET_BYTES));
        const ageUs = arrivalAgeUs(this.#descriptor);
        return { packet, source: this.#source(), ...(ageUs !== undefined && { ageUs }) };
      } catch (error) {
        // EHOSTUNREACH and the like, about something that we sent earlier: reading it clears it.
        if (errors >= MAX_PENDING_ERRORS) throw error;
      }
    }
  }

  send(packet: Uint8Array, destination: IpAddress): void {
    this.#mustBeOpen(this.#operation);
    try {
      this.#wrap.send(bufferOf(packet), 0, packet.length, destination, sent);
    } catch (error) {
      throw kernelError(`${this.#operation} send to ${destination}`, error);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    open.delete(this);
    this.#wrap.removeAllListeners("recvReady");
    this.#wrap.close();
  }

  #source(): IpAddress {
    return formatIpAddress(this.#family === 4 ? this.#sender.subarray(4, 8) : this.#sender.subarray(8, 24));
  }

  #listen(wake: () => void): void {
    this.#wrap.removeAllListeners("recvReady");
    this.#wrap.removeAllListeners("error");
    this.#wrap.on("recvReady", wake);
    this.#wrap.on("error", () => {
      // libuv stopped polling because of a pending socket error. Reading clears it, so poll again.
      if (!this.#open) return;
      this.#wrap.pause(false, true);
      wake();
    });
  }

  /** recv and send after close would open a new socket, unbound and unfiltered. */
  #mustBeOpen(operation: string): void {
    if (!this.#open) throw new KernelError(operation, "EBADF", "the socket was closed");
  }
}

function configure(wrap: Wrap, options: AdvertSocketOptions): void {
  const set = (level: number, option: number, value: Uint8Array) => wrap.setOption(level, option, bufferOf(value), value.length);
  set(SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${options.interfaceName}\0`));
  try {
    set(SOL_SOCKET, SO_RCVBUFFORCE, intBytes(RECEIVE_QUEUE_BYTES));
  } catch (error) {
    if (kernelError("SO_RCVBUFFORCE", error).code !== "EPERM") throw error;
    set(SOL_SOCKET, SO_RCVBUF, intBytes(RECEIVE_QUEUE_BYTES)); // without CAP_NET_ADMIN: up to rmem_max
  }
  set(SOL_SOCKET, SO_PRIORITY, intBytes(TC_PRIO_CONTROL));
  const joins = isMulticast(options.group);
  if (options.family === 4) {
    const index = interfaceRequest(options);
    set(IPPROTO_IP, IP_HDRINCL, intBytes(1));
    set(IPPROTO_IP, IP_MULTICAST_ALL, intBytes(0));
    set(IPPROTO_IP, IP_MULTICAST_LOOP, intBytes(0));
    set(IPPROTO_IP, IP_MULTICAST_IF, index);
    if (joins) set(IPPROTO_IP, IP_ADD_MEMBERSHIP, index);
    return;
  }
  attachHopLimitFilter(wrap);
  set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, intBytes(0));
  set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, intBytes(0));
  set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, intBytes(HOPS));
  set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, intBytes(HOPS));
  set(IPPROTO_IPV6, IPV6_TCLASS, intBytes(CLASS_CONTROL));
  set(IPPROTO_IPV6, IPV6_MULTICAST_IF, intBytes(options.interfaceIndex));
  if (joins) set(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, ipv6Membership(options));
}

/** struct ip_mreqn: group, no local address, interface index. */
function interfaceRequest(options: AdvertSocketOptions): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(addressBytes(options.group), 0);
  viewOf(bytes).setInt32(8, options.interfaceIndex, HOST_LE);
  return bytes;
}

/** struct ipv6_mreq: group, interface index. */
function ipv6Membership(options: AdvertSocketOptions): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(addressBytes(options.group), 0);
  viewOf(bytes).setInt32(16, options.interfaceIndex, HOST_LE);
  return bytes;
}

/** struct sockaddr_in6 without port. */
function ipv6SocketAddress(address: IpAddress, interfaceIndex: number): Uint8Array {
  if (familyOf(address) !== 6) throw new RangeError(`not an IPv6 address: ${address}`);
  const bytes = new Uint8Array(SOCKADDR_IN6_LEN);
  const view = viewOf(bytes);
  view.setUint16(0, 10, HOST_LE);
  bytes.set(addressBytes(address), 8);
  view.setUint32(24, interfaceIndex, HOST_LE);
  return bytes;
}

function kernelError(operation: string, error: unknown): KernelError {
  if (error instanceof KernelError) return error;
  if (!(error instanceof Error)) throw error;
  const code = errnoNameOfText(error.message);
  if (code === error.message) throw error; // not strerror's text: a mistake of ours
  return new KernelError(operation, code);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The packet has left when `send` returns; there is nothing to be told later. */
function sent(): void {}
