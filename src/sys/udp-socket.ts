// UDP with the TTL or hop limit of what is received, which node:dgram does not tell.

import { randomInt } from "node:crypto";
import { KernelError } from "../base/errors.ts";
import { familyOf, formatIpAddress, ipAddress } from "../base/ip.ts";
import type { IpFamily } from "../base/ip.ts";
import type { UdpDatagram, UdpListener, UdpListenerOptions, UdpSender, UdpSenderOptions } from "../base/ports.ts";
import { IPPROTO_IPV6, IPV6_HOPLIMIT } from "./ipv6-messages.ts";
import type { PollLoop } from "./poll-loop.ts";
import { SocketMessage } from "./socket-message.ts";
import {
  AF_INET,
  AF_INET6,
  SOCK_DGRAM,
  SOL_SOCKET,
  SO_PRIORITY,
  SO_RCVBUF,
  bindSocket,
  intBytes,
  ipSocketAddress,
  openSocket,
  sendTo,
  setReceiveBuffer,
  setSocketOption,
} from "./sockets.ts";
import { adoptDescriptor, closeThreadDescriptor } from "./thread-descriptor.ts";

const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_RECVTTL = 12;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_TCLASS = 67;
/** DSCP CS6, internetwork control, and first in the local queueing discipline. */
const CLASS_CONTROL = 0xc0;
const TC_PRIO_CONTROL = 7;
/** Survives a stall of seconds beside dozens of fast sessions; a small datagram takes about 800 bytes of it. */
const RECEIVE_QUEUE_BYTES = 4 << 20;
const MAX_PENDING_ERRORS = 8;

const ANY = { 4: ipAddress("0.0.0.0"), 6: ipAddress("::") } as const;

let shared: SocketMessage | undefined;

/** Watched by the loop of its thread. @throws KernelError EADDRINUSE, EACCES, EAFNOSUPPORT … */
export function openUdpListener(loop: PollLoop, { family, port, wake }: UdpListenerOptions): UdpListener {
  const operation = `UDP port ${port} of IPv${family}`;
  const fd = open(operation, family, (set) => {
    if (family === 6) set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (family === 6) set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    else set(IPPROTO_IP, IP_RECVTTL, 1);
  });
  try {
    setReceiveBuffer(operation, fd, RECEIVE_QUEUE_BYTES);
    bindSocket(operation, fd, ipSocketAddress(ANY[family], port));
  } catch (error) {
    closeThreadDescriptor(fd);
    throw error;
  }
  const unwatch = loop.watch(fd, wake);
  let isOpen = true;
  return {
    receive: () => {
      if (!isOpen) throw new KernelError(operation, "EBADF", "the socket was closed");
      return receiveOne(operation, fd, family);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      unwatch();
      closeThreadDescriptor(fd);
    },
  };
}

function receiveOne(operation: string, fd: number, family: IpFamily): UdpDatagram | undefined {
  const message = (shared ??= new SocketMessage());
  for (let errors = 0; ; errors++) {
    try {
      const length = message.receive(operation, fd);
      if (length === undefined) return undefined;
      const hopLimit = family === 4 ? message.receivedInt(IPPROTO_IP, IP_TTL) : message.receivedInt(IPPROTO_IPV6, IPV6_HOPLIMIT);
      if (hopLimit === undefined) throw new Error(`${operation}: the kernel told no hop limit`);
      const { bytes, view } = message.name;
      const source = formatIpAddress(family === 4 ? bytes.subarray(4, 8) : bytes.subarray(8, 24));
      return { payload: message.payload(length), source, sourcePort: view.getUint16(2), hopLimit };
    } catch (error) {
      // ENETDOWN and the like: reading it clears it.
      if (!(error instanceof KernelError) || errors >= MAX_PENDING_ERRORS) throw error;
    }
  }
}

/** @throws KernelError EADDRNOTAVAIL when the source is not ours, EADDRINUSE when the whole range is taken … */
export function openUdpSender({ destination, destinationPort, source, portRange, hopLimit }: UdpSenderOptions): UdpSender {
  const family = familyOf(destination);
  const from = source ?? ANY[family];
  const operation = `UDP to ${destination} port ${destinationPort}`;
  const fd = open(operation, family, (set) => {
    if (family === 6) {
      set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hopLimit);
      set(IPPROTO_IPV6, IPV6_TCLASS, CLASS_CONTROL);
    } else {
      set(IPPROTO_IP, IP_TTL, hopLimit);
      set(IPPROTO_IP, IP_TOS, CLASS_CONTROL);
    }
    set(SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL);
    set(SOL_SOCKET, SO_RCVBUF, 0); // nobody reads here: the kernel's least
  });
  let port: number;
  try {
    port = bindInRange(`${operation} from ${from}`, fd, (candidate) => ipSocketAddress(from, candidate), portRange);
  } catch (error) {
    closeThreadDescriptor(fd);
    throw error;
  }
  const to = ipSocketAddress(destination, destinationPort);
  let isOpen = true;
  return {
    port,
    send: (payload) => {
      if (!isOpen) throw new KernelError(operation, "EBADF", "the socket was closed");
      sendTo(operation, fd, payload, to);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      closeThreadDescriptor(fd);
    },
  };
}

/** @returns the port */
function bindInRange(operation: string, fd: number, address: (port: number) => Uint8Array, [first, last]: UdpSenderOptions["portRange"]): number {
  const count = last - first + 1;
  const start = randomInt(count);
  for (let i = 0; i < count; i++) {
    const port = first + ((start + i) % count);
    try {
      bindSocket(operation, fd, address(port));
      return port;
    } catch (error) {
      if (!(error instanceof KernelError && error.code === "EADDRINUSE")) throw error;
    }
  }
  throw new KernelError(operation, "EADDRINUSE", `every port from ${first} to ${last}`);
}

function open(operation: string, family: IpFamily, options: (set: (level: number, option: number, value: number) => void) => void): number {
  const fd = adoptDescriptor(operation, openSocket(operation, family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0));
  try {
    options((level, option, value) => setSocketOption(operation, fd, level, option, intBytes(value)));
    return fd;
  } catch (error) {
    closeThreadDescriptor(fd);
    throw error;
  }
}
