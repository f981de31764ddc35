import type { ChildProcess } from "node:child_process";
import { eventually } from "./eventually.ts";
import type { Node } from "./lan.ts";

/** What became of a node's routes and rules, by anybody: lines of `ip monitor`. */
export class RoutingWatch {
  readonly #child: ChildProcess;
  #seen = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => (this.#seen += chunk.toString()));
  }

  /** @returns when the watch runs: proved by routes and rules that it saw come and go */
  static async start(node: Node): Promise<RoutingWatch> {
    const watch = new RoutingWatch(node.spawn(["ip", "-o", "monitor", "route", "rule"], "pipe"));
    await eventually(
      true,
      async () => {
        for (const verb of ["add", "del"]) {
          await node.exec("ip", "route", verb, "blackhole", "198.18.255.255/32", "table", "9999");
          await node.exec("ip", "rule", verb, "from", "198.18.255.255", "table", "9999");
        }
        return watch.#lines().some((line) => line.includes("9999") && line.includes("lookup"));
      },
      3_000,
    );
    watch.forget();
    return watch;
  }

  #lines(): string[] {
    return this.#seen.split("\n").filter((line) => line !== "");
  }

  /** From now on. */
  forget(): void {
    this.#seen = "";
  }

  /** What happened of what `pattern` matches in, in order: "+" or "-" and the match. */
  events(pattern: RegExp): string[] {
    return this.#lines().flatMap((line) => {
      const [match] = pattern.exec(line.replace(/\s+/g, " ")) ?? [];
      return match === undefined ? [] : [`${line.startsWith("Deleted") ? "-" : "+"} ${match}`];
    });
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}
