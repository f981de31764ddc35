import { explainDiagnostics } from "../conf/diagnostic-text.ts";
import { explainCode, nearestCode } from "../conf/lint/explain.ts";
import { LINT_SEVERITIES } from "../conf/lint/finding.ts";
import type { LintSeverity } from "../conf/lint/finding.ts";
import { isAtLeast, lintFile, lintPair, openForLint } from "../conf/lint/lint.ts";
import type { Opened } from "../conf/lint/lint.ts";
import { lintJson, lintText } from "../conf/lint/report.ts";
import type { LintReport } from "../conf/lint/report.ts";
import { readArguments } from "./arguments.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandHost } from "./command.ts";

const EXIT_FOUND = 1;
const EXIT_NOT_LOADED = 2;

export const lint: Command = {
  usage: `Usage: regent lint [OPTION...] FILE...
       regent lint --explain CODE

Finds what is legal and will hurt, and says how long everything takes. Two files are taken for the two directors of a
pair and compared, too; of more each is looked at by itself. Whatever regent check says is said here as well.

  -i, --config-id=ID     Keep the lines that begin with @ID; default the host name up to the first dot. Given once for
                         each file, in their order, or once for all: regent lint -i lb1 -i lb2 FILE FILE.
  -e, --all-config       Every include that finds nothing is an error.
      --elsewhere        The configuration is for another machine: do not look for its interfaces, scripts and accounts
                         here. Always so with two files or more.
      --alone            Two files are no pair.
      --fail-on=SEVERITY error, warning (default) or info: what makes the exit status 1.
      --format=FORMAT    text (default) or json; see doc/lint.md.
      --explain CODE     Say more about the code in brackets behind a finding.

Exit status: 0 nothing found that is as bad as --fail-on, 1 something found, 2 a file cannot be loaded at all or the
command line is wrong.
`,

  run(argv, host) {
    const { values, positionals } = readArguments(argv, {
      "config-id": { type: "string", short: "i", multiple: true },
      "all-config": { type: "boolean", short: "e", default: false },
      elsewhere: { type: "boolean", default: false },
      alone: { type: "boolean", default: false },
      "fail-on": { type: "string", default: "warning" },
      format: { type: "string", default: "text" },
      explain: { type: "string" },
    } as const);
    if (values.explain !== undefined) return explain(values.explain, host);
    const { format } = values;
    const failOn = LINT_SEVERITIES.find((severity) => severity === values["fail-on"]);
    if (failOn === undefined) throw new UsageError(`--fail-on takes error, warning or info, not '${values["fail-on"]}'`);
    if (format !== "text" && format !== "json") throw new UsageError(`unknown format '${format}': text or json`);
    if (positionals.length === 0) throw new UsageError("name at least one configuration file");
    const environment = host.environment();
    const isElsewhere = values.elsewhere || positionals.length > 1;
    const ids = values["config-id"] ?? [];
    const opened = positionals.map((path, i) => {
      const configId = ids[i] ?? ids.at(-1) ?? environment.hostName.split(".")[0] ?? "";
      return { path, opened: openForLint(environment, { path, configId, testing: true, allConfig: values["all-config"] }, isElsewhere) };
    });
    return report(opened, { isPair: positionals.length === 2 && !values.alone, failOn, format }, host);
  },

  usageStatus: EXIT_NOT_LOADED,
};

interface Wanted {
  readonly isPair: boolean;
  readonly failOn: LintSeverity;
  readonly format: "text" | "json";
}

function report(all: readonly { readonly path: string; readonly opened: Opened }[], { isPair, failOn, format }: Wanted, host: CommandHost): number {
  const files = all.flatMap(({ path, opened }) => {
    if (opened.ok) return [opened];
    for (const text of explainDiagnostics(opened.diagnostics)) host.error(`${text}\n`);
    host.error(`regent lint: ${path} cannot be loaded\n`);
    return [];
  });
  if (files.length < all.length) return EXIT_NOT_LOADED;
  const results = files.map(({ file, files: read }) => lintFile(file, read));
  const [first, second] = files;
  const pair = isPair && first !== undefined && second !== undefined ? lintPair(first.file, second.file) : undefined;
  const found: LintReport = { results, pair };
  host.out(format === "json" ? lintJson(found) : lintText(found));
  return [...results.flatMap(({ findings }) => findings), ...(pair ?? [])].some(({ severity }) => isAtLeast(severity, failOn)) ? EXIT_FOUND : 0;
}

function explain(code: string, host: CommandHost): number {
  const text = explainCode(code);
  if (text !== undefined) {
    host.out(text);
    return 0;
  }
  const nearest = nearestCode(code);
  host.error(`regent lint: there is no code '${code}'${nearest === undefined ? "" : `; did you mean '${nearest}'?`}\n`);
  return EXIT_NOT_LOADED;
}

