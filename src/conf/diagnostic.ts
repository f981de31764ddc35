import type { DiagnosticCode } from "./diagnostic-codes.ts";

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

/** A place in a file. */
export interface FilePlace {
  readonly file: string;
  /** From 1; 0 when the message is about no particular line. */
  readonly line: number;
  /** From 1, in characters of the line as it stands in the file; 0 when unknown. */
  readonly column: number;
  /** Just past the last character of the word; absent when only its beginning is known. */
  readonly endColumn?: number;
  /** The line as it stands in the file. */
  readonly sourceLine?: string;
}

/** Another place that a message speaks of, such as the other half of a conflict. */
export interface RelatedPlace extends FilePlace {
  /** What stands there, e.g. "the other one is here". */
  readonly note: string;
}

export interface Diagnostic extends FilePlace {
  readonly severity: Severity;
  readonly kind: DiagnosticKind;
  /** Stable, for tools; what each means is in diagnostic-codes.ts. */
  readonly code: DiagnosticCode;
  /** One sentence, keepalived's wording where it has one. */
  readonly message: string;
  /** Found while reading the text; keepalived prefixes only those with file and line. */
  readonly whileReading: boolean;
  /** Line of the consolidated text, by which places are ordered through all includes; infinite without a place. */
  readonly position: number;
  /** Path of the keyword that was being read, e.g. "vrrp_instance.priority". */
  readonly keyword?: string;
  /** What would have been right there, e.g. "a whole number from 1 to 255". */
  readonly expected?: string;
  /** The nearest keyword that exists. */
  readonly suggestion?: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly related?: readonly RelatedPlace[];
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
