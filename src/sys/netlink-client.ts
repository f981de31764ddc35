import type { NetlinkClient } from "../base/ports.ts";
import { KernelError } from "../base/errors.ts";
import { concatBytes, viewOf } from "../net/attributes.ts";
import { NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLM_F_ACK, NLM_F_DUMP_INTR, SOL_NETLINK } from "../net/linux-netlink.ts";
import { decodeAcknowledgement, decodeDone, decodeMessages, stampMessage } from "../net/netlink.ts";
import type { Acknowledgement, NetlinkMessage } from "../net/netlink.ts";
import { closeDescriptor, errnoName } from "./libc.ts";
import { AF_NETLINK, SOCK_RAW, bindSocket, intBytes, netlinkAddress, netlinkPort, openSocket, receiveFrom, sendTo, setReceiveBuffer, setSendBuffer, setSocketOption, socketName } from "./sockets.ts";

/** Requests per sendmsg: 64 to 256 are equally fast, and their acknowledgements fit into a default receive buffer. */
const BATCH = 128;
const RECEIVE_QUEUE_BYTES = 4 << 20;
/** Larger than the largest datagram that the kernel makes (dumps: 32 KiB). */
const DATAGRAM_BYTES = 256 << 10;
/** How often a dump that the kernel calls inconsistent is asked for again. */
const DUMP_ATTEMPTS = 10;

const KERNEL = netlinkAddress(0);

interface Request {
  readonly message: Uint8Array;
  /** For the error's text. */
  readonly operation: string;
}

/**
 * A netlink socket that is asked and answers within one call: the kernel executes a request inside sendmsg, and its
 * acknowledgement, or the next part of a dump, is readable when the call returns. Loads in any number of threads.
 */
export class KernelNetlinkClient implements NetlinkClient {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(DATAGRAM_BYTES);
  readonly #sender = netlinkAddress(0);
  #sequence = 0;
  #open = true;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Opens a socket in the calling thread's network namespace.
   *
   * @param protocol NETLINK_ROUTE, NETLINK_GENERIC or NETLINK_NETFILTER
   * @param options `sendBuffer`: octets, for datagrams beyond the kernel's default
   * @throws KernelError EMFILE, EPROTONOSUPPORT …
   */
  static open(protocol: number, options: { readonly sendBuffer?: number } = {}): KernelNetlinkClient {
    const operation = `netlink socket ${protocol}`;
    const fd = openSocket(operation, AF_NETLINK, SOCK_RAW, protocol);
    try {
      bindSocket(operation, fd, netlinkAddress(0));
      setReceiveBuffer(operation, fd, RECEIVE_QUEUE_BYTES);
      if (options.sendBuffer !== undefined) setSendBuffer(operation, fd, options.sendBuffer);
      setSocketOption(operation, fd, SOL_NETLINK, NETLINK_EXT_ACK, intBytes(1));
      setSocketOption(operation, fd, SOL_NETLINK, NETLINK_CAP_ACK, intBytes(1));
      filterDumps(operation, fd);
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
    return new KernelNetlinkClient(fd);
  }

  /** The port that the kernel gave to this socket: it stands in the reports of what was done by it. */
  get port(): number {
    const address = netlinkAddress(0);
    socketName("netlink port", this.#fd, address);
    return netlinkPort(address);
  }

  request(message: Uint8Array, operation: string): void {
    const [error] = this.requestAll([{ message, operation }]);
    if (error !== undefined) throw error;
  }

  requestAll(messages: readonly Request[]): (Error | undefined)[] {
    const results: (Error | undefined)[] = [];
    for (let at = 0; at < messages.length; at += BATCH) results.push(...this.#batch(messages.slice(at, at + BATCH)));
    return results;
  }

  dump(message: Uint8Array, operation: string): { readonly type: number; readonly payload: Uint8Array }[] {
    for (let attempt = 1; attempt <= DUMP_ATTEMPTS; attempt++) {
      const { found, interrupted } = this.#dumpOnce(message, operation);
      if (!interrupted) return found;
    }
    throw new KernelError(operation, "EINTR", `the table changed during each of ${DUMP_ATTEMPTS} dumps`);
  }

  query(message: Uint8Array, operation: string): { readonly type: number; readonly payload: Uint8Array }[] {
    const sequence = this.#send([message], operation);
    const found: { type: number; payload: Uint8Array }[] = [];
    for (;;) {
      for (const reply of this.#receive(operation)) {
        if (reply.sequence !== sequence) continue;
        if (reply.type !== NLMSG_ERROR) {
          found.push({ type: reply.type, payload: reply.payload.slice() });
          continue;
        }
        const error = refusal(acknowledgement(reply, operation), operation);
        if (error !== undefined) throw error;
        return found;
      }
    }
  }

  /**
   * nfnetlink's batch, in one datagram: all of it is done, or nothing. Kernels before 6.10 acknowledge no end of a batch, so
   * it is the last request that asks; refusals come without being asked for, one of the whole batch under its beginning.
   *
   * @param begin its operation is the text when the whole is refused
   * @throws KernelError of the first request that was refused
   */
  transaction(begin: Request, requests: readonly Request[], end: Uint8Array): void {
    const batch = [begin, ...requests];
    const first = this.#send([...batch.map(({ message }) => message), end], begin.operation, 0, batch.length - 1);
    let error: KernelError | undefined;
    for (let answered = false; !answered; ) {
      for (const reply of this.#receive(begin.operation)) {
        const index = (reply.sequence - first) >>> 0;
        const request = batch[index];
        if (request === undefined || reply.type !== NLMSG_ERROR) continue;
        error ??= refusal(acknowledgement(reply, request.operation), request.operation);
        answered ||= index === 0 || index === batch.length - 1;
      }
    }
    if (error !== undefined) throw error;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#fd);
  }

  /**
   * Only the last request asks for an acknowledgement: refusals are reported without being asked for, in order, so what
   * was not refused when the last one has answered was done. Building and reading 1,008 acknowledgements took a third of a
   * takeover.
   */
  #batch(batch: readonly Request[]): (Error | undefined)[] {
    const refused = new Map<number, KernelError | undefined>();
    const operation = batch[0]?.operation ?? "";
    try {
      const first = this.#send(batch.map(({ message }) => message), operation);
      while (!refused.has(batch.length - 1)) {
        for (const reply of this.#receive(operation)) {
          const index = (reply.sequence - first) >>> 0;
          const request = batch[index];
          if (request === undefined || reply.type !== NLMSG_ERROR) continue; // a late answer to what was given up
          refused.set(index, refusal(acknowledgement(reply, request.operation), request.operation));
        }
      }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      // Sending or reading failed: whether the rest was done is unknown, so each of them reports it.
      return batch.map((request, i) => (refused.has(i) ? refused.get(i) : new KernelError(request.operation, error.code, error.message)));
    }
    return Array.from(batch.keys(), (i) => refused.get(i));
  }

  #dumpOnce(message: Uint8Array, operation: string): { found: { type: number; payload: Uint8Array }[]; interrupted: boolean } {
    const sequence = this.#send([message], operation, 0);
    const found: { type: number; payload: Uint8Array }[] = [];
    let interrupted = false;
    for (;;) {
      for (const reply of this.#receive(operation)) {
        if (reply.sequence !== sequence || reply.type === NLMSG_NOOP) continue;
        interrupted ||= (reply.flags & NLM_F_DUMP_INTR) !== 0;
        if (reply.type === NLMSG_ERROR) {
          const error = refusal(acknowledgement(reply, operation), operation);
          if (error !== undefined) throw error;
        } else if (reply.type === NLMSG_DONE) {
          const errno = decodeDone(reply);
          if (errno !== 0) throw new KernelError(operation, errnoName(errno));
          return { found, interrupted };
        } else {
          found.push({ type: reply.type, payload: reply.payload.slice() });
        }
      }
    }
  }

  /**
   * @param flags of the last message, or with `asking` NLM_F_ACK of that one; the others get none
   * @returns the sequence number of the first message; the others follow it
   */
  #send(messages: readonly Uint8Array[], operation: string, flags = NLM_F_ACK, asking?: number): number {
    if (!this.#open) throw new KernelError(operation, "EBADF", "the netlink socket was closed");
    const first = (this.#sequence + 1) >>> 0;
    const bytes = concatBytes(messages);
    const view = viewOf(bytes);
    let at = 0;
    messages.forEach((message, i) => {
      this.#sequence = (this.#sequence + 1) >>> 0;
      stampMessage(view, at, this.#sequence, i === asking ? NLM_F_ACK : i === messages.length - 1 ? flags : 0);
      at += message.length;
    });
    sendTo(operation, this.#fd, bytes, KERNEL);
    return first;
  }

  /** The messages of the next datagram from the kernel; views into the one buffer. */
  #receive(operation: string): NetlinkMessage[] {
    for (;;) {
      const length = receiveFrom(operation, this.#fd, this.#buffer, this.#sender);
      if (length === undefined) throw new KernelError(operation, "EPROTO", "the kernel did not answer");
      if (netlinkPort(this.#sender) !== 0) continue; // another process wrote to our socket
      const messages = length > this.#buffer.length ? undefined : decodeMessages(this.#buffer.subarray(0, length));
      if (messages === undefined) throw new KernelError(operation, "EPROTO", `malformed answer of ${length} bytes`);
      return messages;
    }
  }
}

/** A dump then holds what its header asks for; kernels before 4.20 cannot choose, and send everything. */
function filterDumps(operation: string, fd: number): void {
  try {
    setSocketOption(operation, fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, intBytes(1));
  } catch (error) {
    if (!(error instanceof KernelError && error.code === "ENOPROTOOPT")) throw error;
  }
}

function acknowledgement(message: NetlinkMessage, operation: string): Acknowledgement {
  const decoded = decodeAcknowledgement(message);
  if (decoded === undefined) throw new KernelError(operation, "EPROTO", "malformed acknowledgement");
  return decoded;
}

function refusal({ errno, detail }: Acknowledgement, operation: string): KernelError | undefined {
  return errno === 0 ? undefined : new KernelError(operation, errnoName(errno), detail);
}
