// The socket calls of the C library, for address families and options that node:net and node:dgram do not know.

import { KernelError } from "../base/errors.ts";
import { addressBytes, familyOf } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { checked, lastErrno, libcFunction } from "./libc.ts";

const cSocket = libcFunction<(domain: number, type: number, protocol: number) => number>("int socket(int domain, int type, int protocol)");
const cBind = libcFunction<(fd: number, address: Uint8Array, length: number) => number>("int bind(int fd, const void *addr, unsigned int len)");
const cSocketName = libcFunction<(fd: number, address: Uint8Array, length: Uint32Array) => number>(
  "int getsockname(int fd, void *addr, void *len)",
);
const cConnect = libcFunction<(fd: number, address: Uint8Array, length: number) => number>("int connect(int fd, const void *addr, unsigned int len)");
const cSetOption = libcFunction<(fd: number, level: number, option: number, value: Uint8Array, length: number) => number>(
  "int setsockopt(int fd, int level, int option, const void *value, unsigned int len)",
);
const cGetOption = libcFunction<(fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array) => number>(
  "int getsockopt(int fd, int level, int option, void *value, void *len)",
);
const cSend = libcFunction<(fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array | null, addressLength: number) => number>(
  "long sendto(int fd, const void *buf, size_t len, int flags, const void *addr, unsigned int addrlen)",
);
const cSendMany = libcFunction<(fd: number, messages: Uint8Array, count: number, flags: number) => number>(
  "int sendmmsg(int fd, void *msgvec, unsigned int vlen, int flags)",
);
const cReceive = libcFunction<
  (fd: number, buffer: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: Uint32Array) => number
>("long recvfrom(int fd, void *buf, size_t len, int flags, void *addr, void *addrlen)");

// sys/socket.h
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;
export const MSG_NOSIGNAL = 0x4000;

export const SOL_SOCKET = 1;
export const SO_TYPE = 3;
export const SO_RCVBUF = 8;
export const SO_PRIORITY = 12;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_RCVBUFFORCE = 33;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
export const SO_PROTOCOL = 38;

/** Close-on-exec. @throws KernelError EPERM, EAFNOSUPPORT … */
export function openSocket(operation: string, domain: number, type: number, protocol: number): number {
  return checked(operation, cSocket(domain, type | SOCK_CLOEXEC, protocol));
}

export function bindSocket(operation: string, fd: number, address: Uint8Array): void {
  checked(operation, cBind(fd, address, address.length));
}

/** Fills `address` with what the socket is bound to. */
export function socketName(operation: string, fd: number, address: Uint8Array): void {
  checked(operation, cSocketName(fd, address, Uint32Array.of(address.length)));
}

export function connectSocket(operation: string, fd: number, address: Uint8Array): void {
  checked(operation, cConnect(fd, address, address.length));
}

export function setSocketOption(operation: string, fd: number, level: number, option: number, value: Uint8Array): void {
  checked(operation, cSetOption(fd, level, option, value, value.length));
}

/** An option that is an int. */
export function intSocketOption(operation: string, fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  checked(operation, cGetOption(fd, level, option, new Uint8Array(value.buffer), Uint32Array.of(4)));
  return value[0] ?? 0;
}

/** Beyond rmem_max when we may (CAP_NET_ADMIN), else as far as the kernel lets us. */
export function setReceiveBuffer(operation: string, fd: number, bytes: number): void {
  try {
    setSocketOption(operation, fd, SOL_SOCKET, SO_RCVBUFFORCE, intBytes(bytes));
  } catch (error) {
    if (!(error instanceof KernelError && error.code === "EPERM")) throw error;
    setSocketOption(operation, fd, SOL_SOCKET, SO_RCVBUF, intBytes(bytes));
  }
}

/** Beyond wmem_max when we may (CAP_NET_ADMIN), else as far as the kernel lets us. */
export function setSendBuffer(operation: string, fd: number, bytes: number): void {
  try {
    setSocketOption(operation, fd, SOL_SOCKET, SO_SNDBUFFORCE, intBytes(bytes));
  } catch (error) {
    if (!(error instanceof KernelError && error.code === "EPERM")) throw error;
    setSocketOption(operation, fd, SOL_SOCKET, SO_SNDBUF, intBytes(bytes));
  }
}

/** Sends without blocking; whole or not at all. @throws KernelError EAGAIN, ENOBUFS, ENETDOWN … */
export function sendTo(operation: string, fd: number, bytes: Uint8Array, address: Uint8Array | null): void {
  const sent = checked(operation, cSend(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address?.length ?? 0));
  if (sent !== bytes.length) throw new KernelError(operation, "EMSGSIZE", `${sent} of ${bytes.length} bytes were sent`);
}

/**
 * sendmmsg without blocking.
 *
 * @param messages `count` times struct mmsghdr
 * @returns how many left; fewer than `count` when the next one was refused
 * @throws KernelError why the first one was refused
 */
export function sendMessages(operation: string, fd: number, messages: Uint8Array, count: number): number {
  for (;;) {
    const sent = cSendMany(fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    const code = lastErrno();
    if (code !== "EINTR") throw new KernelError(operation, code);
  }
}

/** socklen_t, in and out; calls are synchronous, so one serves all. */
const ADDRESS_LENGTH = new Uint32Array(1);

/**
 * The next queued datagram, into `buffer`; never blocks.
 *
 * @param address receives the sender's sockaddr
 * @returns its length, larger than `buffer` when it was cut; undefined when the queue is empty
 * @throws KernelError ENOBUFS when the kernel had to drop something, ENETDOWN …
 */
export function receiveFrom(operation: string, fd: number, buffer: Uint8Array, address: Uint8Array): number | undefined {
  for (;;) {
    ADDRESS_LENGTH[0] = address.length;
    const length = cReceive(fd, buffer, buffer.length, MSG_DONTWAIT | MSG_TRUNC, address, ADDRESS_LENGTH);
    if (length >= 0) return length;
    const code = lastErrno();
    if (code === "EAGAIN") return undefined;
    if (code !== "EINTR") throw new KernelError(operation, code);
  }
}

/** An int in the byte order of the host. */
export function intBytes(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** struct sockaddr_in (16 bytes) or sockaddr_in6 (28). @param scopeId interface index, which link-local addresses need */
export function ipSocketAddress(address: IpAddress, port: number, scopeId = 0): Uint8Array {
  const family = familyOf(address);
  const bytes = new Uint8Array(family === 4 ? 16 : 28);
  const view = viewOf(bytes);
  view.setUint16(0, family === 4 ? AF_INET : AF_INET6, HOST_LE);
  view.setUint16(2, port);
  bytes.set(addressBytes(address), family === 4 ? 4 : 8);
  if (family === 6) view.setUint32(24, scopeId, HOST_LE);
  return bytes;
}

/** struct sockaddr_nl, 12 bytes. Port 0 is the kernel as a destination, "choose one" when binding. */
export function netlinkAddress(port: number): Uint8Array {
  const bytes = new Uint8Array(12);
  viewOf(bytes).setUint16(0, AF_NETLINK, HOST_LE);
  viewOf(bytes).setUint32(4, port, HOST_LE);
  return bytes;
}

/** nl_pid of a struct sockaddr_nl. */
export function netlinkPort(address: Uint8Array): number {
  return viewOf(address).getUint32(4, HOST_LE);
}

/** struct sockaddr_ll, 20 bytes, for sending a frame that has its own link-layer header. */
export function linkLayerAddress(interfaceIndex: number, etherType: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = viewOf(bytes);
  view.setUint16(0, AF_PACKET, HOST_LE);
  view.setUint16(2, etherType, false);
  view.setInt32(4, interfaceIndex, HOST_LE);
  return bytes;
}

/** struct sockaddr_un with a path in the file system. @throws RangeError when it is longer than 107 bytes */
export function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (name.length > 107) throw new RangeError(`socket path is longer than 107 bytes: ${path}`);
  const bytes = new Uint8Array(2 + name.length + 1);
  viewOf(bytes).setUint16(0, AF_UNIX, HOST_LE);
  bytes.set(name, 2);
  return bytes;
}
