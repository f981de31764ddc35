import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../../netns-tests/lib/eventually.ts";
import type { Frame } from "../../netns-tests/lib/frames.ts";
import type { Node } from "../../netns-tests/lib/lan.ts";

const READY_MS = 15_000;

// pcap with nanoseconds, as the machine writes it (little-endian here): a header, then records.
//
//  0     4                  20      24          0       4       8          12
// +-----+-------- ~ -------+-------+           +-------+-------+----------+--------+-- ~ --+
// |magic| version, zone …  | link  |           |seconds| nanos | captured | length | bytes |
// +-----+-------- ~ -------+-------+           +-------+-------+----------+--------+-- ~ --+
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

let captures = 0;

export interface CaptureOptions {
  /** Default "eth0". */
  readonly device?: string;
  /** In tcpdump's language; the default is what VRRP says: adverts and ARP. */
  readonly filter?: string;
  /** Of each frame, in octets; longer ones are cut. Default: 262,144, the whole of every frame. */
  readonly snapshotLength?: number;
}

/**
 * Watches an interface with tcpdump, so that frames bear the kernel's time stamps: a busy machine delays a watcher that
 * looks at the clock itself, but not these. They are CLOCK_REALTIME in microseconds, unlike Capture's. Promiscuous mode is
 * on while it runs.
 */
export class KernelCapture {
  readonly #file: string;
  readonly #child: ChildProcess;
  readonly #frames: Frame[] = [];
  #offset = FILE_HEADER;
  #errors = "";

  private constructor(node: Node, { device = "eth0", filter = "proto 112 or arp", snapshotLength = 262_144 }: CaptureOptions) {
    this.#file = join(node.dir, `capture${captures++}.pcap`);
    rmSync(this.#file, { force: true });
    const quick = ["-i", device, "-Z", "root", "--immediate-mode", "--time-stamp-precision=nano", "-s", String(snapshotLength), "-B", "16384", "-U"];
    this.#child = node.spawn(["tcpdump", ...quick, "-w", this.#file, filter], "pipe");
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  /** @returns when every frame from now on is seen @throws Error with tcpdump's words when it does not start */
  static async start(node: Node, options: CaptureOptions = {}): Promise<KernelCapture> {
    const capture = new KernelCapture(node, options);
    const deadline = performance.now() + READY_MS;
    while (!capture.#errors.includes("listening on") || !existsSync(capture.#file)) {
      if (capture.#child.exitCode !== null || performance.now() > deadline) throw new Error(`no capture: ${capture.#errors}`);
      await sleep(10);
    }
    return capture;
  }

  /** All frames so far, oldest first. */
  frames(): readonly Frame[] {
    const file = openSync(this.#file, "r");
    try {
      for (let record = this.#next(file); record !== undefined; record = this.#next(file)) this.#frames.push(record);
    } finally {
      closeSync(file);
    }
    return this.#frames;
  }

  /** What `parse` makes of the frames so far, without those of which it makes nothing. */
  all<T>(parse: (frame: Frame) => T | undefined): T[] {
    return this.frames().flatMap((frame) => parse(frame) ?? []);
  }

  /** Ends the capture and demands that the kernel dropped nothing; frames() keeps what was seen. Idempotent. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGINT");
    await ended;
    this.frames();
    const dropped = /(\d+) packets? dropped by kernel/.exec(this.#errors)?.[1];
    if (dropped !== "0") throw new Error(`the capture is incomplete: ${this.#errors}`);
  }

  #next(file: number): Frame | undefined {
    if (this.#offset === FILE_HEADER) {
      const magic = Buffer.alloc(4);
      if (readSync(file, magic, 0, 4, 0) < 4) return undefined;
      if (magic.readUInt32LE(0) !== MAGIC_NANOSECONDS) throw new Error(`${this.#file} is no pcap file with nanoseconds`);
    }
    const head = Buffer.alloc(RECORD_HEADER);
    if (readSync(file, head, 0, RECORD_HEADER, this.#offset) < RECORD_HEADER) return undefined;
    const bytes = Buffer.alloc(head.readUInt32LE(8));
    if (readSync(file, bytes, 0, bytes.length, this.#offset + RECORD_HEADER) < bytes.length) return undefined;
    this.#offset += RECORD_HEADER + bytes.length;
    return { at: head.readUInt32LE(0) * 1e6 + head.readUInt32LE(4) / 1e3, bytes };
  }
}
