import type { Link } from "../base/network.ts";
import type { Micros } from "../base/time.ts";
import type { InterfaceDelay } from "../conf/model.ts";
import { earliest } from "./earliest.ts";

interface Debounced {
  /** What counts. */
  readonly up: boolean;
  /** When what the kernel says will count; undefined: it does. */
  readonly turnAt: Micros | undefined;
}

/**
 * `interface_up_down_delays`: how long an interface must be down, or up again, before that counts; what returns in time
 * was never away. Without a delay, and for an interface that was created or deleted, the kernel's word counts at once.
 */
export class LinkDelays {
  #delays = new Map<string, InterfaceDelay>();
  readonly #links = new Map<string, Debounced>();

  /** @returns the names of the interfaces that have a delay: `look` tells of them, later than the kernel */
  configure(delays: readonly InterfaceDelay[]): ReadonlySet<string> {
    this.#delays = new Map(delays.map((delay) => [delay.interface, delay]));
    for (const name of this.#links.keys()) if (!this.#delays.has(name)) this.#links.delete(name);
    return new Set(this.#delays.keys());
  }

  /** Takes note of what the kernel says now. @returns keepalived's lines about what counts from now on */
  look(linkNamed: (name: string) => Link | undefined, now: Micros): string[] {
    const lines: string[] = [];
    for (const delay of this.#delays.values()) {
      const name = delay.interface;
      const link = linkNamed(name);
      const before = this.#links.get(name);
      const after = link === undefined ? undefined : debounced(before, link.up, delay, now);
      if (after === undefined) this.#links.delete(name);
      else this.#links.set(name, after);
      if (before !== undefined && after !== undefined && before.up !== after.up) lines.push(`Netlink reports ${name} ${after.up ? "up" : "down"}`);
    }
    return lines;
  }

  /** Whether this interface counts as up. */
  isUp({ name, up }: Link): boolean {
    return this.#links.get(name)?.up ?? up;
  }

  /** When `look` has something to see although the kernel has said nothing. */
  get dueAt(): Micros | undefined {
    return earliest([...this.#links.values()].map(({ turnAt }) => turnAt));
  }
}

function debounced(before: Debounced | undefined, up: boolean, delay: InterfaceDelay, now: Micros): Debounced {
  if (before === undefined || before.up === up) return { up, turnAt: undefined };
  const turnAt = before.turnAt ?? now + (up ? delay.upUs : delay.downUs);
  return now >= turnAt ? { up, turnAt: undefined } : { up: before.up, turnAt };
}
