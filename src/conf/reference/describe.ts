import type { Effect } from "../keyword.ts";
import { expectation } from "./expectation.ts";
import { blockOf } from "./reference.ts";
import type { ReferenceBlock, ReferenceKeyword } from "./reference.ts";

// What the manual page, the Markdown page and `regent explain` say about a keyword, before each gives it its form.

export interface Description {
  /** The keyword with what follows it. */
  readonly head: string;
  /** A sentence. */
  readonly meaning: string;
  readonly takes: string | undefined;
  readonly default: string | undefined;
  /** What Regent does with it, where that is not simply what the keyword says. */
  readonly effect: string | undefined;
  readonly deprecated: string | undefined;
}

const EFFECTS: Readonly<Record<Effect, string | undefined>> = {
  acted: undefined,
  refuse: "this version does not act upon it and refuses to run with it",
  report: "this version does not act upon it, and says so once",
  rejected: "an unknown keyword, as it is to keepalived's parser",
};

export function describe({ name, entry, effect, deprecated }: ReferenceKeyword): Description {
  const special = [EFFECTS[effect], entry.except].filter((part) => part !== undefined);
  return {
    head: written(name, entry.argument),
    meaning: sentence(entry.meaning),
    takes: expectation(entry),
    default: entry.default,
    effect: special.length === 0 ? undefined : special.join("; "),
    deprecated: deprecated?.advice,
  };
}

/** The facts that a description has, in their order, with the words that introduce them. */
export function factsOf({ takes, default: value, effect, deprecated }: Description): { readonly label: string; readonly text: string }[] {
  const facts = [
    { label: "Takes", text: takes },
    { label: "Default", text: value },
    { label: "Regent", text: effect },
    { label: "Deprecated", text: deprecated },
  ];
  return facts.flatMap(({ label, text }) => (text === undefined ? [] : [{ label, text }]));
}

/** `regent explain KEYWORD`: its description and, of a block, what may stand in it. */
export function keywordText(keyword: ReferenceKeyword): string {
  const description = describe(keyword);
  const facts = factsOf(description).map(({ label, text }) => `    ${`${label}:`.padEnd(12)}${text}\n`);
  const inner = blockOf(keyword.path);
  const around = keyword.path.slice(0, keyword.path.length - keyword.name.length);
  return `${around}${description.head}\n    ${description.meaning}\n${facts.join("")}${inner === undefined ? "" : `\n${blockText(inner)}`}`;
}

/** A block and its keywords, a line each. */
export function blockText({ path, title, keywords }: ReferenceBlock): string {
  const rows = keywords.map(describe);
  const width = Math.min(36, Math.max(0, ...rows.map(({ head }) => head.length)));
  const lines = rows.map(({ head, meaning }) => (head.length <= width ? `    ${head.padEnd(width)}  ${meaning}\n` : `    ${head}\n    ${" ".repeat(width)}  ${meaning}\n`));
  return `${path === "" ? title : `In ${path}`}:\n${lines.join("")}`;
}

function sentence(text: string): string {
  // A first word that is a keyword or a name keeps its letters.
  const first = /^[a-z]+(?=[ ,;-]|$)/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function written(name: string, argument: string): string {
  if (argument === "-" || argument.startsWith("flag")) return name;
  if (argument === "block" || argument === "list-block") return `${name} { ... }`;
  // What the reader of the text understands is written as one word with its arguments.
  if (/^[~@$]/.test(argument) || /^<.*>$/.test(name)) return argument;
  return `${name} ${argument.replace(/,? block$/, " { ... }")}`;
}
