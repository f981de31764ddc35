import type { FrameSocket, RefusedFrame } from "../base/ports.ts";
import { KernelError } from "../base/errors.ts";
import { BURST, FrameBurst, LONGEST_FRAME } from "./frame-burst.ts";
import { closeDescriptor } from "./libc.ts";
import { AF_PACKET, SOCK_RAW, linkLayerAddress, openSocket, sendMessages } from "./sockets.ts";

const ETHERNET_HEADER_LEN = 14;
const ETHER_TYPE_AT = 12;

/** As `sendMessages`. */
export type Transmit = (operation: string, fd: number, messages: Uint8Array, count: number) => number;

/** An AF_PACKET socket of protocol 0: it sends on any interface and receives nothing. */
export class PacketFrameSocket implements FrameSocket {
  readonly #fd: number;
  readonly #transmit: Transmit;
  readonly #burst = new FrameBurst();
  /** struct sockaddr_ll by interface and EtherType, made once: a takeover sends a thousand frames to the same one. */
  readonly #destinations = new Map<number, Uint8Array>();
  #open = true;

  private constructor(fd: number, transmit: Transmit) {
    this.#fd = fd;
    this.#transmit = transmit;
  }

  /**
   * @param transmit replaces sendmmsg, for a rehearsal
   * @throws KernelError EPERM without CAP_NET_RAW
   */
  static open(transmit: Transmit = sendMessages): PacketFrameSocket {
    return new PacketFrameSocket(openSocket("packet socket", AF_PACKET, SOCK_RAW, 0), transmit);
  }

  sendAll(interfaceIndex: number, frames: readonly Uint8Array[]): readonly RefusedFrame[] {
    const operation = `frame dev ${interfaceIndex}`;
    if (!this.#open) throw new KernelError(operation, "EBADF", "the packet socket was closed");
    const refused: RefusedFrame[] = [];
    for (let first = 0; first < frames.length; first += BURST) {
      const count = Math.min(BURST, frames.length - first);
      for (let i = 0; i < count; i++) {
        const frame = frames[first + i];
        if (frame === undefined || frame.length < ETHERNET_HEADER_LEN || frame.length > LONGEST_FRAME) {
          throw new RangeError(`a frame of ${frame?.length ?? 0} octets`);
        }
        this.#burst.put(i, frame, this.#destination(interfaceIndex, frame));
      }
      this.#flush(operation, count, first, refused);
    }
    return refused;
  }

  /** sendmmsg ends before a frame that is refused; called again at that frame it says why. */
  #flush(operation: string, count: number, first: number, refused: RefusedFrame[]): void {
    for (let i = 0; i < count; ) {
      try {
        i += this.#transmit(operation, this.#fd, this.#burst.from(i), count - i);
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        refused.push({ at: first + i, error });
        i++;
      }
    }
  }

  #destination(interfaceIndex: number, frame: Uint8Array): Uint8Array {
    const etherType = ((frame[ETHER_TYPE_AT] ?? 0) << 8) | (frame[ETHER_TYPE_AT + 1] ?? 0);
    const key = interfaceIndex * 0x10000 + etherType;
    let destination = this.#destinations.get(key);
    if (destination === undefined) {
      destination = linkLayerAddress(interfaceIndex, etherType);
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
