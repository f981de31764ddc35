import { KernelError } from "../base/errors.ts";
import type { IpvsServiceKey, IpvsTable } from "../base/ipvs.ts";
import type { Log } from "../base/log.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import { applyOps } from "./apply.ts";
import { afterOps, diffEntry } from "./diff.ts";
import type { IpvsOp } from "./diff.ts";
import type { IpvsEntry } from "./keys.ts";
import { serviceKeyText } from "./keys.ts";

/** About 5 ms of the kernel's time. */
const OPERATIONS_PER_SLICE = 256;
const FIRST_REPAIR_US: Micros = 5 * SECOND;
const LAST_REPAIR_US: Micros = 300 * SECOND;

export interface ReconcilerHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly table: IpvsTable;
  /** What the kernel ought to hold for a service now; undefined: it must not be there. */
  wanted(key: IpvsServiceKey): IpvsEntry | undefined;
}

/**
 * Keeps the kernel's table at what is wanted, for our services and no others. It remembers what it put there, so that a
 * check result costs one difference and no dump; after a refusal the service concerned is read again and repaired,
 * with growing patience.
 */
export class IpvsReconciler {
  readonly #host: ReconcilerHost;
  /** What the kernel holds of our services, as far as we know. */
  readonly #installed = new Map<string, IpvsEntry>();
  /** Services to compare again, in the order in which they were named. */
  readonly #dirty = new Map<string, IpvsServiceKey>();
  /** Services of which the kernel refused something. */
  readonly #refused = new Map<string, IpvsServiceKey>();
  #slice: Alarm | undefined;
  #repair: Alarm | undefined;
  #repairInUs = FIRST_REPAIR_US;
  #whenIdle: (() => void)[] = [];

  constructor(host: ReconcilerHost) {
    this.#host = host;
  }

  /** Reads what the kernel already holds of `keys`: what a predecessor left is corrected by difference. */
  adopt(keys: readonly IpvsServiceKey[]): void {
    const ours = new Set(keys.map(serviceKeyText));
    for (const text of ours) this.#installed.delete(text);
    try {
      for (const service of this.#host.table.services()) {
        const text = serviceKeyText(service.key);
        if (!ours.has(text)) continue;
        this.#installed.set(text, { service, destinations: this.#host.table.destinations(service.key) });
      }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      // Starting from nothing repairs it too: additions of what is there become changes.
      this.#host.log.error(`IPVS table cannot be read: ${error.message}`);
    }
  }

  /** `key` may have to change. Done in the next turn of the loop, many together, large ones in slices. */
  touch(key: IpvsServiceKey): void {
    this.#dirty.set(serviceKeyText(key), key);
    this.#arm();
  }

  /** Resolves when nothing is left to compare; at once if that is so already. */
  idle(): Promise<void> {
    if (this.#dirty.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Services will be deleted without naming each destination first (`lvs_flush_on_stop VS`). */
  forgetDestinations(): void {
    for (const [text, entry] of this.#installed) this.#installed.set(text, { ...entry, destinations: [] });
  }

  close(): void {
    this.#slice?.cancel();
    this.#repair?.cancel();
    this.#slice = undefined;
    this.#repair = undefined;
    this.#dirty.clear();
    this.#rest();
  }

  #arm(): void {
    this.#slice ??= this.#host.clock.alarm(this.#host.clock.now(), () => {
      this.#slice = undefined;
      this.#run();
    });
  }

  /** One slice. A service that needs more than is left of it waits for the next; one larger than a slice is cut. */
  #run(): void {
    let left = OPERATIONS_PER_SLICE;
    for (const [text, key] of this.#dirty) {
      const ops = diffEntry(this.#installed.get(text), this.#host.wanted(key));
      if (ops.length > left && left < OPERATIONS_PER_SLICE) break;
      const { next, done, refused } = applyOps(this.#host.table, ops, 0, left, this.#host.log);
      this.#remember(text, done);
      if (refused) this.#repairLater(text, key);
      if (refused || next === ops.length) this.#dirty.delete(text);
      left -= Math.max(1, next);
      if (left <= 0) break;
    }
    if (this.#dirty.size > 0) this.#arm();
    else this.#rest();
  }

  #remember(text: string, done: readonly IpvsOp[]): void {
    const now = afterOps(this.#installed.get(text), done);
    if (now === undefined) this.#installed.delete(text);
    else this.#installed.set(text, now);
  }

  #rest(): void {
    if (this.#refused.size === 0) this.#repairInUs = FIRST_REPAIR_US;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  /** Reads the refused services again, and tries again, with growing patience: one line per attempt is enough. */
  #repairLater(text: string, key: IpvsServiceKey): void {
    this.#refused.set(text, key);
    this.#repair ??= this.#host.clock.alarm(this.#host.clock.now() + this.#repairInUs, () => {
      this.#repair = undefined;
      this.#repairInUs = Math.min(2 * this.#repairInUs, LAST_REPAIR_US);
      const again = [...this.#refused.values()];
      this.#refused.clear();
      this.adopt(again);
      for (const one of again) this.touch(one);
    });
  }
}
