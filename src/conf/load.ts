import { exitCodeOfKind, highestKind } from "./diagnostic.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { expandDualStack } from "./dual-stack.ts";
import { emptyDraft } from "./drafts.ts";
import type { Draft } from "./drafts.ts";
import type { LoadEnvironment, LoadRequest } from "./environment.ts";
import { examined } from "./examined-files.ts";
import { parseStructure } from "./grammar.ts";
import { checkInterfaces, existingInterfaces } from "./interfaces.ts";
import { readBlock } from "./keyword.ts";
import { COMMAND_KEYWORDS } from "./keywords/commands.ts";
import { ROOT } from "./keywords/root.ts";
import type { Config } from "./model.ts";
import { Reading } from "./reading.ts";
import type { Unsupported } from "./reading.ts";
import { resolveBfd } from "./resolve-bfd.ts";
import { resolveCheck } from "./resolve-check.ts";
import { resolveGlobal } from "./resolve-global.ts";
import { ofThose, resolveCheckNotify, resolveMail, resolveVrrpNotify } from "./resolve-notify.ts";
import { resolveRoutes } from "./resolve-routes.ts";
import { resolveScripts, resolveVrrp } from "./resolve-vrrp.ts";
import { ScriptJudge } from "./security.ts";
import type { ScriptPolicy } from "./security.ts";
import { readSource } from "./source.ts";
import type { ConsolidatedText } from "./source.ts";
import { StructureErrors } from "./structure-errors.ts";

export type { Diagnostic } from "./diagnostic.ts";
export { formatDiagnostic } from "./diagnostic.ts";
export { explainDiagnostic, explainDiagnostics } from "./diagnostic-text.ts";
export type { LoadEnvironment, LoadRequest } from "./environment.ts";
export type { Unsupported } from "./reading.ts";

export interface LoadResult {
  /** Undefined when there is nothing to read. Otherwise what could be read, even if it must not be used: see `exitCodeDaemon`. */
  readonly config: Config | undefined;
  /** In the order of the text, then what concerns the parts together. */
  readonly diagnostics: readonly Diagnostic[];
  readonly unsupported: readonly Unsupported[];
  /** All files that were read. */
  readonly files: readonly string[];
  /** What `-t` exits with. */
  readonly exitCodeTest: number;
  /** Defined: the daemon must not start (or, on a reload, must change nothing), and exits with it. */
  readonly exitCodeDaemon: number | undefined;
}

const EXIT_CONFIG = 2;
const EXIT_NO_CONFIG = 6;

/**
 * Loads a configuration: a complete new value with its diagnostics. Never throws for anything in the text; touches
 * nothing but what `given` offers.
 */
export function loadConfig(given: LoadEnvironment, request: LoadRequest): LoadResult {
  const environment: LoadEnvironment = { ...given, files: examined(given.files) };
  const source = readSource(environment, request);
  if (source.nothingToRead) {
    const diagnostics = source.diagnostics.map(({ diagnostic }) => diagnostic);
    return { config: undefined, diagnostics, unsupported: [], files: [], exitCodeTest: 0, exitCodeDaemon: EXIT_NO_CONFIG };
  }
  const reading = new Reading(environment, request.testing, source.origins, source.files[0] ?? request.path);
  const draft = readDraft(reading, source);
  if (request.netNamespace !== undefined) draft.global.netNamespace = request.netNamespace;
  reading.whileReading = false;
  const config = resolveConfig(reading, draft);
  const placed = [...source.diagnostics, ...reading.diagnostics];
  const diagnostics = placed.sort((a, b) => (a.order === b.order ? 0 : a.order - b.order)).map(({ diagnostic }) => diagnostic);
  const { unsupported } = reading;
  return {
    config,
    diagnostics,
    unsupported,
    files: source.files,
    exitCodeTest: testExitCode(source, reading, diagnostics),
    exitCodeDaemon: daemonExitCode(source, reading),
  };
}

function readDraft(reading: Reading, source: ConsolidatedText): Draft {
  const draft = emptyDraft();
  const structure = new StructureErrors(reading, source);
  for (const { statements, errors } of parseStructure(source.lines, COMMAND_KEYWORDS)) {
    for (const error of errors) structure.report(error);
    readBlock(reading, ROOT, draft, statements);
  }
  structure.end();
  return expandDualStack(reading, draft);
}

function resolveConfig(reading: Reading, draft: Draft): Config {
  const policy: ScriptPolicy = {
    enableScriptSecurity: draft.global.scriptSecurity,
    useSymlinkPaths: draft.global.useSymlinkPaths,
    supplementaryGroups: draft.global.supplementaryGroups,
    scriptUser: draft.global.scriptUser,
  };
  const interfaces = existingInterfaces(reading, draft.global);
  resolveRoutes(reading, draft, interfaces);
  const missing = interfaces !== undefined && checkInterfaces(reading, draft, interfaces);
  const vrrpJudge = new ScriptJudge(reading, policy);
  const scripts = resolveScripts(reading, draft, vrrpJudge);
  const vrrpNotify = resolveVrrpNotify(reading, draft, vrrpJudge);
  // keepalived's VRRP process says this, so only where there is something for it to do.
  if (draft.instances.length > 0 && !missing) reportScripts(reading, vrrpJudge, policy, "scripts");
  const bfd = resolveBfd(reading, draft);
  const vrrp = resolveVrrp(reading, draft, scripts, bfd);

  const checkJudge = new ScriptJudge(reading, policy);
  const { check, services } = resolveCheck(reading, draft, bfd, checkJudge);
  const checkNotify = resolveCheckNotify(reading, draft, services, checkJudge);
  if (services.length > 0) reportScripts(reading, checkJudge, policy, "check scripts");

  const globalJudge = new ScriptJudge(reading, policy);
  const global = resolveGlobal(reading, draft.global, globalJudge);
  reportScripts(reading, globalJudge, policy, "start/shutdown scripts");
  return { global, vrrp, bfd, check, notify: { ...ofThose(vrrpNotify, vrrp), ...checkNotify, mail: resolveMail(reading, draft.global) } };
}

function reportScripts(reading: Reading, judge: ScriptJudge, policy: ScriptPolicy, what: string): void {
  if (!judge.executed || policy.enableScriptSecurity) return;
  const insecure = judge.insecure ? " There are insecure scripts." : "";
  reading.problem("security", `SECURITY VIOLATION - ${what} are being executed but script_security not enabled.${insecure}`, undefined, {
    remedy: "write enable_script_security in global_defs, and script_user with an account that needs no rights",
  });
}

/** As keepalived decides: includes first, then the missing word at which it stops, then the deciding kind. */
function testExitCode(source: ConsolidatedText, reading: Reading, diagnostics: readonly Diagnostic[]): number {
  if (source.includeFailed) return EXIT_NO_CONFIG;
  if (reading.missingParameter) return EXIT_CONFIG;
  return exitCodeOfKind(highestKind(diagnostics));
}

function daemonExitCode(source: ConsolidatedText, reading: Reading): number | undefined {
  if (source.includeFailed) return EXIT_NO_CONFIG;
  const refused = reading.unsupported.some(({ effect }) => effect === "refuse");
  return source.tooLarge || reading.missingParameter || reading.fatal || refused ? EXIT_CONFIG : undefined;
}
