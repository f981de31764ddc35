import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { Diagnostic, Severity } from "../diagnostic.ts";
import type { Finding, LintCode, LintSeverity } from "./finding.ts";
import type { LintedFile } from "./input.ts";

// What loading itself found, as findings: whoever lints need not check besides.

const SEVERITIES: Readonly<Record<Severity, LintSeverity>> = { error: "error", warning: "warning", note: "info" };

/** No fault for the loader, and yet hardly ever meant. */
const WORSE_THAN_SAID: Readonly<Partial<Record<DiagnosticCode, LintSeverity>>> = { "comment-in-word": "warning" };

/** What to do about a message that does not say it itself. */
const REMEDIES: Readonly<Record<Severity, string>> = {
  error: "correct the line; 'regent explain KEYWORD' says what it takes",
  warning: "correct the line; keepalived -t does not accept it",
  note: "see whether it is meant",
};

/**
 * The messages of the loader, and what regentd refuses to run, without those that a rule has said better.
 *
 * @param codes by name, those of the rules
 * @param said what the rules found
 */
export function loaderFindings({ diagnostics, unsupported }: LintedFile, codes: ReadonlyMap<string, LintCode>, said: readonly Finding[]): Finding[] {
  const replaced = [...new Set(said.map(({ code }) => code))].flatMap((code) => codes.get(code)?.replaces ?? []);
  const left = diagnostics.filter(({ message }) => !replaced.some((pattern) => pattern.test(message)));
  return [...left.map(asFinding), ...unsupported.map((keyword) => ({ ...asFinding(keyword.diagnostic), ...severityOf(keyword.effect) }))];
}

function severityOf(effect: "refuse" | "report"): { readonly severity: LintSeverity } {
  return { severity: effect === "refuse" ? "error" : "info" };
}

function asFinding({ code, severity, message, suggestion, expected, remedy, related = [], file, line, column, endColumn, sourceLine }: Diagnostic): Finding {
  const proposal = suggestion === undefined ? undefined : `write '${suggestion}'`;
  const wanted = expected === undefined ? undefined : `write ${expected}`;
  return {
    code,
    severity: WORSE_THAN_SAID[code] ?? SEVERITIES[severity],
    place: { file, line, column, ...(endColumn === undefined ? {} : { endColumn }), ...(sourceLine === undefined ? {} : { sourceLine }) },
    reason: message,
    remedy: remedy ?? proposal ?? wanted ?? (code === "not-supported" ? "leave it out, or keep keepalived until a version has it" : REMEDIES[severity]),
    related,
  };
}
