import type { KeywordEntry } from "../keyword.ts";

// What a keyword takes, in words, from its row in the table.

interface Kind {
  readonly words: string;
  /** Behind the range. */
  readonly after?: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  INTEGER: { words: "a whole number" },
  "[INTEGER]": { words: "a whole number", after: ", or nothing" },
  "SECONDS(decimal)": { words: "a number of seconds", after: ", decimals allowed" },
  "SECONDS(decimal, 3 places)": { words: "a number of seconds", after: ", at most 3 decimals" },
  "MILLISECONDS(decimal, 3 places)": { words: "a number of milliseconds", after: ", at most 3 decimals" },
  BOOL: { words: "on or off (or true, false, yes, no)" },
  "[BOOL]": { words: "on or off (or true, false, yes, no), or nothing, which means on" },
  BOOL01: { words: "0 or 1" },
  IP: { words: "an IPv4 or IPv6 address" },
  "[IP]": { words: "an IPv4 or IPv6 address, or nothing" },
  IFNAME: { words: "the name of a network interface" },
  NAME: { words: "a name" },
  STRING: { words: "a word, or words in double quotes" },
  PATH: { words: "the path of a file" },
  DIR: { words: "the path of a directory" },
  HEX32: { words: "32 hexadecimal digits" },
  "NAME|NUMBER": { words: "a name or a number" },
};

/** What stands on the lines of a list, by its row's range. */
const LISTS: Readonly<Record<string, string>> = {
  "address entries": "IP[/LEN] and options, such as 192.0.2.1/24 dev eth0 ('regent explain address')",
  "route entries": "a route as ip-route(8) has it, such as 198.51.100.0/24 via 192.0.2.254 ('regent explain route')",
  "rule entries": "a rule as ip-rule(8) has it, such as from 192.0.2.0/24 table 100 ('regent explain rule')",
  "track entries": "NAME [weight N [reverse]] ('regent explain track')",
  "peer entries": "IP [min_ttl N] [max_ttl N]",
};

const LIMITS: Readonly<Record<string, string>> = {
  UINT_MAX: "4294967295",
  UINT32_MAX: "4294967295",
  UINT32: "4294967295",
  INT_MAX: "2147483647",
};

/** E.g. "a whole number from 1 to 255"; undefined when the row says no more than the argument's form does. */
export function expectation(entry: KeywordEntry): string | undefined {
  const { argument, range, unit } = entry;
  const alternatives: Kind | undefined = /^[A-Za-z0-9_-]+(\|[A-Za-z0-9_-]+)+$/.test(argument) ? { words: oneOf(argument.split("|")) } : undefined;
  const kind = KINDS[argument] ?? alternatives;
  if (kind === undefined) return range;
  const said = range === undefined || (argument === "HEX32" && range === "32 hex digits") ? "" : inWords(range);
  const measured = unit === undefined || argument.includes("SECONDS") ? "" : `, in ${unit === "s" ? "seconds" : unit}`;
  return `${kind.words}${said}${kind.after ?? ""}${measured}`;
}

/** As `expectation`, with the argument's form where that has no words. Undefined for a keyword that stands alone or opens a block. */
export function expectedArgument(entry: KeywordEntry): string | undefined {
  const { argument, range } = entry;
  if (argument === "list-block") return LISTS[range ?? ""];
  if (argument === "-" || argument.startsWith("flag") || /^(?:\[?NAME\]? )?block$/.test(argument)) return undefined;
  const words = expectation(entry);
  return words === undefined ? argument : words === range ? `${argument}, ${range}` : words;
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** "1-255", "-253..253", "0-UINT_MAX (0 becomes 1)", "0.001 up", "2|3"; other ranges are words already. */
function inWords(range: string): string {
  const both = /^(-?[0-9.]*[0-9])(?:-|\.\.)([0-9]+(?:\.[0-9]+)?|U?INT(?:32)?(?:_MAX)?)(?: (.*))?$/.exec(range);
  if (both !== null) {
    const [, from = "", to = "", rest] = both;
    return ` from ${from} to ${LIMITS[to] ?? to}${rest === undefined ? "" : ` ${rest}`}`;
  }
  if (/^[0-9]+(\|[0-9]+)+$/.test(range)) return `: ${oneOf(range.split("|"))}`;
  const up = /^([0-9.]+) up$/.exec(range);
  return up === null ? `, ${range}` : ` from ${up[1] ?? ""} up`;
}
