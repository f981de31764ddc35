import { KernelError } from "../base/errors.ts";
import type { IpvsTable, IpvsTimeouts } from "../base/ipvs.ts";
import type { Log } from "../base/log.ts";
import type { CheckConfig } from "../conf/model.ts";

/** What is set for the whole table rather than for a service. Every refusal is logged; none is fatal. */
export class IpvsSettings {
  readonly #table: IpvsTable;
  readonly #log: Log;
  /** The kernel's own time-outs, before we changed them. */
  #before: IpvsTimeouts | undefined;

  /** @param before from a predecessor that had already changed them */
  constructor(table: IpvsTable, log: Log, before: IpvsTimeouts | undefined) {
    this.#table = table;
    this.#log = log;
    this.#before = before;
  }

  /** @returns the kernel's own time-outs when this is the first change of them */
  setTimeouts(wanted: CheckConfig["lvsTimeouts"]): IpvsTimeouts | undefined {
    if (wanted === undefined) return undefined;
    return this.#attempt("Failed to set ipvs timeouts", () => {
      const first = this.#before === undefined ? this.#table.timeouts() : undefined;
      this.#before ??= first;
      this.#table.setTimeouts({ tcpS: wanted.tcpS ?? 0, tcpFinS: wanted.tcpFinS ?? 0, udpS: wanted.udpS ?? 0 });
      return first;
    });
  }

  /** @returns whether they had been changed and are as before again */
  restoreTimeouts(): boolean {
    const before = this.#before;
    if (before === undefined) return false;
    this.#before = undefined;
    return this.#attempt("Failed to set ipvs timeouts", () => {
      this.#table.setTimeouts(before);
      return true;
    }) ?? false;
  }

  flush(): void {
    this.#attempt("IPVS cmd IP_VS_SO_SET_FLUSH(1157) error", () => this.#table.flush());
  }

  #attempt<T>(what: string, change: () => T): T | undefined {
    try {
      return change();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#log.error(`${what}: ${error.message}`);
      return undefined;
    }
  }
}
