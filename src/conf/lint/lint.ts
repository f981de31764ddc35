import type { LoadEnvironment, LoadRequest } from "../environment.ts";
import { examined } from "../examined-files.ts";
import { elsewhere } from "./elsewhere.ts";
import { loadConfig } from "../load.ts";
import type { Diagnostic, FilePlace } from "../diagnostic.ts";
import { LINT_SEVERITIES } from "./finding.ts";
import type { Finding, Found, LintCode, LintSeverity } from "./finding.ts";
import type { LintedFile } from "./input.ts";
import { loaderFindings } from "./loaded.ts";
import { outlineOf } from "./outline.ts";
import { LINT_CODES, PAIR_RULES, RULES } from "./rules.ts";
import { timingOf } from "./timing/timing.ts";
import type { Timing } from "./timing/timing.ts";

/** What was found in one file. */
export interface LintResult {
  readonly path: string;
  /** Every file that was read for it, includes too. */
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  readonly timing: Timing;
}

/** A configuration that can be linted, or why there is none. */
export type Opened = { readonly ok: true; readonly file: LintedFile; readonly files: readonly string[] } | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads a configuration for linting. A faulty one is linted, too; only one that cannot be read at all is not.
 *
 * @param isElsewhere it is meant for another machine: interfaces, scripts and accounts are not looked for on this one
 */
export function openForLint(here: LoadEnvironment, request: LoadRequest, isElsewhere = false): Opened {
  const environment: LoadEnvironment = { ...here, files: examined(here.files) };
  const outline = outlineOf(environment, request);
  const { config, diagnostics, unsupported, files } = loadConfig(isElsewhere ? elsewhere(environment, outline) : environment, request);
  if (config === undefined) return { ok: false, diagnostics };
  return { ok: true, files, file: { path: request.path, config, outline, diagnostics, unsupported, files: environment.files, isElsewhere } };
}

/** Everything that one configuration shows by itself, ordered by place. */
export function lintFile(file: LintedFile, files: readonly string[]): LintResult {
  const found = RULES.flatMap(({ codes, find }) => find(file).map((one) => finding(codes, one)));
  return { path: file.path, files, findings: [...found, ...loaderFindings(file, LINT_CODES, found)].sort(byPlace), timing: timingOf(file) };
}

/** What only the two configurations of a pair show together. */
export function lintPair(first: LintedFile, second: LintedFile): Finding[] {
  return PAIR_RULES.flatMap(({ codes, find }) => find(first, second).map((one) => finding(codes, one))).sort(byPlace);
}

function finding(codes: Readonly<Record<string, LintCode>>, { code, at, reason, remedy, related = [] }: Found<string>): Finding {
  const known = codes[code];
  if (known === undefined) throw new Error(`nobody explains the code ${code}`);
  return { code, severity: known.severity, place: at, reason, remedy, related };
}

/** Files in the order of their names, lines and columns within; what is about a file as a whole comes last of it. */
function byPlace(a: Finding, b: Finding): number {
  return a.place.file.localeCompare(b.place.file) || lineOf(a.place) - lineOf(b.place) || a.place.column - b.place.column;
}

function lineOf({ line }: FilePlace): number {
  return line === 0 ? Number.MAX_SAFE_INTEGER : line;
}

export function isAtLeast(severity: LintSeverity, threshold: LintSeverity): boolean {
  return LINT_SEVERITIES.indexOf(severity) >= LINT_SEVERITIES.indexOf(threshold);
}
