import { RawNetlinkSocket } from "netlink";
import type { LinkMonitor } from "../base/ports.ts";
import type { KernelEvent } from "../base/network.ts";
import { KernelError } from "../base/errors.ts";
import { decodeKernelEvent } from "../net/kernel-events.ts";
import { NETLINK_ADD_MEMBERSHIP, NETLINK_NO_ENOBUFS, NETLINK_ROUTE, SOL_NETLINK } from "../net/linux-netlink.ts";
import {
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_IPV6_RULE,
  RTNLGRP_LINK,
} from "../net/linux-rtnetlink.ts";
import { decodeMessages } from "../net/netlink.ts";
import { closeDescriptor } from "./libc.ts";
import { attachEventFilter } from "./event-filter.ts";
import { netlinkDescriptor } from "./netlink-descriptor.ts";
import { AF_NETLINK, SOCK_RAW, bindSocket, intBytes, netlinkAddress, netlinkPort, openSocket, receiveFrom, setReceiveBuffer, setSocketOption } from "./sockets.ts";

const GROUPS = [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE];
const DATAGRAM_BYTES = 64 << 10;
/** An address event takes about 1 KiB of it: room for several thousand between two turns of the loop. */
const RECEIVE_QUEUE_BYTES = 8 << 20;

/**
 * Two sockets with the same subscriptions. The events are read from our own, synchronously and until it is empty, and
 * its overrun is seen. The `netlink` package's is there to be woken by the loop; what it reads is thrown away.
 */
export class KernelLinkMonitor implements LinkMonitor {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(DATAGRAM_BYTES);
  readonly #sender = netlinkAddress(0);
  readonly #queue: KernelEvent[] = [];
  readonly #waker: RawNetlinkSocket;
  #open = true;

  private constructor(fd: number, waker: RawNetlinkSocket) {
    this.#fd = fd;
    this.#waker = waker;
  }

  /**
   * @param wake called in a turn of the loop in which events arrived, at least once after the last of them
   * @param ownPort of the netlink socket whose own doings are not to be reported, see `attachEventFilter`; undefined: all are
   * @throws KernelError EMFILE …
   */
  static open(wake: () => void, ownPort?: number): KernelLinkMonitor {
    const fd = openEventSocket(ownPort);
    try {
      return new KernelLinkMonitor(fd, openWaker(wake, ownPort));
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  }

  receive(): KernelEvent | undefined {
    if (!this.#open) throw new KernelError("link monitor", "EBADF", "it was closed");
    while (this.#queue.length === 0) {
      const length = this.#read();
      if (length === undefined) return undefined;
      if (length === "lost") return { type: "lost" };
      if (netlinkPort(this.#sender) !== 0) continue; // another process wrote to our socket
      const messages = length > this.#buffer.length ? undefined : decodeMessages(this.#buffer.subarray(0, length));
      if (messages === undefined) return { type: "lost" };
      this.#queue.push(...messages.flatMap((message) => decodeKernelEvent(message) ?? []));
    }
    return this.#queue.shift();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waker.close();
    closeDescriptor(this.#fd);
  }

  #read(): number | "lost" | undefined {
    try {
      return receiveFrom("link monitor", this.#fd, this.#buffer, this.#sender);
    } catch (error) {
      if (error instanceof KernelError && error.code === "ENOBUFS") return "lost";
      throw error;
    }
  }
}

function openEventSocket(ownPort: number | undefined): number {
  const operation = "link monitor";
  const fd = openSocket(operation, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  try {
    setReceiveBuffer(operation, fd, RECEIVE_QUEUE_BYTES);
    attachEventFilter(operation, fd, ownPort);
    bindSocket(operation, fd, netlinkAddress(0));
    for (const group of GROUPS) setSocketOption(operation, fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, intBytes(group));
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

function openWaker(wake: () => void, ownPort: number | undefined): RawNetlinkSocket {
  const waker = new RawNetlinkSocket(NETLINK_ROUTE);
  try {
    // Before it can receive anything: an overrun (ENOBUFS) would end the process with an uncaught C++ exception.
    const fd = netlinkDescriptor(NETLINK_ROUTE, waker.address().port);
    setSocketOption("netlink waker", fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, intBytes(1));
    attachEventFilter("netlink waker", fd, ownPort);
    const woken = oncePerTurn(wake);
    waker.on("message", woken);
    waker.on("truncatedMessage", woken);
    for (const group of GROUPS) waker.addMembership(group);
    return waker;
  } catch (error) {
    waker.close();
    throw error;
  }
}

/** At the first call, and once more at the end of the turn when there were others: what came after the first is not missed. */
export function oncePerTurn(wake: () => void): () => void {
  let calls = 0;
  return () => {
    calls++;
    if (calls > 1) return;
    setImmediate(() => {
      const again = calls > 1;
      calls = 0;
      if (again) wake();
    });
    wake();
  };
}
