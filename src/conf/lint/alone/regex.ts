import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import { pcreDifferences } from "../pcre.ts";
import type { PcreDifference } from "../pcre.ts";

type Code = "regex-refused" | "regex-different" | "regex-slow" | "regex-option";

const CODES: Readonly<Record<PcreDifference["kind"], Code>> = { refused: "regex-refused", different: "regex-different", slow: "regex-slow" };

/** Options that a regular expression of JavaScript has, by another name or by default. */
const KNOWN_OPTIONS = new Set(["caseless", "multiline", "dotall", "utf", "dollar_endonly", "no_auto_possess", "no_start_optimize", "no_dotstar_anchor", "no_utf_check"]);

/** `regex` of HTTP_GET and SSL_GET: PCRE in keepalived, JavaScript's regular expressions in regentd. */
export const REGEX = rule<Code>({
  subject: "Regular expressions",
  codes: {
    "regex-refused": {
      severity: "error",
      title: "a pattern that is no regular expression here",
      explanation:
        "keepalived matches with PCRE2, regentd with JavaScript's regular expressions. Atomic groups, possessive quantifiers, recursion, conditionals, inline options, (?P<name>...) and a few others do not exist there, so the check could not be made. Most have a plain equivalent that means the same in both.",
    },
    "regex-different": {
      severity: "warning",
      title: "a pattern that means something else here",
      explanation:
        "The construct exists in PCRE2, and JavaScript's regular expressions read it differently without complaint: \\A, \\Z, \\h and their like are plain letters, [[:alpha:]] is an odd class, and $ does not match before a last newline. The check would pass or fail for the wrong reason. (Besides, '.' matches no carriage return and \\s matches more blanks.) What is proposed instead means the same in both.",
    },
    "regex-slow": {
      severity: "warning",
      title: "a pattern that can take exponential time",
      explanation:
        "A repetition inside a repetition, such as (a+)+ or (.*,)*, tries every way to divide the text when the body nearly matches: a page of 40 characters can take minutes. The body comes from the server that is checked. keepalived stops at PCRE's limits, regentd watches the match and counts the check as failed.",
    },
    "regex-option": {
      severity: "warning",
      title: "an option that does not exist here",
      explanation: "regex_options takes the names of PCRE2's options. JavaScript's regular expressions have caseless, multiline, dotall and utf; dollar_endonly is how they behave anyway, and options that only make PCRE faster or slower do not matter. The others change what the pattern means.",
    },
  },
  find: ({ outline }) => {
    const found: Found<Code>[] = [];
    for (const url of outline.everything()) {
      if (url.keyword !== "url") continue;
      const options = url.last("regex_options");
      const names = new Set(options?.texts.slice(1));
      const pattern = url.last("regex");
      if (pattern === undefined) continue;
      for (const { kind, from, length, what, instead } of pcreDifferences(pattern.name, names)) {
        found.push({ code: CODES[kind], at: pattern.placeWithin(1, from, length), reason: what, remedy: instead });
      }
      options?.texts.forEach((option, index) => {
        if (index > 0 && !KNOWN_OPTIONS.has(option)) {
          found.push({ code: "regex-option", at: options.place(index), reason: `'${option}' has no equivalent`, remedy: "write the pattern so that it does without" });
        }
      });
    }
    return found;
  },
});
