import { KernelError } from "../../../src/base/errors.ts";
import type { BlockedAddress, Firewall, FirewallTable } from "../../../src/base/firewall.ts";
import { familyOf } from "../../../src/base/ip.ts";

type Family = 4 | 6;

const nameOf = ({ address, interface: device }: BlockedAddress): string => (address.startsWith("fe80:") ? `${address}%${device.name}` : address);

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
  last: FirewallTable | undefined;

  /** @param trace is told of each change: "block 192.0.2.100", "unblock …", "no table keepalived" */
  constructor(trace: (entry: string) => void) {
    this.#trace = trace;
  }

  change(before: FirewallTable | undefined, after: FirewallTable | undefined): void {
    this.asked++;
    if (this.failure !== undefined) throw this.failure;
    if (this.refusal !== undefined) throw this.refusal;
    const next = new Map([...this.#tables].map(([name, blocked]) => [name, new Set(blocked)]));
    const told: string[] = [];
    for (const family of [4, 6] as const) {
      const [had, has] = [before, after].map((table) => table?.blocked.filter(({ address }) => familyOf(address) === family).map(nameOf) ?? []) as [string[], string[]];
      const key = keyOf(after?.table ?? before?.table ?? "", family);
      if (has.length === 0) {
        if (had.length > 0 && !next.delete(key)) throw new KernelError("NFT_MSG_DELTABLE", "ENOENT");
        told.push(...had.map((address) => `unblock ${address}`));
        continue;
      }
      if (had.length === 0) next.set(key, new Set());
      const there = next.get(key);
      const gone = had.filter((address) => !has.includes(address));
      const come = has.filter((address) => !had.includes(address));
      if (there === undefined || gone.some((address) => !there.has(address))) throw new KernelError("NFT_MSG_DELSETELEM", "ENOENT");
      for (const address of gone) there.delete(address);
      for (const address of come) there.add(address);
      told.push(...gone.map((address) => `unblock ${address}`), ...come.map((address) => `block ${address}`));
    }
    if (told.length === 0) return;
    this.last = after;
    this.largest = Math.max(this.largest, told.length);
    this.#tables.clear();
    for (const [key, blocked] of next) this.#tables.set(key, blocked);
    this.#generation++;
    for (const entry of told) this.#trace(entry);
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

  /** What is blocked, by table. */
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
