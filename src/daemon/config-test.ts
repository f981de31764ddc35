import { openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { documentText, everyDiagnostic, judgedFile } from "../conf/diagnostic-json.ts";
import { explainDiagnostics } from "../conf/diagnostic-text.ts";
import { formatDiagnostic } from "../conf/diagnostic.ts";
import { loadConfig } from "../conf/load.ts";
import type { LoadResult } from "../conf/load.ts";
import { EXIT_FATAL } from "./exit-codes.ts";
import { loadEnvironment } from "./load-environment.ts";
import type { Options } from "./options.ts";

/**
 * `-t`: silent when all is well; each message on standard error, or appended to the file of `--config-test=FILE`, which is
 * made (for its owner alone: messages quote lines) even when there is nothing to say, as keepalived does.
 *
 * @returns keepalived's exit code for this configuration, 1 when the file cannot be written. What Regent refuses to run (keywords it does not act upon yet) is
 *   said as well but does not change the code: `-t` judges as keepalived's does.
 */
export function testConfig(options: Options, output: string | undefined): number {
  const appendTo = opened(output);
  if (appendTo === "failed") return EXIT_FATAL;
  // Here, without a worker: nobody waits for an advert of this process, and what it took ends with it.
  const loaded = loadConfig(loadEnvironment(), {
    path: options.configFile,
    configId: options.configId ?? hostname().split(".")[0] ?? "",
    testing: true,
    allConfig: options.allConfig,
    netNamespace: options.netNamespace,
  });
  const text = report(loaded, options);
  if (appendTo !== undefined) writeSync(appendTo, text);
  else if (options.diagnostics === "json") process.stdout.write(text);
  else process.stderr.write(text);
  return loaded.exitCodeTest;
}

/** @returns a descriptor that appends; undefined without a file; "failed" after saying why */
function opened(output: string | undefined): number | "failed" | undefined {
  if (output === undefined || output === "") return undefined;
  try {
    return openSync(output, "a", 0o600);
  } catch (error) {
    process.stderr.write(`Unable to open config-test log file ${output} - ${error instanceof Error ? error.message : String(error)}\n`);
    return "failed";
  }
}

/** "" when there is nothing to say; a document says that, too. */
function report(loaded: LoadResult, { diagnostics: format, configFile }: Options): string {
  switch (format) {
    case "json":
      return documentText([judgedFile(configFile, loaded)]);
    case "full":
      return everyLine(explainDiagnostics(everyDiagnostic(loaded)));
    case "short": {
      const refused = loaded.unsupported.filter(({ effect }) => effect === "refuse");
      return everyLine([
        ...loaded.diagnostics.map(formatDiagnostic),
        ...refused.map(({ keyword, where }) => `${where}: '${keyword}' is not supported in this version: regentd refuses to run this configuration`),
      ]);
    }
  }
}

function everyLine(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
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
