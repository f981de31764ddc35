import type { DiagnosticKind } from "./diagnostic.ts";

/** Every code a diagnostic may have, with what it means in one line. A code is never renamed and never used again for something else. */
export const DIAGNOSTIC_CODES = {
  "file-not-found": "A file that is to be read does not exist, cannot be read, or includes itself.",
  "too-large": "The text is larger than what is read at all; nothing of it is used.",
  "line-too-long": "A line is longer than keepalived's buffer; its first part is dropped.",
  "comment-in-word": "A # or ! inside a word begins a comment.",
  "bad-sequence": "A ~SEQ or ~LST line cannot be expanded.",
  "bad-parameter": "A $NAME parameter cannot be expanded.",
  "unknown-keyword": "No keyword of this name exists anywhere.",
  "wrong-block": "The keyword exists, but not in this block.",
  "retired-keyword": "The keyword existed in older versions of keepalived; it has a successor.",
  "unexpected-brace": "A { stands where none can be.",
  "extra-brace": "A } closes nothing.",
  "missing-brace": "A block has no { or no }.",
  "unmatched-quote": "A double quote has no partner on its line.",
  "missing-word": "The keyword needs another word.",
  "invalid-number": "The word is no number of the kind or range that the keyword takes.",
  "invalid-value": "The word is not one that the keyword takes.",
  "incomplete-block": "A block lacks something that it cannot do without.",
  "contradiction": "Two settings exclude each other; one of them is dropped.",
  "unknown-interface": "The interface does not exist on this machine.",
  "unknown-name": "A name is used that nothing in the configuration has.",
  "unused-definition": "Something is defined and used nowhere.",
  "duplicate-vrid": "Two instances use one virtual router id on one interface.",
  "duplicate-address": "An address stands twice.",
  "duplicate-name": "Two blocks of one kind have the same name.",
  "duplicate-entry": "The same thing is listed twice.",
  "duplicate-virtual-server": "Two virtual servers have the same address, port and protocol.",
  "duplicate-real-server": "A virtual server has the same real server twice.",
  "deprecated-keyword": "The keyword works and has a successor.",
  "script-unusable": "A script is not found, cannot be executed, or is not safe to run.",
  "script-security": "Scripts run although script security is off.",
  "not-supported": "keepalived has this and Regent does not have it yet: regentd refuses to run the configuration.",
  "remark": "Something worth knowing that is no error.",
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

/** The code of a message that was given none of its own. */
export function codeOfKind(kind: DiagnosticKind, whileReading: boolean): DiagnosticCode {
  switch (kind) {
    case "ok":
      return "remark";
    case "file-not-found":
    case "unknown-keyword":
    case "unexpected-brace":
    case "missing-brace":
    case "unmatched-quote":
    case "invalid-number":
      return kind;
    case "bad-interface":
      return "unknown-interface";
    case "fatal":
      return "too-large";
    case "missing-parameter":
      return "missing-word";
    case "deprecated":
      return "deprecated-keyword";
    case "security":
      return "script-security";
    case "multiple-files":
    case "general-error":
    case "warning":
      return whileReading ? "invalid-value" : "contradiction";
  }
}
