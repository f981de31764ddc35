import type { Config } from "../model.ts";
import { printCheck } from "./check.ts";
import { printGlobal } from "./global.ts";
import { printVrrp } from "./vrrp.ts";
import { Writer } from "./writer.ts";

/**
 * The effective configuration as keepalived.conf: includes, parameters and conditions resolved, defaults written out.
 * Loading the text gives the same model again. Holds passwords as the model does.
 */
export function printConfig(config: Config): string {
  const writer = new Writer();
  printGlobal(writer, config);
  printVrrp(writer, config);
  printCheck(writer, config);
  return writer.text();
}
