import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { sleep } from "../lib/eventually.ts";
import type { Frame } from "../lib/frames.ts";

// pcap file, host order (little-endian here): 24 octets of header, then per frame
//  0         4             8          12             16
// | seconds | microseconds | captured | original size | captured octets ... |
const FILE_HEADER = 24;
const FRAME_HEADER = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const READY_MS = 10_000;

/** Where a tcpdump listens. */
export interface Tap {
  readonly namespace: string;
  readonly device: string;
  /** In tcpdump's language; everything when absent. */
  readonly filter?: string;
}

/** A tcpdump on one device; its file is read again for every question, so nothing is lost or early. */
export class Wire {
  readonly #child: ChildProcess;
  readonly #file: string;

  private constructor(child: ChildProcess, file: string) {
    this.#child = child;
    this.#file = file;
  }

  /** @returns when the capture runs: every frame from then on that passes the filter is in the file */
  static async start({ namespace, device, filter }: Tap, file: string): Promise<Wire> {
    const argv = ["netns", "exec", namespace, "tcpdump", "-i", device, "-U", "--immediate-mode", "-w", file, ...(filter === undefined ? [] : [filter])];
    const child = spawn("ip", argv, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const deadline = performance.now() + READY_MS;
    while (!said.includes("listening on")) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`no capture on ${device} of ${namespace}: ${said}`);
      await sleep(20);
    }
    return new Wire(child, file);
  }

  /** What `parse` makes of the frames since `sinceMs` (Unix time, milliseconds). `Frame.at` is Unix time in microseconds. */
  all<T>(parse: (frame: Frame) => T | undefined, sinceMs = 0): T[] {
    return readCapture(this.#file)
      .filter((frame) => frame.at >= sinceMs * 1_000)
      .flatMap((frame) => parse(frame) ?? []);
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}

/** @throws Error when it is not a capture file of this machine; a frame that is only half written yet is left out */
function readCapture(file: string): Frame[] {
  const bytes = readFileSync(file);
  if (bytes.length < FILE_HEADER) return [];
  if (bytes.readUInt32LE(0) !== MAGIC_MICROSECONDS) throw new Error(`${file} is no little-endian pcap file`);
  const frames: Frame[] = [];
  for (let at = FILE_HEADER; at + FRAME_HEADER <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + 8);
    const start = at + FRAME_HEADER;
    if (start + size > bytes.length) break;
    frames.push({ at: bytes.readUInt32LE(at) * 1_000_000 + bytes.readUInt32LE(at + 4), bytes: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return frames;
}
