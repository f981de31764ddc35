import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { eventually } from "../../netns-tests/lib/eventually.ts";
import type { Node } from "../../netns-tests/lib/lan.ts";

/** An address that came or went. `at` is CLOCK_REALTIME in microseconds, the clock of KernelCapture. */
export interface AddressEvent {
  readonly at: number;
  readonly added: boolean;
  readonly address: string;
}

const PROBE = "198.51.100.254";
const READY_MS = 5_000;

let monitors = 0;

/** The kernel's address events in a node's namespace (RTM_NEWADDR, RTM_DELADDR), stamped by `ip monitor` as it reads them. */
export class AddressMonitor {
  readonly #file: string;
  readonly #child: ChildProcess;

  private constructor(node: Node) {
    this.#file = join(node.dir, `addresses${monitors++}`);
    // Into a file: nobody is woken in the moments that are measured.
    const out = openSync(this.#file, "w");
    const watch = ["-rcvbuf", "16777216", "-ts", "-o", "monitor", "address"];
    this.#child = spawn("ip", ["netns", "exec", node.name, "ip", ...watch], { stdio: ["ignore", out, "inherit"], env: { ...process.env, TZ: "UTC" } });
    closeSync(out);
  }

  /** @returns when every event from now on is seen */
  static async start(node: Node): Promise<AddressMonitor> {
    const monitor = new AddressMonitor(node);
    // Nothing says that it listens but that it hears: an address on lo comes and goes until it does.
    await eventually(
      true,
      async () => {
        await node.exec("ip", "addr", "add", `${PROBE}/32`, "dev", "lo");
        await node.exec("ip", "addr", "del", `${PROBE}/32`, "dev", "lo");
        return monitor.events().some((event) => event.address === PROBE);
      },
      READY_MS,
    );
    return monitor;
  }

  /** All events so far, oldest first. */
  events(): AddressEvent[] {
    return readFileSync(this.#file, "utf8").split("\n").flatMap((line) => eventOf(line) ?? []);
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}

// [2026-11-21T12:25:51.957983] Deleted 3: eth0    inet 192.0.2.2/32 scope global eth0\ ... ("inet6 2001:db8::2/128 scope ...")
function eventOf(line: string): AddressEvent | undefined {
  const match = /^\[(\S+?)\.(\d{6})\] (Deleted )?\d+: \S+\s+inet6? ([0-9a-f.:]+)/.exec(line);
  if (match === null) return undefined;
  const [, second = "", micros = "", deleted, address = ""] = match;
  return { at: Date.parse(`${second}Z`) * 1e3 + Number(micros), added: deleted === undefined, address };
}
