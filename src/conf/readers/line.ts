import { familyOf, hostPrefixLength, parseIpAddress } from "../../base/ip.ts";
import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Statement, Word } from "../grammar.ts";
import type { Prefix } from "../model/routing.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

/** The words of one line of options, read one after the other. */
export class Line {
  readonly reading: Reading;
  readonly #statement: Statement;
  #at = 0;

  constructor(reading: Reading, statement: Statement) {
    this.reading = reading;
    this.#statement = statement;
  }

  get position(): number {
    return this.#at;
  }

  /** The next word, which is not taken. */
  get next(): Word | undefined {
    return this.#statement.words[this.#at];
  }

  take(): Word | undefined {
    const word = this.next;
    if (word !== undefined) this.#at++;
    return word;
  }

  /** @returns whether it was there, and is taken */
  takeIf(text: string): boolean {
    if (this.next?.text !== text) return false;
    this.#at++;
    return true;
  }

  /** A word without which keepalived exits; undefined after the message. */
  required(): Word | undefined {
    const word = this.reading.word(this.#statement, this.#at);
    if (word !== undefined) this.#at++;
    return word;
  }

  /** Takes all that is left. */
  skip(): void {
    this.#at = this.#statement.words.length;
  }

  /** Goes back to a former `position`. */
  rewind(position: number): void {
    this.#at = position;
  }
}

/** `IP[/LEN]`; undefined after a message. A length that is out of range becomes that of a single address. */
export function readPrefix(reading: Reading, word: Word): Prefix | undefined {
  const [text = "", length] = word.text.split("/");
  const address = parseIpAddress(text);
  if (address === undefined) {
    reading.problem("general-error", `VRRP parsed invalid IP ${word.text}. skipping IP...`, word);
    return undefined;
  }
  const longest = hostPrefixLength(familyOf(address));
  if (length === undefined) return { address, prefixLength: longest };
  const prefixLength = readInteger(reading, { ...word, text: length, offset: word.offset + text.length + 1 }, 0, longest);
  if (prefixLength === undefined) reading.problem("general-error", `Invalid address prefix len ${length} for address ${word.text} - using ${longest}`, word);
  return { address, prefixLength: prefixLength ?? longest };
}

/** An address without a prefix length; undefined after a message. */
export function readPlainAddress(reading: Reading, word: Word): IpAddress | undefined {
  const address = parseIpAddress(word.text);
  if (address === undefined) reading.problem("general-error", `VRRP parsed invalid IP ${word.text}. skipping IP...`, word);
  return address;
}

/** `0.0.0.0/0` or `::/0`. */
export function everything(family: IpFamily): Prefix {
  return { address: (family === 4 ? "0.0.0.0" : "::") as IpAddress, prefixLength: 0 };
}

const LARGEST_UINT64 = 2n ** 64n - 1n;

/** A decimal number of 64 bits, as canonical text: a number would not hold it. Undefined after a message. */
export function readUint64(reading: Reading, word: Word): string | undefined {
  const value = /^[0-9]+$/.test(word.text) ? BigInt(word.text) : undefined;
  if (value !== undefined && value <= LARGEST_UINT64) return value.toString();
  reading.problem("invalid-number", value === undefined ? `invalid number '${word.text}'` : `number '${word.text}' outside unsigned 64 bit range`, word);
  return undefined;
}
