import { explainDiagnostics } from "../conf/diagnostic-text.ts";
import { documentText, everyDiagnostic, judgedFile } from "../conf/diagnostic-json.ts";
import type { Judged } from "../conf/diagnostic-json.ts";
import { loadConfig } from "../conf/load.ts";
import { readArguments } from "./arguments.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandHost } from "./command.ts";

const EXIT_NOT_FOUND = 6;

export const check: Command = {
  usage: `Usage: regent check [OPTION...] FILE...

Judges configuration files as regentd -t does: every fault with its place, its line, what was expected and what to do.
Nothing is printed when all is well. FILE may be a pattern.

  -i, --config-id=ID     Keep the lines that begin with @ID; default the host name up to the first dot.
  -e, --all-config       Every include that finds nothing is an error.
      --format=FORMAT    text (default, on standard error) or json (on standard output; see doc/diagnostics.md).

Exit status of keepalived -t: 0 fine, 2 a word is missing, 4 fatal, 5 faulty, 6 insecure or not found; of several files the highest.
`,

  run(argv, host) {
    const options = { format: { type: "string", default: "text" }, "config-id": { type: "string", short: "i" }, "all-config": { type: "boolean", short: "e", default: false } } as const;
    const { values, positionals } = readArguments(argv, options);
    const { format } = values;
    if (format !== "text" && format !== "json") throw new UsageError(`unknown format '${format}': text or json`);
    if (positionals.length === 0) throw new UsageError("name at least one configuration file");
    const environment = host.environment();
    const configId = values["config-id"] ?? environment.hostName.split(".")[0] ?? "";
    const judged = positionals.map((path) => ({ path, loaded: missing(path, loadConfig(environment, { path, configId, testing: true, allConfig: values["all-config"] })) }));
    if (format === "json") host.out(documentText(judged.map(({ path, loaded }) => judgedFile(path, loaded))));
    else for (const { loaded } of judged) explain(loaded, host);
    return Math.max(...judged.map(({ loaded }) => loaded.exitCodeTest));
  },
};

function explain(loaded: Judged, host: CommandHost): void {
  for (const text of explainDiagnostics(everyDiagnostic(loaded))) host.error(`${text}\n`);
}

/** keepalived -t is content with a file that does not exist; whoever names it here is not. */
function missing(path: string, loaded: Judged): Judged {
  if (loaded.files.length > 0) return loaded;
  const diagnostics: Judged["diagnostics"] = loaded.diagnostics.map((diagnostic) => ({ ...diagnostic, severity: "error" }));
  const none: Judged["diagnostics"] = [
    { file: path, line: 0, column: 0, severity: "error", kind: "file-not-found", code: "file-not-found", message: "no such file", whileReading: true, position: Number.POSITIVE_INFINITY },
  ];
  return { ...loaded, diagnostics: diagnostics.length > 0 ? diagnostics : none, exitCodeTest: EXIT_NOT_FOUND };
}
