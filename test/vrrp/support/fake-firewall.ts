import { KernelError } from "../../../src/base/errors.ts";
import type { BlockedAddress, Firewall, FirewallTable, SilencedLink } from "../../../src/base/firewall.ts";
import { familyOf } from "../../../src/base/ip.ts";

type Family = 4 | 6;

const nameOf = ({ address, interface: device }: BlockedAddress): string => (address.startsWith("fe80:") ? `${address}%${device.name}` : address);

/** What a family's table holds, in order: "vmac 5 over 2", "192.0.2.100". */
const elementsOf = (table: FirewallTable | undefined, family: Family): string[] => [
  ...(table?.silenced.filter(({ families }) => families.includes(family)).map(silentName) ?? []),
  ...(table?.blocked.filter(({ address }) => familyOf(address) === family).map(nameOf) ?? []),
];
const silentName = ({ index, base }: SilencedLink): string => `vmac ${index} over ${base}`;
const isSilent = (element: string): boolean => element.startsWith("vmac ");
/** Which parts are there: a table is made anew when another one comes, or goes. */
const partsOf = (elements: readonly string[]): string => `${elements.some(isSilent)} ${elements.some((element) => !isSilent(element))}`;
const told = (sign: "" | "un", element: string): string => (isSilent(element) ? `${sign}silence ${element}` : `${sign}block ${element}`);

/** nftables of one host, as far as tables of our kind go: one for each name and family. */
export class FakeFirewall implements Firewall {
  readonly #tables = new Map<string, Set<string>>();
  readonly #trace: (entry: string) => void;
  #generation = 1;
  /** How often the contents were asked for. */
  looks = 0;
  /** How often anything was asked for or told. */
  asked = 0;
  /** How many addresses the largest transaction added and removed. */
  largest = 0;
  /** What everything fails with. */
  failure: Error | undefined;
  /** What changes fail with. */
  refusal: Error | undefined;
  /** What a table that silences links is refused with. */
  lacks: Error | undefined;
  last: FirewallTable | undefined;

  /** @param trace is told of each change: "block 192.0.2.100", "unblock …", "silence vmac 5 over 2", "no table keepalived" */
  constructor(trace: (entry: string) => void) {
    this.#trace = trace;
  }

  change(before: FirewallTable | undefined, after: FirewallTable | undefined): void {
    this.asked++;
    if (this.failure !== undefined) throw this.failure;
    if (this.refusal !== undefined) throw this.refusal;
    if (this.lacks !== undefined && (after?.silenced.length ?? 0) > 0) throw this.lacks;
    const next = new Map([...this.#tables].map(([name, blocked]) => [name, new Set(blocked)]));
    const entries: string[] = [];
    for (const family of [4, 6] as const) {
      const [had, has] = [elementsOf(before, family), elementsOf(after, family)];
      const key = keyOf(after?.table ?? before?.table ?? "", family);
      if (has.length === 0) {
        if (had.length > 0 && !next.delete(key)) throw new KernelError("NFT_MSG_DELTABLE", "ENOENT");
        entries.push(...had.map((element) => told("un", element)));
        continue;
      }
      const there = partsOf(had) === partsOf(has) ? next.get(key) : new Set(had);
      const gone = had.filter((address) => !has.includes(address));
      const come = has.filter((address) => !had.includes(address));
      if (there === undefined || gone.some((address) => !there.has(address))) throw new KernelError("NFT_MSG_DELSETELEM", "ENOENT");
      for (const address of gone) there.delete(address);
      for (const address of come) there.add(address);
      next.set(key, there);
      entries.push(...gone.map((element) => told("un", element)), ...come.map((element) => told("", element)));
    }
    if (entries.length === 0) return;
    this.last = after;
    this.largest = Math.max(this.largest, entries.length);
    this.#tables.clear();
    for (const [key, blocked] of next) this.#tables.set(key, blocked);
    this.#generation++;
    for (const entry of entries) this.#trace(entry);
  }

  remove(name: string, keep: readonly Family[]): void {
    if (this.failure !== undefined) throw this.failure;
    for (const family of [4, 6] as const) {
      if (keep.includes(family) || !this.#tables.delete(keyOf(name, family))) continue;
      this.#generation++;
      this.#trace(`no table ${keyOf(name, family)}`);
    }
  }

  generation(): number {
    this.asked++;
    if (this.failure !== undefined) throw this.failure;
    return this.#generation;
  }

  contents(table: FirewallTable): string[] {
    this.looks++;
    return [...this.#tables].filter(([key]) => key.startsWith(`${table.table}/`)).flatMap(([key, blocked]) => [...blocked].sort().map((address) => `${key} ${address}`));
  }

  /** What is silenced and blocked, by table. */
  get tables(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#tables].map(([key, blocked]) => [key, [...blocked]]));
  }

  /** As somebody else makes one. */
  put(name: string, family: Family, blocked: readonly string[]): void {
    this.#tables.set(keyOf(name, family), new Set(blocked));
    this.#generation++;
  }

  /** As `nft flush ruleset`. */
  flush(): void {
    this.#tables.clear();
    this.#generation++;
  }

  /** Somebody changes rules of his own. */
  changeElsewhere(): void {
    this.#generation++;
  }
}

function keyOf(name: string, family: Family): string {
  return `${name}/${family}`;
}
