import { DIAGNOSTIC_CODES } from "../diagnostic-codes.ts";
import { describe, factsOf } from "./describe.ts";
import { REFERENCE } from "./reference.ts";
import type { ReferenceBlock, ReferenceKeyword } from "./reference.ts";
import { RETIRED, retiredText } from "./retired.ts";

// The keyword reference as pages: regentd.conf(5) and doc/keywords.md, and the table of codes in doc/diagnostics.md.

const ABOUT = [
  "regentd reads keepalived's configuration file. What follows is the reference of its keywords, made from the very tables that the file is read with; `regent explain KEYWORD` prints the same.",
  "A line holds a keyword and its words. Words are separated by blanks; double quotes hold several together. A keyword that has a block is followed by { and, further down, by }. A comment begins with # or ! and ends with the line. A line may have 1023 characters.",
  "$NAME=VALUE defines a parameter, $NAME and ${NAME} stand for it from there on; include GLOB reads other files at its place; a line that begins with @ID counts only where regentd was started with -i ID.",
  "Booleans are on, true, yes and off, false, no. Times are seconds unless the keyword says otherwise.",
];

/** doc/man/regentd.conf.5 */
export function manualPage(): string {
  const parts = [
    `.\\" Made from the keyword tables; UPDATE=1 npx vitest run --project unit test/conf/reference.test.ts rewrites it.`,
    `.TH REGENTD.CONF 5`,
    `.SH NAME`,
    `regentd.conf \\- configuration of regentd, a keepalived-compatible high-availability director`,
    `.SH SYNOPSIS`,
    `.I /etc/keepalived/keepalived.conf`,
    `.SH DESCRIPTION`,
    ABOUT.map(roff).join("\n.PP\n"),
    ...REFERENCE.map(manualBlock),
    `.SH RETIRED KEYWORDS`,
    `These stand in old files and old manuals. They are unknown, to keepalived's parser too; the message names what to write.`,
    ...Object.entries(RETIRED).map(([name, retired]) => `.PP\n${roff(retiredText(name, retired))}.`),
    `.SH FILES`,
    `.I /etc/keepalived/keepalived.conf`,
    `.SH SEE ALSO`,
    `.BR regent (1),`,
    `.BR keepalived.conf (5)`,
  ];
  return `${parts.join("\n")}\n`;
}

function manualBlock({ path, title, keywords }: ReferenceBlock): string {
  const head = path === "" ? roff(title.toUpperCase()) : `${roff(path)}`;
  const about = title === path.replaceAll(".", ", ") || path === "" ? [] : [`${roff(title)}.`];
  return [`.SH ${head}`, ...about, ...keywords.map(manualKeyword)].join("\n");
}

function manualKeyword(keyword: ReferenceKeyword): string {
  const description = describe(keyword);
  const rest = description.head.startsWith(keyword.name) ? description.head.slice(keyword.name.length) : ` ${description.head}`;
  const facts = factsOf(description).map(({ label, text }) => `.br\n${label}: ${roff(text)}.`);
  return [`.TP`, `\\fB${roff(keyword.name)}\\fR${roff(rest)}`, roff(description.meaning), ...facts].join("\n");
}

/** Text as text: no escape, no request at the start of a line, minus signs that can be copied. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("~", "\\(ti").replaceAll("^", "\\(ha").replaceAll("`", "\\(ga").replaceAll('"', "\\(dq");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** doc/keywords.md */
export function keywordsPage(): string {
  const parts = [
    "# Keywords of the configuration",
    "Made from the keyword tables; `UPDATE=1 npx vitest run --project unit test/conf/reference.test.ts` rewrites it. The same as `man 5 regentd.conf` and `regent explain KEYWORD`.",
    ...ABOUT.slice(1).map(markdown),
    ...REFERENCE.map(markdownBlock),
    "## Retired keywords\n\nThese stand in old files and old manuals. They are unknown, to keepalived's parser too; the message names what to write.",
    Object.entries(RETIRED)
      .map(([name, retired]) => `- ${markdown(retiredText(name, retired))}.`)
      .join("\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function markdownBlock({ path, title, keywords }: ReferenceBlock): string {
  const about = title === path.replaceAll(".", ", ") || path === "" ? [] : [`${markdown(title)}.`];
  const rows = keywords.map((keyword) => {
    const { head, meaning, takes = "", default: value = "", effect, deprecated } = describe(keyword);
    const notes = [effect, deprecated === undefined ? undefined : `deprecated: ${deprecated}`].filter((note) => note !== undefined).join("; ");
    const cells = [code(head), markdown(meaning), markdown(takes), markdown(value), markdown(notes)];
    return `| ${cells.join(" | ")} |`;
  });
  return [`## ${path === "" ? title : `\`${path}\``}`, ...about, ["| Keyword | Meaning | Takes | Default | Regent |", "|---|---|---|---|---|", ...rows].join("\n")].join("\n\n");
}

function markdown(text: string): string {
  return text.replace(/[|<>*_\\]/g, (character) => `\\${character}`);
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** The table of codes in doc/diagnostics.md. */
export function codesTable(): string {
  const rows = Object.entries(DIAGNOSTIC_CODES).map(([name, meaning]) => `| \`${name}\` | ${markdown(meaning)} |`);
  return ["| Code | Meaning |", "|---|---|", ...rows].join("\n");
}
