/**
 * What kind of trouble a message is about, in keepalived's order: of all that was found the LAST of this list decides
 * the exit code of `-t`. So a mere warning hides an earlier fatal error.
 */
export const DIAGNOSTIC_KINDS = [
  "ok",
  "file-not-found",
  "bad-interface",
  "fatal",
  "multiple-files",
  "unknown-keyword",
  "unexpected-brace",
  "missing-brace",
  "unmatched-quote",
  "missing-parameter",
  "invalid-number",
  "general-error",
  "warning",
  "deprecated",
  "security",
] as const;

export type DiagnosticKind = (typeof DIAGNOSTIC_KINDS)[number];

/** "note": printed, but no reason for `-t` to fail. */
export type Severity = "error" | "warning" | "note";

export interface Diagnostic {
  readonly file: string;
  /** From 1; 0 when the message is about no particular line. */
  readonly line: number;
  /** From 1, in characters of the line as it stands in the file; 0 when unknown. */
  readonly column: number;
  readonly severity: Severity;
  readonly kind: DiagnosticKind;
  /** One sentence, keepalived's wording where it has one. */
  readonly message: string;
  /** Found while reading the text; keepalived prefixes only those with file and line. */
  readonly whileReading: boolean;
  /** The line as it stands in the file. */
  readonly sourceLine?: string;
  /** The nearest keyword that exists. */
  readonly suggestion?: string;
}

/** Collects what was found; the place is given in lines of the consolidated text, so that all can be put in order. */
export interface PlacedDiagnostic {
  readonly diagnostic: Diagnostic;
  readonly order: number;
}

/** keepalived's form: one line, "(FILE: Line N) message", or the bare message for what was found after reading. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, message, whileReading } = diagnostic;
  return whileReading && line > 0 ? `(${file}: Line ${line}) ${message}` : message;
}

/** For people: file:line:column, the source line with a caret below the word, and the nearest keyword. Several lines. */
export function explainDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, sourceLine, suggestion } = diagnostic;
  const place = line === 0 ? file : column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`;
  const lines = [`${place}: ${severity}: ${message}`];
  if (sourceLine !== undefined && column > 0) {
    // Tabs are kept as tabs, so that the caret stands below its word whatever the width of a tab.
    const indent = sourceLine.slice(0, column - 1).replace(/[^\t]/g, " ");
    lines.push(`    ${sourceLine}`, `    ${indent}^`);
  }
  if (suggestion !== undefined) lines.push(`    did you mean '${suggestion}'?`);
  return lines.join("\n");
}

/** The kind that decides the exit code: the highest among errors and warnings; notes do not count. */
export function highestKind(diagnostics: readonly Diagnostic[]): DiagnosticKind {
  let highest = 0;
  for (const { kind, severity } of diagnostics) {
    if (severity !== "note") highest = Math.max(highest, DIAGNOSTIC_KINDS.indexOf(kind));
  }
  return DIAGNOSTIC_KINDS[highest] ?? "ok";
}

/** The exit code of `-t` for the deciding kind, as keepalived has it; a missing word (2) and includes (6) come before. */
export function exitCodeOfKind(kind: DiagnosticKind): number {
  switch (kind) {
    case "ok":
      return 0;
    case "file-not-found":
    case "bad-interface":
    case "fatal":
      return 4;
    case "security":
      return 6;
    default:
      return 5;
  }
}
