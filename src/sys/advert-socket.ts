// Adverts over raw-socket. What is unusual here follows from how that package is built:
// - it emits `message` from one shared buffer and reads one datagram per poll; we take over its "recvReady" and pull,
// - its synchronous recv says "empty" by throwing, 15 times as dear as recvfrom by koffi: we read its descriptor ourselves,
// - it knows no ancillary data, without which IPv6 tells neither destination nor hop limit: sendmsg and recvmsg by koffi,
// - its poll error handler closes the descriptor, and a later recv opens a new one without bind and filter; we replace it,
// - it never sets close-on-exec and does not tell its descriptor; we find that,
// - a socket that nothing references is collected and goes silent; `open` sockets are kept in a set.

import raw from "raw-socket";
import type { AdvertSocketOptions, Datagram, DatagramSocket, MulticastSocketOptions, UnicastSocketOptions } from "../base/ports.ts";
import { addressBytes, familyOf, formatIpAddress, ipAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { KernelError } from "../base/errors.ts";
import { arrivalAgeUs } from "./arrival.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { errnoNameOfText } from "./libc.ts";
import { closeRawSocketOnExec } from "./raw-descriptor.ts";
import { SOL_SOCKET, SO_BINDTODEVICE, SO_PRIORITY, SO_RCVBUFFORCE, SO_RCVBUF, bindSocket, intBytes, ipSocketAddress, receiveFrom } from "./sockets.ts";
import { IPPROTO_IPV6, receiveIpv6, sendIpv6 } from "./ipv6-messages.ts";

type Wrap = ReturnType<typeof raw.createSocket>["wrap"];

/** The largest VRRP packet over IPv4, 255 addresses, is below 1,100 bytes. */
const PACKET_BYTES = 9_216;
const TOO_LONG = new Uint8Array(0x1_0000);
const LOOPBACK = ipAddress("127.0.0.1");
const SOCKADDR_IN_LEN = 16;
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

const IPV6_CHECKSUM = 7;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_MULTICAST_ALL = 29;
const IPV6_RECVPKTINFO = 49;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_TCLASS = 67;
/** DSCP CS6, internetwork control. */
const CLASS_CONTROL = 0xc0;
const HOPS = 255;
/** Where the checksum of a VRRP packet is. */
const CHECKSUM_AT = 6;

/** How often a pending error may be read from a socket before it counts as broken. */
const MAX_PENDING_ERRORS = 8;

const open = new Set<RawAdvertSocket>();

/** On the main thread only: raw-socket polls on the default loop. */
export class RawAdvertSocket implements DatagramSocket {
  readonly #wrap: Wrap;
  /** raw-socket's own; valid until it closes it. */
  readonly #descriptor: number;
  readonly #options: AdvertSocketOptions;
  readonly #operation: string;
  readonly #buffer = new Uint8Array(PACKET_BYTES);
  readonly #sender = new Uint8Array(SOCKADDR_IN_LEN);
  #open = true;

  private constructor(wrap: Wrap, descriptor: number, options: AdvertSocketOptions, operation: string) {
    this.#wrap = wrap;
    this.#descriptor = descriptor;
    this.#options = options;
    this.#operation = operation;
  }

  /**
   * Opens, binds and joins. Adverts that were queued before the socket was bound to its interface are discarded.
   * @throws KernelError ENODEV when the interface is gone, EADDRNOTAVAIL when the unicast source is not ours, EPERM
   *   without CAP_NET_RAW …
   */
  static open(options: AdvertSocketOptions): RawAdvertSocket {
    const operation = `advert socket ${options.protocol} ${whereOf(options)}`;
    const addressFamily = options.family === 4 ? raw.AddressFamily.IPv4 : raw.AddressFamily.IPv6;
    let socketWrap: Wrap | undefined;
    try {
      const descriptor = closeRawSocketOnExec(options.protocol, () => {
        socketWrap = raw.createSocket({ protocol: options.protocol, addressFamily, bufferSize: 1 }).wrap;
      });
      if (socketWrap === undefined) throw new Error("raw-socket made no socket");
      const socket = new RawAdvertSocket(socketWrap, descriptor, options, operation);
      configure(socketWrap, options);
      if (options.group === undefined) bindSocket(operation, descriptor, socketAddress(options));
      arrivalAgeUs(descriptor); // from now on the kernel notes when adverts arrive
      while (socket.receive() !== undefined);
      if (options.family === 4) socket.#practise();
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
        const datagram = this.#options.family === 4 ? this.#receiveIpv4() : this.#receiveIpv6();
        if (datagram === undefined) return undefined;
        const ageUs = arrivalAgeUs(this.#descriptor);
        return ageUs === undefined ? datagram : { ...datagram, ageUs };
      } catch (error) {
        // EHOSTUNREACH and the like, about something that we sent earlier: reading it clears it.
        if (errors >= MAX_PENDING_ERRORS) throw error;
      }
    }
  }

  /** What is longer than any advert is cut, and refused by whoever decodes it. */
  #receiveIpv4(): Datagram | undefined {
    const length = receiveFrom(this.#operation, this.#descriptor, this.#buffer, this.#sender);
    if (length === undefined) return undefined;
    return { packet: this.#buffer.slice(0, Math.min(length, PACKET_BYTES)), source: formatIpAddress(this.#sender.subarray(4, 8)) };
  }

  #receiveIpv6(): Datagram | undefined {
    const message = receiveIpv6(this.#operation, this.#descriptor);
    if (message === undefined) return undefined;
    const { packet, source, destination, hopLimit } = message;
    return { packet, source, ipv6: { destination, hopLimit } };
  }

  send(packet: Uint8Array, destination: IpAddress, ipv6: { readonly source?: IpAddress; readonly hopLimit?: number } = {}): void {
    this.#mustBeOpen(this.#operation);
    if (this.#options.family === 6) {
      const { source, hopLimit } = ipv6;
      const outgoing = { destination, source, hopLimit, interfaceIndex: this.#options.interfaceIndex ?? 0 };
      return sendIpv6(`${this.#operation} send to ${destination}`, this.#descriptor, packet, outgoing);
    }
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

  /**
   * A BACKUP's first advert is the one that counts, and code is compiled when it first runs (0.2 ms here). So something is
   * sent that the kernel refuses before it looks where it should go, being longer than any IPv4 packet.
   */
  #practise(): void {
    try {
      this.send(TOO_LONG, LOOPBACK);
    } catch (error) {
      if (error instanceof KernelError && error.code === "EMSGSIZE") return;
      throw error;
    }
    throw new Error(`${this.#operation}: a packet of ${TOO_LONG.length} octets was sent`);
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
  if (options.interfaceName !== undefined) set(SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${options.interfaceName}\0`));
  try {
    set(SOL_SOCKET, SO_RCVBUFFORCE, intBytes(RECEIVE_QUEUE_BYTES));
  } catch (error) {
    if (kernelError("SO_RCVBUFFORCE", error).code !== "EPERM") throw error;
    set(SOL_SOCKET, SO_RCVBUF, intBytes(RECEIVE_QUEUE_BYTES)); // without CAP_NET_ADMIN: up to rmem_max
  }
  set(SOL_SOCKET, SO_PRIORITY, intBytes(TC_PRIO_CONTROL));
  if (options.family === 4) {
    set(IPPROTO_IP, IP_HDRINCL, intBytes(1));
    set(IPPROTO_IP, IP_MULTICAST_ALL, intBytes(0));
    if (options.group === undefined) return;
    const index = interfaceRequest(options);
    set(IPPROTO_IP, IP_MULTICAST_LOOP, intBytes(0));
    set(IPPROTO_IP, IP_MULTICAST_IF, index);
    set(IPPROTO_IP, IP_ADD_MEMBERSHIP, index);
    return;
  }
  set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, intBytes(0));
  set(IPPROTO_IPV6, IPV6_CHECKSUM, intBytes(CHECKSUM_AT));
  set(IPPROTO_IPV6, IPV6_RECVPKTINFO, intBytes(1));
  set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, intBytes(1));
  set(IPPROTO_IPV6, IPV6_TCLASS, intBytes(CLASS_CONTROL));
  if (options.group === undefined) return;
  set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, intBytes(0));
  set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, intBytes(HOPS));
  set(IPPROTO_IPV6, IPV6_MULTICAST_IF, intBytes(options.interfaceIndex));
  set(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, ipv6Membership(options));
}

function whereOf(options: AdvertSocketOptions): string {
  const device = options.interfaceName === undefined ? [] : [`dev ${options.interfaceName}`];
  const source = options.group === undefined ? [`source ${options.source}`] : [];
  return [...device, ...source].join(" ");
}

/** struct ip_mreqn: group, no local address, interface index. */
function interfaceRequest(options: MulticastSocketOptions): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(addressBytes(options.group), 0);
  viewOf(bytes).setInt32(8, options.interfaceIndex, HOST_LE);
  return bytes;
}

/** struct ipv6_mreq: group, interface index. */
function ipv6Membership(options: MulticastSocketOptions): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(addressBytes(options.group), 0);
  viewOf(bytes).setInt32(16, options.interfaceIndex, HOST_LE);
  return bytes;
}

function socketAddress({ family, source, interfaceIndex = 0 }: UnicastSocketOptions): Uint8Array {
  if (familyOf(source) !== family) throw new RangeError(`not an IPv${family} address: ${source}`);
  return ipSocketAddress(source, 0, interfaceIndex);
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
