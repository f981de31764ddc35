/** A change to a configuration as people and broken generators make them. Pure in `random`. */
export type Random = () => number;

const NUMBERS = ["0", "1", "-1", "255", "256", "65536", "4294967296", "99999999999999999999", "0x10", "007", "1.5", "1.0000001", "5x", "+5", "1e3", ".5", "5."];
const PIECES = ["{", "}", "{}", "} {", '"', "'", "\\", "#", "!", "\n", "\r", "\t", "\0", "$A", "${A}", "$A=x\n", "@x ", "@^x ", "~SEQ(A,1,3) ", "~LST(A,x,y) ", "on", "off", "TRUE", "", "é", "192.0.2.300", "2001:db8::1", "eth9", "include none.conf\n"];

/**
 * One to four changes.
 *
 * @param other another text that words and lines are taken from
 */
export function mutate(text: string, other: string, random: Random): string {
  let changed = text;
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) changed = once(changed, other, random);
  return changed;
}

function once(text: string, other: string, random: Random): string {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const lines = text.split("\n");
  const at = Math.floor(random() * lines.length);
  const line = lines[at] ?? "";
  const words = line.split(" ");
  const word = Math.floor(random() * words.length);
  switch (Math.floor(random() * 13)) {
    case 0: // a line is lost
      return lines.toSpliced(at, 1).join("\n");
    case 1: // or there twice
      return lines.toSpliced(at, 0, line).join("\n");
    case 2: { // two change places
      const with_ = Math.floor(random() * lines.length);
      return lines.with(at, lines[with_] ?? "").with(with_, line).join("\n");
    }
    case 3: // one comes from another file
      return lines.toSpliced(at, 0, pick(other.split("\n")) ?? "").join("\n");
    case 4: // two become one
      return lines.toSpliced(at, 2, `${line} ${lines[at + 1] ?? ""}`).join("\n");
    case 5: // a word is lost
      return lines.with(at, words.toSpliced(word, 1).join(" ")).join("\n");
    case 6: // or there twice
      return lines.with(at, words.toSpliced(word, 0, words[word] ?? "").join(" ")).join("\n");
    case 7: // or another one
      return lines.with(at, words.with(word, pick(other.split(/\s+/)) ?? "").join(" ")).join("\n");
    case 8: // a number is another one
      return text.replace(/\b\d+\b/g, (number) => (random() < 0.1 ? (pick(NUMBERS) ?? number) : number));
    case 9: // a character is lost
      return cutAt(text, random, 1, "");
    case 10: // something is put in
      return cutAt(text, random, 0, pick(PIECES) ?? "");
    case 11: // something takes the place of a few characters
      return cutAt(text, random, Math.floor(random() * 8), pick(PIECES) ?? "");
    default: // the end is missing
      return random() < 0.2 ? cutAt(text, random, text.length, "") : text;
  }
}

function cutAt(text: string, random: Random, length: number, inserted: string): string {
  const at = Math.floor(random() * (text.length + 1));
  return text.slice(0, at) + inserted + text.slice(at + length);
}
