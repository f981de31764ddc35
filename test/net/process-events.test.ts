import assert from "node:assert/strict";
import { endianness } from "node:os";
import { test } from "vitest";
import { decodeMessages } from "../../src/net/netlink.ts";
import { decodeProcessEvent, encodeProcessListen } from "../../src/net/process-events.ts";
import { mulberry32 } from "../vrrp/support/random.ts";

/** As Linux 6.18 sent it on x86_64; `data` are the words behind the timestamp. */
function event(what: number, ...data: number[]): Uint8Array {
  const bytes = new Uint8Array(16 + 20 + 16 + 24);
  const view = new DataView(bytes.buffer);
  const words: [number, number][] = [[0, bytes.length], [16, 1], [20, 1], [32, 40], [36, what], ...data.map((word, i): [number, number] => [52 + 4 * i, word])];
  for (const [at, word] of words) view.setUint32(at, word, endianness() === "LE");
  view.setUint16(4, 3, endianness() === "LE");
  return bytes;
}

function decode(bytes: Uint8Array): unknown {
  return decodeMessages(bytes)?.map(decodeProcessEvent);
}

test("what the kernel tells, as processes; threads are left out", () => {
  const rows: [want: unknown, bytes: Uint8Array][] = [
    [{ type: "ready", error: 0 }, event(0, 0)],
    [{ type: "ready", error: 22 }, event(0, 22)],
    [{ type: "fork", pid: 12, parent: 10 }, event(1, 11, 10, 12, 12)],
    [undefined, event(1, 11, 10, 13, 12)],
    [{ type: "changed", pid: 10 }, event(2, 10, 10)],
    [{ type: "changed", pid: 10 }, event(2, 11, 10)],
    [{ type: "changed", pid: 10 }, event(0x200, 10, 10)],
    [undefined, event(0x200, 11, 10)],
    [{ type: "exit", pid: 10 }, event(0x80000000, 10, 10, 0, 17)],
    [undefined, event(0x80000000, 11, 10, 0, 17)],
    [undefined, event(4, 10, 10)],
  ];
  for (const [want, bytes] of rows) assert.deepEqual(decode(bytes), [want]);
});

test("asking to be told is a message that the decoder takes apart", () => {
  const [message] = decodeMessages(encodeProcessListen(true)) ?? [];
  assert.equal(message?.payload.length, 24);
  assert.notDeepEqual(encodeProcessListen(true), encodeProcessListen(false));
});

test("no message makes the decoder throw", () => {
  const random = mulberry32(7);
  let decoded = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = event([0, 1, 2, 0x200, 0x80000000][i % 5] ?? 0, 10, 10, 12, 12).slice(0, 16 + Math.floor(random() * 61));
    for (let k = 0; k < 3; k++) bytes[16 + Math.floor(random() * (bytes.length - 16))] = Math.floor(random() * 256);
    if (decodeProcessEvent({ type: 3, flags: 0, sequence: 0, port: 0, payload: bytes.subarray(16) }) !== undefined) decoded++;
  }
  assert.ok(decoded > 100, `${decoded} were decoded: the mutations reach nothing`);
});
