import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sleep } from "./eventually.ts";
import type { Node } from "./lan.ts";

const SENDER = fileURLToPath(new URL("../../scripts/netns/send-frames.mjs", import.meta.url));
const READY_MS = 15_000;

/** Speaks on a node's eth0 whatever it is told to. It ends with the node. */
export class FrameSender {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @returns when it can speak at once @throws Error with what it said when it cannot */
  static async start(node: Node): Promise<FrameSender> {
    const child = node.spawn([process.execPath, SENDER, "eth0"], "pipe");
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error("a sender is spawned with pipes");
    let errors = "";
    let ready = false;
    stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    createInterface({ input: stdout }).once("line", () => (ready = true));
    const deadline = performance.now() + READY_MS;
    while (!ready) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`no sender: ${errors}`);
      await sleep(5);
    }
    return new FrameSender(child);
  }

  /** Puts a frame on the wire as it is, Ethernet header included. */
  send(frame: Uint8Array): void {
    this.#child.stdin?.write(`${Buffer.from(frame).toString("hex")}\n`);
  }
}
