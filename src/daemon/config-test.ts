import { appendFileSync } from "node:fs";
import { hostname } from "node:os";
import { explainDiagnostics } from "../conf/diagnostic-text.ts";
import { formatDiagnostic } from "../conf/diagnostic.ts";
import { loadConfig } from "../conf/load.ts";
import { loadEnvironment } from "./load-environment.ts";
import type { Options } from "./options.ts";

/**
 * `-t`: silent when all is well; each message on standard error, or appended to the file of `-t=FILE`.
 *
 * @returns keepalived's exit code for this configuration. What Regent refuses to run (keywords it does not act upon yet) is
 *   said as well but does not change the code: `-t` judges as keepalived's does.
 */
export function testConfig(options: Options, output: string | undefined): number {
  // Here, without a worker: nobody waits for an advert of this process, and what it took ends with it.
  const loaded = loadConfig(loadEnvironment(), {
    path: options.configFile,
    configId: options.configId ?? hostname().split(".")[0] ?? "",
    testing: true,
    allConfig: options.allConfig,
  });
  const lines = options.diagnostics === "full" ? explainDiagnostics(loaded.diagnostics) : loaded.diagnostics.map(formatDiagnostic);
  for (const { keyword, where, effect } of loaded.unsupported) {
    if (effect === "refuse") lines.push(`${where}: '${keyword}' is not supported in this version: regentd refuses to run this configuration`);
  }
  const text = lines.map((line) => `${line}\n`).join("");
  if (text === "") return loaded.exitCodeTest;
  if (output === undefined || output === "") process.stderr.write(text);
  else appendFileSync(output, text);
  return loaded.exitCodeTest;
}

/** `--signum=FUNC`: the number of the signal for a function, undefined for a word that is none. */
export function signalNumber(name: string): number | undefined {
  const numbers = new Map([
    ["STOP", 15],
    ["RELOAD", 1],
    ["DATA", 10],
    ["STATS", 12],
    ["STATS_CLEAR", 63],
    ["JSON", 36],
  ]);
  return numbers.get(name);
}
