import type { Log } from "../base/log.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { earliest } from "./earliest.ts";
import type { Elector } from "./elector.ts";
import type { Instance } from "./instance.ts";
import { LINK_LOCAL_OWNER } from "./link-local-copies.ts";
import type { Loss } from "./routing-work.ts";
import { STATIC_OWNER } from "./static-network.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** Whoever takes something away again and again is answered so often in this time, or the two would keep both cores busy. */
const PUT_BACK_WINDOW: Micros = SECOND;
const MOST_PUT_BACKS = 3;

interface LossParts {
  readonly log: Log;
  readonly net: VirtualNetwork;
  readonly elector: Elector;
}

/**
 * What follows when somebody else takes away an address, a route or a rule: its instance resigns, as in keepalived, or with
 * `on_deleted restore` it is put back, as static ones are. What is not tracked is let go.
 */
export class Losses {
  readonly #parts: LossParts;
  /** When something was last put back, the last few times, by owner. */
  readonly #putBackAt = new Map<string, readonly Micros[]>();
  /** Owners that have to wait. */
  readonly #due = new Map<string, Micros>();

  constructor(parts: LossParts) {
    this.#parts = parts;
  }

  get dueAt(): Micros | undefined {
    return earliest([...this.#due.values()]);
  }

  handle(losses: readonly Loss[], instances: readonly Instance[], now: Micros): void {
    const { log, elector } = this.#parts;
    const putBack = new Set<string>();
    for (const { owner, what, track } of losses) {
      if (!track) continue;
      const instance = instances.find(({ key }) => key === owner);
      if (owner === STATIC_OWNER) log.info(`Restoring deleted static ${what}`);
      else if (owner === LINK_LOCAL_OWNER) log.info(`Restoring deleted link-local ${what}`);
      else if (instance?.config.onDeleted === "restore") log.info(`(${instance.config.name}) ${what} was removed: putting it back`);
      else {
        if (instance !== undefined) elector.dispatch(instance, { type: "resign", reason: `${what} was removed` });
        continue;
      }
      putBack.add(owner);
    }
    for (const owner of putBack) {
      const before = this.#putBackAt.get(owner) ?? [];
      const nextAt = before.length < MOST_PUT_BACKS ? now : (before[0] ?? now) + PUT_BACK_WINDOW;
      if (nextAt <= now) this.#putBack(owner, now);
      else this.#due.set(owner, nextAt);
    }
  }

  /** What had to wait and is due. */
  run(now: Micros): void {
    for (const [owner, at] of this.#due) if (at <= now) this.#putBack(owner, now);
  }

  #putBack(owner: string, now: Micros): void {
    this.#due.delete(owner);
    this.#putBackAt.set(owner, [...(this.#putBackAt.get(owner) ?? []), now].slice(-MOST_PUT_BACKS));
    this.#parts.net.putBack(owner);
  }
}
