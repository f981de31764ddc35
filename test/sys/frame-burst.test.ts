import koffi from "koffi";
import { expect, test } from "vitest";
import { viewOf } from "../../src/net/attributes.ts";
import { BURST, FrameBurst, LONGEST_FRAME } from "../../src/sys/frame-burst.ts";

const MESSAGE_LEN = 64;

/** What the kernel finds at an address of ours. */
const memory = (address: bigint, length: number): Uint8Array => Uint8Array.from(koffi.decode(address, koffi.array("uint8_t", length)) as number[]);

/** Message `i` as sendmmsg reads it. */
function read(messages: Uint8Array, i: number): { destination: Uint8Array; frame: Uint8Array; control: bigint } {
  const message = viewOf(messages.subarray(i * MESSAGE_LEN, (i + 1) * MESSAGE_LEN));
  expect(message.getBigUint64(24, true), "one piece").toBe(1n);
  const vector = viewOf(memory(message.getBigUint64(16, true), 16));
  return {
    destination: memory(message.getBigUint64(0, true), message.getUint32(8, true)),
    frame: memory(vector.getBigUint64(0, true), Number(vector.getBigUint64(8, true))),
    control: message.getBigUint64(32, true) | message.getBigUint64(40, true),
  };
}

test("each message leads to its own frame and destination; a burst after a longer one has nothing left of it", () => {
  const burst = new FrameBurst();
  const frameOf = (i: number, length: number) => new Uint8Array(length).fill(i);
  const destinationOf = (i: number) => new Uint8Array(20).fill(200 - i);
  const shared = destinationOf(0);
  for (const length of [LONGEST_FRAME, 42]) {
    for (let i = 0; i < BURST; i++) burst.put(i, frameOf(i, 86), shared);
    for (let i = 0; i < BURST; i++) expect(read(burst.messages, i).destination).toEqual(shared);
    for (let i = 0; i < BURST; i++) burst.put(i, frameOf(i, length), destinationOf(i));
    for (let i = 0; i < BURST; i++) {
      expect(read(burst.messages, i)).toEqual({ destination: destinationOf(i), frame: frameOf(i, length), control: 0n });
    }
  }
  expect(read(burst.from(5), 0).frame).toEqual(frameOf(5, 42));
});
