import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { groupedBy } from "./grouped.ts";
import type { RecordPart } from "./record-book.ts";
import { inBulk, removeEach } from "./removal.ts";
import { samePlainData } from "./reload.ts";
import type { Owned } from "./routing.ts";

/** What differs between routes and rules. `T` is what is wanted, `K` what the kernel shows. */
export interface ObjectKind<T, K> {
  /** EEXIST: the kernel has it, or something that stands in its way. */
  readonly add: (items: readonly T[]) => (Error | undefined)[];
  readonly remove: (items: readonly K[]) => (Error | undefined)[];
  readonly list: () => readonly K[];
  /** What the kernel is told of it. */
  readonly told: (item: T) => K;
  /** Only what is equal in this can be the same; of a part of an object that the kernel shows by itself, that of the whole. */
  readonly groupOf: (one: K) => string;
  /** Whether two of the same group are the same. */
  readonly is: (told: K, shown: K) => boolean;
  /** Whether `list` would show it. */
  readonly isListed: (told: K) => boolean;
  readonly keyOf: (told: K) => string;
  /** Whether the key says everything: what is not said by it, an adopted one may have otherwise than it is wanted. */
  readonly keyIsAll: boolean;
}

/** What the kernel shows, by `groupOf`. */
type Shown<K> = ReadonlyMap<string, readonly K[]>;

interface Held<T, K> {
  readonly item: T;
  readonly told: K;
  readonly group: string;
  /** As the kernel showed it last. */
  shown?: K;
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
  readonly #installed = new Map<string, Held<T, K>>();
  /** Left by a previous run: removed unless wanted. */
  readonly #adopted = new Map<string, K>();
  readonly #wanted = new Map<string, readonly Owned<T>[]>();
  /** Wanted, and not to be added until something has changed: impossible now, or taken away by somebody. */
  readonly #waiting = new Map<string, "impossible" | "taken">();
  /** Whose refusal was logged. */
  readonly #complained = new Set<string>();
  /** Of what is installed; undefined: something has come or gone since. */
  #groups: ReadonlySet<string> | undefined;
  /** Whether something that was added stood there already, and the kernel could not be asked what. */
  #unanswered = false;
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
    this.#dirty = true; // the record may name what is gone
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

  /** Whether the end of this may be the end of one of ours. */
  concerns(shown: K): boolean {
    this.#groups ??= new Set([...this.#installed.values()].map(({ group }) => group));
    return this.#groups.has(this.#kind.groupOf(shown));
  }

  /** Whether there is something to remove or to add. */
  get pending(): boolean {
    return this.#dirty || this.#removals.length > 0 || this.#additions.length > 0;
  }

  /** What was impossible is tried again: an interface came up, an address was added. */
  retry(): void {
    this.#unanswered = false;
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
    const inTheWay = results.some((error) => error instanceof KernelError && error.code === "EEXIST");
    const shown = inTheWay ? this.#tryToList() : undefined;
    batch.forEach((owned, i) => {
      const error = results[i];
      const found = error === undefined ? undefined : this.#find(this.#kind.told(owned.item), shown);
      if (error === undefined || found !== undefined) this.#added(owned);
      else this.#refused(owned, error);
    });
    if (!this.pending) this.#writeRecord();
    return true;
  }

  /** Whether an addition waits for an answer that could not be had; `retry` when it can. */
  get unanswered(): boolean {
    return this.#unanswered;
  }

  /** What the kernel holds now; for `findLost`. @throws KernelError */
  list(): Shown<K> {
    return this.#installed.size === 0 && !this.#unanswered ? new Map<string, K[]>() : groupedBy(this.#kind.list(), this.#kind.groupOf);
  }

  /**
   * Compares with what the kernel holds now. What was installed, is still wanted and is gone counts as not installed from now
   * on, and is not put back before `putBack` or `want`.
   *
   * @param isTheft false: the kernel took it itself, with its interface; it comes back by `retry`. Asked of what was shown last
   */
  findLost(shown: Shown<K>, isTheft: (last: K) => boolean): Owned<T>[] {
    const taken = new Set<string>();
    for (const [key, held] of this.#installed) {
      if (!this.#kind.isListed(held.told)) continue;
      const last = held.shown ?? held.told;
      const now = shown.get(held.group)?.find((one) => this.#kind.is(held.told, one));
      if (now !== undefined) {
        held.shown = now;
        continue;
      }
      if (isTheft(last)) taken.add(key);
      this.#waiting.set(key, taken.has(key) ? "taken" : "impossible");
      this.#uninstalled(key);
    }
    return taken.size === 0 ? [] : [...this.#wanted.values()].flat().filter(({ key }) => taken.has(key));
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
    for (const batch of inBulk(all)) this.#remove(batch);
    this.#writeRecord();
  }

  #adoptedAs(key: string): { readonly key: string; readonly told: K }[] {
    const told = this.#adopted.get(key);
    return told === undefined ? [] : [{ key, told }];
  }

  /** Whether the kernel has completed any of what is installed, in a way that it has not shown yet. */
  lacks(isOpen: (told: K) => boolean): boolean {
    return [...this.#installed.values()].some(({ told, shown }) => shown === undefined && isOpen(told));
  }

  #held(): { readonly key: string; readonly told: K }[] {
    const installed = [...this.#installed].map(([key, { told }]) => ({ key, told }));
    return [...installed, ...[...this.#adopted].map(([key, told]) => ({ key, told }))];
  }

  #plan(): void {
    this.#dirty = false;
    const wanted = new Map([...this.#wanted.values()].flat().map((owned) => [owned.key, owned]));
    const removed = new Set<string>();
    this.#removals = [];
    for (const [key, told] of this.#adopted) if (!wanted.has(key)) this.#removals.push({ key, told });
    for (const [key, { item, told }] of this.#installed) {
      const want = wanted.get(key);
      if (want !== undefined && samePlainData(want.item, item)) continue;
      removed.add(key);
      this.#removals.push({ key, told });
    }
    this.#additions = [...wanted.values()].filter(({ key }) => !this.#waiting.has(key) && (removed.has(key) || !this.#installed.has(key)));
    const added = this.#additions.map(({ item }) => this.#kind.told(item));
    this.#record.write([...this.#held().map(({ told }) => told), ...added]);
  }

  #tryToList(): Shown<K> | undefined {
    try {
      return groupedBy(this.#kind.list(), this.#kind.groupOf);
    } catch (error) {
      this.#log.error(`cannot list what stands in the way: ${error instanceof Error ? error.message : String(error)}`);
      this.#unanswered = true;
      return undefined;
    }
  }

  #find(told: K, shown: Shown<K> | undefined): K | undefined {
    return shown?.get(this.#kind.groupOf(told))?.find((one) => this.#kind.is(told, one));
  }

  #uninstalled(key: string): void {
    this.#installed.delete(key);
    this.#groups = undefined;
  }

  #added({ key, item }: Owned<T>): void {
    this.#adopted.delete(key);
    const told = this.#kind.told(item);
    this.#installed.set(key, { item, told, group: this.#kind.groupOf(told) });
    this.#groups = undefined;
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
    const results = removeEach(batch.map(({ told }) => told), (some) => this.#kind.remove(some));
    batch.forEach(({ key }, i) => {
      const error = results[i];
      if (error === undefined) {
        this.#uninstalled(key);
        this.#adopted.delete(key);
      } else this.#log.error(error.message);
    });
  }

  #writeRecord(): void {
    this.#record.write(this.#held().map(({ told }) => told));
  }
}
