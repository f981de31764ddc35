import { KernelError } from "../../base/errors.ts";
import type { Files } from "../../base/ports.ts";
import type { IpFamily } from "../../base/ip.ts";
import type { Reading } from "../reading.ts";

/** Which of iproute2's files. */
export type NameTable = "rt_tables" | "rt_protos" | "rt_scopes" | "rt_dsfield" | "rt_realms" | "group";

/** What holds where the files say nothing: linux/rtnetlink.h and iproute2's own lists. */
const BUILT_IN: Readonly<Record<NameTable, Readonly<Record<string, number>>>> = {
  rt_tables: { default: 253, main: 254, local: 255 },
  rt_protos: {
    unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, gated: 8, ra: 9, mrt: 10, zebra: 11, bird: 12, dnrouted: 13, xorp: 14, ntk: 15, dhcp: 16,
    keepalived: 18, babel: 42, openr: 99, bgp: 186, isis: 187, ospf: 188, rip: 189, eigrp: 192,
  },
  rt_scopes: { global: 0, universe: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  rt_dsfield: {},
  rt_realms: { cosmos: 0 },
  group: { default: 0 },
};

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;

/** A number as C's strtoul with base 0 reads it: 0x hexadecimal, a leading 0 octal. */
export function parseUnsigned(text: string, max: number): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const octal = /^0[0-7]+$/.test(text);
  if (/^0[0-9]+$/.test(text) && !octal) return undefined;
  const value = octal ? Number.parseInt(text, 8) : Number(text);
  return value <= max ? value : undefined;
}

/** iproute2's names for numbers, read when the first is asked for. */
export class RoutingNames {
  /** `iproute_usr_dir` and `iproute_etc_dir`; what stands in the second wins. */
  usrDirectory = "/usr/share/iproute2";
  etcDirectory = "/etc/iproute2";
  readonly #files: Files;
  readonly #note: (message: string) => void;
  readonly #tables = new Map<string, ReadonlyMap<string, number>>();

  /** @param note is told of a file that is there and cannot be read */
  constructor(files: Files, note: (message: string) => void) {
    this.#files = files;
    this.#note = note;
  }

  /** The number that `text` is or names; undefined when it is neither, or larger than `max`. */
  find(table: NameTable, text: string, max: number): number | undefined {
    if (NUMBER.test(text)) return parseUnsigned(text, max);
    const number = this.#table(table).get(text);
    return number !== undefined && number <= max ? number : undefined;
  }

  #table(table: NameTable): ReadonlyMap<string, number> {
    const key = `${this.usrDirectory}\n${this.etcDirectory}\n${table}`;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const names = new Map(Object.entries(BUILT_IN[table]));
    for (const directory of [this.usrDirectory, this.etcDirectory]) {
      this.#read(`${directory}/${table}`, names);
      for (const path of this.#files.glob(`${directory}/${table}.d/*.conf`, "/")) this.#read(path, names);
    }
    this.#tables.set(key, names);
    return names;
  }

  #read(path: string, names: Map<string, number>): void {
    for (const [number = "", name] of readWords(this.#files, path, this.#note)) {
      const value = parseUnsigned(number, 0xffff_ffff);
      if (name !== undefined && value !== undefined) names.set(name, value);
    }
  }
}

/**
 * The words of each line of a file, comments aside; none when it is not there.
 *
 * @param note is told of a file that is there and cannot be read
 */
export function readWords(files: Files, path: string, note: (message: string) => void): string[][] {
  if (files.stat(path)?.kind !== "file") return [];
  try {
    return files.readText(path).split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    note(error.message);
    return [];
  }
}

/** What the routes and rules of one reading share. */
export interface RoutingState {
  readonly names: RoutingNames;
  /** What a rule without preference is given next: downwards from 16384. */
  readonly nextPreference: Record<IpFamily, number>;
}

const states = new WeakMap<Reading, RoutingState>();
const FIRST_PREFERENCE = 16_384;

export function routingState(reading: Reading): RoutingState {
  const known = states.get(reading);
  if (known !== undefined) return known;
  const names = new RoutingNames(reading.environment.files, (message) => reading.note(message, undefined));
  const state: RoutingState = { names, nextPreference: { 4: FIRST_PREFERENCE, 6: FIRST_PREFERENCE } };
  states.set(reading, state);
  return state;
}
