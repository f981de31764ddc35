// Sends frames on an interface: the inner half of netns-tests/lib/frame-sender.ts, run inside a namespace.
//   node send-frames.mjs DEVICE
// Standard output: "ready". Standard input: one frame in hex per line, sent as it is.
import { createInterface } from "node:readline";
import cap from "cap";

const [device = "eth0"] = process.argv.slice(2);
const tap = new cap.Cap();
tap.open(device, "less 0", 64 * 1024, Buffer.alloc(65_535)); // nothing is so short: it only speaks

createInterface({ input: process.stdin })
  .on("line", (hex) => {
    const frame = Buffer.from(hex, "hex");
    tap.send(frame, frame.length);
  })
  .on("close", () => process.exit(0));
process.stdout.write("ready\n");
