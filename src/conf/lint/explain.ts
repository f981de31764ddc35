import { DIAGNOSTIC_CODES } from "../diagnostic-codes.ts";
import type { LintCode } from "./finding.ts";
import { nearestWord } from "../nearest.ts";
import { LINT_CODES, PAIR_RULES, RULES } from "./rules.ts";

// What each code means: `regent lint --explain CODE`, and the page that is made of all of them.

const WIDTH = 100;

/** @returns undefined when there is no such code; see `nearestCode` */
export function explainCode(code: string): string | undefined {
  const known = LINT_CODES.get(code);
  if (known !== undefined) return `${code} (${known.severity}): ${known.title}\n\n${wrapped(known.explanation)}\n`;
  if (!Object.hasOwn(DIAGNOSTIC_CODES, code)) return undefined;
  const meaning = DIAGNOSTIC_CODES[code as keyof typeof DIAGNOSTIC_CODES];
  return `${code}: ${meaning}\n\n${wrapped("The loader says so itself; 'regent check' prints it, too. doc/diagnostics.md has all of these codes.")}\n`;
}

export function nearestCode(code: string): string | undefined {
  return nearestWord(code, [...LINT_CODES.keys(), ...Object.keys(DIAGNOSTIC_CODES)]);
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** The generated part of doc/lint.md: one heading for each subject, one table row and one paragraph for each code. */
export function codesMarkdown(): string {
  return [...RULES, ...PAIR_RULES].map(({ subject, codes }) => `### ${subject}\n\n${Object.entries(codes).map(codeMarkdown).join("\n\n")}`).join("\n\n");
}

function codeMarkdown([name, { severity, title, explanation }]: readonly [string, LintCode]): string {
  return `**\`${name}\`** (${severity}): ${escaped(title)}.\n${wrapped(escaped(explanation))}`;
}

/** Outside code, where Markdown would take them for itself. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|$]/g, "\\$&");
}
