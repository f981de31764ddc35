import type { Log } from "../base/log.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { Installed, InstalledRecord } from "../base/ports.ts";

/** What stands in the record because of one kind of work; written before the kernel is told. */
export interface RecordPart<T> {
  write(items: readonly T[]): void;
}

export interface AddressPart extends RecordPart<InterfaceAddress> {
  /** Encodes what `write` will be asked for. */
  prepare(addresses: readonly InterfaceAddress[]): void;
}

/** The record as several writers fill it, each its own part: whichever changes, the whole is written. */
export class RecordBook {
  readonly #record: InstalledRecord;
  readonly #log: Log;
  /** What the record is to name. */
  #wanted: Installed = { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] };
  /** Whether the record names that, and nothing else: not before the first write, which shows whether it can be written. */
  #written = false;

  constructor(record: InstalledRecord, log: Log) {
    this.#record = record;
    this.#log = log;
  }

  /** What a previous run had recorded. It stays recorded until each part is written anew. */
  read(): Installed {
    this.#wanted = this.#record.read();
    return this.#wanted;
  }

  readonly addresses: AddressPart = {
    prepare: (addresses) => this.#record.prepare(addresses),
    write: (addresses) => this.#write("addresses", addresses),
  };

  part<Kind extends "rules" | "routes" | "links" | "settings" | "tables">(kind: Kind): RecordPart<Installed[Kind][number]> {
    return { write: (items) => this.#write(kind, items) };
  }

  #write<Kind extends keyof Installed>(kind: Kind, items: readonly Installed[Kind][number][]): void {
    const before = new Set<unknown>(this.#wanted[kind]);
    if (this.#written && before.size === items.length && items.every((item) => before.has(item))) return;
    this.#wanted = { ...this.#wanted, [kind]: items };
    try {
      this.#record.write(this.#wanted);
      this.#written = true;
    } catch (error) {
      // Without the record a crash leaves things to the next start to find; an election must not stop for that.
      this.#written = false;
      this.#log.error(`cannot record what is installed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
