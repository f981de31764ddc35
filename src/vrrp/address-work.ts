import { familyOf } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import type { Log } from "../base/log.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { HostNetwork } from "../base/ports.ts";
import type { OwnedAddress } from "./host.ts";
import { addressKey, planAddresses } from "./network.ts";
import type { AddressPart } from "./record-book.ts";
import { inBulk, removeEach } from "./removal.ts";

export interface SliceResult {
  /** Now on the interface, in order; to be announced at once. */
  readonly added: readonly OwnedAddress[];
}

/** An address on an interface, with whatever prefix length. */
export function hostKey(address: IpAddress, interfaceIndex: number): string {
  return `${interfaceIndex} ${address}`;
}

/**
 * The virtual addresses of all instances: wanted minus installed, applied in slices between turns. The record on disk
 * is written before the kernel is told of an address, and again when the work is done.
 */
export class AddressWork {
  readonly #network: HostNetwork;
  readonly #record: AddressPart;
  readonly #log: Log;
  /** What the kernel holds because of us, as we told it. By `addressKey`. */
  readonly #installed = new Map<string, InterfaceAddress>();
  /** Left by a previous run: removed unless wanted, added again (which changes nothing) if wanted. */
  readonly #adopted = new Map<string, InterfaceAddress>();
  readonly #wanted = new Map<string, readonly OwnedAddress[]>();
  /** To be removed and added again, by key. */
  readonly #renewals = new Set<string>();
  /** Taken away by somebody, and not to be added again before its owner says so, by key. */
  readonly #taken = new Set<string>();
  /** The kernel took addresses along that were put back, and may have taken routes through them. */
  #restored = false;
  #dirty = false;
  #removals: InterfaceAddress[] = [];
  #additions: OwnedAddress[] = [];

  constructor(network: HostNetwork, record: AddressPart, log: Log) {
    this.#network = network;
    this.#record = record;
    this.#log = log;
  }

  /** Addresses of a previous run that are still on the host. */
  adopt(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#adopted.set(addressKey(address), address);
    this.#dirty = true;
  }

  /** From now on `owner` wants exactly these. The kernel is told by `slice`. */
  want(owner: string, addresses: readonly OwnedAddress[]): void {
    for (const { key } of [...this.wantedBy(owner), ...addresses]) this.#taken.delete(key);
    if (addresses.length === 0) this.#wanted.delete(owner);
    else this.#wanted.set(owner, addresses);
    this.#dirty = true;
  }

  /** Encodes what a takeover of these will need, and goes through its planning once, so that the engine has it compiled. */
  prepare(addresses: readonly OwnedAddress[]): void {
    const list = addresses.map(({ address }) => address);
    this.#network.prepare(list);
    this.#record.prepare(list);
    planAddresses(this.#installed, this.#adopted, [...this.#wanted.values(), addresses]);
  }

  /** An address that is installed, and still wanted, is made again; the kernel holds it in a state that it does not leave. */
  renew(key: string): void {
    if (!this.#installed.has(key)) return;
    this.#renewals.add(key);
    this.#dirty = true;
  }

  wantedBy(owner: string): readonly OwnedAddress[] {
    return this.#wanted.get(owner) ?? [];
  }

  isWantedBy(owner: string, address: InterfaceAddress): boolean {
    const wanted = this.wantedBy(owner);
    return wanted.length > 0 && wanted.some(({ key }) => key === addressKey(address));
  }

  /** Whether `slice` has something to do. */
  get pending(): boolean {
    return this.#dirty || this.#removals.length > 0 || this.#additions.length > 0;
  }

  /** Whether additions for `owner` are still to come. */
  isAdding(owner: string): boolean {
    return this.#dirty || this.#additions.some((addition) => addition.owner === owner);
  }

  installedCount(owner: string): number {
    return this.wantedBy(owner).filter(({ key }) => this.#installed.has(key)).length;
  }

  /** Whether this address is there because of us, or of a previous run of us. */
  isOurs(address: InterfaceAddress): boolean {
    const key = addressKey(address);
    return this.#installed.has(key) || this.#adopted.has(key);
  }

  /** What is on the host because of us and nobody wants any more, `hostKey` of each: it could not be removed, or not yet. */
  leftBehind(): ReadonlySet<string> {
    const wanted = new Set([...this.#wanted.values()].flat().map(({ key }) => key));
    const left = [...this.#installed, ...this.#adopted].filter(([key]) => !wanted.has(key));
    return new Set(left.map(([, { address, interfaceIndex }]) => hostKey(address, interfaceIndex)));
  }

  /**
   * Compares with what the kernel holds now. What was installed, is still wanted and is gone was taken away by someone
   * else; it counts as not installed from now on. Nothing is put back: that is the instances' decision.
   */
  findLost(kernelHolds: readonly InterfaceAddress[]): OwnedAddress[] {
    const held = new Set(kernelHolds.map(addressKey));
    const lost: OwnedAddress[] = [];
    for (const owned of [...this.#wanted.values()].flat()) {
      if (this.#installed.has(owned.key) && !held.has(owned.key)) lost.push(owned);
    }
    for (const key of this.#installed.keys()) if (!held.has(key)) this.#installed.delete(key);
    for (const { key } of lost) this.#taken.add(key);
    return lost;
  }

  /** What of `owner` was taken away and matters is added again. */
  putBack(owner: string): void {
    for (const { key, track } of this.wantedBy(owner)) if (track && this.#taken.delete(key)) this.#dirty = true;
  }

  /** Whether, since the last call, addresses had to be put back that the kernel had taken along. */
  takeRestored(): boolean {
    const restored = this.#restored;
    this.#restored = false;
    return restored;
  }

  /** Removals first, then additions; `size` addresses at most. */
  slice(size: number): SliceResult {
    if (this.#dirty) this.#plan();
    const removals = this.#removals.splice(0, size);
    if (removals.length > 0) this.#remove(removals);
    const added = this.#add(this.#additions.splice(0, size - removals.length));
    if (!this.pending) this.#record.write([...this.#installed.values(), ...this.#adopted.values()]);
    return { added };
  }

  /** Removes everything at once; what cannot be removed is logged and stays in the record. Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#additions = [];
    this.#removals = [];
    this.#dirty = false;
    const all = [...this.#installed.values(), ...this.#adopted.values()];
    for (const batch of inBulk(all)) this.#remove(batch);
    this.#record.write([...this.#installed.values(), ...this.#adopted.values()]);
  }

  #plan(): void {
    this.#dirty = false;
    const { removals, additions, keep } = planAddresses(this.#installed, this.#adopted, this.#wanted.values());
    this.#removals = removals;
    this.#additions = this.#taken.size === 0 ? additions : additions.filter(({ key }) => !this.#taken.has(key));
    for (const owned of this.#renewals.size === 0 ? [] : [...this.#wanted.values()].flat()) {
      const address = this.#installed.get(owned.key);
      if (address === undefined || !this.#renewals.delete(owned.key) || removals.includes(address)) continue;
      removals.push(address);
      this.#additions.push(owned);
    }
    this.#renewals.clear();
    this.#record.write(keep);
  }

  #add(batch: readonly OwnedAddress[]): OwnedAddress[] {
    if (batch.length === 0) return [];
    const results = this.#network.addAddresses(batch.map(({ address }) => address));
    return batch.filter(({ address, key }, i) => {
      const error = results[i];
      if (error === undefined) {
        this.#adopted.delete(key);
        this.#installed.set(key, address);
      } else this.#log.error(error.message);
      return error === undefined;
    });
  }

  #remove(batch: readonly InterfaceAddress[]): void {
    const results = removeEach(batch, (some) => this.#network.deleteAddresses(some));
    batch.forEach((address, i) => {
      const error = results[i];
      if (error === undefined) {
        this.#installed.delete(addressKey(address));
        this.#adopted.delete(addressKey(address));
      } else this.#log.error(error.message);
    });
    this.#restoreSecondaries(batch);
  }

  /** With the first IPv4 address of a subnet the kernel removes the others of it too; what of them is wanted goes back. */
  #restoreSecondaries(removed: readonly InterfaceAddress[]): void {
    const touched = new Set(removed.filter((a) => familyOf(a.address) === 4).map((a) => a.interfaceIndex));
    const kept = [...this.#wanted.values()].flat().filter(({ address, key }) => touched.has(address.interfaceIndex) && this.#installed.has(key));
    if (kept.length === 0) return;
    const held = new Set(this.#network.addresses().map(addressKey));
    const gone = kept.filter(({ key }) => !held.has(key));
    for (const { key } of gone) this.#installed.delete(key);
    this.#restored ||= gone.length > 0;
    this.#add(gone);
  }
}
