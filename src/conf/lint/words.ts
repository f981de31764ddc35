import { secondsText } from "../print/writer.ts";
import type { Micros } from "../../base/time.ts";

// How the linter puts things.

/** "1 s", "0.25 s": exactly as configured. */
export function exactly(us: Micros): string {
  return `${secondsText(us)} s`;
}

/** A bound: at least one decimal, at most two (three below 0.1 s), rounded up, so that "at most" stays true: "9.0 s", "3.61 s". */
export function atMost(us: Micros): string {
  const places = us < 100_000 ? 3 : 2;
  const unit = 10 ** (6 - places);
  const text = (Math.ceil(us / unit) / 10 ** places).toFixed(places);
  return `${text.replace(/(\.\d)0+$/, "$1")} s`;
}

/** "a, b and c". */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** The first few, then how many more. */
export function some(words: readonly string[], most = 5): string {
  return words.length <= most ? list(words) : `${words.slice(0, most).join(", ")} and ${words.length - most} more`;
}

/** "1 peer", "3 peers". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}
