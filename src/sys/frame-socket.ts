import type { FrameSocket } from "../base/ports.ts";
import { KernelError } from "../base/errors.ts";
import { closeDescriptor } from "./libc.ts";
import { AF_PACKET, SOCK_RAW, linkLayerAddress, openSocket, sendTo } from "./sockets.ts";

const ETHERNET_HEADER_LEN = 14;
const ETHER_TYPE_AT = 12;

interface Destination {
  readonly operation: string;
  /** struct sockaddr_ll. */
  readonly address: Uint8Array;
}

/** An AF_PACKET socket of protocol 0: it sends on any interface and receives nothing. */
export class PacketFrameSocket implements FrameSocket {
  readonly #fd: number;
  readonly #destinations = new Map<number, Destination>();
  #open = true;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws KernelError EPERM without CAP_NET_RAW */
  static open(): PacketFrameSocket {
    return new PacketFrameSocket(openSocket("packet socket", AF_PACKET, SOCK_RAW, 0));
  }

  send(interfaceIndex: number, frame: Uint8Array): void {
    const etherType = ((frame[ETHER_TYPE_AT] ?? 0) << 8) | (frame[ETHER_TYPE_AT + 1] ?? 0);
    const { operation, address } = this.#destination(interfaceIndex, etherType);
    if (!this.#open) throw new KernelError(operation, "EBADF", "the packet socket was closed");
    if (frame.length < ETHERNET_HEADER_LEN) throw new KernelError(operation, "EINVAL", "shorter than an Ethernet header");
    sendTo(operation, this.#fd, frame, address);
  }

  /** Made once: a takeover sends a thousand frames to the same one. */
  #destination(interfaceIndex: number, etherType: number): Destination {
    const key = interfaceIndex * 0x10000 + etherType;
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      destination = { operation: `frame dev ${interfaceIndex}`, address: linkLayerAddress(interfaceIndex, etherType) };
      this.#destinations.set(key, destination);
    }
    return destination;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#fd);
  }
}
