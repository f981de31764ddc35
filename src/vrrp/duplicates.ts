import type { Log } from "../base/log.ts";
import type { InterfaceAddress } from "../base/network.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { AddressWork } from "./address-work.ts";
import { earliest } from "./earliest.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey } from "./network.ts";

/** After a failed duplicate detection; the detection itself takes about as long again. */
const RETRY: Micros = SECOND;

/**
 * Virtual IPv6 addresses that failed duplicate detection (`-nodad`: most likely the old master had them still): the kernel
 * keeps such an address and never uses it. It is removed and added again, until nobody else has it.
 */
export class DuplicateRepair {
  readonly #work: AddressWork;
  readonly #kernel: KernelView;
  readonly #log: Log;
  /** When each is made again, by key. */
  readonly #failed = new Map<string, Micros>();
  readonly #told = new Set<string>();

  constructor(work: AddressWork, kernel: KernelView, log: Log) {
    this.#work = work;
    this.#kernel = kernel;
    this.#log = log;
  }

  get dueAt(): Micros | undefined {
    return earliest([...this.#failed.values()]);
  }

  /** It was added, and may have been there already, in whatever state. */
  noteAdded(key: string, now: Micros): void {
    const held = this.#kernel.get(key);
    if (held?.dadFailed === true) this.note(held, now);
  }

  /** One of our addresses as the kernel has told of it. */
  note(address: InterfaceAddress, now: Micros): void {
    const key = addressKey(address);
    if (address.dadFailed !== true) {
      if (address.tentative !== true) this.#told.delete(key);
      return;
    }
    this.#failed.set(key, now + RETRY);
    if (!this.#told.has(key)) this.#log.warning(`address ${address.address} is held by another host, too (duplicate address detection failed) - adding it again until it is not`);
    this.#told.add(key);
  }

  /** Has those made again that are still wanted and still bad. */
  run(now: Micros): void {
    for (const [key, at] of this.#failed) {
      if (now < at) continue;
      this.#failed.delete(key);
      if (this.#kernel.get(key)?.dadFailed === true) this.#work.renew(key);
    }
  }
}
