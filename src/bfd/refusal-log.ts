import type { Log } from "../base/log.ts";
import { SECOND } from "../base/time.ts";
import type { Clock, Micros } from "../base/time.ts";
import type { Refusal } from "./receive.ts";

/** keepalived logs every packet that it refuses; here a flood of them fills no disk. */
const ONCE_PER: Micros = 10 * SECOND;

/** Counts refused packets by reason, and logs each reason at most every ten seconds. */
export class RefusalLog {
  readonly counts = new Map<Refusal, number>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #last = new Map<Refusal, { readonly at: Micros; readonly count: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @param important it concerns a configured neighbour: said without -D too */
  add(refusal: Refusal, lines: readonly string[], important: boolean): void {
    const count = (this.counts.get(refusal) ?? 0) + 1;
    this.counts.set(refusal, count);
    const now = this.#clock.now();
    const last = this.#last.get(refusal);
    if (last !== undefined && now - last.at < ONCE_PER) return;
    this.#last.set(refusal, { at: now, count });
    const unsaid = count - (last?.count ?? 0) - 1;
    const more = unsaid > 0 ? [`${unsaid} more packets were discarded for that reason (${refusal}) meanwhile`] : [];
    for (const line of [...lines, ...more]) if (important) this.#log.info(line); else this.#log.detail(line);
  }
}
