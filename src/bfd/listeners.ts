import type { IpFamily } from "../base/ip.ts";
import { KernelError } from "../base/errors.ts";
import type { UdpListener } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { BfdInstance } from "../conf/model.ts";
import type { BfdHost } from "./host.ts";

/** RFC 5881 section 4 and RFC 5883 section 5. */
export const PORT = 3784;
export const MULTIHOP_PORT = 4784;
const RETRY: Micros = SECOND;

export interface Listening {
  readonly family: IpFamily;
  readonly multihop: boolean;
  readonly listener: UdpListener;
}

/** The ports that the sessions hear, one for each family and kind; what could not be opened is tried again every second. */
export class Listeners {
  readonly #host: BfdHost;
  readonly #wake: () => void;
  readonly #open = new Map<string, Listening>();
  readonly #failed = new Set<string>();
  #needs: readonly Pick<BfdInstance, "family" | "multihop">[] = [];
  /** When to call `provide` again; undefined: all are open. */
  retryAt: Micros | undefined;

  constructor(host: BfdHost, wake: () => void) {
    this.#host = host;
    this.#wake = wake;
  }

  all(): Iterable<Listening> {
    return this.#open.values();
  }

  provide(needs: readonly Pick<BfdInstance, "family" | "multihop">[] = this.#needs): void {
    this.#needs = needs;
    this.retryAt = undefined;
    const wanted = new Map(needs.map((need) => [`${need.family} ${need.multihop}`, need]));
    for (const [key, { listener }] of this.#open) {
      if (wanted.has(key)) continue;
      listener.close();
      this.#open.delete(key);
    }
    for (const [key, need] of wanted) if (!this.#open.has(key)) this.#openOne(key, need);
  }

  close(): void {
    this.provide([]);
  }

  #openOne(key: string, { family, multihop }: Pick<BfdInstance, "family" | "multihop">): void {
    const { log, clock } = this.#host;
    const port = multihop ? MULTIHOP_PORT : PORT;
    try {
      const listener = this.#host.openListener({ family, port, wake: this.#wake });
      this.#open.set(key, { family, multihop, listener });
      if (this.#failed.delete(key)) log.info(`BFD: listening on UDP port ${port} of IPv${family} now`);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const remedy = error.code === "EADDRINUSE" ? ": another BFD speaker runs on this host; sessions stay down until it ends" : "";
      if (!this.#failed.has(key)) log.error(`BFD: ${error.message}${remedy}`);
      this.#failed.add(key);
      this.retryAt = clock.now() + RETRY;
    }
  }
}
