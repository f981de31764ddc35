import type { FrameSocket } from "../base/ports.ts";
import { KernelError } from "../base/errors.ts";
import { closeDescriptor } from "./libc.ts";
import { AF_PACKET, SOCK_RAW, linkLayerAddress, openSocket, sendTo } from "./sockets.ts";

const ETHERNET_HEADER_LEN = 14;
const ETHER_TYPE_AT = 12;

/** An AF_PACKET socket of protocol 0: it sends on any interface and receives nothing. */
export class PacketFrameSocket implements FrameSocket {
  readonly #fd: number;
  #open = true;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws KernelError EPERM without CAP_NET_RAW */
  static open(): PacketFrameSocket {
    return new PacketFrameSocket(openSocket("packet socket", AF_PACKET, SOCK_RAW, 0));
  }

  send(interfaceIndex: number, frame: Uint8Array): void {
    const operation = `frame of ${frame.length} bytes dev ${interfaceIndex}`;
    if (!this.#open) throw new KernelError(operation, "EBADF", "the packet socket was closed");
    if (frame.length < ETHERNET_HEADER_LEN) throw new KernelError(operation, "EINVAL", "shorter than an Ethernet header");
    const etherType = ((frame[ETHER_TYPE_AT] ?? 0) << 8) | (frame[ETHER_TYPE_AT + 1] ?? 0);
    sendTo(operation, this.#fd, frame, linkLayerAddress(interfaceIndex, etherType));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#fd);
  }
}
