import type { FilePlace, RelatedPlace } from "../diagnostic.ts";
import type { LintedFile } from "./input.ts";

// What a linter's rule is: a pure function of what was loaded, and the codes that it may report.

/** error: it does not do what it says; warning: it will hurt one day; info: worth a look. In this order. */
export const LINT_SEVERITIES = ["info", "warning", "error"] as const;
export type LintSeverity = (typeof LINT_SEVERITIES)[number];

export interface Finding {
  /** Stable, for tools and `--explain`. */
  readonly code: string;
  readonly severity: LintSeverity;
  readonly place: FilePlace;
  /** What is wrong here, in one sentence with the names and numbers of this very case. */
  readonly reason: string;
  /** What to do, as an imperative sentence. */
  readonly remedy: string;
  readonly related: readonly RelatedPlace[];
}

/** One code: what `regent lint --explain CODE` and doc/lint.md say. */
export interface LintCode {
  readonly severity: LintSeverity;
  /** One line. */
  readonly title: string;
  /** Some sentences: what happens, why it hurts, what to write instead. */
  readonly explanation: string;
  /** Messages of the loader that a finding of this code says better: they are not listed beside it. */
  readonly replaces?: RegExp;
}

/** A finding before its severity has been looked up. */
export interface Found<Code extends string> {
  readonly code: Code;
  readonly at: FilePlace;
  readonly reason: string;
  readonly remedy: string;
  readonly related?: readonly RelatedPlace[];
}

/** A rule that looks at one configuration. */
export interface Rule<Code extends string = string> {
  /** What it is about, a heading of doc/lint.md. */
  readonly subject: string;
  readonly codes: Readonly<Record<Code, LintCode>>;
  readonly find: (file: LintedFile) => readonly Found<Code>[];
}

/** A rule that looks at the two directors of a pair. */
export interface PairRule<Code extends string = string> {
  readonly subject: string;
  readonly codes: Readonly<Record<Code, LintCode>>;
  readonly find: (first: LintedFile, second: LintedFile) => readonly Found<Code>[];
}

/** Keeps the names of the codes in the type, so that a rule cannot report one that nobody explains. */
export function rule<Code extends string>(definition: Rule<Code>): Rule<Code> {
  return definition;
}

export function pairRule<Code extends string>(definition: PairRule<Code>): PairRule<Code> {
  return definition;
}
