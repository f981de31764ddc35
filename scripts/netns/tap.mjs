// Watches an interface and sends frames on it: the inner half of netns-tests/lib/capture.ts, run inside a namespace.
//   node tap.mjs DEVICE FILTER
// Standard output: "ready", then one JSON line per frame: [CLOCK_MONOTONIC in microseconds, hex bytes].
// Standard input: one frame in hex per line, sent as it is.
import { createInterface } from "node:readline";
import cap from "cap";

const [device = "eth0", filter = ""] = process.argv.slice(2);
const tap = new cap.Cap();
const buffer = Buffer.alloc(65_535);
tap.open(device, filter, 16 * 1024 * 1024, buffer);
tap.setMinBytes?.(0);

// Frames are stamped and copied as they come and printed afterwards, so that printing one delays no other's stamp.
let waiting = [];
tap.on("packet", (length) => {
  const at = Number(process.hrtime.bigint() / 1000n);
  if (waiting.length === 0) setImmediate(print);
  waiting.push([at, Buffer.from(buffer.subarray(0, length))]);
});

function print() {
  const lines = waiting.map(([at, bytes]) => `${JSON.stringify([at, bytes.toString("hex")])}\n`);
  waiting = [];
  process.stdout.write(lines.join(""));
}

createInterface({ input: process.stdin })
  .on("line", (hex) => {
    const frame = Buffer.from(hex, "hex");
    tap.send(frame, frame.length);
  })
  .on("close", () => process.exit(0));
process.stdout.write("ready\n");
