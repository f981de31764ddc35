import type { Word } from "./grammar.ts";
import type { Reading } from "./reading.ts";

// keepalived's way with numbers: decimal integers; with `-t` a trailing letter is an error and the value is dropped,
// otherwise it is a warning and the digits count. The keyword's own message follows a dropped value.

const INTEGER = /^[+-]?[0-9]+/;
const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?/;

export const UINT_MAX = 4_294_967_295;
export const INT_MAX = 2_147_483_647;
/** The upper limit of keepalived's longest times: 2^64 - 2 microseconds; here what a number holds exactly. */
export const LONGEST_SECONDS = 9_007_199_254;

/** @returns undefined, after a message, when the value is dropped */
export function readInteger(reading: Reading, word: Word, min: number, max: number): number | undefined {
  const match = INTEGER.exec(word.text);
  const whole = match !== null && match[0].length === word.text.length;
  if (match === null || (!whole && reading.testing)) {
    reading.problem("invalid-number", `invalid number '${word.text}'`, word);
    return undefined;
  }
  if (!whole) reading.problem("invalid-number", `WARNING - invalid number '${word.text}'`, word);
  const value = Number(match[0]) + 0; // "-0" is 0
  if (value >= min && value <= max) return value;
  const message = value < 0 && min >= 0 ? `negative number '${word.text}'` : `number '${word.text}' outside range [${min}, ${max}]`;
  reading.problem("invalid-number", message, word);
  return undefined;
}

/**
 * A decimal number of units of 10^-places, e.g. seconds with 6 places as microseconds.
 * @param min in those units, like `max` and the result
 */
export function readDecimal(reading: Reading, word: Word, places: number, min: number, max: number): number | undefined {
  const match = DECIMAL.exec(word.text);
  const [all = "", sign = "", whole = "", fraction = ""] = match ?? [];
  const digits = whole + fraction;
  const complete = all.length === word.text.length;
  if (digits === "" || (!complete && reading.testing)) {
    reading.problem("invalid-number", `invalid number '${word.text}'`, word);
    return undefined;
  }
  if (!complete) reading.problem("invalid-number", `WARNING - invalid number '${word.text}'`, word);
  if (fraction.length > places && /[1-9]/.test(fraction.slice(places))) {
    reading.problem("invalid-number", `number '${word.text}' has too many decimal places`, word);
  }
  if (sign === "-") {
    reading.problem("invalid-number", `negative number '${word.text}'`, word);
    return undefined;
  }
  const value = Number(whole) * 10 ** places + roundedFraction(fraction, places);
  if (value >= min && value <= max) return value;
  const unit = 10 ** places;
  reading.problem("invalid-number", `number '${word.text}' outside range [${(min / unit).toFixed(places)}, ${(max / unit).toFixed(places)}]`, word);
  return undefined;
}

function roundedFraction(fraction: string, places: number): number {
  const kept = Number(fraction.slice(0, places).padEnd(places, "0"));
  return Number(fraction[places] ?? "0") >= 5 ? kept + 1 : kept;
}

/** `on true yes` or `off false no`, lower case only. */
export function booleanWord(text: string): boolean | undefined {
  if (text === "on" || text === "true" || text === "yes") return true;
  if (text === "off" || text === "false" || text === "no") return false;
  return undefined;
}
