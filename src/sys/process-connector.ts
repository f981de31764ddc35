import { RawNetlinkSocket } from "netlink";
import { KernelError } from "../base/errors.ts";
import type { ProcessEvent, ProcessListener, WatchProcesses } from "../base/tracking.ts";
import { NETLINK_ADD_MEMBERSHIP, NETLINK_CONNECTOR, NETLINK_NO_ENOBUFS, SOL_NETLINK } from "../net/linux-netlink.ts";
import { decodeMessages } from "../net/netlink.ts";
import { CN_IDX_PROC, decodeProcessEvent, encodeProcessListen } from "../net/process-events.ts";
import { closeDescriptor } from "./libc.ts";
import { oncePerTurn } from "./link-monitor.ts";
import { netlinkDescriptor } from "./netlink-descriptor.ts";
import { AF_NETLINK, SOCK_DGRAM, bindSocket, intBytes, netlinkAddress, netlinkPort, openSocket, receiveFrom, sendTo, setReceiveBuffer, setSocketOption } from "./sockets.ts";

const DATAGRAM_BYTES = 4 << 10;
/** An event takes less than 1 KiB of it. */
const RECEIVE_QUEUE_BYTES = 4 << 20;
/** Between two looks at what else there is to do. */
const MOST_PER_TURN = 4096;

/**
 * As `KernelLinkMonitor`, two sockets: our own is read until it is empty and says when something was lost, the package's
 * wakes the loop. Only the first network and pid namespace of a host are told; elsewhere there is no confirmation, or
 * asking fails.
 */
class ProcessConnector {
  readonly #fd: number;
  readonly #listener: ProcessListener;
  readonly #buffer = new Uint8Array(DATAGRAM_BYTES);
  readonly #sender = netlinkAddress(0);
  readonly #waker: RawNetlinkSocket;
  #open = true;

  constructor(fd: number, listener: ProcessListener) {
    this.#fd = fd;
    this.#listener = listener;
    this.#waker = openWaker(() => this.#drain());
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waker.close();
    try {
      sendTo("process connector", this.#fd, encodeProcessListen(false), null);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error; // the kernel may have stopped telling by itself
    }
    closeDescriptor(this.#fd);
  }

  #drain(): void {
    const events: ProcessEvent[] = [];
    for (let i = 0; i < MOST_PER_TURN && this.#open; i++) {
      const length = this.#read();
      if (length === undefined) break;
      if (length === "lost") {
        events.length = 0;
        this.#listener.events(undefined);
        continue;
      }
      if (netlinkPort(this.#sender) !== 0) continue; // another process wrote to our socket
      for (const message of decodeMessages(this.#buffer.subarray(0, Math.min(length, this.#buffer.length))) ?? []) {
        const event = decodeProcessEvent(message);
        if (event === undefined) continue;
        if (event.type !== "ready") events.push(event);
        else if (event.error === 0) this.#listener.ready();
      }
    }
    if (events.length > 0) this.#listener.events(events);
  }

  #read(): number | "lost" | undefined {
    try {
      return receiveFrom("process connector", this.#fd, this.#buffer, this.#sender);
    } catch (error) {
      if (error instanceof KernelError && error.code === "ENOBUFS") return "lost";
      throw error;
    }
  }
}

export const watchProcesses: WatchProcesses = (listener) => {
  const operation = "process connector";
  const fd = openSocket(operation, AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR);
  let connector: ProcessConnector | undefined;
  try {
    setReceiveBuffer(operation, fd, RECEIVE_QUEUE_BYTES);
    bindSocket(operation, fd, netlinkAddress(0));
    setSocketOption(operation, fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, intBytes(CN_IDX_PROC));
    connector = new ProcessConnector(fd, listener);
    sendTo(operation, fd, encodeProcessListen(true), netlinkAddress(0));
    return connector;
  } catch (error) {
    if (connector === undefined) closeDescriptor(fd);
    else connector.close();
    throw error;
  }
};

function openWaker(wake: () => void): RawNetlinkSocket {
  const waker = new RawNetlinkSocket(NETLINK_CONNECTOR);
  try {
    // As in link-monitor.ts: an overrun would end the process.
    setSocketOption("netlink waker", netlinkDescriptor(NETLINK_CONNECTOR, waker.address().port), SOL_NETLINK, NETLINK_NO_ENOBUFS, intBytes(1));
    const woken = oncePerTurn(wake);
    waker.on("message", woken);
    waker.on("truncatedMessage", woken);
    waker.addMembership(CN_IDX_PROC);
    return waker;
  } catch (error) {
    waker.close();
    throw error;
  }
}
