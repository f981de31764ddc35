import type { Config } from "../model.ts";
import { secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** What stands outside every block, and `global_defs`. */
export function printGlobal(writer: Writer, config: Config): void {
  writer.line("child_wait_time", secondsText(config.global.childWaitTimeUs));
  writer.block("global_defs", () => writer.line("router_id", config.global.routerId));
}
