import { SECOND } from "../base/time.ts";
import { exitCodeOfKind, highestKind } from "./diagnostic.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { emptyDraft } from "./drafts.ts";
import type { Draft, GlobalDraft } from "./drafts.ts";
import type { LoadEnvironment, LoadRequest } from "./environment.ts";
import { parseStructure } from "./grammar.ts";
import type { StructureError } from "./grammar.ts";
import { readBlock } from "./keyword.ts";
import { ROOT } from "./keywords/root.ts";
import type { Config, GlobalConfig, Script } from "./model.ts";
import { Reading } from "./reading.ts";
import type { Unsupported } from "./reading.ts";
import { resolveCheck } from "./resolve-check.ts";
import { resolveNotify } from "./resolve-notify.ts";
import { resolveVrrp } from "./resolve-vrrp.ts";
import { ScriptJudge } from "./security.ts";
import type { ScriptPolicy } from "./security.ts";
import { readSource } from "./source.ts";
import type { ConsolidatedText } from "./source.ts";

export type { Diagnostic } from "./diagnostic.ts";
export { explainDiagnostic, formatDiagnostic } from "./diagnostic.ts";
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
 * nothing but what `environment` offers.
 */
export function loadConfig(environment: LoadEnvironment, request: LoadRequest): LoadResult {
  const source = readSource(environment, request);
  if (source.nothingToRead) {
    const diagnostics = source.diagnostics.map(({ diagnostic }) => diagnostic);
    return { config: undefined, diagnostics, unsupported: [], files: [], exitCodeTest: 0, exitCodeDaemon: EXIT_NO_CONFIG };
  }
  const reading = new Reading(environment, request.testing, source.origins, source.files[0] ?? request.path);
  const draft = readDraft(reading, source);
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
  const { statements, errors } = parseStructure(source.text);
  for (const error of errors) reportStructure(reading, error);
  const missing = errors.filter(({ kind }) => kind === "missing-close").length;
  const draft = emptyDraft();
  readBlock(reading, ROOT, draft, statements);
  if (missing > 0) {
    reading.whileReading = false;
    reading.problem("missing-brace", `There are ${missing} missing '}'s or extra '{'s`, errors.find(({ kind }) => kind === "missing-close")?.at);
  }
  return draft;
}

/** Where braces do not match, two readers of the file may differ about what belongs to what: nobody starts with that. */
function reportStructure(reading: Reading, { kind, at }: StructureError): void {
  switch (kind) {
    case "unterminated-quote":
      return reading.problem("unmatched-quote", `Unmatched quote: '${at.text}'`, at);
    case "stray-open":
      reading.problem("unexpected-brace", "Unexpected '{' - ignoring", at);
      return reading.refuse("unexpected '{'", at);
    case "too-deep":
      reading.problem("unexpected-brace", "Unexpected '{' - blocks are nested too deeply", at);
      return reading.refuse("unexpected '{'", at);
    case "stray-close":
      reading.problem("unknown-keyword", "Extra '}' found", at);
      return reading.refuse("extra '}'", at);
    case "missing-close":
      return reading.refuse("missing '}' of the block that begins here", at);
  }
}

function resolveConfig(reading: Reading, draft: Draft): Config {
  const policy: ScriptPolicy = {
    enableScriptSecurity: draft.global.scriptSecurity,
    useSymlinkPaths: draft.global.useSymlinkPaths,
    supplementaryGroups: draft.global.supplementaryGroups,
    scriptUser: draft.global.scriptUser,
  };
  const judges = { vrrp: new ScriptJudge(reading, policy), check: new ScriptJudge(reading, policy) };
  const vrrp = resolveVrrp(reading, draft, judges.vrrp);
  const { check, services } = resolveCheck(reading, draft, judges.check);
  const notify = resolveNotify(reading, draft, services, judges);
  const global = resolveGlobal(reading, draft.global, new ScriptJudge(reading, policy));
  // keepalived's children say this, so only where there is something for them to do.
  if (draft.instances.length > 0) reportScripts(reading, judges.vrrp, policy, "scripts");
  if (services.length > 0) reportScripts(reading, judges.check, policy, "check scripts");
  return { global, vrrp, check, notify };
}

function reportScripts(reading: Reading, judge: ScriptJudge, policy: ScriptPolicy, what: string): void {
  if (!judge.executed || policy.enableScriptSecurity) return;
  const insecure = judge.insecure ? " There are insecure scripts." : "";
  reading.problem("security", `SECURITY VIOLATION - ${what} are being executed but script_security not enabled.${insecure}`, undefined);
}

function resolveGlobal(reading: Reading, draft: GlobalDraft, judge: ScriptJudge): GlobalConfig {
  const optional = (script: GlobalDraft["startupScript"]): Script | undefined => (script === undefined ? undefined : judge.judge(script));
  return {
    routerId: draft.routerId ?? reading.environment.hostName,
    instance: draft.instance,
    usePidDir: draft.usePidDir || draft.instance !== undefined,
    childWaitTimeUs: draft.childWaitTimeUs ?? 5 * SECOND,
    startupScript: optional(draft.startupScript),
    startupScriptTimeoutUs: draft.startupScriptTimeoutUs ?? 10 * SECOND,
    shutdownScript: optional(draft.shutdownScript),
    shutdownScriptTimeoutUs: draft.shutdownScriptTimeoutUs ?? 10 * SECOND,
    dynamicInterfaces: draft.dynamicInterfaces,
    reloadCheckConfig: draft.reloadCheckConfig,
    vrrpPriority: draft.vrrpPriority,
    vrrpRtPriority: draft.vrrpRtPriority,
    checkerPriority: draft.checkerPriority,
    umask: draft.umask,
    stateDumpFile: draft.stateDumpFile,
  };
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
  return reading.missingParameter || reading.fatal || refused ? EXIT_CONFIG : undefined;
}
