import type { Candidates } from "../nearest.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import { keywordsNamed } from "./reference.ts";
import { RETIRED, retiredText } from "./retired.ts";

// What to say about a keyword that does not belong where it stands.

export interface AboutUnknown {
  readonly code: DiagnosticCode;
  readonly suggestion?: string;
  readonly expected?: string;
  readonly remedy?: string;
  /** The keyword belongs to this enclosing block, or to the top level: a brace is probably missing. How many blocks were left open. */
  readonly leftOpen?: number;
  /** It belongs to the block that was read last, which has ended. */
  readonly endedEarly?: boolean;
}

/** A block outside every other. */
export interface LastBlock {
  readonly keyword: string;
  readonly name: string;
  readonly hasBraces: boolean;
}

/** So many keywords can be listed in a message; of more, one is told where the list is. */
const LISTED = 5;

/**
 * @param known keywords that may stand there
 * @param around keywords of the enclosing blocks, the outermost first
 * @param last the block that was read before
 */
export function aboutUnknown(name: string, known: Candidates, around: readonly string[], last?: LastBlock): AboutUnknown {
  const retired = Object.hasOwn(RETIRED, name) ? RETIRED[name] : undefined;
  if (retired !== undefined) return { code: "retired-keyword", remedy: retiredText(name, retired) };
  const blocks = keywordsNamed(name).flatMap(({ block, effect }) => (block.isBlock && effect !== "rejected" ? [block.path] : []));
  if (blocks.length > 0) return inWrongBlock(name, known, around, blocks, last);
  const suggestion = known.nearest(name);
  if (suggestion !== undefined) return { code: "unknown-keyword", suggestion };
  const here = around.at(-1);
  if (known.words.length <= LISTED) return { code: "unknown-keyword", expected: known.words.join(", ") };
  return { code: "unknown-keyword", remedy: `'regent explain${here === undefined ? "" : ` ${around.join(".")}`}' lists what may stand here` };
}

function inWrongBlock(name: string, known: Candidates, around: readonly string[], blocks: readonly string[], last: LastBlock | undefined): AboutUnknown {
  const here = around.at(-1);
  for (let open = 1; open <= around.length; open++) {
    const outer = around.slice(0, -open).join(".");
    if (!blocks.includes(outer)) continue;
    const place = outer === "" ? "outside every block" : `in ${outer}`;
    return { code: "wrong-block", remedy: `'${name}' belongs ${place}: is the '}' of ${around.slice(-open).reverse().join(" and of ")} missing above?`, leftOpen: open };
  }
  const places = [...new Set(blocks.map((path) => path.split(".").at(-1) ?? ""))].filter((block) => block !== here);
  if (here === undefined && last !== undefined && blocks.includes(last.keyword)) {
    const block = `${last.keyword} ${last.name}`.trim();
    const question = last.hasBraces ? `does a '}' above end ${block} too early?` : `is the '{' of ${block} missing above?`;
    return { code: "wrong-block", remedy: `'${name}' belongs in ${last.keyword}: ${question}`, endedEarly: true };
  }
  const suggestion = known.nearest(name);
  const nearest = suggestion === undefined ? {} : { suggestion };
  const belongs = `'${name}' belongs ${places.includes("") ? "outside every block" : `in ${orList(places)}`}`;
  if (here === undefined) return { code: "wrong-block", remedy: `${belongs}`, ...nearest };
  return { code: "wrong-block", remedy: `${belongs}, not in ${here}`, ...nearest };
}

function orList(words: readonly string[]): string {
  if (words.length > LISTED) return `${words.slice(0, 3).join(", ")} and ${words.length - 3} other blocks`;
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
