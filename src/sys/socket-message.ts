// struct msghdr and everything that it points to, for sendmsg and recvmsg with ancillary data; 64-bit structures.

import koffi from "koffi";
import { KernelError } from "../base/errors.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { checked, lastErrno, libcFunction } from "./libc.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC } from "./sockets.ts";

const cSendMessage = libcFunction<(fd: number, message: Uint8Array, flags: number) => number>("long sendmsg(int fd, const void *msg, int flags)");
const cReceiveMessage = libcFunction<(fd: number, message: Uint8Array, flags: number) => number>("long recvmsg(int fd, void *msg, int flags)");

/** The largest VRRP packet, 255 IPv6 addresses and a trailer, is below 4,200 bytes. */
const DATA_LEN = 9_216;
/** The longest address that IP has; struct sockaddr_in is shorter. */
const SOCKADDR_IN6_LEN = 28;
const MSGHDR_LEN = 56;
const IOVEC_LEN = 16;
/** struct cmsghdr, and how its data and the next one are aligned. */
const CMSGHDR_LEN = 16;
const CMSG_ALIGN = 8;
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

/** One struct msghdr. Calls are synchronous, so one serves all sockets of a thread. */
export class SocketMessage {
  /** struct sockaddr_in or sockaddr_in6 of the other side. */
  readonly name = new Area(SOCKADDR_IN6_LEN);
  readonly data = new Area(DATA_LEN);
  readonly #control = new Area(CONTROL_LEN);
  readonly #header = new Area(MSGHDR_LEN);
  readonly #vector = new Area(IOVEC_LEN);
  /** Of the ancillary data written so far. */
  #written = 0;

  constructor() {
    this.#vector.view.setBigUint64(0, this.data.address, HOST_LE);
    this.#header.view.setBigUint64(0, this.name.address, HOST_LE);
    this.#header.view.setBigUint64(16, this.#vector.address, HOST_LE);
    this.#header.view.setBigUint64(24, 1n, HOST_LE);
    this.#header.view.setBigUint64(32, this.#control.address, HOST_LE);
  }

  /**
   * Fills `name`, `data` and the ancillary data with the next queued datagram; never blocks.
   *
   * @returns its length, at most DATA_LEN although it may have been longer; undefined when the queue is empty
   * @throws KernelError EHOSTUNREACH and the like
   */
  receive(operation: string, fd: number): number | undefined {
    for (;;) {
      this.#reset(DATA_LEN, CONTROL_LEN);
      const length = cReceiveMessage(fd, this.#header.bytes, MSG_DONTWAIT | MSG_TRUNC);
      if (length >= 0) return Math.min(length, DATA_LEN);
      const code = lastErrno();
      if (code === "EAGAIN") return undefined;
      if (code !== "EINTR") throw new KernelError(operation, code);
    }
  }

  /** A copy of what was received. */
  payload(length: number): Uint8Array {
    return this.data.bytes.slice(0, length);
  }

  /** The ancillary data that was received, a view. */
  received(level: number, type: number): Uint8Array | undefined {
    const { view, bytes } = this.#control;
    const end = Number(this.#header.view.getBigUint64(40, HOST_LE));
    for (let at = 0; at + CMSGHDR_LEN <= end; ) {
      const size = Number(view.getBigUint64(at, HOST_LE));
      if (size < CMSGHDR_LEN) break;
      if (view.getInt32(at + 8, HOST_LE) === level && view.getInt32(at + 12, HOST_LE) === type) return bytes.subarray(at + CMSGHDR_LEN, at + size);
      at += align(size);
    }
    return undefined;
  }

  /** An int of the ancillary data that was received. */
  receivedInt(level: number, type: number): number | undefined {
    const value = this.received(level, type);
    return value?.length === 4 ? viewOf(value).getInt32(0, HOST_LE) : undefined;
  }

  /** Begins a message: the payload and where it goes; `add` and `send` follow. @throws RangeError when it is too long */
  begin(operation: string, payload: Uint8Array, name: Uint8Array): void {
    if (payload.length > DATA_LEN) throw new RangeError(`${operation}: ${payload.length} octets are too many`);
    this.data.bytes.set(payload);
    this.name.bytes.set(name);
    this.#written = 0;
    this.#reset(payload.length, 0);
  }

  add(level: number, type: number, value: Uint8Array): void {
    const { view, bytes } = this.#control;
    const at = this.#written;
    view.setBigUint64(at, BigInt(CMSGHDR_LEN + value.length), HOST_LE);
    view.setInt32(at + 8, level, HOST_LE);
    view.setInt32(at + 12, type, HOST_LE);
    bytes.set(value, at + CMSGHDR_LEN);
    this.#written = at + CMSGHDR_LEN + align(value.length);
    this.#header.view.setBigUint64(40, BigInt(this.#written), HOST_LE);
  }

  /** Without blocking, whole or not at all. @throws KernelError */
  send(operation: string, fd: number): void {
    checked(operation, cSendMessage(fd, this.#header.bytes, MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  /** Lengths are in and out; the kernel overwrites them. */
  #reset(dataLength: number, controlLength: number): void {
    this.#header.view.setUint32(8, SOCKADDR_IN6_LEN, HOST_LE);
    this.#vector.view.setBigUint64(8, BigInt(dataLength), HOST_LE);
    this.#header.view.setBigUint64(40, BigInt(controlLength), HOST_LE);
    this.#header.view.setInt32(48, 0, HOST_LE);
  }
}

function align(length: number): number {
  return Math.ceil(length / CMSG_ALIGN) * CMSG_ALIGN;
}
