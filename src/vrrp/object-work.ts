import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { RecordPart } from "./record-book.ts";
import { samePlainData } from "./reload.ts";
import type { Owned } from "./routing.ts";

/** At the end, when nothing else waits. */
const BULK = 512;

/** What differs between routes and rules. `T` is what is wanted, `K` what the kernel shows. */
export interface ObjectKind<T, K> {
  /** EEXIST: the kernel has it, or something that stands in its way. */
  readonly add: (items: readonly T[]) => (Error | undefined)[];
  readonly remove: (items: readonly K[]) => (Error | undefined)[];
  readonly list: () => readonly K[];
  /** What the kernel is told of it. */
  readonly told: (item: T) => K;
  readonly is: (told: K, shown: K) => boolean;
  /** Whether the end of `shown` may be the end of `told`, or of a part of it. */
  readonly concerns: (shown: K, told: K) => boolean;
  /** Whether `list` would show it. */
  readonly isListed: (told: K) => boolean;
  readonly keyOf: (told: K) => string;
  /** Whether the key says everything: what is not said by it, an adopted one may have otherwise than it is wanted. */
  readonly keyIsAll: boolean;
}

/**
 * Objects of the kernel that instances and the configuration want: wanted minus installed, in slices. As with addresses, the
 * record on disk is written before the kernel is told, and again when the work is done.
 */
export class ObjectWork<T, K> {
  readonly #kind: ObjectKind<T, K>;
  readonly #record: RecordPart<K>;
  readonly #log: Log;
  /** What the kernel holds because of us, by key. */
  readonly #installed = new Map<string, T>();
  /** Left by a previous run: removed unless wanted. */
  readonly #adopted = new Map<string, K>();
  readonly #wanted = new Map<string, readonly Owned<T>[]>();
  /** Wanted, and not to be added until something has changed: impossible now, or taken away by somebody. */
  readonly #waiting = new Map<string, "impossible" | "taken">();
  /** Whose refusal was logged. */
  readonly #complained = new Set<string>();
  #dirty = false;
  #removals: { readonly key: string; readonly told: K }[] = [];
  #additions: Owned<T>[] = [];

  constructor(kind: ObjectKind<T, K>, record: RecordPart<K>, log: Log) {
    this.#kind = kind;
    this.#record = record;
    this.#log = log;
  }

  adopt(left: readonly K[]): void {
    for (const told of left) this.#adopted.set(this.#kind.keyOf(told), told);
    if (left.length > 0) this.#dirty = true;
  }

  /** From now on `owner` wants exactly these, also those that were taken away before. */
  want(owner: string, items: readonly Owned<T>[]): void {
    const before = this.#wanted.get(owner) ?? [];
    for (const { key } of [...before, ...items]) {
      this.#waiting.delete(key);
      this.#complained.delete(key);
    }
    if (items.length === 0 && before.length === 0) return;
    if (items.length === 0) this.#wanted.delete(owner);
    else this.#wanted.set(owner, items);
    this.#dirty = true;
  }

  wantedBy(owner: string): readonly Owned<T>[] {
    return this.#wanted.get(owner) ?? [];
  }

  installedCount(owner: string): number {
    return this.wantedBy(owner).filter(({ key }) => this.#installed.has(key)).length;
  }

  /** Whether the end of this may be the end of one of ours. */
  concerns(shown: K): boolean {
    return [...this.#installed.values()].some((item) => this.#kind.concerns(shown, this.#kind.told(item)));
  }

  /** Whether there is something to remove or to add. */
  get pending(): boolean {
    return this.#dirty || this.#removals.length > 0 || this.#additions.length > 0;
  }

  /** What was impossible is tried again: an interface came up, an address was added. */
  retry(): void {
    for (const [key, why] of this.#waiting) {
      if (why !== "impossible") continue;
      this.#waiting.delete(key);
      this.#dirty = true;
    }
  }

  /** @returns whether there was something to remove */
  removeSlice(size: number): boolean {
    if (this.#dirty) this.#plan();
    const batch = this.#removals.splice(0, size);
    if (batch.length === 0) return false;
    this.#remove(batch);
    if (!this.pending) this.#writeRecord();
    return true;
  }

  /** @returns whether there was something to add */
  addSlice(size: number): boolean {
    if (this.#dirty) this.#plan();
    const batch = this.#additions.splice(0, size);
    if (batch.length === 0) return false;
    if (!this.#kind.keyIsAll) this.#remove(batch.flatMap(({ key }) => this.#adoptedAs(key)));
    const results = this.#kind.add(batch.map(({ item }) => item));
    let shown: readonly K[] | undefined;
    batch.forEach((owned, i) => {
      const error = results[i];
      if (error instanceof KernelError && error.code === "EEXIST") shown ??= this.#kind.list();
      if (error === undefined || this.#isThere(owned, shown)) this.#added(owned);
      else this.#refused(owned, error);
    });
    if (!this.pending) this.#writeRecord();
    return true;
  }

  /**
   * Compares with what the kernel holds now. What was installed, is still wanted and is gone counts as not installed from now
   * on, and is not put back before `putBack` or `want`.
   *
   * @param isTheft false: the kernel took it itself, with its interface; it comes back by `retry`
   */
  findLost(isTheft: (told: K) => boolean): Owned<T>[] {
    if (this.#installed.size === 0) return [];
    const shown = this.#kind.list();
    const gone = new Map<string, "impossible" | "taken">();
    for (const [key, item] of this.#installed) {
      const told = this.#kind.told(item);
      if (!this.#kind.isListed(told) || shown.some((one) => this.#kind.is(told, one))) continue;
      gone.set(key, isTheft(told) ? "taken" : "impossible");
      this.#installed.delete(key);
    }
    for (const [key, why] of gone) this.#waiting.set(key, why);
    return [...this.#wanted.values()].flat().filter(({ key }) => gone.get(key) === "taken");
  }

  /** What of `owner` was taken away and matters is added again. */
  putBack(owner: string): void {
    for (const { key, track } of this.wantedBy(owner)) {
      if (!track || this.#waiting.get(key) !== "taken") continue;
      this.#waiting.delete(key);
      this.#dirty = true;
    }
  }

  /** Removes everything at once; what cannot be removed is logged and stays in the record. Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#waiting.clear();
    this.#dirty = false;
    this.#additions = [];
    this.#removals = [];
    const all = this.#held();
    for (let at = 0; at < all.length; at += BULK) this.#remove(all.slice(at, at + BULK));
    this.#writeRecord();
  }

  #adoptedAs(key: string): { readonly key: string; readonly told: K }[] {
    const told = this.#adopted.get(key);
    return told === undefined ? [] : [{ key, told }];
  }

  #held(): { readonly key: string; readonly told: K }[] {
    const installed = [...this.#installed].map(([key, item]) => ({ key, told: this.#kind.told(item) }));
    return [...installed, ...[...this.#adopted].map(([key, told]) => ({ key, told }))];
  }

  #plan(): void {
    this.#dirty = false;
    const wanted = new Map([...this.#wanted.values()].flat().map((owned) => [owned.key, owned]));
    const removed = new Set<string>();
    this.#removals = [];
    for (const [key, told] of this.#adopted) if (!wanted.has(key)) this.#removals.push({ key, told });
    for (const [key, item] of this.#installed) {
      const want = wanted.get(key);
      if (want !== undefined && samePlainData(want.item, item)) continue;
      removed.add(key);
      this.#removals.push({ key, told: this.#kind.told(item) });
    }
    this.#additions = [...wanted.values()].filter(({ key }) => !this.#waiting.has(key) && (removed.has(key) || !this.#installed.has(key)));
    const added = this.#additions.map(({ item }) => this.#kind.told(item));
    this.#record.write([...this.#held().map(({ told }) => told), ...added]);
  }

  #isThere({ item }: Owned<T>, shown: readonly K[] | undefined): boolean {
    return shown?.some((one) => this.#kind.is(this.#kind.told(item), one)) ?? false;
  }

  #added({ key, item }: Owned<T>): void {
    this.#adopted.delete(key);
    this.#installed.set(key, item);
    this.#complained.delete(key);
  }

  #refused({ key, text }: Owned<T>, error: Error): void {
    this.#waiting.set(key, "impossible");
    if (this.#complained.has(key)) return;
    this.#complained.add(key);
    this.#log.error(`Cannot add ${text}: ${error.message}`);
  }

  #remove(batch: readonly { readonly key: string; readonly told: K }[]): void {
    if (batch.length === 0) return;
    let results: (Error | undefined)[];
    try {
      results = this.#kind.remove(batch.map(({ told }) => told));
    } catch (error) {
      // The whole request failed; each by itself may still go.
      results = batch.map(({ told }) => this.#removeOne(told, error));
    }
    batch.forEach(({ key }, i) => {
      const error = results[i];
      if (error === undefined) {
        this.#installed.delete(key);
        this.#adopted.delete(key);
      } else this.#log.error(error.message);
    });
  }

  #removeOne(told: K, because: unknown): Error | undefined {
    try {
      return this.#kind.remove([told])[0];
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error), { cause: because });
    }
  }

  #writeRecord(): void {
    this.#record.write(this.#held().map(({ told }) => told));
  }
}
