/** What strtol(3) with base 0 takes from the beginning of a text: blanks, a sign, then hexadecimal, octal or decimal digits. */
const NUMBER = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)/;
const INT32_MAX = 2n ** 31n - 1n;
const INT64_MAX = 2n ** 63n - 1n;

export type TrackValue =
  | { readonly ok: true; readonly value: number }
  /** Outside INT32; `text` as keepalived prints it, held to 64 bits. */
  | { readonly ok: false; readonly text: string };

/** The number in a tracked file. What follows it is ignored; no number at all is 0. */
export function readTrackValue(text: string): TrackValue {
  const [, sign = "", digits = "0"] = NUMBER.exec(text) ?? [];
  const size = magnitude(digits);
  const value = sign === "-" ? -size : size;
  if (value >= -INT32_MAX - 1n && value <= INT32_MAX) return { ok: true, value: Number(value) };
  const held = value > INT64_MAX ? INT64_MAX : value < -INT64_MAX - 1n ? -INT64_MAX - 1n : value;
  return { ok: false, text: held.toString() };
}

function magnitude(digits: string): bigint {
  if (/^0[xX]/.test(digits)) return BigInt(digits);
  if (!digits.startsWith("0")) return BigInt(digits);
  const octal = /^0[0-7]*/.exec(digits)?.[0].slice(1) ?? "";
  return octal === "" ? 0n : BigInt(`0o${octal}`);
}
