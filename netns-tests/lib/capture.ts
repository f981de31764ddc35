import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sleep } from "./eventually.ts";
import type { Frame } from "./frames.ts";
import type { Node } from "./lan.ts";

const TAP = fileURLToPath(new URL("../../scripts/netns/tap.mjs", import.meta.url));
const READY_MS = 15_000;

/** Watches one interface of a node, and can speak on it. Promiscuous mode is on there while it runs. */
export class Capture {
  readonly #child: ChildProcess;
  readonly #frames: Frame[] = [];
  #ready = false;
  #errors = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * @param filter in tcpdump's language; the default is what VRRP says: adverts, ARP and IGMP's absence
   * @returns when the capture runs: every frame from then on is seen
   */
  static async start(node: Node, options: { readonly device?: string; readonly filter?: string } = {}): Promise<Capture> {
    const child = node.spawn([process.execPath, TAP, options.device ?? "eth0", options.filter ?? "proto 112 or arp"], "pipe");
    const capture = new Capture(child);
    await capture.#started();
    return capture;
  }

  /** All frames so far, oldest first. */
  frames(): readonly Frame[] {
    return this.#frames;
  }

  /** What `parse` makes of the frames from `sinceUs` on, without those of which it makes nothing. */
  all<T>(parse: (frame: Frame) => T | undefined, sinceUs = 0): T[] {
    return this.#frames.filter((frame) => frame.at >= sinceUs).flatMap((frame) => parse(frame) ?? []);
  }

  /**
   * The first frame at or after `sinceUs` of which `parse` makes something, those already captured included.
   *
   * @throws Error when none came within `withinMs`
   */
  async waitFor<T>(parse: (frame: Frame) => T | undefined, withinMs: number, sinceUs = 0): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (let next = 0; ; ) {
      for (; next < this.#frames.length; next++) {
        const frame = this.#frames[next];
        const parsed = frame !== undefined && frame.at >= sinceUs ? parse(frame) : undefined;
        if (parsed !== undefined) return parsed;
      }
      if (performance.now() > deadline) throw new Error(`no such frame within ${withinMs} ms among ${this.#frames.length}`);
      await sleep(5);
    }
  }

  /** Puts a frame on the wire as it is, Ethernet header included. */
  send(frame: Uint8Array): void {
    this.#child.stdin?.write(`${Buffer.from(frame).toString("hex")}\n`);
  }

  /** Ends the capture: frames() keeps what was seen. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await ended;
  }

  async #started(): Promise<void> {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("a capture is spawned with pipes");
    stderr.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    createInterface({ input: stdout }).on("line", (line) => {
      if (line === "ready") this.#ready = true;
      else {
        const [at, hex] = JSON.parse(line) as [number, string];
        this.#frames.push({ at, bytes: Buffer.from(hex, "hex") });
      }
    });
    const deadline = performance.now() + READY_MS;
    while (!this.#ready) {
      if (this.#child.exitCode !== null || performance.now() > deadline) throw new Error(`no capture: ${this.#errors}`);
      await sleep(5);
    }
  }
}
