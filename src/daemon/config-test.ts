import { appendFileSync } from "node:fs";
import { hostname } from "node:os";
import { documentText, everyDiagnostic, judgedFile } from "../conf/diagnostic-json.ts";
import { explainDiagnostics } from "../conf/diagnostic-text.ts";
import { formatDiagnostic } from "../conf/diagnostic.ts";
import { loadConfig } from "../conf/load.ts";
import type { LoadResult } from "../conf/load.ts";
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
  const text = report(loaded, options);
  if (text === "") return loaded.exitCodeTest;
  if (output !== undefined && output !== "") appendFileSync(output, text);
  else if (options.diagnostics === "json") process.stdout.write(text);
  else process.stderr.write(text);
  return loaded.exitCodeTest;
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
