import { configJson } from "../conf/config-json.ts";
import { configDiff, diffJson, diffText, isSame } from "../conf/diff.ts";
import { everyDiagnostic } from "../conf/diagnostic-json.ts";
import { explainDiagnostics } from "../conf/diagnostic-text.ts";
import type { LoadEnvironment } from "../conf/environment.ts";
import { examined } from "../conf/examined-files.ts";
import { immovable } from "../conf/immovable.ts";
import { elsewhere } from "../conf/lint/elsewhere.ts";
import { outlineOf } from "../conf/lint/outline.ts";
import { loadConfig } from "../conf/load.ts";
import type { Config } from "../conf/model.ts";
import { printConfig } from "../conf/print/print.ts";
import { readArguments } from "./arguments.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandHost } from "./command.ts";

const EXIT_DIFFERENT = 1;
const EXIT_FAULTY = 1;
const EXIT_NOT_LOADED = 2;

const OPTIONS = {
  "config-id": { type: "string", short: "i", multiple: true },
  "all-config": { type: "boolean", short: "e", default: false },
  elsewhere: { type: "boolean", default: false },
  secrets: { type: "boolean", default: false },
  format: { type: "string", default: "text" },
} as const;

export const config: Command = {
  usage: `Usage: regent config [OPTION...] FILE
       regent config diff [OPTION...] OLD NEW

Prints the effective configuration: includes, parameters and conditions resolved, inheritance applied, defaults written
out. The text loads again to the same configuration, so it holds passwords and keys as the file does. 'diff' says what a
reload from OLD to NEW would do, by instance, group and service.

  -i, --config-id=ID     Keep the lines that begin with @ID; default the host name up to the first dot. For diff: given
                         twice, one for each file.
  -e, --all-config       Every include that finds nothing is an error.
      --elsewhere        The configuration is for another machine: do not look for its interfaces, scripts and accounts
                         here.
      --format=FORMAT    text (default) or json; see doc/config.md.
      --secrets          Show passwords and keys in JSON, too. A diff never shows them.

Exit status: 0 fine (diff: a reload would change nothing), 1 the file has faults, which are said on standard error (diff:
something would change), 2 a file cannot be loaded (diff: or regentd would not reload NEW) or the command line is wrong.
`,
  usageStatus: EXIT_NOT_LOADED,

  run(argv, host) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const { format } = values;
    if (format !== "text" && format !== "json") throw new UsageError(`unknown format '${format}': text or json`);
    const isDiff = positionals[0] === "diff";
    const paths = isDiff ? positionals.slice(1) : positionals;
    if (isDiff && paths.length !== 2) throw new UsageError("diff takes two files, the old and the new one");
    if (!isDiff && paths.length !== 1) throw new UsageError("name one configuration file");
    const environment = host.environment();
    const ids = values["config-id"] ?? [];
    const loaded = paths.map((path, i) => {
      const configId = ids[i] ?? ids.at(-1) ?? environment.hostName.split(".")[0] ?? "";
      return load(host, environment, { path, configId, allConfig: values["all-config"], isElsewhere: values.elsewhere });
    });
    const [first, second] = loaded;
    if (first?.config === undefined || (isDiff && second?.config === undefined)) return EXIT_NOT_LOADED;
    if (second?.config === undefined) {
      host.out(format === "json" ? configJson(first.config, values.secrets) : printConfig(first.config));
      return first.faulty ? EXIT_FAULTY : 0;
    }
    const diff = configDiff(first.config, second.config);
    host.out(format === "json" ? diffJson(diff) : diffText(diff));
    const fixed = immovable(first.config.global, second.config.global);
    if (second.reloads && fixed === undefined) return isSame(diff) ? 0 : EXIT_DIFFERENT;
    if (fixed !== undefined) host.error(`regent config: ${fixed}\n`);
    host.error(`regent config: a reload with ${paths[1] ?? ""} as it is would change nothing\n`);
    return EXIT_NOT_LOADED;
  },
};

interface Wanted {
  readonly path: string;
  readonly configId: string;
  readonly allConfig: boolean;
  readonly isElsewhere: boolean;
}

interface Loaded {
  readonly config: Config | undefined;
  /** Something in it is wrong, which has been said. */
  readonly faulty: boolean;
  /** Whether a running regentd would take it, as far as the file alone tells. */
  readonly reloads: boolean;
}

function load(host: CommandHost, here: LoadEnvironment, { path, configId, allConfig, isElsewhere }: Wanted): Loaded {
  const request = { path, configId, allConfig, testing: true };
  const environment = isElsewhere ? elsewhere(here, outlineOf({ ...here, files: examined(here.files) }, request)) : here;
  const loaded = loadConfig(environment, request);
  const { config: found, exitCodeDaemon } = loaded;
  const said = everyDiagnostic(loaded).filter(({ severity }) => severity !== "note" || found === undefined);
  for (const text of explainDiagnostics(said)) host.error(`${text}\n`);
  if (found === undefined && said.length === 0) host.error(`regent config: ${path} cannot be loaded\n`);
  const faulty = loaded.diagnostics.some(({ severity }) => severity === "error");
  return { config: found, faulty, reloads: !faulty && exitCodeDaemon === undefined };
}
