import { explainAtOnePlace } from "../diagnostic-text.ts";
import type { Explained } from "../diagnostic-text.ts";
import type { FilePlace } from "../diagnostic.ts";
import type { Finding, LintSeverity } from "./finding.ts";
import type { LintResult } from "./lint.ts";
import { timingLines } from "./timing/timing.ts";
import type { Timing } from "./timing/timing.ts";
import { count } from "./words.ts";

// What was found, for people and for tools.

export interface LintReport {
  /** In the order of the command line. */
  readonly results: readonly LintResult[];
  /** Of the pair, when the two files were taken for one. */
  readonly pair: readonly Finding[] | undefined;
}

type Totals = Readonly<Record<LintSeverity, number>>;

/** Findings with their lines, the timing, and one line of totals. */
export function lintText({ results, pair = [] }: LintReport): string {
  const findings = results.flatMap((result) => result.findings);
  const several = results.length > 1;
  const blocks = [
    ...[...atOnePlace(findings), ...atOnePlace(pair)].map((group) => explainAtOnePlace(group.map(explained))),
    ...results.flatMap(({ path, timing }) => {
      const lines = timingLines(timing);
      return lines.length === 0 ? [] : [[`timing${several ? ` of ${path}` : ""}:`, ...lines.map((line) => `  ${line}`)].join("\n")];
    }),
    totalsText(totalsOf([...findings, ...pair])),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** What is about one word shows its line once. */
function atOnePlace(findings: readonly Finding[]): Finding[][] {
  const groups: Finding[][] = [];
  for (const finding of findings) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && isSamePlace(last[0].place, finding.place)) last.push(finding);
    else groups.push([finding]);
  }
  return groups;
}

function isSamePlace(a: FilePlace, b: FilePlace): boolean {
  return a.line > 0 && a.file === b.file && a.line === b.line && a.column === b.column;
}

function explained({ code, severity, place, reason, remedy, related }: Finding): Explained {
  return { ...masked(place), severity, message: `${reason} [${code}]`, remedy, related: related.map(masked) };
}

const SECRET = /\b(auth_pass\s+|password\s+|key\s+\S+\s+)(\S.*)$/;

/** The log of CI is no place for a password: where one stands in the line, asterisks are shown. */
function masked<T extends FilePlace>(place: T): T {
  if (place.sourceLine === undefined) return place;
  return { ...place, sourceLine: place.sourceLine.replace(SECRET, (...[, keyword, value]: string[]) => `${keyword ?? ""}${"*".repeat(value?.length ?? 0)}`) };
}

function totalsOf(findings: readonly Finding[]): Totals {
  const of = (severity: LintSeverity): number => findings.filter((finding) => finding.severity === severity).length;
  return { error: of("error"), warning: of("warning"), info: of("info") };
}

function totalsText({ error, warning, info }: Totals): string {
  if (error + warning + info === 0) return "nothing found";
  return `${count(error, "error")}, ${count(warning, "warning")}, ${count(info, "remark")}; 'regent lint --explain CODE' says more about one`;
}

interface JsonPlace {
  readonly file: string;
  /** Absent: about the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  /** Just past the last character. */
  readonly endColumn?: number;
}

/** Described in doc/lint.md; fields may be added, none changes its meaning. */
export interface LintDocument {
  readonly format: "regent-lint";
  readonly version: 1;
  readonly results: readonly { readonly path: string; readonly files: readonly string[]; readonly findings: readonly JsonFinding[]; readonly timing: Timing }[];
  /** Absent: the files were not taken for a pair. */
  readonly pair?: readonly JsonFinding[];
  readonly totals: Totals;
}

export interface JsonFinding extends JsonPlace {
  readonly code: string;
  readonly severity: LintSeverity;
  readonly reason: string;
  readonly remedy: string;
  readonly related: readonly (JsonPlace & { readonly note: string })[];
}

export function lintJson({ results, pair }: LintReport): string {
  const document: LintDocument = {
    format: "regent-lint",
    version: 1,
    results: results.map(({ path, files, findings, timing }) => ({ path, files, findings: findings.map(jsonFinding), timing })),
    ...(pair === undefined ? {} : { pair: pair.map(jsonFinding) }),
    totals: totalsOf([...results.flatMap(({ findings }) => findings), ...(pair ?? [])]),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Without the line itself, which may hold a secret. */
function jsonFinding({ code, severity, place, reason, remedy, related }: Finding): JsonFinding {
  return { ...jsonPlace(place), code, severity, reason, remedy, related: related.map((other) => ({ ...jsonPlace(other), note: other.note })) };
}

function jsonPlace({ file, line, column, endColumn }: FilePlace): JsonPlace {
  return { file, ...(line === 0 ? {} : { line }), ...(column === 0 ? {} : { column, endColumn: endColumn ?? column + 1 }) };
}
