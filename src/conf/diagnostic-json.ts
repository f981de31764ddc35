import { byPlace } from "./diagnostic-text.ts";
import type { Diagnostic, FilePlace, RelatedPlace } from "./diagnostic.ts";
import type { Unsupported } from "./reading.ts";

// Diagnostics for editors and CI. The fields are described in doc/diagnostics.md; they may become more, none changes its meaning.

export interface DiagnosticsDocument {
  readonly format: "regent-diagnostics";
  /** Changes only when a field changes its meaning. */
  readonly version: 1;
  /** In the order of the command line. */
  readonly results: readonly JudgedFile[];
}

export interface JudgedFile {
  /** As it was asked for: a file or a pattern. */
  readonly path: string;
  /** Every file that was read for it, includes too. */
  readonly files: readonly string[];
  /** What `keepalived -t` exits with. */
  readonly exitStatus: number;
  /** Whether regentd would run with it. */
  readonly runs: boolean;
  /** Ordered by place. */
  readonly diagnostics: readonly JudgedDiagnostic[];
}

interface JudgedPlace {
  readonly file: string;
  /** Absent: about the file as a whole. From 1, as columns are; columns count UTF-16 code units. */
  readonly line?: number;
  readonly column?: number;
  /** Just past the last character. */
  readonly endColumn?: number;
}

export interface JudgedDiagnostic extends JudgedPlace {
  readonly severity: Diagnostic["severity"];
  readonly code: Diagnostic["code"];
  readonly message: string;
  /** Whether it has a part in `exitStatus`. */
  readonly counts: boolean;
  readonly keyword?: string;
  readonly expected?: string;
  readonly suggestion?: string;
  readonly remedy?: string;
  readonly related: readonly (JudgedPlace & { readonly note: string })[];
}

/** What the loader found, as far as judging needs it. */
export interface Judged {
  readonly files: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly unsupported: readonly Unsupported[];
  readonly exitCodeTest: number;
  readonly exitCodeDaemon: number | undefined;
}

/** Everything that a person should see: the diagnostics and what regentd refuses to run, ordered by place. */
export function everyDiagnostic({ diagnostics, unsupported }: Judged): Diagnostic[] {
  const refused = unsupported.flatMap(({ effect, diagnostic }) => (effect === "refuse" ? [diagnostic] : []));
  return [...diagnostics, ...refused].sort(byPlace);
}

export function judgedFile(path: string, judged: Judged): JudgedFile {
  const refused = new Set(judged.unsupported.map(({ diagnostic }) => diagnostic));
  return {
    path,
    files: judged.files,
    exitStatus: judged.exitCodeTest,
    runs: judged.exitCodeDaemon === undefined,
    diagnostics: everyDiagnostic(judged).map((diagnostic) => judgedDiagnostic(diagnostic, !refused.has(diagnostic))),
  };
}

export function documentText(results: readonly JudgedFile[]): string {
  const document: DiagnosticsDocument = { format: "regent-diagnostics", version: 1, results };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function judgedDiagnostic(diagnostic: Diagnostic, judged: boolean): JudgedDiagnostic {
  const { severity, code, message, keyword, expected, suggestion, remedy, related = [] } = diagnostic;
  return {
    ...placeOf(diagnostic),
    severity,
    code,
    message,
    counts: judged && severity !== "note",
    ...(keyword === undefined ? {} : { keyword }),
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(remedy === undefined ? {} : { remedy }),
    related: related.map((place: RelatedPlace) => ({ ...placeOf(place), note: place.note })),
  };
}

function placeOf({ file, line, column, endColumn }: FilePlace): JudgedPlace {
  return {
    file,
    ...(line === 0 ? {} : { line }),
    ...(column === 0 ? {} : { column, endColumn: endColumn ?? column + 1 }),
  };
}
