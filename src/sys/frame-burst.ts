import koffi from "koffi";
import { HOST_LE, viewOf } from "../net/attributes.ts";

// struct mmsghdr of sys/socket.h with 8-octet pointers, in the byte order of the host.
//
//  0      8         16     24          32        40            48       56          64
// +------+---------+------+-----------+---------+-------------+--------+-----------+
// | name | namelen | iov  |  iovlen   | control | controllen  | flags  | sent, pad |
// +------+---------+------+-----------+---------+-------------+--------+-----------+
//
// struct iovec: base 8, length 8.

const MESSAGE_LEN = 64;
const NAME_LENGTH_AT = 8;
const IOVEC_AT = 16;
const IOVEC_COUNT_AT = 24;
const IOVEC_LEN = 16;
const LENGTH_AT = 8;

/** Frames per burst. */
export const BURST = 128;
/** The longest frame that a burst holds; ARP has 42 octets, a neighbour advertisement 86. */
export const LONGEST_FRAME = 128;
/** struct sockaddr_ll. */
const DESTINATION_LEN = 20;

/**
 * Memory laid out once for sendmmsg: what differs between two bursts is the frames, their lengths and destinations, which
 * are copied in. Nothing is allocated, and no address is looked up, while a takeover sends.
 */
export class FrameBurst {
  /** `BURST` times struct mmsghdr, for sendmmsg. */
  readonly messages = Buffer.alloc(BURST * MESSAGE_LEN);
  readonly #vectors = Buffer.alloc(BURST * IOVEC_LEN);
  readonly #destinations = Buffer.alloc(BURST * DESTINATION_LEN);
  readonly #frames = Buffer.alloc(BURST * LONGEST_FRAME);
  readonly #vectorView = viewOf(this.#vectors);
  /** What each message's destination was copied from: it rarely changes. */
  readonly #copied: (Uint8Array | undefined)[] = new Array<undefined>(BURST).fill(undefined);

  constructor() {
    const messages = viewOf(this.messages);
    const [vectorsAt, destinationsAt, framesAt] = [this.#vectors, this.#destinations, this.#frames].map((memory) => koffi.address(memory));
    if (vectorsAt === undefined || destinationsAt === undefined || framesAt === undefined) throw new Error("unreachable: three addresses were asked for");
    for (let i = 0; i < BURST; i++) {
      messages.setBigUint64(i * MESSAGE_LEN, destinationsAt + BigInt(i * DESTINATION_LEN), HOST_LE);
      messages.setUint32(i * MESSAGE_LEN + NAME_LENGTH_AT, DESTINATION_LEN, HOST_LE);
      messages.setBigUint64(i * MESSAGE_LEN + IOVEC_AT, vectorsAt + BigInt(i * IOVEC_LEN), HOST_LE);
      messages.setBigUint64(i * MESSAGE_LEN + IOVEC_COUNT_AT, 1n, HOST_LE);
      this.#vectorView.setBigUint64(i * IOVEC_LEN, framesAt + BigInt(i * LONGEST_FRAME), HOST_LE);
    }
  }

  /**
   * @param i 0 to BURST - 1
   * @param frame at most LONGEST_FRAME octets
   * @param destination struct sockaddr_ll; an object that was given before still holds the same
   */
  put(i: number, frame: Uint8Array, destination: Uint8Array): void {
    this.#frames.set(frame, i * LONGEST_FRAME);
    this.#vectorView.setUint32(i * IOVEC_LEN + LENGTH_AT + (HOST_LE ? 0 : 4), frame.length, HOST_LE);
    if (this.#copied[i] === destination) return;
    this.#copied[i] = destination;
    this.#destinations.set(destination, i * DESTINATION_LEN);
  }

  /** The messages from `i` on, for sendmmsg. */
  from(i: number): Uint8Array {
    return i === 0 ? this.messages : this.messages.subarray(i * MESSAGE_LEN);
  }
}
