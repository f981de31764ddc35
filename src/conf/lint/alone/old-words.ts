import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { Entry } from "../outline.ts";
import { deprecation } from "../../reference/deprecated.ts";

type Code = "old-keyword";

const ROUTE_BLOCKS = ["virtual_routes", "static_routes"];

/** Words that have a successor, of which keepalived says nothing when it reads them. */
export const OLD_WORDS = rule<Code>({
  subject: "Old words",
  codes: {
    "old-keyword": {
      severity: "info",
      title: "a word that has a successor",
      explanation:
        "The word still works and has a successor, or is needed no more; a later version of keepalived may drop it. About some words keepalived -t complains when it reads them, and then the finding has the code deprecated-keyword and is a warning.",
    },
  },
  find: (file) => {
    // What the loader has said with its own words is not said again.
    const said = new Set(file.diagnostics.filter(({ code }) => code === "deprecated-keyword").map((one) => `${one.file}:${one.line}`));
    return [...oldWords(file.outline.entries, [])].filter(({ at }) => !said.has(`${at.file}:${at.line}`));
  },
});

function* oldWords(entries: readonly Entry[], path: readonly string[]): Generator<Found<Code>, void> {
  for (const entry of entries) {
    const old = deprecation([...path, entry.keyword].join("."));
    if (old !== undefined) {
      yield { code: "old-keyword", at: entry.place(), reason: `'${entry.keyword}' is an old word`, remedy: old.advice };
      continue; // its lines go with it
    }
    if (ROUTE_BLOCKS.includes(path.at(-1) ?? "")) yield* inRoute(entry);
    yield* oldWords(entry.entries, [...path, entry.keyword]);
  }
}

/** Of the old words in routes the loader knows all but this one. */
function* inRoute(line: Entry): Generator<Found<Code>, void> {
  const index = line.texts.indexOf("default6");
  if (index >= 0) yield { code: "old-keyword", at: line.place(index), reason: "'default6' is an old word", remedy: "write 'default', and 'inet6' when nothing else says which" };
}
