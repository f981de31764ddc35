import type { ChildProcess } from "node:child_process";
import { eventually } from "./eventually.ts";
import type { Node } from "./lan.ts";

/** Something to hear of: what `ip` is made to do, undoing it included, and the line of the last of it. */
interface Provocation {
  readonly commands: readonly string[];
  readonly seen: RegExp;
}

const READY_MS = 3_000;
const TABLE = "table 9999";

/** What became of a node's links, addresses, or routes and rules, by anybody: lines of `ip monitor`. */
export class IpMonitor {
  readonly #child: ChildProcess;
  #seen = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => (this.#seen += chunk.toString()));
  }

  static links(node: Node): Promise<IpMonitor> {
    return IpMonitor.#start(node, ["link"], { commands: ["link set lo mtu 65535", "link set lo mtu 65536"], seen: / lo: .* mtu 65535 / });
  }

  static addresses(node: Node): Promise<IpMonitor> {
    return IpMonitor.#start(node, ["address"], { commands: ["addr add 127.0.0.9/32 dev lo", "addr del 127.0.0.9/32 dev lo"], seen: /^Deleted .* 127\.0\.0\.9\/32 / });
  }

  static routing(node: Node): Promise<IpMonitor> {
    const commands = ["add", "del"].flatMap((verb) => [`route ${verb} blackhole 198.18.255.255/32 ${TABLE}`, `rule ${verb} from 198.18.255.255 ${TABLE}`]);
    return IpMonitor.#start(node, ["route", "rule"], { commands, seen: /^Deleted .* from 198\.18\.255\.255 lookup 9999/ });
  }

  /** @returns when the monitor runs: proved by what it heard of, and forgot */
  static async #start(node: Node, objects: readonly string[], { commands, seen }: Provocation): Promise<IpMonitor> {
    const monitor = new IpMonitor(node.spawn(["ip", "-o", "monitor", ...objects], "pipe"));
    const heard = async (): Promise<boolean> => {
      for (const command of commands) await node.exec("ip", ...command.split(" "));
      return monitor.#lines().some((line) => seen.test(line));
    };
    await eventually(true, heard, READY_MS);
    monitor.forget();
    return monitor;
  }

  /** With single blanks; the last one may be still to be written. */
  #lines(): string[] {
    return this.#seen.split("\n").slice(0, -1).map((line) => line.replace(/\s+/g, " "));
  }

  /** From now on. */
  forget(): void {
    this.#seen = "";
  }

  /** What happened of what `pattern` matches in, in order: "+" or "-" and the match. */
  events(pattern: RegExp): string[] {
    return this.#lines().flatMap((line) => {
      const [match] = pattern.exec(line) ?? [];
      return match === undefined ? [] : [`${line.startsWith("Deleted") ? "-" : "+"} ${match}`];
    });
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}
