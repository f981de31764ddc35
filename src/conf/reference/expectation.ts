import type { KeywordEntry } from "../keyword.ts";

// What a keyword takes, in words, from its row in the table.

const KINDS: Readonly<Record<string, string>> = {
  INTEGER: "a whole number",
  "[INTEGER]": "a whole number, or nothing",
  "SECONDS(decimal)": "a number of seconds, with decimals if you like",
  "SECONDS(decimal, 3 places)": "a number of seconds with at most 3 decimals",
  BOOL: "on or off (also true, false, yes, no)",
  "[BOOL]": "on or off (also true, false, yes, no), or nothing, which means on",
  IP: "an IPv4 or IPv6 address",
  "[IP]": "an IPv4 or IPv6 address, or nothing",
  IFNAME: "the name of an interface",
  PATH: "the path of a file",
};

const LIMITS: Readonly<Record<string, string>> = {
  UINT_MAX: "4294967295",
  UINT32_MAX: "4294967295",
  UINT32: "4294967295",
  INT_MAX: "2147483647",
};

/** E.g. "a whole number from 1 to 255"; undefined for a keyword without argument. */
export function expectation(entry: KeywordEntry): string | undefined {
  const { argument, range, unit } = entry;
  if (argument === "-" || argument.startsWith("flag") || argument === "block" || argument === "list-block") return undefined;
  const alternatives = /^[A-Za-z0-9_-]+(\|[A-Za-z0-9_-]+)+$/.test(argument) && argument !== "NAME|NUMBER" ? argument.split("|") : undefined;
  const kind = KINDS[argument] ?? (alternatives === undefined ? argument : oneOf(alternatives));
  const measured = unit === undefined || argument.startsWith("SECONDS") ? "" : `, in ${unit === "s" ? "seconds" : unit}`;
  return `${kind}${range === undefined ? "" : inWords(range)}${measured}`;
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** "1-255", "-253..253", "0-UINT_MAX (0 becomes 1)", "0.001 up"; other ranges are words already. */
function inWords(range: string): string {
  const both = /^(-?[0-9.]*[0-9])(?:-|\.\.)([0-9]+(?:\.[0-9]+)?|U?INT(?:32)?(?:_MAX)?)(?: (.*))?$/.exec(range);
  if (both !== null) {
    const [, from = "", to = "", rest] = both;
    return ` from ${from} to ${LIMITS[to] ?? to}${rest === undefined ? "" : ` ${rest}`}`;
  }
  const up = /^([0-9.]+) up$/.exec(range);
  return up === null ? `, ${range}` : ` from ${up[1] ?? ""} up`;
}
