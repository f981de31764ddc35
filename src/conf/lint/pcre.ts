// What of a PCRE pattern has another meaning, or none, as a regular expression of JavaScript, which is what regentd's
// checks run. A scanner, not a parser: it knows escapes, classes and groups, and looks at nothing else.

export interface PcreDifference {
  readonly kind: "refused" | "different" | "slow";
  /** Where in the pattern. */
  readonly from: number;
  readonly length: number;
  /** What happens. */
  readonly what: string;
  /** What to write instead; it means the same in keepalived. */
  readonly instead: string;
}

type Meaning = readonly [kind: "refused" | "different", what: string, instead: string];

/** Letters after a backslash, outside classes. */
const ESCAPES: Readonly<Record<string, Meaning>> = {
  A: ["different", "\\A, the start of the body, matches the letter A", "write ^ (without 'multiline')"],
  Z: ["different", "\\Z, the end of the body, matches the letter Z", "write \\n?$ (without 'multiline')"],
  z: ["different", "\\z, the very end of the body, matches the letter z", "write $(?![\\s\\S])"],
  G: ["different", "\\G matches the letter G", "leave it out: there is one match"],
  K: ["different", "\\K, which forgets what was matched, matches the letter K", "leave it out: only whether the body matches counts"],
  h: ["different", "\\h, a blank, matches the letter h", "write [ \\t]"],
  H: ["different", "\\H, no blank, matches the letter H", "write [^ \\t]"],
  R: ["different", "\\R, a line ending, matches the letter R", "write (?:\\r\\n|\\n|\\r)"],
  N: ["different", "\\N, no line ending, matches the letter N", "write [^\\n]"],
  X: ["different", "\\X matches the letter X", "write what is meant"],
  C: ["different", "\\C, one octet, matches the letter C", "write [\\s\\S]"],
  V: ["different", "\\V matches the letter V", "write [^\\n\\x0b\\f\\r]"],
  v: ["different", "\\v, any vertical blank, matches the vertical tabulator alone", "write [\\n\\x0b\\f\\r]"],
  a: ["different", "\\a, the bell, matches the letter a", "write \\x07"],
  e: ["different", "\\e, escape, matches the letter e", "write \\x1b"],
  Q: ["different", "\\Q...\\E, literal text, matches the letters Q and E around a pattern", "write the text with each special character behind a backslash"],
  g: ["different", "\\g, a back-reference, matches the letter g", "write \\1"],
  o: ["different", "\\o{...} matches the letter o", "write \\xHH"],
};

/** What may follow `(?`, longest first. */
const GROUPS: readonly (readonly [pattern: RegExp, ...Meaning])[] = [
  [/^\(\?>/, "refused", "an atomic group (?>...) is no regular expression of JavaScript", "write (?:...)"],
  [/^\(\?P</, "refused", "a named group (?P<name>...) is no regular expression of JavaScript", "write (?<name>...)"],
  [/^\(\?P=/, "refused", "(?P=name) is no regular expression of JavaScript", "write \\k<name>"],
  [/^\(\?'/, "refused", "a named group (?'name'...) is no regular expression of JavaScript", "write (?<name>...)"],
  [/^\(\?(?:R|[+-]?\d+|&\w+|P>\w+)\)/, "refused", "recursion is no regular expression of JavaScript", "write the depth that is needed, or check with a script"],
  [/^\(\?\((?!\?)|^\(\?\(\?/, "refused", "a conditional group (?(...)...) is no regular expression of JavaScript", "write both cases with |"],
  [/^\(\?\|/, "refused", "a branch reset (?|...) is no regular expression of JavaScript", "write (?:...)"],
  [/^\(\?#/, "refused", "a comment (?#...) is no regular expression of JavaScript", "leave it out"],
  [/^\(\?C/, "refused", "a callout (?C...) is no regular expression of JavaScript", "leave it out"],
  [/^\(\?(?:\^?[a-zA-Z]+(?:-[a-zA-Z]+)?|-[a-zA-Z]+|\^)[:)]/, "refused", "inline options are no regular expression of JavaScript", "use regex_options, e.g. 'regex_options caseless'"],
  [/^\(\*/, "refused", "a verb (*...) is no regular expression of JavaScript", "leave it out"],
];
const ORDINARY_GROUP = /^\((?:\?(?::|=|!|<=|<!|<[A-Za-z_]\w*>))?/;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})/;
const POSIX_CLASS = /^\[[:=.]\^?\w+[:=.]\]/;

/** Everything in the pattern that would not mean the same, in order. */
export function pcreDifferences(pattern: string, options: ReadonlySet<string> = new Set()): PcreDifference[] {
  const found: PcreDifference[] = [];
  const add = (kind: PcreDifference["kind"], from: number, length: number, what: string, instead: string): void => void found.push({ kind, from, length, what, instead });
  /** For each open group, whether something in it repeats without bound. */
  const open: { from: number; repeats: boolean }[] = [];
  /** What the next quantifier repeats: a group that repeats inside, or something plain; undefined when there is nothing to repeat. */
  let atom: { readonly from: number; readonly repeats: boolean } | undefined;
  let at = 0;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const c = rest[0] ?? "";
    if (c === "\\") {
      const length = escape(rest, at, add);
      atom = { from: at, repeats: false };
      at += length;
    } else if (c === "[") {
      const length = characterClass(rest, at, add);
      atom = { from: at, repeats: false };
      at += length;
    } else if (c === "(") {
      const meaning = GROUPS.find(([shape]) => shape.test(rest));
      const head = meaning === undefined ? (ORDINARY_GROUP.exec(rest)?.[0] ?? "(") : (meaning[0].exec(rest)?.[0] ?? "(");
      if (meaning !== undefined) add(meaning[1], at, head.length, meaning[2], meaning[3]);
      const comment = head === "(?#" ? rest.indexOf(")") + 1 : 0;
      if (comment > 0) at += comment;
      else {
        if (!head.endsWith(")")) open.push({ from: at, repeats: false });
        // (*VERB) ends at its own parenthesis, which is taken for an empty group here.
        at += head.length;
      }
      atom = undefined;
    } else if (c === ")") {
      const group = open.pop();
      atom = { from: group?.from ?? at, repeats: group?.repeats ?? false };
      at++;
    } else if (atom !== undefined && QUANTIFIER.test(rest)) {
      at += quantifier(rest, at, atom, open, add);
      atom = undefined;
    } else {
      if (c === "$" && !options.has("multiline") && !options.has("dollar_endonly") && !/\\n\??$/.test(pattern.slice(0, at))) {
        add("different", at, 1, "$ does not match before a last newline, as it does in PCRE", "write \\n?$");
      }
      atom = c === "|" || c === "^" ? undefined : { from: at, repeats: false };
      at++;
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

type Add = (kind: PcreDifference["kind"], from: number, length: number, what: string, instead: string) => void;

/** @returns how many characters the escape takes */
function escape(rest: string, at: number, add: Add): number {
  const letter = rest[1] ?? "";
  const meaning = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (letter === "Q") {
    const end = rest.indexOf("\\E");
    const length = end < 0 ? rest.length : end + 2;
    if (meaning !== undefined) add(meaning[0], at, length, meaning[1], meaning[2]);
    return length;
  }
  const braced = /^\\(?:x|o|k|g|p|P)\{[^}]*\}/.exec(rest)?.[0];
  if (braced !== undefined && letter === "x") add("different", at, braced.length, `${braced} matches the letter x, many times`, "write \\xHH (below 256)");
  else if (braced !== undefined && letter === "k") add("different", at, braced.length, `${braced} is no back-reference`, "write \\k<name>");
  else if ((letter === "p" || letter === "P") && braced !== undefined) add("different", at, braced.length, `${braced}, a Unicode class, matches the letter ${letter}`, "write the characters as a class");
  else if (letter === "k" && rest[2] === "'") add("different", at, 3, "\\k'name' is no back-reference", "write \\k<name>");
  else if (meaning !== undefined) add(meaning[0], at, braced?.length ?? 2, meaning[1], meaning[2]);
  return braced?.length ?? Math.min(2, rest.length);
}

/** @returns how many characters the class takes, as PCRE reads it */
function characterClass(rest: string, at: number, add: Add): number {
  let i = rest[1] === "^" ? 2 : 1;
  if (rest[i] === "]") {
    const what = rest[1] === "^" ? "[^] matches any character, and the class ends there" : "[] matches nothing, and the class ends there";
    add("different", at, i + 1, `a ] that comes first in a class: ${what}`, "write \\]");
    i++;
  }
  while (i < rest.length && rest[i] !== "]") {
    const posix = POSIX_CLASS.exec(rest.slice(i))?.[0];
    if (posix !== undefined) {
      add("different", at + i, posix.length, `${posix} is a class of the letters in its name here, and ends the class around it`, `write its characters: ${POSIX[posix.replace(/[^a-z]/g, "")] ?? "e.g. a-z"}`);
      i += posix.length;
    } else if (rest[i] === "\\") {
      const letter = rest[i + 1] ?? "";
      const blank = letter === "h" ? "write a blank and \\t" : letter === "R" || letter === "v" ? "write \\n\\r" : undefined;
      if (blank !== undefined) add("different", at + i, 2, `\\${letter} in a class matches ${letter === "v" ? "the vertical tabulator alone" : `the letter ${letter}`}`, blank);
      i += 2;
    } else {
      i++;
    }
  }
  return Math.min(rest.length, i + 1);
}

const POSIX: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  blank: "a blank and \\t",
  punct: "!-/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  word: "\\w",
  cntrl: "\\x00-\\x1f\\x7f",
  print: "\\x20-\\x7e",
  graph: "\\x21-\\x7e",
};

/** @returns how many characters the quantifier takes, with the ? or + behind it */
function quantifier(rest: string, at: number, atom: { readonly from: number; readonly repeats: boolean }, open: readonly { repeats: boolean }[], add: Add): number {
  const text = QUANTIFIER.exec(rest)?.[0] ?? "";
  const behind = rest[text.length];
  const unbounded = text === "*" || text === "+" || text.endsWith(",}");
  if (behind === "+") {
    add("refused", at, text.length + 1, `a possessive quantifier ${text}+ is no regular expression of JavaScript`, `write ${text}`);
    return text.length + 1;
  }
  if (unbounded && atom.repeats) {
    add("slow", atom.from, at + text.length - atom.from, "a repetition of repetitions takes exponential time on a body that nearly matches", "let the inner part repeat, or the outer one, not both");
  }
  if (unbounded) for (const group of open) group.repeats = true;
  return behind === "?" ? text.length + 1 : text.length;
}
