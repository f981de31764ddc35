import { describe, expect, test } from "vitest";
import { readSource } from "../../src/conf/source.ts";
import { environment, faults, load, MAIN } from "./memory-environment.ts";
import type { MemoryFile } from "./memory-environment.ts";

// The lexical rules of keepalived.conf, sentence by sentence. What the documentation leaves open is as Debian's
// keepalived -t 2.2.7 was seen to read it; where 2.4 is documented otherwise, 2.4 counts.

/** The lines that the grammar sees. */
function lines(text: string, files: Readonly<Record<string, string | MemoryFile>> = {}): readonly string[] {
  const given = environment({ ...files, [MAIN]: text }, { env: { SITE: "north" }, random: (min, max) => (min + max) / 2 });
  return readSource(given, { path: MAIN, configId: "director1", testing: true, allConfig: false }).lines;
}

/** The words of every line, and where its blocks begin and end, as the configuration's unknown keywords show them. */
function unknown(text: string, files: Readonly<Record<string, string | MemoryFile>> = {}): string[] {
  return faults(load(text, files)).filter((message) => message.startsWith("Unknown keyword")).map((message) => message.slice(17, -1));
}

const rules: Readonly<Record<string, readonly { name: string; text: string; want: readonly string[] }[]>> = {
  "reading and lines": [
    { name: "1023 octets fit", text: `${"x".repeat(1_023)}\nnext`, want: ["x".repeat(1_023), "next"] },
    { name: "of a longer line the first part is dropped, the rest is a line", text: `${"x".repeat(1_023)}rest\nnext`, want: ["rest", "next"] },
    { name: "again and again", text: `${"x".repeat(2_046)}rest`, want: ["rest"] },
    { name: "octets count, not characters, and none is cut in two", text: `${"é".repeat(512)}`, want: ["é"] },
    { name: "a comment counts, too", text: `a # ${"x".repeat(1_019)}b`, want: ["b"] },
    { name: "a line with NUL is dropped", text: "a\0b\nc", want: ["c"] },
    { name: "blanks around a line go, carriage returns too; empty lines are none", text: " \ta \r\n\r\n  \n\v\fb\f\n", want: ["a", "b"] },
    { name: "a no-break space is part of a word", text: "\u00a0a\u00a0", want: ["\u00a0a\u00a0"] },
    { name: "the last line needs no end", text: "a\nb", want: ["a", "b"] },
  ],
  "comments": [
    { name: "! and # begin one anywhere, also directly after a word", text: "a!b\nc#d\n!e\n  # f\ng h # i", want: ["a", "c", "g h"] },
    { name: "not in double quotes", text: 'a "b#c!d" # e', want: ['a "b#c!d"'] },
    { name: "but in single ones", text: "a 'b#c'", want: ["a 'b"] },
    { name: "\\# and \\! are the characters", text: "a\\#b \\!c", want: ["a#b !c"] },
    { name: "so are $_HASH and $_BANG", text: "$_HASH ${_HASH}b $_BANG ${_BANG}c", want: ["# #b ! !c"] },
  ],
  "conditional lines": [
    { name: "@ID keeps, @^ID drops", text: "@director1 a\n@other b\n@^director1 c\n@^other d", want: ["a", "d"] },
    { name: "the whole ID counts", text: "@director b\n@director12 c", want: [] },
    { name: "a blank or a tab must follow; nothing after it is no line", text: "@director1\n@director1 \n@director1\ta", want: ["a"] },
    { name: "an empty ID is never ours", text: "@ a\n@^ b", want: ["b"] },
    { name: "before a definition", text: "@director1 $A=1\n@other $A=2\na $A", want: ["a 1"] },
    { name: "before an include", text: "@director1 include a.conf\n@other include b.conf", want: ["in a"] },
    { name: "before braces", text: "@director1 a {\n@other b\n@director1 }", want: ["a {", "}"] },
    { name: "before a sequence, and after it", text: "@director1 ~SEQ(A,1,2) a$A\n~SEQ(A,1,2) @director1 b$A\n~SEQ(A,1,2) @other c$A", want: ["a1", "a2", "b1", "b2"] },
    { name: "after a brace", text: "a { @director1 b\n} @other c", want: ["a {", "b", "}"] },
    { name: "in the lines of a value", text: "$A=a \\\n@other b \\\n@director1 c\n$A", want: ["a", "c"] },
    { name: "one a line", text: "@director1 @director1 a", want: ["@director1 a"] },
    { name: "a value that begins with one is not examined again", text: "$A=@other a\n$A", want: ["@other a"] },
  ],
  "parameters": [
    { name: "no blank before =", text: "$A =1\n$A", want: ["$A =1", "$A"] },
    { name: "names of letters, digits and _, not beginning with a digit", text: "$_a1=x\n$_a1\n$1a=y\n$a-b=z", want: ["x", "$1a=y", "$a-b=z"] },
    { name: "in a block, for what follows", text: "a {\n$A=1\nb $A\n}\nc $A", want: ["a {", "b 1", "}", "c 1"] },
    { name: "a redefinition replaces; values may be empty", text: "$A=1\n$A=2\na$A\n$A=\nb${A}c", want: ["a2", "bc"] },
    { name: "$A before blank, tab, comma, ) and the end", text: "$A=1\n$A b\n$A\tb\n$A,b\n$A)b\n$A", want: ["1 b", "1\tb", "1,b", "1)b", "1"] },
    { name: "and nothing else", text: "$A=1\n$A.b\n$A(b\n$A$A\n$A;", want: ["$A.b", "$A(b", "$A1", "$A;"] },
    { name: "${A} anywhere", text: "$A=1\nx${A}y${A}${A}", want: ["x1y11"] },
    { name: "an unknown one stays", text: "$A ${A} x", want: ["$A ${A} x"] },
    { name: "recursively, at the time of use", text: "$A=${B}1\n$B=${C}2\n$C=3\n${A}\n$C=4\n${A}", want: ["321", "421"] },
    { name: "in quotes, too", text: '$A=1\n"${A} $A "', want: ['"1 1 "'] },
    { name: "several lines, each a line of the configuration", text: "$A=one \\\n   two \\\n\\\n three\nx $A\n$A", want: ["x one", "two", "three", "one", "two", "three"] },
    { name: "a first line may be empty", text: "$A=\\\n one \\\n two\n$A", want: ["one", "two"] },
    { name: "such a parameter ends a line, elsewhere it stays as text", text: "$A=one \\\n two\nx $A y\nx { $A }\nx ${A}y", want: ["x $A y", "x { $A }", "x ${A}y"] },
    { name: "one within another", text: "$A=one \\\n $B \\\n two\n$B=p \\\n q\n$A", want: ["one", "p", "q", "two"] },
    { name: "an empty line ends a value", text: "$A=one \\\n\n two\n$A", want: ["two", "one"] },
    { name: "predefined: the directory, the configuration's ID, the environment", text: "$_PWD $_INSTANCE ${_ENV SITE} ${_ENV NONE}.", want: ["/etc/keepalived director1 north ."] },
    { name: "predefined: a random number up to 32767, up to MAX, from MIN to MAX", text: "${_RANDOM 20} ${_RANDOM 30 40}", want: ["10 35"] },
    { name: "predefined names may be defined", text: "$_PWD=x\n$_INSTANCE=y\n${_PWD}${_INSTANCE}", want: ["xy"] },
    { name: "a value may be an include, or a definition", text: "$A=include a.conf\n$A\n$B=$C=5\n$B\nc$C", want: ["in a", "c5"] },
    { name: "a value with braces makes blocks", text: "$A={ b\n}\nx ${A} }", want: ["}", "x { b }"] },
  ],
  "sequences": [
    { name: "up to END, from START", text: "~SEQ(A,2) a$A\n~SEQ(A,5,6) b$A", want: ["a1", "a2", "b5", "b6"] },
    { name: "down, when START is greater", text: "~SEQ(A,3,1) a$A\n~SEQ(A,-1) b$A", want: ["a3", "a2", "a1", "b1", "b0", "b-1"] },
    { name: "by STEP; END is included when it is hit", text: "~SEQ(A,1,4,9) a$A\n~SEQ(A,9,-4,2) b$A\n~SEQ(A,3,1,2) c$A", want: ["a1", "a5", "a9", "b9", "b5"] },
    { name: "hexadecimal, in small letters", text: "~SEQx(A,9,11) a$A", want: ["a9", "aa", "ab"] },
    { name: "numbers may be hexadecimal and octal", text: "~SEQ(A,0x9,0xa) a$A\n~SEQ(A,07,010) b$A\n~SEQ(A,+1,+2) c$A", want: ["a9", "a10", "b7", "b8", "c1", "c2"] },
    { name: "the leftmost varies slowest", text: "~SEQ(A,1,2) ~LST(B,x,y) a$A ${A}$B", want: ["a1 1x", "a1 1y", "a2 2x", "a2 2y"] },
    { name: "a number may be a parameter, another sequence's too", text: "$E=2\n~SEQ(A,1,$E) a$A\n~SEQ(A,1,2) ~SEQ(B,1,${A}) b${A}$B", want: ["a1", "a2", "b11", "b21", "b22"] },
    { name: "a list; empty members", text: "~LST(A,x,,y) a${A}b", want: ["axb", "ab", "ayb"] },
    { name: "tuples; missing members are empty", text: "~LST({A,B},{1,2},{3},4,{}) ${A}-$B", want: ["1-2", "3-", "4-", "-"] },
    { name: "a member may be a parameter, and is one member", text: "$L=x,y\n~LST(A,$L,z) a$A", want: ["ax,y", "az"] },
    { name: "blanks before and after members, none needed after the parenthesis", text: "~SEQ ( A , 1 , 2 )a$A\n~LST({ A , B }, { 1 , 2 }) b${A}$B", want: ["a1", "a2", "b12"] },
    { name: "the last value stays defined", text: "$A=9\n~SEQ(A,1,2) a$A\nb$A", want: ["a1", "a2", "b2"] },
    { name: "before a definition, and before an include", text: "~SEQ(A,1,2) $B=$A\nb$B\n~SEQ(A,1,2) include a.conf", want: ["b2", "in a", "in a"] },
    { name: "after a brace", text: "a { ~SEQ(A,1,2) b$A\n}", want: ["a {", "b1", "b2", "}"] },
    { name: "elsewhere it is text; in a value too", text: "a ~SEQ(A,1,2) b\n~seq(A,1,2) c\n$A=~SEQ(B,1,2) d\n$A", want: ["a ~SEQ(A,1,2) b", "~seq(A,1,2) c", "~SEQ(B,1,2) d"] },
  ],
  "includes": [
    { name: "in place, relative to the including file", text: "1\ninclude d/c.conf\n2", want: ["1", "in c", "in e", "2"] },
    { name: "in the order of the names, hidden files apart", text: "include d/?.conf", want: ["in c", "in e", "in e"] },
    { name: "braces, in their order", text: "include {b,a}.conf", want: ["in b", "in a"] },
    { name: "directories and executable files are passed over", text: "include d\ninclude x.conf", want: [] },
    { name: "at any depth, and after a brace", text: "a {\nb { include a.conf\n}\n} include b.conf", want: ["a {", "b {", "in a", "}", "}", "in b"] },
    { name: "its pattern may be a parameter, the rest of the line belongs to it", text: "$F=a\ninclude ${F}.conf\ninclude a.conf b.conf\ninclude a.conf }", want: ["in a"] },
    { name: "quotes belong to the pattern", text: 'include "a.conf"', want: [] },
    { name: "the bare word, and longer ones, are keywords like others", text: "include\nincludex a.conf", want: ["include", "includex a.conf"] },
    { name: "parameters defined inside stay defined", text: "include p.conf\na$P", want: ["a1"] },
  ],
};

const FILES: Readonly<Record<string, string | MemoryFile>> = {
  "/etc/keepalived/a.conf": "in a",
  "/etc/keepalived/b.conf": "in b\n",
  "/etc/keepalived/p.conf": "$P=1\n",
  "/etc/keepalived/x.conf": { text: "in x", mode: 0o744 },
  "/etc/keepalived/d/c.conf": "in c\ninclude e.conf",
  "/etc/keepalived/d/e.conf": "in e",
};

for (const [subject, cases] of Object.entries(rules)) {
  describe(subject, () => {
    for (const { name, text, want } of cases) test(name, () => expect(lines(text, FILES)).toEqual(want));
  });
}

describe("words and braces", () => {
  const cases: readonly { name: string; text: string; want: readonly string[] }[] = [
    { name: "a quoted part ends the word", text: 'ab"cd" e\n"f"g\n"h i" j', want: ["ab", "f", "h i"] },
    { name: "single quotes are characters", text: "'a b'", want: ["'a"] },
    { name: "no escapes in quotes", text: '"a\\" b', want: ["a\\"] },
    { name: "braces in quotes are text", text: '"a{b}" c\n', want: ["a{b}"] },
    { name: "an empty word is one", text: '"" a', want: [""] },
    { name: "the text before an unterminated quote counts, the rest is lost", text: 'a "b {\nc', want: ["a", "c"] },
  ];
  for (const { name, text, want } of cases) test(name, () => expect(unknown(text)).toEqual(want));

  const instance = (body: string): string => `vrrp_instance A${body}`;
  const WORDS = "interface eth0\n virtual_router_id 5\n virtual_ipaddress";
  const LAYOUTS: readonly { name: string; text: string }[] = [
    { name: "as most write it", text: instance(` {\n ${WORDS} {\n 192.0.2.1\n }\n}\n`) },
    { name: "a brace at the name", text: instance(`{\n ${WORDS}{\n 192.0.2.1\n}}\n`) },
    { name: "on the next line, after comments and empty lines", text: instance(`\n\n# {\n{\n ${WORDS}\n{\n 192.0.2.1\n}\n}\n`) },
    { name: "text after both braces", text: instance(` { ${WORDS} { 192.0.2.1 } priority 100 } global_defs { router_id X }`) },
    { name: "carriage returns", text: instance(` {\r\n ${WORDS} {\r\n 192.0.2.1\r\n }\r\n}\r\n`) },
  ];
  for (const { name, text } of LAYOUTS) {
    test(`layout: ${name}`, () => {
      const result = load(text);
      expect([faults(result), result.config?.vrrp.instances.map((one) => [one.name, one.virtualAddresses.length])]).toEqual([[], [["A", 1]]]);
    });
  }

  test("a list of entries on one line is one entry, a list of names is several", () => {
    const entries = load(instance(` {\n ${WORDS} { 192.0.2.1 192.0.2.2 }\n}\n`));
    expect(entries.config?.vrrp.instances[0]?.virtualAddresses.length).toBe(1);
    expect(entries.exitCodeTest).toBe(5);
    const two = ["A", "B"].map((name, i) => `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${i + 1}\n virtual_ipaddress { 192.0.2.${i + 1} }\n}\n`).join("");
    const names = load(`${two}vrrp_sync_group G { group { A B } }\n`);
    expect([faults(names), names.config?.vrrp.syncGroups[0]?.members]).toEqual([[], ["A", "B"]]);
  });
});

describe("faults of the text", () => {
  const cases: readonly { name: string; text: string; want: readonly string[] }[] = [
    { name: "a sequence with a step of 0", text: "~SEQ(A,1,0,2) a", want: ["~SEQ has a step of 0 - ignoring line '~SEQ(A,1,0,2) a'"] },
    { name: "a sequence that never ends", text: "~SEQ(A,1,2", want: ["~SEQ has no closing parenthesis - ignoring line '~SEQ(A,1,2'"] },
    { name: "a sequence of letters", text: "~SEQ(A,a,2) a", want: ["~SEQ has an invalid number 'a' - ignoring line '~SEQ(A,a,2) a'"] },
    { name: "a sequence without, and with too many numbers", text: "~SEQ(A) a\n~SEQ(A,1,2,3,4) a", want: ["~SEQ needs one to three numbers - ignoring line '~SEQ(A) a'", "~SEQ needs one to three numbers - ignoring line '~SEQ(A,1,2,3,4) a'"] },
    { name: "a hexadecimal sequence below 0", text: "~SEQx(A,-1,1) a", want: ["~SEQx in hexadecimal cannot count below 0 - ignoring line '~SEQx(A,-1,1) a'"] },
    { name: "a list without values", text: "~LST(A) a", want: ["~LST has no values - ignoring line '~LST(A) a'"] },
    { name: "a list with blanks in a value", text: "~LST(A,x y) a", want: ["~LST has a value with blanks or braces: 'x y' - ignoring line '~LST(A,x y) a'"] },
    { name: "a tuple with too many values", text: "~LST({A,B},{1,2,3}) a", want: ["~LST has too many values: '{1,2,3}' - ignoring line '~LST({A,B},{1,2,3}) a'"] },
    { name: "a value that uses itself", text: "$A=${A}x\n${A}", want: ["Parameter substitution on line '${A}' would exceed maximum line length"] },
    { name: "a value of several lines that is to be repeated", text: "~SEQ(A,1,2) $B=a \\\n", want: ["a value of several lines cannot be repeated or follow a brace - ignoring $B", "a value of several lines cannot be repeated or follow a brace - ignoring $B"] },
    { name: "a long line is said to be one, once", text: "x".repeat(5_000), want: ["line too long - ignoring", `Unknown keyword '${"x".repeat(5_000 - 4 * 1_023)}'`] },
    { name: "an unknown word of include_check", text: "global_defs {\n include_check readable\n}", want: ["include_check - unknown option 'readable'"] },
  ];
  for (const { name, text, want } of cases) {
    test(name, () => {
      const result = load(text);
      expect([faults(result), result.exitCodeTest]).toEqual([want, 5]);
    });
  }
});
